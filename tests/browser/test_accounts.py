"""People with accounts, in a real browser: the first sign-in, an invitation, a token for the command line, and out."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from at_the_page import violations
from playwright.async_api import Browser, Page, expect

from running_larder import RunningLarder, running_larder

PASSWORD = "four plain garden words"
HERS = "another four plain words"


@pytest.fixture(scope="module")
def larder() -> Iterator[RunningLarder]:
    """A Larder of this module's own, with accounts."""
    with running_larder(LARDER_ACCOUNTS="1") as running:
        yield running


@pytest.mark.timeout(600)
async def test_from_the_one_time_password_to_a_viewer_who_may_only_look(
    larder: RunningLarder, browser: Browser, page: Page, screenshot
) -> None:
    await page.goto(larder.address)
    await expect(page.get_by_label("Name")).to_be_visible()
    await screenshot(page, "accounts-1-sign-in")
    assert await violations(page) == []
    await _choose_a_password(page, larder)
    await screenshot(page, "accounts-2-inside")
    link = await _invite_a_viewer(page, larder)
    await screenshot(page, "accounts-3-invited")
    token = await _make_a_token(page, larder)
    await screenshot(page, "accounts-4-account")
    assert await violations(page) == []
    status = _larder(larder, "status", token=token)
    assert status.returncode == 0, status.stderr
    unknown = _larder(larder, "status", token=token[:-1])
    assert unknown.returncode != 0
    assert "API token that is still valid" in unknown.stderr
    hers = await (await browser.new_context()).new_page()
    await _accept(hers, link)
    await screenshot(hers, "accounts-5-viewer")
    await hers.goto(f"{larder.address}/settings")
    await expect(hers.get_by_role("region", name="People")).to_have_count(0)
    await screenshot(hers, "accounts-6-viewer-settings")
    await hers.context.close()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page.get_by_role("heading", name="Sign in to Larder")).to_be_visible()
    assert (await page.request.get(f"{larder.address}/api/records")).status == 401


async def _choose_a_password(page: Page, larder: RunningLarder) -> None:
    """With the one that the first start printed, which works once."""
    found = re.search(r"admin with the password (\S+)", (larder.home / "up.log").read_text())
    assert found
    await page.get_by_label("Name").fill("admin")
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("Password").fill(found[1])
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("Current password").fill(found[1])
    await page.get_by_label("New password").fill(PASSWORD)
    await page.get_by_role("button", name="Change password").click()
    await expect(page.get_by_role("link", name="Slack browser")).to_be_visible()


async def _invite_a_viewer(page: Page, larder: RunningLarder) -> str:
    await page.goto(f"{larder.address}/settings")
    await page.get_by_label("For whom").fill("Rosa")
    await page.get_by_label("Role", exact=True).select_option("viewer")
    await page.get_by_role("button", name="Make a link").click()
    link = await page.get_by_text("/invitation#").inner_text()
    assert link.startswith("http")
    return link


async def _make_a_token(page: Page, larder: RunningLarder) -> str:
    await page.goto(f"{larder.address}/account")
    await page.get_by_label("What it is for").fill("a script")
    await page.get_by_role("button", name="Make a token").click()
    return await page.get_by_text(re.compile("^larder_token_")).inner_text()


async def _accept(page: Page, link: str) -> None:
    await page.goto(link)
    await page.get_by_label("Your name").fill("Rosa")
    await page.get_by_label("Name to sign in with").fill("rosa")
    await page.get_by_label("Password").fill(HERS)
    await page.get_by_role("button", name="Make my account").click()
    await expect(page.get_by_role("link", name="Rosa")).to_be_visible()


def _larder(larder: RunningLarder, *arguments: str, token: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"LARDER_HOME": str(larder.home), "LARDER_TOKEN": token}
    command = [str(Path(sys.executable).with_name("larder")), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
