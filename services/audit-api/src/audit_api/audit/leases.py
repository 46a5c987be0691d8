"""Who has which record open: short leases that keep two people from meeting on one message.

Invariant: a window holds at most one record, and a lease that is not renewed ends by itself. A lease never refuses
anything: two who decide on one record all the same are told apart by the audit that they had seen.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.errors import not_found
from audit_api.live.changes import announce_change
from audit_api.models import Lease, Record
from audit_api.schemas import Answer

LENGTH = timedelta(seconds=30)
"""A window renews at a third of it."""


class Presence(Answer):
    """An open window: who looks at which record, since when."""

    holder: str
    record_id: str
    by: str
    since: datetime


async def hold(session: AsyncSession, holder: uuid.UUID, record_id: str, by: str) -> list[Presence]:
    """Open a record in a window, or keep it open; every lease of now. Raises ApiError: no such record."""
    record = await session.get(Record, record_id)
    if record is None or record.retired:
        raise not_found("record", record_id)
    before = await session.scalar(select(Lease.record_id).where(Lease.holder == holder))
    values = {"record_id": record_id, "by": by, "until": func.now() + LENGTH}
    lease = insert(Lease).values(holder=holder, since=func.now(), **values)
    moved = values | ({} if before == record_id else {"since": func.now()})
    await session.execute(lease.on_conflict_do_update(index_elements=["holder"], set_=moved))
    if before != record_id:
        await announce_change(session, "leases")
    return await present(session)


async def release(session: AsyncSession, holder: uuid.UUID) -> None:
    """Close a window's record; what has ended is cleared away with it."""
    await session.execute(delete(Lease).where((Lease.holder == holder) | (Lease.until < func.now())))
    await announce_change(session, "leases")


async def present(session: AsyncSession) -> list[Presence]:
    """Every lease of now, the longest held first."""
    rows: Sequence[Lease] = (
        (await session.execute(select(Lease).where(Lease.until > func.now()).order_by(Lease.since, Lease.holder)))
        .scalars()
        .all()
    )
    return [Presence(holder=str(row.holder), record_id=row.record_id, by=row.by, since=row.since) for row in rows]
