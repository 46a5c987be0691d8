"""Finds runs that nobody works and works them: those just accepted, and those whose orchestrator died.

Invariant: a run is worked by one task of one process, the holder of its lease. An orderly stop gives leases back.
"""

import asyncio

import structlog
from prometheus_client import Counter

from servicekit.health import Health
from servicekit.waiting import pause
from trainer_orchestrator.errors import LeaseLost
from trainer_orchestrator.pipeline import Pipeline
from trainer_orchestrator.store import DATABASE_ERRORS, Store

log = structlog.get_logger(__name__)

PAUSE_S = 1.0
RUNS_ENDED = Counter("larder_runs_ended", "Training runs that came to their end", ["state", "reason"])


class Dispatcher:
    """Works every run that can be claimed. `wake` is set when a run was accepted here."""

    def __init__(self, store: Store, pipeline: Pipeline, health: Health) -> None:
        self._store = store
        self._pipeline = pipeline
        self._health = health
        self._working: dict[str, asyncio.Task[None]] = {}
        self.wake = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then every run is let go of, for the next process to go on with."""
        while not stop.is_set():
            await self._claim()
            await pause(PAUSE_S, stop, self.wake)
            self.wake.clear()
        for run_id, task in list(self._working.items()):
            await self._let_go(run_id, task)

    async def _claim(self) -> None:
        try:
            claimed = await self._store.claim()
        except DATABASE_ERRORS as error:
            self._health.set_ready("database", False, problem=type(error).__name__)
            log.warning("no runs claimed", reason=repr(error))
            return
        self._health.set_ready("database", True)
        for run_id in claimed:
            if run_id not in self._working:
                self._working[run_id] = asyncio.create_task(self._work(run_id))

    async def _work(self, run_id: str) -> None:
        """A failure here is no failure of the run: it is claimed again, by this process or another."""
        try:
            await self._pipeline.work(run_id)
            await self._count(run_id)
        except LeaseLost:
            log.warning("lease lost", run_id=run_id)
        except DATABASE_ERRORS as error:
            log.warning("run not advanced", run_id=run_id, reason=repr(error))
        except Exception:
            log.exception("run not advanced", run_id=run_id)
        finally:
            self._working.pop(run_id, None)

    async def _count(self, run_id: str) -> None:
        run = await self._store.load(run_id)
        if run is not None and run.ending is not None:
            RUNS_ENDED.labels(run.state, run.ending.reason or "").inc()

    async def _let_go(self, run_id: str, task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        try:
            await self._pipeline.let_go(run_id)
        except DATABASE_ERRORS as error:
            log.warning("run not let go", run_id=run_id, reason=repr(error))
