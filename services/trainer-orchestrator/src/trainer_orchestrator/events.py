"""A run's life as server-sent events, each a `RunEvent`: every change of state, and progress in between.

Invariant: an event's id is the number of its history entry, so a client that comes back with `Last-Event-ID` misses
no change of state, whichever orchestrator it reaches. The stream ends after the final state, or when the service stops.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from contracts import RunEvent
from servicekit.waiting import pause
from trainer_orchestrator.run import FINAL, Run
from trainer_orchestrator.store import HistoryEntry, Store

POLL_S = 0.5
QUIET_POLLS = 30
"""After so many polls without news a comment line keeps the connection open."""


async def follow(store: Store, run_id: str, after: int, stop: asyncio.Event) -> AsyncIterator[str]:
    """The stream's text, from history entry `after` on (not including it). The run must exist."""
    shown: Mapping[str, Any] = {}
    quiet = 0
    while not stop.is_set():
        run = await store.load(run_id)
        if run is None:
            return
        entries = (await store.history([run_id], after))[run_id]
        for entry in entries:
            yield _message(entry.number, _event_of(run, entry))
            after = entry.number
        if not entries and run.progress != shown:
            yield _message(after, run.event(datetime.now(UTC)))
        elif not entries and quiet == QUIET_POLLS:
            yield ": waiting\n\n"
        quiet = 0 if entries or run.progress != shown or quiet == QUIET_POLLS else quiet + 1
        shown = run.progress
        if run.state in FINAL and not entries:
            return
        await pause(POLL_S, stop)


def _event_of(run: Run, entry: HistoryEntry) -> RunEvent:
    return RunEvent(
        run_id=run.id,
        version=run.version,
        state=entry.state,
        at=entry.at,
        reason=entry.reason,
        progress=dict(run.progress),
        by=run.by,
    )


def _message(number: int, event: RunEvent) -> str:
    return f"id: {number}\ndata: {event.model_dump_json()}\n\n"
