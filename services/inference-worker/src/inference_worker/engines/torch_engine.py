"""The reference engine: PyTorch on CPU or CUDA, float32 for small models, bfloat16 for others.

Micro-batches are padded on the left; padding is masked and positions count real tokens only, so a row reads as it would
alone, up to rounding: in float32 two tokens whose scores differ by less than about 1e-4 may change places, in bfloat16
about 0.1.
"""

import os
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import torch
from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase

from inference_worker.adapters import read_lora
from inference_worker.decoding import Limits, Statistics, decode
from inference_worker.engines.base import Choice, Feed, Job, LoraRules, Session, Weights, Written
from inference_worker.engines.choosing import best, choose, split
from inference_worker.engines.loading import SMALL, find_base, load_base
from inference_worker.engines.lora import extend, linear_shapes
from inference_worker.engines.prefixes import Prefixes, shared_prefix
from inference_worker.engines.tokenizing import TextCodec, end_tokens

LIMITS = {
    "small": Limits(batch_tokens=512, batch_rows=16, guesses=48),
    "large": Limits(batch_tokens=1024, batch_rows=16, guesses=24),
    "cuda": Limits(batch_tokens=32_768, batch_rows=192, guesses=24),
}
STRAGGLERS = 0.5
"""Ended rows are taken out of the batch when fewer than this share still write: copying the cache has its price."""


class TorchEngine(TextCodec):
    """Implements `engines.base.Engine`. Made by `TorchEngine.open`."""

    name = "torch"

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rules: LoraRules) -> None:
        super().__init__(tokenizer, end_tokens(model.generation_config.eos_token_id, tokenizer))
        self.rules = rules
        self.base = Weights(model, None)
        self.context: int = model.config.max_position_embeddings
        self.statistics = Statistics()
        self.limits = LIMITS["cuda" if model.device.type == "cuda" else "small" if is_small(model) else "large"]
        self._merge = is_small(model)
        self._prefixes: Prefixes[DynamicCache] = Prefixes()

    @classmethod
    def open(
        cls, base: str | Path, *, device: str = "auto", dtype: str = "auto", threads: int = 0, four_bit: bool = False
    ) -> Self:
        """Load a base model from a folder or by its Hugging Face id. Raises BaseModelError."""
        folder, reference = find_base(base)
        model, tokenizer = load_base(folder, choose_device(device), dtype, four_bit=four_bit)
        torch.set_num_threads(threads or best_threads(model))
        return cls(model, tokenizer, LoraRules(reference, linear_shapes(model)))

    def load(self, adapter: Path, sha256: str) -> Weights:
        return Weights(extend(self.base.model, read_lora(adapter), merge=self._merge), sha256)

    @torch.inference_mode()
    def decode(self, weights: Weights, jobs: Sequence[Job]) -> list[Written]:
        prefix = shared_prefix(jobs)
        cache = self._prefixes.get(weights, prefix, self._read_prefix) if prefix else None

        def begin(batch: Sequence[Job]) -> Session:
            return self.session(weights, len(batch), cache, len(prefix))

        return decode(jobs, begin, self.signs, self.limits, self.statistics, prefix=len(prefix))

    def session(
        self, weights: Weights, rows: int, prefix: DynamicCache | None = None, prefix_length: int = 0
    ) -> Session:
        """A micro-batch of so many rows, whose prompts' beginning the cache `prefix` holds."""
        return _Session(weights.model, rows, prefix, prefix_length)

    def _read_prefix(self, weights: Weights, prefix: tuple[int, ...]) -> DynamicCache:
        cache = DynamicCache(config=weights.model.config)
        ids = torch.tensor([prefix], device=weights.model.device)
        weights.model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        return cache


