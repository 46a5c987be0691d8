"""Trains a LoRA adapter on audited records; runs alone on any machine, with a GPU or a CPU.

    python -m trainer_orchestrator.recipe.train_lora --data DIR --base FOLDER_OR_HF_ID --output DIR

DIR holds `train.jsonl`, `held_out.jsonl` (labelled rows) and `directory.json`. Progress is JSON lines on stdout.
Exit codes: 0 done, 1 an error told in one sentence on stderr, 2 not enough audited records, 143 stopped by SIGTERM.

Invariant: the same data, base, options and machine give the same adapter. Held-out rows are read only after training,
to report; an inner split of the training rows decides when to stop. Nothing lies in the output folder before the end.
"""

import argparse
import importlib.metadata
import json
import math
import platform
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Final

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn

from contracts import Directory, LabelledRow, Tables
from reading.derive import DEFAULT_TABLES
from reading.labelled import parse_labelled_line
from reading.score import score
from trainer_orchestrator.recipe.adapter_files import write_adapter
from trainer_orchestrator.recipe.base_model import BaseModel, BaseModelError, load_base
from trainer_orchestrator.recipe.batches import IGNORED, Batch, Example, bucketed, collate, example
from trainer_orchestrator.recipe.examples import Asked, audited, epoch, replay
from trainer_orchestrator.recipe.generate import read
from trainer_orchestrator.recipe.progress import Clock, say

NEEDED: Final = 10
NOT_ENOUGH: Final = 2
_PACKAGES: Final = ("torch", "transformers", "peft")
_INNER_SHARE: Final = 0.1
_INNER_MINIMUM: Final = 40
"""With fewer training rows there is no inner split, and all epochs are run."""


@dataclass(frozen=True)
class Options:
    """Hyper-parameters; the defaults suit larder-tiny on two cores, `--rate 2e-4` a model of a billion parameters."""

    seed: int = 1
    epochs: int = 6
    rank: int = 16
    alpha: int = 32
    rate: float = 8e-3
    weight_decay: float = 0.01
    replay: float = 0.2
    vary: float = 0.4
    batch_tokens: int = 1024
    four_bit: bool = False


class NotEnough(Exception):
    """Too few audited records to learn from."""


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    options = Options(**{name: getattr(given, name) for name in asdict(Options())})
    signal.signal(signal.SIGTERM, _stop)
    if given.threads:
        torch.set_num_threads(given.threads)
    try:
        train(given.data, given.base, given.output, options)
    except NotEnough as error:
        sys.stderr.write(f"{error}\n")
        return NOT_ENOUGH
    except (BaseModelError, FileNotFoundError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def train(data: Path, base: str, output: Path, options: Options) -> None:
    """Reads the dataset, trains, scores base and adapter on the held-out rows, and writes the adapter's folder."""
    started = time.monotonic()
    began = datetime.now(UTC)
    dataset = read_dataset(data)
    torch.manual_seed(options.seed)
    loaded = load_base(base, four_bit=options.four_bit)
    say(
        "start",
        train=len(dataset.train),
        held_out=len(dataset.held_out),
        base=loaded.name,
        device=str(loaded.model.device),
    )
    before = evaluate(loaded.model, loaded, dataset)
    adapted = get_peft_model(loaded.model, _lora(options))
    history = fit(adapted, loaded, dataset, options)
    trained = time.monotonic() - started
    after = evaluate(adapted, loaded, dataset)
    seconds = round(time.monotonic() - started, 1)
    metrics = {**history, "held_out": {"messages": len(dataset.held_out), "base": before, "adapter": after}}
    metadata = _metadata(options, dataset, loaded, began) | {"seconds": seconds, "seconds_training": round(trained, 1)}
    manifest = write_adapter(output, adapted, loaded, metrics, metadata)
    say("done", sha256=manifest.sha256, seconds=seconds, base=_brief(before), adapter=_brief(after))


@dataclass(frozen=True)
class Dataset:
    """The frozen rows and the group's places."""

    train: list[LabelledRow]
    held_out: list[LabelledRow]
    directory: Directory
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
    return Dataset(train, held_out, directory)


def _rows(path: Path) -> list[LabelledRow]:
    if not path.exists():
        raise FileNotFoundError(f"The dataset is incomplete: {path} is missing.")
    return [parse_labelled_line(line) for line in path.read_text().splitlines() if line.strip()]


def fit(model: Any, base: BaseModel, dataset: Dataset, options: Options) -> dict[str, Any]:  # noqa: ANN401
    """Trains in place and leaves the weights of the best epoch. Returns the losses."""
    rows, inner = _split(audited(dataset.train, dataset.directory), options.seed)
    validation = [example(base.tokenizer, one.prompt, one.target) for row in inner for one in row]
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        parameters, lr=options.rate, betas=(0.9, 0.98), weight_decay=options.weight_decay, fused=True
    )
    clock = Clock(options.epochs)
    best: tuple[float, dict[str, Tensor]] = (math.inf, {})
    losses = []
    for number, batches in enumerate(_epochs(base, rows, options)):
        clock.begin_epoch(len(batches))
        model.train()
        for batch in batches:
            loss = _learn(model, collate(batch, base.tokenizer.pad_token_id), optimizer, options.rate * clock.rate())
            clock.tell(loss, sum(e.tokens for e in batch))
        losses.append({"train": clock.mean_loss(), "validation": validation_loss(model, base, validation)})
        say("epoch", epoch=number + 1, epochs=options.epochs, **losses[-1])
        if (losses[-1]["validation"] or 0.0) <= best[0] or not validation:
            best = (losses[-1]["validation"] or 0.0, _weights(model))
    model.load_state_dict(best[1], strict=False)
    return {"epochs": losses, "best_validation_loss": best[0] if validation else None}


