"""Whether a training may start, and what it still lacks, in sentences for a person."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import AUDITED
from audit_api.models import Dataset, Record
from audit_api.schemas import Answer
from audit_api.stats.status import count_audited
from reading.heldout import is_held_out

LOOKED_AT = 200
"""Audited records that are looked at for one that may judge; a quarter of them may."""


class Readiness(Answer):
    """Whether there are enough audited records to train, and what is missing."""

    audited: int
    needed: int
    ready: bool
    since_last: int
    """Audited records that the newest training did not have."""
    missing: list[str]
    """What to do next, one sentence each."""


async def readiness(session: AsyncSession, needed: int) -> Readiness:
    audited = await count_audited(session)
    trained_on = await session.scalar(
        select(Dataset.train + Dataset.held_out).order_by(Dataset.frozen_at.desc(), Dataset.id).limit(1)
    )
    since_last = max(0, audited - (trained_on or 0))
    missing = _missing(audited, needed, since_last if trained_on else None, judge=await _has_judge(session))
    return Readiness(audited=audited, needed=needed, ready=audited >= needed, since_last=since_last, missing=missing)


def _missing(audited: int, needed: int, since_last: int | None, *, judge: bool) -> list[str]:
    missing = []
    if audited < needed:
        missing.append(f"Audit {needed - audited} more: a training needs {needed}.")
    if audited and not judge:
        missing.append("None of the audits is kept out for judging yet; a few more will do.")
    if since_last == 0:
        missing.append("Nothing was audited since the last training: a new one would learn nothing new.")
    return missing


async def _has_judge(session: AsyncSession) -> bool:
    ids = await session.execute(
        select(Record.id)
        .where(~Record.retired, Record.decision.in_([decision.value for decision in AUDITED]))
        .order_by(Record.shuffle)
        .limit(LOOKED_AT)
    )
    return any(is_held_out(record_id) for record_id in ids.scalars())
