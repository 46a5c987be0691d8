"""The screens over a whole Larder with the sample in it. The tests share it and run in any order."""

import json
import re
from typing import Any

import httpx
import pytest
from at_the_page import is_ready, is_saved, violations
from playwright.async_api import Page, expect
from sample_import import import_messages

FOODS = ("quinces", "medlars", "damsons", "loquats")
"""One message for each test that needs a plain one of its own."""
SCREENS = {
    "/": "Mark audited",
    "/stats": "Audited stats",
    "/models": "No model yet",
    "/training": "Train a new version",
    "/settings": "Weights by unit",
}


@pytest.fixture(scope="module", autouse=True)
async def plain_messages(api: httpx.AsyncClient) -> None:
    await import_messages(
        api,
        [f"Picked up 5 cases {food} and 3 boxes of lettuce from Larkspur Orchard" for food in FOODS]
        + [f"Picked up from QZX:\n3 cases {food}" for food in ("sloes", "haws")],
    )


@pytest.fixture
async def browsing(page: Page, address: str) -> Page:
    """The Slack browser at its first unaudited message, read by regex."""
    await page.goto(address)
    await is_ready(page)
    return page


async def test_enter_confirms_and_goes_to_the_next_message(browsing: Page, api: httpx.AsyncClient) -> None:
    before = await _audited(api)
    text = await browsing.get_by_role("article", name="Message").inner_text()
    await browsing.keyboard.press("Enter")
    await expect(browsing.get_by_text(re.compile(r"^Message 2 / \d+$"))).to_be_visible()
    await expect(browsing.get_by_role("article", name="Message")).not_to_have_text(text)
    await expect(browsing.get_by_role("status", name="Last action")).to_have_text("Message 1 confirmed.")
    await is_saved(browsing)
    assert await _audited(api) == before + 1


async def test_ten_messages_are_confirmed_by_keyboard_without_one_lost_or_doubled(
    browsing: Page, api: httpx.AsyncClient
) -> None:
    before = await _audited(api)
    for number in range(2, 12):
        await is_ready(browsing)
        await browsing.keyboard.press("a")
        await expect(browsing.get_by_text(re.compile(rf"^Message {number} / \d+$"))).to_be_visible()
    await is_saved(browsing)
    assert await _audited(api) == before + 10


async def test_an_edited_reading_is_kept_as_corrected(browsing: Page, api: httpx.AsyncClient) -> None:
    await browsing.get_by_label("Drop-off").fill("Lantern Street Fridge")
    await browsing.get_by_role("button", name="Add item").first.click()
    await expect(browsing.get_by_label("Quantity, new item")).to_be_focused()
    await browsing.keyboard.type("3")
    await browsing.keyboard.press("Tab")
    await browsing.keyboard.type("case")
    await browsing.keyboard.press("Tab")
    await browsing.keyboard.type("heirloom plums")
    await browsing.keyboard.press("Control+Enter")
    await is_saved(browsing)
    await browsing.get_by_role("button", name="Previous message").click()
    await expect(browsing.get_by_text("Corrected", exact=True)).to_be_visible()
    await expect(browsing.get_by_label("Name, heirloom plums")).to_have_value("heirloom plums")
    await expect(browsing.get_by_label("Drop-off")).to_have_value("Lantern Street Fridge")
    found = (await api.get("/api/stats")).json()
    assert any(bar["items"] for bar in found["by_subcategory"])


async def test_an_item_moves_to_a_new_section_and_is_deleted(browsing: Page) -> None:
    await _find(browsing, "quinces")
    await browsing.get_by_role("button", name=re.compile("^Move ")).first.click()
    await browsing.get_by_role("menuitem", name="Move to a new section").click()
    await expect(browsing.get_by_label("Place of section 2")).to_be_visible()
    rows = browsing.get_by_label(re.compile("^Name, "))
    before = await rows.count()
    await browsing.get_by_role("button", name=re.compile("^Delete (?!section)")).first.click()
    await expect(rows).to_have_count(before - 1)
    await browsing.get_by_role("button", name="Reset").click()
    await expect(rows).to_have_count(before)


async def test_a_message_is_skipped_and_the_skip_undone(browsing: Page) -> None:
    await browsing.keyboard.press("s")
    await expect(browsing.get_by_text(re.compile(r"^Message 2 / "))).to_be_visible()
    await is_saved(browsing)
    await browsing.keyboard.press("k")
    await expect(browsing.get_by_text("Skipped", exact=True)).to_be_visible()
    await browsing.keyboard.press("u")
    await is_saved(browsing)
    await expect(browsing.get_by_text("Skipped", exact=True)).not_to_be_visible()
    await expect(browsing.get_by_text(re.compile(r"^Message 1 / "))).to_be_visible()


