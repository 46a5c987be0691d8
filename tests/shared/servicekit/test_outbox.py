"""The outbox against a real Postgres and a real nats-server."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from sqlalchemy import MetaData, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from contracts import ActiveModel, AuditRecorded
from contracts.subjects import ACTIVE_KEY, MODELS_BUCKET
from servicekit.health import Health
from servicekit.outbox import Relay, enqueue, enqueue_key_value, enqueue_many, outbox_table, put_newer
from servicekit.settings import with_asyncpg
from tests_support import eventually

pytestmark = pytest.mark.integration

METADATA = MetaData()
OUTBOX = outbox_table(METADATA)
SUBJECT = "audit.recorded"


@pytest.fixture(scope="module")
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(with_asyncpg(postgres_url))
    async with engine.begin() as database:
        await database.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture(autouse=True)
async def clean(engine: AsyncEngine, nats: Client) -> None:
    async with engine.begin() as database:
        await database.execute(OUTBOX.delete())
    await nats.jetstream().purge_stream("AUDITS")


def audit(number: int, decision: str = "confirmed") -> AuditRecorded:
    return AuditRecorded(audit_id=str(number), record_id="r", revision=1, decision=decision)


async def write(engine: AsyncEngine, *values: AuditRecorded) -> None:
    async with AsyncSession(engine) as session, session.begin():
        await enqueue_many(session, OUTBOX, [(SUBJECT, value) for value in values])


async def published(nats: Client) -> list[AuditRecorded]:
    state = (await nats.jetstream().stream_info("AUDITS")).state
    if not state.messages:
        return []
    sequences = range(state.first_seq, state.last_seq + 1)
    return [AuditRecorded.model_validate_json((await nats.jetstream().get_msg("AUDITS", n)).data) for n in sequences]


async def unpublished(engine: AsyncEngine) -> int:
    async with engine.connect() as database:
        return (await database.execute(select(func.count()).where(OUTBOX.c.published_at.is_(None)))).scalar_one()


async def test_rows_are_published_in_the_order_they_were_written(engine: AsyncEngine, nats: Client) -> None:
    await write(engine, *(audit(n) for n in range(20)))
    assert await Relay(engine, nats, OUTBOX).publish_once() == 20
    assert [value.audit_id for value in await published(nats)] == [str(n) for n in range(20)]
    assert await unpublished(engine) == 0


async def test_a_rolled_back_change_announces_nothing(engine: AsyncEngine, nats: Client) -> None:
    async with AsyncSession(engine) as session:
        await enqueue(session, OUTBOX, SUBJECT, audit(1))
        await session.rollback()
    assert await Relay(engine, nats, OUTBOX).publish_once() == 0
    assert await published(nats) == []


async def test_a_crash_between_publish_and_mark_publishes_no_second_message(engine: AsyncEngine, nats: Client) -> None:
    await write(engine, audit(1))

    class Dying(Relay):
        async def _mark(self, database: object, numbers: list[int]) -> None:
            raise ConnectionResetError("killed before the mark")

    with pytest.raises(ConnectionResetError):
        await Dying(engine, nats, OUTBOX).publish_once()
    assert await unpublished(engine) == 1
    await Relay(engine, nats, OUTBOX).publish_once()
    assert len(await published(nats)) == 1


async def test_what_was_published_stays_marked_when_a_later_row_fails(engine: AsyncEngine, nats: Client) -> None:
    await write(engine, audit(1), audit(2))

    class Failing(Relay):
        async def _send(self, message_id: str, subject: str, payload: dict[str, object]) -> None:
            if payload["audit_id"] == "2":
                raise OSError("the broker went away")
            await super()._send(message_id, subject, payload)

    with pytest.raises(OSError, match="went away"):
        await Failing(engine, nats, OUTBOX).publish_once()
    assert await unpublished(engine) == 1


async def test_a_row_that_is_too_large_is_refused_and_the_rest_goes_on(engine: AsyncEngine, nats: Client) -> None:
    await write(engine, audit(1, decision="x" * 1_200_000), audit(2))
    await Relay(engine, nats, OUTBOX).publish_once()
    assert [value.audit_id for value in await published(nats)] == ["2"]
    async with engine.connect() as database:
        refused = await database.execute(select(func.count()).where(OUTBOX.c.refused.is_not(None)))
    assert refused.scalar_one() == 1


async def test_two_relays_publish_each_row_once(engine: AsyncEngine, nats: Client) -> None:
    await write(engine, *(audit(n) for n in range(50)))
    await asyncio.gather(*(Relay(engine, nats, OUTBOX).publish_once() for _ in range(2)))
    assert sorted(int(value.audit_id) for value in await published(nats)) == list(range(50))


async def test_a_running_relay_is_woken_by_a_commit(engine: AsyncEngine, nats: Client) -> None:
    stop, health = asyncio.Event(), Health()
    task = asyncio.create_task(Relay(engine, nats, OUTBOX).run(stop, health))
    await eventually(lambda: health.is_ready)
    await write(engine, audit(1))
    await eventually(lambda: published(nats), seconds=5)
    stop.set()
    await task


async def test_an_older_activation_never_replaces_a_newer_pointer(engine: AsyncEngine, nats: Client) -> None:
    def pointer(number: int) -> ActiveModel:
        return ActiveModel(activation=number, version=f"v{number}", sha256="0" * 64)

    async with AsyncSession(engine) as session, session.begin():
        for number in (2, 3, 1):
            await enqueue_key_value(session, OUTBOX, MODELS_BUCKET, ACTIVE_KEY, pointer(number))
    await Relay(engine, nats, OUTBOX).publish_once()
    store = await nats.jetstream().key_value(MODELS_BUCKET)
    assert json.loads((await store.get(ACTIVE_KEY)).value or b"")["activation"] == 3
    assert not await put_newer(nats, MODELS_BUCKET, ACTIVE_KEY, {"activation": 3})
