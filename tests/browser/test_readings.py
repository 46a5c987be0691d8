"""Both readings of a message on the page, in a Larder of this module's own whose model is the untaught base."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from at_the_page import is_saved, message, open_messages, violations
from playwright.async_api import Page, expect
from publishing import publish_neutral_version
from sample_import import import_messages

from running_larder import RunningLarder
from tests_support import eventually

ODD = "IN Penny E, van 2\n• 3 hampers nanners\n• 2 cs yogurt cups\n• 4 sleds rolls\n• 1/2 blue head lettuce\ncooler {}"
PLAIN = "Picked up 5 cases quinces from Plumb Barn, dropped at Marigold Fridge"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
async def both(live_app: RunningLarder) -> AsyncIterator[httpx.AsyncClient]:
    """The API of a Larder in which rules and model have read all there is."""
    async with httpx.AsyncClient(base_url=live_app.address, timeout=30) as client:
        await import_messages(client, [PLAIN, *(ODD.format(f"zone {n}") for n in (3, 4, 5))])
        await publish_neutral_version(live_app, client)

        async def is_read() -> bool:
            status = (await client.get("/api/status")).json()
            return bool(status["active_version"] and not status["pending"]["peft"])

        await eventually(is_read, 120)
        yield client


async def open_comparison(page: Page, address: str, words: str) -> None:
    await open_messages(page, address, words)
    await page.get_by_role("group", name="Extraction method").get_by_text("Compare both").click()
    await expect(page.get_by_role("region", name="Comparison")).to_be_visible()


async def test_a_method_is_chosen_and_its_reading_shown(page: Page, both: httpx.AsyncClient, live_app_url: str) -> None:
    await open_messages(page, live_app_url, "quinces")
    await expect(page.get_by_role("heading", name="Read by PEFT neutral")).to_be_visible()
    await page.get_by_role("group", name="Extraction method").get_by_text("Regex").click()
    await expect(page.get_by_role("heading", name="Read by Regex")).to_be_visible()


async def test_a_message_that_is_opened_is_asked_for_at_once_and_its_reading_appears_by_itself(
    page: Page, both: httpx.AsyncClient, live_app: RunningLarder, live_app_url: str
) -> None:
    worker = live_app.process("inference-worker")
    worker.suspend()
    try:
        await import_messages(both, [ODD.format("zone 6")])
        async with page.expect_response(re.compile("/reading$")) as asked:
            await page.goto(f"{live_app_url}/?q=zone+6")
        assert await (await asked.value).json() == {"asked": True}
        await expect(page.get_by_text("The PEFT model is still reading this message")).to_be_visible(timeout=30_000)
    finally:
        worker.resume()
    await expect(page.get_by_role("heading", name="Read by PEFT neutral")).to_be_visible(timeout=60_000)
    await expect(page.get_by_text("is still reading this message")).to_have_count(0)


async def test_what_is_read_already_is_shown_while_no_worker_could_read_it(
    page: Page, both: httpx.AsyncClient, live_app: RunningLarder, live_app_url: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/reading") else None)
    worker = live_app.process("inference-worker")
    worker.suspend()
    try:
        await page.goto(f"{live_app_url}/?q=quinces")
        await expect(page.get_by_role("heading", name="Read by PEFT neutral")).to_be_visible(timeout=5_000)
        await expect(page.get_by_text("is still reading this message")).to_have_count(0)
    finally:
        worker.resume()
    assert not asked


async def test_how_sure_each_value_is_shows_on_demand(page: Page, both: httpx.AsyncClient, live_app_url: str) -> None:
    await open_messages(page, live_app_url, "quinces")
    table = page.get_by_role("table", name="How sure, value by value")
    await expect(table).not_to_be_visible()
    await page.get_by_text("How sure?").click()
    await expect(table.get_by_role("row", name=re.compile(r"^Direction: \w+ .* \d+ %$"))).to_be_visible()
    await expect(table.get_by_role("row", name=re.compile(r"5 case quinces .* \d+ %$"))).to_be_visible()
    await page.get_by_label("Pounds, quinces").focus()
    await expect(page.get_by_role("tooltip")).to_contain_text(re.compile("From the tables|No rule"))


async def test_differences_are_walked_and_sides_taken_by_key(
    page: Page, both: httpx.AsyncClient, live_app_url: str, screenshot: Callable[[Page, str], Awaitable[None]]
) -> None:
    await open_comparison(page, live_app_url, "zone 3")
    await expect(page.get_by_text(re.compile(r"^\d+ fields? agrees?$"))).to_be_visible()
    rows = page.locator("[data-difference]")
    await expect(rows.first).to_be_visible()
    await page.keyboard.press("d")
    first = rows.nth(0).get_by_role("radio")
    await expect(rows.nth(0).locator("input:focus")).to_have_count(1)
    for key, side in (("l", 0), ("r", 1)):
        await first.nth(side).focus()
        await page.keyboard.press(key)
        await expect(first.nth(side)).to_be_checked()
    await first.nth(0).focus()
    for _ in range(await rows.count()):
        await page.keyboard.press("l")
    await page.keyboard.press("Enter")
    await is_saved(page)
    (record,) = (await both.get("/api/records", params={"q": "zone 3"})).json()["items"]
    saved = (await both.get(f"/api/records/{record['id']}")).json()
    assert (saved["audit"]["decision"], saved["audit"]["draft_method"]) == ("confirmed", "regex")


async def test_a_comparison_left_alone_confirms_the_likelier_of_both(
    page: Page, both: httpx.AsyncClient, live_app_url: str
) -> None:
    await open_comparison(page, live_app_url, "zone 4")
    await page.keyboard.press("Enter")
    await is_saved(page)
    (record,) = (await both.get("/api/records", params={"q": "zone 4"})).json()["items"]
    saved = (await both.get(f"/api/records/{record['id']}")).json()
    combined = saved["readings"]["combined"]["extraction"]
    assert saved["audit"]["decision"] == "confirmed"
    names = [item["name"] for item in saved["audit"]["extraction"]["items"]]
    assert names == [item["name"] for item in combined["items"]]


async def test_the_comparison_has_no_accessibility_violation_and_fits_a_phone(
    page: Page, both: httpx.AsyncClient, live_app_url: str
) -> None:
    await page.set_viewport_size({"width": 375, "height": 780})
    await open_comparison(page, live_app_url, "zone 5")
    await page.get_by_text("How sure?").click()
    assert await page.evaluate("document.documentElement.scrollWidth") == 375
    assert await violations(page) == []
    await expect(message(page)).to_be_visible()
