"""Stores events as they come, and works on them after; each once, in the order of their coming.

Invariant: an event is acknowledged only when it is stored; a stored one is worked on in one transaction with its
effect, so that a stop in between loses and doubles nothing.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.intake.live import write_live
from audit_api.intake.message import Message
from audit_api.intake.slack_export import Names
from audit_api.slack.events import Bot, deleted_key, happened_at, message_from
from audit_api.slack.tables import SlackChannel, SlackEvent, SlackUser

log = structlog.get_logger(__name__)
BATCH = 200


async def store(session: AsyncSession, envelope: Mapping[str, Any]) -> bool:
    """Whether the event is new. Only messages of channels that are read are kept."""
    event_id, event = envelope.get("event_id"), envelope.get("event")
    if not isinstance(event_id, str) or not isinstance(event, Mapping) or event.get("type") != "message":
        return False
    channel = event.get("channel")
    if not isinstance(channel, str) or not await _is_read(session, channel):
        return False
    row = {"event_id": event_id[:200], "body": dict(event), "deleted_ts": deleted_key(event)}
    done = await session.execute(insert(SlackEvent).values(row).on_conflict_do_nothing().returning(SlackEvent.number))
    return done.scalar() is not None


async def _is_read(session: AsyncSession, channel_id: str) -> bool:
    return bool(await session.scalar(select(SlackChannel.reading).where(SlackChannel.id == channel_id)))


async def work_off(session: AsyncSession, window_minutes: int, bot: Bot | None) -> bool:
    """Work on the oldest events; whether there may be more."""
    query = select(SlackEvent).where(SlackEvent.body.is_not(None)).order_by(SlackEvent.number).limit(BATCH)
    rows = (await session.execute(query.with_for_update())).scalars().all()
    if not rows:
        return False
    names = await known_names(session)
    messages: list[Message] = []
    for row in rows:
        body = row.body or {}
        message = message_from(body, names, bot)
        if message is not None:
            messages.append(message)
        await _seen(session, body)
        row.body = None
    await write_live(session, await without_deleted(session, messages), window_minutes)
    return len(rows) == BATCH


async def without_deleted(session: AsyncSession, messages: list[Message]) -> list[Message]:
    """Without those whose deletion came before themselves."""
    keys = [f"{message.channel_id}-{message.ts}" for message in messages if not message.deleted]
    query = select(SlackEvent.deleted_ts).where(SlackEvent.deleted_ts.in_(keys))
    gone = set((await session.execute(query)).scalars())
    return [m for m in messages if m.deleted or f"{m.channel_id}-{m.ts}" not in gone]


async def _seen(session: AsyncSession, event: Mapping[str, Any]) -> None:
    channel, at = event.get("channel"), happened_at(event)
    if at is not None:
        later = func.greatest(func.coalesce(SlackChannel.last_event_at, at), at)
        await session.execute(update(SlackChannel).where(SlackChannel.id == channel).values(last_event_at=later))


async def known_names(session: AsyncSession) -> Names:
    """Members and channels by their ids."""
    users = await session.execute(select(SlackUser.id, SlackUser.name))
    channels = await session.execute(select(SlackChannel.id, SlackChannel.name))
    return Names({row.id: row.name for row in users}, {row.id: row.name for row in channels})
