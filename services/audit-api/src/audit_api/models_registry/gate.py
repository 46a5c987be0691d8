"""Whether a new version may serve: it must not be worse in any field than what it replaces. Pure.

Judged are the fields that people correct; a share of the held-out records is compared exactly, for the same records are
read by both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FIELDS: Mapping[str, tuple[str, ...]] = {
    "direction": ("direction",),
    "rescue location": ("rescue_location",),
    "drop-off location": ("drop_off_location",),
    "items (F1)": ("items_exact", "f1"),
}
EPSILON = 1e-9


@dataclass(frozen=True)
class Verdict:
    """`reason` is a sentence for a person."""

    passed: bool
    reason: str


def judge(candidate: Mapping[str, Any], opponent: Mapping[str, Any], opponent_name: str) -> Verdict:
    """Compare two score sheets of the same held-out records (`reading.score.Scores.to_dict`)."""
    records = candidate["messages"]
    if not records:
        return Verdict(False, "No audited record is held out yet: audit more, or activate this version by hand.")
    worse = [
        f"{field} {_at(candidate, path):.2f} instead of {_at(opponent, path):.2f}"
        for field, path in FIELDS.items()
        if _at(candidate, path) < _at(opponent, path) - EPSILON
    ]
    held_out = f"on {records} held-out record{'s' if records > 1 else ''}"
    if worse:
        return Verdict(False, f"Worse than {opponent_name} {held_out}: {', '.join(worse)}.")
    return Verdict(True, f"Not worse than {opponent_name} in any field {held_out}.")


def refusal(failures: Sequence[str], records: int) -> Verdict | None:
    """A version that could not read some of the held-out records does not serve; None when it could."""
    if not failures:
        return None
    return Verdict(False, f"It could not read {len(failures)} of {records} held-out records: {failures[0]}")


def _at(scores: Mapping[str, Any], path: tuple[str, ...]) -> float:
    value: Any = scores
    for key in path:
        value = value[key]
    return float(value)
