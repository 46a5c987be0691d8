"""What a reading of a record says: direction, places, and items by section.

Invariant: `Extraction.items` is derived from the sections and never stored. Evidence and confidence are
keyed by field path (`direction`, `rescue_location`, `sections.0.location`, `sections.0.items.2.name`).
"""

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, NonNegativeInt

from contracts.base import Contract

FieldPath: TypeAlias = str
Probability: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Amount: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Direction(StrEnum):
    """Who moves what where, seen from the group's own warehouse (`home`)."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    BOTH = "both"
    UNKNOWN = "unknown"


class LbsSource(StrEnum):
    """Where an item's pounds come from."""

    STATED = "stated"
    TABLE = "table"


class Item(Contract):
    """One line of food: `2 cases bananas`."""

    name: Annotated[str, Field(min_length=1)]
    quantity: Amount | None = None
    unit: str | None = None
    """Singular canonical spelling (`case`, not `cs` or `cases`); None when none is written."""
    estimated_lbs: Amount | None = None
    subcategory: str | None = None
    lbs_source: LbsSource | None = None
    lbs_rule: str | None = None
    """The rule that gave `estimated_lbs`, in words: `5 case x 25 lb, produce`."""


class Section(Contract):
    """Items that share a place."""

    location: str | None = None
    items: tuple[Item, ...] = ()


class Span(Contract):
    """A half-open range of characters `[start, end)` in the record's text."""

    start: NonNegativeInt
    end: NonNegativeInt

    def model_post_init(self, _context: object, /) -> None:
        """Checked where a span is made, and not again where it is put into an extraction."""
        if self.end <= self.start:
            raise ValueError("an evidence span must hold at least one character")


class Signal(Contract):
    """What a model's decoding says of one field, over the tokens that spell it; see also `Extraction.confidence`."""

    least: Probability
    """The probability of the least likely token."""
    margin: Probability
    """The least lead in probability of a token over the runner-up."""


class Extraction(Contract):
    """The structured reading of one record revision."""

    format: Literal[1] = 1
    direction: Direction = Direction.UNKNOWN
    rescue_location: str | None = None
    drop_off_location: str | None = None
    sections: tuple[Section, ...] = ()
    evidence: dict[FieldPath, Span] = Field(default_factory=dict)
    confidence: dict[FieldPath, Probability] = Field(default_factory=dict)
    signals: dict[FieldPath, Signal] = Field(default_factory=dict, exclude_if=lambda signals: not signals)
    """Only in a model's own readings: what calibrated confidence is computed from."""
    tables_version: str | None = None
    """The version of the tables that derived pounds and subcategories; None when none were applied."""

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in reading order."""
        return tuple(item for section in self.sections for item in section.items)

    @property
    def pounds(self) -> float:
        """The sum of the items' pounds."""
        return sum(item.estimated_lbs or 0.0 for item in self.items)
