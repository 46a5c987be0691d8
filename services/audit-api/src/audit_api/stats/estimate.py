"""What the unaudited records weigh, from what the audited ones turned out to weigh. Pure.

A ratio estimate: on audited records, audited pounds over read pounds; times the read pounds of the rest. The interval
covers both the ratio's own error and the scatter of single records. It is honest only when the audited records were
drawn at random: then `fair` says so. Too few records give no interval rather than a wrong one.
"""

import math
from dataclasses import dataclass
from typing import Final

ENOUGH: Final = 30
"""Audited records below which the normal approximation means nothing."""
Z: Final = 1.96
"""For 95 in 100."""


@dataclass(frozen=True)
class Sample:
    """Sums over audited records of x (pounds read) and y (pounds audited)."""

    records: int
    x: float
    y: float
    xx: float
    yy: float
    xy: float


@dataclass(frozen=True)
class Estimate:
    """Pounds of everything, audited or not; low and high are None when there are too few records for them."""

    pounds: float
    low: float | None
    high: float | None
    from_records: int
    fair: bool


def estimate(sample: Sample, audited: float, unread: float, records: int, *, fair: bool) -> Estimate:
    """`audited`: known pounds; `unread`: pounds that the readings give for the `records` which nobody audited."""
    if sample.x <= 0 or sample.records < ENOUGH:
        return Estimate(round(audited + unread, 1), None, None, sample.records, fair)
    ratio = sample.y / sample.x
    scatter = max(0.0, sample.yy - 2 * ratio * sample.xy + ratio**2 * sample.xx) / (sample.records - 1)
    of_ratio = scatter / (sample.records * (sample.x / sample.records) ** 2)
    half = Z * math.sqrt(unread**2 * of_ratio + records * scatter)
    total = audited + ratio * unread
    return Estimate(round(total, 1), round(max(audited, total - half), 1), round(total + half, 1), sample.records, fair)
