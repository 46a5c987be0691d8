"""Verifies an adapter folder before anything of it is run, and reads its LoRA pairs.

Invariant: what passes is plain LoRA over linear layers of exactly this base model, in safetensors, complete and finite.
Whatever else PEFT can express (DoRA, biases, whole modules, embeddings, patterns of ranks) is refused by name, because
it would be applied wrongly or not at all. Pickles are never opened.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file

from contracts.hashing import ADAPTER_FILES, MANIFEST_FILE, adapter_sha256, file_entry
from contracts.manifests import AdapterManifest
from inference_worker.engines.base import LoraRules
from reading.target import FORMAT

CONFIG_FILE, WEIGHTS_FILE = ADAPTER_FILES
PREFIX: Final = "base_model.model."
FLOATS: Final = (torch.float32, torch.bfloat16, torch.float16)
HARMLESS: Final = frozenset({
    "alpha_pattern", "auto_mapping", "base_model_name_or_path", "bias", "inference_mode", "lora_alpha", "lora_dropout",
     "peft_type", "peft_version", "r", "rank_pattern", "revision", "runtime_config", "target_modules",
    "task_type", "use_rslora", "ensure_weight_tying", "exclude_modules", "layers_pattern", "layers_to_transform",
    "megatron_core",
})  # fmt: skip
"""Options that are read below, or that matter only while an adapter is trained: the weights themselves tell which
layers they extend. Every other option must be unset."""


DESCRIPTIONS: Final = frozenset({"metadata.json", "metrics.json"})
"""What the recipe writes beside an adapter for people; never opened here."""


class AdapterRefused(Exception):
    """The adapter must not be served. `code` is for metrics, the message is one sentence for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Lora:
    """The weights of a verified adapter."""

    scale: float
    pairs: dict[str, tuple[torch.Tensor, torch.Tensor]]
    """Module path -> (down [rank, columns], up [rows, rank])."""


def verify(folder: Path, rules: LoraRules, expected_sha256: str | None = None) -> AdapterManifest:
    """The manifest of an adapter that may be served. Raises AdapterRefused with the first reason found."""
    refuse_wrong_files(folder)
    manifest = read_manifest(folder)
    refuse_wrong_bytes(folder, manifest, expected_sha256)
    refuse_wrong_base(manifest, rules)
    config = read_config(folder)
    refuse_wrong_config(config, manifest, rules)
    refuse_wrong_tensors(load_tensors(folder), manifest, rules)
    return manifest


def read_lora(folder: Path) -> Lora:
    """The pairs of a verified folder. Raises AdapterRefused when a file changed meanwhile."""
    config, tensors = read_config(folder), load_tensors(folder)
    rank = config["r"]
    scale = config["lora_alpha"] / (rank**0.5 if config.get("use_rslora") else rank)
    paths = sorted({module_path(key) for key in tensors})
    return Lora(scale, {path: (tensors[key_of(path, "A")], tensors[key_of(path, "B")]) for path in paths})


def refuse_wrong_files(folder: Path) -> None:
    wanted = {*ADAPTER_FILES, MANIFEST_FILE}
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if missing := sorted(wanted - found):
        raise AdapterRefused("FILES", f"The adapter lacks {', '.join(missing)}: publish it again.")
    if extra := sorted(found - wanted - DESCRIPTIONS):
        raise AdapterRefused("FILES", f"The adapter holds files that do not belong there: {', '.join(extra)}.")
    if any(not (folder / name).is_file() or (folder / name).is_symlink() for name in wanted):
        raise AdapterRefused("FILES", "The adapter's files must be plain files.")


def read_manifest(folder: Path) -> AdapterManifest:
    try:
        return AdapterManifest.model_validate_json((folder / MANIFEST_FILE).read_bytes())
    except ValidationError as error:
        raise AdapterRefused(
            "MANIFEST", f"The adapter's manifest cannot be read: {error.errors()[0]['msg']}."
        ) from error


def refuse_wrong_bytes(folder: Path, manifest: AdapterManifest, expected_sha256: str | None) -> None:
    if set(manifest.files) != set(ADAPTER_FILES):
        raise AdapterRefused("FILES", f"An adapter is {' and '.join(ADAPTER_FILES)}; its manifest lists others.")
    for name, entry in manifest.files.items():
        found = file_entry(folder / name)
        if found.size != entry.size:
            raise AdapterRefused("SIZE", f"{name} holds {found.size} bytes instead of {entry.size}: it was cut off.")
        if found.sha256 != entry.sha256:
            raise AdapterRefused("HASH", f"{name} is not the file that was published: its bytes changed.")
    if manifest.sha256 != adapter_sha256(folder) or expected_sha256 not in {None, manifest.sha256}:
        raise AdapterRefused("HASH", "The adapter is not the one its name promises: the hash differs.")


