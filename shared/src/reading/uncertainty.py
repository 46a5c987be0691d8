"""How far figures may be off by chance, from resampling the messages (bootstrap). Pure.

Invariant: messages are drawn with replacement, each with all its fields, and the same draw serves every figure; the
seed is fixed, so that the same messages give the same interval. With few messages an interval is too narrow rather
than too wide: where all are right it says nothing, and `reading.reliability.at_least` does.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from reading.score import Scores, Tally

Interval: TypeAlias = tuple[float, float]

DRAWS: Final = 400
LEVEL: Final = 0.95
FIGURES: Final[Mapping[str, tuple[str, ...]]] = {
    "direction": ("direction",),
    "rescue_location": ("rescue_location",),
    "drop_off_location": ("drop_off_location",),
    "items_exact.f1": ("items_exact", "f1"),
    "items_lenient.f1": ("items_lenient", "f1"),
    "all_exact": ("all_exact",),
    "sections_count": ("sections_count",),
    "pounds_error": ("pounds_error",),
    "ungrounded": ("ungrounded",),
    "invalid": ("invalid",),
}
"""The figures that get an interval, and where they stand in `Scores.to_dict()`."""


def intervals(messages: Sequence[Tally]) -> dict[str, Interval]:
    """For each of `FIGURES` where it would lie in 95 of 100 other samples of messages like these."""
    drawn = [draw.scores() for draw in _draws(messages)]
    return {name: middle([figure(scores, name) for scores in drawn]) for name in FIGURES}


def differences(messages: Sequence[Tally], others: Sequence[Tally]) -> dict[str, Interval]:
    """The same for `messages` minus `others`: two readings of the same messages, drawn together."""
    drawn = [(a.scores(), b.scores()) for a, b in zip(_draws(messages), _draws(others), strict=True)]
    return {name: middle([figure(a, name) - figure(b, name) for a, b in drawn]) for name in FIGURES}


def figure(scores: Scores, name: str) -> float:
    return at(scores.to_dict(), name)


def at(scores: Mapping[str, Any], name: str) -> float:
    """One of `FIGURES` in a score sheet."""
    value: Any = scores
    for key in FIGURES[name]:
        value = value[key]
    return float(value)


def middle(values: Sequence[float]) -> Interval:
    """The middle 95 % of the values."""
    ordered = sorted(values)
    if not ordered:
        return (0.0, 1.0)
    cut = int((1 - LEVEL) / 2 * len(ordered))
    return (round(ordered[cut], 4), round(ordered[-cut - 1], 4))


def _draws(messages: Sequence[Tally]) -> Iterator[Tally]:
    """The same messages in every call for as many messages."""
    dice = random.Random(20)  # noqa: S311 -- chance, not secrecy
    for _ in range(DRAWS if messages else 0):
        yield Tally.summed(dice.choices(messages, k=len(messages)))
