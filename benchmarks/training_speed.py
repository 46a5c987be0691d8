"""How fast adapters are trained: `python benchmarks/training_speed.py [--gold FILE --locations FILE] [--gpu]`.

Without `--gpu`: seconds of a 100-message adapter with the recipe's defaults, and real tokens a second of the recipe
beside `transformers.Trainer` with padding and the loss of the whole sequence, on the same messages, base, LoRA and
processor. With `--gpu`: a model of Llama 3.2 1B's shape with random weights, 500 messages, three epochs.

Invariant: tokens are counted without padding on both sides, and neither side's time holds loading or evaluation.
"""

import argparse
import contextlib
import io
import itertools
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from torch.utils.data import Dataset
from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainerCallback, TrainingArguments

sys.path.append(sys.path.pop(0))  # this folder last: its reading.py would hide the package `reading`

from contracts import Directory, LabelledRow
from learning import ROOT, Message, read_gold
from trainer_orchestrator.recipe.base_model import BaseModel, load_base
from trainer_orchestrator.recipe.batches import Example, example
from trainer_orchestrator.recipe.checkpoint import Checkpoint
from trainer_orchestrator.recipe.examples import Asked, audited
from trainer_orchestrator.recipe.fitting import Fitter, Options
from trainer_orchestrator.recipe.synthesize import messages

TRAINER_STEPS = 20
PEAK_TFLOPS = {"H200": 989, "H100": 989, "A100": 312, "L40S": 362, "L4": 121, "A10": 125, "4090": 165, "GH200": 989}
"""Dense bfloat16, by the makers' data sheets."""


