"""Every way in which an adapter may be bad, and the code under which it is refused."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import LoraConfig
from safetensors.torch import load_file, save_file
from toy_model import make_adapter, write_manifest

from contracts.hashing import base_model_ref
from inference_worker.adapters import AdapterRefused, verify
from inference_worker.engines.torch_engine import TorchEngine

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
SOME_KEY = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"


@pytest.fixture
def adapter(toy_adapter: Path, tmp_path: Path) -> Path:
    """A copy of a good adapter, to be spoilt."""
    return Path(shutil.copytree(toy_adapter, tmp_path / "copy"))


def code_of(adapter: Path, engine: TorchEngine, expected: str | None = None) -> str:
    with pytest.raises(AdapterRefused) as refused:
        verify(adapter, engine.rules, expected)
    assert str(refused.value).endswith(".")
    return refused.value.code


def set_option(adapter: Path, base: Path, **options) -> None:
    config = json.loads((adapter / CONFIG).read_text())
    (adapter / CONFIG).write_text(json.dumps(config | options))
    write_manifest(base, adapter)


def change_tensors(adapter: Path, base: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(adapter / WEIGHTS)
    change(tensors)
    save_file(tensors, adapter / WEIGHTS)
    write_manifest(base, adapter)


def test_a_good_adapter_passes(adapter: Path, toy_engine: TorchEngine):
    manifest = verify(adapter, toy_engine.rules)
    assert verify(adapter, toy_engine.rules, manifest.sha256) == manifest


def test_every_option_of_peft_at_its_default_passes(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    options = LoraConfig(task_type="CAUSAL_LM").to_dict()
    kept = ("r", "lora_alpha", "target_modules", "peft_type")
    set_option(adapter, toy_base, **{name: value for name, value in options.items() if name not in kept})
    verify(adapter, toy_engine.rules)


def test_a_truncated_file_is_refused(adapter: Path, toy_engine: TorchEngine):
    (adapter / WEIGHTS).write_bytes((adapter / WEIGHTS).read_bytes()[:-100])
    assert code_of(adapter, toy_engine) == "SIZE"


def test_a_truncated_file_that_the_manifest_agrees_with_is_refused(adapter: Path, toy_engine, toy_base: Path):
    (adapter / WEIGHTS).write_bytes((adapter / WEIGHTS).read_bytes()[:-100])
    write_manifest(toy_base, adapter)
    assert code_of(adapter, toy_engine) == "WEIGHTS"


def test_a_flipped_bit_is_refused(adapter: Path, toy_engine: TorchEngine):
    content = bytearray((adapter / WEIGHTS).read_bytes())
    content[-7] ^= 1
    (adapter / WEIGHTS).write_bytes(content)
    assert code_of(adapter, toy_engine) == "HASH"


def test_another_adapter_under_this_name_is_refused(adapter: Path, toy_engine: TorchEngine):
    assert code_of(adapter, toy_engine, expected="0" * 64) == "HASH"


def test_an_adapter_for_another_base_is_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    base = base_model_ref("other", toy_base).model_copy(update={"sha256": "0" * 64})
    write_manifest(toy_base, adapter, base=base)
    assert code_of(adapter, toy_engine) == "BASE"


def test_an_adapter_for_another_tokenizer_is_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    base = base_model_ref("toy", toy_base).model_copy(update={"tokenizer_sha256": "0" * 64})
    write_manifest(toy_base, adapter, base=base)
    assert code_of(adapter, toy_engine) == "TOKENIZER"


def test_an_adapter_that_writes_another_format_is_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    write_manifest(toy_base, adapter, target_format=2)
    assert code_of(adapter, toy_engine) == "TARGET_FORMAT"


def test_a_rank_that_differs_from_the_manifest_is_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    write_manifest(toy_base, adapter, rank=8)
    assert code_of(adapter, toy_engine) == "RANK"


def test_a_rank_that_differs_from_the_weights_is_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    set_option(adapter, toy_base, r=8)
    assert code_of(adapter, toy_engine) == "SHAPE"


def test_a_rank_above_the_limit_is_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    set_option(adapter, toy_base, r=512)
    assert code_of(adapter, toy_engine) == "RANK"


def test_weights_that_are_not_finite_are_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    change_tensors(adapter, toy_base, lambda tensors: tensors[SOME_KEY][1, 2].fill_(float("nan")))
    assert code_of(adapter, toy_engine) == "NOT_FINITE"


def test_weights_of_whole_numbers_are_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    change_tensors(adapter, toy_base, lambda tensors: tensors.update({SOME_KEY: tensors[SOME_KEY].to(torch.int8)}))
    assert code_of(adapter, toy_engine) == "DTYPE"


def test_half_a_pair_is_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    change_tensors(adapter, toy_base, lambda tensors: tensors.pop(SOME_KEY))
    assert code_of(adapter, toy_engine) == "KEYS"


def test_no_weights_at_all_are_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    change_tensors(adapter, toy_base, lambda tensors: tensors.clear())
    assert code_of(adapter, toy_engine) == "KEYS"


def test_layers_that_the_manifest_does_not_name_are_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    write_manifest(toy_base, adapter, target_modules=("q_proj",))
    assert code_of(adapter, toy_engine) == "KEYS"


@pytest.mark.parametrize(
    "key", ["model.embed_tokens.weight", "base_model.model.model.layers.9.mlp.up_proj.lora_A.weight"]
)
def test_tensors_that_extend_no_linear_layer_are_refused(key: str, adapter: Path, toy_engine, toy_base: Path):
    change_tensors(adapter, toy_base, lambda tensors: tensors.update({key: torch.zeros(4, 4)}))
    assert code_of(adapter, toy_engine) == "KEYS"


def test_real_dora_weights_are_refused(toy_engine: TorchEngine, toy_base: Path, tmp_path: Path):
    adapter = make_adapter(toy_base, tmp_path, use_dora=True)
    assert code_of(adapter, toy_engine) == "OPTION_USE_DORA"


def test_real_biases_are_refused(toy_engine: TorchEngine, toy_base: Path, tmp_path: Path):
    adapter = make_adapter(toy_base, tmp_path, bias="all")
    assert code_of(adapter, toy_engine) == "OPTION_BIAS"


@pytest.mark.parametrize(
    "options",
    [
        {"modules_to_save": ["lm_head"]},
        {"rank_pattern": {"q_proj": 8}},
        {"alpha_pattern": {"q_proj": 8}},
        {"trainable_token_indices": [1, 2]},
        {"lora_bias": True},
        {"fan_in_fan_out": True},
        {"layer_replication": [[0, 2]]},
        {"init_lora_weights": "pissa"},
        {"an_option_of_the_future": True},
    ],
)
def test_options_that_would_be_applied_wrongly_are_refused(options, adapter: Path, toy_engine, toy_base: Path):
    set_option(adapter, toy_base, **options)
    assert code_of(adapter, toy_engine) == f"OPTION_{next(iter(options)).upper()}"


def test_another_kind_of_adapter_is_refused(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    set_option(adapter, toy_base, peft_type="IA3")
    assert code_of(adapter, toy_engine) == "KIND"


def test_a_pickle_beside_the_weights_is_refused_unopened(adapter: Path, toy_engine: TorchEngine):
    (adapter / "adapter_model.bin").write_bytes(pickle.dumps({}))
    assert code_of(adapter, toy_engine) == "FILES"


def test_a_pickle_in_place_of_the_weights_is_refused_unopened(adapter: Path, toy_engine: TorchEngine, toy_base: Path):
    (adapter / WEIGHTS).write_bytes(pickle.dumps(BombWhenOpened()))
    write_manifest(toy_base, adapter)
    assert code_of(adapter, toy_engine) == "WEIGHTS"


class BombWhenOpened:
    def __reduce__(self):
        return exec, ("raise SystemExit('the pickle was opened')",)


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG, "manifest.json"])
def test_a_missing_file_is_refused(name: str, adapter: Path, toy_engine: TorchEngine):
    (adapter / name).unlink()
    assert code_of(adapter, toy_engine) == "FILES"


def test_a_link_in_place_of_a_file_is_refused(adapter: Path, toy_engine: TorchEngine, tmp_path: Path):
    (adapter / WEIGHTS).rename(tmp_path / "elsewhere")
    (adapter / WEIGHTS).symlink_to(tmp_path / "elsewhere")
    assert code_of(adapter, toy_engine) == "FILES"


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe"])
def test_a_manifest_that_cannot_be_read_is_refused(content: bytes, adapter: Path, toy_engine: TorchEngine):
    (adapter / "manifest.json").write_bytes(content)
    assert code_of(adapter, toy_engine) == "MANIFEST"
