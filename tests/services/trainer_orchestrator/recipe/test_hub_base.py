"""A base model by its Hugging Face id: a small random model of Llama 3.2's layout, lying in the hub's own cache."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import torch
from huggingface_hub.errors import GatedRepoError
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from trainer_orchestrator.recipe.train_lora import main

LLAMA = "meta-llama/Llama-3.2-1B-Instruct"
REVISION = "0" * 40


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A cache folder with one model: grouped queries, scaled rope, a start token, and no padding token."""
    home = tmp_path_factory.mktemp("hub")
    repository = home / "hub" / f"models--{LLAMA.replace('/', '--')}"
    snapshot = repository / "snapshots" / REVISION
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(REVISION)
    bare = PreTrainedTokenizerFast.from_pretrained(tiny_base)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bare.backend_tokenizer, bos_token="<|begin_of_text|>", eos_token="<|eot_id|>"
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, tie_word_embeddings=True, max_position_embeddings=2048,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=[tokenizer.eos_token_id],
        rope_parameters={"rope_type": "llama3", "rope_theta": 500000.0, "factor": 32.0, "low_freq_factor": 1.0,
                         "high_freq_factor": 4.0, "original_max_position_embeddings": 512},
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(snapshot)
    tokenizer.save_pretrained(snapshot)
    return home


def test_a_base_is_found_by_its_hub_id(hub: Path, audits: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "HF_HOME": str(hub), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "trainer_orchestrator.recipe.train_lora", "--data", str(audits)]
    options = ["--base", LLAMA, "--output", str(tmp_path / "v1"), "--rank", "2", "--epochs", "1"]
    subprocess.run([*command, *options], env=environment, check=True, capture_output=True, cwd=tmp_path)
    manifest = json.loads((tmp_path / "v1" / "manifest.json").read_text())
    assert manifest["base"]["name"] == LLAMA
    assert json.loads((tmp_path / "v1" / "adapter_config.json").read_text())["base_model_name_or_path"] == LLAMA
    assert {name.rsplit(".", 1)[-1] for name in manifest["target_modules"]} == {
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    }  # fmt: skip


def test_a_local_copy_of_a_hub_model_works_too(hub: Path, audits: Path, tmp_path: Path) -> None:
    copy = tmp_path / "Llama-3.2-1B-Instruct"
    shutil.copytree(next(hub.glob("hub/models--*/snapshots/*")), copy)
    given = ["--data", str(audits), "--base", str(copy), "--output", str(tmp_path / "v1"), "--rank", "2"]
    assert main([*given, "--epochs", "1"]) == 0


def test_a_gated_base_without_a_token_says_how_to_get_one(
    audits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gated(*_: object, **__: object) -> None:
        answer = httpx.Response(403, request=httpx.Request("GET", "https://huggingface.co"))
        raise GatedRepoError("Access to this model is restricted.", response=answer)

    monkeypatch.setattr("trainer_orchestrator.recipe.base_model.snapshot_download", gated)
    given = ["--data", str(audits), "--base", LLAMA, "--output", str(tmp_path / "v1")]
    assert main(given) == 1
    error = capsys.readouterr().err
    assert error == f"The base model {LLAMA} is gated: accept its licence on its Hugging Face page and set HF_TOKEN.\n"
