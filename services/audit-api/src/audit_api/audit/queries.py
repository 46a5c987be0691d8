"""Reading records for the auditor: the queue, and one record with its messages and readings."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import AUDITED, in_force
from audit_api.audit.views import (
    Audit,
    Failures,
    Message,
    Readings,
    RecordDetail,
    RecordPage,
    RecordSummary,
    audit_view,
)
from audit_api.errors import not_found
from audit_api.models import Audit as AuditRow
from audit_api.models import MessageRow, Record
from audit_api.models import Reading as ReadingRow
from audit_api.models_registry.active import active_model
from audit_api.models_registry.combining import combined_reading
from audit_api.schemas import Reading, shown
from contracts import Method

Filter: TypeAlias = Literal["unaudited", "all", "audited"]
Order: TypeAlias = Literal["oldest", "newest"]


async def list_page(session: AsyncSession, audit: Filter, q: str, order: Order, limit: int, offset: int) -> RecordPage:
    """The part [offset, offset + limit) of the filtered list, in order of time."""
    where = [Record.retired.is_(False), *_filters(audit, q)]
    keys = (Record.posted_at, Record.id) if order == "oldest" else (Record.posted_at.desc(), Record.id.desc())
    total = await session.scalar(select(func.count()).select_from(Record).where(*where))
    query = select(Record).where(*where).order_by(*keys).limit(limit).offset(offset)
    rows = (await session.execute(query)).scalars()
    return RecordPage(total=total or 0, items=[RecordSummary.model_validate(_summary(row)) for row in rows])


async def show_one(session: AsyncSession, record_id: str) -> RecordDetail:
    """Raises ApiError when there is no such record."""
    record = await session.get(Record, record_id)
    if record is None or record.retired:
        raise not_found("record", record_id)
    history = await _history(session, record_id)
    current = in_force(history, record.revision)
    readings, failures = await _readings(session, record)
    return RecordDetail.model_validate(
        {
            **_summary(record),
            "messages": await _messages(session, record_id),
            "readings": readings,
            "failures": failures,
            "audit": audit_view(current) if current else None,
            "earlier_audit": None if current else _earlier(history, record.revision),
        }
    )


def _filters(audit: Filter, q: str) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if audit == "unaudited":
        filters.append(Record.decision.is_(None))
    elif audit == "audited":
        filters.append(Record.decision.in_([decision.value for decision in AUDITED]))
    if words := q.strip():
        columns = (Record.text, Record.author, Record.channel)
        filters.append(or_(*[column.icontains(words, autoescape=True) for column in columns], Record.id == words))
    return filters


def _summary(row: Record) -> dict[str, object]:
    names = ("id", "revision", "channel", "author", "posted_at", "text", "decision")
    return {**{name: getattr(row, name) for name in names}, "audited": row.decision in AUDITED}


async def _messages(session: AsyncSession, record_id: str) -> list[Message]:
    query = select(MessageRow).where(MessageRow.record_id == record_id, MessageRow.deleted.is_(False))
    rows = (await session.execute(query.order_by(MessageRow.posted_at, MessageRow.ts))).scalars()
    return [Message(ts=row.ts, author=row.author, text=row.text, posted_at=row.posted_at) for row in rows]


async def _history(session: AsyncSession, record_id: str) -> Sequence[AuditRow]:
    query = select(AuditRow).where(AuditRow.record_id == record_id).order_by(AuditRow.number)
    return (await session.execute(query)).scalars().all()


def _earlier(history: Sequence[AuditRow], revision: int) -> Audit | None:
    for earlier in range(revision - 1, 0, -1):
        if (found := in_force(history, earlier)) is not None:
            return audit_view(found)
    return None


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
