"""Trains a LoRA adapter on audited records; runs alone on any machine, with a GPU or a CPU.

    python -m trainer_orchestrator.recipe.train_lora --data DIR --base FOLDER_OR_HF_ID --output DIR

DIR holds `train.jsonl`, `held_out.jsonl` (labelled rows) and `directory.json`. Progress is JSON lines on stdout.
Exit codes: 0 done, 1 an error told in one sentence on stderr, 2 not enough audited records, 143 stopped by SIGTERM.

Invariant: the same data, base, options and machine give the same adapter, also when the run was killed on the way and
started again: it continues from its last checkpoint. Held-out rows are read only after training, to report; an inner
split of the training rows decides when to stop. Nothing lies in the output folder before the end.
"""

import argparse
import hashlib
import importlib.metadata
import json
import platform
import signal
import sys
import time
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Final

import torch
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

from contracts import Directory, LabelledRow, Tables
from contracts.hashing import base_model_ref, files_sha256
from reading.derive import DEFAULT_TABLES
from reading.labelled import parse_labelled_line
from reading.score import score
from reading.target import FORMAT
from trainer_orchestrator.recipe.adapter_files import write_adapter
from trainer_orchestrator.recipe.base_model import BaseModel, BaseModelError, load_base
from trainer_orchestrator.recipe.checkpoint import Checkpoint
from trainer_orchestrator.recipe.examples import audited
from trainer_orchestrator.recipe.fitting import Fitter, Options
from trainer_orchestrator.recipe.generate import read
from trainer_orchestrator.recipe.progress import say

NEEDED: Final = 10
NOT_ENOUGH: Final = 2
_PACKAGES: Final = ("torch", "transformers", "tokenizers", "peft", "safetensors", "accelerate", "bitsandbytes")
_DATA: Final = ("train.jsonl", "held_out.jsonl", "directory.json")
_OUT_OF_MEMORY: Final = (
    "Too little memory for this base: halve --batch-tokens, add --gradient-checkpointing or (on a GPU) --four-bit, "
    "or take a larger machine."
)


