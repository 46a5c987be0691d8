"""Token batches from prompts and targets, shared by pre-training and adapter training.

Invariant: a batch holds examples of about the same length, right-padded, and labels cover the target and its end mark
only (`IGNORED` elsewhere), so that the loss is that of the completion.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import torch
from transformers import PreTrainedTokenizerBase

IGNORED: Final = -100


class Example(NamedTuple):
    """One prompt with its target, as token ids; `target` ends with the end mark."""

    prompt: list[int]
    target: list[int]

    @property
    def tokens(self) -> int:
        return len(self.prompt) + len(self.target)


class Batch(NamedTuple):
    """`ids` and `labels`, both [examples, tokens]; labels are not shifted."""

    ids: torch.Tensor
    labels: torch.Tensor


def example(tokenizer: PreTrainedTokenizerBase, prompt: str, target: str) -> Example:
    """Raises ValueError when the tokenizer has no end mark."""
    if tokenizer.eos_token_id is None:
        raise ValueError("The base model's tokenizer has no end-of-sequence token.")
    start = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
    ids = tokenizer([prompt, target], add_special_tokens=False)["input_ids"]
    return Example([*start, *ids[0]], [*ids[1], tokenizer.eos_token_id])


def bucketed(examples: Sequence[Example], tokens: int, chance: random.Random) -> Iterator[list[Example]]:
    """All examples once, in batches of at most `tokens` padded tokens, alike in length, in random order."""
    ordered = sorted(examples, key=lambda e: (e.tokens, chance.random()))
    batches: list[list[Example]] = [[]]
    for one in ordered:
        if (len(batches[-1]) + 1) * one.tokens > tokens and batches[-1]:
            batches.append([])
        batches[-1].append(one)
    chance.shuffle(batches)
    yield from (batch for batch in batches if batch)


def collate(examples: Sequence[Example], pad: int) -> Batch:
    width = max(e.tokens for e in examples)
    ids = torch.full((len(examples), width), pad)
    labels = torch.full((len(examples), width), IGNORED)
    for row, one in enumerate(examples):
        ids[row, : one.tokens] = torch.tensor(one.prompt + one.target)
        labels[row, len(one.prompt) : one.tokens] = torch.tensor(one.target)
    return Batch(ids, labels)


def pooled(examples: Iterable[Example], pool: int, tokens: int, chance: random.Random) -> Iterator[list[Example]]:
    """`bucketed` over an endless stream, `pool` examples at a time."""
    waiting: list[Example] = []
    for one in examples:
        waiting.append(one)
        if len(waiting) == pool:
            yield from bucketed(waiting, tokens, chance)
            waiting = []
