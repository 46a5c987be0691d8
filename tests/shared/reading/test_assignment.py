"""The heaviest one-to-one pairing."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from reading.assignment import LARGEST, heaviest_pairing

edges = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.sampled_from([0.5, 1.0, 2.0, 3.5]))


def heaviest(weights: dict[tuple[int, int], float]) -> float:
    return max(sum(weights.get((i, j), 0.0) for i, j in enumerate(order)) for order in permutations(range(5)))


@given(edges)
def test_no_other_pairing_weighs_more(weights: dict[tuple[int, int], float]) -> None:
    chosen = heaviest_pairing(weights)
    assert abs(sum(weights[edge] for edge in chosen) - heaviest(weights)) < 1e-9
    assert len({i for i, _ in chosen}) == len({j for _, j in chosen}) == len(chosen)


def test_hundreds_of_like_items_are_paired_too() -> None:
    size = LARGEST + 20
    weights = {(i, j): 1.0 - abs(i - j) / size for i in range(size) for j in range(size)}
    assert heaviest_pairing(weights) == [(i, i) for i in range(size)]
