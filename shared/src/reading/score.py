"""How good a reading is: fields right, items found.

Invariant: items are matched one to one so that as many as possible match, whatever their order. Names are compared in
lower case without outer punctuation, units in the singular, quantities within 2 %; a lenient name shares half of its
words. Places are compared by their canonical name, and the group's home counts as no place.
"""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from contracts import Directory, Extraction, Item
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

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def score(gold: Sequence[Extraction], predicted: Sequence[Extraction], directory: Directory) -> Scores:
    """Compares readings pairwise. Raises ValueError when the numbers of readings differ."""
    pairs = list(zip(gold, predicted, strict=True))
    places = Places(directory)

    def share(holds: Callable[[Extraction, Extraction], bool]) -> float:
        return round(sum(holds(g, p) for g, p in pairs) / len(pairs), 4) if pairs else 0.0

    return Scores(
        messages=len(pairs),
        direction=share(lambda g, p: g.direction == p.direction),
        rescue_location=share(lambda g, p: same_place(g.rescue_location, p.rescue_location, places)),
        drop_off_location=share(lambda g, p: same_place(g.drop_off_location, p.drop_off_location, places)),
        items_exact=_item_score(pairs, same_item),
        items_lenient=_item_score(pairs, similar_item),
        all_exact=share(lambda g, p: len(g.items) == len(p.items) == len(matched(g.items, p.items, same_item))),
        sections_count=share(lambda g, p: len(g.sections) == len(p.sections)),
        pounds_error=_pounds_error(pairs),
    )


def same_place(left: str | None, right: str | None, places: Places) -> bool:
    """Whether two spellings name one place; none written is the group's home."""
    return _place(left, places) == _place(right, places)


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


def _item_score(pairs: Sequence[tuple[Extraction, Extraction]], same: Callable[[Item, Item], bool]) -> ItemScore:
    hits = sum(len(matched(g.items, p.items, same)) for g, p in pairs)
    wanted, found = sum(len(g.items) for g, _ in pairs), sum(len(p.items) for _, p in pairs)
    precision = hits / found if found else float(not wanted)
    recall = hits / wanted if wanted else float(not found)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return ItemScore(round(precision, 4), round(recall, 4), round(f1, 4))


def _pounds_error(pairs: Sequence[tuple[Extraction, Extraction]]) -> float:
    total = sum(g.pounds for g, _ in pairs)
    return round(sum(abs(g.pounds - p.pounds) for g, p in pairs) / total, 4) if total else 0.0


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