async def test_single_keys_are_letters_while_a_person_types(browsing: Page, api: httpx.AsyncClient) -> None:
    before = await _audited(api)
    await browsing.get_by_label("Rescue location").fill("")
    await browsing.get_by_label("Rescue location").press_sequentially("jasku")
    await expect(browsing.get_by_label("Rescue location")).to_have_value("jasku")
    await browsing.keyboard.press("Escape")
    await browsing.keyboard.press("j")
    await expect(browsing.get_by_text(re.compile(r"^Message 2 / "))).to_be_visible()
    assert await _audited(api) == before


async def test_audits_made_offline_survive_a_reload_and_are_sent_once(
    browsing: Page, api: httpx.AsyncClient, address: str
) -> None:
    before = await _audited(api)
    await browsing.route(re.compile("/audits$"), lambda route: route.abort())
    for number in (2, 3):
        await is_ready(browsing)
        await browsing.keyboard.press("Enter")
        await expect(browsing.get_by_text(re.compile(rf"^Message {number} / "))).to_be_visible()
    await expect(browsing.get_by_role("status", name="Save state")).to_have_text("Offline - 2 kept here")
    assert await _audited(api) == before
    await browsing.unroute(re.compile("/audits$"))
    await browsing.goto(address)
    await is_saved(browsing)
    assert await _audited(api) == before + 2


async def test_a_search_and_a_filter_choose_the_messages(browsing: Page, address: str) -> None:
    await browsing.goto(f"{address}/?audit=all")
    await is_ready(browsing)
    await browsing.get_by_role("searchbox", name="Search messages").fill("no such words anywhere")
    await expect(browsing.get_by_text("No message matches")).to_be_visible()
    await browsing.get_by_role("searchbox", name="Search messages").fill("yogurt cups")
    await expect(browsing.get_by_role("article", name="Message")).to_contain_text("yogurt cups")
    await expect(browsing).to_have_url(re.compile("q=yogurt"))


async def test_evidence_is_marked_and_stands_out_beside_its_item(browsing: Page) -> None:
    await _find(browsing, "medlars")
    mark = browsing.locator("mark[data-kind=name]", has_text="medlars")
    await expect(mark).to_be_visible()
    await browsing.get_by_label("Name, medlars").focus()
    await expect(mark).to_have_attribute("data-active", "true")
    shown = browsing.get_by_role("article", name="Message")
    for kind in ("direction", "place", "name", "quantity", "unit"):
        await expect(shown.locator(f"mark[data-kind={kind}]").first).to_be_visible()


async def test_pounds_say_where_they_come_from(browsing: Page) -> None:
    await _find(browsing, "damsons")
    await browsing.get_by_label("Pounds, damsons").focus()
    await expect(browsing.get_by_role("tooltip")).to_contain_text(re.compile("From the tables|Stated|No rule"))


async def test_the_keys_are_shown_by_a_question_mark(browsing: Page) -> None:
    await browsing.keyboard.press("?")
    await expect(browsing.get_by_role("dialog", name="Keys")).to_be_visible()
    await browsing.keyboard.press("Escape")
    await expect(browsing.get_by_role("dialog")).to_have_count(0)


async def test_the_method_is_no_choice_without_a_model(browsing: Page) -> None:
    await expect(browsing.get_by_role("group", name="Extraction method")).to_have_count(0)


async def test_a_bad_file_is_refused_in_a_sentence_and_nothing_is_imported(
    browsing: Page, api: httpx.AsyncClient
) -> None:
    before = (await api.get("/api/stats")).json()["records"]
    await browsing.get_by_role("button", name="Import").click()
    bad = {
        "name": "broken.jsonl",
        "mimeType": "application/jsonl",
        "buffer": b'{"id": "1", "text": "2 cases kale"}\n{oops\n',
    }
    await browsing.get_by_label("File to import").set_input_files([bad])
    await expect(browsing.get_by_role("alert")).to_contain_text(re.compile(r"line 2|broken\.jsonl"))
    assert (await api.get("/api/stats")).json()["records"] == before


