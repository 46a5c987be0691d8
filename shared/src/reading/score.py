"""How good a reading is: fields right, items found.

Invariant: items are matched one to one so that as many as possible match, whatever their order. Names are compared in
lower case without outer punctuation, units in the singular, quantities within 2 %; a lenient name shares half of its
words. Places are compared by their canonical name, and the group's home counts as no place.
"""

import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple, Self

from contracts import Directory, Extraction, Item
from reading.faithful import grounded_values
from reading.places import Places, key
from reading.units import canonical_unit

TOLERANCE: Final = 0.02
_UNCOUNTED: Final = frozenset({"item", "each"})
"""Units that say no more than the number does."""
_LONGEST_PATH: Final = 200
"""Bounds the recursion; beyond it, in lists of hundreds of like items, a match may be missed."""


@dataclass(frozen=True)
class ItemScore:
    """Precision, recall, and their harmonic mean, each 0..1."""

    precision: float
    recall: float
    f1: float

    @classmethod
    def of(cls, hits: float, wanted: float, found: float) -> Self:
        precision = hits / found if found else float(not wanted)
        recall = hits / wanted if wanted else float(not found)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return cls(round(precision, 4), round(recall, 4), round(f1, 4))


@dataclass(frozen=True)
class Scores:
    """Shares of the messages unless said otherwise; 0..1."""

    messages: int
    direction: float
    rescue_location: float
    drop_off_location: float
    items_exact: ItemScore
    items_lenient: ItemScore
    all_exact: float
    """Messages in which every item is exact and none is too many."""
    sections_count: float
    pounds_error: float
    """The summed absolute difference in pounds over the summed pounds of the gold; 0 when the gold has none."""
    ungrounded: float
    """Names, quantities, units and places that the message does not say, as a share of all that were given; 0 where
    the texts were not given."""
    invalid: float
    """Messages without a usable reading; they count as read empty."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class Tally(NamedTuple):
    """What one message adds to the scores; tallies are summed column by column."""

    messages: float
    direction: float
    rescue_location: float
    drop_off_location: float
    wanted: float
    found: float
    exact: float
    lenient: float
    all_exact: float
    sections_count: float
    pounds_off: float
    pounds: float
    values: float
    ungrounded: float
    invalid: float

    @classmethod
    def summed(cls, tallies: Iterable[Self]) -> Self:
        rows = list(tallies)
        return cls(*map(sum, zip(*rows, strict=True))) if rows else cls(*[0.0] * len(cls._fields))

    def scores(self) -> Scores:
        def share(of: float, whole: float) -> float:
            return round(of / whole, 4) if whole else 0.0

        return Scores(
            messages=int(self.messages),
            direction=share(self.direction, self.messages),
            rescue_location=share(self.rescue_location, self.messages),
            drop_off_location=share(self.drop_off_location, self.messages),
            items_exact=ItemScore.of(self.exact, self.wanted, self.found),
            items_lenient=ItemScore.of(self.lenient, self.wanted, self.found),
            all_exact=share(self.all_exact, self.messages),
            sections_count=share(self.sections_count, self.messages),
            pounds_error=share(self.pounds_off, self.pounds),
            ungrounded=share(self.ungrounded, self.values),
            invalid=share(self.invalid, self.messages),
        )


def score(
    gold: Sequence[Extraction],
    predicted: Sequence[Extraction | None],
    directory: Directory,
    texts: Sequence[str] | None = None,
) -> Scores:
    """Compares readings pairwise. Raises ValueError when the numbers of readings differ."""
    return Tally.summed(tallies(gold, predicted, directory, texts)).scores()


def tallies(
    gold: Sequence[Extraction],
    predicted: Sequence[Extraction | None],
    directory: Directory,
    texts: Sequence[str] | None = None,
) -> list[Tally]:
    """One for each message; a reading of None stands for a message that could not be read."""
    places = Places(directory)
    known: Sequence[str | None] = texts or [None] * len(gold)
    return [tally(*row, places, text) for row, text in zip(zip(gold, predicted, strict=True), known, strict=True)]


def tally(wanted: Extraction, reading: Extraction | None, places: Places, text: str | None = None) -> Tally:
    """How the reading of one message compares with its audit; without the text nothing is known of its values."""
    found = reading or Extraction()
    exact = len(matched(wanted.items, found.items, same_item))
    values, ungrounded = (0, 0) if text is None else grounded_values(found, text, places)
    return Tally(
        messages=1,
        direction=wanted.direction == found.direction,
        rescue_location=same_place(wanted.rescue_location, found.rescue_location, places),
        drop_off_location=same_place(wanted.drop_off_location, found.drop_off_location, places),
        wanted=len(wanted.items),
        found=len(found.items),
        exact=exact,
        lenient=len(matched(wanted.items, found.items, similar_item)),
        all_exact=len(wanted.items) == len(found.items) == exact,
        sections_count=len(wanted.sections) == len(found.sections),
        pounds_off=abs(wanted.pounds - found.pounds),
        pounds=wanted.pounds,
        values=values,
        ungrounded=ungrounded,
        invalid=reading is None,
    )


def same_place(left: str | None, right: str | None, places: Places) -> bool:
    """Whether two spellings name one place; none written is the group's home."""
    return _place(left, places) == _place(right, places)


