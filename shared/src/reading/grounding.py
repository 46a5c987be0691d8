"""Where a phrase stands in a text, whatever its case and spacing.

Invariant: an occurrence begins and ends at the edge of a word or of a number (`2casesof apples` holds no `cases`, but
it holds 2: letters and digits part from each other, letters never part from letters).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

from reading.quantities import NUMBER_WORDS, parse_quantity
from reading.units import canonical_unit, singular

Range: TypeAlias = tuple[int, int]

_NUMBER: Final = re.compile(
    r"(?<![\d.])(?:\d{1,3}(?:,\d{3})+|(?:1\s+\d+/\d+|\d+\s+\d+/\d+(?!\s*g(?:al|l)))|\d+-\d+/\d+|[\dil]+/\d+|\d*\.?\d+(?:\s?(?:-|to|or)\s?\d*\.?\d+)?)"
    rf"|(?<![a-z])(?:half an?|an?\s(?:half|couple|few|dozen)|{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))}"
    r"|single|an?|some|many|i|l)(?![a-z'])",
    re.I,
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?\.?|#")
_HALVES: Final = re.compile(r"(?<![\d./])(?:[2-9]|\d\d+)\s*(?:x\s*)?\s(1/2\s*)\Z", re.I)


def squeeze(phrase: str) -> str:
    """What two spellings have in common that differ in case and spacing only."""
    return "".join(phrase.lower().split())


@dataclass(frozen=True)
class Squeezed:
    """A text without its spaces, and where each character came from."""

    text: str
    plain: str = field(init=False)
    positions: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        kept = [(c.lower(), i) for i, c in enumerate(self.text) if not c.isspace() and len(c.lower()) == 1]
        object.__setattr__(self, "plain", "".join(c for c, _ in kept))
        object.__setattr__(self, "positions", tuple(i for _, i in kept))

    def occurrences(self, phrase: str) -> Iterator[Range]:
        """Every whole-word occurrence of `phrase` in the text, in order, overlapping ones too."""
        wanted = squeeze(phrase)
        at = self.plain.find(wanted) if wanted else -1
        while at >= 0:
            found = self.positions[at], self.positions[at + len(wanted) - 1] + 1
            if _is_whole(self.text, *found):
                yield found
            at = self.plain.find(wanted, at + 1)


class Claims:
    """The phrases of a text that were taken, one after the other: no two of them overlap."""

    def __init__(self, text: Squeezed) -> None:
        self._text = text
        self._found: dict[str, list[Range]] = {}
        self._taken = bytearray(len(text.text))
        self._after = 0

    def take(self, phrase: str, fits: Callable[[Range], bool]) -> Range | None:
        """The free occurrence that fits, behind the one taken before, first; from now on it is taken."""
        best: tuple[bool, bool, Range] | None = None
        for at in self._occurrences(phrase):
            if any(self._taken[slice(*at)]):
                continue
            found = (not fits(at), at[0] < self._after, at)
            best = found if best is None else min(best, found)
            if not (found[0] or found[1]):
                break
        if best is None:
            return None
        start, self._after = best[2]
        self._taken[start : self._after] = b"x" * (self._after - start)
        return best[2]

    def _occurrences(self, phrase: str) -> list[Range]:
        """Found once: a message may name the same thing a thousand times."""
        if phrase not in self._found:
            self._found[phrase] = list(self._text.occurrences(phrase))
        return self._found[phrase]


def _is_whole(text: str, start: int, end: int) -> bool:
    return not _joined(text[start - 1 : start], text[start]) and not _joined(text[end - 1], text[end : end + 1])


def _joined(left: str, right: str) -> bool:
    return bool(left and right) and ((left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit()))


def numbers(text: str, start: int, end: int) -> Iterator[Range]:
    """What may be a quantity within `[start, end)`: digits, fractions, ranges, number words."""
    for match in _NUMBER.finditer(text, start, end):
        yield match.span()


def words(text: str, start: int, end: int) -> Iterator[Range]:
    """Single words and pairs of words within `[start, end)`: what may be a unit."""
    spans = [match.span() for match in _WORD.finditer(text, start, end)]
    yield from spans
    for (a, b), (c, d) in pairwise(spans):
        if not text[b:c].strip(" -"):
            yield a, d


def with_half(text: str, unit: Range) -> Range:
    """A unit's range with the half that belongs to it: `36 1/2 gal` is 36 half gallons, `1 1/2 gal` one and a half."""
    halves = (
        _HALVES.search(text[max(0, unit[0] - 16) : unit[0]]) if canonical_unit(text[slice(*unit)]) == "gallon" else None
    )
    return (unit[0] - len(halves[1]), unit[1]) if halves else unit


def unit_of(spelling: str) -> str:
    """The singular unit of a spelling, also of one that only this group uses (`sleds` -> `sled`)."""
    known = canonical_unit(spelling)
    if known is not None:
        return known
    return singular(" ".join(spelling.lower().split()).strip("."))


def means(spelling: str, quantity: float) -> bool:
    """Whether a number's spelling stands for `quantity`."""
    value = parse_quantity(spelling)
    return value is not None and abs(value - quantity) <= 0.02 * max(1.0, abs(quantity))


def line_of(text: str, position: int) -> Range:
    """The line of `text` that holds `position`."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return start, len(text) if end < 0 else end


def distance(a: Range, b: Range) -> int:
    """Characters between two ranges; a range after costs more than one before, as quantities come first."""
    return b[0] - a[1] if a[1] <= b[0] else (a[0] - b[1]) * 2 + 3


def overlap(a: Range, b: Range) -> bool:
    return a[0] < b[1] and b[0] < a[1]
