"""Which items of two readings are the same thing: a one-to-one assignment with the greatest total likeness.

Invariant: equal items are paired first, in their order; the rest by optimal assignment, so that one item's partner is
never taken by a worse fit where the total would suffer. Two items can be partners only when their names share a word
or were found at the same spot of the message. Beyond `LARGEST` like items in one tangle the pairing is greedy, so that
a hostile message costs no more than its size.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from contracts import Extraction, Item, Span
from reading.score import plain, same_counts

LARGEST: Final = 40
"""Items of one side that are assigned optimally together; the time grows with the cube."""
_NEAREST: Final = 24
"""Candidates of an item that are looked at, the nearest in reading order first."""
Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Placed:
    """An item with its path, its section's place, and where its name stands in the message, if that is known."""

    path: str
    item: Item
    location: str | None
    span: Span | None


def placed(extraction: Extraction) -> list[Placed]:
    """The items of a reading in reading order."""
    return [
        Placed(path, item, section.location, extraction.evidence.get(f"{path}.name"))
        for s, section in enumerate(extraction.sections)
        for i, item in enumerate(section.items)
        for path in (f"sections.{s}.items.{i}",)
    ]


def pair_items(left: Sequence[Placed], right: Sequence[Placed]) -> list[Pair]:
    """Positions (left, right) of the items that are the same thing, in the order of `left`."""
    pairs = _equal(left, right)
    rest_left = sorted(set(range(len(left))) - {i for i, _ in pairs})
    rest_right = sorted(set(range(len(right))) - {j for _, j in pairs})
    for tangle in _tangles(_candidates(left, right, rest_left, rest_right)):
        pairs += _assigned(tangle)
    return sorted(pairs)


def likeness(left: Placed, right: Placed) -> float:
    """0 when two items cannot be the same thing; at most 1."""
    a, b = _words(left.item.name), _words(right.item.name)
    name = len(a & b) / len(a | b) if a | b else 0.0
    same_spot = bool(left.span and right.span and _overlap(left.span, right.span))
    if not name and not same_spot:
        return 0.0
    counts = 0.2 * same_counts(left.item, right.item) + 0.05 * (left.location == right.location)
    return 0.35 * name + 0.4 * same_spot + counts


def _equal(left: Sequence[Placed], right: Sequence[Placed]) -> list[Pair]:
    """First those that agree in everything, then those that stand under another place."""
    pairs: list[Pair] = []
    for with_place in (True, False):
        waiting: dict[object, list[int]] = defaultdict(list)
        taken_left, taken_right = {i for i, _ in pairs}, {j for _, j in pairs}
        for j in reversed([j for j in range(len(right)) if j not in taken_right]):
            waiting[_key(right[j], with_place=with_place)].append(j)
        for i in (i for i in range(len(left)) if i not in taken_left):
            if waiting[_key(left[i], with_place=with_place)]:
                pairs.append((i, waiting[_key(left[i], with_place=with_place)].pop()))
    return pairs


def _key(one: Placed, *, with_place: bool) -> object:
    return plain(one.item.name), one.item.quantity, one.item.unit, one.location if with_place else None


def _candidates(
    left: Sequence[Placed], right: Sequence[Placed], rest_left: Sequence[int], rest_right: Sequence[int]
) -> dict[Pair, float]:
    by_word: dict[str, list[int]] = defaultdict(list)
    for j in rest_right:
        for word in _words(right[j].item.name):
            by_word[word].append(j)
    found: dict[Pair, float] = {}
    at_spot = _by_spot(right, rest_right)
    for i in rest_left:
        words = {j for word in _words(left[i].item.name) for j in _near(by_word[word], i)}
        spots = _near(sorted({j for at in _spots(left[i]) for j in at_spot[at]}), i)
        like = {(i, j): likeness(left[i], right[j]) for j in words | set(spots)}
        found |= {pair: value for pair, value in like.items() if value}
    return found


