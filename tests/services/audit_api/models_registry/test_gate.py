"""A version must not be worse in any field."""

from typing import Any

import pytest

from audit_api.models_registry.gate import judge


def scores(records: int = 8, direction: float = 0.5, f1: float = 0.5, **places: float) -> dict[str, Any]:
    named = {"rescue_location": 0.5, "drop_off_location": 0.5, **places}
    return {"messages": records, "direction": direction, "items_exact": {"f1": f1}, **named}


def test_the_same_is_not_worse() -> None:
    verdict = judge(scores(), scores(), "v1")
    assert verdict.passed
    assert verdict.reason == "Not worse than v1 in any field on 8 held-out records."


@pytest.mark.parametrize("field", ["direction", "f1", "rescue_location", "drop_off_location"])
def test_one_worse_field_is_enough(field: str) -> None:
    better = {"direction": 0.9, "f1": 0.9, "rescue_location": 0.9, "drop_off_location": 0.9}
    verdict = judge(scores(**{**better, field: 0.4}), scores(), "v1")
    assert not verdict.passed
    assert "0.40 instead of 0.50" in verdict.reason


def test_without_held_out_records_nothing_is_judged() -> None:
    verdict = judge(scores(records=0), scores(records=0), "v1")
    assert not verdict.passed
    assert "by hand" in verdict.reason