async def test_a_place_is_added_to_the_directory_and_offered_while_typing(
    page: Page, api: httpx.AsyncClient, address: str
) -> None:
    await page.goto(f"{address}/settings")
    await page.get_by_role("button", name="Add place").click()
    await page.get_by_label("Name of new place").fill("Quayside Grocer")
    await page.get_by_label("Aliases of Quayside Grocer").fill("the quay, QG")
    await page.get_by_role("checkbox", name="Rescue").first.check()
    await page.get_by_role("button", name="Save directory").click()
    await expect(page.get_by_text(re.compile(r"^Saved\. \d+ places\.$"))).to_be_visible()
    directory: dict[str, Any] = (await api.get("/api/directory")).json()
    assert directory["Quayside Grocer"] == {"aliases": ["the quay", "QG"], "kind": ["rescue"]}
    await page.goto(address)
    await is_ready(page)
    await expect(page.locator('datalist option[value="Quayside Grocer"]')).to_be_attached()


async def test_a_table_is_changed_after_a_look_at_what_it_changes(
    page: Page, api: httpx.AsyncClient, address: str
) -> None:
    before: dict[str, Any] = (await api.get("/api/tables")).json()
    await page.goto(f"{address}/settings")
    await page.get_by_text("Weights by unit, for any item").click()
    weights = page.get_by_label("Pounds of one unit")
    await weights.fill(f"{await weights.input_value()}, firkin 90")
    await expect(page.get_by_role("button", name="Save tables")).to_have_count(0)
    await page.get_by_role("button", name="See what changes").click()
    await expect(page.get_by_role("status").filter(has_text=re.compile("change"))).to_be_visible()
    await page.get_by_role("button", name="Save tables").click()
    await expect(page.get_by_text("Saved. Totals follow the new tables")).to_be_visible()
    after = (await api.get("/api/tables")).json()
    (await api.put("/api/tables", json=before)).raise_for_status()
    assert after["units"] == before["units"] | {"firkin": 90}


async def test_a_correction_teaches_the_directory_a_spelling(browsing: Page, api: httpx.AsyncClient) -> None:
    await _find(browsing, "sloes")
    await browsing.get_by_label("Rescue location").fill("Dunmore Dairy")
    await browsing.get_by_role("button", name="Mark audited").click()
    await expect(browsing.get_by_text("Is “QZX” always Dunmore Dairy?")).to_be_visible()
    await browsing.get_by_role("button", name="Add the spelling").click()
    await expect(browsing.get_by_text("“QZX” now names Dunmore Dairy")).to_be_visible()
    assert "QZX" in (await api.get("/api/directory")).json()["Dunmore Dairy"]["aliases"]


async def test_stats_count_what_was_audited(browsing: Page, address: str) -> None:
    await _find(browsing, "loquats")
    await browsing.keyboard.press("Control+Enter")  # the cursor stands in the search, which keeps a plain Enter
    await is_saved(browsing)
    await browsing.goto(f"{address}/stats")
    await expect(browsing.get_by_role("region", name="Total audited")).to_contain_text(re.compile(r"[1-9]"))
    await expect(browsing.get_by_role("table", name="Pounds by location")).to_be_visible()
    await expect(browsing.get_by_role("table", name="Pounds by subcategory")).to_be_visible()
    await expect(browsing.get_by_role("region", name="Training readiness")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", list(SCREENS))
async def test_no_screen_has_an_accessibility_violation(
    page: Page, api: httpx.AsyncClient, address: str, path: str, theme: str
) -> None:
    await page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    await page.goto(address + path)
    await expect(page.get_by_text(SCREENS[path]).first).to_be_visible()
    assert await violations(page) == []


@pytest.mark.parametrize("path", list(SCREENS))
async def test_every_screen_fits_a_phone(page: Page, api: httpx.AsyncClient, address: str, path: str) -> None:
    await page.set_viewport_size({"width": 375, "height": 780})
    await page.goto(address + path)
    await expect(page.get_by_text(SCREENS[path]).first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 375


async def test_the_first_load_is_small(page: Page, api: httpx.AsyncClient, address: str) -> None:
    await page.goto(address)
    await is_ready(page)
    entries = await page.evaluate("JSON.stringify(performance.getEntriesByType('resource'))")
    scripts = [entry for entry in json.loads(entries) if ".js" in entry["name"]]
    assert scripts
    assert sum(entry["encodedBodySize"] for entry in scripts) < 300_000


async def _find(page: Page, words: str) -> None:
    """Walk to an unaudited message that holds the words."""
    await page.get_by_role("searchbox", name="Search messages").fill(words)
    await expect(page.get_by_role("article", name="Message")).to_contain_text(words)
    await expect(page.get_by_label(f"Name, {words}")).to_be_visible()


async def _audited(api: httpx.AsyncClient) -> int:
    """By the ledger, which counts at every request; the header's status may be a moment old."""
    return int((await api.get("/api/stats")).json()["audited"])
