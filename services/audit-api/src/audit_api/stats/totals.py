"""The ledger's sums: pounds by place, by subcategory and over time, of what was audited and of what was only read.

Only audits in force count as audited. Records that nobody decided on are counted by their best reading, and never
mixed into the audited sums.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Subquery, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import AUDITED
from audit_api.audit.second import Agreement, agreement
from audit_api.models import Audit, AuditItem, ReadItem, Record
from audit_api.schemas import Answer
from audit_api.stats.estimate import ENOUGH, Estimate, Sample, estimate
from audit_api.stats.readiness import Readiness, readiness
from audit_api.stats.status import count, count_audited

By: TypeAlias = Literal["location", "subcategory", "start", "all"]
Step: TypeAlias = Literal["day", "week", "month"]
SAMPLED = 5_000
"""Audited records that the estimate looks at; more make it no better."""


@dataclass(frozen=True)
class Slice:
    """Which part of the ledger to sum."""

    since: datetime | None = None
    until: datetime | None = None
    channel: str = ""
    place: str = ""
    subcategory: str = ""


class Bar(Answer):
    """A place or a subcategory; the name is None for items without one. Unread: nobody audited them."""

    name: str | None
    pounds: float
    items: int
    unaudited_pounds: float
    unaudited_items: int


class Period(Answer):
    """Pounds of one day, week or month that begins at `start`."""

    start: date
    pounds: float
    unaudited_pounds: float


class Stats(Answer):
    """Pounds and items. `estimate` is of everything in the slice, audited or not."""

    audited: int
    records: int
    items: int
    pounds: float
    unaudited_pounds: float
    estimate: Estimate
    by_location: list[Bar]
    by_subcategory: list[Bar]
    step: Step
    over_time: list[Period]
    agreement: Agreement
    readiness: Readiness


async def read_stats(session: AsyncSession, part: Slice, needed: int) -> Stats:
    """All sums of one part, over the audits and readings of now."""
    step = await _step(session, part)
    groups = await _groups(session, part, step)
    audited, rest = _sum(groups, "all", audited=True), _sum(groups, "all", audited=False)
    where = of_record(part, by_place=True)
    open_records = await count(session, Record.decision.is_(None), *where)
    return Stats(
        audited=await count_audited(session, *where),
        records=await count(session, *where),
        items=audited.items,
        pounds=audited.pounds,
        unaudited_pounds=rest.pounds,
        estimate=await _estimate(session, part, audited.pounds, rest.pounds, open_records),
        by_location=_bars(groups, "location"),
        by_subcategory=_bars(groups, "subcategory"),
        step=step,
        over_time=_periods(groups),
        agreement=await agreement(session),
        readiness=await readiness(session, needed),
    )


@dataclass(frozen=True)
class _Group:
    by: By
    name: Any
    audited: bool
    pounds: float
    items: int


async def _groups(session: AsyncSession, part: Slice, step: Step) -> list[_Group]:
    """All sums in one pass over the lines."""
    lines = _lines(part)
    start = func.date_trunc(step, lines.c.posted_at, "UTC").label("start")
    columns: dict[By, ColumnElement[Any]] = {
        "location": lines.c.location,
        "subcategory": lines.c.subcategory,
        "start": start,
    }
    pounds, items = func.coalesce(func.sum(lines.c.pounds), 0.0), func.count()
    found = []
    for by, column in columns.items():
        grouped = select(column, lines.c.audited, pounds, items).group_by(column, lines.c.audited)
        found += [_group(by, row) for row in await session.execute(grouped)]
    for audited in (True, False):
        of = [group for group in found if group.by == "location" and group.audited is audited]
        found.append(_Group("all", None, audited, round(sum(g.pounds for g in of), 3), sum(g.items for g in of)))
    return found


def _group(by: By, row: Sequence[Any]) -> _Group:
    name, audited, pounds, items = row
    return _Group(by, name, audited, round(pounds, 3), items)


def _lines(part: Slice) -> Subquery:
    """Every line of food in the part, with whether a person has confirmed it."""
    audited = (
        select(
            AuditItem.location,
            AuditItem.subcategory,
            AuditItem.pounds,
            Record.posted_at,
            literal(True).label("audited"),
        )
        .join(Record, Record.audit_id == AuditItem.audit_id)
        .where(~Record.retired, *of_record(part), *_of_item(part, AuditItem))
    )
    read = (
        select(ReadItem.location, ReadItem.subcategory, ReadItem.pounds, Record.posted_at, literal(False))
        .join(Record, Record.id == ReadItem.record_id)
        .where(~Record.retired, Record.decision.is_(None), *of_record(part), *_of_item(part, ReadItem))
    )
    return union_all(audited, read).subquery()


def of_record(part: Slice, *, by_place: bool = False) -> list[ColumnElement[bool]]:
    """What a record must be; `by_place`: that it names the place, for those who do not look at its items."""
    where: list[ColumnElement[bool]] = []
    if part.since:
        where.append(Record.posted_at >= part.since)
    if part.until:
        where.append(Record.posted_at < part.until)
    if part.channel:
        where.append(Record.channel_id == part.channel)
    if part.place and by_place:
        where.append(Record.places.contains([part.place]))
    return where


def _of_item(part: Slice, items: type[AuditItem] | type[ReadItem]) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if part.place:
        where.append(items.location == part.place)
    if part.subcategory:
        where.append(items.subcategory == part.subcategory)
    return where


async def _step(session: AsyncSession, part: Slice) -> Step:
    """Days for up to two months, weeks for up to a year and a half, months beyond."""
    where = (~Record.retired, *of_record(part))
    first = await session.scalar(select(func.min(Record.posted_at)).where(*where))
    last = await session.scalar(select(func.max(Record.posted_at)).where(*where))
    days = (last - first).days if first and last else 0
    if days <= 62:
        return "day"
    return "week" if days <= 550 else "month"


def _sum(groups: Sequence[_Group], by: str, *, audited: bool) -> _Group:
    return next(group for group in groups if group.by == by and group.audited is audited)


def _bars(groups: Sequence[_Group], by: Literal["location", "subcategory"]) -> list[Bar]:
    """The heaviest first."""
    bars = []
    for name in dict.fromkeys(group.name for group in groups if group.by == by):
        of = {group.audited: group for group in groups if group.by == by and group.name == name}
        yes, no = of.get(True), of.get(False)
        bars.append(
            Bar(
                name=name,
                pounds=yes.pounds if yes else 0,
                items=yes.items if yes else 0,
                unaudited_pounds=no.pounds if no else 0,
                unaudited_items=no.items if no else 0,
            )
        )
    return sorted(bars, key=lambda bar: (-bar.pounds, -bar.items, -bar.unaudited_pounds, bar.name or ""))


def _periods(groups: Sequence[_Group]) -> list[Period]:
    starts = sorted({group.name for group in groups if group.by == "start"})
    pounds = {(group.name, group.audited): group.pounds for group in groups if group.by == "start"}
    return [
        Period(start=s.date(), pounds=pounds.get((s, True), 0), unaudited_pounds=pounds.get((s, False), 0))
        for s in starts
    ]


async def _estimate(session: AsyncSession, part: Slice, audited: float, unread: float, records: int) -> Estimate:
    """From the random stream where there is enough of it, else from every audit."""
    fair = await _sample(session, part, only_random=True)
    if fair.records >= ENOUGH:
        return estimate(fair, audited, unread, records, fair=True)
    return estimate(await _sample(session, part, only_random=False), audited, unread, records, fair=False)


async def _sample(session: AsyncSession, part: Slice, *, only_random: bool) -> Sample:
    x = select(func.coalesce(func.sum(ReadItem.pounds), 0.0)).where(
        ReadItem.record_id == Record.id, *_of_item(part, ReadItem)
    )
    y = select(func.coalesce(func.sum(AuditItem.pounds), 0.0)).where(
        AuditItem.audit_id == Record.audit_id, *_of_item(part, AuditItem)
    )
    drawn = (
        select(x.correlate(Record).scalar_subquery().label("x"), y.correlate(Record).scalar_subquery().label("y"))
        .select_from(Record)
        .where(~Record.retired, Record.decision.in_([decision.value for decision in AUDITED]), *of_record(part))
        .where(Record.read_pounds.is_not(None))
        .order_by(Record.shuffle)
        .limit(SAMPLED)
    )
    if only_random:
        drawn = drawn.join(Audit, Audit.id == Record.audit_id).where(Audit.via == "random")
    pairs = drawn.subquery()
    sums = [func.coalesce(func.sum(value), 0.0) for value in _moments(pairs.c.x, pairs.c.y)]
    records, *moments = (await session.execute(select(func.count(), *sums).select_from(pairs))).one()
    return Sample(records, *moments)


def _moments(x: ColumnElement[float], y: ColumnElement[float]) -> tuple[ColumnElement[float], ...]:
    return x, y, x * x, y * y, x * y
