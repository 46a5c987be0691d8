"""What the item readers hand on: items and counts, as ranges of tokens."""

from typing import NamedTuple

from regex_extractor.names import Name
from regex_extractor.units import Unit


class Found(NamedTuple):
    """An item as token ranges; `stop` is the token behind all that was read of it."""

    name: Name
    quantity: float | None
    counted: tuple[int, int] | None
    """The tokens of the quantity, where one is written."""
    unit: Unit | None
    stop: int
    pounds: float | None = None
    """The item's total, where the message states it."""
    name_first: bool = False
    source: tuple[int, int] | None = None
    """The tokens of a source between unit and name."""


class Count(NamedTuple):
    """A quantity behind the name."""

    value: float
    tokens: tuple[int, int]
    unit: Unit | None
    stop: int
