"""The transactional outbox: a message is published only if the change it announces was committed, and always then.

Rows are written in the caller's transaction and published in order by `Relay`, with the row's id as `Nats-Msg-Id`.
A crash between publish and mark publishes twice; the stream's window drops the copy, and consumers are idempotent
beyond it. A key-value row (a pointer) is put by compare-and-swap, so that it never goes back.
"""

import asyncio
import json
import uuid
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    MetaData,
    Select,
    String,
    Table,
    Uuid,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from contracts.base import Contract
from servicekit.broker import publish_bytes
from servicekit.health import Health
from servicekit.waiting import pause

log = structlog.get_logger(__name__)

CHANNEL = "outbox"
KEY_VALUE_PREFIX = "$kv."
BATCH = 200
PAUSE = timedelta(seconds=1)


def outbox_table(metadata: MetaData, schema: str | None = None) -> Table:
    """The table to put into a service's own metadata and migrations."""
    table = Table(
        "outbox",
        metadata,
        Column("number", BigInteger, Identity(), primary_key=True),
        Column("id", Uuid, nullable=False, unique=True),
        Column("subject", String, nullable=False),
        Column("payload", JSONB, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("published_at", DateTime(timezone=True)),
        Column("refused", String),
        schema=schema,
    )
    Index("outbox_unpublished", table.c.number, postgresql_where=table.c.published_at.is_(None))
    return table


async def enqueue(session: AsyncSession, table: Table, subject: str, value: Contract) -> uuid.UUID:
    """Announce `value` on `subject` when the session's transaction commits. Returns the message id."""
    (message_id,) = await enqueue_many(session, table, [(subject, value)])
    return message_id


async def enqueue_many(session: AsyncSession, table: Table, messages: list[tuple[str, Contract]]) -> list[uuid.UUID]:
    """As `enqueue`, in one statement. The values' own order is the order of publishing."""
    if not messages:
        return []
    rows = [
        {"id": uuid.uuid4(), "subject": subject, "payload": json.loads(value.model_dump_json())}
        for subject, value in messages
    ]
    await session.execute(insert(table), rows)
    await session.execute(text(f"NOTIFY {CHANNEL}"))
    return [row["id"] for row in rows]


async def enqueue_key_value(session: AsyncSession, table: Table, bucket: str, key: str, value: Contract) -> uuid.UUID:
    """Put `value` under `key` when the transaction commits. A value with an `activation` replaces only an older one."""
    return await enqueue(session, table, f"{KEY_VALUE_PREFIX}{bucket}.{key}", value)


class Relay:
    """Publishes the outbox of one service. Several may run: rows are claimed with `SKIP LOCKED`."""

    def __init__(self, engine: AsyncEngine, connection: Client, table: Table) -> None:
        self._engine = engine
        self._connection = connection
        self._table = table

    async def run(self, stop: asyncio.Event, health: Health) -> None:
        """Publish until `stop` is set. A broker or database that is gone is waited for, and shows in `health`."""
        wake = asyncio.Event()
        listener: asyncpg.Connection | None = None
        while not stop.is_set():
            try:
                if listener is None or listener.is_closed():
                    listener = await self._listen(wake)
                published = await self.publish_once()
                health.set_ready("relay", True)
            except (NatsError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                published = 0
                health.set_ready("relay", False, problem=str(error).splitlines()[0] if str(error) else repr(error))
                log.warning("relay waits", reason=repr(error))
            if published < BATCH:
                await pause(PAUSE.total_seconds(), stop, wake)
                wake.clear()
        if listener is not None:
            await listener.close(timeout=1)

    async def publish_once(self) -> int:
        """Publish up to BATCH rows in order; how many were settled.

        What was published is marked even when a later row could not be: its error is raised after the commit. A row
        that the broker can never take (too large) is refused with its reason, so that it does not block the rest.
        """
        failure: Exception | None = None
        async with self._engine.begin() as database:
            rows = (await database.execute(self._claim())).all()
            settled: list[int] = []
            for number, message_id, subject, payload in rows:
                try:
                    await self._send(str(message_id), subject, payload)
                except MaxPayloadError:
                    await self._refuse(database, number, subject)
                except (NatsError, OSError) as error:
                    failure = error
                    break
                settled.append(number)
            await self._mark(database, settled)
        if failure is not None:
            raise failure
        return len(settled)

    async def _refuse(self, database: AsyncConnection, number: int, subject: str) -> None:
        log.error("outbox row refused", number=number, subject=subject, reason="larger than the broker takes")
        refusal = update(self._table).where(self._table.c.number == number)
        await database.execute(refusal.values(refused="The message is larger than the broker takes."))

    def _claim(self) -> Select[Any]:
        columns = self._table.c
        return (
            select(columns.number, columns.id, columns.subject, columns.payload)
            .where(columns.published_at.is_(None))
            .order_by(columns.number)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )

    async def _mark(self, database: AsyncConnection, numbers: list[int]) -> None:
        if numbers:
            columns = self._table.c
            await database.execute(
                update(self._table).where(columns.number.in_(numbers)).values(published_at=func.now())
            )

    async def _send(self, message_id: str, subject: str, payload: dict[str, Any]) -> None:
        if subject.startswith(KEY_VALUE_PREFIX):
            bucket, _, key = subject.removeprefix(KEY_VALUE_PREFIX).partition(".")
            await put_newer(self._connection, bucket, key, payload)
        else:
            await publish_bytes(self._connection, subject, json.dumps(payload).encode(), message_id)

    async def _listen(self, wake: asyncio.Event) -> asyncpg.Connection:
        url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        listener = await asyncpg.connect(url)
        await listener.add_listener(CHANNEL, lambda *_: wake.set())
        return listener


async def put_newer(connection: Client, bucket: str, key: str, value: dict[str, Any]) -> bool:
    """Compare-and-swap `value` into the bucket; False when an `activation` at least as new stands there already."""
    store = await connection.jetstream().key_value(bucket)
    payload = json.dumps(value).encode()
    while True:
        try:
            entry = await store.get(key)
        except KeyNotFoundError:
            last = 0
        else:
            last = entry.revision or 0
            if "activation" in value and json.loads(entry.value or b"{}").get("activation", 0) >= value["activation"]:
                return False
        try:
            await store.update(key, payload, last=last)
        except KeyWrongLastSequenceError:
            continue
        return True