def _near(sorted_positions: Sequence[int], around: int) -> list[int]:
    return sorted(sorted_positions, key=lambda j: abs(j - around))[:_NEAREST]


def _by_spot(right: Sequence[Placed], rest: Sequence[int]) -> Mapping[int, list[int]]:
    at_spot: dict[int, list[int]] = defaultdict(list)
    for j in rest:
        for at in _spots(right[j]):
            at_spot[at].append(j)
    return at_spot


def _spots(one: Placed) -> Sequence[int]:
    """Spans are hashed by blocks of eight characters, so that overlapping ones meet."""
    return range(one.span.start // 8, (one.span.end - 1) // 8 + 1) if one.span else ()


def _tangles(edges: Mapping[Pair, float]) -> Iterator[dict[Pair, float]]:
    """Groups of edges that share no item with one another."""
    root: dict[tuple[str, int], tuple[str, int]] = {}

    def find(node: tuple[str, int]) -> tuple[str, int]:
        while root.setdefault(node, node) != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for i, j in edges:
        root[find(("left", i))] = find(("right", j))
    groups: dict[tuple[str, int], dict[Pair, float]] = defaultdict(dict)
    for (i, j), value in edges.items():
        groups[find(("left", i))][i, j] = value
    yield from groups.values()


def _assigned(edges: Mapping[Pair, float]) -> list[Pair]:
    rows, columns = sorted({i for i, _ in edges}), sorted({j for _, j in edges})
    if max(len(rows), len(columns)) > LARGEST:
        return _greedy(edges)
    size = max(len(rows), len(columns))
    costs = [
        [-edges.get((rows[r], columns[c]), 0.0) if r < len(rows) and c < len(columns) else 0.0 for c in range(size)]
        for r in range(size)
    ]
    chosen = [(rows[r], columns[c]) for r, c in enumerate(assignment(costs)) if r < len(rows) and c < len(columns)]
    return [pair for pair in chosen if pair in edges]


def _greedy(edges: Mapping[Pair, float]) -> list[Pair]:
    pairs: list[Pair] = []
    lefts: set[int] = set()
    rights: set[int] = set()
    for i, j in sorted(edges, key=lambda pair: (-edges[pair], abs(pair[0] - pair[1]), pair)):
        if i not in lefts and j not in rights:
            pairs.append((i, j))
            lefts.add(i)
            rights.add(j)
    return pairs


def assignment(costs: Sequence[Sequence[float]]) -> list[int]:
    """For each row of a square matrix its column, so that the sum is least (Hungarian algorithm with potentials)."""
    size = len(costs)
    row_price, column_price = [0.0] * (size + 1), [0.0] * (size + 1)
    row_of = [0] * (size + 1)
    for row in range(1, size + 1):
        row_of[0], column = row, 0
        least, came_from, seen = [float("inf")] * (size + 1), [0] * (size + 1), [False] * (size + 1)
        while row_of[column]:
            seen[column] = True
            current = row_of[column]
            for c in range(1, size + 1):
                reduced = costs[current - 1][c - 1] - row_price[current] - column_price[c]
                if not seen[c] and reduced < least[c]:
                    least[c], came_from[c] = reduced, column
            column_next = min((c for c in range(1, size + 1) if not seen[c]), key=lambda c: least[c])
            delta = least[column_next]
            for c in range(size + 1):
                if seen[c]:
                    row_price[row_of[c]] += delta
                    column_price[c] -= delta
                else:
                    least[c] -= delta
            column = column_next
        while column:
            row_of[column] = row_of[came_from[column]]
            column = came_from[column]
    columns = [0] * size
    for c in range(1, size + 1):
        columns[row_of[c] - 1] = c - 1
    return columns


def _words(name: str) -> frozenset[str]:
    """Words without a plural's `s`, so that `apple` meets `apples`."""
    return frozenset(word.rstrip("s") or word for word in re.findall(r"\w+", plain(name)))


def _overlap(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end
