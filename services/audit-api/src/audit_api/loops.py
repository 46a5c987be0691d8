"""Work that is found in the database rather than in a message: tried at every wake and every pause, until stopped.

State decides what there is to do, so a wake that is lost costs a pause and nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from audit_api.database import is_gone
from servicekit.health import Health
from servicekit.waiting import pause

log = structlog.get_logger(__name__)
PAUSE = timedelta(seconds=1)


async def repeat(
    name: str,
    work: Callable[[], Awaitable[bool]],
    *,
    health: Health,
    stop: asyncio.Event,
    wake: asyncio.Event | None = None,
    every: timedelta = PAUSE,
) -> None:
    """Call `work` until `stop`; it says whether there is more to do at once. A database that is gone is waited for."""
    wake = wake or asyncio.Event()
    while not stop.is_set():
        try:
            more = await work()
            health.set_ready(name, True)
        except Exception as error:
            if not is_gone(error):
                raise
            more = False
            health.set_ready(name, False, problem=f"the database does not answer ({type(error).__name__})")
            log.warning("work waits", work=name, reason=repr(error))
        if not more:
            await pause(every.total_seconds(), stop, wake)
            wake.clear()
