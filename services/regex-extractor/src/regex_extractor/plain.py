"""The plainest line, `3 cases pears`, in one step.

Seven item lines in ten are like this; reading them without the grammar makes a message half again as fast. Invariant:
what this module reads, the grammar reads in the same way (a property test holds them together); whatever it is not sure
of it leaves to the grammar.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from reading.quantities import NUMBER_WORDS, parse_quantity
from reading.units import canonical_unit, spellings
from regex_extractor import lexicon
from regex_extractor.quantities import number
from regex_extractor.rows import Row
from regex_extractor.units import is_unit, typo

_UNITS: Final = {
    spelling: unit
    for spelling in spellings()
    if (unit := canonical_unit(spelling)) in lexicon.TRAILING_UNITS
    and spelling.isalpha()
    and spelling not in ("ca", "vs")
}
_SIZES: Final = frozenset({"large", "lg", "small", "sm", "big", "medium", "med", "mini", "huge", "giant"})
_PLAIN: Final = re.compile(
    r"[ \t]{0,6}+(?:[•◦▪●·-][ \t]*+)?"
    r"(\d{1,4}+(?:\.\d{1,2}+)?+|\.\d|(?:\d{1,2} )?(?:1/[23]|1/4|3/4|2/3)|(?:[Oo]ne|[Tt]wo|[Tt]hree)(?=[ \t]))"
    r"([ \t]*+)"
    r"([^\W\d_]++(?:(?:[ \t]*+[/&][ \t]*+|[ \t]++|['-](?=[^\W\d_]))[^\W\d_]++){0,12}+)[ \t]*+"
    r"(?:\([^()\n\r]{0,200}+\)[ \t]*+)?[.,!]?$"
)
_UNSURE: Final = (
    lexicon.CUTS | lexicon.VERBS | lexicon.PREPOSITIONS | lexicon.LEADING | lexicon.OF | lexicon.MORE
    | NUMBER_WORDS | frozenset({"a", "an", "or", "dated", "use", "best", "sell", "plus", "quarter", "half", "each"})
    | frozenset({"this", "last", "next"})
) - {"and"}  # fmt: skip
_JOINTS: Final = frozenset({"and", "n"})
_SIZED: Final = lexicon.BEFORE_UNIT | lexicon.MEASURES


class _Counted(NamedTuple):
    """What stands behind a quantity: the lengths count from its end."""

    unit: str | None
    from_unit: int
    """The length from the unit's beginning on."""
    name: str
    from_name: int


def read_plain(text: str, start: int, end: int) -> Row | None:
    """The only item of the line `text[start:end]`, or None when the grammar must read it."""
    match = _PLAIN.match(text, start, end)
    counted = _counted(match[3]) if match else None
    if match is None or counted is None:
        return None
    stop = match.end(3)
    if counted.unit is None and (not match[2] or "(" in text[stop : match.end()]):
        return None
    quantity = _quantity(match[1].lower())
    if not quantity or (counted.unit == "gallon" and "/" in match[1]):
        return None
    unit_at = stop - counted.from_unit
    unit_span = (unit_at, text.index(" ", unit_at)) if counted.unit else None
    return Row(counted.name, (stop - counted.from_name, stop), quantity, match.span(1), counted.unit, unit_span)


@lru_cache(maxsize=16384)
def _counted(rest: str) -> _Counted | None:
    """The unit and the name in `rest`, if it is sure that they are no more; the same foods come again and again."""
    unit, from_unit, tail = _unit(rest)
    name = tail.lower()
    words = name.replace("/", " ").replace("&", " ").split()
    if not words or not _is_sure(name, words) or (unit is None and not _is_sure_without_unit(words)):
        return None
    return _Counted(unit, from_unit, " ".join(name.split()), len(tail))


def _unit(rest: str) -> tuple[str | None, int, str]:
    """The unit that `rest` begins with behind a size, how much of `rest` begins there, and the name behind it."""
    word, _, tail = rest.partition(" ")
    from_unit = len(rest)
    if word.lower() in _SIZES:
        from_unit = len(tail.lstrip())
        word, _, tail = tail.lstrip().partition(" ")
    unit = _UNITS.get(word.lower())
    if unit is None or not tail:
        return None, 0, rest
    tail = tail.lstrip()
    if tail[:3].lower() == "of ":
        tail = tail[3:].lstrip()
    return unit, from_unit, tail


def _is_sure(name: str, words: list[str]) -> bool:
    """No word that may end the name, begin another item, or make it no food."""
    if (
        name[0] in "/&"
        or not _UNSURE.isdisjoint(words)
        or words[0] in _JOINTS
        or words[-1] in _JOINTS
        or canonical_unit(words[0])
    ):
        return False
    joined = "&" in name or not _JOINTS.isdisjoint(words)
    if joined and not lexicon.VAGUE.isdisjoint(words):
        return False
    if words[0] in lexicon.UNCOUNTABLE or (joined and any(map(canonical_unit, words))):
        return False
    return not all(word in lexicon.GENERIC or len(word) == 1 or canonical_unit(word) for word in words)


def _is_sure_without_unit(words: list[str]) -> bool:
    """No word that may be the unit, its size, or its misspelling."""
    return typo(words[0]) is None and not any(word in _SIZED or is_unit(word) for word in words)


@lru_cache(maxsize=4096)
def _quantity(written: str) -> float | None:
    if written.isalpha():
        return parse_quantity(written)
    whole, _, fraction = written.rpartition(" ")
    value = number(fraction)
    return None if value is None else value + float(whole or 0)
