"""The run's state machine, as a graph and as random walks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import RunState
from trainer_orchestrator.run import (
    CANCELLED,
    DONE,
    FAILURE_IN,
    FINAL,
    MOVES,
    Dataset,
    IllegalMoveError,
    Reason,
    Run,
    Target,
    failure,
    machine_name,
)

AT = datetime(2025, 4, 1, 12, tzinfo=UTC)
REQUESTED = Run("r1", "key", "v1", Target.LOCAL, "base", AT)
DATASET = Dataset(id="d1", sha256="d" * 64, train=3, held_out=2, reference_version="abc", frozen_at=AT)
WORKING = [state for state in RunState if state not in FINAL and state is not RunState.RELEASING]
FAILED = failure(Reason.TRAINING_FAILED, "It failed.")


def moves_from(run: Run) -> list[Run]:
    """Every next moment that the run's own methods allow."""
    tries = [
        lambda: run.frozen(DATASET),
        lambda: run.launching("larder-test-r1-1", AT),
        *(lambda to=to: run.advanced(to) for to in RunState),
        *(lambda ending=ending: run.ended(ending) for ending in (DONE, CANCELLED, FAILED)),
        lambda: run.released(AT),
    ]
    return [after for attempt in tries if (after := _allowed(attempt)) is not None]


def _allowed(attempt) -> Run | None:
    try:
        return attempt()
    except IllegalMoveError:
        return None


@given(st.data())
def test_no_path_ends_a_run_without_releasing_after_a_machine_was_launched(data: st.DataObject):
    run, path = REQUESTED, [RunState.REQUESTED]
    while not run.is_over:
        run = data.draw(st.sampled_from(moves_from(run)))
        path.append(run.state)
    assert path[-2] is RunState.RELEASING
    assert len(path) == len(set(path))
    if run.machine is not None:
        assert path.index(RunState.RELEASING) > path.index(RunState.LAUNCHING)


@given(st.data())
def test_a_run_is_done_only_if_it_published(data: st.DataObject):
    run, path = REQUESTED, [RunState.REQUESTED]
    while not run.is_over:
        run = data.draw(st.sampled_from(moves_from(run)))
        path.append(run.state)
    if run.state is RunState.DONE:
        assert RunState.PUBLISHING in path
        assert run.ending == DONE
    if run.state is RunState.FAILED:
        assert run.ending is not None
        assert run.ending.reason is not None


def test_every_state_but_the_last_three_leads_on():
    assert {state for state in RunState if not MOVES[state]} == FINAL


def test_only_releasing_leads_to_an_end():
    assert {state for state in RunState if MOVES[state] & FINAL} == {RunState.RELEASING}


@pytest.mark.parametrize("state", WORKING)
def test_a_working_state_can_always_be_given_up(state: RunState):
    assert RunState.RELEASING in MOVES[state]
    assert state in FAILURE_IN


@pytest.mark.parametrize("state", [RunState.PUBLISHING, RunState.RELEASING, *FINAL])
def test_a_run_that_may_be_visible_already_cannot_be_cancelled(state: RunState):
    run = Run("r1", "key", "v1", Target.LOCAL, "base", AT, state=state)
    assert not run.is_cancellable
    with pytest.raises(IllegalMoveError):
        run.ended(CANCELLED)


def test_an_ending_is_decided_once():
    run = REQUESTED.ended(FAILED)
    with pytest.raises(IllegalMoveError):
        run.ended(CANCELLED)
    assert run.released(AT).state is RunState.FAILED


def test_an_event_tells_the_typed_reason_and_the_sentence():
    assert REQUESTED.ended(FAILED).event(AT).reason == "TRAINING_FAILED: It failed."
    assert REQUESTED.event(AT).reason is None


def test_a_machine_is_named_after_its_run_and_its_deadline():
    assert machine_name("local", "abc123", AT) == "larder-local-abc123-1743508800"
