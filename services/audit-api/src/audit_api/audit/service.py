"""Deciding on a record revision and taking a decision back, each once for its key."""

import uuid
from dataclasses import replace
from enum import Enum
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import AUDITED, Decision, in_force
from audit_api.audit.second import is_drawn
from audit_api.audit.writing import NewAudit, write_audits, write_undone
from audit_api.errors import ApiError, not_found
from audit_api.models import Audit, Record
from audit_api.reference.store import current_reference
from contracts import Tables
from reading.derive import derive


class Seen(Enum):
    """For callers that decide without having looked, such as an import of labels."""

    ANY = "any"


ANY: Final = Seen.ANY


async def decide(
    session: AsyncSession, wanted: NewAudit, seen: uuid.UUID | Seen | None = ANY, second_opinions: int = 0
) -> Audit:
    """Write the decision, with pounds and subcategories derived by the tables of now.

    `seen`: the audit that was in force when the person looked, so that nobody overwrites what they have not seen;
    its id, or the key that the client gave it and knew before the server answered.
    `second_opinions`: per cent of the audited records that a second auditor is asked about.
    Raises ApiError: no such record, STALE_REVISION when it was edited meanwhile, STALE_AUDIT when somebody decided
    meanwhile, EXTRACTION_MISSING, KEY_REUSED.
    """
    if (present := await _by_key(session, wanted)) is not None:
        return present
    record = await _locked(session, wanted.record_id)
    if (present := await _by_key(session, wanted)) is not None:
        return present
    if record.revision != wanted.revision:
        raise ApiError(
            409, "STALE_REVISION", f"The message was edited (revision {record.revision}); look at it again and decide."
        )
    if seen is not ANY and seen not in await _names_of(session, record.audit_id):
        raise ApiError(409, "STALE_AUDIT", "Somebody else has decided on this message meanwhile; compare and decide.")
    reference = (await current_reference(session)).value
    (audit_id,) = await write_audits(session, [_derived(wanted, reference.tables)], reference.directory.home)
    if wanted.decision in AUDITED and is_drawn(record.id, second_opinions):
        record.second = True
    return await session.get_one(Audit, audit_id)


async def undo(
    session: AsyncSession, record_id: str, key: uuid.UUID, by: str, of_key: uuid.UUID | None = None
) -> Audit:
    """Take back the decision in force; the one before it is in force again.

    `of_key`: the key of the decision that is meant. Raises ApiError, STALE_AUDIT when another one is in force by now.
    """
    record = await _locked(session, record_id)
    undone = NewAudit(key, record_id, record.revision, Decision.UNDONE, None, by)
    if (present := await _by_key(session, undone)) is not None:
        return present
    query = select(Audit).where(Audit.record_id == record_id).order_by(Audit.number)
    history = (await session.execute(query)).scalars().all()
    current = in_force(history, record.revision)
    if current is None:
        raise ApiError(409, "NOTHING_TO_UNDO", "Nobody has decided on this message, so there is nothing to undo.")
    if of_key is not None and current.key != of_key:
        message = "Somebody else has decided on this message since; nothing was undone. Look at it again."
        raise ApiError(409, "STALE_AUDIT", message)
    until = [entry for entry in history if entry.number < current.number]
    audit_id = await write_undone(session, undone, in_force(until, record.revision))
    return await session.get_one(Audit, audit_id)


async def _by_key(session: AsyncSession, wanted: NewAudit) -> Audit | None:
    present = await session.scalar(select(Audit).where(Audit.key == wanted.key))
    same = (wanted.record_id, wanted.decision)
    if present is not None and (present.record_id, present.decision) != same:
        raise ApiError(409, "KEY_REUSED", "This key belongs to another decision; send a new key with each decision.")
    return present


async def _names_of(session: AsyncSession, audit_id: uuid.UUID | None) -> tuple[uuid.UUID | None, ...]:
    if audit_id is None:
        return (None,)
    return (audit_id, (await session.get_one(Audit, audit_id)).key)


async def _locked(session: AsyncSession, record_id: str) -> Record:
    record = await session.get(Record, record_id, with_for_update=True, populate_existing=True)
    if record is None or record.retired:
        raise not_found("record", record_id)
    return record


def _derived(wanted: NewAudit, tables: Tables) -> NewAudit:
    if wanted.decision is Decision.SKIPPED:
        return replace(wanted, extraction=None)
    if wanted.extraction is None:
        raise ApiError(422, "EXTRACTION_MISSING", f"A {wanted.decision} message needs its extraction; send it along.")
    return replace(wanted, extraction=derive(wanted.extraction, tables))
