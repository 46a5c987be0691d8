"""The ledger as rows: one line of food each, with where its numbers come from.

Read in parts of a few hundred records, each in a short transaction, so that an export of years blocks nobody and holds
little in memory. A record that is audited during the export appears as it was when its part was read.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import AUDITED
from audit_api.audit.items import counted_items
from audit_api.database import Database
from audit_api.models import Audit, Reading, Record
from audit_api.models_registry.active import active_model
from audit_api.reference.store import current_reference
from audit_api.stats.totals import Slice, of_record
from contracts import Extraction, Method

PART = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the export; its fields are the columns, in order."""

    record: str
    posted_at: datetime
    channel: str
    author: str
    direction: str
    rescue_location: str | None
    drop_off_location: str | None
    place: str | None
    """The place that the pounds count for."""
    item: str
    quantity: float | None
    unit: str | None
    pounds: float | None
    pounds_source: str | None
    pounds_rule: str | None
    subcategory: str | None
    status: str
    """`confirmed`, `corrected`, or `unaudited`."""
    by: str | None
    """The auditor; for an unaudited line, the reader."""
    decided_at: datetime | None


COLUMNS = tuple(column.name for column in fields(Line))


async def export_rows(database: Database, part: Slice, *, only_audited: bool) -> AsyncIterator[Line]:
    """The lines in order of time."""
    after: tuple[datetime, str] | None = None
    while True:
        async with database.transaction() as session:
            records = await _records(session, part, after, only_audited=only_audited)
            lines = await _lines(session, records, part)
        for line in lines:
            yield line
        if len(records) < PART:
            return
        after = (records[-1].posted_at, records[-1].id)


async def _records(
    session: AsyncSession, part: Slice, after: tuple[datetime, str] | None, *, only_audited: bool
) -> Sequence[Record]:
    query = select(Record).where(~Record.retired, *of_record(part, by_place=True))
    if only_audited:
        query = query.where(Record.decision.in_([decision.value for decision in AUDITED]))
    if after:
        query = query.where(tuple_(Record.posted_at, Record.id) > tuple_(*after))
    return (await session.execute(query.order_by(Record.posted_at, Record.id).limit(PART))).scalars().all()


@dataclass(frozen=True)
class _Source:
    """Where a record's lines come from."""

    extraction: Extraction
    status: str
    by: str
    decided_at: datetime | None


async def _lines(session: AsyncSession, records: Sequence[Record], part: Slice) -> list[Line]:
    home = (await current_reference(session)).value.directory.home
    sources = await _readings(session, [r for r in records if r.decision is None])
    sources |= await _audits(session, [r for r in records if r.decision in AUDITED])
    found = [line for record in records if record.id in sources for line in _of(record, sources[record.id], home)]
    return [line for line in found if _is_in(line, part)]


def _is_in(line: Line, part: Slice) -> bool:
    return (not part.place or line.place == part.place) and (
        not part.subcategory or line.subcategory == part.subcategory
    )


async def _audits(session: AsyncSession, records: Sequence[Record]) -> dict[str, _Source]:
    rows = await session.execute(select(Audit).where(Audit.id.in_([record.audit_id for record in records])))
    return {
        row.record_id: _Source(Extraction.model_validate(row.extraction), row.decision, row.by, row.at)
        for row in rows.scalars()
        if row.extraction
    }


async def _readings(session: AsyncSession, records: Sequence[Record]) -> dict[str, _Source]:
    """The active model's reading, else the rules'."""
    active = await active_model(session)
    rows = await session.execute(
        select(Reading)
        .join(Record, (Record.id == Reading.record_id) & (Record.revision == Reading.revision))
        .where(Reading.record_id.in_([record.id for record in records]), Reading.extraction.is_not(None))
        .order_by((Reading.method == Method.PEFT.value), Reading.read_at)
    )
    found: dict[str, _Source] = {}
    for row in rows.scalars():
        if row.method == Method.REGEX.value or (active and row.version == active.version):
            reader = "regex" if row.method == Method.REGEX.value else f"peft {row.version}"
            found[row.record_id] = _Source(Extraction.model_validate(row.extraction), "unaudited", reader, None)
    return found


def _of(record: Record, source: _Source, home: str | None) -> Iterator[Line]:
    said = source.extraction
    for item, counted in zip(said.items, counted_items(said, home), strict=True):
        yield Line(
            record=record.id,
            posted_at=record.posted_at,
            channel=record.channel,
            author=record.author,
            direction=said.direction.value,
            rescue_location=said.rescue_location,
            drop_off_location=said.drop_off_location,
            place=counted.location,
            item=item.name,
            quantity=item.quantity,
            unit=item.unit,
            pounds=item.estimated_lbs,
            pounds_source=item.lbs_source.value if item.lbs_source else None,
            pounds_rule=item.lbs_rule,
            subcategory=item.subcategory,
            status=source.status,
            by=source.by,
            decided_at=source.decided_at,
        )


def values_of(line: Line) -> list[Any]:
    return [getattr(line, name) for name in COLUMNS]
