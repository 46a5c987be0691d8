"""The recipe from a dataset to an adapter's folder, with a base of random weights."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from peft import PeftModel
from transformers import AutoModelForCausalLM

from contracts import AdapterManifest
from contracts.hashing import ADAPTER_FILES, adapter_sha256, base_model_ref
from trainer_orchestrator.recipe.train_lora import main


def arguments(data: Path, base: Path | str, output: Path, *more: str) -> list[str]:
    return ["--data", str(data), "--base", str(base), "--output", str(output), "--rank", "2", "--epochs", "1", *more]


def test_an_adapter_is_written_with_manifest_metrics_and_metadata(
    dataset: Path, tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "adapters" / "v1"
    assert main(arguments(dataset, tiny_base, output)) == 0
    manifest = AdapterManifest.model_validate_json((output / "manifest.json").read_text())
    assert manifest.sha256 == adapter_sha256(output)
    assert manifest.base == base_model_ref("tiny-base", tiny_base)
    assert set(manifest.files) == set(ADAPTER_FILES)
    assert {path.name for path in output.iterdir()} == {
        *ADAPTER_FILES,
        "manifest.json",
        "metrics.json",
        "metadata.json",
    }
    assert json.loads((output / "metrics.json").read_text())["held_out"]["adapter"]["messages"] == 2
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"step", "steps", "loss", "tokens_per_second", "eta_seconds"} < set(
        next(event for event in events if event["event"] == "step")
    )
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_base), str(output))
    assert "default" in model.peft_config


def test_the_same_seed_gives_the_same_adapter(dataset: Path, tiny_base: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert main(arguments(dataset, tiny_base, tmp_path / name, "--seed", "3")) == 0
    assert adapter_sha256(tmp_path / "a") == adapter_sha256(tmp_path / "b")


def test_too_few_audits_are_refused_with_their_number(
    dataset: Path, tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (dataset / "train.jsonl").read_text().splitlines(keepends=True)
    (dataset / "train.jsonl").write_text("".join(lines[:5]))
    assert main(arguments(dataset, tiny_base, tmp_path / "v1")) == 2
    assert capsys.readouterr().err == "Not enough audited records: 7 of 10.\n"
    assert not (tmp_path / "v1").exists()


@pytest.mark.parametrize(
    ("base", "said"),
    [("/no/such/folder", "was not found: give a folder"), ("no-such-model", "was not found: give a folder")],
)
def test_a_missing_base_is_one_sentence(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], base: str, said: str
) -> None:
    assert main(arguments(dataset, base, tmp_path / "v1")) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_four_bits_need_a_gpu(
    dataset: Path, tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(dataset, tiny_base, tmp_path / "v1", "--four-bit")) == 1
    assert capsys.readouterr().err.startswith("--four-bit needs ")


def test_an_incomplete_dataset_is_named(
    dataset: Path, tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (dataset / "held_out.jsonl").unlink()
    assert main(arguments(dataset, tiny_base, tmp_path / "v1")) == 1
    assert "held_out.jsonl is missing" in capsys.readouterr().err


def test_a_stopped_run_leaves_nothing_half_written(dataset: Path, tiny_base: Path, tmp_path: Path) -> None:
    output = tmp_path / "out" / "v1"
    command = [sys.executable, "-m", "trainer_orchestrator.recipe.train_lora"]
    given = arguments(dataset, tiny_base, output, "--epochs", "500")
    with subprocess.Popen([*command, *given], stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if b'"epoch"' in line)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert process.wait(30) == 128 + signal.SIGTERM
        assert time.monotonic() - began < 15
    assert not output.parent.exists() or not list(output.parent.iterdir())
