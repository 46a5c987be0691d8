"""Quantities in a line: where they stand and how far they reach. Their values are `reading.quantities`' work.

Invariant: bounded look-ahead, so reading a line is linear. Sizes (`40 oz`), dates (`6/8`) and addresses (`43/Elm`)
are not quantities.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from reading.quantities import NUMBER_WORDS, parse_quantity
from reading.units import canonical_unit
from regex_extractor.lexicon import ABOUT, MEASURES, VAGUE
from regex_extractor.tokens import Token, end_of

_MAX_WORDS: Final = 4
_FRACTIONS: Final = frozenset({"2", "3", "4", "8"})
_RUN_TOGETHER = re.compile(r"^(\d)(\d)/([2348])$")
_SPELLED: Final = NUMBER_WORDS - {"dozen", "hundred"} | {"quarter"}
_PARTS: Final = {"half": 0.5, "quarter": 0.25}
_ONE: Final = frozenset({"i", "l"})


class Quantity(NamedTuple):
    """Tokens `[start, end)`; `value` is None for `some`, `several`."""

    value: float | None
    start: int
    end: int
    weak: bool
    """An article or a typo of 1: a quantity only before a unit."""


def read_quantity(tokens: list[Token], at: int) -> Quantity | None:
    """The quantity that begins at token `at`, or None."""
    start = at
    token = tokens[at]
    if token.kind in "([":
        return _boxed(tokens, at)
    if token.kind in "~≈+" or token.word in ABOUT:
        at += 1 + (tokens[at + 1].word == ".")  # "approx. 30 lb"
        token = tokens[at]
    if token.kind == "x":
        at += 1
        token = tokens[at]
    if token.kind == "n":
        return _number(tokens, start, at)
    return _words(tokens, start, at) if token.kind == "w" else None


def _boxed(tokens: list[Token], at: int) -> Quantity | None:
    """`(3) boxes`."""
    value = number(tokens[at + 1].word) if tokens[at + 1].kind == "n" and tokens[at + 2].kind in ")]" else None
    return Quantity(value, at, at + 3, weak=True) if value is not None else None


def _number(tokens: list[Token], start: int, at: int) -> Quantity | None:
    value = number(tokens[at].word)
    if value is None or _is_address(tokens, at):
        return None
    end = at + 1
    following = tokens[end]
    part = _PARTS.get(following.word)
    counted = tokens[end + 1].word
    if part is not None and canonical_unit(counted) and not canonical_unit(f"{following.word} {counted}"):
        return Quantity(value * part, start, end + 1, weak=False)  # "2 quarter pallets"
    joined = following.kind == "&" or following.word == "and" or _is_glued(tokens, end)
    if joined and tokens[end + 1].kind == "n" and _is_proper_fraction(tokens[end + 1].word):
        return Quantity(value + (number(tokens[end + 1].word) or 0), start, end + 2, weak=False)  # "1 & 1/2", "1-1/2"
    if joined and tokens[end + 1].word == "a" and tokens[end + 2].word in _PARTS:
        return Quantity(value + _PARTS[tokens[end + 2].word], start, end + 3, weak=False)  # "3 and a half"
    if following.kind == "n" and _is_proper_fraction(following.word) and value == int(value):
        if not _counts_half_gallons(tokens, end, value):
            return Quantity(value + (number(following.word) or 0), start, end + 1, weak=False)
    elif following.kind == "-":
        end = _range_end(tokens, end, value)
    elif following.kind == "w" and following.word in ("or", "to"):
        end = _spoken_range_end(tokens, end, value)
    elif following.kind in "+~" or following.word == "ish":
        end += 1
    return Quantity(value, start, end, weak=tokens[at].word[0] in "il")


@lru_cache(maxsize=4096)
def number(word: str) -> float | None:
    """The value of a number token; None for what looks like a date (`2/22`)."""
    word = word.replace(" ", "").replace("⁄", "/")
    if "/" in word and not _is_proper_fraction(word):
        glued = _RUN_TOGETHER.match(word)
        return int(glued[1]) + int(glued[2]) / int(glued[3]) if glued and glued[2] < glued[3] else None
    return parse_quantity(word)


def _is_proper_fraction(word: str) -> bool:
    if word in "½¼¾⅓⅔⅛":
        return True
    top, slash, bottom = word.replace(" ", "").replace("⁄", "/").partition("/")
    return bool(slash) and bottom in _FRACTIONS and (top in "il" or int(top) < int(bottom))


def _is_address(tokens: list[Token], at: int) -> bool:
    """`43/Cicero`, `#2 Elm`; but `7 boxes / cases` has a unit between."""
    following = tokens[at + 1]
    if at and tokens[at - 1].kind == "#" and tokens[at - 1].end == tokens[at].start:
        return True
    return following.kind == "/" and following.start == tokens[at].end


def _is_glued(tokens: list[Token], dash: int) -> bool:
    """A dash between two numbers without a space: `1-1/2`."""
    token = tokens[dash]
    return token.kind == "-" and token.start == tokens[dash - 1].end and token.end == tokens[dash + 1].start


def _counts_half_gallons(tokens: list[Token], fraction: int, count: float) -> bool:
    """`36 1/2 gal` is 36 half gallons; `1 1/2 gallons` is one and a half."""
    if tokens[fraction].word not in ("1/2", "½") or tokens[fraction + 1].kind != "w":
        return False
    times = tokens[fraction - 2].kind == "x" if fraction >= 2 else False
    return canonical_unit(tokens[fraction + 1].word) == "gallon" and (times or count > 1)


def _range_end(tokens: list[Token], dash: int, low: float) -> int:
    """The end of `20-30`, `20 - 30`, `1-1/2`, `20-ish`; else the dash's own position."""
    following = tokens[dash + 1]
    if following.kind == "n":
        if _is_proper_fraction(following.word) and canonical_unit(tokens[dash + 2].word) == "gallon":
            return dash + 1  # "9 - 1/2 gal": the dash separates
        if tokens[dash + 2].word in MEASURES and canonical_unit(tokens[dash + 3].word):
            return dash + 1  # "4 - 5lb bags"
        high = number(following.word)
        if high is not None and high > low:
            return dash + 2
    return dash + 2 if following.word == "ish" else dash


