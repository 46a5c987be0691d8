"""How many of a reading's values the message does not say. Pure.

Invariant: a value counts as said when its words, its number or its unit stand somewhere in the message, whichever item
they belong to; a quantity of one needs no number, and a place may be written by any of its spellings or be the group's
home. So what is counted here was made up, while what is not counted may still be wrong.
"""

from collections.abc import Iterator

from contracts import Extraction, Item
from reading.cleaning import clean
from reading.grounding import Squeezed, means, numbers, unit_of, words
from reading.places import Places


def grounded_values(extraction: Extraction, text: str, places: Places) -> tuple[int, int]:
    """(values given, values that the message does not say)."""
    said = _Said(text, places)
    places_given = {extraction.rescue_location, extraction.drop_off_location}
    places_given |= {section.location for section in extraction.sections}
    checks = [said.place(place) for place in places_given if place]
    checks += [check for item in extraction.items for check in said.item(item)]
    return len(checks), checks.count(False)


class _Said:
    """A message's words, numbers, units and places."""

    def __init__(self, text: str, places: Places) -> None:
        plain = clean(text).text
        self._squeezed = Squeezed(plain)
        self._numbers = [plain[slice(*found)] for found in numbers(plain, 0, len(plain))]
        self._units = {unit_of(plain[slice(*found)]) for found in words(plain, 0, len(plain))}
        self._mentioned = {mention.name for mention in places.find(plain)}
        self._places = places

    def place(self, name: str) -> bool:
        known = self._places.resolve(name) or name
        return known in self._mentioned or known in self._places.homes or self._has(name)

    def item(self, item: Item) -> Iterator[bool]:
        yield self._has(item.name)
        if item.quantity is not None:
            yield item.quantity == 1 or any(means(spelling, item.quantity) for spelling in self._numbers)
        if item.unit is not None:
            yield unit_of(item.unit) in self._units

    def _has(self, phrase: str) -> bool:
        return next(self._squeezed.occurrences(phrase), None) is not None