class NotEnough(Exception):
    """Too few audited records to learn from."""


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    if given.threads:
        torch.set_num_threads(given.threads)
    try:
        options = Options(**{field.name: getattr(given, field.name) for field in fields(Options)})
        train(given.data, given.base, given.output, options, given.checkpoint_every, given.price_per_hour)
    except NotEnough as error:
        sys.stderr.write(f"{error}\n")
        return NOT_ENOUGH
    except (BaseModelError, FileNotFoundError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        sys.stderr.write(f"{_OUT_OF_MEMORY}\n")
        return 1
    return 0


def train(
    data: Path, base: str, output: Path, options: Options, checkpoint_every: float = 60, price_per_hour: float = 0
) -> None:
    """Reads the dataset, trains, scores base and adapter on the held-out rows, and writes the adapter's folder."""
    run = _Stopwatch()
    dataset = read_dataset(data)
    torch.manual_seed(options.seed)
    loaded = load_base(base, bits=4 if options.four_bit else 8 if options.eight_bit else 16)
    say("start", train=len(dataset.train), held_out=len(dataset.held_out), base=loaded.name,
        device=str(loaded.model.device))  # fmt: skip
    metadata = _metadata(options, dataset, loaded)
    checkpoint = Checkpoint.beside(output, _identity(metadata), checkpoint_every)
    before = evaluate(loaded.model, loaded, dataset)
    adapted = get_peft_model(_prepared(loaded.model, options), _lora(options))
    try:
        history = Fitter(adapted, loaded, audited(dataset.train, dataset.directory), options, checkpoint).fit()
    except (SystemExit, KeyboardInterrupt):
        checkpoint.remove()  # someone stopped it on purpose
        raise
    seconds_training = run.seconds()
    after = evaluate(adapted, loaded, dataset)
    metrics = {**history, "held_out": {"messages": len(dataset.held_out), "base": before, "adapter": after}}
    told = metadata | run.told(price_per_hour) | {"seconds_training": seconds_training}
    manifest = write_adapter(output, adapted, loaded, metrics, told)
    checkpoint.remove()
    say("done", sha256=manifest.sha256, seconds=told["seconds"], base=_brief(before), adapter=_brief(after))


class _Stopwatch:
    """When a run began, how long it takes, and what that costs."""

    def __init__(self) -> None:
        self.began, self._started = datetime.now(UTC), time.monotonic()

    def seconds(self) -> float:
        return round(time.monotonic() - self._started, 1)

    def told(self, price_per_hour: float) -> dict[str, Any]:
        seconds = self.seconds()
        cost = {"cost": round(seconds / 3600 * price_per_hour, 4)} if price_per_hour else {}
        return {"started_at": self.began.isoformat(), "finished_at": datetime.now(UTC).isoformat(), "seconds": seconds,
                **cost}  # fmt: skip


@dataclass(frozen=True)
class Dataset:
    """The frozen rows and the group's places."""

    train: list[LabelledRow]
    held_out: list[LabelledRow]
    directory: Directory
    sha256: str
    """Over the files, as they lie in the folder."""
    tables: Tables = DEFAULT_TABLES


def read_dataset(folder: Path) -> Dataset:
    """Raises NotEnough, FileNotFoundError, ValueError."""
    train, held_out = _rows(folder / "train.jsonl"), _rows(folder / "held_out.jsonl")
    if len(train) + len(held_out) < NEEDED:
        raise NotEnough(f"Not enough audited records: {len(train) + len(held_out)} of {NEEDED}.")
    if not train:
        raise NotEnough("Not enough audited records: all of them are held out; audit some more.")
    path = folder / "directory.json"
    directory = Directory.from_mapping(json.loads(path.read_text())) if path.exists() else Directory()
    return Dataset(
        train, held_out, directory, files_sha256(folder / name for name in _DATA if (folder / name).exists())
    )


def _rows(path: Path) -> list[LabelledRow]:
    if not path.exists():
        raise FileNotFoundError(f"The dataset is incomplete: {path} is missing.")
    return [parse_labelled_line(line) for line in path.read_text().splitlines() if line.strip()]


def evaluate(model: Any, base: BaseModel, dataset: Dataset) -> dict[str, Any] | None:  # noqa: ANN401
    """Scores on the held-out rows by plain greedy decoding; None without any."""
    if not dataset.held_out:
        return None
    model.eval()
    readings = read(model, base.tokenizer, [r.text for r in dataset.held_out], dataset.directory, dataset.tables)
    scores = score([r.extraction for r in dataset.held_out], readings, dataset.directory).to_dict()
    say("evaluated", **_brief(scores))
    return scores


def _brief(scores: dict[str, Any] | None) -> dict[str, Any]:
    if scores is None:
        return {}
    fields = ("direction", "rescue_location", "drop_off_location", "all_exact")
    return {"items_f1": scores["items_exact"]["f1"], **{field: scores[field] for field in fields}}


def _prepared(model: Any, options: Options) -> Any:  # noqa: ANN401
    """The base, ready to be extended: norms in float32 under quantised weights, activations recomputed if asked for."""
    if options.four_bit or options.eight_bit:
        return prepare_model_for_kbit_training(
            model, use_gradient_checkpointing=options.gradient_checkpointing,
            gradient_checkpointing_kwargs={"use_reentrant": False},
        )  # fmt: skip
    if options.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model


def _lora(options: Options) -> LoraConfig:
    return LoraConfig(
        r=options.rank, lora_alpha=options.alpha, target_modules="all-linear", lora_dropout=0.0, bias="none",
        task_type="CAUSAL_LM",
    )  # fmt: skip


def _metadata(options: Options, dataset: Dataset, base: BaseModel) -> dict[str, Any]:
    """What decides the outcome; times are added at the end."""
    reference = base_model_ref(base.name, base.folder)
    return {
        "options": asdict(options), "target_format": FORMAT,
        "base": base.name, "base_sha256": reference.sha256, "tokenizer_sha256": reference.tokenizer_sha256,
        "data_sha256": dataset.sha256, "train": len(dataset.train), "held_out": len(dataset.held_out),
        "packages": _versions(), "python": platform.python_version(), "device": _device(),
    }  # fmt: skip


def _versions() -> dict[str, str]:
    installed = {d.metadata["Name"].lower(): d.version for d in importlib.metadata.distributions()}
    return {name: installed[name] for name in _PACKAGES if name in installed}


def _identity(metadata: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(metadata, sort_keys=True).encode()).hexdigest()


def _is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error)


def _device() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else f"cpu, {torch.get_num_threads()} threads"


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with train.jsonl, held_out.jsonl, directory.json"
    )
    parser.add_argument("--base", required=True, help="folder or Hugging Face id of the base model")
    parser.add_argument("--output", type=Path, required=True, help="the adapter's folder")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: as many as torch takes")
    parser.add_argument("--checkpoint-every", type=float, default=60, help="seconds between checkpoints")
    parser.add_argument("--price-per-hour", type=float, default=0, help="of the machine; the cost is written down")
    for name, value in asdict(Options()).items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            parser.add_argument(flag, dest=name, action="store_true", default=value)
        else:
            parser.add_argument(flag, dest=name, type=type(value), default=value)
    return parser


if __name__ == "__main__":
    sys.exit(main())
