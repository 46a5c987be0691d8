"""Loads generations beside each other and keeps the few that may be needed again.

Invariant: a generation is handed out only after its adapter was verified and it read the golden messages well. What
the caller holds stays valid for as long as it holds it; the cache only decides what need not be loaded twice.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Protocol

import structlog

from inference_worker.adapters import AdapterRefused
from inference_worker.engines.base import Engine, Weights
from inference_worker.metrics import REFUSED
from inference_worker.model_thread import ModelThread

log = structlog.get_logger(__name__)
DONE = object()
KEPT = 4
"""The active generation, the one before it for a rollback, and two candidates under evaluation."""


class Fetch(Protocol):
    def __call__(self, sha256: str, /) -> Awaitable[Path]: ...


class Generations:
    """The generations of one base model."""

    def __init__(
        self,
        engine: Engine,
        fetch: Fetch,
        canary: Callable[[Engine, Weights], Iterator[None]],
        thread: ModelThread,
        kept: int = KEPT,
    ) -> None:
        self._engine = engine
        self._fetch = fetch
        self._canary = canary
        self._thread = thread
        self._kept = kept
        self._loaded: OrderedDict[str, Weights] = OrderedDict()
        self._refused: dict[str, AdapterRefused] = {}
        self._one_at_a_time = asyncio.Lock()

    async def load(self, sha256: str | None) -> Weights:
        """The weights of an adapter, or of the bare base model for None.

        Raises AdapterRefused, at once when it was refused before; OSError or nats.errors.Error when it may pass.
        """
        if sha256 is None:
            return self._engine.base
        async with self._one_at_a_time:
            if sha256 in self._refused:
                raise self._refused[sha256]
            if sha256 not in self._loaded:
                self._loaded[sha256] = await self._load_beside(sha256)
            self._loaded.move_to_end(sha256)
            while len(self._loaded) > self._kept:
                self._loaded.popitem(last=False)
            return self._loaded[sha256]

    async def _load_beside(self, sha256: str) -> Weights:
        """Reading goes on meanwhile: only the golden messages take their turns in the model's thread, one by one."""
        try:
            folder = await self._fetch(sha256)
            weights = await asyncio.to_thread(self._engine.load, folder, sha256)
            steps = self._canary(self._engine, weights)
            while await self._thread.run(next, steps, DONE) is not DONE:
                pass
        except AdapterRefused as refused:
            REFUSED.labels(refused.code).inc()
            if refused.code != "MISSING":
                self._refused[sha256] = refused
            raise
        log.info("generation loaded", sha256=sha256)
        return weights