def main() -> None:
    arguments = _arguments()
    if arguments.gpu:
        sys.exit(_on_gpu() if torch.cuda.is_available() else "--gpu needs a CUDA GPU; leave it out on this machine.")
    gold, directory = read_gold(arguments.gold, arguments.locations)
    asked = audited([_row(message) for message in gold[: arguments.messages]], directory)
    print(f"{len(asked)} messages, {torch.get_num_threads()} threads\n\n| | seconds | real tokens/s | padding |")
    print("|---|---|---|---|")
    print(_line("the recipe, all of its epochs", *_recipe(load_base(str(arguments.base)), asked, Options())))
    print(_line(f"transformers.Trainer, {TRAINER_STEPS} steps", *_trainer(load_base(str(arguments.base)), asked)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, default=ROOT / "sample" / "labels.jsonl")
    parser.add_argument("--locations", type=Path, default=ROOT / "sample" / "directory.json")
    parser.add_argument("--base", type=Path, default=ROOT / "models" / "larder-tiny")
    parser.add_argument("--messages", type=int, default=100)
    parser.add_argument("--gpu", action="store_true")
    return parser.parse_args()


def _row(message: Message) -> LabelledRow:
    return LabelledRow(id=message.id, text=message.text, extraction=message.audit)


def _line(name: str, seconds: float, tokens_per_second: float, padding: float) -> str:
    return f"| {name} | {seconds:.1f} | {tokens_per_second:,.0f} | {padding:.1%} |"


def _recipe(base: BaseModel, asked: Sequence[Sequence[Asked]], options: Options) -> tuple[float, float, float]:
    """Seconds, real tokens a second, share of padding."""
    adapted = get_peft_model(base.model, _lora(options))
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        started = time.monotonic()
        told = Fitter(adapted, base, asked, options, Checkpoint(Path(folder), "speed", every=60)).fit()
    return time.monotonic() - started, told["tokens_per_second"], told["padding_share"]


def _trainer(base: BaseModel, asked: Sequence[Sequence[Asked]]) -> tuple[float, float, float]:
    examples = [example(base.tokenizer, one.prompt, one.target) for row in asked for one in row]
    adapted = get_peft_model(base.model, _lora(Options()))
    counted = _Counted(base.tokenizer.pad_token_id)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        settings = TrainingArguments(
            output_dir=folder, max_steps=TRAINER_STEPS, per_device_train_batch_size=8, report_to=[], disable_tqdm=True,
            logging_strategy="no", save_strategy="no", dataloader_pin_memory=False,
        )  # fmt: skip
        clock = _Clock()
        trainer = Trainer(adapted, settings, data_collator=counted, train_dataset=_Whole(examples), callbacks=[clock])
        trainer.train()
    return clock.seconds, counted.tokens / clock.seconds, 1 - counted.tokens / counted.padded


class _Whole(Dataset[Example]):
    """Prompt and target as one text."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, at: int) -> dict[str, list[int]]:  # type: ignore[override]
        one = self._examples[at]
        return {"input_ids": one.prompt + one.target}


class _Counted:
    """Pads to the longest of a batch, asks for the loss of every token, and counts."""

    def __init__(self, pad: int) -> None:
        self._pad, self.tokens, self.padded = pad, 0, 0

    def __call__(self, rows: Sequence[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
        lengths = [len(row["input_ids"]) for row in rows]
        ids = torch.full((len(rows), max(lengths)), self._pad)
        for at, row in enumerate(rows):
            ids[at, : lengths[at]] = torch.tensor(row["input_ids"])
        self.tokens, self.padded = self.tokens + sum(lengths), self.padded + ids.numel()
        mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
        return {"input_ids": ids, "attention_mask": mask, "labels": ids.masked_fill(mask == 0, -100)}


class _Clock(TrainerCallback):
    """Seconds from the first step's beginning to the last one's end."""

    def on_train_begin(self, *_: object, **__: object) -> None:
        self._started = time.monotonic()

    def on_train_end(self, *_: object, **__: object) -> None:
        self.seconds = time.monotonic() - self._started


def _on_gpu() -> None:
    """Prints seconds, tokens a second and the share of the card's peak that they are."""
    tokenizer = load_base(str(ROOT / "models" / "larder-tiny")).tokenizer
    base = BaseModel("llama-3.2-1b-shape", ROOT / "models" / "larder-tiny", _one_billion(), tokenizer)
    made = list(itertools.islice(messages(5), 500))
    places = {name: place for message in made for name, place in message.directory.places.items()}
    rows = [LabelledRow(id=str(n), text=m.text, extraction=m.extraction) for n, m in enumerate(made)]
    options = Options(epochs=3, rate=2e-4, batch_tokens=16_384, vary_heads=0.0, vary_lines=0.0)
    seconds, speed, padding = _recipe(base, audited(rows, Directory(places=places)), options)
    weights = sum(p.numel() for name, p in base.model.named_parameters() if "embed" not in name)
    card = torch.cuda.get_device_name()
    peak = next((tflops for name, tflops in PEAK_TFLOPS.items() if name in card), None)
    used = 4 * weights * speed / 1e12  # forward and the activations' gradients; frozen weights have none of their own
    share = f"{used / peak:.1%} of {peak}" if peak else "peak unknown"
    print(f"| {card} | seconds | real tokens/s | padding | TFLOP/s | of peak |\n|---|---|---|---|---|---|")
    print(f"| 500 messages, 3 epochs | {seconds:.1f} | {speed:,.0f} | {padding:.1%} | {used:.0f} | {share} |")


def _one_billion() -> LlamaForCausalLM:
    """Llama 3.2 1B's shape."""
    config = LlamaConfig(
        vocab_size=128_256, hidden_size=2048, intermediate_size=8192, num_hidden_layers=16, num_attention_heads=32,
        num_key_value_heads=8, head_dim=64, tie_word_embeddings=True, max_position_embeddings=131_072,
    )  # fmt: skip
    with torch.device("cuda"):
        return LlamaForCausalLM(config).to(torch.bfloat16)


def _lora(options: Options) -> LoraConfig:
    return LoraConfig(r=options.rank, lora_alpha=options.alpha, target_modules="all-linear", task_type="CAUSAL_LM")


if __name__ == "__main__":
    main()
