"""The queue: which records, in which order, page after page.

Invariant: every order is total, ends in the record's id, and has an index of its own, so that a page costs the same
wherever it lies; an order puts records first or last and leaves none out. A page is asked for by the last record of the
one before, so that records which leave the list meanwhile shift nothing.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Select, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from audit_api.audit.history import AUDITED
from audit_api.audit.views import RecordPage, RecordSummary
from audit_api.errors import ApiError
from audit_api.models import Audit, Lease, Record, SecondOpinion

Filter: TypeAlias = Literal["unaudited", "all", "audited", "look", "second"]
Order: TypeAlias = Literal["oldest", "newest", "risk", "random"]

COUNTED = 10_000
"""A list is counted exactly up to here; beyond, a person needs to know no more than that it is long."""
COUNTED_ROWS = 2_000
"""The same where counting visits each row, as it does for words and places, and not an index alone."""


@dataclass(frozen=True)
class Wanted:
    """What a person wants to see. `by` matters for second opinions only: nobody gives one on their own audit."""

    audit: Filter = "all"
    order: Order = "oldest"
    q: str = ""
    channel: str = ""
    place: str = ""
    since: datetime | None = None
    until: datetime | None = None
    by: str = ""


async def list_page(session: AsyncSession, wanted: Wanted, limit: int, after: str) -> RecordPage:
    """The records behind the cursor `after`, the first ones when it is empty. Raises ApiError for a broken cursor."""
    where = conditions(wanted)
    keys, descending = _keys(wanted.order)
    query = select(Record).where(*where).limit(limit)
    if after:
        position = tuple_(*_position(after, wanted.order))
        query = query.where(tuple_(*keys) < position if descending else tuple_(*keys) > position)
    rows = (await session.execute(query.order_by(*(key.desc() if descending else key for key in keys)))).scalars().all()
    most = COUNTED_ROWS if wanted.q or wanted.place else COUNTED
    total = await _count(session, where, most)
    return RecordPage(
        total=min(total, most),
        more_than_total=total > most,
        items=await summaries(session, rows),
        next=_cursor(rows[-1], keys) if rows else None,
    )


async def summaries(session: AsyncSession, rows: Sequence[Record]) -> list[RecordSummary]:
    """Records as they are listed, with whoever has them open."""
    query = select(Lease.record_id, Lease.by).where(
        Lease.record_id.in_([row.id for row in rows]), Lease.until > func.now()
    )
    held = {row.record_id: row.by for row in await session.execute(query)} if rows else {}
    return [RecordSummary.model_validate(summary(row, held.get(row.id))) for row in rows]


def summary(row: Record, held_by: str | None = None) -> dict[str, object]:
    names = ("id", "revision", "channel", "author", "posted_at", "text", "decision", "risk", "reasons")
    return {
        **{name: getattr(row, name) for name in names},
        "audited": row.decision in AUDITED,
        "held_by": held_by,
    }


def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What a record must be, in the very words of the partial indexes."""
    where = [~Record.retired, *_decided(wanted)]
    if words := " ".join(wanted.q.lower().split()):
        where.append(Record.search.contains(words, autoescape=True))
    if wanted.channel:
        where.append(Record.channel_id == wanted.channel)
    if wanted.place:
        where.append(Record.places.contains([wanted.place]))
    if wanted.since:
        where.append(Record.posted_at >= wanted.since)
    if wanted.until:
        where.append(Record.posted_at < wanted.until)
    return where


def _decided(wanted: Wanted) -> list[ColumnElement[bool]]:
    match wanted.audit:
        case "unaudited":
            return [Record.decision.is_(None)]
        case "audited":
            return [Record.decision.in_([decision.value for decision in AUDITED])]
        case "look":
            return [Record.needs_look.expression]
        case "second":
            return [Record.second.expression, ~_is_theirs(wanted.by)]
        case "all":
            return []


def _is_theirs(by: str) -> ColumnElement[bool]:
    own_audit = exists().where(Audit.id == Record.audit_id, Audit.by == by)
    own_opinion = exists().where(SecondOpinion.audit_id == Record.audit_id, SecondOpinion.by == by)
    return own_audit | own_opinion


def _keys(order: Order) -> tuple[tuple[InstrumentedAttribute[Any], ...], bool]:
    """The columns of an order, and whether it goes down."""
    match order:
        case "oldest":
            return (Record.posted_at, Record.id), False
        case "newest":
            return (Record.posted_at, Record.id), True
        case "risk":
            return (Record.risk, Record.id), True
        case "random":
            return (Record.shuffle, Record.id), False


async def _count(session: AsyncSession, where: Sequence[ColumnElement[bool]], most: int) -> int:
    """One more than `most` when there are more."""
    limited: Select[Any] = select(Record.id).where(*where).limit(most + 1)
    return await session.scalar(select(func.count()).select_from(limited.subquery())) or 0


def _cursor(row: Record, keys: Sequence[InstrumentedAttribute[Any]]) -> str:
    values = [getattr(row, key.key) for key in keys]
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode()


def _position(cursor: str, order: Order) -> tuple[Any, str]:
    try:
        first, record_id = json.loads(base64.urlsafe_b64decode(cursor))
        if order in ("oldest", "newest"):
            first = datetime.fromisoformat(first).astimezone(UTC)
        return first if isinstance(first, datetime) else float(first), str(record_id)
    except (ValueError, TypeError) as error:
        message = "This place in the list cannot be read; start the list again."
        raise ApiError(422, "INVALID_CURSOR", message) from error
