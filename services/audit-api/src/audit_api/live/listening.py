"""One connection that listens for changes, and the pages that want to hear of them.

Invariant: a page that reads too slowly loses single changes and hears `everything` instead, so that nothing is ever
held in memory without bound, and a page is behind only until its next event.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager

import asyncpg
import structlog
from sqlalchemy import URL

from audit_api.live.changes import CHANNEL
from servicekit.health import Health

log = structlog.get_logger(__name__)

WAITING = 64
"""Changes kept for one page."""
RETRY_S = 1.0
QUIET_S = 15.0
"""After so long without news a comment line keeps the connection open."""
EVERYTHING = json.dumps({"kind": "everything", "ids": []})


class Changes:
    """Hands every change to every page that is open."""

    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[str]] = set()
        self._stopped = asyncio.Event()

    def tell(self, change: str) -> None:
        for page in self._pages:
            if page.full():
                _empty(page)
                change = EVERYTHING
            page.put_nowait(change)

    async def follow(self) -> AsyncGenerator[str]:
        """A page's stream of server-sent events, until the service stops. The first says: ask for everything."""
        with self._page() as page:
            yield _event(EVERYTHING)
            while not self._stopped.is_set():
                try:
                    yield _event(await asyncio.wait_for(page.get(), QUIET_S))
                except TimeoutError:
                    yield ": quiet\n\n"

    def stop(self) -> None:
        """End every stream, so that the server can end."""
        self._stopped.set()
        self.tell(EVERYTHING)

    @contextmanager
    def _page(self) -> Iterator[asyncio.Queue[str]]:
        page: asyncio.Queue[str] = asyncio.Queue(WAITING)
        self._pages.add(page)
        try:
            yield page
        finally:
            self._pages.discard(page)


async def listen(url: URL, changes: Changes, *, health: Health, stop: asyncio.Event) -> None:
    """Hear changes until `stop`. A database that is gone is waited for; then every page asks for everything."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while not stop.is_set():
        try:
            await _hear(address, changes, health, stop)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            health.set_ready("live", False, problem=f"the database does not answer ({type(error).__name__})")
            log.warning("live updates wait", reason=repr(error))
            await asyncio.wait({asyncio.create_task(stop.wait())}, timeout=RETRY_S)
    changes.stop()


async def _hear(address: str, changes: Changes, health: Health, stop: asyncio.Event) -> None:
    connection = await asyncpg.connect(address)
    gone = asyncio.Event()
    try:
        connection.add_termination_listener(lambda _: gone.set())
        await connection.add_listener(CHANNEL, lambda *heard: changes.tell(heard[-1]))
        health.set_ready("live", True)
        changes.tell(EVERYTHING)
        ends = {asyncio.create_task(stop.wait()), asyncio.create_task(gone.wait())}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
    finally:
        if not gone.is_set():
            await connection.close(timeout=1)


def _event(change: str) -> str:
    return f"data: {change}\n\n"


def _empty(page: "asyncio.Queue[str]") -> None:
    while not page.empty():
        page.get_nowait()
