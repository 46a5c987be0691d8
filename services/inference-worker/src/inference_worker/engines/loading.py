"""Finds a base model: a local folder in the Hugging Face layout, or a Hugging Face id (downloaded once, then cached).

Every way to fail gives one sentence that says what to do next. Weights are read from safetensors only, and no code
from a model's repository is run.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import GatedRepoError, HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError
from safetensors import SafetensorError, safe_open
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, GenerationConfig
from transformers.utils.logging import disable_progress_bar

from contracts.hashing import base_model_ref
from contracts.manifests import BaseModelRef
from inference_worker.engines.base import BaseModelError

HUB_FILES = ("config.json", "generation_config.json", "*.safetensors", "*.safetensors.index.json", "tokenizer*",
             "special_tokens_map.json")  # fmt: skip
SMALL = 200_000_000
"""Below so many parameters float32 is the faster type on a CPU, and a merged copy of the weights costs little."""

LINEAR: Final = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def find_base(base: str | Path) -> tuple[Path, BaseModelRef]:
    """The folder that holds `base`, and its hashes. Raises BaseModelError."""
    folder = Path(base).expanduser()
    if folder.is_dir():
        name = folder.resolve().name
    elif looks_like_a_path(str(base)):
        raise BaseModelError(
            f"There is no base model folder at {folder}: set LARDER_BASE_MODEL to a folder that holds one."
        )
    else:
        name, folder = str(base), download(str(base))
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise BaseModelError(
            f"{folder} is no base model: it needs config.json, a tokenizer, and its weights as .safetensors files."
        )
    return folder, base_model_ref(name, folder)


def looks_like_a_path(base: str) -> bool:
    return base.startswith((".", "/", "~", "models/")) or base.count("/") != 1


def download(name: str) -> Path:
    """The cached snapshot of a Hugging Face model, fetched when it is not there yet."""
    try:
        return Path(snapshot_download(name, allow_patterns=list(HUB_FILES)))
    except GatedRepoError as error:
        raise BaseModelError(
            f"{name} is gated: accept its licence on its Hugging Face page, then run `hf auth login` on this machine."
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise BaseModelError(
            f"Hugging Face knows no public model {name}: check the spelling of LARDER_BASE_MODEL, or log in to see it."
        ) from error
    except (LocalEntryNotFoundError, OSError) as error:
        raise BaseModelError(
            f"{name} is not on this machine and Hugging Face cannot be reached: connect to the network once, "
            "or set LARDER_BASE_MODEL to a local folder."
        ) from error


def load_base(folder: Path, device: str, dtype: str, *, four_bit: bool = False) -> tuple[Any, Any]:
    """(model in evaluation mode, tokenizer). `dtype` is `auto`, `float32`, or `bfloat16`. Raises BaseModelError."""
    disable_progress_bar()
    if four_bit:
        return load_four_bit(folder, device), load_tokenizer(folder)
    tokenizer = load_tokenizer(folder)
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32 if dtype == "auto" else getattr(torch, dtype), local_files_only=True,
            use_safetensors=True, attn_implementation="sdpa",
        )  # fmt: skip
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise BaseModelError(
            f"The base model in {folder} cannot be loaded ({first_line(error)}): fetch or copy it again."
        ) from error
    if dtype == "auto" and model.num_parameters() >= SMALL:
        model = model.to(torch.bfloat16)
    return model.to(device).eval().requires_grad_(False), tokenizer


def load_config(folder: Path) -> Any:  # noqa: ANN401 - transformers is untyped
    """Raises BaseModelError."""
    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise BaseModelError(f"The config.json in {folder} cannot be read: fetch or copy it again.") from error


def load_tokenizer(folder: Path) -> Any:  # noqa: ANN401 - transformers is untyped
    """Raises BaseModelError."""
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise BaseModelError(
            f"The tokenizer in {folder} cannot be loaded ({first_line(error)}): fetch or copy it again."
        ) from error


def linear_shapes(folder: Path) -> Mapping[str, tuple[int, int]]:
    """Every linear layer but the head, as the files tell: path -> (rows, columns)."""
    shapes: dict[str, tuple[int, int]] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118 - no mapping
                if name.removesuffix(".weight").endswith(LINEAR):
                    rows, columns = file.get_slice(name).get_shape()
                    shapes[name.removesuffix(".weight")] = (rows, columns)
    return shapes


def configured_ends(folder: Path, config: Any) -> int | list[int] | None:  # noqa: ANN401 - transformers is untyped
    if (folder / "generation_config.json").is_file():
        found: int | list[int] | None = GenerationConfig.from_pretrained(folder).eos_token_id
        return found
    ends: int | list[int] | None = config.eos_token_id
    return ends


def load_four_bit(folder: Path, device: str) -> Any:  # noqa: ANN401 - as above
    """The base in 4 bits (nf4, computed in bfloat16) on a CUDA device; adapters stay beside it, unmerged."""
    if not device.startswith("cuda"):
        raise BaseModelError("The 4-bit engine needs a CUDA device: set LARDER_ENGINE=auto to use what is there.")
    try:
        config = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16,
            bnb_4bit_use_double_quant=True,
        )  # fmt: skip
        model = AutoModelForCausalLM.from_pretrained(
            folder, quantization_config=config, device_map=device, dtype=torch.bfloat16, local_files_only=True,
            use_safetensors=True, attn_implementation="sdpa",
        )  # fmt: skip
    except ImportError as error:
        raise BaseModelError(
            "The 4-bit engine needs bitsandbytes: `pip install 'larder-inference-worker[gpu]'`."
        ) from error
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise BaseModelError(
            f"The base model in {folder} cannot be loaded in 4 bits ({first_line(error)}): use LARDER_ENGINE=torch."
        ) from error
    return model.eval().requires_grad_(False)


def first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
