"""A run's log: it grows, tells progress and the last sentence, and is shown under the version's name."""

from pathlib import Path

import pytest
from trainer_support import now

from trainer_orchestrator.logbook import Logbook
from trainer_orchestrator.run import Run, Target

RUN = Run("r1", "key", "v1", Target.LOCAL, "larder-tiny", now())


@pytest.fixture
def logbook(tmp_path: Path) -> Logbook:
    return Logbook(tmp_path)


def test_a_log_grows_and_is_shown_under_its_version(logbook, tmp_path):
    logbook.append(RUN, b"one\n")
    logbook.append(RUN, b"two\n")
    assert logbook.size(RUN) == 8
    assert (tmp_path / "logs/v1/training.log").read_bytes() == b"one\ntwo\n"


def test_progress_is_the_newest_step(logbook):
    logbook.append(RUN, b'{"event": "step", "step": 1, "steps": 9}\n{"event": "step", "step": 2, "steps": 9, "x": 1}\n')
    logbook.append(RUN, b'{"event": "epoch", "loss": 1}\na warning\n{"event": "step", "st')
    assert logbook.progress(RUN) == {"step": 2, "steps": 9}


def test_a_loss_that_is_no_number_is_left_out(logbook):
    logbook.append(RUN, b'{"event": "step", "step": 1, "loss": NaN, "eta_seconds": Infinity, "steps": "many"}\n')
    assert logbook.progress(RUN) == {"step": 1}


def test_the_last_sentence_is_the_last_line_for_a_person(logbook):
    assert logbook.last_sentence(RUN) is None
    logbook.append(RUN, b'\nToo few rows.\n\n{"event": "end"}\n')
    assert logbook.last_sentence(RUN) == "Too few rows."


def test_a_log_may_hold_any_bytes_and_any_length(logbook):
    logbook.append(RUN, b"\xff\x00" * 20_000 + b"\nthe end\x00\n")
    assert logbook.last_sentence(RUN) == "the end"
    assert logbook.progress(RUN) == {}


def test_broken_metadata_of_a_recipe_does_not_keep_a_run_from_ending(logbook, tmp_path):
    broken = tmp_path / "metadata.json"
    broken.write_text("[half")
    logbook.keep_metadata(RUN, broken)
    assert "unreadable" in (tmp_path / "logs/v1/metadata.json").read_text()
