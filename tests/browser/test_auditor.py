"""A scripted auditor at the keyboard: a hundred messages, each audited once, whatever the network or others do.

Faster than a person, who would take a second or more for each: five messages a second, or one in each
LARDER_AUDITOR_SECONDS.
"""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from itertools import count

import httpx
import pytest
from at_the_page import is_saved
from playwright.async_api import Locator, Page, Route, expect
from sample_import import import_messages

MESSAGES = 100
PACE_S = float(os.environ.get("LARDER_AUDITOR_SECONDS", "0.2"))
CUT_S = 10
LOST_EVERY = 10
"""Every tenth answer of the server gets lost on its way back."""
ALL_SEEN = "All seen"

pytestmark = pytest.mark.timeout(600)
Auditor = Callable[[str, str], Awaitable[Page]]


@pytest.fixture
def auditor(person: Callable[[str], Awaitable[Page]], address: str) -> Auditor:
    """Opens the walk through a lane's messages as somebody."""

    async def sits_down(name: str, lane: str) -> Page:
        page = await person(name)
        await page.goto(f"{address}/?q={lane}+lane")
        await expect(position_of(page)).to_have_text(f"Message 1 / {MESSAGES}", timeout=30_000)
        return page

    return sits_down


async def test_a_hundred_messages_are_confirmed_by_key_each_once(auditor: Auditor, api: httpx.AsyncClient) -> None:
    await fill(api, "heron")
    ann = await auditor("Ann", "heron")
    assert await confirm_all(ann) == MESSAGES
    await is_saved(ann)
    assert await audits_of(api, "heron") == ["Ann"] * MESSAGES


async def test_none_is_lost_or_doubled_when_the_network_is_cut_and_answers_get_lost(
    auditor: Auditor, api: httpx.AsyncClient
) -> None:
    await fill(api, "plover")
    ann = await auditor("Ann", "plover")
    await ann.route(re.compile("/audits$"), losing_answers())
    before = await confirm_all(ann, until=f"Message 26 / {MESSAGES}")
    cut = asyncio.create_task(cut_the_network(ann))
    assert before + await confirm_all(ann) == MESSAGES
    assert await cut >= min(8, CUT_S / PACE_S / 2), "the walk stood still while the network was cut"
    await is_saved(ann)
    assert await audits_of(api, "plover") == ["Ann"] * MESSAGES


async def test_two_who_audit_the_same_messages_at_once_audit_each_once(
    auditor: Auditor, api: httpx.AsyncClient
) -> None:
    await fill(api, "dunlin")
    ann, ben = people = [await auditor(name, "dunlin") for name in ("Ann", "Ben")]
    await confirm_all(ann, until=f"Message 6 / {MESSAGES}")
    await confirm_all(ben, until=f"Message 11 / {MESSAGES}")
    await asyncio.gather(*(confirm_all(page) for page in people))
    for page in people:
        await is_saved(page)
        await expect(page.get_by_role("region", name="Conflict")).to_have_count(0)
    by = await audits_of(api, "dunlin")
    assert len(by) == MESSAGES
    assert set(by) == {"Ann", "Ben"}


async def fill(api: httpx.AsyncClient, lane: str) -> None:
    stops = range(1, MESSAGES + 1)
    await import_messages(api, [f"Picked up {n} cases of kale from {lane} lane, stop {n:03}" for n in stops])


def position_of(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Messages").get_by_role("paragraph")


async def confirm_all(page: Page, until: str = ALL_SEEN) -> int:
    """Press Enter at each message as soon as its reading is there; how many were confirmed."""
    position = position_of(page)
    reading = page.get_by_role("heading", name=re.compile("Read by Regex|Audited reading"))
    confirmed = 0
    while (at := await position.inner_text()) != until:
        await expect(reading).to_be_visible(timeout=30_000)
        confirmed += await reading.inner_text() != "Audited reading"
        await page.keyboard.press("Enter")
        await expect(position).not_to_have_text(at)
        await asyncio.sleep(PACE_S)
    return confirmed


async def cut_the_network(page: Page) -> int:
    """For ten seconds; how many messages were confirmed meanwhile."""
    await page.context.set_offline(True)
    await asyncio.sleep(CUT_S)
    state = await page.get_by_role("status", name="Save state").inner_text()
    await page.context.set_offline(False)
    kept = re.search(r"Offline - (\d+) kept here", state)
    assert kept, state
    return int(kept[1])


def losing_answers() -> Callable[[Route], Awaitable[None]]:
    number = count(1)

    async def handle(route: Route) -> None:
        if next(number) % LOST_EVERY:
            await route.continue_()
        else:
            await route.fetch()
            await route.abort()

    return handle


async def audits_of(api: httpx.AsyncClient, lane: str) -> list[str]:
    """Who made each decision on the lane's messages, in the order of the messages; each is to have one."""
    found = (await api.get("/api/records", params={"q": f"{lane} lane", "limit": 500})).json()["items"]
    histories = [(await api.get(f"/api/records/{record['id']}/history")).json() for record in found]
    return [audit["by"] for history in histories for audit in history["audits"]]
