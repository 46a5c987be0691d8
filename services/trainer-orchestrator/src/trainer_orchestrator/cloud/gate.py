"""One rate gate for the whole account: a request a second, a launch every twelve, terminate first.

Invariant: every process on this machine that holds the same key takes its turns from one file, under its lock, and
holds one turn at most before it uses it; so a terminate waits for one turn of each process, never behind a queue.
The file has the next free moments in seconds since the epoch; its name is a hash of the key, its content no secret.
"""

import asyncio
import fcntl
import hashlib
import heapq
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path

from pydantic import SecretStr


class Call(IntEnum):
    """What is asked, the most urgent first."""

    TERMINATE = 0
    LOOK = 1
    LAUNCH = 2


@dataclass(frozen=True)
class Rates:
    """Seconds between any two requests, and between two launches (from the specification)."""

    request: float = 1.0
    launch: float = 12.0
    slowest: float = 60.0
    """The longest pause that a 429 may ask for."""


@dataclass
class _Moments:
    """When the next request, and the next launch, may be sent."""

    request: float = 0.0
    launch: float = 0.0


class RateGate:
    """`await gate.turn(Call.LAUNCH)` returns when the request may be sent."""

    def __init__(self, folder: Path, key: SecretStr, rates: Rates) -> None:
        digest = hashlib.sha256(key.get_secret_value().encode()).hexdigest()[:16]
        self._path = folder / f"lambda-gate-{digest}.json"
        self._rates = rates
        self._waiting: list[tuple[Call, int, asyncio.Event]] = []
        self._order = itertools.count()
        self._is_taken = False

    async def turn(self, call: Call) -> None:
        """A launch waits for its own pace outside the queue, so that a terminate never stands behind it."""
        while True:
            await asyncio.sleep(self._own_pace(call))
            await self._come_first(call)
            try:
                mine = self._take(call)
                if mine is not None:
                    await asyncio.sleep(mine - time.time())
                    return
            finally:
                self._let_next()

    def pause(self, seconds: float) -> None:
        """A 429 was seen: nobody asks again before this."""
        with self._moments() as moments:
            until = time.time() + min(max(seconds, self._rates.request), self._rates.slowest)
            moments.request = max(moments.request, until)

    async def _come_first(self, call: Call) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        mine = asyncio.Event()
        entry = (call, next(self._order), mine)
        heapq.heappush(self._waiting, entry)
        try:
            await mine.wait()
        except asyncio.CancelledError:
            if mine.is_set():
                self._let_next()
            else:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)
            raise

    def _let_next(self) -> None:
        if self._waiting:
            heapq.heappop(self._waiting)[2].set()
        else:
            self._is_taken = False

    def _own_pace(self, call: Call) -> float:
        with self._moments() as moments:
            return max(0.0, moments.launch - time.time()) if call is Call.LAUNCH else 0.0

    def _take(self, call: Call) -> float | None:
        """The moment of this turn; None when another process has launched in the meantime."""
        with self._moments() as moments:
            mine = max(time.time(), moments.request)
            if call is Call.LAUNCH and moments.launch > mine:
                return None
            moments.request = mine + self._rates.request
            if call is Call.LAUNCH:
                moments.launch = mine + self._rates.launch
        return mine

    @contextmanager
    def _moments(self) -> Iterator[_Moments]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            moments = _Moments(**json.loads(text)) if text else _Moments()
            yield moments
            file.truncate(0)
            file.write(json.dumps(asdict(moments)))
