"""Which audit is in force: the last one of the record's current revision that was not taken back. Pure."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol, TypeVar


class Decision(StrEnum):
    """What a person decided."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    SKIPPED = "skipped"
    UNDONE = "undone"
    """Takes back the decision before it."""


AUDITED = (Decision.CONFIRMED, Decision.CORRECTED)
"""The decisions that give an extraction to learn from."""


class Entry(Protocol):
    @property
    def revision(self) -> int: ...
    @property
    def decision(self) -> str: ...


E = TypeVar("E", bound=Entry)


def in_force(history: Iterable[E], revision: int) -> E | None:
    """`history` is one record's audits, oldest first. Undoing twice takes back two decisions."""
    stack: list[E] = []
    for entry in history:
        if entry.revision != revision:
            continue
        if entry.decision != Decision.UNDONE:
            stack.append(entry)
        elif stack:
            stack.pop()
    return stack[-1] if stack else None
