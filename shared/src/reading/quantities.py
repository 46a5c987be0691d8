"""How much: numbers as volunteers spell them.

Invariant: `parse_quantity` never raises and never gives a negative, infinite, or absurd number. It reads one spelling
that is known to be a quantity; finding quantities in a message is the extractors' work.
"""

import re
from typing import Final

MAX_QUANTITY: Final = 1_000_000.0
"""Anything above is a phone number, a barcode, or noise."""

_MAX_SPELLING: Final = 64

_ONES: Final = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_VAGUE: Final = {"another": 1, "i": 1, "l": 1, "single": 1, "couple": 2, "pair": 2, "few": 3}
"""`i` and `l` are typos of 1; a few is three by the labelling rules."""
_PARTS: Final = {"half": 0.5, "quarter": 0.25, "third": 1 / 3}
_SCALES: Final = {"dozen": 12, "doz": 12, "dz": 12, "hundred": 100, "thousand": 1000}

NUMBER_WORDS: Final = frozenset(_ONES) | frozenset(_TENS) | {"couple", "few", "half", "dozen", "hundred", "another"}
"""Words that make a spelling a quantity by themselves; `a` and `an` do so only before a unit."""

FRACTION_SIGNS: Final = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8"}

_ABOUT = re.compile(r"^(?:[~≈*•–—+-]|about\b|approx(?:imately|\.)?|around\b|maybe\b|like\b|roughly\b|x(?=[\s\d.]))\s*")
_WORD_GAP = re.compile(r"\s+|(?<=[a-z])-(?=[a-z])")
_ISH = re.compile(r"\s*(?:-?\s?ish|\+|\?|(?<![a-z])x|or so|or more)$")
_RANGE = re.compile(r"^(.+?)\s*(?:-|–|—|\bto\b|\bor\b)\s*(.+)$")
_NUMBER = re.compile(r"^(?:\d{1,3}(?:,\d{3})+|\d{1,9})?(?:\.\d{1,6})?\.?$")
_FRACTION = re.compile(r"^(?:(\d{1,6})[\s-]+(?:and\s+)?)?(\d{1,6}|[il])\s?/\s?(\d{1,6})$")


def parse_quantity(spelling: str) -> float | None:
    """The number that `spelling` stands for (`1 1/2`, `.5`, `~20`, `half a dozen`); a range gives its lower end.

    None when it is no number.
    """
    if len(spelling) > _MAX_SPELLING:
        return None
    text = _plain(spelling)
    value = _parse(text)
    return value if value is not None and 0 <= value <= MAX_QUANTITY else None


def _plain(spelling: str) -> str:
    text = spelling.strip().lower()
    for sign, written in FRACTION_SIGNS.items():
        text = text.replace(sign, f" {written}")
    text = text.replace("⁄", "/").strip()
    for _ in range(2):
        text = _ISH.sub("", _ABOUT.sub("", text)).strip()
    return text


def _parse(text: str) -> float | None:
    for read in (_digits, _fraction, _words, _range):
        value = read(text)
        if value is not None:
            return value
    return None


def _digits(text: str) -> float | None:
    if not any(c.isdigit() for c in text) or not _NUMBER.match(text):
        return None
    return float(text.rstrip(".").replace(",", ""))


def _fraction(text: str) -> float | None:
    match = _FRACTION.match(text)
    if match is None:
        return None
    whole, top, bottom = match.groups()
    numerator = 1 if top in "il" else int(top)
    return None if int(bottom) == 0 else int(whole or 0) + numerator / int(bottom)


def _words(text: str) -> float | None:
    """Sums `twenty-five` and `one and a half`, multiplies `two dozen` and `one half`; an article alone is one."""
    words = [word for word in _WORD_GAP.split(text) if word not in ("of", "full")]
    counted = [word for word in words if word not in ("a", "an")]
    if not counted:
        return 1.0 if words else None
    total: float | None = None
    joined = False
    for word in counted:
        if word == "and":
            joined = True
            continue
        total = _joined(total, word, joined=joined)
        joined = False
        if total is None:
            return None
    return total


def _joined(total: float | None, word: str, *, joined: bool) -> float | None:
    if word in _SCALES:
        return (1.0 if total is None else total) * _SCALES[word]
    if word in _PARTS and not joined:
        return (1.0 if total is None else total) * _PARTS[word]
    value = _word(word)
    if value is None or total is None:
        return value
    return None if word[0].isdigit() else total + value


def _word(word: str) -> float | None:
    for table in (_ONES, _TENS, _VAGUE, _PARTS):
        if word in table:
            return float(table[word])
    return _digits(word)


def _range(text: str) -> float | None:
    match = _RANGE.match(text)
    if match is None:
        return None
    low, high = _single(match[1]), _single(match[2])
    return low if low is not None and high is not None and low <= high else None


def _single(text: str) -> float | None:
    return _digits(text) if any(c.isdigit() for c in text) and "/" not in text else _fraction(text) or _words(text)
