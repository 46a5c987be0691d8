"""Numbers and foods that a text mentions, whether or not a reading claims them. Pure.

A mention is a candidate: what no item claims is shown to a person, who adds it or leaves it. So it is better to
mention too much than to miss an item, but a clock time, a date, a telephone number or a link is never a quantity.
Not covered: foods that the group's tables have no keyword for.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from contracts import Extraction, Tables


class Mention(NamedTuple):
    """`[start, end)` in the text."""

    start: int
    end: int
    kind: Literal["number", "food"]


_NEVER: Final = re.compile(
    r"<[^>\n]*>|https?://\S+|:[a-z0-9_+-]+:"  # Slack's tokens, links, emoji names
    r"|\b\d{1,2}(?::\d\d)?\s*(?:[ap]\.?m\b\.?|o'?clock\b)|\b\d{1,2}:\d\d\b"
    r"|\b\d{1,4}[/-]\d{1,2}[/-]\d{2,4}\b|\b(?:\+?1[ .-])?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day,? \w+ \d{1,2}\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}\b"
    r"|\b\d+\s+[NSEW]\.?\s+\w+|\b\d+\s+(?:\w+\s)?(?:street|st|avenue|ave|road|rd|blvd)\b",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"(?<![\w.,/$])(?:\d+\s+\d/\d|\d+/\d+|\d{1,3}(?:,\d{3})+|\d*\.\d+|\d+[½¼¾⅓⅔]?|[½¼¾⅓⅔])(?![\d/%]|[.,]\d)"
    r"|\b(?:half|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen)\b",
    re.IGNORECASE,
)


def mentions(text: str, tables: Tables) -> list[Mention]:
    """All numbers and foods in the text, in order, without overlaps."""
    never = [match.span() for match in _NEVER.finditer(text)]
    found = [*_matches(_NUMBER, "number", text), *_matches(_foods(tables), "food", text)]
    return sorted(one for one in found if not _overlaps(one.start, one.end, never))


def unclaimed(extraction: Extraction, text: str, tables: Tables) -> list[Mention]:
    """The mentions that no evidence of the reading touches, and that are no place's own words."""
    claimed = [(span.start, span.end) for span in extraction.evidence.values()]
    names = [name.lower() for name in _names(extraction)]
    return [
        one
        for one in mentions(text, tables)
        if not _overlaps(one.start, one.end, claimed) and not _is_named(text[one.start : one.end].lower(), one, names)
    ]


def _is_named(words: str, mention: Mention, names: list[str]) -> bool:
    """A food counts as claimed by name as well: a typed item has no evidence."""
    return mention.kind == "food" and any(words in name for name in names)


def _names(extraction: Extraction) -> Iterator[str]:
    yield from (item.name for item in extraction.items)
    places = (extraction.rescue_location, extraction.drop_off_location, *(s.location for s in extraction.sections))
    yield from (place for place in places if place)


def _matches(pattern: re.Pattern[str], kind: Literal["number", "food"], text: str) -> Iterator[Mention]:
    for match in pattern.finditer(text):
        yield Mention(match.start(), match.end(), kind)


def _overlaps(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in spans)


@lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words and their plurals; the longest phrase first."""
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"\b(?:{listed})(?:e?s)?\b" if listed else r"(?!)", re.IGNORECASE)


def _foods(tables: Tables) -> re.Pattern[str]:
    categories = (word for category in tables.categories if category.name != "Non-Food" for word in category.keywords)
    return _pattern(tuple(dict.fromkeys([*categories, *tables.item_units])))
