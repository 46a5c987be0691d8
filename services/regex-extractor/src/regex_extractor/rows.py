"""Rows: an item as it stands in the clean text, with the spans of its name, quantity, and unit."""

from typing import NamedTuple

from regex_extractor.found import Found
from regex_extractor.text import PERSON
from regex_extractor.tokens import Token


class Row(NamedTuple):
    """Spans are `[start, end)` in the clean text; None where nothing is written."""

    name: str
    name_span: tuple[int, int]
    quantity: float | None
    quantity_span: tuple[int, int] | None
    unit: str | None
    unit_span: tuple[int, int] | None
    pounds: float | None = None
    """The item's total, where the message states it."""


def make_row(text: str, item: Found, tokens: list[Token]) -> Row:
    """The row of an item that was found in `tokens`."""
    first, last = tokens[item.name.first], tokens[item.name.last - 1]
    name = " ".join(text[first.start : last.end].lower().replace(PERSON, " ").split())
    counted = (tokens[item.counted[0]].start, tokens[item.counted[1] - 1].end) if item.counted else None
    unit = None if item.unit is None or item.unit.name in ("each", "item") else item.unit
    written = unit is not None and unit.end > unit.start
    unit_span = (tokens[unit.start].start, tokens[unit.end - 1].end) if unit is not None and written else None
    return Row(name, (first.start, last.end), item.quantity, counted, unit and unit.name, unit_span, item.pounds)
