"""The promises that every consumer inherits, against a real nats-server."""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from nats.aio.client import Client

from contracts import AuditRecorded, DeadLetter, subjects
from servicekit.broker import connect, publish
from servicekit.consumer import Poison, Retry, consume, consume_batches
from servicekit.health import Health
from tests_support import eventually

pytestmark = pytest.mark.integration

STREAM = "AUDITS"


@pytest.fixture
async def consumer(nats: Client) -> AsyncIterator[subjects.Consumer]:
    """A durable consumer of `audit.recorded` of its own, with fast retries."""
    from datetime import timedelta

    from nats.js.api import AckPolicy, ConsumerConfig

    name = f"test-{uuid.uuid4().hex[:8]}"
    policy = subjects.Delivery(ack_wait=timedelta(seconds=1), max_deliver=3, backoff=(timedelta(milliseconds=50),))
    await nats.jetstream().purge_stream(STREAM)
    await nats.jetstream().purge_stream("DEAD")
    config = ConsumerConfig(
        durable_name=name, filter_subject="audit.recorded", ack_policy=AckPolicy.EXPLICIT, ack_wait=1, max_deliver=-1
    )
    await nats.jetstream().add_consumer(STREAM, config)
    yield subjects.Consumer(name, STREAM, "audit.recorded", policy)
    await nats.jetstream().delete_consumer(STREAM, name)


class Running:
    """A consumer at work in the background."""

    def __init__(
        self, connection: Client, consumer: subjects.Consumer, handle: Callable[[AuditRecorded], Awaitable[None]]
    ) -> None:
        self.stop = asyncio.Event()
        self.health = Health()
        self.task = asyncio.create_task(
            consume(connection, consumer, AuditRecorded, handle, health=self.health, stop=self.stop)
        )

    async def __aenter__(self) -> "Running":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.task


def audit(number: int) -> AuditRecorded:
    return AuditRecorded(audit_id=str(number), record_id="r", revision=1, decision="confirmed")


async def publish_audits(connection: Client, *numbers: int) -> None:
    for number in numbers:
        await publish(connection, "audit.recorded", audit(number), uuid.uuid4().hex)


async def dead_letters(connection: Client) -> list[DeadLetter]:
    jetstream = connection.jetstream()
    state = (await jetstream.stream_info("DEAD")).state
    found = (
        [await jetstream.get_msg("DEAD", seq) for seq in range(state.first_seq, state.last_seq + 1)]
        if state.messages
        else []
    )
    return [DeadLetter.model_validate_json(message.data) for message in found]


async def all_settled(connection: Client, consumer: subjects.Consumer) -> None:
    """Acks travel without an answer, so the server may know of the last one a moment later."""

    async def nothing_left() -> bool:
        info = await connection.jetstream().consumer_info(STREAM, consumer.name)
        return not info.num_pending and not info.num_ack_pending

    await eventually(nothing_left)


async def test_a_handled_message_is_acked_and_not_delivered_again(nats: Client, consumer: subjects.Consumer) -> None:
    seen: list[str] = []

    async def handle(value: AuditRecorded) -> None:
        seen.append(value.audit_id)

    await publish_audits(nats, 1, 2, 3)
    async with Running(nats, consumer, handle) as running:
        await eventually(lambda: len(seen) == 3)
        await eventually(lambda: running.health.is_ready)
    assert sorted(seen) == ["1", "2", "3"]
    await all_settled(nats, consumer)


async def test_a_transient_error_is_tried_again_until_it_succeeds(nats: Client, consumer: subjects.Consumer) -> None:
    tries = 0

    async def handle(value: AuditRecorded) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise RuntimeError("the database is away")

    await publish_audits(nats, 1)
    async with Running(nats, consumer, handle):
        await eventually(lambda: tries == 3)
    assert await dead_letters(nats) == []


async def test_a_retry_never_wears_a_message_out(nats: Client, consumer: subjects.Consumer) -> None:
    tries = 0

    async def handle(value: AuditRecorded) -> None:
        nonlocal tries
        tries += 1
        if tries < 8:
            raise Retry("the model is still loading")

    await publish_audits(nats, 1)
    async with Running(nats, consumer, handle):
        await eventually(lambda: tries == 8)
    assert await dead_letters(nats) == []


