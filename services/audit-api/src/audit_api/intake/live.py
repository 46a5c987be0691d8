"""Writes messages as they come: grouped with the messages around them, not with the whole channel.

A silence longer than the window divides a channel: no record crosses it. So the messages between two silences are all
that a new one can change.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.intake.message import Message
from audit_api.intake.writing import Counts, write_between
from audit_api.models import MessageRow


async def write_live(session: AsyncSession, messages: Iterable[Message], window_minutes: int) -> None:
    """Write these messages of any channels, each channel with its neighbours."""
    window = timedelta(minutes=window_minutes)
    by_channel: dict[str, list[Message]] = defaultdict(list)
    for message in _newest(messages):
        by_channel[message.channel_id].append(message)
    for channel_id, own in by_channel.items():
        await _write_channel(session, channel_id, own, window)


def _newest(messages: Iterable[Message]) -> Iterable[Message]:
    """Each message once, at its newest version among these, in whatever order they came."""
    newest: dict[tuple[str, str], Message] = {}
    for message in messages:
        known = newest.get(message.key)
        if known is None or _age(message) >= _age(known):
            newest[message.key] = message
    return newest.values()


def _age(message: Message) -> tuple[bool, str]:
    return message.deleted, message.edited_ts or ""


async def _write_channel(
    session: AsyncSession, channel_id: str, messages: Sequence[Message], window: timedelta
) -> Counts:
    first, last = min(m.posted_at for m in messages), max(m.posted_at for m in messages)
    start = await _silence(session, channel_id, first - window, window, before=True)
    end = await _silence(session, channel_id, last + window, window, before=False)
    return await write_between(session, channel_id, messages, window, start, end)


async def _silence(
    session: AsyncSession, channel_id: str, at: datetime, window: timedelta, *, before: bool
) -> datetime | None:
    """The nearest moment on that side of `at` that no record crosses; None: the channel's end."""
    posted = MessageRow.posted_at
    side = posted <= at if before else posted >= at
    neighbour = (
        func.lag(posted).over(order_by=posted.asc()) if before else func.lead(posted).over(order_by=posted.asc())
    )
    inner = select(posted.label("posted"), neighbour.label("other")).where(MessageRow.channel_id == channel_id, side)
    rows = inner.subquery()
    gap = rows.c.posted - rows.c.other if before else rows.c.other - rows.c.posted
    query = select(rows.c.posted).where(gap > window).order_by(rows.c.posted.desc() if before else rows.c.posted.asc())
    return await session.scalar(query.limit(1))
