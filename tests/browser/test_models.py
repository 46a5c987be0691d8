"""The Models page over a whole Larder with two versions that were really trained, on machines of the faithful fake."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from fake_lambda import served_lambda, settings_for
from running_larder import running_larder
from tests_support import eventually

ROOT = Path(__file__).resolve().parents[2]
AUDITS = (40, 80)
"""Before the first version, and before the second."""
PATIENCE_S = 300.0


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    """A Larder that serves v2 and holds v1; one epoch is enough to tell them apart from the base."""
    async with served_lambda() as (account, url):
        with running_larder(**settings_for(account, url), LARDER_TRAINING_OPTIONS="--epochs 1") as larder:
            async with httpx.AsyncClient(base_url=larder.address, timeout=60) as api:
                for version, audits in zip(("v1", "v2"), AUDITS, strict=True):
                    await trained(api, version, audits)
                    (await api.post(f"/api/models/{version}/activate")).raise_for_status()
            yield larder.address


async def trained(api: httpx.AsyncClient, version: str, audits: int) -> None:
    labels = b"".join((ROOT / "sample/labels.jsonl").read_bytes().splitlines(keepends=True)[:audits])
    upload = {"file": ("labels.jsonl", labels)}
    (await api.post("/api/imports", params={"kind": "audited"}, files=upload)).raise_for_status()

    async def has_audits() -> bool:
        return bool((await api.get("/api/stats")).json()["audited"] == audits)

    async def is_judged() -> bool:
        answer = await api.get(f"/api/models/{version}")
        return answer.status_code == 200 and answer.json()["scores"] is not None and not answer.json()["evaluating"]

    await eventually(has_audits, PATIENCE_S)
    asked = {"version": version, "target": "lambda", "key": version}
    run = (await api.post("/runs", json=asked)).raise_for_status().json()["id"]

    async def has_ended() -> bool:
        """Its machine is gone too: until then the target is busy."""
        return bool((await api.get(f"/runs/{run}")).json()["finished_at"])

    await eventually(is_judged, PATIENCE_S)
    await eventually(has_ended, PATIENCE_S)


@pytest.mark.timeout(900)
async def test_versions_are_compared_chosen_taken_back_and_deleted(address: str, page: Page, screenshot) -> None:
    await page.goto(f"{address}/models")
    first, second = (page.get_by_role("region", name=f"Model {version}", exact=True) for version in ("v1", "v2"))
    await expect(_badge(second)).to_be_visible(timeout=30_000)
    await expect(_badge(first)).to_have_count(0)
    await _stand_side_by_side(second)
    await expect(second).to_contain_text(re.compile("Auto-accept at 99% precision|No message is sure enough yet"))
    await screenshot(page, "models-versions")
    await _tell_what_changed(second)
    await _show_confidence(second)
    await expect(page.get_by_role("table", name="Items exact (F1) by audits trained on")).to_have_count(1)
    await _fits_a_phone(page, screenshot)

    await first.get_by_role("button", name="Activate").click()
    await expect(_badge(first)).to_be_visible(timeout=30_000)
    await expect(_badge(second)).to_have_count(0)
    await page.get_by_role("button", name="Roll back").click()
    await expect(_badge(second)).to_be_visible(timeout=30_000)
    history = page.get_by_role("region", name="What was serving when").get_by_role("listitem")
    await expect(history.first).to_contain_text("v2")
    await expect(history.nth(1)).to_contain_text("v1")

    await first.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(first).to_be_visible()
    await first.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete the version").click()
    await expect(first).to_have_count(0)


def _badge(model: Locator) -> Locator:
    return model.get_by_text("Active", exact=True)


async def _stand_side_by_side(model: Locator) -> None:
    """Rules, bare base, version and their combination, each figure with its interval."""
    scores = model.get_by_role("region", name="Scores of v2")
    for reader in ("Regex", "Base model", "v2", "Combined"):
        await expect(scores.get_by_role("columnheader", name=reader, exact=True)).to_be_visible()
    exact = scores.get_by_role("row", name=re.compile("^Items exact"))
    await expect(exact).to_contain_text(re.compile(r"\d+\.\d%.*\d+–\d+"))


async def _tell_what_changed(model: Locator) -> None:
    """Message by message, against the other version and against the rules."""
    await model.get_by_role("button", name="Show: what it reads differently").click()
    for other in ("v1", "regex"):
        await model.get_by_label("Against").select_option(other)
        await expect(model).to_contain_text(
            re.compile(r"\d+ messages? compared: \d+ values became right, \d+ became wrong")
        )
    await expect(model.get_by_label("became").first).to_be_visible()
    await expect(model.get_by_text(re.compile("[✓✗]")).first).to_be_visible()


async def _show_confidence(model: Locator) -> None:
    await model.get_by_role("button", name="Show: how far its confidence can be trusted").click()
    await model.get_by_label("Of", exact=True).select_option("Whole message")
    await expect(model.get_by_text("Said and right").first).to_be_visible()


async def _fits_a_phone(page: Page, screenshot) -> None:
    await page.set_viewport_size({"width": 375, "height": 780})
    assert await page.evaluate("document.documentElement.scrollWidth") == 375
    await screenshot(page, "models-versions-phone")
    await page.set_viewport_size({"width": 1280, "height": 860})