async def test_poison_goes_to_the_dead_letters_once_with_its_reason(nats: Client, consumer: subjects.Consumer) -> None:
    async def handle(value: AuditRecorded) -> None:
        raise Poison("The record has no text.")

    await publish_audits(nats, 7)
    async with Running(nats, consumer, handle):
        await eventually(lambda: dead_letters(nats))
    (letter,) = await dead_letters(nats)
    assert letter.reason == "The record has no text."
    assert AuditRecorded.model_validate_json(base64.b64decode(letter.payload)) == audit(7)
    await all_settled(nats, consumer)


async def test_a_message_that_always_fails_is_buried_after_max_deliver(
    nats: Client, consumer: subjects.Consumer
) -> None:
    async def handle(value: AuditRecorded) -> None:
        raise RuntimeError("always")

    await publish_audits(nats, 1)
    async with Running(nats, consumer, handle):
        await eventually(lambda: dead_letters(nats))
    (letter,) = await dead_letters(nats)
    assert letter.deliveries == consumer.delivery.max_deliver


async def test_bytes_that_are_no_contract_are_buried_and_the_rest_goes_on(
    nats: Client, consumer: subjects.Consumer
) -> None:
    seen: list[str] = []

    async def handle(value: AuditRecorded) -> None:
        seen.append(value.audit_id)

    await nats.jetstream().publish("audit.recorded", b"\xff{not json")
    await publish_audits(nats, 5)
    async with Running(nats, consumer, handle):
        await eventually(lambda: seen == ["5"])
        await eventually(lambda: dead_letters(nats))
    assert "AuditRecorded" in (await dead_letters(nats))[0].reason


async def test_work_longer_than_ack_wait_is_not_delivered_twice(nats: Client, consumer: subjects.Consumer) -> None:
    tries = 0

    async def handle(value: AuditRecorded) -> None:
        nonlocal tries
        tries += 1
        await asyncio.sleep(2.5)

    await publish_audits(nats, 1)
    async with Running(nats, consumer, handle):
        await asyncio.sleep(3.5)
    assert tries == 1


async def test_stop_finishes_what_is_held(nats: Client, consumer: subjects.Consumer) -> None:
    started, finished = asyncio.Event(), asyncio.Event()

    async def handle(value: AuditRecorded) -> None:
        started.set()
        await asyncio.sleep(0.3)
        finished.set()

    await publish_audits(nats, 1)
    async with Running(nats, consumer, handle):
        await started.wait()
    assert finished.is_set()
    await all_settled(nats, consumer)


async def test_a_worker_that_dies_mid_message_loses_nothing(
    nats: Client, nats_url: str, consumer: subjects.Consumer
) -> None:
    seen: list[str] = []
    doomed = await connect(nats_url, "doomed")
    held = asyncio.Event()

    async def hang(value: AuditRecorded) -> None:
        held.set()
        await asyncio.sleep(60)

    await publish_audits(nats, 1, 2)
    dying = Running(doomed, consumer, hang)
    await held.wait()
    dying.task.cancel()
    await doomed.close()

    async def handle(value: AuditRecorded) -> None:
        seen.append(value.audit_id)

    async with Running(nats, consumer, handle):
        await eventually(lambda: sorted(seen) == ["1", "2"])


async def test_a_batch_settles_each_message_by_its_own_outcome(nats: Client, consumer: subjects.Consumer) -> None:
    done: list[str] = []

    async def handle(values: Sequence[AuditRecorded]) -> list[Exception | None]:
        done.extend(value.audit_id for value in values if value.audit_id != "2")
        return [Poison("Two is refused.") if value.audit_id == "2" else None for value in values]

    await publish_audits(nats, 1, 2, 3)
    stop, health = asyncio.Event(), Health()
    task = asyncio.create_task(consume_batches(nats, consumer, AuditRecorded, handle, health=health, stop=stop))
    await eventually(lambda: dead_letters(nats))
    await eventually(lambda: sorted(done) == ["1", "3"])
    stop.set()
    await task
    await all_settled(nats, consumer)
