"""What a run took and cost, stage by stage: the seconds of its history, and the cents of its machines. Pure.

Invariant: the stages' seconds add up to the run's, and their cents to its cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Final

from contracts import RunState
from trainer_orchestrator.run import FINAL, Rental

ESTIMATES: Final = {
    RunState.LAUNCHING: 5.0,
    RunState.BOOTING: 194.0,
    RunState.READY: 1.0,
    RunState.UPLOADING: 4.0,
    RunState.DOWNLOADING: 3.0,
    RunState.PUBLISHING: 1.0,
    RunState.RELEASING: 80.0,
}
"""Seconds on a rented A10, from public reports of 2026-07 and -09: launch 4.7, boot 193.5, 165 files 3.8, end 80."""
WARM_UP_S: Final = 12.0
"""Packages from the pinned wheels, the model into the GPU; the base model comes while the machine boots."""
TOKENS_A_RECORD: Final = 275
"""Text and reading of a real group's messages, 258 characters on average."""
PASSES: Final = 5 * 1.7
"""Epochs, each with seven generated messages beside ten audited ones."""
GPU_TOKENS_A_SECOND: Final = 10_000
"""LoRA on a 1B model on an A10: an estimate, not measured."""
CPU_TOKENS_A_SECOND: Final = 4_500
"""larder-tiny on two cores."""


@dataclass(frozen=True)
class Moment:
    """A run's entry into a state."""

    state: RunState
    at: datetime


@dataclass(frozen=True)
class StageCost:
    state: RunState
    seconds: float
    cents: float


@dataclass(frozen=True)
class Estimate:
    """What a run will take; cents only where a machine is rented."""

    seconds: float
    cents: float


def budget(history: Sequence[Moment], rentals: Sequence[Rental], now: datetime) -> list[StageCost]:
    """One line a state in the order in which they were entered; the last one is still going on until it is final."""
    lines = []
    for moment, following in zip_longest(history, history[1:]):
        if moment.state in FINAL:
            continue
        end = following.at if following else now
        cents = sum(rental.cents_between(moment.at, end) for rental in rentals)
        lines.append(StageCost(moment.state, (end - moment.at).total_seconds(), cents))
    return lines


def estimate(records: int, cents_per_hour: int | None) -> Estimate:
    """For a training on so many audits; the price is None on a machine of one's own."""
    tokens = records * TOKENS_A_RECORD * PASSES
    if cents_per_hour is None:
        return Estimate(WARM_UP_S + tokens / CPU_TOKENS_A_SECOND, 0.0)
    seconds = sum(ESTIMATES.values()) + WARM_UP_S + tokens / GPU_TOKENS_A_SECOND
    return Estimate(seconds, seconds * cents_per_hour / 3600)


def spent_since(rentals: Sequence[Rental], start: datetime, now: datetime) -> float:
    """Cents from a moment on."""
    return sum(rental.cents_between(start, now) for rental in rentals)


def month_of(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
