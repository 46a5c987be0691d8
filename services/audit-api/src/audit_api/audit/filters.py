"""What the queue can be filtered by. Found by stepping through the index from one channel to the next."""

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.models import Record
from audit_api.reference.store import current_reference
from audit_api.schemas import Answer

_CHANNELS = text(
    """
    WITH RECURSIVE channel(id) AS (
        (SELECT channel_id FROM records WHERE NOT retired ORDER BY channel_id LIMIT 1)
        UNION ALL
        SELECT (
            SELECT channel_id FROM records WHERE NOT retired AND channel_id > channel.id ORDER BY channel_id LIMIT 1
        )
        FROM channel WHERE channel.id IS NOT NULL
    )
    SELECT channel.id, (SELECT channel FROM records WHERE channel_id = channel.id AND NOT retired LIMIT 1)
    FROM channel WHERE channel.id IS NOT NULL
    """
)


class ChannelChoice(Answer):
    id: str
    name: str


class Filters(Answer):
    """Channels by name, places by canonical name, and the days of the first and the last record."""

    channels: list[ChannelChoice]
    places: list[str]
    first_day: str | None
    last_day: str | None


async def list_filters(session: AsyncSession) -> Filters:
    """Costs the same however many records there are."""
    channels = [ChannelChoice(id=channel_id, name=name) for channel_id, name in await session.execute(_CHANNELS)]
    places = (await current_reference(session)).value.directory.places
    first = await session.scalar(select(func.min(Record.posted_at)).where(~Record.retired))
    last = await session.scalar(select(func.max(Record.posted_at)).where(~Record.retired))
    return Filters(
        channels=sorted(channels, key=lambda channel: channel.name),
        places=sorted(places),
        first_day=first.date().isoformat() if first else None,
        last_day=last.date().isoformat() if last else None,
    )
