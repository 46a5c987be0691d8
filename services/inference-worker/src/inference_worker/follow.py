"""Follows the pointer to the active model, and swaps generations without dropping or mixing a request.

Invariant: activations are followed in growing order only. A new generation becomes the serving one by a single
assignment, after it was loaded beside the old one and read the golden messages; a reader takes `serving` once and keeps
it to its end. When a new one cannot be served, the old one goes on and the refusal is told in the readiness notes.

The pointer is read twice a second instead of watched: a watch may fall silent after a server restart without an error.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

import structlog
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError
from pydantic import ValidationError

from contracts import ActiveModel, Generation
from contracts.subjects import ACTIVE_KEY, MODELS_BUCKET
from inference_worker.adapters import AdapterRefused
from inference_worker.engines.base import Weights
from inference_worker.generations import Generations
from inference_worker.metrics import ACTIVATION, RELOAD_SECONDS
from servicekit.health import Health
from servicekit.objects import STORE_ERRORS
from servicekit.waiting import pause

log = structlog.get_logger(__name__)
POLL = timedelta(seconds=0.5)
TRANSIENT = (*STORE_ERRORS, TimeoutError)
PART = "active model"


@dataclass(frozen=True)
class Serving:
    """What a request reads with, and what its result says it was."""

    generation: Generation
    weights: Weights


class Follower:
    """Knows what to serve now."""

    def __init__(self, connection: Client, generations: Generations, health: Health, poll: timedelta = POLL) -> None:
        self._connection = connection
        self._generations = generations
        self._health = health
        self._poll = poll
        self._moved = asyncio.Condition()
        self.serving: Serving | None = None
        self.settled = 0
        """The newest activation that was dealt with: is served, was refused, or says that no model is active."""
        self.refusal: tuple[str, str] | None = None
        """The version that the newest activation names and why it was refused, when it was."""

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the pointer until `stop` is set."""
        while not stop.is_set():
            try:
                await self.look()
                self._health.set_ready(PART, True)
            except TRANSIENT as error:
                log.warning("the active model cannot be followed now", reason=str(error) or type(error).__name__)
                self._health.set_ready(PART, False, problem=f"cannot be fetched now ({error or type(error).__name__})")
            await pause(self._poll.total_seconds(), stop)

    async def look(self) -> None:
        """Read the pointer once and settle it when it is newer. Raises what may pass: nats errors, OSError."""
        pointer = await self._read_pointer()
        if pointer is not None and pointer.activation > self.settled:
            await self.settle(pointer)

    async def settle(self, pointer: ActiveModel) -> None:
        """Serve what a newer pointer names, or stay with the old one when it is refused."""
        started = time.monotonic()
        if pointer.version is None:
            await self._commit(pointer.activation, None)
            return
        try:
            weights = await self._generations.load(pointer.sha256)
        except AdapterRefused as refused:
            await self._keep_old(pointer, refused)
            return
        generation = Generation(version=pointer.version, sha256=pointer.sha256, activation=pointer.activation)
        await self._commit(pointer.activation, Serving(generation, weights))
        RELOAD_SECONDS.observe(time.monotonic() - started)

    async def settles(self, activation: int, patience: timedelta) -> bool:
        """Wait until `activation` or a newer one is dealt with; False when that takes longer than `patience`."""
        try:
            async with asyncio.timeout(patience.total_seconds()), self._moved:
                await self._moved.wait_for(lambda: self.settled >= activation)
        except TimeoutError:
            return False
        return True

    async def _commit(self, activation: int, serving: Serving | None) -> None:
        async with self._moved:
            if activation <= self.settled:
                return
            self.serving, self.settled, self.refusal = serving, activation, None
            self._moved.notify_all()
        ACTIVATION.set(activation)
        self._health.set_note(PART, None)
        log.info("serving", activation=activation, version=serving.generation.version if serving else None)

    async def _keep_old(self, pointer: ActiveModel, refused: AdapterRefused) -> None:
        old = f"{self.serving.generation.version} goes on serving" if self.serving else "nothing is served"
        self._health.set_note(PART, f"version {pointer.version} was refused, {old}: {refused}")
        log.error("activation refused", activation=pointer.activation, version=pointer.version, reason=str(refused))
        async with self._moved:
            self.settled = pointer.activation
            self.refusal = (pointer.version or "", str(refused))
            self._moved.notify_all()

    async def _read_pointer(self) -> ActiveModel | None:
        bucket = await self._connection.jetstream().key_value(MODELS_BUCKET)
        try:
            entry = await bucket.get(ACTIVE_KEY)
            return ActiveModel.model_validate_json(entry.value or b"")
        except KeyNotFoundError:
            return None
        except ValidationError as error:
            log.error("the pointer to the active model cannot be read", reason=str(error))  # noqa: TRY400
            return None
