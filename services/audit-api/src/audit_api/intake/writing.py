"""Writes an import into the database, in the caller's one transaction: messages, records, and requests for readings.

A record whose text changed gets a new revision, loses its audit in force (the audit itself stays) and is read again.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.audit.ranking import to_rank
from audit_api.database import Lock, lock
from audit_api.intake.grouping import Stored
from audit_api.intake.message import IMPORT_CHANNEL, Message
from audit_api.intake.planning import Key, Known, KnownRecord, Plan, RecordChange, plan, plan_rows
from audit_api.models import MessageRevision, MessageRow, Record, RecordRevision
from audit_api.outbox.requests import Readable, chunks, request_regex
from audit_api.privacy.forgotten import without_forgotten
from audit_api.reference.store import current_reference

Progress = Callable[[float], Awaitable[None]]
"""Called with the share that is written so far, 0..1."""


@dataclass(frozen=True)
class Counts:
    """What an import changed."""

    messages: int = 0
    records: int = 0
    revisions: int = 0
    audits: int = 0


async def write_export(
    session: AsyncSession, messages: Sequence[Message], window: timedelta, progress: Progress
) -> Counts:
    """Write a workspace's messages, grouped into records with what is known of their channels."""
    await lock(session, Lock.INTAKE)
    messages = await without_forgotten(session, messages)
    channels = {message.channel_id for message in messages}
    ids = [f"{message.channel_id}-{message.ts}" for message in messages]
    known = Known(await _known_messages(session, channels), await _known_records(session, channels, ids))
    return await _write(session, plan(known, messages, window), progress)


async def write_between(
    session: AsyncSession,
    channel_id: str,
    messages: Sequence[Message],
    window: timedelta,
    start: datetime | None,
    end: datetime | None,
) -> Counts:
    """Write messages of one channel among those of it that were posted from `start` to `end`, both included.

    No record may cross these moments; None: from the channel's beginning, to its end.
    """
    await lock(session, Lock.INTAKE)
    messages = await without_forgotten(session, messages)
    where = [MessageRow.channel_id == channel_id]
    where += [MessageRow.posted_at >= start] if start else []
    where += [MessageRow.posted_at <= end] if end else []
    known = await _messages_where(session, *where)
    ids = {f"{channel}-{ts}" for channel, ts in (*known, *(message.key for message in messages))}
    ids |= {stored.record_id for stored in known.values() if stored.record_id}
    found = Known(known, await _known_records(session, (), ids))
    return await _write(session, plan(found, messages, window), _nobody_waits)


async def _nobody_waits(_: float) -> None:
    """Live messages are too few for a progress bar."""


async def write_rows(session: AsyncSession, messages: Sequence[Message], progress: Progress) -> Counts:
    """Write rows that are records already. Raises RecordConflict when one would overwrite a Slack record."""
    await lock(session, Lock.INTAKE)
    ids = [message.ts for message in messages]
    messages_known: dict[Key, Stored] = {}
    for part in chunks(ids):
        messages_known |= await _messages_where(
            session, MessageRow.channel_id == IMPORT_CHANNEL, MessageRow.ts.in_(part)
        )
    known = Known(messages_known, await _known_records(session, (), ids))
    return await _write(session, plan_rows(known, messages), progress)


async def _known_messages(session: AsyncSession, channels: Collection[str]) -> dict[Key, Stored]:
    return await _messages_where(session, MessageRow.channel_id.in_(channels))


async def _messages_where(session: AsyncSession, *where: ColumnElement[bool]) -> dict[Key, Stored]:
    rows = (await session.execute(select(MessageRow).where(*where))).scalars()
    return {(row.channel_id, row.ts): _stored(row) for row in rows}


async def _known_records(
    session: AsyncSession, channels: Collection[str], ids: Iterable[str]
) -> dict[str, KnownRecord]:
    found = await _records_where(session, Record.channel_id.in_(channels)) if channels else {}
    for part in chunks(ids):
        found |= await _records_where(session, Record.id.in_(part))
    return found


