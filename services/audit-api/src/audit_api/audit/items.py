"""An audited extraction's items, flat, each with the place that its pounds count for. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts import Extraction


@dataclass(frozen=True, slots=True)
class CountedItem:
    """One item for the statistics."""

    location: str | None
    subcategory: str | None
    pounds: float | None


def counted_items(extraction: Extraction, home: str | None) -> Iterator[CountedItem]:
    """The place is the section's own, else where it was rescued; for what left the warehouse, where it went."""
    ends = (extraction.rescue_location, extraction.drop_off_location)
    fallback = next((place for place in ends if place and place != home), ends[0] or ends[1])
    for section in extraction.sections:
        for item in section.items:
            yield CountedItem(section.location or fallback, item.subcategory, item.estimated_lbs)


def places_of(extraction: Extraction) -> list[str]:
    """Every place that an extraction names, once, in its own order."""
    named = (extraction.rescue_location, extraction.drop_off_location, *(s.location for s in extraction.sections))
    return list(dict.fromkeys(place for place in named if place))
