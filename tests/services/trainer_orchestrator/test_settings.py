"""Settings from the environment."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from trainer_orchestrator.run import Target
from trainer_orchestrator.settings import Settings


@pytest.mark.parametrize(("text", "duration"), [("2", 2), ("0.05", 0.05), ("PT5M", 300)])
def test_durations_are_seconds_or_iso_8601(monkeypatch, text, duration):
    monkeypatch.setenv("LARDER_RUN_LEASE", text)
    assert Settings().lease == timedelta(seconds=duration)


def test_a_base_model_folder_is_known_from_any_other_folder(monkeypatch, tmp_path: Path):
    (tmp_path / "tiny").mkdir()
    monkeypatch.chdir(tmp_path)
    assert Settings(base_model="tiny").base == str(tmp_path / "tiny")
    assert Settings(base_model="somebody/Model-1B").base == "somebody/Model-1B"


def test_versions_lie_in_the_data_folder_unless_set_elsewhere(monkeypatch, tmp_path: Path):
    monkeypatch.delenv("LARDER_VERSIONS_DIR", raising=False)
    monkeypatch.setenv("LARDER_HOME", str(tmp_path))
    assert Settings().versions_folder == tmp_path / "versions"
    monkeypatch.setenv("LARDER_VERSIONS_DIR", str(tmp_path / "mine"))
    assert Settings().versions_folder == tmp_path / "mine"


def test_runs_at_once_are_counts_by_target(monkeypatch):
    assert Settings().runs_at_once == {}
    monkeypatch.setenv("LARDER_RUNS_AT_ONCE", "lambda=3, ssh=2")
    assert Settings().runs_at_once == {Target.LAMBDA: 3, Target.SSH: 2}


@pytest.mark.parametrize("text", ["lambda", "lambda=0", "lambda=many", "moon=2"])
def test_runs_at_once_that_cannot_be_are_refused(monkeypatch, text):
    monkeypatch.setenv("LARDER_RUNS_AT_ONCE", text)
    with pytest.raises(ValidationError, match="LARDER_RUNS_AT_ONCE"):
        Settings()
