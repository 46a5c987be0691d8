"""The bot's answers, in channels where an admin asked for them: what was read, and a link to put it right.

One answer for each record; a record that is read anew changes its answer. Only records of the last day are answered, so
that history that is read for the first time does not wake anybody.
"""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.database import Database
from audit_api.models import Reading, Record
from audit_api.slack.tables import SlackChannel, SlackPost
from audit_api.slack.web import Slack
from contracts import Extraction, Item

RECENT = timedelta(days=1)
_MOST = 12


async def step(database: Database, slack: Slack, public_url: str) -> bool:
    """Answer one record; whether there may be more."""
    async with database.transaction() as session:
        found = await _next(session)
    if found is None:
        return False
    record, extraction, post_ts = found
    text = sentence(Extraction.model_validate(extraction), f"{public_url.rstrip('/')}/?audit=all&q={record.id}")
    if post_ts:
        await slack.change(record.channel_id, post_ts, text)
    else:
        post_ts = await slack.post(record.channel_id, text, record.id.removeprefix(f"{record.channel_id}-"))
    row = {"record_id": record.id, "revision": record.revision, "ts": post_ts}
    async with database.transaction() as session:
        values = insert(SlackPost).values(row)
        await session.execute(values.on_conflict_do_update(index_elements=["record_id"], set_=row))
    return True


async def _next(session: AsyncSession) -> tuple[Record, dict[str, object], str | None] | None:
    query = (
        select(Record, Reading.extraction, SlackPost.ts)
        .join(SlackChannel, SlackChannel.id == Record.channel_id)
        .join(Reading, (Reading.record_id == Record.id) & (Reading.revision == Record.revision))
        .outerjoin(SlackPost, SlackPost.record_id == Record.id)
        .where(
            SlackChannel.posting,
            Record.retired.is_(False),
            Record.posted_at > func.now() - RECENT,
            Reading.method == "regex",
            Reading.extraction.is_not(None),
            func.jsonb_array_length(Reading.extraction["sections"]) > 0,
            SlackPost.record_id.is_(None) | (SlackPost.revision < Record.revision),
        )
        .order_by(Record.posted_at)
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return (row[0], row[1] or {}, row[2]) if row else None


def sentence(extraction: Extraction, link: str) -> str:
    """`Read: 5 cases bananas, 3 boxes lettuce from Aldi to Love Fridge. <link|Fix>` Pure."""
    items = [item for section in extraction.sections for item in section.items]
    named = ", ".join(_item(item) for item in items[:_MOST])
    more = f" and {len(items) - _MOST} more" if len(items) > _MOST else ""
    source = f" from {escape(extraction.rescue_location)}" if extraction.rescue_location else ""
    target = f" to {escape(extraction.drop_off_location)}" if extraction.drop_off_location else ""
    return f"Read: {named}{more}{source}{target}. <{link}|Fix>"


def _item(item: Item) -> str:
    quantity = "" if item.quantity is None else f"{item.quantity:g}"
    unit = item.unit or ""
    if unit and item.quantity not in {None, 1} and not unit.endswith("s"):
        unit += "es" if unit.endswith(("x", "ch", "sh")) else "s"
    return escape(" ".join(part for part in (quantity, unit, item.name) if part))


def escape(text: str) -> str:
    """So that a message cannot make the bot mention everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
