"""The sums. Only audits in force count, and only items of confirmed or corrected records."""

from sqlalchemy import ColumnElement, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from audit_api.audit.history import AUDITED
from audit_api.models import AuditItem, DeadLetterRow, Reading, Record
from audit_api.models_registry.active import active_model
from audit_api.schemas import Answer
from contracts import Method


class Bar(Answer):
    """A place or a subcategory with its share; the name is None for items without one."""

    name: str | None
    pounds: float
    items: int


class Readiness(Answer):
    """Whether there are enough audited records to train."""

    audited: int
    needed: int
    ready: bool


class Stats(Answer):
    """What was audited, in pounds and items."""

    audited: int
    records: int
    items: int
    pounds: float
    by_location: list[Bar]
    by_subcategory: list[Bar]
    readiness: Readiness


class Pending(Answer):
    """How many current records, by method; peft: of the active model."""

    regex: int
    peft: int


class Status(Answer):
    """What waits and what serves."""

    records: int
    audited: int
    active_version: str | None
    pending: Pending
    failed: Pending
    """Current records whose newest try gave no reading, by method; activating the version again tries those of peft."""
    dead_letters: int
    has_sample: bool
    needed_for_training: int


async def read_stats(session: AsyncSession, needed: int) -> Stats:
    """All sums, over the audits of now."""
    audited, records = await count_audited(session), await _count(session)
    items, pounds = (
        await session.execute(
            select(func.count(), func.coalesce(func.sum(AuditItem.pounds), 0.0))
            .select_from(AuditItem)
            .join(Record, Record.audit_id == AuditItem.audit_id)
            .where(Record.retired.is_(False))
        )
    ).one()
    return Stats(
        audited=audited,
        records=records,
        items=items,
        pounds=round(pounds or 0.0, 3),
        by_location=await _bars(session, AuditItem.location),
        by_subcategory=await _bars(session, AuditItem.subcategory),
        readiness=Readiness(audited=audited, needed=needed, ready=audited >= needed),
    )


async def read_status(session: AsyncSession, needed: int, *, has_sample: bool) -> Status:
    """Cheap enough to be asked every few seconds."""
    active = await active_model(session)
    version = active.version if active else None
    any_model = literal(version is not None)
    regex, failed = Reading.method == Method.REGEX.value, Reading.extraction.is_(None)
    peft = (Reading.method == Method.PEFT.value) & (Reading.version == version)
    letters = select(func.count()).select_from(DeadLetterRow).where(DeadLetterRow.replayed_at.is_(None))
    return Status(
        records=await _count(session),
        audited=await count_audited(session),
        active_version=version,
        pending=Pending(
            regex=await _count(session, ~_has_reading(regex)),
            peft=await _count(session, ~_has_reading(peft) & any_model),
        ),
        failed=Pending(
            regex=await _count(session, _has_reading(regex & failed), ~_has_reading(regex & ~failed)),
            peft=await _count(session, _has_reading(peft & failed)),
        ),
        dead_letters=await session.scalar(letters) or 0,
        has_sample=has_sample,
        needed_for_training=needed,
    )


async def count_audited(session: AsyncSession) -> int:
    """Records that can be learned from."""
    return await _count(session, Record.decision.in_([decision.value for decision in AUDITED]))


async def _count(session: AsyncSession, *where: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(Record).where(Record.retired.is_(False), *where)) or 0


def _has_reading(which: ColumnElement[bool]) -> ColumnElement[bool]:
    same = (Reading.record_id == Record.id) & (Reading.revision == Record.revision)
    return exists().where(same, which)


async def _bars(session: AsyncSession, column: InstrumentedAttribute[str | None]) -> list[Bar]:
    pounds = func.coalesce(func.sum(AuditItem.pounds), 0.0)
    found = await session.execute(
        select(column.label("name"), pounds.label("pounds"), func.count().label("items"))
        .join(Record, Record.audit_id == AuditItem.audit_id)
        .where(Record.retired.is_(False))
        .group_by(column)
        .order_by(pounds.desc(), func.count().desc(), column)
    )
    return [Bar(name=row.name, pounds=round(row.pounds, 3), items=row.items) for row in found]
