"""What holds for every consumer of the audit API, on a real broker and a real database.

An effect happens once however often its message comes; a message that can never be handled becomes one dead letter, is
shown, and can be sent again.
"""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from audit_api_client import Api, audit_api_on, completed
from nats.aio.client import Client

from audit_api.models import outbox
from audit_api.recording import consumers as module
from contracts import (
    AdapterManifest,
    AdapterPublished,
    BaseModelRef,
    DeadLetter,
    ExtractionFailed,
    ExtractionRequested,
    Method,
    RunEvent,
    RunState,
)
from contracts.base import Contract
from contracts.subjects import ADAPTER_PUBLISHED, DEAD, REQUESTED_PEFT
from servicekit.broker import publish, publish_bytes
from servicekit.health import Health
from servicekit.outbox import Relay
from tests_support import eventually

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Case:
    """A consumer: a message for it, and the table that holds its effect."""

    subject: str
    message: Contract
    table: str


def failed(record_id: str = "r0") -> ExtractionFailed:
    return ExtractionFailed(
        request_id="q", record_id=record_id, revision=1, method=Method.PEFT, version="v1", reason="too long"
    )


def adapter() -> AdapterPublished:
    base = BaseModelRef(name="larder-tiny", sha256="b" * 64, tokenizer_sha256="c" * 64)
    manifest = AdapterManifest(
        sha256="a" * 64, files={}, base=base, rank=8, alpha=16, target_modules=("q_proj",), target_format=1
    )
    return AdapterPublished(
        run_id="run", version="v1", manifest=manifest, dataset_sha256="d" * 64, metadata={}, metrics={}
    )


def letter(payload: bytes = b"not a request", subject: str = "run.event.x") -> DeadLetter:
    return DeadLetter(
        subject=subject,
        consumer="somebody",
        reason="It could not be read.",
        deliveries=6,
        payload=base64.b64encode(payload).decode(),
        at=datetime(2025, 3, 1, tzinfo=UTC),
    )


def ended() -> RunEvent:
    return RunEvent(run_id="r", version="v1", state=RunState.DONE, at=datetime(2025, 3, 1, tzinfo=UTC), by="autopilot")


CASES = {
    "completed": Case("extraction.completed.regex", completed("r0"), "readings"),
    "failed": Case("extraction.failed.peft", failed(), "readings"),
    "published": Case(ADAPTER_PUBLISHED, adapter(), "model_versions"),
    "run": Case("run.event.r", ended(), "slack_reports"),
    "dead letter": Case(DEAD.format(subject="run.event.x"), letter(), "dead_letters"),
}
REPORTING = "INSERT INTO slack_channels (id, name, is_member, reports) VALUES ('C1', 'pickups', true, true) RETURNING 1"
each_consumer = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@pytest.fixture
async def api(postgres_url: str, nats: Client) -> AsyncIterator[Api]:
    """The API with record r0."""
    for stream in ("EXTRACTION_REQUESTS", "EXTRACTION_RESULTS", "RUNS", "MODELS", "DEAD"):
        await nats.jetstream().purge_stream(stream)
    async with audit_api_on(postgres_url) as found:
        await found.upload(b'{"id": "r0", "text": "2 cs kale"}')
        await found.rows(REPORTING)
        yield found


@pytest.fixture
async def running(api: Api, nats: Client) -> AsyncIterator[None]:
    async with consuming(api, nats):
        yield


class consuming:  # noqa: N801 - reads as a phrase: async with consuming(api, nats)
    """The consumers and the relay, running beside the test."""

    def __init__(self, api: Api, nats: Client) -> None:
        self._stop, self._health = asyncio.Event(), Health()
        self._work = [
            module.consume_all(
                nats, api.database, wake_evaluation=asyncio.Event(), health=self._health, stop=self._stop
            ),
            Relay(api.database.engine, nats, outbox).run(self._stop, self._health),
        ]

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(work) for work in self._work]

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)


def count(api: Api, table: str) -> Callable[[], Awaitable[int]]:
    async def counted() -> int:
        return int((await api.rows(f"SELECT count(*) FROM {table}"))[0][0])

    return counted


async def settled(nats: Client) -> None:
    """Until every consumer of this service has acked what it was sent."""

    async def nothing_waits() -> bool:
        jetstream = nats.jetstream()
        waits = 0
        for stream in ("EXTRACTION_RESULTS", "RUNS", "MODELS", "DEAD"):
            for info in await jetstream.consumers_info(stream):
                waits += (info.num_pending or 0) + (info.num_ack_pending or 0)
        return waits == 0

    await eventually(nothing_waits, seconds=30)


async def is_empty(nats: Client, stream: str) -> bool:
    return (await nats.jetstream().stream_info(stream)).state.messages == 0


async def send(nats: Client, case: Case) -> None:
    await publish(nats, case.subject, case.message, str(uuid.uuid4()))


@each_consumer
async def test_a_message_that_comes_twice_has_one_effect(api: Api, nats: Client, running: None, case: Case) -> None:
    await send(nats, case)
    await send(nats, case)
    await settled(nats)
    assert await count(api, case.table)() == 1


async def test_what_is_recorded_stays_nowhere_at_the_broker(api: Api, nats: Client, running: None) -> None:
    """Forgetting a person reaches the database; what people wrote is nowhere else by then."""
    for name in ("completed", "failed", "dead letter"):
        await send(nats, CASES[name])
    await eventually(count(api, "dead_letters"))
    await settled(nats)
    for stream in ("EXTRACTION_RESULTS", "DEAD"):
        await eventually(partial(is_empty, nats, stream))


