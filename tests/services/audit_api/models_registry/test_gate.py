"""A version must not be worse in any field."""

import pytest

from audit_api.models_registry.gate import FIELDS, judge
from contracts import Direction, Directory, Extraction, Item, Section
from reading.score import Tally, tallies

RIGHT = Extraction(
    direction=Direction.INBOUND,
    rescue_location="A",
    drop_off_location="B",
    sections=(Section(items=(Item(name="kale"),)),),
)
WRONG = {
    "direction": RIGHT.model_copy(update={"direction": Direction.BOTH}),
    "rescue_location": RIGHT.model_copy(update={"rescue_location": "C"}),
    "drop_off_location": RIGHT.model_copy(update={"drop_off_location": "C"}),
    "items_exact.f1": RIGHT.model_copy(update={"sections": ()}),
}


def read(right: int, wrong: int = 0, field: str = "direction") -> list[Tally]:
    """So many records read rightly, and so many wrongly in one field."""
    readings = [RIGHT] * right + [WRONG[field]] * wrong
    return tallies([RIGHT] * len(readings), readings, Directory())


def test_the_same_is_not_worse() -> None:
    verdict = judge(read(8), read(8), "v1")
    assert (verdict.passed, verdict.reason) == (True, "Not worse than v1 in any field on 8 held-out records.")


@pytest.mark.parametrize("field", FIELDS)
def test_one_worse_field_is_enough(field: str) -> None:
    verdict = judge(read(50, 50, field), read(100), "v1")
    assert not verdict.passed
    assert f"{FIELDS[field]} 0." in verdict.reason
    assert "instead of 1.00 (difference -0." in verdict.reason
    assert "chance" not in verdict.reason


def test_a_small_loss_on_few_records_may_be_chance_and_is_called_so() -> None:
    verdict = judge(read(7, 1), read(8), "v1")
    assert not verdict.passed
    assert "direction 0.88 instead of 1.00 (difference -0." in verdict.reason
    assert verdict.reason.endswith("With so few records this may be chance: audit more, or activate it by hand.")


def test_a_gain_says_which_loss_few_records_cannot_rule_out() -> None:
    """The candidate is right where the other is wrong, and once the other way round."""
    candidate = [*read(1, 1), *read(6)]
    opponent = [*read(0, 1), *read(1), *read(5, 1)]
    verdict = judge(candidate, opponent, "v1")
    assert verdict.passed
    assert verdict.reason.startswith(
        "Not worse than v1 in any field on 8 held-out records. They cannot rule out a loss of"
    )
    assert verdict.reason.endswith("in direction.")


def test_without_held_out_records_nothing_is_judged() -> None:
    verdict = judge([], [], "v1")
    assert not verdict.passed
    assert "by hand" in verdict.reason
