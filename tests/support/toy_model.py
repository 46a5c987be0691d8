"""A toy base model in the Hugging Face layout, and adapters for it, good and bad: random, tiny, the same every time."""

import json
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from contracts.hashing import ADAPTER_FILES, MANIFEST_FILE, adapter_sha256, base_model_ref, file_entry
from contracts.manifests import AdapterManifest

LINES = ["picked up 5 cases bananas and 3 boxes lettuce from the market", "inbound|market|*\n5|cases|bananas\n"]


def make_base(folder: Path, seed: int = 0) -> Path:
    """Save a random Llama with two layers. Its scores are spread wide, so that greedy choices are no near-ties."""
    tokenizer = toy_tokenizer()
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512, tie_word_embeddings=True, bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, initializer_range=0.4,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def toy_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<|pad|>", "<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(LINES, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<|pad|>", eos_token="<|end|>")


def make_adapter(base: Path, folder: Path, seed: int = 1, rank: int = 4, **options) -> Path:
    """Save a PEFT adapter with random weights, strong enough to change what is written, and its manifest."""
    model = LlamaForCausalLM.from_pretrained(base)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=["q_proj", "v_proj", "down_proj"],
                        task_type="CAUSAL_LM", **options)  # fmt: skip
    adapted = get_peft_model(model, config)
    torch.manual_seed(seed)
    for name, tensor in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(tensor, std=0.3)
    adapted.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    write_manifest(base, folder, rank=rank)
    return folder


def write_manifest(base_folder: Path, folder: Path, **changes) -> AdapterManifest:
    """A manifest that is true of the folder's bytes, but for `changes`."""
    config = json.loads((folder / "adapter_config.json").read_text())
    fields = {
        "sha256": adapter_sha256(folder),
        "files": {name: file_entry(folder / name) for name in ADAPTER_FILES},
        "base": base_model_ref("toy", base_folder),
        "rank": config["r"],
        "alpha": config["lora_alpha"],
        "target_modules": tuple(sorted(config["target_modules"])),
        "target_format": 1,
    }
    manifest = AdapterManifest.model_validate(fields | changes)
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json())
    return manifest
