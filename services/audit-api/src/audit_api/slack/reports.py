"""The bot's word on what the autopilot trained, in channels where an admin asked for it: once for each run.

A run that ended is noted for those channels; a version is told of when it was judged, so that one post says it all.
"""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.database import Database
from audit_api.models import ModelVersion
from audit_api.models_registry.activation import ACTIVE
from audit_api.slack.posts import escape
from audit_api.slack.tables import SlackChannel, SlackReport
from audit_api.slack.web import Slack
from contracts import RunEvent, RunState

AUTOPILOT = "autopilot"
ENDED = {RunState.DONE, RunState.FAILED, RunState.CANCELLED}


async def record_run(session: AsyncSession, event: RunEvent) -> bool:
    """Note a run of the autopilot's that ended. Idempotent; never a reason to look at evaluations."""
    if event.by != AUTOPILOT or event.state not in ENDED:
        return False
    asked = (await session.execute(select(SlackChannel.id).where(SlackChannel.reports))).scalars()
    reason = None if event.state is RunState.DONE else event.reason or event.state.value
    rows = [
        {"run_id": event.run_id, "channel_id": channel, "version": event.version, "reason": reason} for channel in asked
    ]
    if rows:
        await session.execute(insert(SlackReport).values(rows).on_conflict_do_nothing())
    return False


async def step(database: Database, slack: Slack, public_url: str) -> bool:
    """Post one report; whether there may be more."""
    async with database.transaction() as session:
        found = await _next(session)
    if found is None:
        return False
    report, model = found
    ts = await slack.post(report.channel_id, sentence(report, model, f"{public_url.rstrip('/')}/models"))
    async with database.transaction() as session:
        (await session.get_one(SlackReport, (report.run_id, report.channel_id))).ts = ts
    return True


async def _next(session: AsyncSession) -> tuple[SlackReport, ModelVersion | None] | None:
    query = (
        select(SlackReport, ModelVersion)
        .join(SlackChannel, SlackChannel.id == SlackReport.channel_id)
        .outerjoin(ModelVersion, ModelVersion.version == SlackReport.version)
        .where(
            SlackReport.ts.is_(None),
            SlackChannel.reports,
            SlackReport.reason.is_not(None) | ModelVersion.evaluating.is_(False),
        )
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return (row[0], row[1]) if row else None


def sentence(report: SlackReport, model: ModelVersion | None, link: str) -> str:
    """`The autopilot trained v7; it serves now. Not worse than v6 in any field ... <link|Figures>` Pure."""
    if report.reason is not None or model is None:
        return f"The autopilot trained no new version: {escape(_without_code(report.reason or ''))} <{link}|Models>"
    what = "it serves now" if model.state == ACTIVE else "it does not serve"
    return f"The autopilot trained {escape(report.version)}; {what}. {escape(model.reason or '')} <{link}|Figures>"


def _without_code(reason: str) -> str:
    """`CODE: sentence` is for machines and people; Slack is for people."""
    code, _, rest = reason.partition(": ")
    return rest if rest and code.isupper() else reason
