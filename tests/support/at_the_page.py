"""What tests do at the audit page again and again."""

import re
from pathlib import Path
from urllib.parse import urlencode

from playwright.async_api import Locator, Page, expect

AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"


async def open_messages(page: Page, address: str, words: str, **search: str) -> None:
    """The walk through the messages that hold the words, at its first one."""
    await page.goto(f"{address}/?{urlencode({'q': words, **search})}")
    await expect(message(page)).to_contain_text(words, timeout=30_000)
    await is_ready(page)


def message(page: Page) -> Locator:
    return page.get_by_role("article", name="Message")


async def is_ready(page: Page) -> None:
    """The message at hand has its reading."""
    heading = re.compile("Read by (Regex|PEFT)|Audited reading|Result")
    await expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=30_000)


async def is_saved(page: Page) -> None:
    await expect(page.get_by_role("status", name="Save state")).to_have_text("Saved", timeout=30_000)


async def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe-core finds wrong: each rule with the elements that break it."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run().then(({ violations }) => violations)")
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
