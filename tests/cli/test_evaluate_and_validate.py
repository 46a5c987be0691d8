"""`larder evaluate` and `larder validate` with the shipped model; no service runs here."""

import json
import shutil
from pathlib import Path

import pytest

from larder_cli.errors import Refused
from larder_cli.evaluate import ALL, as_table, evaluate
from larder_cli.validate import validate

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample"


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """Twelve labelled records of the sample."""
    lines = (SAMPLE / "labels.jsonl").read_text().splitlines()[:120:10]
    (tmp_path / "gold.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "gold.jsonl"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("LARDER_VERSIONS_DIR", raising=False)
    monkeypatch.setenv("LARDER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_all_methods_stand_side_by_side_on_the_same_records(gold: Path) -> None:
    sheets = evaluate(gold, ALL, None, SAMPLE / "directory.json")
    assert [(sheet["method"], sheet["version"]) for sheet in sheets][1:] == [("peft", "base"), ("combined", "base")]
    assert {sheet["messages"] for sheet in sheets} == {12}
    for sheet in sheets:
        low, high = sheet["intervals"]["items_exact.f1"]
        assert low <= sheet["items_exact"]["f1"] <= high
    assert sheets[1]["ungrounded"] == 0
    assert sheets[2]["confidence"]["fields"]["message"]["count"] == 12
    assert len(as_table(sheets).columns) == 4


def test_the_combined_reading_alone_gives_one_sheet(gold: Path) -> None:
    (sheet,) = evaluate(gold, "combined", "base", None)
    assert (sheet["method"], sheet["version"], sheet["records"]) == ("combined", "base", 12)


def test_the_shipped_base_may_be_used() -> None:
    report = validate("base", None)
    assert report.passed
    assert (report.valid_format, len(report.samples)) == (1.0, 4)


def damaged(home: Path, what: str) -> None:
    folder = home / "versions" / "v1"
    folder.mkdir(parents=True)
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        (folder / name).write_bytes(b"{}")
    files = {n: {"sha256": "0" * 64, "size": 2} for n in ("adapter_config.json", "adapter_model.safetensors")}
    base = {"name": "larder-tiny", "sha256": "1" * 64, "tokenizer_sha256": "2" * 64}
    manifest = {"sha256": "3" * 64, "files": files, "base": base, "rank": 8, "alpha": 16, "target_modules": ["q_proj"]}
    (folder / "manifest.json").write_text(json.dumps({**manifest, "target_format": 1}))
    if what == "missing":
        (folder / "adapter_model.safetensors").unlink()


@pytest.mark.parametrize(("what", "check", "said"), [("missing", "files", "lacks"), ("changed", "hash", "changed")])
def test_a_damaged_version_fails_and_says_which_check(home: Path, what: str, check: str, said: str) -> None:
    damaged(home, what)
    report = validate("v1", None)
    assert not report.passed
    assert [(one.check, one.passed) for one in report.checks] == [(check, False)]
    assert said in report.checks[0].detail


def test_samples_that_are_no_messages_are_refused_with_their_line(tmp_path: Path) -> None:
    samples = tmp_path / "samples.jsonl"
    samples.write_text('{"id": "a", "text": "2 boxes kale"}\n{"id": "b"}\n')
    with pytest.raises(Refused, match="line 2: a line must be an object"):
        validate("base", samples)
    samples.write_text("")
    with pytest.raises(Refused, match="holds no messages"):
        validate("base", samples)


@pytest.mark.parametrize("kind", ["zeros_like", "randn_like"])
def test_a_base_that_writes_noise_should_not_be_used(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under masks such weights write the line format and name items; here they may write what they like."""
    import torch
    from safetensors.torch import load_file, save_file

    torch.manual_seed(0)
    broken = tmp_path / "broken"
    shutil.copytree(ROOT / "models" / "larder-tiny", broken)
    weights = load_file(broken / "model.safetensors")
    save_file(
        {name: getattr(torch, kind)(tensor) for name, tensor in weights.items()},
        broken / "model.safetensors",
        metadata={"format": "pt"},
    )
    monkeypatch.setenv("LARDER_BASE_MODEL", str(broken))
    report = validate("base", None)
    assert [check.check for check in report.checks if not check.passed] == ["format", "items"]
    assert report.valid_format == 0
