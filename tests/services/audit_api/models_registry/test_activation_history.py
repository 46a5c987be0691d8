"""What a rollback goes back to."""

from hypothesis import given
from hypothesis import strategies as st

from audit_api.models_registry.history import Step, before_current


def activated(*versions: str) -> list[Step]:
    return [Step(version, rollback=False) for version in versions]


def test_a_rollback_goes_to_the_version_before() -> None:
    assert before_current(activated("v1", "v2", "v3")) == "v2"
    assert before_current(activated("v1")) is None


def test_rolling_back_twice_goes_back_two() -> None:
    history = [*activated("v1", "v2", "v3"), Step("v2", rollback=True)]
    assert before_current(history) == "v1"
    assert before_current([*history, Step("v1", rollback=True)]) is None


def test_a_version_that_came_back_is_not_its_own_predecessor() -> None:
    assert before_current(activated("v1", "v2", "v1")) == "v2"


def test_a_deleted_version_is_passed_over() -> None:
    assert before_current(activated("v1", "v2", "v3"), deleted={"v2"}) == "v1"


@given(st.lists(st.sampled_from(["v1", "v2", "v3", None]), max_size=12))
def test_rolling_back_ends_without_a_model(choices: list[str | None]) -> None:
    """None in `choices` is a rollback."""
    history: list[Step] = []
    for choice in choices:
        rolled = before_current(history)
        history.append(Step(rolled, rollback=True) if choice is None else Step(choice, rollback=False))
    for _ in range(len(choices) + 1):
        history.append(Step(before_current(history), rollback=True))
    assert history[-1].version is None
