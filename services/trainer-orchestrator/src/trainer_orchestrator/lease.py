"""Holding a run: its lease is renewed while a step acts, and the step is stopped when it must not go on.

Invariant: no step acts past the end of the lease, so two orchestrators never act on one run. A step that is stopped
here may have had its effect or not, as in a crash; every step is safe to repeat.
"""

import asyncio
import time
from collections.abc import Coroutine
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog

from servicekit.waiting import pause
from trainer_orchestrator.errors import LeaseLost
from trainer_orchestrator.store import DATABASE_ERRORS, Store

T = TypeVar("T")

log = structlog.get_logger(__name__)

RENEWALS_A_LEASE = 6
SLOWEST_RENEWAL_S = 1.0
"""Also how long a person waits at most until a cancellation is seen."""
ASK_AGAIN_S = 2.0
"""A step that is stopped has so long to tidy up."""


class CancelRequested(Exception):
    """A person asked for the run's cancellation while a step acted."""


class Hold:
    """`async with Hold(...) as hold: await hold.during(step)`."""

    def __init__(self, store: Store, run_id: str, lease: timedelta) -> None:
        self._store = store
        self._run_id = run_id
        self._lease_s = lease.total_seconds()
        self._cancel = asyncio.Event()
        self._lost = asyncio.Event()
        self._over = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._renewing = asyncio.create_task(self._renew())
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        await self._renewing

    async def during(self, step: Coroutine[Any, Any, T], *, cancellable: bool) -> T:
        """The step's result. Raises LeaseLost, or CancelRequested when the step is `cancellable`, and stops it then."""
        signals = [self._lost, self._cancel] if cancellable else [self._lost]
        waiting = [asyncio.create_task(signal.wait()) for signal in signals]
        acting = asyncio.create_task(step)
        try:
            await asyncio.wait([acting, *waiting], return_when=asyncio.FIRST_COMPLETED)
            if acting.done():
                return acting.result()
        finally:
            await _stopped([acting, *waiting])
        if self._lost.is_set():
            raise LeaseLost(self._run_id)
        raise CancelRequested

    async def _renew(self) -> None:
        every = min(self._lease_s / RENEWALS_A_LEASE, SLOWEST_RENEWAL_S)
        renewed = time.monotonic()
        while not self._over.is_set():
            asked = time.monotonic()
            try:
                if await self._store.renew(self._run_id):
                    self._cancel.set()
                renewed = asked
            except DATABASE_ERRORS as error:
                log.warning("lease not renewed", run_id=self._run_id, reason=repr(error))
            except LeaseLost:
                self._lost.set()
            if time.monotonic() - renewed > self._lease_s - 2 * every:
                self._lost.set()
            await pause(every, self._over)


async def _stopped(tasks: list[asyncio.Task[Any]]) -> None:
    """Asked again until each has ended: `asyncio.wait_for` of Python 3.11, which asyncssh connects with, swallows a
    cancellation that comes together with a refused connection, and the step would go on as if nothing was.
    """
    alive = set(tasks)
    while alive:
        for task in alive:
            task.cancel()
        _, alive = await asyncio.wait(alive, timeout=ASK_AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)
