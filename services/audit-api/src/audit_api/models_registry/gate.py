"""Whether a new version may serve: it must not be worse in any field than what it replaces. Pure.

Judged are the fields that people correct, by their figures on the same held-out records. Few records prove little, so
the sentence also says what they leave open: how the difference would fall in 95 of 100 other samples like this one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reading.score import Tally
from reading.uncertainty import Interval, differences, figure

FIELDS: Final[Mapping[str, str]] = {
    "direction": "direction",
    "rescue_location": "rescue location",
    "drop_off_location": "drop-off location",
    "items_exact.f1": "items (F1)",
}
EPSILON: Final = 1e-9
NOTABLE: Final = 0.05
"""A loss that a sample cannot rule out is worth a word from here on."""


@dataclass(frozen=True)
class Verdict:
    """`reason` is one or two sentences for a person."""

    passed: bool
    reason: str


@dataclass(frozen=True)
class _Field:
    name: str
    candidate: float
    opponent: float
    difference: Interval

    @property
    def is_worse(self) -> bool:
        return self.candidate < self.opponent - EPSILON

    @property
    def may_be_chance(self) -> bool:
        return self.difference[1] >= 0

    def __str__(self) -> str:
        low, high = self.difference
        return f"{self.name} {self.candidate:.2f} instead of {self.opponent:.2f} (difference {low:+.2f} to {high:+.2f})"


def judge(candidate: Sequence[Tally], opponent: Sequence[Tally], opponent_name: str) -> Verdict:
    """Compare two readings of the same held-out records, message by message."""
    if not candidate:
        return Verdict(False, "No audited record is held out yet: audit more, or activate this version by hand.")
    fields = _fields(candidate, opponent)
    held_out = f"on {len(candidate)} held-out record{'s' if len(candidate) > 1 else ''}"
    worse = [field for field in fields if field.is_worse]
    if worse:
        doubt = " With so few records this may be chance: audit more, or activate it by hand."
        reason = f"Worse than {opponent_name} {held_out}: {', '.join(map(str, worse))}."
        return Verdict(False, reason + (doubt if all(field.may_be_chance for field in worse) else ""))
    return Verdict(True, f"Not worse than {opponent_name} in any field {held_out}.{_left_open(fields)}")


def refusal(failures: Sequence[str], records: int) -> Verdict | None:
    """A version that could not read some of the held-out records does not serve; None when it could."""
    if not failures:
        return None
    return Verdict(False, f"It could not read {len(failures)} of {records} held-out records: {failures[0]}")


def _fields(candidate: Sequence[Tally], opponent: Sequence[Tally]) -> list[_Field]:
    apart = differences(candidate, opponent)
    left, right = Tally.summed(candidate).scores(), Tally.summed(opponent).scores()
    return [_Field(name, figure(left, path), figure(right, path), apart[path]) for path, name in FIELDS.items()]


def _left_open(fields: Sequence[_Field]) -> str:
    """The greatest loss that the records cannot rule out."""
    least = min(fields, key=lambda field: field.difference[0])
    loss = -least.difference[0]
    return f" They cannot rule out a loss of {loss:.2f} in {least.name}." if loss >= NOTABLE else ""
