"""The reference engine: PyTorch on CPU or CUDA, float32 for small models, bfloat16 for others.

Decodes in micro-batches of similar length with an own loop instead of `generate()`: rows leave the batch as soon as
they end, and each token's log-probability is kept. Batching pads on the left; padding is masked and positions count
real tokens only, so a row reads as it would alone, up to rounding: two tokens whose scores differ by less than about
1e-5 may change places.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import torch
from torch import nn
from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase

from inference_worker.adapters import read_lora
from inference_worker.engines.base import Job, LoraRules, Weights, Written
from inference_worker.engines.drafts import Draft
from inference_worker.engines.loading import SMALL, find_base, load_base
from inference_worker.engines.lora import extend, linear_shapes

BATCH_TOKENS = 4096
"""Prompt tokens, padding included, that one micro-batch may hold."""
BATCH_ROWS = 32
GUESSES = 48
"""Guessed tokens that all rows of a step may have together: on two cores, checking more costs more than it saves."""
WORTHWHILE = 4
"""With fewer guesses a row, a step is not made wider for them."""
STRAGGLERS = 0.5
"""Ended rows are taken out of the batch when fewer than this share still write: copying the cache has its price."""


class Row:
    """One job while it is decoded."""

    def __init__(self, job: Job, draft: Draft) -> None:
        self.job = job
        self.ids: list[int] = []
        self.logprobs: list[float] = []
        self.margins: list[float] = []
        self.complete = False
        self.position = 0
        """How many of its real tokens the cache holds."""
        self.unread: tuple[int, ...] = job.prompt
        """Real tokens that the model has not read yet."""
        self.guess: tuple[int, ...] = ()
        """What is fed behind them to be checked."""
        self._draft = draft

    @property
    def is_done(self) -> bool:
        return self.complete or len(self.ids) >= self.job.limit

    def prepare(self, most: int) -> tuple[int, ...]:
        """What to feed next: unread tokens, and at most so many guesses behind them."""
        self.guess = () if self.is_done else self._draft.guess(most)
        return self.unread + self.guess

    def take(self, chosen: Sequence["Chosen"], ends: frozenset[int]) -> int:
        """Take what the model writes after the unread tokens and after each guess, up to the first wrong guess.

        Returns how many of the guesses were right.
        """
        self.position += len(self.unread)
        for right, one in enumerate(chosen):
            self._write(one, ends)
            self.unread = (one.token,)
            if self.is_done or right == len(self.guess) or one.token != self.guess[right]:
                break
        self.position += right
        return right

    def _write(self, one: "Chosen", ends: frozenset[int]) -> None:
        self._draft.saw(one.token)
        if one.token in ends:
            self.complete = True
        else:
            self.ids.append(one.token)
            self.logprobs.append(one.logprob)
            self.margins.append(one.margin)


class TorchEngine:
    """Implements `engines.base.Engine`. Made by `TorchEngine.open`."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rules: LoraRules) -> None:
        self.rules = rules
        self.base = Weights(model, None)
        self.context: int = model.config.max_position_embeddings
        self._tokenizer = tokenizer
        self._ends = end_tokens(model, tokenizer)
        self._line_ends = frozenset(self.encode("\n")[-1:])
        self._device = model.device
        self._merge = model.num_parameters() < SMALL

    @classmethod
    def open(cls, base: str | Path, *, device: str = "auto", dtype: str = "auto", threads: int = 0) -> Self:
        """Load a base model from a folder or by its Hugging Face id. Raises BaseModelError."""
        folder, reference = find_base(base)
        model, tokenizer = load_base(folder, choose_device(device), dtype)
        torch.set_num_threads(threads or best_threads(model))
        return cls(model, tokenizer, LoraRules(reference, linear_shapes(model)))

    def load(self, adapter: Path, sha256: str) -> Weights:
        return Weights(extend(self.base.model, read_lora(adapter), merge=self._merge), sha256)

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer(text, add_special_tokens=False).input_ids)

    def encode_prompt(self, text: str) -> tuple[int, ...]:
        start = self._tokenizer.bos_token_id
        return (() if start is None else (start,)) + self.encode(text)

    def text(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(list(ids), skip_special_tokens=True)  # type: ignore[no-any-return]

    @torch.inference_mode()
    def decode(self, weights: Weights, jobs: Sequence[Job]) -> list[Written]:
        rows = [Row(job, Draft(self._ended(job.draft), self._line_ends)) for job in jobs]
        for batch in micro_batches(rows):
            self._write(weights.model, batch)
        return [Written(tuple(row.ids), tuple(row.logprobs), tuple(row.margins), row.complete) for row in rows]

    def _ended(self, draft: tuple[int, ...]) -> tuple[int, ...]:
        """A draft is whole: its end is guessed too."""
        return (*draft, self._tokenizer.eos_token_id) if draft else ()

    def _write(self, model: nn.Module, rows: list[Row]) -> None:
        """Decode one micro-batch to its end."""
        cache = DynamicCache(config=model.config)
        seen = torch.zeros(len(rows), 0, dtype=torch.long, device=self._device)
        while rows:
            block = Block.of(rows, self._device)
            seen = torch.cat([seen, block.mask], dim=1)
            scores = self._forward(model, block, seen, cache)
            self._take(rows, scores, seen)
            kept = [n for n, row in enumerate(rows) if not row.is_done]
            if len(kept) <= STRAGGLERS * len(rows):
                index = torch.tensor(kept, device=self._device, dtype=torch.long)
                rows, seen = [rows[n] for n in kept], seen[index]
                cache.batch_select_indices(index)

    def _forward(self, model: nn.Module, block: "Block", seen: torch.Tensor, cache: DynamicCache) -> torch.Tensor:
        """Scores [rows, 1 + most guesses, vocabulary] of what follows the last tokens; the cache grows by the block."""
        output = model(input_ids=block.ids, attention_mask=seen, position_ids=block.positions, past_key_values=cache,
                       use_cache=True, logits_to_keep=1 + block.guesses)  # fmt: skip
        return output.logits  # type: ignore[no-any-return]

    def _take(self, rows: Sequence[Row], scores: torch.Tensor, seen: torch.Tensor) -> None:
        """Give each row its tokens, and hide the wrong guesses from every later step."""
        chosen = choose(scores)
        for n, row in enumerate(rows):
            if row.is_done:
                continue
            guesses = len(row.guess)
            right = row.take(chosen[n][-guesses - 1 :], self._ends)
            if right < guesses:
                seen[n, right - guesses :] = 0


@dataclass(frozen=True)
class Block:
    """What one step feeds: token ids, their mask and positions [rows, width], padded on the left."""

    ids: torch.Tensor
    mask: torch.Tensor
    positions: torch.Tensor
    guesses: int
    """The most guesses that a row has."""

    @classmethod
    def of(cls, rows: Sequence[Row], device: torch.device) -> Self:
        most = GUESSES // len(rows)
        fed = [row.prepare(most if most >= WORTHWHILE else 0) for row in rows]
        width = max(map(len, fed))
        table = []
        for row, ids in zip(rows, fed, strict=True):
            pad = [0] * (width - len(ids))
            table.append(
                [pad + list(ids), pad + [1] * len(ids), pad + list(range(row.position, row.position + len(ids)))]
            )
        tensors = torch.tensor(table, device=device)
        return cls(tensors[:, 0], tensors[:, 1], tensors[:, 2], max(len(row.guess) for row in rows))


class Chosen(NamedTuple):
    """The likeliest token at one place, the logarithm of its probability, and its lead over the runner-up."""

    token: int
    logprob: float
    margin: float


def choose(scores: torch.Tensor) -> list[list[Chosen]]:
    """For each row and place of [rows, places, vocabulary]. A grounding mask would act here."""
    scores = scores.float()
    top, tokens = scores.topk(2, dim=-1)
    logprobs = top - scores.logsumexp(dim=-1, keepdim=True)
    lead = logprobs[..., 0].exp() - logprobs[..., 1].exp()
    columns = (tokens[..., 0].tolist(), logprobs[..., 0].tolist(), lead.tolist())
    return [[Chosen(*place) for place in zip(*row, strict=True)] for row in zip(*columns, strict=True)]


def micro_batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows sorted by prompt length, so that little is padded, cut where a batch would hold too many tokens."""
    batch: list[Row] = []
    for row in sorted(rows, key=lambda row: len(row.job.prompt)):
        if batch and (len(batch) == BATCH_ROWS or (len(batch) + 1) * len(row.job.prompt) > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def end_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Ids that end an answer: the tokenizer's, and those of the model's generation settings."""
    configured = model.generation_config.eos_token_id
    listed = configured if isinstance(configured, list) else [configured]
    return frozenset(token for token in [tokenizer.eos_token_id, *listed] if token is not None)


def best_threads(model: PreTrainedModel) -> int:
    """All cores for a large model. One for a small one: its steps are too short to share, and threads that wait for
    each other by spinning made it 15 times slower on two cores when a training run used them as well (measured)."""
    return 1 if model.num_parameters() < SMALL else os.cpu_count() or 1


def choose_device(device: str) -> str:
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"
