"""Forgetting a person at the page: a look at what goes, a question, and then it is gone."""

import re

import httpx
from at_the_page import is_saved, message, open_messages
from playwright.async_api import Page, expect
from sample_import import import_export
from slack_exports import export, post, zipped

USERS = [
    {"id": "U0ODA", "name": "oda", "profile": {"display_name": "Oda Quillfeather"}},
    {"id": "U0ESK", "name": "esk", "profile": {"display_name": "Esk"}},
]
POSTS = [
    post(1.1e9, "4 cases cloudberries from my porch", "U0ODA"),
    post(1.1e9 + 7200, "2 bags cloudberries, thanks Oda Quillfeather", "U0ESK"),
]


async def test_a_person_is_forgotten_after_a_look_at_what_goes(
    page: Page, address: str, api: httpx.AsyncClient, screenshot
) -> None:
    await import_export(api, zipped(export(POSTS, extra={"users.json": USERS})))
    await open_messages(page, address, "4 cases cloudberries")
    await page.keyboard.press("Enter")
    await is_saved(page)

    await page.goto(f"{address}/settings")
    privacy = page.get_by_role("region", name="Privacy")
    await privacy.get_by_label("Whose messages to delete").fill("Oda Quillfeather")
    await privacy.get_by_role("button", name="Forget…").click()
    question = page.get_by_role("dialog", name="Forget Oda Quillfeather?")
    await expect(question).to_contain_text(
        re.compile(r"1 message, 1 record, \d readings?, 1 audit, 0 rows of datasets")
    )
    await screenshot(page, "privacy")
    assert await found(api, "4 cases cloudberries") == 1, "a look deletes nothing"

    await question.get_by_role("button", name="Delete for ever").click()
    await expect(privacy.get_by_text("Deleted: 1 message, 1 record")).to_be_visible(timeout=30_000)
    assert await found(api, "4 cases cloudberries") == 0
    await open_messages(page, address, "2 bags cloudberries")
    await expect(message(page)).to_contain_text("thanks █")
    await expect(page.get_by_text("Quillfeather")).to_have_count(0)


async def found(api: httpx.AsyncClient, words: str) -> int:
    return int((await api.get("/api/records", params={"q": words})).raise_for_status().json()["total"])
