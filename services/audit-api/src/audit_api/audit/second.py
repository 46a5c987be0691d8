"""A second auditor's opinion on a drawn share of the audited records: how far two careful people agree.

Invariant: which records are drawn is decided by their id alone, so nobody can choose the easy ones; an opinion never
changes the audit in force. Fields are compared without regard to order or white space.
"""

import hashlib
import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import AUDITED
from audit_api.audit.ranking import to_rank
from audit_api.errors import ApiError, not_found
from audit_api.live.changes import announce_change
from audit_api.models import Audit, Record, SecondOpinion
from audit_api.reference.store import current_reference
from contracts import Directory, Extraction
from reading.derive import derive
from reading.places import Places
from reading.score import matched, same_item, same_place

FIELDS = ("direction", "rescue_location", "drop_off_location", "items")


def is_drawn(record_id: str, percent: int) -> bool:
    """Whether a record belongs to the share that two people audit."""
    return int.from_bytes(hashlib.sha256(f"second {record_id}".encode()).digest()[:8]) % 100 < percent


@dataclass(frozen=True)
class NewOpinion:
    """An opinion to write. `key` is the client's own, so that the same opinion is written once."""

    key: uuid.UUID
    record_id: str
    revision: int
    extraction: Extraction
    by: str


async def give_opinion(session: AsyncSession, wanted: NewOpinion) -> SecondOpinion:
    """Write it beside the audit in force. Raises ApiError when there is none, or it is the same person's."""
    if (present := await session.get(SecondOpinion, wanted.key)) is not None:
        return present
    record = await session.get(Record, wanted.record_id, with_for_update=True)
    if record is None or record.retired:
        raise not_found("record", wanted.record_id)
    if record.decision not in AUDITED or record.audit_id is None or record.revision != wanted.revision:
        raise ApiError(409, "NOT_AUDITED", "This message awaits its first audit; give that one instead.")
    audit = await session.get_one(Audit, record.audit_id)
    if audit.by == wanted.by:
        raise ApiError(409, "OWN_AUDIT", "A second opinion comes from somebody else than the first auditor.")
    reference = (await current_reference(session)).value
    extraction = derive(wanted.extraction, reference.tables)
    agrees = compared(Extraction.model_validate(audit.extraction), extraction, reference.directory)
    await session.execute(
        insert(SecondOpinion).values(
            key=wanted.key,
            audit_id=audit.id,
            extraction=extraction.model_dump(mode="json"),
            agrees=agrees,
            by=wanted.by,
        )
    )
    record.second = False
    await to_rank(session, [record.id])
    await announce_change(session, "records", [record.id])
    await session.flush()
    return await session.get_one(SecondOpinion, wanted.key)


def compared(first: Extraction, second: Extraction, directory: Directory) -> dict[str, bool]:
    """For each field, whether both say the same."""
    places = Places(directory)
    items = len(first.items) == len(second.items) == len(matched(first.items, second.items, same_item))
    return {
        "direction": first.direction == second.direction,
        "rescue_location": same_place(first.rescue_location, second.rescue_location, places),
        "drop_off_location": same_place(first.drop_off_location, second.drop_off_location, places),
        "items": items,
    }


@dataclass(frozen=True)
class Agreement:
    """How often two auditors said the same: `of` records, by field the share that agreed."""

    of: int
    waiting: int
    fields: dict[str, float]


async def agreement(session: AsyncSession) -> Agreement:
    """Over all second opinions."""
    given = await session.execute(select(*[_share(name) for name in FIELDS], func.count()))
    *shares, of = given.one()
    waiting = await session.scalar(select(func.count()).select_from(Record).where(~Record.retired, Record.second))
    return Agreement(
        of, waiting or 0, {name: round(float(share or 0), 4) for name, share in zip(FIELDS, shares, strict=True)}
    )


def _share(name: str) -> ColumnElement[float]:
    return func.avg(case((SecondOpinion.agrees[name].as_boolean(), 1.0), else_=0.0))
