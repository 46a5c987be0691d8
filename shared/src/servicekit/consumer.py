"""Consuming a JetStream subject: effect first, ack after, nothing lost, nothing twice in the dead letters.

- Acked only after the handler returned. A transient error naks with the policy's delay.
- A poison message goes to `dead.<subject>` once, with its reason, and is terminated.
- `in_progress` is sent while the handler works, so that ack_wait can stay short.
- The subscription is made anew after a reconnect, an error, or a silence (nats.py #504: a pull subscription may stop
  receiving after a server restart without saying so). Readiness follows real fetches.
- Back-pressure: at most `batch` messages are held, and no more are fetched before these are settled.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from prometheus_client import Counter
from pydantic import ValidationError

from contracts import DeadLetter, subjects
from contracts.base import Contract
from servicekit.broker import publish
from servicekit.health import Health
from servicekit.waiting import pause

log = structlog.get_logger(__name__)
T = TypeVar("T", bound=Contract)
Outcome = Exception | None

FETCH_TIMEOUT = timedelta(seconds=2)
SETTLED = Counter("larder_messages_settled_total", "Messages by consumer and outcome", ["consumer", "outcome"])


class Retry(Exception):
    """The message cannot be handled now; it is tried again after the policy's delay. Says why.

    A Retry is not the message's fault (its model is still loading), so it never makes it a dead letter.
    """


class Poison(Exception):
    """The message can never be handled. Says why, in one sentence for a person."""


async def consume(
    connection: Client,
    consumer: subjects.Consumer,
    contract: type[T],
    handle: Callable[[T], Awaitable[None]],
    *,
    health: Health,
    stop: asyncio.Event,
    batch: int = 8,
) -> None:
    """Handle messages one by one until `stop` is set; what is held then is finished first."""

    async def handle_each(values: Sequence[T]) -> Sequence[Outcome]:
        return [await _outcome(handle(value)) for value in values]

    await consume_batches(connection, consumer, contract, handle_each, health=health, stop=stop, batch=batch)


async def consume_batches(
    connection: Client,
    consumer: subjects.Consumer,
    contract: type[T],
    handle: Callable[[Sequence[T]], Awaitable[Sequence[Outcome]]],
    *,
    health: Health,
    stop: asyncio.Event,
    batch: int = 16,
) -> None:
    """Handle up to `batch` messages at a time; `handle` returns one outcome for each: None, Retry or Poison."""
    worker = _BatchConsumer(connection, consumer, contract, handle, health, batch)
    health.set_ready(consumer.name, False)
    while not stop.is_set():
        try:
            await worker.run_subscription(stop)
        except (NatsError, OSError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            health.set_ready(consumer.name, False, problem=f"the broker does not answer ({reason})")
            log.warning("consumer starts over", consumer=consumer.name, reason=reason)
            await pause(0.5, stop)


class _BatchConsumer(Generic[T]):
    def __init__(
        self,
        connection: Client,
        consumer: subjects.Consumer,
        contract: type[T],
        handle: Callable[[Sequence[T]], Awaitable[Sequence[Outcome]]],
        health: Health,
        batch: int,
    ) -> None:
        self._connection = connection
        self._consumer = consumer
        self._contract = contract
        self._handle = handle
        self._health = health
        self._batch = batch
        self._failures: dict[int, int] = {}
        """Failures of the handler by stream position; deliveries would count retries as well."""

    async def run_subscription(self, stop: asyncio.Event) -> None:
        """One subscription, until `stop`, a reconnect, or a silence in which messages were pending."""
        jetstream = self._connection.jetstream()
        connects = self._connection.stats["reconnects"]
        subscription = await jetstream.pull_subscribe_bind(consumer=self._consumer.name, stream=self._consumer.stream)
        try:
            while not stop.is_set() and self._connection.stats["reconnects"] == connects:
                messages = await self._fetch(subscription)
                if messages:
                    await self._settle_all(messages)
                elif await self._missed_messages(subscription):
                    return
        finally:
            await _quietly(subscription.unsubscribe())

    async def _fetch(self, subscription: JetStreamContext.PullSubscription) -> list[Msg]:
        try:
            messages = await subscription.fetch(self._batch, timeout=FETCH_TIMEOUT.total_seconds())
        except TimeoutError:  # nats.errors.TimeoutError, and asyncio's own when the loop is late: nothing came
            return []
        self._health.set_ready(self._consumer.name, True)
        return messages

    async def _missed_messages(self, subscription: JetStreamContext.PullSubscription) -> bool:
        """After an empty fetch: does the server answer, and is nothing waiting? Raises when it does not answer."""
        info = await subscription.consumer_info()
        self._health.set_ready(self._consumer.name, True)
        return bool(info.num_pending) and (info.num_ack_pending or 0) < self._consumer.delivery.max_ack_pending

    async def _settle_all(self, messages: list[Msg]) -> None:
        heartbeat = asyncio.create_task(self._send_in_progress(messages))
        try:
            readable = await self._refuse_unreadable(messages)
            outcomes = await self._handled([value for _, value in readable])
            for (message, _), outcome in zip(readable, outcomes, strict=True):
                await self._settle(message, outcome)
        finally:
            heartbeat.cancel()

    async def _handled(self, values: Sequence[T]) -> Sequence[Outcome]:
        """An exception of the handler itself is the outcome of every message of its batch."""
        if not values:
            return []
        try:
            return await self._handle(values)
        except Exception as error:  # noqa: BLE001 - the boundary: logged and tried again in `_settle`
            return [error] * len(values)

    async def _refuse_unreadable(self, messages: list[Msg]) -> list[tuple[Msg, T]]:
        readable = []
        for message in messages:
            if message.metadata.num_delivered > self._consumer.delivery.max_crashes:
                await self._settle(message, Poison("The message was delivered too often: it may kill what reads it."))
                continue
            try:
                readable.append((message, self._contract.model_validate_json(message.data)))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"])
                await self._settle(
                    message, Poison(f"The message is not a {self._contract.__name__}: {where} {first['msg']}.")
                )
        return readable

    async def _settle(self, message: Msg, outcome: Outcome) -> None:
        if outcome is None:
            await message.ack()
        elif isinstance(outcome, Poison) or self._is_worn_out(message, outcome):
            await self._bury(message, str(outcome) or type(outcome).__name__)
        else:
            log.warning("message will be tried again", consumer=self._consumer.name, reason=repr(outcome))
            delay = _delay(self._consumer.delivery, message.metadata.num_delivered)
            await message.nak(delay=delay.total_seconds())
            SETTLED.labels(self._consumer.name, type(outcome).__name__).inc()
            return
        self._failures.pop(message.metadata.sequence.stream, None)
        SETTLED.labels(self._consumer.name, type(outcome).__name__ if outcome else "ack").inc()

    def _is_worn_out(self, message: Msg, outcome: Exception) -> bool:
        if isinstance(outcome, Retry):
            return False
        position = message.metadata.sequence.stream
        self._failures[position] = self._failures.get(position, 0) + 1
        return self._failures[position] >= self._consumer.delivery.max_deliver

    async def _bury(self, message: Msg, reason: str) -> None:
        """The dead letter carries the stream position as its id, so that a crash before `term` does not double it."""
        letter = DeadLetter(
            subject=message.subject,
            consumer=self._consumer.name,
            reason=reason,
            deliveries=message.metadata.num_delivered,
            payload=base64.b64encode(message.data).decode(),
            headers=dict(message.headers or {}),
            at=datetime.now(UTC),
        )
        position = f"{message.metadata.stream}:{message.metadata.sequence.stream}:{self._consumer.name}"
        await publish(self._connection, subjects.DEAD.format(subject=message.subject), letter, position)
        await message.term()
        log.error("message buried", consumer=self._consumer.name, subject=message.subject, reason=reason)

    async def _send_in_progress(self, messages: list[Msg]) -> None:
        while True:
            await asyncio.sleep(self._consumer.delivery.ack_wait.total_seconds() / 3)
            for message in messages:
                if not message.is_acked:
                    await message.in_progress()


async def _outcome(handling: Awaitable[None]) -> Outcome:
    try:
        await handling
    except Exception as error:  # noqa: BLE001 - the boundary: logged and tried again in `_settle`
        return error
    return None


def _delay(policy: subjects.Delivery, deliveries: int) -> timedelta:
    return policy.backoff[min(deliveries, len(policy.backoff)) - 1]


async def _quietly(closing: Awaitable[object]) -> None:
    """Close a subscription whose server may be gone; there is nothing left to lose then."""
    try:
        await closing
    except (NatsError, OSError) as error:
        log.debug("subscription was gone already", reason=str(error))
