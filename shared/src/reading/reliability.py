"""Whether a confidence means what it says, and what could be accepted without a person. Pure.

Invariant: everything here is computed from (confidence, right) pairs that were made without the audit which judges
them; otherwise a calibration would be praised for what it was shown. Shares of few messages come with what they do not
prove: thirty right of thirty may still be nine in ten.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from reading.uncertainty import DRAWS, Interval, middle

Outcome: TypeAlias = tuple[float, bool]
"""How sure it was, and whether it was right."""

BINS: Final = 10
PRECISION: Final = 0.99
"""What may be accepted without a person must be right so often."""


@dataclass(frozen=True)
class Bin:
    """The outcomes whose confidence lies in `[low, high)`; the last one holds 1 too."""

    low: float
    high: float
    count: int
    confidence: float
    """The mean of what was said."""
    right: float
    """The share that was."""


@dataclass(frozen=True)
class Covered:
    """A point of the risk-coverage curve: accepting everything at least as sure as `threshold`."""

    threshold: float
    coverage: float
    risk: float
    """The share of the accepted that is wrong."""


@dataclass(frozen=True)
class Acceptance:
    """What would need no person if the accepted must be right in `precision` of cases."""

    precision: float
    threshold: float | None
    """None where no threshold reaches the precision."""
    share: float
    interval: Interval
    """Where the share would lie in 95 of 100 other samples."""
    accepted: int
    wrong: int
    at_least: float
    """The precision that these accepted messages prove, 95 times of 100."""


@dataclass(frozen=True)
class Reliability:
    count: int
    bins: tuple[Bin, ...]
    calibration_error: float
    """The mean distance between confidence and share right over the bins, weighted by their counts (ECE)."""
    brier: float
    """The mean squared distance between confidence and outcome."""


def reliability(outcomes: Sequence[Outcome]) -> Reliability:
    """The reliability table with its summary; empty bins are left out."""
    by_bin: dict[int, list[Outcome]] = {}
    for sure, right in outcomes:
        by_bin.setdefault(min(int(sure * BINS), BINS - 1), []).append((sure, right))
    bins = tuple(_bin(n, by_bin[n]) for n in sorted(by_bin))
    total = max(len(outcomes), 1)
    error = sum(b.count * abs(b.confidence - b.right) for b in bins) / total
    brier = sum((sure - right) ** 2 for sure, right in outcomes) / total
    return Reliability(len(outcomes), bins, round(error, 4), round(brier, 4))


def risk_coverage(outcomes: Sequence[Outcome]) -> list[Covered]:
    """From the surest outcome to all; outcomes that are equally sure come in together."""
    ordered = sorted(outcomes, reverse=True)
    curve: list[Covered] = []
    wrong = 0
    for n, (sure, right) in enumerate(ordered, start=1):
        wrong += not right
        if n == len(ordered) or ordered[n][0] != sure:
            curve.append(Covered(round(sure, 4), round(n / len(ordered), 4), round(wrong / n, 4)))
    return curve


def acceptance(outcomes: Sequence[Outcome], precision: float = PRECISION) -> Acceptance:
    """The greatest share that is right often enough."""
    accepted, wrong, threshold = _most(outcomes, precision)
    total = max(len(outcomes), 1)
    dice = random.Random(20)  # noqa: S311 -- chance, not secrecy
    draws = [dice.choices(outcomes, k=total) for _ in range(DRAWS)] if outcomes else []
    return Acceptance(
        precision=precision,
        threshold=threshold,
        share=round(accepted / total, 4),
        interval=middle([_most(draw, precision)[0] / total for draw in draws]),
        accepted=accepted,
        wrong=wrong,
        at_least=at_least(accepted - wrong, accepted),
    )


def at_least(right: int, total: int) -> float:
    """The lower end of the one-sided 95 % interval of a share (Clopper and Pearson); 0 of nothing."""
    low, high = 0.0, 1.0
    if not right:
        return 0.0
    for _ in range(40):
        share = (low + high) / 2
        low, high = (share, high) if _tail(right, total, share) < 0.05 else (low, share)
    return round(low, 4)


def _tail(right: int, total: int, share: float) -> float:
    """How likely so many or more of `total` are right when each is with probability `share`."""
    term, tail = share**total, 0.0
    for k in range(total, right - 1, -1):
        tail += term
        term *= k / (total - k + 1) * (1 - share) / share
    return tail


def _most(outcomes: Sequence[Outcome], precision: float) -> tuple[int, int, float | None]:
    """(accepted, wrong among them, threshold) of the greatest acceptable part."""
    ordered = sorted(outcomes, reverse=True)
    best: tuple[int, int, float | None] = (0, 0, None)
    wrong = 0
    for n, (sure, right) in enumerate(ordered, start=1):
        wrong += not right
        if (n == len(ordered) or ordered[n][0] != sure) and n - wrong >= precision * n:
            best = (n, wrong, sure)
    return best


def _bin(number: int, outcomes: Sequence[Outcome]) -> Bin:
    return Bin(
        low=number / BINS,
        high=(number + 1) / BINS,
        count=len(outcomes),
        confidence=round(sum(sure for sure, _ in outcomes) / len(outcomes), 4),
        right=round(sum(right for _, right in outcomes) / len(outcomes), 4),
    )
