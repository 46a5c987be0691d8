"""The audit workspace, sentence by sentence: what a person sees, edits, loses never, and shares with others.

Each test brings messages of its own; they share one Larder and run in any order.
"""

import asyncio
import csv
import io
import json
import re
from collections.abc import Awaitable, Callable

import httpx
import pytest
from at_the_page import is_ready, is_saved, message, open_messages
from playwright.async_api import Browser, Locator, Page, Route, expect
from sample_import import audit, found, import_export, import_messages
from slack_exports import export, post, zipped

Person = Callable[[str], Awaitable[Page]]
ORDERS = {"Newest first": "newest", "Most worth auditing": "risk", "Random sample": "random"}
SAMPLE_CHANNEL = "C0TWPICKUPS"
MAGIC = {"xlsx": b"PK", "parquet": b"PAR1"}


def names(page: Page) -> Locator:
    return page.get_by_label(re.compile("^Name, "))


async def items_are(page: Page, *wanted: str) -> None:
    await expect(names(page)).to_have_count(len(wanted))
    for field, name in zip(await names(page).all(), wanted, strict=True):
        await expect(field).to_have_value(name)


# What is seen


async def test_a_message_stands_as_on_slack(page: Page, api: httpx.AsyncClient, address: str) -> None:
    start = 1_740_830_400.0
    said = "<@U2> picked up :tada: 4 cases tayberries, see <https://example.org/barn>\n• 2 boxes leeks"
    answer = post(start + 60, "plus 1 bag wineberries", user="U2", thread_ts=f"{start:.6f}")
    await import_export(api, zipped(export([post(start, said), answer])))
    await open_messages(page, address, "tayberries")
    shown = message(page)
    await expect(shown).to_contain_text("pickups")
    await expect(shown).to_contain_text("@Bo Lindqvist")
    await expect(shown.get_by_role("link", name="https://example.org/barn")).to_be_visible()
    await expect(shown.get_by_role("img", name="emoji")).to_have_text("🎉")
    await expect(shown).to_contain_text("• ")
    await expect(shown.locator("time").first).to_have_attribute("datetime", re.compile("^2025-03-01T12:00:00"))
    await open_messages(page, address, "wineberries")
    await expect(shown).to_contain_text("in a thread")


async def test_what_no_item_claims_is_marked_and_added_by_a_press(
    page: Page, api: httpx.AsyncClient, address: str
) -> None:
    await import_messages(api, ["IN Plumb Barn\n5 cases celeriac\nsomebody left bananas in van 7"])
    await open_messages(page, address, "celeriac")
    left = page.get_by_role("region", name="Left out")
    await expect(left).to_contain_text("bananas")
    for omitted in ("bananas", "7"):
        await expect(message(page).locator("mark[data-kind=unclaimed]", has_text=omitted)).to_be_visible()
    before = await names(page).count()
    await left.get_by_role("button", name=re.compile("^Add an item for .*bananas")).click()
    await expect(names(page)).to_have_count(before + 1)
    await expect(left.get_by_text("bananas")).to_have_count(0)


