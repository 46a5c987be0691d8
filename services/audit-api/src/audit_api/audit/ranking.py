"""Keeps what orders and filters the queue: a record's risk, the reasons to look at it, its places, its read items.

Invariant: whatever changes a record, its readings or the active model adds rows to `to_rank` in its own transaction;
this loop takes them away and ranks anew in one of its own, a few hundred at a time. The queue may be a moment behind,
is never wrong for long, and writing a reading or an audit stays cheap. One process ranks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.history import AUDITED
from audit_api.audit.items import counted_items, places_of
from audit_api.audit.risk import Reason, risk
from audit_api.live.changes import announce_change
from audit_api.models import Audit, Reading, ReadItem, Record, SecondOpinion, ToRank
from audit_api.models_registry.active import active_model
from audit_api.reference.store import current_reference
from contracts import Extraction, Method, Reference, Tables

STEP = 200
"""Records ranked in one transaction."""


@dataclass
class _Known:
    """What the rank of one record is made of."""

    record: Record
    readings: dict[str, Extraction] = field(default_factory=dict)
    audit: Extraction | None = None
    was_audited: bool = False
    """In an earlier revision."""
    disputed: bool = False
    """A second auditor said something else."""

    @property
    def best_first(self) -> list[Extraction]:
        return [self.readings[method] for method in (Method.PEFT.value, Method.REGEX.value) if method in self.readings]


async def step_ranking(session: AsyncSession) -> bool:
    """Rank the next records; whether there is more to do at once."""
    taken = await _take(session)
    of_taken = select(Record).where(Record.id.in_(taken), ~Record.retired).with_for_update(key_share=True, read=True)
    records = (await session.execute(of_taken)).scalars()
    known = {record.id: _Known(record) for record in records}
    active = await active_model(session)
    await _add_readings(session, known, active.version if active else None)
    await _add_audits(session, known)
    await _write(session, list(known.values()))
    if known:
        await announce_change(session, "records", list(known))
    return len(taken) > 0


async def to_rank(session: AsyncSession, ids: Iterable[str]) -> None:
    """Have these records ranked anew."""
    if rows := [{"record_id": record_id} for record_id in ids]:
        await session.execute(insert(ToRank), rows)


async def all_to_rank(session: AsyncSession) -> None:
    """Have every record ranked anew: another model's readings count."""
    await session.execute(insert(ToRank).from_select(["record_id"], select(Record.id).where(~Record.retired)))


async def _take(session: AsyncSession) -> set[str]:
    oldest = select(ToRank.number).order_by(ToRank.number).limit(STEP).with_for_update(skip_locked=True)
    taken = delete(ToRank).where(ToRank.number.in_(oldest)).returning(ToRank.record_id)
    return set((await session.execute(taken)).scalars())


async def _add_readings(session: AsyncSession, known: dict[str, _Known], version: str | None) -> None:
    rows = await session.execute(
        select(Reading.record_id, Reading.method, Reading.version, Reading.extraction)
        .join(Record, (Record.id == Reading.record_id) & (Record.revision == Reading.revision))
        .where(Reading.record_id.in_(known), Reading.extraction.is_not(None))
        .order_by(Reading.read_at)
    )
    for record_id, method, read_by, extraction in rows:
        if method == Method.REGEX.value or read_by == version:
            known[record_id].readings[method] = Extraction.model_validate(extraction)


async def _add_audits(session: AsyncSession, known: dict[str, _Known]) -> None:
    in_force = {k.record.audit_id: k for k in known.values() if k.record.audit_id}
    audits = await session.execute(select(Audit.id, Audit.extraction).where(Audit.id.in_(in_force)))
    for audit_id, extraction in audits:
        in_force[audit_id].audit = Extraction.model_validate(extraction) if extraction else None
    disputes = await session.execute(
        select(SecondOpinion.audit_id, SecondOpinion.agrees).where(SecondOpinion.audit_id.in_(in_force))
    )
    for audit_id, agrees in disputes:
        in_force[audit_id].disputed |= not all(agrees.values())
    revised = [k.record.id for k in known.values() if k.record.decision is None and k.record.revision > 1]
    earlier = select(Audit.record_id).where(Audit.record_id.in_(revised), Audit.decision.in_(AUDITED)).distinct()
    for record_id in (await session.execute(earlier)).scalars() if revised else ():
        known[record_id].was_audited = True


async def _write(session: AsyncSession, known: Sequence[_Known]) -> None:
    reference = (await current_reference(session)).value
    rows = [(one.record, _row(one, reference.tables)) for one in known]
    if changed := [row for record, row in rows if any(getattr(record, name) != row[name] for name in row)]:
        await session.execute(update(Record), changed)
    await session.execute(delete(ReadItem).where(ReadItem.record_id.in_([one.record.id for one in known])))
    if items := [row for one in known for row in _read_items(one, reference)]:
        await session.execute(insert(ReadItem), items)


def _row(known: _Known, tables: Tables) -> dict[str, Any]:
    readings = known.best_first
    ranked = risk(known.record.text, readings, tables)
    reasons = list(ranked.reasons) if known.record.decision is None else []
    reasons += [Reason.EDITED] * known.was_audited + [Reason.AUDITORS_DISAGREE] * known.disputed
    best = known.audit or (readings[0] if readings else None)
    return {
        "id": known.record.id,
        "risk": ranked.pounds,
        "reasons": [reason.value for reason in reasons],
        "needs_look": bool(reasons),
        "places": places_of(best) if best else [],
        "read_pounds": readings[0].pounds if readings else None,
    }


def _read_items(known: _Known, reference: Reference) -> list[dict[str, Any]]:
    if not known.best_first:
        return []
    items = counted_items(known.best_first[0], reference.directory.home)
    return [
        {
            "record_id": known.record.id,
            "position": n,
            "location": item.location,
            "subcategory": item.subcategory,
            "pounds": item.pounds,
        }
        for n, item in enumerate(items)
    ]
