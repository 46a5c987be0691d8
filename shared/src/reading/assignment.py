"""The one-to-one pairing with the greatest total weight. Pure.

Invariant: no row and no column is used twice, only pairs with an edge are made, and no other such pairing weighs more
(the Hungarian method with potentials, on each connected part by itself). Parts of more than `LARGEST` rows and columns
are paired by falling weight instead: hundreds of like items in one message, where the exact answer costs seconds.
"""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Final, TypeAlias

Edge: TypeAlias = tuple[int, int]

LARGEST: Final = 80


def heaviest_pairing(weights: Mapping[Edge, float]) -> list[Edge]:
    """`weights` holds the pairs that may be made, each above 0; the chosen ones, in order."""
    return sorted(edge for part in _parts(weights) for edge in _pair(part))


def _parts(weights: Mapping[Edge, float]) -> Iterator[dict[Edge, float]]:
    """The connected parts: pairs that share no row and no column with another part's."""
    by_node: dict[tuple[str, int], list[Edge]] = {}
    for edge in weights:
        by_node.setdefault(("row", edge[0]), []).append(edge)
        by_node.setdefault(("column", edge[1]), []).append(edge)
    left = dict.fromkeys(weights)
    while left:
        part: dict[Edge, float] = {}
        waiting = [next(iter(left))]
        while waiting:
            edge = waiting.pop()
            if edge in left:
                del left[edge]
                part[edge] = weights[edge]
                waiting += by_node[("row", edge[0])] + by_node[("column", edge[1])]
        yield part


def _pair(part: dict[Edge, float]) -> list[Edge]:
    rows, columns = sorted({i for i, _ in part}), sorted({j for _, j in part})
    if max(len(rows), len(columns)) > LARGEST:
        return _by_falling_weight(part)
    size = max(len(rows), len(columns))
    table = [[0.0] * size for _ in range(size)]
    for n, i in enumerate(rows):
        for m, j in enumerate(columns):
            table[n][m] = -part.get((i, j), 0.0)
    chosen = enumerate(_cheapest(table))
    pairs = [(rows[n], columns[m]) for n, m in chosen if n < len(rows) and m < len(columns)]
    return [pair for pair in pairs if pair in part]


def _by_falling_weight(part: dict[Edge, float]) -> list[Edge]:
    rows: set[int] = set()
    columns: set[int] = set()
    chosen = []
    for i, j in sorted(part, key=lambda edge: (-part[edge], edge)):
        if i not in rows and j not in columns:
            rows.add(i)
            columns.add(j)
            chosen.append((i, j))
    return chosen


def _cheapest(cost: list[list[float]]) -> list[int]:
    """The column of each row in the cheapest full assignment of a square table."""
    size = len(cost)
    row_price, column_price = [0.0] * (size + 1), [0.0] * (size + 1)
    row_of = [size] * (size + 1)
    """For each column its row; `size` is nobody. Column `size` is where a new row begins to look."""
    for row in range(size):
        row_of[size] = row
        _make_room(cost, row_price, column_price, row_of)
    columns = [0] * size
    for column in range(size):
        columns[row_of[column]] = column
    return columns


def _make_room(cost: list[list[float]], row_price: list[float], column_price: list[float], row_of: list[int]) -> None:
    """Find the cheapest chain of changes that gives the new row a column, and make them."""
    size = len(cost)
    slack, came_from, seen = [inf] * (size + 1), [size] * (size + 1), [False] * (size + 1)
    column = size
    while row_of[column] != size:
        seen[column] = True
        row = row_of[column]
        for other in range(size):
            reduced = cost[row][other] - row_price[row] - column_price[other]
            if not seen[other] and reduced < slack[other]:
                slack[other], came_from[other] = reduced, column
        following = min((other for other in range(size) if not seen[other]), key=slack.__getitem__)
        step = slack[following]
        for other in range(size + 1):
            if seen[other]:
                row_price[row_of[other]] += step
                column_price[other] -= step
            else:
                slack[other] -= step
        column = following
    while column != size:
        row_of[column] = row_of[came_from[column]]
        column = came_from[column]