@each_consumer
async def test_a_crash_between_effect_and_ack_does_not_double(
    api: Api, nats: Client, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes: list[int] = []
    original = module.handler

    def crashing(*arguments: Any) -> Callable[[Any], Awaitable[None]]:
        handle = original(*arguments)

        async def handle_then_crash(value: Any) -> None:
            await handle(value)
            if not crashes:
                crashes.append(1)
                raise RuntimeError("crashed after the commit")

        return handle_then_crash

    monkeypatch.setattr(module, "handler", crashing)
    async with consuming(api, nats):
        await send(nats, case)
        await eventually(lambda: crashes)
        await settled(nats)
    assert await count(api, case.table)() == 1
    if case.table != "dead_letters":
        assert await count(api, "dead_letters")() == 0


@each_consumer
async def test_what_is_no_message_becomes_one_dead_letter(api: Api, nats: Client, running: None, case: Case) -> None:
    await publish_bytes(nats, case.subject, b'{"nonsense": true}', str(uuid.uuid4()))
    await eventually(count(api, "dead_letters"))
    await settled(nats)
    (shown,) = await api.get("/api/dead-letters")
    assert shown["subject"] == case.subject
    assert shown["reason"].startswith(f"The message is not a {type(case.message).__name__}")
    assert shown["payload"] == '{"nonsense": true}'


async def test_a_result_of_an_unknown_record_can_be_replayed_once_the_record_is_there(
    api: Api, nats: Client, running: None
) -> None:
    await publish(nats, "extraction.completed.regex", completed("later"), str(uuid.uuid4()))
    await eventually(count(api, "dead_letters"))
    (shown,) = await api.get("/api/dead-letters")
    assert shown["reason"] == "There is no revision 1 of a record later."
    assert (await api.get("/api/status"))["dead_letters"] == 1
    await api.upload(b'{"id": "later", "text": "2 cs kale"}')
    await api.post(f"/api/dead-letters/{shown['id']}/replay", status=202)
    await eventually(count(api, "readings"))
    assert await api.get("/api/dead-letters") == []
    assert len(await api.get("/api/dead-letters", replayed=True)) == 1
    await settled(nats)
    assert await count(api, "dead_letters")() == 1


async def test_what_is_no_object_is_not_replayed(api: Api, nats: Client, running: None) -> None:
    await publish(nats, DEAD.format(subject="run.event.x"), letter(b"\xff\0"), str(uuid.uuid4()))
    await eventually(count(api, "dead_letters"))
    (shown,) = await api.get("/api/dead-letters")
    refusal = await api.post(f"/api/dead-letters/{shown['id']}/replay", status=409)
    assert refusal["error"]["code"] == "NOT_REPLAYABLE"


async def test_a_request_that_died_is_a_failed_reading(api: Api, nats: Client, running: None) -> None:
    request = ExtractionRequested(
        request_id="q",
        record_id="r0",
        revision=1,
        text="2 cs kale",
        reference_version="x",
        evaluate={"version": "v1", "sha256": None},
    )
    dead = letter(request.model_dump_json().encode(), subject=REQUESTED_PEFT)
    await publish(nats, DEAD.format(subject=REQUESTED_PEFT), dead, str(uuid.uuid4()))
    await eventually(count(api, "readings"))
    (row,) = await api.rows("SELECT version, failure FROM readings")
    assert (row.version, row.failure) == ("v1", "It could not be read.")


async def test_a_newer_reference_replaces_a_reading_and_an_older_one_never(
    api: Api, nats: Client, running: None
) -> None:
    old = (await api.rows("SELECT version FROM reference_versions"))[0].version
    await api.client.put("/api/directory", json={"Quay": {"aliases": [], "kind": ["rescue"]}})
    new = (await api.rows("SELECT version FROM reference_versions ORDER BY number"))[1].version
    for reference, ms in ((old, 1), (new, 2), (old, 3), (new, 4)):
        event = completed("r0", reference_version=reference, ms=ms)
        await publish(nats, "extraction.completed.regex", event, str(uuid.uuid4()))
    await settled(nats)
    assert [row.ms for row in await api.rows("SELECT ms FROM readings")] == [2]


async def test_a_success_mends_a_failure_and_not_the_other_way_round(api: Api, nats: Client, running: None) -> None:
    reference = (await api.rows("SELECT version FROM reference_versions"))[0].version
    event = completed("r0", method=Method.PEFT, version="v1", reference_version=reference)
    await publish(nats, "extraction.failed.peft", failed(), str(uuid.uuid4()))
    await settled(nats)
    await publish(nats, "extraction.completed.peft", event, str(uuid.uuid4()))
    await settled(nats)
    await publish(nats, "extraction.failed.peft", failed(), str(uuid.uuid4()))
    await settled(nats)
    (row,) = await api.rows("SELECT failure, extraction FROM readings")
    assert row.failure is None
    assert row.extraction is not None


async def test_requests_are_published_in_order_from_the_outbox(api: Api, nats: Client, running: None) -> None:
    await api.upload(b'{"id": "r1", "text": "bread"}\n{"id": "r2", "text": "milk"}')

    async def relayed() -> bool:
        return (await api.rows("SELECT count(*) FROM outbox WHERE published_at IS NULL"))[0][0] == 0

    await eventually(relayed)
    subscription = await nats.jetstream().pull_subscribe_bind(consumer="regex-extractor", stream="EXTRACTION_REQUESTS")
    messages = await subscription.fetch(3, timeout=5)
    requests = [ExtractionRequested.model_validate_json(message.data) for message in messages]
    assert [request.record_id for request in requests] == ["r0", "r1", "r2"]
    for message in messages:
        await message.ack()
    await subscription.unsubscribe()