def _spoken_range_end(tokens: list[Token], conjunction: int, low: float) -> int:
    following = tokens[conjunction + 1]
    if following.word == "so" and tokens[conjunction].word == "or":
        return conjunction + 2
    high = number(following.word) if following.kind == "n" else None
    return conjunction + 2 if high is not None and high > low else conjunction


def _words(tokens: list[Token], start: int, at: int) -> Quantity | None:
    word = tokens[at].word
    if word in ("a", "an") or word in _ONE:
        return _after_article(tokens, start, at)
    if word.partition("-")[0] in _SPELLED and (word != "quarter" or canonical_unit(tokens[at + 1].word)):
        return _spelled(tokens, start, at)
    if word in VAGUE and word != "assorted":
        return Quantity(None, start, at + 1, weak=True)
    return None


def _after_article(tokens: list[Token], start: int, at: int) -> Quantity | None:
    following = tokens[at + 1].word
    if following == "can":  # "I can", "a can": the second needs `of`
        return Quantity(1.0, start, at + 1, weak=True) if tokens[at + 2].word == "of" else None
    if following in ("few", "couple", "half", "quarter", "pair"):
        return _spelled(tokens, start, at)
    if following in ("bunch", "ton", "lot") and tokens[at + 2].word == "of":
        return Quantity(None, start, at + 3, weak=True)
    return Quantity(1.0, start, at + 1, weak=True)


def _spelled(tokens: list[Token], start: int, at: int) -> Quantity | None:
    """The longest run of number words: `one and a half`, `twenty five`, `a couple of`, `half a`."""
    spelling, best = "", None
    for end in range(at, min(at + _MAX_WORDS, end_of(tokens))):
        token = tokens[end]
        if token.kind != "w" or not _is_number_word(token.word):
            break
        spelling = f"{spelling} {token.word}"
        value = _spelled_value(spelling)
        if value is not None and token.word not in ("and", "of"):
            best = Quantity(value, start, end + 1, weak=False)
    if best is not None and tokens[best.end].word == "of" and tokens[best.end - 1].word in ("couple", "few", "half"):
        return best._replace(end=best.end + 1)
    return best


@lru_cache(maxsize=2048)
def _spelled_value(spelling: str) -> float | None:
    return parse_quantity(spelling)


def _is_number_word(word: str) -> bool:
    if "-" in word:  # "twenty-five"
        return all(part in NUMBER_WORDS for part in word.split("-"))
    return word in ("a", "an", "and", "of", "quarter", "third", "pair") or (word in NUMBER_WORDS and word != "dozen")
