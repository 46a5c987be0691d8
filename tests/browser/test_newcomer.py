"""Somebody who has read nothing, before an empty Larder: each press is one that the screen itself asks for."""

import re
import time

import pytest
from at_the_page import is_ready, is_saved, message
from playwright.async_api import Page, expect


@pytest.mark.timeout(300)
async def test_a_newcomer_gets_from_the_empty_page_to_the_first_audit_and_sees_what_comes_next(
    page: Page, live_app_url: str, screenshot
) -> None:
    began, presses = time.monotonic(), 2
    await page.goto(live_app_url)
    await expect(page.get_by_role("listitem").first).to_contain_text("Import your group's Slack export, or the sample.")
    await screenshot(page, "empty")
    await page.get_by_role("button", name="Load the sample").click()

    await expect(page.get_by_text(re.compile(r"^Message 1 / \d+$"))).to_be_visible(timeout=60_000)
    await is_ready(page)
    await expect(page.get_by_text("Your first audit")).to_be_visible()
    await expect(message(page)).to_contain_text("Morning all! Week board is up.")  # and nothing about food
    lines = page.get_by_role("button", name=re.compile("^Delete (?!section)"))
    while left := await lines.count():
        await lines.first.click()
        await expect(lines).to_have_count(left - 1)
        presses += 1
    await expect(page.get_by_text("If the message moves no food, mark it audited as it is.")).to_be_visible()
    await page.get_by_role("button", name="Mark audited").click()

    await expect(page.get_by_text(re.compile(r"^Message 2 / \d+$"))).to_be_visible()
    await expect(page.get_by_text("Your first audit")).not_to_be_visible()
    await is_saved(page)
    seconds = time.monotonic() - began
    print(f"\nfrom the empty page to the first audit: {presses} presses, {seconds:.1f} s")

    await page.get_by_role("link", name="Audited stats").click()
    await expect(page.get_by_role("region", name="Total audited")).to_contain_text("1of 338 messages")
    readiness = page.get_by_role("region", name="Training readiness")
    await expect(readiness).to_contain_text("1 of 10 audited")
    await expect(readiness).to_contain_text("Audit 9 more messages first.")
    await expect(page.get_by_role("region", name="Everything, estimated")).to_contain_text("30 are needed")
