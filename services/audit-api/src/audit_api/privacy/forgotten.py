"""What stays of a forgotten message: that one stood there, so that it never comes back and others keep their place."""

import hashlib
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.intake.message import FORGOTTEN, IMPORT_CHANNEL, Message
from audit_api.models import MessageRow, Record
from audit_api.privacy.tables import ForgottenPerson


def fingerprint(author_id: str) -> bytes:
    return hashlib.sha256(f"larder\n{author_id}".encode()).digest()


async def without_forgotten(session: AsyncSession, messages: Iterable[Message]) -> Sequence[Message]:
    """Those whose authors were not forgotten."""
    messages = list(messages)
    gone = await forgotten_among(session, {message.author_id for message in messages})
    return [message for message in messages if message.author_id not in gone] if gone else messages


async def forgotten_among(session: AsyncSession, author_ids: Collection[str]) -> set[str]:
    """Which of these people were forgotten."""
    digests = set((await session.execute(select(ForgottenPerson.digest))).scalars())
    return {author_id for author_id in author_ids if fingerprint(author_id) in digests} if digests else set()


async def is_forgotten_record(session: AsyncSession, record_id: str) -> bool:
    """Whether this record was forgotten. Reads through all messages where there is no such record."""
    if await session.get(Record, record_id) is not None:
        return False
    own_id = or_(
        MessageRow.channel_id + "-" + MessageRow.ts == record_id,
        and_(MessageRow.channel_id == IMPORT_CHANNEL, MessageRow.ts == record_id),
    )
    query = select(MessageRow.ts).where(MessageRow.author_id == FORGOTTEN, own_id).limit(1)
    return await session.scalar(query) is not None
