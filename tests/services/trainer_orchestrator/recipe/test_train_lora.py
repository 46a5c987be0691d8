"""The recipe from a dataset to an adapter's folder, with a base of random weights."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from contracts import AdapterManifest
from contracts.hashing import ADAPTER_FILES, adapter_sha256, base_model_ref, files_sha256
from reading.target import FORMAT
from trainer_orchestrator.recipe import fitting
from trainer_orchestrator.recipe.checkpoint import Checkpoint
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
    last = [event for event in events if event["event"] == "step"][-1]
    assert last["step"] == last["steps"]
    assert last["eta_seconds"] == 0


def test_metadata_says_what_decided_the_outcome(audits: Path, tiny_base: Path, tmp_path: Path) -> None:
    assert main(arguments(audits, tiny_base, tmp_path / "v1", "--price-per-hour", "3600")) == 0
    told = json.loads((tmp_path / "v1" / "metadata.json").read_text())
    assert told["data_sha256"] == files_sha256(audits / f for f in ("train.jsonl", "held_out.jsonl", "directory.json"))
    assert told["base_sha256"] == base_model_ref("tiny-base", tiny_base).sha256
    assert told["target_format"] == FORMAT
    assert told["options"]["rank"] == 2
    assert told["cost"] == pytest.approx(told["seconds"])
    assert told["started_at"] < told["finished_at"]
    assert {"torch", "transformers", "peft"} <= set(told["packages"])


BARE = """
import sys
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base, adapter = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(base)
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter)
ids = tokenizer("took 3 cases rolls", return_tensors="pt", add_special_tokens=False).input_ids
print(model.generate(input_ids=ids, max_new_tokens=3, do_sample=False).shape[0], len(model.peft_config))
"""


def test_an_adapter_loads_in_a_script_that_knows_nothing_but_peft(
    audits: Path, tiny_base: Path, tmp_path: Path
) -> None:
    assert main(arguments(audits, tiny_base, tmp_path / "v1")) == 0
    script = tmp_path / "bare.py"
    script.write_text(BARE)
    command = [sys.executable, str(script), str(tiny_base), str(tmp_path / "v1")]
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout.split() == [
        "1",
        "1",
    ]


def test_the_same_seed_gives_the_same_adapter(audits: Path, tiny_base: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert main(arguments(audits, tiny_base, tmp_path / name, "--seed", "3")) == 0
    assert adapter_sha256(tmp_path / "a") == adapter_sha256(tmp_path / "b")


def test_a_part_of_the_update_is_kept_when_it_is_asked_for(audits: Path, tiny_base: Path, tmp_path: Path) -> None:
    for strength in ("1", "0.5"):
        assert main(arguments(audits, tiny_base, tmp_path / strength, "--strength", strength)) == 0
    whole, half = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("1", "0.5"))
    for name, tensor in whole.items():
        assert torch.equal(half[name], tensor * 0.5 if "lora_B" in name else tensor)


@pytest.mark.parametrize("strength", ["-1", "1.5", "nan"])
def test_a_strength_that_is_none_is_one_sentence(
    audits: Path, tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], strength: str
) -> None:
    assert main(arguments(audits, tiny_base, tmp_path / "v1", "--strength", strength)) == 1
    assert "take 0, which chooses it, up to 1, which keeps all.\n" in capsys.readouterr().err
    assert not (tmp_path / "v1").exists()


def test_a_base_that_reads_nothing_yet_keeps_all_that_was_learned(
    audits: Path, tiny_base: Path, tmp_path: Path
) -> None:
    assert main(arguments(audits, tiny_base, tmp_path / "v1")) == 0
    told = json.loads((tmp_path / "v1" / "metrics.json").read_text())
    assert told["untaught_loss"] > 1
    assert told["strength"] == 1


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
    audits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], base: str, said: str
) -> None:
    assert main(arguments(audits, base, tmp_path / "v1")) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("option", ["--four-bit", "--eight-bit"])
def test_a_quantised_base_needs_a_gpu(
    audits: Path, tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    assert main(arguments(audits, tiny_base, tmp_path / "v1", option)) == 1
    assert capsys.readouterr().err == f"{option} needs a CUDA GPU; leave it out on this machine.\n"


def test_a_quantised_base_needs_a_package_that_is_named(
    audits: Path,
    tiny_base: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert main(arguments(audits, tiny_base, tmp_path / "v1", "--eight-bit")) == 1
    assert "needs bitsandbytes: pip install" in capsys.readouterr().err


def test_a_base_that_does_not_fit_is_refused_before_it_is_loaded(
    audits: Path,
    tiny_base: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trainer_orchestrator.recipe.base_model.free_memory", lambda: 1000)
    assert main(arguments(audits, tiny_base, tmp_path / "v1")) == 1
    error = capsys.readouterr().err
    assert "GB of memory and 0.0 GB are free: take a smaller base or a larger machine" in error
    assert error.count("\n") == 1


def test_memory_that_ends_while_training_is_one_sentence(
    audits: Path,
    tiny_base: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr("trainer_orchestrator.recipe.fitting.completion_loss", full)
    assert main(arguments(audits, tiny_base, tmp_path / "v1")) == 1
    error = capsys.readouterr().err
    assert error.startswith("Too little memory for this base: halve --batch-tokens")
    assert error.count("\n") == 1


def test_recomputing_activations_changes_nothing_but_the_memory(audits: Path, tiny_base: Path, tmp_path: Path) -> None:
    assert main(arguments(audits, tiny_base, tmp_path / "a")) == 0
    assert main(arguments(audits, tiny_base, tmp_path / "b", "--gradient-checkpointing")) == 0
    first, second = (load_file(tmp_path / name / "adapter_model.safetensors") for name in "ab")
    assert all(torch.allclose(first[name], second[name], atol=1e-4) for name in first)


def test_an_incomplete_dataset_is_named(
    dataset: Path, tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (dataset / "held_out.jsonl").unlink()
    assert main(arguments(dataset, tiny_base, tmp_path / "v1")) == 1
    assert "held_out.jsonl is missing" in capsys.readouterr().err


def test_a_stopped_run_leaves_nothing_half_written(audits: Path, tiny_base: Path, tmp_path: Path) -> None:
    output = tmp_path / "out" / "v1"
    command = [sys.executable, "-m", "trainer_orchestrator.recipe.train_lora"]
    given = arguments(audits, tiny_base, output, "--epochs", "500")
    with subprocess.Popen([*command, *given], stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if b'"epoch"' in line)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert process.wait(30) == 128 + signal.SIGTERM
        assert time.monotonic() - began < 15
    assert not output.parent.exists() or not list(output.parent.iterdir())


def test_a_killed_run_continues_to_the_same_adapter(audits: Path, tiny_base: Path, tmp_path: Path) -> None:
    given = ("--epochs", "2", "--batch-tokens", "300", "--checkpoint-every", "0")
    assert main(arguments(audits, tiny_base, tmp_path / "whole", *given)) == 0
    killed = tmp_path / "killed"
    command = [sys.executable, "-m", "trainer_orchestrator.recipe.train_lora"]
    with subprocess.Popen([*command, *arguments(audits, tiny_base, killed, *given)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        steps = (line for line in process.stdout if b'"step"' in line)
        next(line for line in steps if json.loads(line)["step"] > 10)
        process.kill()
    assert not killed.exists()
    assert list(tmp_path.glob(".killed.checkpoint/*"))
    again = subprocess.run(
        [*command, *arguments(audits, tiny_base, killed, *given)], capture_output=True, text=True, check=True
    )
    assert '"event": "resumed"' in again.stdout
    assert adapter_sha256(killed) == adapter_sha256(tmp_path / "whole")
    assert not list(tmp_path.glob(".killed*"))


def test_another_runs_checkpoint_is_not_continued(tmp_path: Path) -> None:
    Checkpoint(tmp_path / "c", "one", every=0).save_when_due(lambda: {"epoch": 3})
    assert Checkpoint(tmp_path / "c", "other", every=0).load() is None
    assert Checkpoint(tmp_path / "c", "one", every=0).load() == {"epoch": 3}


def test_training_stops_when_the_inner_loss_no_longer_falls(
    many_audits: Path,
    tiny_base: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fitting, "_INNER_MINIMUM", 40)
    given = ("--epochs", "30", "--rate", "0.5", "--patience", "1", "--replay", "0")
    assert main([*arguments(many_audits, tiny_base, tmp_path / "v1"), *given]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = json.loads((tmp_path / "v1" / "metrics.json").read_text())
    losses = [event["validation"] for event in events if event["event"] == "epoch"]
    assert len(losses) < 30
    assert losses[-1] > min(told["validation_loss_before"], *losses)
    assert told["best_validation_loss"] == min(told["validation_loss_before"], *losses)
