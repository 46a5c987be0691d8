"""An adapter that changes nothing (its B matrices are zero), for tests of everything around reading."""

from pathlib import Path

from contracts import AdapterManifest
from contracts.hashing import ADAPTER_FILES, MANIFEST_FILE, adapter_sha256, base_model_ref, file_entry
from reading.target import FORMAT

RANK, ALPHA = 2, 4
TARGETS = ("q_proj", "v_proj")


def write_neutral_adapter(base: Path, folder: Path, seed: int = 0) -> AdapterManifest:
    """A valid PEFT adapter of `base` in `folder` with its manifest; another seed gives other bytes."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=list(TARGETS), task_type="CAUSAL_LM")
    get_peft_model(AutoModelForCausalLM.from_pretrained(base), config).save_pretrained(folder)
    for extra in folder.iterdir():
        if extra.name not in ADAPTER_FILES:
            extra.unlink()
    manifest = AdapterManifest(
        sha256=adapter_sha256(folder),
        files={name: file_entry(folder / name) for name in ADAPTER_FILES},
        base=base_model_ref("larder-tiny", base),
        rank=RANK,
        alpha=ALPHA,
        target_modules=TARGETS,
        target_format=FORMAT,
    )
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json())
    return manifest