async def _records_where(session: AsyncSession, where: ColumnElement[bool]) -> dict[str, KnownRecord]:
    columns = (Record.id, Record.revision, Record.text, Record.channel_id, Record.retired)
    return {row.id: KnownRecord(*row) for row in await session.execute(select(*columns).where(where))}


async def _write(session: AsyncSession, changes: Plan, progress: Progress) -> Counts:
    steps = _Steps(len(changes.records) + len(changes.new), progress)
    await _write_records(session, changes.records, steps)
    for part in chunks(changes.new):
        await session.execute(insert(MessageRow), [_message_row(stored) for stored in part])
        await session.execute(insert(MessageRevision), [_revision_row(stored) for stored in part])
        await steps.did(len(part))
    for part in chunks(changes.changed):
        await session.execute(update(MessageRow), [_message_row(stored) for stored in part])
        await session.execute(insert(MessageRevision), [_revision_row(stored) for stored in part])
    for part in chunks(changes.moved):
        await session.execute(update(MessageRow), [_message_row(stored) for stored in part])
    if changes.retired:
        await session.execute(update(Record), [{"id": record_id, "retired": True} for record_id in changes.retired])
    new = sum(change.is_new for change in changes.records)
    return Counts(len(changes.new), new, len(changes.records) - new)


async def _write_records(session: AsyncSession, changes: Sequence[RecordChange], steps: "_Steps") -> None:
    reference = await current_reference(session)
    for part in chunks(changes):
        new = [_record_row(change) for change in part if change.is_new]
        revised = [_record_row(change) for change in part if not change.is_new]
        if new:
            await session.execute(insert(Record), new)
        if revised:
            await session.execute(update(Record), revised)
        revisions = [{"record_id": c.id, "revision": c.revision, "text": c.text} for c in part]
        await session.execute(insert(RecordRevision), revisions)
        await request_regex(session, [Readable(c.id, c.revision, c.text) for c in part], reference.version)
        await to_rank(session, [c.id for c in part])
        await steps.did(len(part))


class _Steps:
    """Counts what is written and reports its share of the whole."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._done, self._total, self._progress = 0, total, progress

    async def did(self, count: int) -> None:
        self._done += count
        await self._progress(self._done / self._total)


def _record_row(change: RecordChange) -> dict[str, Any]:
    first = change.first
    return {
        "id": change.id,
        "revision": change.revision,
        "channel_id": first.channel_id,
        "channel": first.channel,
        "author_id": first.author_id,
        "author": first.author,
        "posted_at": first.posted_at,
        "text": change.text,
        "retired": False,
        "audit_id": None,
        "decision": None,
        "second": False,
    }


def _message_row(stored: Stored) -> dict[str, Any]:
    message = stored.message
    return {
        "channel_id": message.channel_id,
        "ts": message.ts,
        "channel": message.channel,
        "thread_ts": message.thread_ts,
        "author_id": message.author_id,
        "author": message.author,
        "source": message.source,
        "text": message.text,
        "posted_at": message.posted_at,
        "edited_ts": message.edited_ts,
        "deleted": message.deleted,
        "revision": stored.revision,
        "record_id": stored.record_id,
    }


def _revision_row(stored: Stored) -> dict[str, Any]:
    message = stored.message
    return {
        "channel_id": message.channel_id,
        "ts": message.ts,
        "revision": stored.revision,
        "source": message.source,
        "text": message.text,
        "deleted": message.deleted,
    }


def _stored(row: MessageRow) -> Stored:
    message = Message(
        channel_id=row.channel_id,
        channel=row.channel,
        ts=row.ts,
        author_id=row.author_id,
        author=row.author,
        source=row.source,
        text=row.text,
        posted_at=row.posted_at,
        thread_ts=row.thread_ts,
        edited_ts=row.edited_ts,
        deleted=row.deleted,
    )
    return Stored(message, row.record_id, row.revision)