def refuse_wrong_base(manifest: AdapterManifest, rules: LoraRules) -> None:
    if manifest.base.sha256 != rules.base.sha256:
        raise AdapterRefused(
            "BASE",
            f"The adapter was trained on other weights ({manifest.base.name}) than this worker's {rules.base.name}.",
        )
    if manifest.base.tokenizer_sha256 != rules.base.tokenizer_sha256:
        raise AdapterRefused(
            "TOKENIZER", f"The adapter was trained with another tokenizer than that of {rules.base.name}."
        )
    if manifest.target_format != FORMAT:
        raise AdapterRefused(
            "TARGET_FORMAT", f"The adapter writes format {manifest.target_format}; this worker reads format {FORMAT}."
        )


def read_config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG_FILE).read_bytes())
    except ValueError as error:
        raise AdapterRefused("CONFIG", f"{CONFIG_FILE} is not JSON: {error}.") from error
    if not isinstance(config, dict):
        raise AdapterRefused("CONFIG", f"{CONFIG_FILE} must hold one object.")
    return config


def refuse_wrong_config(config: dict[str, Any], manifest: AdapterManifest, rules: LoraRules) -> None:
    if config.get("peft_type") != "LORA":
        raise AdapterRefused("KIND", f"Only LoRA adapters are served, not {config.get('peft_type')}.")
    if config.get("bias", "none") != "none":
        raise AdapterRefused("OPTION_BIAS", "The adapter changes biases of the base model; train it with bias=none.")
    for option in sorted({*config} - HARMLESS | {"rank_pattern", "alpha_pattern"}):
        if config.get(option) and not is_default(option, config[option]):
            raise AdapterRefused(
                f"OPTION_{option.upper()}", f"The adapter uses {option}, which is not served; train it without."
            )
    if config.get("r") != manifest.rank or config.get("lora_alpha") != manifest.alpha:
        raise AdapterRefused("RANK", "The adapter's rank or alpha differs from its manifest.")
    if manifest.rank > rules.max_rank:
        raise AdapterRefused("RANK", f"The adapter's rank {manifest.rank} is above the limit of {rules.max_rank}.")


def is_default(option: str, value: object) -> bool:
    """Defaults that are not falsy. PiSSA and OLoRA also change the base model: refused."""
    return (option, value) in (
        ("qalora_group_size", 16),
        ("init_lora_weights", True),
        ("init_lora_weights", "gaussian"),
    )


def load_tensors(folder: Path) -> dict[str, torch.Tensor]:
    try:
        return load_file(folder / WEIGHTS_FILE)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise AdapterRefused("WEIGHTS", f"{WEIGHTS_FILE} cannot be read: {error}.") from error


def refuse_wrong_tensors(tensors: dict[str, torch.Tensor], manifest: AdapterManifest, rules: LoraRules) -> None:
    if not tensors:
        raise AdapterRefused("KEYS", "The adapter holds no weights.")
    for key, wanted in expected_shapes(tensors, rules, manifest.rank):
        tensor = tensors.get(key)
        if tensor is None:
            raise AdapterRefused("KEYS", f"The adapter lacks the tensor {key}.")
        if tuple(tensor.shape) != wanted:
            raise AdapterRefused("SHAPE", f"{key} has the shape {tuple(tensor.shape)} instead of {wanted}.")
        if tensor.dtype not in FLOATS:
            raise AdapterRefused("DTYPE", f"{key} holds {tensor.dtype}; float32, bfloat16 or float16 is needed.")
        if not bool(torch.isfinite(tensor).all()):
            raise AdapterRefused("NOT_FINITE", f"{key} holds numbers that are not finite: the training diverged.")
    extended = {module_path(key).rpartition(".")[2] for key in tensors}
    if extended != set(manifest.target_modules):
        raise AdapterRefused("KEYS", "The adapter extends other layers than its manifest says.")


def expected_shapes(
    tensors: dict[str, torch.Tensor], rules: LoraRules, rank: int
) -> Iterator[tuple[str, tuple[int, int]]]:
    for key in sorted(tensors):
        path = module_path(key)
        if path not in rules.linear_shapes:
            raise AdapterRefused("KEYS", f"The adapter's {key} extends no linear layer of the base model.")
        rows, columns = rules.linear_shapes[path]
        yield key_of(path, "A"), (rank, columns)
        yield key_of(path, "B"), (rows, rank)


def key_of(path: str, side: str) -> str:
    return f"{PREFIX}{path}.lora_{side}.weight"


def module_path(key: str) -> str:
    """`base_model.model.model.layers.0.mlp.up_proj.lora_A.weight` -> `model.layers.0.mlp.up_proj`."""
    for side in ("A", "B"):
        if key.startswith(PREFIX) and key.endswith(f".lora_{side}.weight"):
            return key.removeprefix(PREFIX).removesuffix(f".lora_{side}.weight")
    raise AdapterRefused("KEYS", f"The adapter's tensor {key} is not a LoRA pair of a linear layer.")
