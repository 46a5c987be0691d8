"""Fits an adapter to audited rows, epoch by epoch, and keeps of the best one's weights, the untaught included, a part.

Invariant: what an epoch holds, and in which order, depends on the seed and the epoch's number alone, so that a run
continued from a checkpoint takes the same steps as one that was never stopped.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn

from reading.prompt import PieceKind
from trainer_orchestrator.recipe.base_model import BaseModel
from trainer_orchestrator.recipe.batches import Example, bucketed, collate, example
from trainer_orchestrator.recipe.checkpoint import Checkpoint
from trainer_orchestrator.recipe.examples import Asked, epoch, replay
from trainer_orchestrator.recipe.loss import completion_loss
from trainer_orchestrator.recipe.progress import Clock, say
from trainer_orchestrator.recipe.strength import fitting_strength, scaled

_INNER_SHARE: Final = 0.1
_INNER_MINIMUM: Final = 200
"""With fewer training rows there is no inner split, and all epochs are run: a tenth would be too few to judge by."""
_VALIDATION_TOKENS: Final = 4096
_ENOUGH_ROWS: Final = 64
"""Without an inner split so many of the rows tell how well the untaught base reads."""


@dataclass(frozen=True)
class Options:
    """Hyper-parameters; the defaults suit larder-tiny on two cores, `--rate 2e-4` a model of a billion parameters."""

    seed: int = 1
    epochs: int = 5
    patience: int = 3
    """Epochs without a better loss on the inner split after which training stops."""
    rank: int = 16
    alpha: int = 32
    rate: float = 4e-3
    weight_decay: float = 0.01
    replay: float = 0.7
    vary_heads: float = 0.4
    vary_lines: float = 0.9
    """Odds that a piece is learned with other places, or foods and counts, than it has; see `examples.variation`."""
    strength: float = 0.0
    """The share of the learned update that is kept; 0 takes what suits the base, see `strength`."""
    batch_tokens: int = 1024
    four_bit: bool = False
    eight_bit: bool = False
    gradient_checkpointing: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise ValueError(
                f"A strength of {self.strength} is none: take 0, which chooses it, up to 1, which keeps all."
            )


class Fitter:
    """One run's weights, optimizer, and place in its data."""

    def __init__(
        self,
        model: Any,  # noqa: ANN401 -- peft has no typed base
        base: BaseModel,
        asked: Sequence[Sequence[Asked]],
        options: Options,
        checkpoint: Checkpoint,
    ) -> None:
        self.model, self.base, self.options, self.checkpoint = model, base, options, checkpoint
        self.rows, inner = _split(list(asked), options.seed)
        self.validation = self._examples(inner)
        self.trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.optimizer = torch.optim.AdamW(
            self.trained.values(), lr=options.rate, betas=(0.9, 0.98), weight_decay=options.weight_decay, fused=True
        )
        judged = self.validation or self._examples(self.rows[:_ENOUGH_ROWS])
        self.untaught = self._loss(judged) or 0.0
        self.clock = Clock(options.epochs)
        self.epoch, self.batch = 0, 0
        self.losses: list[dict[str, Any]] = []
        self.best_loss, self.best = self.untaught if self.validation else math.inf, self._weights()
        self._resume()

    def fit(self) -> dict[str, Any]:
        """Trains in place and leaves the weights of the best epoch, at their strength. Returns the losses."""
        while self.epoch < self.options.epochs and not self._is_stale():
            self._run_epoch(self._batches())
        self.clock.finish()
        strength = self.options.strength or fitting_strength(self.untaught)
        self.model.load_state_dict(scaled(self.best, strength), strict=False)
        return {
            "epochs": self.losses,
            "untaught_loss": self.untaught,
            "strength": strength,
            "validation_loss_before": self.untaught if self.validation else None,
            "best_validation_loss": self.best_loss if self.validation else None,
            "padding_share": round(self.clock.padding_share(), 4),
            "tokens_per_second": self.clock.tokens_per_second(),
        }

    def _batches(self) -> list[list[Example]]:
        chance = random.Random(f"{self.options.seed}-{self.epoch}")  # noqa: S311 -- reproducible, not secret
        generated = replay(self.base.tokenizer, self.options.seed + 77_000 + self.epoch)
        vary = {PieceKind.HEAD: self.options.vary_heads, PieceKind.LINES: self.options.vary_lines}
        examples = epoch(self.base.tokenizer, self.rows, generated, self.options.replay, vary, chance)
        return list(bucketed(examples, self.options.batch_tokens, chance))

    def _run_epoch(self, batches: list[list[Example]]) -> None:
        if self.batch == 0:
            self.clock.begin_epoch(len(batches))
        self.model.train()
        for chosen in batches[self.batch :]:
            self._learn(chosen)
            self.batch += 1
            self.checkpoint.save_when_due(self._state)
        self._judge()
        self.epoch, self.batch = self.epoch + 1, 0
        self.checkpoint.save_when_due(self._state)

    def _learn(self, chosen: list[Example]) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate * self.clock.rate()
        batch = collate(chosen, self.base.tokenizer.pad_token_id)
        loss = completion_loss(self.model.get_base_model(), batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.trained.values(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.clock.tell(loss.item(), sum(e.tokens for e in chosen), batch.ids.numel())

    def _judge(self) -> None:
        """Ends an epoch: its losses, and its weights when they are the best so far."""
        loss = self._loss(self.validation)
        self.losses.append({"train": self.clock.mean_loss(), "validation": loss})
        say("epoch", epoch=self.epoch + 1, epochs=self.options.epochs, **self.losses[-1])
        if loss is None or loss <= self.best_loss:
            self.best_loss, self.best = loss or 0.0, self._weights()

    def _is_stale(self) -> bool:
        """Untaught weights do not count: at the full rate the first epochs are worse, the falling rate mends it."""
        losses: list[float] = [one["validation"] for one in self.losses]
        if not self.validation or len(losses) <= self.options.patience:
            return False
        return min(losses[-self.options.patience :]) > min(losses)

    def _examples(self, rows: Sequence[Sequence[Asked]]) -> list[Example]:
        return [example(self.base.tokenizer, one.prompt, one.target) for row in rows for one in row]

    @torch.no_grad()
    def _loss(self, examples: Sequence[Example]) -> float | None:
        """Mean over the targets' tokens; None without any."""
        self.model.eval()
        total, count = 0.0, 0
        for chosen in bucketed(examples, _VALIDATION_TOKENS, random.Random(0)):  # noqa: S311
            tokens = sum(len(e.target) for e in chosen)
            batch = collate(chosen, self.base.tokenizer.pad_token_id)
            total += completion_loss(self.model.get_base_model(), batch).item() * tokens
            count += tokens
        return round(total / count, 4) if count else None

    def _weights(self) -> dict[str, Tensor]:
        return {name: p.detach().clone() for name, p in self.trained.items()}

    def _state(self) -> dict[str, Any]:
        return {
            "weights": self._weights(), "optimizer": self.optimizer.state_dict(), "clock": self.clock.state(),
            "epoch": self.epoch, "batch": self.batch, "losses": self.losses,
            "best_loss": self.best_loss, "best": self.best,
        }  # fmt: skip

    def _resume(self) -> None:
        state = self.checkpoint.load()
        if state is None:
            return
        self.model.load_state_dict(state["weights"], strict=False)
        self.optimizer.load_state_dict(state["optimizer"])
        self.clock.resume(state["clock"])
        self.epoch, self.batch, self.losses = state["epoch"], state["batch"], state["losses"]
        self.best_loss, self.best = state["best_loss"], state["best"]
        say("resumed", epoch=self.epoch + 1, step=self.clock.step)


def _split(rows: list[Sequence[Asked]], seed: int) -> tuple[list[Sequence[Asked]], list[Sequence[Asked]]]:
    if len(rows) < _INNER_MINIMUM:
        return rows, []
    order = list(rows)
    random.Random(seed).shuffle(order)  # noqa: S311
    inner = round(len(order) * _INNER_SHARE)
    return order[inner:], order[:inner]
