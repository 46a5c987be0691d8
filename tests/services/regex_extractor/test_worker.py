"""The worker against a real nats-server: one completion for each request, and dead letters for the rest."""

import asyncio
import base64
import uuid

import pytest

from contracts import (
    DeadLetter,
    Directory,
    ExtractionCompleted,
    ExtractionFailed,
    ExtractionRequested,
    Method,
    Reference,
    subjects,
)
from reading.derive import DEFAULT_TABLES
from regex_extractor import VERSION
from regex_extractor import worker as worker_module
from regex_extractor.worker import Worker
from servicekit.broker import publish, publish_bytes
from servicekit.consumer import consume
from servicekit.health import Health
from servicekit.references import ReferenceWatch
from tests_support import eventually

pytestmark = pytest.mark.integration

REFERENCE = Reference(
    directory=Directory.from_mapping({"Corner Market": {"aliases": ["corner"], "kind": ["rescue"]}}),
    tables=DEFAULT_TABLES,
)


@pytest.fixture
async def running(nats):
    """The worker at work on an empty broker that holds the reference."""
    for stream in ("EXTRACTION_REQUESTS", "EXTRACTION_RESULTS", "DEAD"):
        await nats.jetstream().purge_stream(stream)
    bucket = await nats.jetstream().key_value(subjects.REFERENCE_BUCKET)
    await bucket.put(subjects.CURRENT_KEY, REFERENCE.model_dump_json().encode())
    references, stop, health = ReferenceWatch(nats), asyncio.Event(), Health()
    await references.start()
    handle = Worker(nats, references).handle
    task = asyncio.create_task(
        consume(nats, subjects.REGEX_EXTRACTOR, ExtractionRequested, handle, health=health, stop=stop)
    )
    yield health
    stop.set()
    await task


def request(text: str) -> ExtractionRequested:
    return ExtractionRequested(
        request_id=uuid.uuid4().hex, record_id="r1", revision=1, text=text, reference_version=REFERENCE.version
    )


async def completions(nats) -> list[ExtractionCompleted]:
    return [ExtractionCompleted.model_validate_json(data) for data in await stored(nats, "EXTRACTION_RESULTS")]


async def stored(nats, stream: str) -> list[bytes]:
    info = await nats.jetstream().stream_info(stream)
    first, last = info.state.first_seq, info.state.last_seq
    messages = [await nats.jetstream().get_msg(stream, seq) for seq in range(first, last + 1)] if last else []
    return [message.data or b"" for message in messages]


async def test_a_request_is_completed_with_the_current_reference(nats, running):
    asked = request("Dropped from corner: 3 cases pears")
    await publish(nats, subjects.REQUESTED_REGEX, asked, asked.request_id)
    (done,) = await eventually(lambda: completions(nats))
    assert (done.request_id, done.method, done.version) == (asked.request_id, Method.REGEX, VERSION)
    assert done.reference_version == REFERENCE.version
    assert done.extraction.rescue_location == "Corner Market"
    assert [(item.quantity, item.unit, item.name) for item in done.extraction.items] == [(3, "case", "pears")]


async def test_a_request_that_is_delivered_twice_is_completed_once(nats, running):
    asked = request("2 boxes plums")
    for delivery in ("first", "second"):
        await publish(nats, subjects.REQUESTED_REGEX, asked, f"{asked.request_id}-{delivery}")
    await eventually(lambda: _is_drained(nats))
    assert len(await completions(nats)) == 1


async def _is_drained(nats) -> bool:
    info = await nats.jetstream().consumer_info("EXTRACTION_REQUESTS", subjects.REGEX_EXTRACTOR.name)
    return not info.num_pending and not info.num_ack_pending


async def test_a_reading_too_long_for_the_broker_goes_without_its_evidence(nats, running):
    asked = request("3 cases pears\n" * 4_500)
    await publish(nats, subjects.REQUESTED_REGEX, asked, "long")
    (done,) = await eventually(lambda: completions(nats))
    assert (len(done.extraction.items), done.extraction.evidence) == (4_500, {})


async def test_a_reading_that_is_still_too_long_fails_with_its_reason(nats, running):
    await publish(nats, subjects.REQUESTED_REGEX, request("3 cases pears\n" * 40_000), "longer")
    (data,) = await eventually(lambda: stored(nats, "EXTRACTION_RESULTS"), seconds=60)
    assert "40000 items" in ExtractionFailed.model_validate_json(data).reason


async def test_an_unreadable_request_becomes_one_dead_letter(nats, running):
    await publish_bytes(nats, subjects.REQUESTED_REGEX, b"{not json", "poison")
    (data,) = await eventually(lambda: stored(nats, "DEAD"))
    letter = DeadLetter.model_validate_json(data)
    assert base64.b64decode(letter.payload) == b"{not json"
    assert "ExtractionRequested" in letter.reason


async def test_a_failure_of_the_rules_is_a_dead_letter_that_names_the_error(nats, running, monkeypatch):
    def broken(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(worker_module, "extract", broken)
    asked = request("3 cases pears")
    await publish(nats, subjects.REQUESTED_REGEX, asked, asked.request_id)
    (data,) = await eventually(lambda: stored(nats, "DEAD"))
    assert "RecursionError: too deep" in DeadLetter.model_validate_json(data).reason


async def test_the_worker_is_ready_once_it_has_fetched(nats, running):
    asked = request("2 boxes plums")
    await publish(nats, subjects.REQUESTED_REGEX, asked, asked.request_id)
    await eventually(lambda: completions(nats))
    assert running.is_ready
