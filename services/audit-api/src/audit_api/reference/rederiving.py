"""What other tables make of what was audited: shown before they are saved, written when they are.

Invariant: audits stay as they were decided. Their items' pounds and subcategories (`audit_items`), which the statistics
add up, follow the tables in force.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import AUDITED
from audit_api.audit.items import CountedItem, counted_items
from audit_api.models import Audit, AuditItem, Record
from audit_api.outbox.requests import chunks
from audit_api.schemas import Answer
from contracts import Extraction, Tables
from reading.derive import derive


class Change(Answer):
    """A subcategory before and after; the name is None for items without one."""

    name: str | None
    pounds_before: float
    pounds_after: float
    items_before: int
    items_after: int


class TablesPreview(Answer):
    """What other tables change in the totals of the audits in force."""

    records: int
    """Records of which at least one item changes."""
    items: int
    pounds_before: float
    pounds_after: float
    by_subcategory: list[Change]
    """The subcategories that change, the biggest change first."""


@dataclass
class _Sums:
    pounds: list[float] = field(default_factory=lambda: [0.0, 0.0])
    items: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, side: int, pounds: float | None) -> None:
        self.pounds[side] += pounds or 0.0
        self.items[side] += 1


async def preview_tables(session: AsyncSession, tables: Tables, home: str | None) -> TablesPreview:
    """What `tables` would change; writes nothing."""
    sums: defaultdict[str | None, _Sums] = defaultdict(_Sums)
    records = items = 0
    async for rows, after in _audited(session, tables, home, in_force=True):
        changed = 0
        for row, item in zip(rows, after, strict=True):
            sums[row.subcategory].add(0, row.pounds)
            sums[item.subcategory].add(1, item.pounds)
            changed += _differs(row, item)
        records, items = records + (changed > 0), items + changed
    return TablesPreview(
        records=records,
        items=items,
        pounds_before=_rounded(sum(s.pounds[0] for s in sums.values())),
        pounds_after=_rounded(sum(s.pounds[1] for s in sums.values())),
        by_subcategory=_changes(sums),
    )


async def rederive(session: AsyncSession, tables: Tables, home: str | None) -> int:
    """Bring the items of all audits in line with `tables`, those taken back too; how many items changed."""
    changed = 0
    async for rows, after in _audited(session, tables, home, in_force=False):
        values = [
            {"audit_id": row.audit_id, "position": row.position, "subcategory": i.subcategory, "pounds": i.pounds}
            for row, i in zip(rows, after, strict=True)
            if _differs(row, i)
        ]
        if values:
            await session.execute(update(AuditItem), values)
        changed += len(values)
    return changed


async def _audited(
    session: AsyncSession, tables: Tables, home: str | None, *, in_force: bool
) -> AsyncIterator[tuple[list[AuditItem], list[CountedItem]]]:
    """Each audit's items as they are counted now, and as `tables` would have them."""
    query = select(Audit.id).where(Audit.extraction.is_not(None)).order_by(Audit.number)
    if in_force:
        query = query.join(Record, Record.audit_id == Audit.id).where(
            Record.retired.is_(False), Record.decision.in_([decision.value for decision in AUDITED])
        )
    for ids in chunks((await session.execute(query)).scalars().all()):
        audits = await session.execute(select(Audit.id, Audit.extraction).where(Audit.id.in_(ids)))
        stored = await session.execute(
            select(AuditItem).where(AuditItem.audit_id.in_(ids)).order_by(AuditItem.audit_id, AuditItem.position)
        )
        rows: defaultdict[object, list[AuditItem]] = defaultdict(list)
        for row in stored.scalars():
            rows[row.audit_id].append(row)
        for audit_id, extraction in audits:
            after = derive(Extraction.model_validate(extraction), tables)
            yield rows[audit_id], list(counted_items(after, home))


def _differs(row: AuditItem, item: CountedItem) -> bool:
    return (row.subcategory, row.pounds) != (item.subcategory, item.pounds)


def _changes(sums: dict[str | None, _Sums]) -> list[Change]:
    changes = [
        Change(
            name=name,
            pounds_before=_rounded(s.pounds[0]),
            pounds_after=_rounded(s.pounds[1]),
            items_before=s.items[0],
            items_after=s.items[1],
        )
        for name, s in sums.items()
    ]
    changed = [c for c in changes if (c.pounds_before, c.items_before) != (c.pounds_after, c.items_after)]
    return sorted(changed, key=lambda c: (-abs(c.pounds_after - c.pounds_before), c.name or ""))


def _rounded(pounds: float) -> float:
    return round(pounds, 3)