async def test_filters_find_what_the_ledger_has(page: Page, api: httpx.AsyncClient, address: str) -> None:
    wanted = {"channel": SAMPLE_CHANNEL, "since": "2025-03-05T00:00:00Z", "until": "2025-03-21T00:00:00Z"}
    listed = (await api.get("/api/records", params=wanted)).json()["items"]
    readings = [(await api.get(f"/api/records/{one['id']}")).json()["readings"]["regex"] for one in listed]
    places = (await api.get("/api/directory")).json()
    named = (reading["extraction"]["rescue_location"] for reading in readings)
    wanted["place"] = next(place for place in named if place in places)
    total = (await api.get("/api/records", params=wanted)).json()["total"]
    assert 0 < total < len(listed)
    await page.goto(f"{address}/?audit=all")
    await is_ready(page)
    await page.get_by_role("button", name="Filters").click()
    filters = page.get_by_role("dialog", name="Filters")
    await filters.get_by_label("Channel").select_option(wanted["channel"])
    await filters.get_by_label("Place").select_option(wanted["place"])
    await filters.get_by_label("From").fill("2025-03-05")
    await filters.get_by_label("To", exact=True).fill("2025-03-20")
    await expect(page.get_by_text(f"Message 1 / {total}", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Filters (4)")).to_be_visible()
    await filters.get_by_role("button", name="Clear filters").click()
    await page.keyboard.press("Escape")
    await page.get_by_role("group", name="Show messages").get_by_text("Needs a look").click()
    await expect(page.get_by_text(re.compile("^Look: "))).to_be_visible()


async def test_orders_begin_where_the_ledger_begins(page: Page, api: httpx.AsyncClient, address: str) -> None:
    await page.goto(f"{address}/?audit=all&q=pickups")
    await is_ready(page)
    totals = set()
    for label, order in ORDERS.items():
        await page.get_by_label("Order").select_option(label=label)
        query = {"q": "pickups", "order": order, "limit": 1}
        listed = (await api.get("/api/records", params=query)).json()
        await expect(message(page)).to_contain_text(listed["items"][0]["text"].splitlines()[0][:40])
        totals.add(listed["total"])
        await expect(page.get_by_text(f"Message 1 / {listed['total']}", exact=True)).to_be_visible()
    assert len(totals) == 1, "no order hides a message"


# What is edited


async def test_rows_are_split_merged_moved_deleted_and_pasted_and_the_total_follows(
    page: Page, api: httpx.AsyncClient, address: str
) -> None:
    await import_messages(api, ["Picked up 5 cases salsify and 3 boxes of rutabaga from Plumb Barn"])
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await open_messages(page, address, "salsify")
    total = page.get_by_text(re.compile(r"^\d+ items? · "))
    await expect(total).to_contain_text("2 items")
    before = await total.inner_text()
    await page.get_by_label("Quantity, salsify").fill("50")
    await expect(total).not_to_have_text(before)

    await page.get_by_label("Name, salsify").fill("salsify and kohlrabi")
    await page.get_by_role("button", name="Move salsify and kohlrabi").click()
    await page.get_by_role("menuitem", name="Split into two").click()
    await items_are(page, "salsify", "kohlrabi", "rutabaga")
    await page.get_by_role("button", name="Move kohlrabi").click()
    await page.get_by_role("menuitem", name="Merge with the one above").click()
    await items_are(page, "salsify and kohlrabi", "rutabaga")
    await page.get_by_label("Name, salsify and kohlrabi").press("Alt+ArrowDown")
    await items_are(page, "rutabaga", "salsify and kohlrabi")
    await page.get_by_role("button", name="Delete rutabaga").click()

    await page.evaluate("navigator.clipboard.writeText('4 cases turnips\\n- 2 bags chard\\nsorrel')")
    await page.get_by_role("button", name="Add item").first.click()
    await expect(page.get_by_label("Quantity, new item")).to_be_focused()
    await page.keyboard.press("Control+V")
    await items_are(page, "salsify and kohlrabi", "turnips", "chard", "sorrel")
    await expect(page.get_by_label("Unit, chard")).to_have_value("bag")
    await expect(total).to_contain_text("4 items")
    for field, options in (("Unit, chard", "larder-units"), ("Name, chard", "larder-names")):
        assert await page.get_by_label(field).get_attribute("list") == options
        assert await page.locator(f"#{options} option").count() > 5


async def test_sections_hold_items_of_a_place(page: Page, api: httpx.AsyncClient, address: str) -> None:
    await import_messages(api, ["Picked up 5 cases crosnes from Plumb Barn"])
    await open_messages(page, address, "crosnes")
    await page.get_by_text("Outbound", exact=True).click()
    await page.get_by_role("button", name="Add section").click()
    await expect(page.get_by_label("Quantity, new item")).to_be_focused()
    await page.keyboard.type("2")
    await page.get_by_label("Name, new item").fill("okra")
    await page.get_by_label("Place of section 2").fill("Marigold Fridge")
    await page.keyboard.press("Control+Enter")
    await is_saved(page)
    said = (await found(api, "crosnes"))["audit"]["extraction"]
    assert said["direction"] == "outbound"
    assert [(s["location"], s["items"][0]["name"]) for s in said["sections"]][-1] == ("Marigold Fridge", "okra")


async def test_a_spelling_becomes_an_alias_where_it_stands(page: Page, api: httpx.AsyncClient, address: str) -> None:
    await import_messages(api, ["Picked up 5 cases cardoons from Quince Yard"])
    await open_messages(page, address, "cardoons")
    await page.get_by_label("Add Quince Yard as an alias of").select_option("Three Gates Orchard")
    await expect(page.get_by_label("Rescue location")).to_have_value("Three Gates Orchard")
    assert "Quince Yard" in (await api.get("/api/directory")).json()["Three Gates Orchard"]["aliases"]


async def test_e_goes_to_the_first_field_and_escape_leaves_it(page: Page, api: httpx.AsyncClient, address: str) -> None:
    await page.goto(address)
    await is_ready(page)
    await page.keyboard.press("e")
    await expect(page.get_by_label("Rescue location")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Rescue location")).not_to_be_focused()


# What is never lost


async def test_a_save_on_its_way_is_said(page: Page, api: httpx.AsyncClient, address: str) -> None:
    await import_messages(api, ["Picked up 5 cases nopales from Plumb Barn"])
    await open_messages(page, address, "nopales")
    arrives = asyncio.Event()

    async def slowly(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await page.route(re.compile("/audits$"), slowly)
    await page.keyboard.press("a")
    await expect(page.get_by_role("status", name="Save state")).to_have_text("Saving")
    arrives.set()
    await is_saved(page)
    assert (await found(api, "nopales"))["audit"]["decision"] == "confirmed"


async def test_a_draft_survives_a_reload(page: Page, api: httpx.AsyncClient, address: str) -> None:
    await import_messages(api, ["Picked up 5 cases skirret from Plumb Barn"])
    await open_messages(page, address, "skirret")
    await page.get_by_label("Drop-off").fill("Somewhere new")
    await page.reload()
    await expect(page.get_by_label("Drop-off")).to_have_value("Somewhere new")
    await page.get_by_role("button", name="Reset").click()
    await expect(page.get_by_label("Drop-off")).not_to_have_value("Somewhere new")


async def test_undo_reaches_back_over_several_messages(page: Page, api: httpx.AsyncClient, address: str) -> None:
    await import_messages(api, [f"Picked up {n} cases scorzonera from Plumb Barn" for n in (2, 3)])
    await open_messages(page, address, "scorzonera")
    for _ in range(2):
        await is_ready(page)
        await page.keyboard.press("Enter")
    await expect(page.get_by_text("All seen")).to_be_visible()
    await page.keyboard.press("u")
    await expect(page.get_by_text("Message 2 / 2")).to_be_visible()
    await page.keyboard.press("u")
    await expect(page.get_by_text("Message 1 / 2")).to_be_visible()
    await is_saved(page)
    listed = (await api.get("/api/records", params={"q": "scorzonera", "audit": "unaudited"})).json()
    assert listed["total"] == 2


async def test_an_audited_message_is_reopened_and_stays_in_its_history(
    page: Page, api: httpx.AsyncClient, address: str
) -> None:
    await import_messages(api, ["Picked up 5 cases arracacha from Plumb Barn"])
    await audit(api, "arracacha", "Ann", drop_off_location="Marigold Fridge")
    await open_messages(page, address, "arracacha", audit="all")
    await page.get_by_role("group", name="Show messages").get_by_text("Audited", exact=True).click()
    await expect(page).to_have_url(re.compile("audit=audited"))
    await expect(page.get_by_role("heading", name="Audited reading")).to_be_visible(timeout=30_000)
    await page.get_by_role("button", name="Re-open").click()
    await is_saved(page)
    await expect(page.get_by_role("heading", name="Read by Regex")).to_be_visible()
    assert (await found(api, "arracacha"))["audit"] is None
    await page.get_by_role("button", name="History").click()
    history = page.get_by_role("list", name="History of this message")
    await expect(history.get_by_role("listitem").first).to_contain_text("undid the decision before")
    await expect(history).to_contain_text("Ann corrected")


async def test_the_history_shows_each_decision_with_what_it_changed(
    page: Page, api: httpx.AsyncClient, address: str
) -> None:
    await import_messages(api, ["Picked up 5 cases oca from Plumb Barn"])
    await audit(api, "cases oca", "Ann", drop_off_location="Marigold Fridge")
    await audit(api, "cases oca", "Ben", drop_off_location="Odell Pig Farm")
    await open_messages(page, address, "cases oca", audit="audited")
    await page.keyboard.press("h")
    history = page.get_by_role("list", name="History of this message")
    newest = history.get_by_role("listitem").first
    await expect(newest).to_contain_text("Ben corrected")
    await expect(newest.get_by_role("row", name=re.compile("Drop-off Marigold Fridge Odell Pig Farm"))).to_be_visible()
    await expect(history).to_contain_text("Message came in")


async def test_an_edit_on_slack_reopens_an_audited_message_with_the_difference(
    page: Page, api: httpx.AsyncClient, address: str
) -> None:
    ts = 1_740_990_000.0
    await import_export(api, zipped(export([post(ts, "Picked up 5 cases mashua from Plumb Barn")])))
    await audit(api, "mashua", "Ann", drop_off_location="Marigold Fridge")
    edited = {"user": "U1", "ts": f"{ts + 600:.6f}"}
    await import_export(api, zipped(export([post(ts, "Picked up 7 cases mashua from Plumb Barn", edited=edited)])))
    await open_messages(page, address, "mashua")
    reopened = page.get_by_role("region", name="Edited after the audit")
    await expect(reopened.locator("del")).to_have_text("5")
    await expect(reopened.locator("ins")).to_have_text("7")
    await reopened.get_by_role("button", name="Begin from the earlier audit").click()
    await expect(page.get_by_label("Drop-off")).to_have_value("Marigold Fridge")


# Two people


async def test_two_see_each_other_at_a_message(person: Person, api: httpx.AsyncClient, address: str) -> None:
    await import_messages(api, ["Picked up 5 cases yacon from Plumb Barn"])
    ann, ben = await person("Ann"), await person("Ben")
    await open_messages(ann, address, "yacon")
    await open_messages(ben, address, "yacon")
    await expect(ben.get_by_text("Also open in another window: Ann.")).to_be_visible()
    await expect(ann.get_by_text("Also open in another window: Ben.")).to_be_visible()
    await ben.close()
    await expect(ann.get_by_text("Also open in another window: Ben.")).not_to_be_visible(timeout=40_000)


async def test_a_stale_save_is_refused_and_both_decisions_are_shown(
    person: Person, api: httpx.AsyncClient, address: str
) -> None:
    await import_messages(api, ["Picked up 5 cases chayote from Plumb Barn"])
    ben = await person("Ben")
    await open_messages(ben, address, "chayote")
    await ben.context.set_offline(True)
    await ben.get_by_label("Drop-off").fill("Odell Pig Farm")
    await ben.keyboard.press("Control+Enter")
    await expect(ben.get_by_role("status", name="Save state")).to_have_text("Offline - 1 kept here")
    await audit(api, "chayote", "Ann", drop_off_location="Marigold Fridge")
    await ben.context.set_offline(False)
    conflict = ben.get_by_role("region", name="Conflict")
    await expect(conflict).to_contain_text("Ann decided on this message while you did", timeout=30_000)
    await expect(conflict.get_by_role("row", name=re.compile("Marigold Fridge Odell Pig Farm"))).to_be_visible()
    assert (await found(api, "chayote"))["audit"]["by"] == "Ann"
    await conflict.get_by_role("button", name="Save mine instead").click()
    await is_saved(ben)
    await expect(conflict).to_have_count(0)
    assert (await found(api, "chayote"))["audit"]["by"] == "Ben"


async def test_a_second_opinion_is_given_blind_and_counts_as_agreement(
    person: Person, api: httpx.AsyncClient, address: str
) -> None:
    await import_messages(api, ["Picked up 5 cases jicama from Plumb Barn"])
    await audit(api, "jicama", "Ann", drop_off_location="Marigold Fridge")
    ben = await person("Ben")
    await open_messages(ben, address, "jicama", audit="second")
    await expect(ben.get_by_role("heading", name="Read by Regex")).to_be_visible()
    await expect(ben.get_by_label("Drop-off")).not_to_have_value("Marigold Fridge")
    await ben.keyboard.press("Enter")
    await is_saved(ben)
    assert (await found(api, "jicama"))["audit"]["by"] == "Ann"
    await ben.goto(f"{address}/stats")
    await expect(ben.get_by_role("region", name="Agreement of two auditors")).to_contain_text("audited twice")


async def test_a_page_hears_of_a_change_without_being_reloaded(
    page: Page, api: httpx.AsyncClient, address: str
) -> None:
    await import_messages(api, ["Picked up 5 cases taro from Plumb Barn"])
    await open_messages(page, address, "cases taro")
    await audit(api, "cases taro", "Ann", drop_off_location="Marigold Fridge")
    await expect(page.get_by_role("heading", name="Audited reading")).to_be_visible()
    await expect(page.get_by_label("Drop-off")).to_have_value("Marigold Fridge")


async def test_a_message_is_confirmed_by_touch_on_a_phone(
    browser: Browser, api: httpx.AsyncClient, address: str
) -> None:
    await import_messages(api, ["Picked up 5 cases purslane from Plumb Barn"])
    phone = await browser.new_context(viewport={"width": 375, "height": 780}, has_touch=True, is_mobile=True)
    page = await phone.new_page()
    await open_messages(page, address, "purslane")
    await page.get_by_role("button", name="Mark audited").tap()
    await is_saved(page)
    assert (await found(api, "purslane"))["audit"]["decision"] == "confirmed"
    await phone.close()


# What it comes to


async def test_the_ledger_is_counted_by_part_and_exported(page: Page, api: httpx.AsyncClient, address: str) -> None:
    await import_messages(api, ["Picked up 5 cases cassava from Plumb Barn"])
    await audit(api, "cassava", "Ann", rescue_location="Sallow Creek Farm")
    await page.goto(f"{address}/stats")
    await expect(page.get_by_role("region", name="Everything, estimated")).to_contain_text("of it is audited")
    await expect(page.get_by_role("table", name="Pounds by location")).to_contain_text("only read")
    await expect(page.get_by_role("figure", name=re.compile("^Pounds by "))).to_be_visible()
    await page.get_by_role("button", name="Filters").click()
    await page.get_by_role("dialog", name="Filters").get_by_label("Place").select_option("Sallow Creek Farm")
    await expect(page.get_by_role("button", name="Filters (1)")).to_be_visible()
    await page.keyboard.press("Escape")
    wanted = (await api.get("/api/stats", params={"place": "Sallow Creek Farm"})).json()
    await expect(page.get_by_role("region", name="Items")).to_contain_text(str(wanted["items"]))
    files = {}
    for kind, label in (("csv", "CSV"), ("xlsx", "Excel"), ("parquet", "Parquet"), ("jsonl", "JSON lines")):
        await page.get_by_role("button", name="Export").click()
        async with page.expect_download() as download:
            await page.get_by_role("menuitem", name=re.compile(label)).click()
        files[kind] = (await (await download.value).path()).read_bytes()
    for kind, magic in MAGIC.items():
        assert files[kind].startswith(magic)
    lines = [json.loads(line) for line in files["jsonl"].splitlines()]
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode())))
    assert len(lines) == len(rows) == wanted["items"]


async def test_the_stats_print_without_what_is_pressed(page: Page, api: httpx.AsyncClient, address: str) -> None:
    await import_messages(api, ["Picked up 5 cases ulluco from Plumb Barn"])
    await audit(api, "ulluco", "Ann")
    await page.goto(f"{address}/stats")
    chart = page.locator("svg.recharts-surface").first
    await expect(chart).to_be_visible()
    await page.emulate_media(media="print")
    await expect(page.get_by_role("button", name="Export")).not_to_be_visible()
    await expect(page.get_by_role("navigation", name="Main")).not_to_be_visible()
    await expect(chart).to_be_visible()
    assert (await page.pdf()).startswith(b"%PDF")


async def test_settings_name_the_channels(page: Page, api: httpx.AsyncClient, address: str) -> None:
    await page.goto(f"{address}/settings")
    await expect(page.get_by_role("region", name="Slack")).to_contain_text("#pickups")


@pytest.mark.parametrize("shown", ["?q=no+such+words", "?audit=second&q=no+such+words", "nowhere"])
async def test_an_empty_place_says_what_to_do(page: Page, api: httpx.AsyncClient, address: str, shown: str) -> None:
    await page.goto(f"{address}/{shown}")
    await expect(page.get_by_text(re.compile("Try fewer words|Choose one above"))).to_be_visible()
