"""A whole Larder and a real Chromium. Set LARDER_SCREENSHOTS=FOLDER to keep the pictures for the README."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from sample_import import import_sample

from running_larder import RunningLarder, running_larder

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def live_app() -> Iterator[RunningLarder]:
    """A whole Larder of this module's own, with nothing in it."""
    with running_larder() as running:
        yield running


@pytest.fixture(scope="module")
def live_app_url(request: pytest.FixtureRequest) -> str:
    """LARDER_ADDRESS, where something runs already (`deploy/try-compose`), else that of `live_app`."""
    return os.environ.get("LARDER_ADDRESS") or request.getfixturevalue("live_app").address


@pytest.fixture(scope="session")
def stocked() -> Iterator[RunningLarder]:
    """A whole Larder for all modules that need the sample and no model; each test keeps to messages of its own.

    Every audit awaits a second opinion.
    """
    with running_larder(LARDER_SECOND_OPINION_PERCENT="100") as running:
        yield running


@pytest.fixture
def address(stocked: RunningLarder) -> str:
    return stocked.address


@pytest.fixture
async def person(browser: Browser) -> AsyncIterator[Callable[[str], Awaitable[Page]]]:
    """Opens a browser of somebody's own."""
    contexts: list[BrowserContext] = []

    async def sits_down(name: str) -> Page:
        contexts.append(await browser.new_context(extra_http_headers={"X-Larder-User": name}))
        return await contexts[-1].new_page()

    yield sits_down
    for context in contexts:
        await context.close()


@pytest.fixture(scope="session")
async def api(stocked: RunningLarder) -> AsyncIterator[httpx.AsyncClient]:
    """The API of a Larder that has the sample."""
    async with httpx.AsyncClient(base_url=stocked.address, timeout=30) as client:
        await import_sample(client)
        yield client


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    assert path, "Chromium is missing: run `make browser`."
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page that fails the test when its scripts raise an error, or break its content-security-policy."""
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    if session := os.environ.get("LARDER_SESSION"):
        await context.add_cookies([{"name": "larder_session", "value": session, "url": os.environ["LARDER_ADDRESS"]}])
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    await context.close()
    assert not errors


@pytest.fixture(scope="session")
def screenshot() -> Callable[[Page, str], Awaitable[None]]:
    """Keep a picture of the page under a name, where pictures are wanted."""
    folder = os.environ.get("LARDER_SCREENSHOTS")

    async def take(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            await page.screenshot(path=str(Path(folder) / f"{name}.png"), animations="disabled")

    return take