class _Session:
    """A micro-batch: its cache, and which of the cache's columns each row may see."""

    def __init__(self, model: Any, rows: int, prefix: DynamicCache | None, prefix_length: int) -> None:  # noqa: ANN401
        self._model = model
        self._device = model.device
        self._cache = DynamicCache(config=model.config)
        if prefix is not None:
            self._cache = widened(prefix, rows, model.config)
        self._seen = torch.ones(rows, prefix_length, dtype=torch.long, device=self._device)
        self._columns: list[list[int]] = [list(range(prefix_length)) for _ in range(rows)]
        """For each row the cache column of each of its tokens."""
        self._rows = list(range(rows))

    def step(self, feeds: Sequence[Feed]) -> list[list[Choice]]:
        self._drop_ended(feeds)
        self._forget_wrong_guesses(feeds)
        ids, mask, positions = self._block(feeds)
        self._seen = torch.cat([self._seen, mask], dim=1)
        kept = 1 + max(feed.guesses for feed in feeds)
        scores = self._model(
            input_ids=ids, attention_mask=self._seen, position_ids=positions, past_key_values=self._cache,
            use_cache=True, logits_to_keep=kept,
        ).logits  # fmt: skip
        return self._choose(scores, feeds, kept)

    def _choose(self, scores: torch.Tensor, feeds: Sequence[Feed], kept: int) -> list[list[Choice]]:
        """`scores` [rows, kept, vocabulary] follow each row's last tokens."""
        row_of = {row: n for n, row in enumerate(self._rows)}
        places = [(row_of[feed.row], kept - feed.guesses - 1 + n) for feed in feeds for n in range(feed.guesses + 1)]
        rows, columns = torch.tensor(places, device=self._device).T
        allowed = [ids for feed in feeds for ids in feed.allowed]
        return split(choose_on(self._device, scores[rows, columns], allowed), feeds)

    def _drop_ended(self, feeds: Sequence[Feed]) -> None:
        """Rows that end are fed padding until enough of them ended."""
        fed = {feed.row for feed in feeds}
        if len(fed) <= STRAGGLERS * len(self._rows):
            kept = [n for n, row in enumerate(self._rows) if row in fed]
            index = torch.tensor(kept, device=self._device, dtype=torch.long)
            self._rows = [self._rows[n] for n in kept]
            self._seen = self._seen[index]
            self._cache.batch_select_indices(index)

    def _forget_wrong_guesses(self, feeds: Sequence[Feed]) -> None:
        for feed in feeds:
            columns = self._columns[feed.row]
            if len(columns) > feed.position:
                self._seen[self._rows.index(feed.row), columns[feed.position :]] = 0
                del columns[feed.position :]

    def _block(self, feeds: Sequence[Feed]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Token ids, their mask and positions [rows, width], padded on the left."""
        by_row = {feed.row: feed for feed in feeds}
        width = max(len(feed.tokens) for feed in feeds)
        behind = self._seen.shape[1]
        table = []
        for row in self._rows:
            feed = by_row.get(row)
            tokens, position = (feed.tokens, feed.position) if feed else ((), 0)
            pad = [0] * (width - len(tokens))
            self._columns[row] += range(behind + len(pad), behind + width)
            places = list(range(position, position + len(tokens)))
            table.append([pad + list(tokens), pad + [1] * len(tokens), pad + places])
        block = torch.tensor(table, device=self._device)
        return block[:, 0], block[:, 1], block[:, 2]


def widened(prefix: DynamicCache, rows: int, config: Any) -> DynamicCache:  # noqa: ANN401
    """The cache of a prefix for a batch; the prefix itself is not written to."""
    cache = DynamicCache(config=config)
    for number, layer in enumerate(prefix.layers):
        cache.update(layer.keys.expand(rows, -1, -1, -1), layer.values.expand(rows, -1, -1, -1), number)
    return cache


def choose_on(device: torch.device, scores: torch.Tensor, allowed: Sequence["array[int] | None"]) -> list[Choice]:
    """`scores` [places, vocabulary]. From another device only the allowed scores are fetched."""
    scores = scores.float()
    sums = scores.logsumexp(dim=-1).cpu().numpy()
    masks = [ids for ids in allowed if ids is not None]
    if device.type == "cpu" or len(masks) < len(allowed):
        return choose(scores.cpu().numpy(), sums, allowed)
    width = max(map(len, masks))
    index = torch.tensor([[*ids, *[ids[0]] * (width - len(ids))] for ids in masks], device=device)
    values = scores.gather(1, index).cpu().numpy()
    return [best(row[: len(ids)], float(total), ids) for row, total, ids in zip(values, sums, masks, strict=True)]


def is_small(model: PreTrainedModel) -> bool:
    return bool(model.num_parameters() < SMALL)


def best_threads(model: PreTrainedModel) -> int:
    """All cores for a large model. One for a small one: its steps are too short to share, and threads that wait for
    each other by spinning made it 15 times slower on two cores when a training run used them as well (measured)."""
    return 1 if is_small(model) else os.cpu_count() or 1


def choose_device(device: str) -> str:
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"
