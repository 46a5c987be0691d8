"""The shipped base model under the real engine."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from toy_model import make_adapter, write_manifest

from contracts import Directory, Reference
from inference_worker.adapters import AdapterRefused, verify
from inference_worker.canary import GOLDEN, read_golden_messages
from inference_worker.engines.openvino_engine import OpenVinoEngine
from inference_worker.engines.torch_engine import TorchEngine
from inference_worker.reader import Reader
from regex_extractor.extract import extract

ROOT = Path(__file__).parents[3]
TINY = ROOT / "models" / "larder-tiny"
WEIGHTS = "adapter_model.safetensors"


@pytest.fixture(scope="module")
def tiny() -> TorchEngine:
    return TorchEngine.open(TINY, device="cpu")


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """An adapter for larder-tiny that changes nothing: its second matrices are zero."""
    return scaled(make_adapter(TINY, tmp_path / "adapter"), 0)


def scaled(adapter: Path, factor: float) -> Path:
    tensors = load_file(adapter / WEIGHTS)
    torch.manual_seed(0)
    noise = {key: torch.randn_like(tensor) * factor for key, tensor in tensors.items() if "lora_B" in key}
    save_file(tensors | noise, adapter / WEIGHTS)
    write_manifest(TINY, adapter)
    return adapter


def test_it_reads_the_golden_messages(tiny: TorchEngine):
    assert len([*read_golden_messages(tiny, tiny.base)]) == len(GOLDEN)


def test_an_adapter_that_changes_nothing_reads_what_the_base_reads(tiny: TorchEngine, adapter: Path):
    manifest = verify(adapter, tiny.rules)
    texts, reference = ["Picked up 5 cases bananas from Corner Market", "took 3 boxes kale to Elm Fridge"], Reference()
    unchanged = Reader(tiny, tiny.load(adapter, manifest.sha256)).read(texts, reference)
    plain = Reader(tiny, tiny.base).read(texts, reference)
    assert [reading.sections for reading in unchanged] == [reading.sections for reading in plain]
    assert plain[0].items[0].name == "bananas"


def test_an_adapter_that_makes_it_write_noise_does_not_pass_the_golden_messages(tiny: TorchEngine, adapter: Path):
    noisy = scaled(adapter, 5)
    with pytest.raises(AdapterRefused, match="its training went wrong") as refused:
        _ = [*read_golden_messages(tiny, tiny.load(noisy, "a" * 64))]
    assert refused.value.code == "CANARY"


def test_regex_drafts_change_no_reading_of_the_sample(tiny: TorchEngine):
    lines = (ROOT / "sample" / "labels.jsonl").read_text().splitlines()[:60:10]
    texts = [json.loads(line)["text"] for line in lines]
    directory = Directory.from_mapping(json.loads((ROOT / "sample" / "directory.json").read_text()))
    reference = Reference(directory=directory)
    reader = Reader(tiny, tiny.base)
    plain = reader.read(texts, reference)
    drafted = reader.read(texts, reference, [extract(text, directory, reference.tables) for text in texts])
    alone = [reader.read([text], reference)[0] for text in texts]
    stripped = [
        [one.model_copy(update={"confidence": {}, "signals": {}}) for one in kind] for kind in (plain, drafted, alone)
    ]
    assert stripped[0] == stripped[1] == stripped[2]
    assert any(reading.items for reading in plain)


def test_memory_stays_where_it_is_when_every_message_has_another_length():
    """A container has 2 GB for its model; the runtime's own limits fill them within 300 messages."""
    engine = OpenVinoEngine.open(TINY, threads=1)
    lines = (ROOT / "sample" / "labels.jsonl").read_text().splitlines()
    texts = sorted({json.loads(line)["text"] for line in lines}, key=len)[::3]
    reader = Reader(engine, engine.base)
    reader.read(texts[::2], Reference())
    before = memory_in_use()
    reader.read(texts[1::2], Reference())
    assert memory_in_use() - before < 100


def memory_in_use() -> int:
    """Of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000
