"""Pages hear what changed, after the commit."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from audit_api_client import Api

from audit_api.live.changes import announce_change
from audit_api.live.listening import WAITING, Changes, listen
from servicekit.health import Health

pytestmark = pytest.mark.integration


@pytest.fixture
async def changes(api: Api) -> AsyncIterator[Changes]:
    found, stop, health = Changes(), asyncio.Event(), Health()
    task = asyncio.create_task(listen(api.database.engine.url, found, health=health, stop=stop))
    stream = found.follow()
    await heard(stream)
    assert await heard(stream) == {"kind": "everything", "ids": []}, "what the listener says once it hears"
    await stream.aclose()
    yield found
    stop.set()
    await task


async def heard(stream: AsyncIterator[str]) -> dict[str, object]:
    async with asyncio.timeout(10):
        event: dict[str, object] = json.loads((await anext(stream)).removeprefix("data: "))
    return event


async def test_a_page_first_asks_for_everything_and_then_hears_of_an_import(api: Api, changes: Changes) -> None:
    stream = changes.follow()
    assert (await heard(stream))["kind"] == "everything"
    await api.upload(b'{"id": "a", "text": "2 lb kale"}')
    await api.rank()
    assert await heard(stream) == {"kind": "records", "ids": ["a"]}


async def test_what_is_rolled_back_is_never_heard(api: Api, changes: Changes) -> None:
    stream = changes.follow()
    await heard(stream)
    with pytest.raises(LookupError):
        await _change_and_fail(api)
    async with api.database.transaction() as session:
        await announce_change(session, "leases")
    assert (await heard(stream))["kind"] == "leases"


async def _change_and_fail(api: Api) -> None:
    async with api.database.transaction() as session:
        await announce_change(session, "models")
        raise LookupError


async def test_many_records_are_any_records(api: Api, changes: Changes) -> None:
    stream = changes.follow()
    await heard(stream)
    async with api.database.transaction() as session:
        await announce_change(session, "records", [f"r{n}" for n in range(1000)])
    assert await heard(stream) == {"kind": "records", "ids": []}


async def test_a_page_that_reads_too_slowly_asks_for_everything(changes: Changes) -> None:
    stream = changes.follow()
    await heard(stream)
    for _ in range(WAITING + 1):
        changes.tell('{"kind": "records", "ids": ["a"]}')
    assert (await heard(stream))["kind"] == "everything"


async def test_streams_end_when_the_service_stops(changes: Changes) -> None:
    stream = changes.follow()
    await heard(stream)
    changes.stop()
    async with asyncio.timeout(10):
        assert [event async for event in stream] == []
