from hypothesis import given
from hypothesis import strategies as st

from trainer_orchestrator.recipe.strength import LEAST, fitting_strength


def test_a_base_that_reads_the_audits_well_keeps_the_least() -> None:
    assert fitting_strength(0.27) == LEAST


def test_a_base_that_has_much_to_learn_keeps_all() -> None:
    assert fitting_strength(2.46) == 1


@given(st.floats(0, 50), st.floats(0, 50))
def test_the_worse_a_base_reads_the_more_is_kept(one: float, other: float) -> None:
    assert fitting_strength(min(one, other)) <= fitting_strength(max(one, other))
