"""Which items of two readings of one message speak of the same thing. Pure.

Invariant: items are paired one to one so that the pairs' likeness is greatest in all. Where both readings know where a
name stands in the message, that decides; otherwise the names' words do, then the counts, then the order.
"""

import re
from typing import Final

from contracts import Extraction, Item, Span
from reading.assignment import heaviest_pairing
from reading.score import plain, same_item, similar_item

_SAME_WORDS: Final = 4.0
"""What stands at the same place is the same thing, even when its name was cut differently."""
_SAME_ITEM, _SAME_NAME, _SIMILAR, _SHARED_WORD = 3.0, 2.0, 1.5, 0.5
_APART: Final = 1e-3
"""Less likeness for each place by which the items' order differs: settles ties between like items only."""


def item_paths(extraction: Extraction) -> list[str]:
    """The field path of each of `extraction.items`: `sections.0.items.2`."""
    return [
        f"sections.{s}.items.{i}" for s, section in enumerate(extraction.sections) for i in range(len(section.items))
    ]


def align(left: Extraction, right: Extraction) -> list[tuple[int, int]]:
    """Pairs of positions in `left.items` and `right.items`, in order."""
    lefts, rights = _placed(left), _placed(right)
    weights = {
        (i, j): likeness - _APART * abs(i - j) / max(len(lefts), len(rights))
        for i, (item, at) in enumerate(lefts)
        for j, (other, there) in enumerate(rights)
        if (likeness := _likeness(item, at, other, there))
    }
    return heaviest_pairing(weights)


def _placed(extraction: Extraction) -> list[tuple[Item, Span | None]]:
    paths = item_paths(extraction)
    return [(i, extraction.evidence.get(f"{path}.name")) for i, path in zip(extraction.items, paths, strict=True)]


def _likeness(left: Item, at: Span | None, right: Item, there: Span | None) -> float:
    """0 for items that have nothing in common."""
    same_words = _SAME_WORDS if at and there and at.start < there.end and there.start < at.end else 0.0
    if same_item(left, right):
        return same_words + _SAME_ITEM
    if plain(left.name) == plain(right.name):
        return same_words + _SAME_NAME
    if similar_item(left, right):
        return same_words + _SIMILAR
    return same_words + (_SHARED_WORD if _words(left) & _words(right) else 0.0)


def _words(item: Item) -> set[str]:
    return set(re.findall(r"[\w']+", plain(item.name)))
