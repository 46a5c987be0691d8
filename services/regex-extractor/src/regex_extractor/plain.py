"""The plainest line, `3 cases pears`, in one step.

Seven lines in ten are like this, so reading them without the grammar doubles the speed of a message. Invariant: what
this module reads, the grammar reads in the same way (a property test holds them together); whatever it is not sure of
it leaves to the grammar.
"""

import re
from typing import Final

from reading.quantities import NUMBER_WORDS
from reading.units import canonical_unit, spellings
from regex_extractor import lexicon
from regex_extractor.quantities import number
from regex_extractor.rows import Row
from regex_extractor.units import is_unit, typo

_UNITS: Final = lexicon.TRAILING_UNITS - {"dozen", "gallon"} | {"lug"}
_SPELLINGS: Final = "|".join(
    re.escape(s) for s in spellings() if canonical_unit(s) in _UNITS and s.isalpha() and s not in ("ca", "vs")
)
_PLAIN: Final = re.compile(
    r"[ \t]{0,6}+(?:[•◦▪●·-][ \t]*+)?"
    r"(\d{1,4}+(?:\.\d{1,2}+)?+|\.\d|(?:\d{1,2} )?(?:1/[23]|1/4|3/4|2/3))"
    rf"(?:[ \t]*+({_SPELLINGS})(?:[ \t]++of)?)?[ \t]++"
    r"([^\W\d_]++(?:(?:[ \t]*+[/&][ \t]*+|[ \t]++)[^\W\d_]++){0,9}+)[ \t]*+"
    r"(?:\([^()\n\r]{0,200}+\)[ \t]*+)?[.,!]?(?=[\n\r]|$)",
    re.IGNORECASE,
)
_UNSURE: Final = (
    lexicon.CUTS | lexicon.VERBS | lexicon.PREPOSITIONS | lexicon.VAGUE | lexicon.GENERIC | lexicon.LEADING | lexicon.OF
    | NUMBER_WORDS | lexicon.MORE | frozenset({"a", "an", "or", "n", "dated", "use", "best", "sell", "plus", "quarter"})
) - {"and"}  # fmt: skip


def read_plain(text: str, start: int, end: int) -> Row | None:
    """The only item of the line `text[start:end]`, or None when the grammar must read it."""
    match = _PLAIN.match(text, start, end)
    if match is None or match.end() != end:
        return None
    name = match[3].lower()
    words = name.replace("/", " ").replace("&", " ").split()
    if not _UNSURE.isdisjoint(words) or "and" in (words[0], words[-1]):
        return None
    unit = match[2]
    if canonical_unit(words[0]) or (unit is None and not _is_sure_without_unit(words)):
        return None
    quantity = _quantity(match[1])
    if quantity is None:
        return None
    unit_name, unit_span = (canonical_unit(unit), match.span(2)) if unit else (None, None)
    return Row(" ".join(name.split()), match.span(3), quantity, match.span(1), unit_name, unit_span)


def _is_sure_without_unit(words: list[str]) -> bool:
    """No word that may be the unit, its size, or its misspelling."""
    return typo(words[0]) is None and not any(word in _SIZED or is_unit(word) for word in words)


_SIZED: Final = lexicon.BEFORE_UNIT | lexicon.MEASURES


def _quantity(written: str) -> float | None:
    whole, _, fraction = written.rpartition(" ")
    value = number(fraction)
    return None if value is None else value + float(whole or 0)