def _epochs(base: BaseModel, rows: Sequence[Sequence[Asked]], options: Options) -> Iterator[list[list[Example]]]:
    chance = random.Random(options.seed)  # noqa: S311 -- reproducible, not secret
    generated = replay(base.tokenizer, options.seed + 77_000)
    for _ in range(options.epochs):
        examples = epoch(base.tokenizer, rows, generated, options.replay, options.vary, chance)
        yield list(bucketed(examples, options.batch_tokens, chance))


def _split(rows: list[list[Asked]], seed: int) -> tuple[list[list[Asked]], list[list[Asked]]]:
    if len(rows) < _INNER_MINIMUM:
        return rows, []
    order = list(rows)
    random.Random(seed).shuffle(order)  # noqa: S311
    inner = round(len(order) * _INNER_SHARE)
    return order[inner:], order[:inner]


def _learn(model: Any, batch: Batch, optimizer: torch.optim.Optimizer, rate: float) -> float:  # noqa: ANN401
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss = completion_loss(model, batch)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


def completion_loss(model: Any, batch: Batch) -> Tensor:  # noqa: ANN401
    """Mean cross entropy of the targets; on a GPU in bfloat16. The head is computed for the targets' tokens alone."""
    ids, labels = batch.ids.to(model.device), batch.labels.to(model.device)
    bare = model.get_base_model()
    with torch.autocast(model.device.type, torch.bfloat16, enabled=model.device.type == "cuda"):
        states = bare.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
        wanted = labels[:, 1:]
        chosen = wanted != IGNORED
        logits = bare.lm_head(states[chosen])
    return nn.functional.cross_entropy(logits.float(), wanted[chosen])


@torch.no_grad()
def validation_loss(model: Any, base: BaseModel, examples: Sequence[Example]) -> float | None:  # noqa: ANN401
    """Mean loss over the inner split; None without one."""
    if not examples:
        return None
    model.eval()
    total, count = 0.0, 0
    for chosen in bucketed(examples, 4096, random.Random(0)):  # noqa: S311
        tokens = sum(len(e.target) for e in chosen)
        total += completion_loss(model, collate(chosen, base.tokenizer.pad_token_id)).item() * tokens
        count += tokens
    return round(total / count, 4)


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


def _weights(model: Any) -> dict[str, Tensor]:  # noqa: ANN401
    return {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}


def _lora(options: Options) -> LoraConfig:
    return LoraConfig(
        r=options.rank, lora_alpha=options.alpha, target_modules="all-linear", lora_dropout=0.0, bias="none",
        task_type="CAUSAL_LM",
    )  # fmt: skip


def _metadata(options: Options, dataset: Dataset, base: BaseModel, began: datetime) -> dict[str, Any]:
    return {
        "options": asdict(options), "base": base.name, "train": len(dataset.train), "held_out": len(dataset.held_out),
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES}, "python": platform.python_version(),
        "device": _device(),
        "started_at": began.isoformat(), "finished_at": datetime.now(UTC).isoformat(),
    }  # fmt: skip


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
    for name, value in asdict(Options()).items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            parser.add_argument(flag, dest=name, action="store_true", default=value)
        else:
            parser.add_argument(flag, dest=name, type=type(value), default=value)
    return parser


if __name__ == "__main__":
    sys.exit(main())
