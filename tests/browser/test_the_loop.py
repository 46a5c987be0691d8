"""The promise of the product in a real browser: import, audit, train, and the new version's readings appear."""

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests_support import eventually

LABELS = Path(__file__).resolve().parents[2] / "sample" / "labels.jsonl"
AUDITED = 120
"""Of the labels; the other messages stay to be audited."""
TRAINING_MS = 540_000


@pytest.mark.timeout(700)
async def test_a_person_imports_audits_trains_and_sees_the_new_reading_without_a_reload(
    page: Page, live_app_url: str, screenshot: Callable[[Page, str], Awaitable[None]]
) -> None:
    await page.goto(live_app_url)
    await expect(page.get_by_role("heading", name="Bring in your messages")).to_be_visible()
    await page.get_by_role("button", name="Load the sample").click()
    await expect(page.get_by_text(re.compile(r"^Message 1 / \d+$"))).to_be_visible(timeout=60_000)
    await expect(page.get_by_text("Your first audit")).to_be_visible()
    await audit_three(page)
    await expect(page.get_by_text("Your first audit")).not_to_be_visible()
    await expect(page.get_by_role("heading", name=re.compile("Read by Regex"))).to_be_visible(timeout=30_000)
    await screenshot(page, "audit")
    await expect(page.get_by_role("group", name="Extraction method")).to_have_count(0)

    await page.goto(f"{live_app_url}/training")
    await page.get_by_role("button", name="Train", exact=True).click()
    await expect(page.get_by_text("Not enough audited records: 3 of 10.")).to_be_visible(timeout=30_000)
    cookies = {"larder_session": os.environ.get("LARDER_SESSION", "")}
    async with httpx.AsyncClient(base_url=live_app_url, timeout=60, cookies=cookies) as api:
        upload = {"file": ("labels.jsonl", b"".join(LABELS.read_bytes().splitlines(keepends=True)[:AUDITED]))}
        (await api.post("/api/imports", params={"kind": "audited"}, files=upload)).raise_for_status()

        await eventually(lambda: audited(api, AUDITED), seconds=60)

    await page.goto(f"{live_app_url}/stats")
    await expect(page.get_by_role("region", name="Total audited")).to_contain_text(re.compile(r"1\d\d"))
    only_read = re.compile(r"audited; \d+,\d{3} lb only read")
    await expect(page.get_by_role("region", name="Total pounds")).to_contain_text(only_read, timeout=60_000)
    await screenshot(page, "stats")
    await train(page, live_app_url)
    await screenshot(page, "runs")

    await page.goto(live_app_url)
    await page.get_by_role("group", name="Extraction method").get_by_text("PEFT model").click(timeout=TRAINING_MS)
    await expect(page.get_by_role("heading", name=re.compile("Read by PEFT"))).to_be_visible(timeout=120_000)
    await page.get_by_role("searchbox", name="Search messages").fill("Gantry tenants took")
    await expect(page.get_by_role("article", name="Message")).to_contain_text("Gantry tenants took")
    await page.get_by_role("group", name="Extraction method").get_by_text("Compare both").click()
    # Read before the 300 that wait, since somebody looks at it.
    await expect(page.get_by_role("region", name="Comparison")).to_be_visible(timeout=60_000)
    await screenshot(page, "compare")

    await page.goto(f"{live_app_url}/models")
    await expect(page.get_by_text("first", exact=True).first).to_be_visible()
    await screenshot(page, "models")


async def audited(api: httpx.AsyncClient, wanted: int) -> bool:
    return bool((await api.get("/api/status")).json()["audited"] >= wanted)


async def audit_three(page: Page) -> None:
    for number in (2, 3, 4):
        heading = page.get_by_role("heading", name=re.compile("Read by Regex"))
        await expect(heading).to_be_visible(timeout=30_000)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text(re.compile(rf"^Message {number} / \d+$"))).to_be_visible()
    await expect(page.get_by_role("status", name="Save state")).to_have_text("Saved", timeout=20_000)


async def train(page: Page, address: str) -> None:
    """Press Train and follow the run on the page until it is over."""
    await page.goto(f"{address}/training")
    await page.get_by_label("Version name").fill("first")
    await page.get_by_role("button", name="Train", exact=True).click()
    await expect(page.get_by_role("img", name="Training loss").or_(page.get_by_label("Training loss"))).to_be_visible(
        timeout=TRAINING_MS
    )
    await expect(page.get_by_text("Done", exact=True).first).to_be_visible(timeout=TRAINING_MS)
