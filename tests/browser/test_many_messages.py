"""What takes some hundred messages to be seen: the share that two people audit, an honest interval, reading all again.

A Larder of this module's own, set up as it is shipped; both tests bring messages of their own and run in any order.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from at_the_page import is_saved
from playwright.async_api import Page, expect
from sample_import import audit, import_messages

from audit_api.outbox.backlog import AHEAD
from running_larder import RunningLarder

AUDITED = 60
BEHIND = 80
"""Messages that are not asked for while as many wait as may be asked for."""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
async def shipped(live_app: RunningLarder) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=live_app.address, timeout=60) as client:
        yield client


async def test_a_share_is_audited_twice_and_says_how_far_two_auditors_agree(
    person: Callable[[str], Awaitable[Page]], shipped: httpx.AsyncClient, live_app_url: str
) -> None:
    stops = [f"finch lane, stop {n:03}" for n in range(AUDITED)]
    await import_messages(shipped, [f"Picked up 2 cases of kale from {stop}" for stop in stops])
    for stop in stops:
        await audit(shipped, stop, "Ann")
    drawn = await drawn_for(shipped, "Ben")
    assert 2 <= drawn <= AUDITED / 4
    assert await drawn_for(shipped, "Ann") == 0, "nobody gives a second opinion on their own audit"

    ben = await person("Ben")
    await ben.goto(f"{live_app_url}/stats")
    agreement = ben.get_by_role("region", name="Agreement of two auditors")
    await agreement.get_by_role("link", name=f"{drawn} messages to give an opinion on").click()
    position = ben.get_by_role("navigation", name="Messages").get_by_role("paragraph")
    for number in (1, 2):
        await expect(position).to_have_text(f"Message {number} / {drawn}")
        await expect(ben.get_by_role("heading", name="Read by Regex")).to_be_visible(timeout=30_000)
        if number == 2:
            await ben.get_by_label("Drop-off").fill("Marigold Fridge")
        await ben.get_by_role("button", name="Mark audited").click()
        await expect(position).not_to_have_text(f"Message {number} / {drawn}")
    await is_saved(ben)

    await ben.goto(f"{live_app_url}/stats")
    await expect(agreement).to_contain_text("2 messages audited twice", timeout=30_000)
    await expect(agreement).to_contain_text("Direction100 %")
    await expect(agreement).to_contain_text("Drop-off50 %")
    estimate = ben.get_by_role("region", name="Everything, estimated")
    await expect(estimate).to_contain_text(
        re.compile(r"Between [\d,]+ and [\d,]+ lb in 19 of 20 cases, from \d+ audits")
    )
    await expect(estimate).to_contain_text(re.compile(r"\d+ % of it is audited"))


async def test_reading_all_again_is_paused_and_goes_on_where_it_stopped(
    page: Page, shipped: httpx.AsyncClient, live_app: RunningLarder, live_app_url: str
) -> None:
    await import_messages(shipped, [f"Picked up {n} cases of kale from wren lane" for n in range(AHEAD + BEHIND)])
    total = (await shipped.get("/api/stats")).json()["records"]
    rules = live_app.process("regex-extractor")
    rules.suspend()
    try:
        tables = (await shipped.get("/api/tables")).json()
        changed = {**tables, "units": {**tables["units"], "firkin": 90}}
        (await shipped.put("/api/tables", json=changed)).raise_for_status()
        await page.goto(live_app_url)
        await page.get_by_role("button", name=f"Reading {total} messages").click(timeout=30_000)
        reading = page.get_by_role("dialog", name="Reading again")
        await expect(reading).to_contain_text(f"Regex has read 0 of {total} messages.")
        await reading.get_by_role("button", name="Pause").click()
        await expect(reading).to_contain_text("Paused; new messages are read all the same.")
    finally:
        rules.resume()

    await import_messages(shipped, ["Picked up 3 cases of kale from siskin lane"])
    (left,) = (await shipped.get("/api/backlogs")).json()["items"]
    assert left["paused"]
    assert left["unread"] >= total - AHEAD, "no more is read than was asked for before the pause"
    await expect(page.get_by_role("button", name="Reading paused")).to_be_visible()

    await reading.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("button", name=re.compile("^Reading "))).to_have_count(0, timeout=60_000)
    assert (await shipped.get("/api/backlogs")).json()["items"] == []


async def drawn_for(client: httpx.AsyncClient, name: str) -> int:
    """How many messages await somebody's second opinion."""
    asked = {"params": {"audit": "second"}, "headers": {"X-Larder-User": name}}
    return int((await client.get("/api/records", **asked)).json()["total"])