def same_head(field: str, left: Extraction, right: Extraction, places: Places) -> bool:
    """Whether two readings agree on `direction`, or on one of the message's two places."""
    a, b = getattr(left, field), getattr(right, field)
    return bool(a == b) if field == "direction" else same_place(a, b, places)


def right_items(wanted: Extraction, found: Extraction) -> set[int]:
    """The positions of the found reading's items that the wanted one has too."""
    return {j for _, j in matched(wanted.items, found.items, same_item)}


def same_item(left: Item, right: Item) -> bool:
    return same_counts(left, right) and plain(left.name) == plain(right.name)


def similar_item(left: Item, right: Item) -> bool:
    """Same quantity and unit, and names that share at least half of their words."""
    a, b = set(re.findall(r"[\w']+", plain(left.name))), set(re.findall(r"[\w']+", plain(right.name)))
    return same_counts(left, right) and bool(a and b) and len(a & b) / len(a | b) >= 0.5


def same_counts(left: Item, right: Item) -> bool:
    """Whether quantity and unit are the same."""
    return same_quantity(left.quantity, right.quantity) and _unit(left.unit) == _unit(right.unit)


def same_quantity(left: float | None, right: float | None) -> bool:
    """Within the tolerance; none written is its own value."""
    if left is None or right is None:
        return left is right
    return abs(left - right) <= TOLERANCE * max(1.0, abs(left))


def plain(name: str) -> str:
    """A name as it is compared."""
    text = html.unescape(name).replace("\u2019", "'").lower()
    return re.sub(r"\s+", " ", text).strip(" .,!-")


def matched(left: Sequence[Item], right: Sequence[Item], same: Callable[[Item, Item], bool]) -> list[tuple[int, int]]:
    """A largest one-to-one matching, as pairs of positions (augmenting paths; lists are short)."""
    edges = [[j for j, other in enumerate(right) if same(item, other)] for item in left]
    partner: dict[int, int] = {}

    def assign(i: int, seen: set[int]) -> bool:
        free = next((j for j in edges[i] if j not in partner), None)
        if free is not None:
            partner[free] = i
            return True
        for j in edges[i]:
            if j not in seen and len(seen) < _LONGEST_PATH:
                seen.add(j)
                if assign(partner[j], seen):
                    partner[j] = i
                    return True
        return False

    for i in range(len(left)):
        assign(i, set())
    return sorted((i, j) for j, i in partner.items())


def _unit(spelling: str | None) -> str | None:
    if not spelling:
        return None
    unit = canonical_unit(spelling) or spelling.lower().strip()
    return None if unit in _UNCOUNTED else unit


def _place(spelling: str | None, places: Places) -> str:
    if not spelling:
        return ""
    name = places.resolve(spelling)
    return "" if name is not None and name in places.homes else name or key(spelling)
