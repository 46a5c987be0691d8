"""Reads golden messages with a new generation before it may serve.

The messages are invented and use no group's places. A generation passes when it ends its answers by itself for most of
them, names an item in most of them, and needs a bounded time: enough to catch weights that load and then write noise or
loop. It reads without masks, since under them noise looks like a reading. Whether it reads *well* is judged on held-out
audits before it is activated, not here.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from contracts import Reference
from inference_worker.adapters import AdapterRefused
from inference_worker.engines.base import Engine, Weights
from inference_worker.reader import Reader

GOLDEN: Final = (
    "5 cases bananas from Corner Market",
    "Quarry Bakery:\n4 bags bagels",
    "took 12 gallons milk to Harbor Pantry",
    "got 10 lbs potatoes at Sunny Acres",
    "2 trays rolls, 1 case kale",
)
"""Short ones: a person's request waits for one of them when it comes in the middle of a reload."""
ENOUGH: Final = 0.5
"""The share of golden messages that must give an item."""
PATIENCE: Final = timedelta(seconds=60)
"""For all of them together; the slowest supported machine needs about ten seconds with a model of a billion weights."""


def read_golden_messages(engine: Engine, weights: Weights) -> Iterator[None]:
    """Reads one message a step, so that people's requests are read between them.

    The last step raises AdapterRefused when the generation must not serve.
    """
    reader, readable, seconds = Reader(engine, weights, masks=False), 0, 0.0
    for message in GOLDEN:
        started = time.monotonic()
        (reading,) = reader.read([message], Reference())
        seconds += time.monotonic() - started
        readable += bool(reading.items)
        yield
    if readable < ENOUGH * len(GOLDEN):
        raise AdapterRefused(
            "CANARY", f"The adapter found items in {readable} of {len(GOLDEN)} test messages: its training went wrong."
        )
    if seconds > PATIENCE.total_seconds():
        raise AdapterRefused(
            "SLOW", f"Reading {len(GOLDEN)} test messages took {seconds:.0f} s: the answers do not end."
        )
