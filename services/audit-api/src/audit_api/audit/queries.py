"""One record for the auditor: its messages, its readings, the decision in force, and all that was decided before."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import AUDITED, in_force
from audit_api.audit.listing import summary
from audit_api.audit.views import (
    Audit,
    Failures,
    History,
    Mention,
    Message,
    Readings,
    RecordDetail,
    Revision,
    audit_view,
    opinion_view,
)
from audit_api.errors import not_found
from audit_api.models import Audit as AuditRow
from audit_api.models import MessageRow, Record, RecordRevision, SecondOpinion
from audit_api.models import Reading as ReadingRow
from audit_api.models_registry.active import active_model
from audit_api.models_registry.combining import combined_reading
from audit_api.reference.store import current_reference
from audit_api.schemas import Reading, shown
from contracts import Method
from reading.mentions import mentions


async def show_one(session: AsyncSession, record_id: str) -> RecordDetail:
    """Raises ApiError when there is no such record."""
    record = await _record(session, record_id)
    history = await _history(session, record_id)
    current = in_force(history, record.revision)
    readings, failures = await _readings(session, record)
    earlier = None if current else _earlier(history, record.revision)
    return RecordDetail.model_validate(
        {
            **summary(record),
            "messages": await _messages(session, record_id),
            "readings": readings,
            "failures": failures,
            "audit": audit_view(current) if current else None,
            "earlier_audit": earlier,
            "earlier_text": await _text_of(session, record_id, earlier.revision) if earlier else None,
            "mentions": await _mentions(session, record.text),
            "audits": len(history),
        }
    )


async def show_history(session: AsyncSession, record_id: str) -> History:
    """Every revision of the text and every decision, oldest first. Raises ApiError when there is no such record."""
    await _record(session, record_id)
    revisions = await session.execute(
        select(RecordRevision).where(RecordRevision.record_id == record_id).order_by(RecordRevision.revision)
    )
    audits = await _history(session, record_id)
    opinions = await session.execute(
        select(SecondOpinion).where(SecondOpinion.audit_id.in_([a.id for a in audits])).order_by(SecondOpinion.at)
    )
    return History(
        revisions=[Revision(revision=r.revision, text=r.text, at=r.created_at) for r in revisions.scalars()],
        audits=[audit_view(row) for row in audits],
        opinions=[opinion_view(row) for row in opinions.scalars()],
    )


async def _record(session: AsyncSession, record_id: str) -> Record:
    record = await session.get(Record, record_id)
    if record is None or record.retired:
        raise not_found("record", record_id)
    return record


async def _messages(session: AsyncSession, record_id: str) -> list[Message]:
    query = select(MessageRow).where(MessageRow.record_id == record_id, MessageRow.deleted.is_(False))
    rows = (await session.execute(query.order_by(MessageRow.posted_at, MessageRow.ts))).scalars()
    return [
        Message(
            ts=row.ts,
            author=row.author,
            text=row.text,
            posted_at=row.posted_at,
            in_thread=row.thread_ts is not None and row.thread_ts != row.ts,
            edited=row.edited_ts is not None,
        )
        for row in rows
    ]


async def _mentions(session: AsyncSession, text: str) -> list[Mention]:
    tables = (await current_reference(session)).value.tables
    return [Mention(start=one.start, end=one.end, kind=one.kind) for one in mentions(text, tables)]


async def _history(session: AsyncSession, record_id: str) -> Sequence[AuditRow]:
    query = select(AuditRow).where(AuditRow.record_id == record_id).order_by(AuditRow.number)
    return (await session.execute(query)).scalars().all()


def _earlier(history: Sequence[AuditRow], revision: int) -> Audit | None:
    for earlier in range(revision - 1, 0, -1):
        found = in_force(history, earlier)
        if found is not None and found.decision in AUDITED:
            return audit_view(found)
    return None


async def _text_of(session: AsyncSession, record_id: str, revision: int) -> str | None:
    found = await session.get(RecordRevision, (record_id, revision))
    return found.text if found else None


async def _readings(session: AsyncSession, record: Record) -> tuple[Readings, Failures]:
    active = await active_model(session)
    regex = await _newest(session, record, ReadingRow.method == Method.REGEX.value)
    peft: Sequence[ReadingRow] = ()
    if active is not None and active.version is not None:
        is_active = ReadingRow.version == active.version
        peft = await _newest(session, record, is_active & (ReadingRow.method == Method.PEFT.value))
    both = _reading(regex), _reading(peft)
    return (
        Readings(regex=both[0], peft=both[1], combined=await combined_reading(session, *both)),
        Failures(regex=_failure(regex), peft=_failure(peft)),
    )


async def _newest(session: AsyncSession, record: Record, which: ColumnElement[bool]) -> Sequence[ReadingRow]:
    query = select(ReadingRow).where(ReadingRow.record_id == record.id, ReadingRow.revision == record.revision, which)
    return (await session.execute(query.order_by(ReadingRow.read_at.desc()))).scalars().all()


def _reading(rows: Sequence[ReadingRow]) -> Reading | None:
    row = next((row for row in rows if row.extraction), None)
    if row is None or row.extraction is None:
        return None
    return Reading(
        method=Method(row.method),
        version=row.version,
        extraction=shown(row.extraction),
        ms=row.ms or 0.0,
        read_at=row.read_at,
    )


def _failure(rows: Sequence[ReadingRow]) -> str | None:
    """Only while no version of the method has a reading."""
    if any(row.extraction for row in rows):
        return None
    return next((row.failure for row in rows if row.failure), None)
