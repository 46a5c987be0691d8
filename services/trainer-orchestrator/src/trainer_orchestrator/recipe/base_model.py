"""Finds and loads the frozen base model, and says in one sentence what to do when that fails."""

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils.logging import disable_progress_bar

_OPTIONS = {4: "--four-bit", 8: "--eight-bit"}
_PATTERNS = ["*.safetensors", "*.json", "tokenizer*", "*.model"]


class BaseModelError(Exception):
    """The base model cannot be used; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class BaseModel:
    """A loaded base: `name` is its Hugging Face id or its folder's name."""

    name: str
    folder: Path
    model: Any
    tokenizer: PreTrainedTokenizerBase


def load_base(base: str, *, bits: int = 16) -> BaseModel:
    """The model in float32 on a CPU, in bfloat16 (or in 8 or 4 bits) on a GPU. Raises BaseModelError."""
    if bits < 16:
        _require_quantisation(bits)
    folder = find_base(base)
    _require_memory(base, folder, bits)
    disable_progress_bar()  # it would stand in the run's log
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, **_precision(bits))
    except (OSError, ValueError) as error:
        raise BaseModelError(f"The base model {base} cannot be loaded: {error}".split("\n")[0]) from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return BaseModel(folder.name if Path(base).is_dir() else base, folder, model, tokenizer)


def find_base(base: str) -> Path:
    """The local folder of a base model; a Hugging Face id is downloaded unless it is cached. Raises BaseModelError."""
    folder = Path(base)
    if folder.is_dir():
        if not (folder / "config.json").exists():
            raise BaseModelError(f"The folder {base} holds no model: config.json is missing.")
        return folder.resolve()
    if base.startswith((".", "/", "~")) or base.count("/") != 1:
        raise BaseModelError(f"The base model {base} was not found: give a folder or a Hugging Face id.")
    return _download(base)


def _download(base: str) -> Path:
    try:
        return Path(snapshot_download(base, allow_patterns=_PATTERNS))
    except GatedRepoError as error:
        raise BaseModelError(
            f"The base model {base} is gated: accept its licence on its Hugging Face page and set HF_TOKEN."
        ) from error
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError) as error:
        hint = "check its name" if os.environ.get("HF_TOKEN") else "check its name, the network, and HF_TOKEN"
        raise BaseModelError(f"The base model {base} could not be downloaded: {hint}.") from error


def _require_quantisation(bits: int) -> None:
    option = _OPTIONS[bits]
    if not torch.cuda.is_available():
        raise BaseModelError(f"{option} needs a CUDA GPU; leave it out on this machine.")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise BaseModelError(f"{option} needs bitsandbytes: pip install 'larder-trainer-orchestrator[recipe,gpu]'.")


def _require_memory(base: str, folder: Path, bits: int) -> None:
    """The weights alone must fit; what training needs besides shows itself as an error in time."""
    stored = sum(path.stat().st_size for path in folder.glob("*.safetensors"))  # two bytes a weight, as models are sent
    on_gpu = torch.cuda.is_available()
    needed = stored * (bits / 16 if on_gpu else 2)
    free = torch.cuda.mem_get_info()[0] if on_gpu else free_memory()
    if needed > free:
        smaller = "add --four-bit, or take" if on_gpu and bits > 4 else "take"
        raise BaseModelError(
            f"The base model {base} needs {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free: "
            f"{smaller} a smaller base or a larger machine."
        )


def free_memory() -> int:
    """Bytes that this machine can still give."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except FileNotFoundError:  # not Linux
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def _precision(bits: int) -> dict[str, Any]:
    if not torch.cuda.is_available():
        return {"dtype": torch.float32}
    if bits == 16:
        return {"dtype": torch.bfloat16, "device_map": "cuda"}
    from transformers import BitsAndBytesConfig  # noqa: PLC0415 -- only where it is installed

    quantised = BitsAndBytesConfig(
        load_in_8bit=bits == 8,
        load_in_4bit=bits == 4,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return {"quantization_config": quantised, "dtype": torch.bfloat16, "device_map": "cuda"}
