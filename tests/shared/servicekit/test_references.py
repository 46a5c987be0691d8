"""Following the reference in a real key-value bucket."""

from datetime import timedelta
from time import monotonic

import pytest
from nats.aio.client import Client

from contracts import Directory, Place, Reference
from contracts.subjects import CURRENT_KEY, REFERENCE_BUCKET
from servicekit.references import ReferenceWatch

pytestmark = pytest.mark.integration

BRIEFLY = timedelta(milliseconds=300)


def reference(name: str) -> Reference:
    return Reference(directory=Directory(places={name: Place()}))


async def put(nats: Client, value: Reference) -> None:
    bucket = await nats.jetstream().key_value(REFERENCE_BUCKET)
    await bucket.put(CURRENT_KEY, value.model_dump_json().encode())


async def test_a_version_that_is_there_is_given_at_once(nats: Client) -> None:
    await put(nats, reference("first"))
    watch = ReferenceWatch(nats)
    assert await watch.at_least(reference("first").version) == reference("first")


async def test_a_newer_version_is_read_when_a_request_names_it(nats: Client) -> None:
    await put(nats, reference("old"))
    watch = ReferenceWatch(nats)
    await watch.start()
    await put(nats, reference("new"))
    assert await watch.at_least(reference("new").version) == reference("new")


async def test_a_version_that_was_replaced_is_waited_for_only_once(nats: Client) -> None:
    await put(nats, reference("newest"))
    watch = ReferenceWatch(nats)
    assert await watch.at_least("0" * 12, BRIEFLY) == reference("newest")
    began = monotonic()
    for _ in range(20):
        assert await watch.at_least("0" * 12, BRIEFLY) == reference("newest")
    assert monotonic() - began < BRIEFLY.total_seconds()


async def test_a_version_given_up_too_early_is_found_when_it_comes(nats: Client) -> None:
    await put(nats, reference("before"))
    watch = ReferenceWatch(nats)
    late = reference("late")
    assert await watch.at_least(late.version, BRIEFLY) == reference("before")
    await put(nats, late)
    watch._read_at -= 2
    assert await watch.at_least(late.version, BRIEFLY) == late
