"""Writing audits: the row, its items, the record's pointer and the announcement, in the caller's transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import Decision
from audit_api.audit.items import counted_items
from audit_api.audit.ranking import to_rank
from audit_api.live.changes import announce_change
from audit_api.models import Audit, AuditItem, Record, outbox
from audit_api.outbox.requests import chunks
from contracts import AuditRecorded, Extraction
from contracts.subjects import AUDIT_RECORDED
from servicekit.outbox import enqueue_many


@dataclass(frozen=True)
class NewAudit:
    """A decision to write. `key` is the client's own, so that the same decision is written once."""

    key: uuid.UUID
    record_id: str
    revision: int
    decision: Decision
    extraction: Extraction | None
    by: str
    draft_method: str | None = None
    draft_version: str | None = None
    via: str | None = None


async def write_audits(session: AsyncSession, audits: Sequence[NewAudit], home: str | None) -> list[uuid.UUID]:
    """Write decisions that are in force from now on; their ids. An undoing is written by `write_undone`.

    `home` is the group's warehouse: pounds count for the place at the other end.
    """
    ids = [uuid.uuid4() for _ in audits]
    for part in chunks(zip(ids, audits, strict=True)):
        await session.execute(insert(Audit), [_row(audit_id, audit) for audit_id, audit in part])
        items = [row for audit_id, audit in part for row in _item_rows(audit_id, audit.extraction, home)]
        if items:
            await session.execute(insert(AuditItem), items)
        pointers = [{"id": a.record_id, "audit_id": i, "decision": a.decision.value, "second": False} for i, a in part]
        await session.execute(update(Record), pointers)
        await _announce(session, part)
    return ids


async def write_undone(session: AsyncSession, undone: NewAudit, back_in_force: Audit | None) -> uuid.UUID:
    """Append the undoing, and point the record at the audit that is in force again, if any."""
    audit_id = uuid.uuid4()
    await session.execute(insert(Audit), [_row(audit_id, undone)])
    pointer = {
        "id": undone.record_id,
        "audit_id": back_in_force.id if back_in_force else None,
        "decision": back_in_force.decision if back_in_force else None,
        "second": False,
    }
    await session.execute(update(Record), [pointer])
    await _announce(session, [(audit_id, undone)])
    return audit_id


async def _announce(session: AsyncSession, audits: Sequence[tuple[uuid.UUID, NewAudit]]) -> None:
    events = [
        AuditRecorded(audit_id=str(i), record_id=a.record_id, revision=a.revision, decision=a.decision.value)
        for i, a in audits
    ]
    await enqueue_many(session, outbox, [(AUDIT_RECORDED, event) for event in events])
    ids = [audit.record_id for _, audit in audits]
    await to_rank(session, ids)
    await announce_change(session, "records", ids)


def _row(audit_id: uuid.UUID, audit: NewAudit) -> dict[str, Any]:
    return {
        "id": audit_id,
        "key": audit.key,
        "record_id": audit.record_id,
        "revision": audit.revision,
        "decision": audit.decision.value,
        "extraction": audit.extraction.model_dump(mode="json") if audit.extraction else None,
        "by": audit.by,
        "draft_method": audit.draft_method,
        "draft_version": audit.draft_version,
        "via": audit.via,
    }


def _item_rows(audit_id: uuid.UUID, extraction: Extraction | None, home: str | None) -> list[dict[str, Any]]:
    items = counted_items(extraction, home) if extraction else ()
    return [
        {"audit_id": audit_id, "position": n, "location": i.location, "subcategory": i.subcategory, "pounds": i.pounds}
        for n, i in enumerate(items)
    ]
