"""The Runs page over a whole Larder that rents from the faithful fake of Lambda: real SSH, the real recipe."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Locator, Page, Response, expect

from fake_lambda import Account, served_lambda, settings_for
from running_larder import running_larder
from tests_support import eventually

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
AUDITS = 40
LONG = "--epochs 25 --patience 25"
"""So long that there is something left to cancel."""
PATIENCE_MS = 240_000


@dataclass(frozen=True)
class Renting:
    """A Larder with audits, and the account that it rents from."""

    address: str
    account: Account


@pytest.fixture(scope="module")
async def renting() -> AsyncIterator[Renting]:
    async with served_lambda() as (account, address):
        account.behaviour.boot = 6.0
        account.behaviour.ssh_after = 5.0
        with running_larder(**settings_for(account, address), LARDER_TRAINING_OPTIONS=LONG) as larder:
            async with httpx.AsyncClient(base_url=larder.address, timeout=60) as client:
                labels = b"".join((ROOT / "sample/labels.jsonl").read_bytes().splitlines(keepends=True)[:AUDITS])
                upload = {"file": ("labels.jsonl", labels)}
                (await client.post("/api/imports", params={"kind": "audited"}, files=upload)).raise_for_status()
                await eventually(lambda: _has_audits(client), 60)
            yield Renting(larder.address, account)


async def _has_audits(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/api/stats")).json()["audited"] == AUDITS)


@pytest.mark.timeout(600)
async def test_a_rented_run_shows_its_price_first_then_lives_and_is_cancelled(
    renting: Renting, page: Page, screenshot
) -> None:
    await page.goto(f"{renting.address}/training")
    await page.get_by_label("Train on").first.select_option("A rented machine")
    plan = page.get_by_label("Plan")
    await expect(plan).to_contain_text("1x A10")
    await expect(plan).to_contain_text("$1.29 an hour")
    await expect(plan).to_contain_text(re.compile(r"about .*\$0\.\d\d"))
    await _pictures(page, screenshot, "runs-plan")
    assert renting.account.rented == {}, "looking at the price rents nothing"

    await page.get_by_label("Version name").fill("rented")
    await page.get_by_role("button", name="Train", exact=True).click()
    run = page.get_by_role("region", name="Run rented")
    await expect(_now(run)).to_contain_text("Get a machine")
    await expect(_now(run)).to_contain_text("Train", timeout=PATIENCE_MS)
    await expect(run.get_by_role("progressbar", name="Training progress")).to_be_visible(timeout=PATIENCE_MS)
    await expect(run.get_by_role("img", name="Training loss")).to_be_visible(timeout=PATIENCE_MS)
    await expect(run).to_contain_text(re.compile(r"Step ([3-9]\d|\d{3}) of \d+ · loss"), timeout=PATIENCE_MS)
    await expect(run.get_by_label("Log", exact=True)).to_contain_text('"loss"')
    await expect(run).to_contain_text(re.compile(r"under \$0\.01|\$0\.\d\d"))
    await _pictures(page, screenshot, "runs-live")
    await _assert_accessible(page)

    await run.get_by_role("button", name="Cancel run").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    await expect(run.get_by_text("Cancelled", exact=True)).to_be_visible(timeout=60_000)
    await expect(run.get_by_role("button", name="Cancel run")).to_have_count(0)
    assert renting.account.alive() == []
    await run.get_by_text("Time and cost by stage").click()
    await expect(run).to_contain_text("gpu_1x_a10 in us-east-1 at $1.29 an hour")
    await _pictures(page, screenshot, "runs-cancelled")


async def test_why_nothing_can_be_rented_is_said_before_anything_is_started(
    renting: Renting, page: Page, screenshot
) -> None:
    renting.account.behaviour.refuses_key = True
    await page.goto(f"{renting.address}/training")
    await page.get_by_label("Train on").first.select_option("A rented machine")
    await expect(page.get_by_text(re.compile("Lambda refuses the key: make a new one at"))).to_be_visible()
    await screenshot(page, "runs-refused")
    renting.account.behaviour.refuses_key = False


async def test_the_autopilot_is_switched_on_keeps_what_it_was_told_and_says_what_it_waits_for(
    renting: Renting, page: Page, screenshot
) -> None:
    await page.goto(f"{renting.address}/training")
    autopilot = page.get_by_role("region", name="Autopilot")
    async with page.expect_response(_saved_60, timeout=60_000):
        await autopilot.get_by_label("Train by itself").check()
        await autopilot.get_by_label("After new audits").fill("60")
        await autopilot.get_by_label("After new audits").press("Tab")
    await page.reload()
    await expect(autopilot.get_by_label("Train by itself")).to_be_checked()
    await expect(autopilot.get_by_label("After new audits")).to_have_value("60")
    await expect(autopilot).to_contain_text(
        "It waits for 20 more new audits.", timeout=90_000
    )  # asked for every minute
    await _pictures(page, screenshot, "runs-autopilot")
    await autopilot.get_by_label("Train by itself").uncheck()
    await expect(autopilot).to_contain_text("Off.")


def _saved_60(response: Response) -> bool:
    return response.request.method == "PUT" and '"after_audits":60' in (response.request.post_data or "")


def _now(run: Locator) -> Locator:
    return run.locator("[aria-current=step]")


async def _pictures(page: Page, screenshot, name: str) -> None:
    """As on a desk and as on a phone, where nothing may stick out."""
    await screenshot(page, name)
    await page.set_viewport_size({"width": 375, "height": 780})
    assert await page.evaluate("document.documentElement.scrollWidth") == 375
    await screenshot(page, f"{name}-phone")
    await page.set_viewport_size({"width": 1280, "height": 860})


async def _assert_accessible(page: Page) -> None:
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run().then(({ violations }) => violations)")
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
