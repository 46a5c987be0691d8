"""Settings over a Larder that Slack is connected to: which channels are read is chosen there, and kept."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from at_the_page import message, open_messages, violations
from fake_slack import SECRET, TOKEN, FakeSlack, event, fake_slack, signed
from playwright.async_api import Locator, Page, expect
from slack_exports import post

from running_larder import RunningLarder, running_larder
from tests_support import eventually

READ_MS = 60_000


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """C1 has told something before Larder came, C2 nothing yet."""
    async with fake_slack() as found:
        found.messages = {"C1": [post(1.7e9, "4 cases quinces"), post(1.7e9 + 7200, "2 bags medlars")], "C2": []}
        yield found


@pytest.fixture
async def larder(slack: FakeSlack) -> AsyncIterator[RunningLarder]:
    """Started and stopped beside the loop, in which the fake answers it."""
    running = running_larder(
        SLACK_BOT_TOKEN=TOKEN, SLACK_SIGNING_SECRET=SECRET, LARDER_SLACK_API_URL=f"{slack.url}/api/"
    )
    yield await asyncio.to_thread(running.__enter__)
    await asyncio.to_thread(running.__exit__, None, None, None)


@pytest.mark.timeout(600)
async def test_the_channels_that_are_read_are_chosen_survive_a_reload_and_only_their_messages_arrive(
    larder: RunningLarder, page: Page, screenshot
) -> None:
    async with httpx.AsyncClient(base_url=larder.address, timeout=30) as api:
        await eventually(lambda: _choose(api, "C2", reading=True), 60)
        await page.goto(f"{larder.address}/settings")
        channels = page.get_by_role("region", name="Slack")
        await expect(channels).to_contain_text("Connected by the Events API.")
        await _shows(channels, "C1", "Not read", read=False)
        await _shows(channels, "C2", "history read, 0 messages · no event yet", read=True)

        await channels.get_by_label("Read #name-C1").check()
        await channels.get_by_label("Read #name-C2").uncheck()
        await _shows(channels, "C1", "history read, 2 messages · no event yet", read=True)
        await eventually(lambda: _is_off(api, "C2"), 60)
        await page.reload()
        await _shows(channels, "C1", "history read, 2 messages · no event yet", read=True)
        await _shows(channels, "C2", "Not read", read=False)
        await screenshot(page, "slack-channels")
        assert await violations(page) == []

        await _happens(api, "C2", "9 crates sloes")
        await _happens(api, "C1", "3 boxes damsons")
        await expect(channels).to_contain_text("last event", timeout=READ_MS)
        await open_messages(page, larder.address, "4 cases quinces")
        await open_messages(page, larder.address, "3 boxes damsons")
        await expect(message(page)).to_contain_text("name-C1")
        records = (await api.get("/api/records")).raise_for_status().json()["items"]
        assert sorted(record["text"] for record in records) == ["2 bags medlars", "3 boxes damsons", "4 cases quinces"]


async def _choose(api: httpx.AsyncClient, channel: str, **choice: bool) -> bool:
    """Whether Larder knows the channel, and has chosen."""
    return (await api.patch(f"/api/slack/channels/{channel}", json=choice)).is_success


async def _is_off(api: httpx.AsyncClient, channel: str) -> bool:
    state = (await api.get("/api/slack")).raise_for_status().json()
    return any(known["id"] == channel and not known["reading"] for known in state["channels"])


async def _shows(channels: Locator, channel: str, told: str, *, read: bool) -> None:
    line = channels.get_by_role("listitem").filter(has_text=f"#name-{channel}")
    await expect(line).to_contain_text(told, timeout=READ_MS)
    await expect(line.get_by_label(f"Read #name-{channel}")).to_be_checked(checked=read)


async def _happens(api: httpx.AsyncClient, channel: str, text: str) -> None:
    """Somebody writes in the channel, and Slack tells it."""
    said = event(f"E-{channel}", channel=channel, user="U1", ts=f"{1.7e9 + 90_000:.6f}", text=text)
    body = json.dumps(said).encode()
    (await api.post("/api/slack/events", content=body, headers=signed(body))).raise_for_status()
