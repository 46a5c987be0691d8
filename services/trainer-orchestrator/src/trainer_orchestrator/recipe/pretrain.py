"""Pre-trains larder-tiny from nothing on generated messages; runs alone, on a CPU or a GPU.

    python -m trainer_orchestrator.recipe.pretrain --output models/larder-tiny --work /tmp/larder-tiny --minutes 45

Invariant: progress and state lie in `--work`; a run that was stopped continues there with the stream's next messages.
The output folder is written at the end, and every `--export-every` minutes, in the Hugging Face layout, in bf16.
"""

import argparse
import itertools
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from reading.prompt import pieces
from trainer_orchestrator.recipe.batches import Batch, collate, pooled
from trainer_orchestrator.recipe.examples import replay, scrambled, word_pieces
from trainer_orchestrator.recipe.loss import completion_loss
from trainer_orchestrator.recipe.muon import Muon
from trainer_orchestrator.recipe.progress import say
from trainer_orchestrator.recipe.synthesize import messages
from trainer_orchestrator.recipe.tokenizer import train_tokenizer

VOCABULARY: Final = 4096
_TOKENIZER_MESSAGES: Final = 6000
_POOL: Final = 768
_WARMUP: Final = 0.02
_DECAY: Final = 0.35
"""The share of the budget over which the rate falls to zero; before, it is constant, so that a run can be prolonged."""
_SAVE_SECONDS: Final = 150
_SCRAMBLED: Final = 0.1
"""The share of copied tokens that are replaced by any other, so that each is learned to be copied."""


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.work.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(options)
    trainer.run()
    export(trainer.model, trainer.tokenizer, options.output)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="checkpoint and log; a later run continues from it")
    parser.add_argument("--minutes", type=float, default=45, help="wall-clock budget, earlier runs in --work included")
    parser.add_argument(
        "--start", type=Path, help="a folder of larder-tiny's whose weights and tokenizer to begin with"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--layers", type=int, default=5)
    parser.add_argument("--export-every", type=float, default=0, help="minutes between exports; 0: at the end only")
    return parser.parse_args(arguments)


class Trainer:
    """Model, optimizers, stream, and clock of one run."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = _tokenizer(options)
        self.model = _model(len(self.tokenizer), options).to(self.device)
        matrices = [p for n, p in self.model.named_parameters() if p.ndim == 2 and "embed" not in n]
        others = [p for n, p in self.model.named_parameters() if p.ndim != 2 or "embed" in n]
        self.optimizers: list[torch.optim.Optimizer] = [
            Muon(matrices, lr=options.rate, weight_decay=0.02),
            torch.optim.AdamW(others, lr=options.rate, betas=(0.9, 0.97), weight_decay=0.0),
        ]
        self.rates = [options.rate, options.rate]
        self.step, self.tokens, self.seconds, self.round = 0, 0, 0.0, 0
        self._resume()

    def run(self) -> None:
        """Trains until the budget is spent."""
        last = saved = exported = time.monotonic()
        losses: list[float] = []
        for batch in self._batches():
            share = self.seconds / (self.options.minutes * 60)
            if share >= 1:
                break
            losses.append(self._learn(batch, share))
            now = time.monotonic()
            self.seconds += now - last
            last = now
            if self.step % 20 == 0:
                say("step", step=self.step, loss=round(sum(losses) / len(losses), 4), tokens=self.tokens,
                     tokens_per_second=round(self.tokens / self.seconds), seconds=round(self.seconds))  # fmt: skip
                losses = []
            if now - saved > _SAVE_SECONDS:
                self._save()
                saved = now
            if self.options.export_every and now - exported > self.options.export_every * 60:
                export(self.model, self.tokenizer, self.options.output)
                exported = now
        self._save()

    def _batches(self) -> Iterator[Batch]:
        chance = random.Random(f"{self.options.seed}-{self.round}")  # noqa: S311
        letters = word_pieces(self.tokenizer)
        stream = (
            scrambled(one, letters, _SCRAMBLED, chance)
            for one in replay(self.tokenizer, self.options.seed * 1000 + self.round)
        )
        for chosen in pooled(stream, _POOL, self.options.batch_tokens, chance):
            yield collate(chosen, self.tokenizer.pad_token_id)

    def _learn(self, batch: Batch, share: float) -> float:
        scale = min(1.0, self.step / 40, (1 - share) / _DECAY)
        for optimizer, rate in zip(self.optimizers, self.rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * max(scale, 1e-3)
        loss = completion_loss(self.model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += int((batch.ids != self.tokenizer.pad_token_id).sum())
        return loss.item()

    def _save(self) -> None:
        state = {
            "model": self.model.state_dict(), "optimizers": [o.state_dict() for o in self.optimizers],
            "step": self.step, "tokens": self.tokens, "seconds": self.seconds, "round": self.round,
        }  # fmt: skip
        torch.save(state, self.options.work / "checkpoint.tmp")
        (self.options.work / "checkpoint.tmp").replace(self.options.work / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.options.work / "checkpoint.pt"
        if path.exists():
            state = torch.load(path, weights_only=True)
            self.model.load_state_dict(state["model"])
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
            self.step, self.tokens, self.seconds = state["step"], state["tokens"], state["seconds"]
            self.round = state["round"] + 1


def export(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Writes weights (bf16), configuration and tokenizer; each file is complete at every moment."""
    staging = folder.with_name(folder.name + ".tmp")
    copy = LlamaForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    copy.to(torch.bfloat16).save_pretrained(staging)
    tokenizer.save_pretrained(staging)
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(staging.iterdir()):
        path.replace(folder / path.name)
    staging.rmdir()


def _tokenizer(options: argparse.Namespace) -> PreTrainedTokenizerFast:
    folder = options.start or options.work / "tokenizer"
    if folder.exists():
        return PreTrainedTokenizerFast.from_pretrained(folder)
    texts = (p.prompt for m in itertools.islice(messages(options.seed), _TOKENIZER_MESSAGES) for p in pieces(m.text))
    tokenizer = train_tokenizer(texts, VOCABULARY)
    tokenizer.save_pretrained(folder)
    return tokenizer


def _model(vocabulary: int, options: argparse.Namespace) -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=options.hidden, intermediate_size=options.hidden * 11 // 4,
        num_hidden_layers=options.layers, num_attention_heads=8, num_key_value_heads=8, max_position_embeddings=1024,
        tie_word_embeddings=True, bos_token_id=None, pad_token_id=0, eos_token_id=1, attn_implementation="eager",
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    if options.start:
        model.load_state_dict(load_file(options.start / "model.safetensors"), strict=False)
    return model


if __name__ == "__main__":
    sys.exit(main())
