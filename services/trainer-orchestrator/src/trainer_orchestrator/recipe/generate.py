"""Reads messages with a model, plainly and greedily: the recipe's own yardstick, with no engine and no draft.

Invariant: the readings do not depend on the batch size, but for rounding.
"""

from collections.abc import Sequence
from typing import Any, Final

import torch
from transformers import PreTrainedTokenizerBase

from contracts import Directory, Extraction, Tables
from reading.expand import expand
from reading.prompt import Piece, pieces
from reading.target import fuse

_BATCH: Final = 48


def read(
    model: Any,  # noqa: ANN401 -- transformers' and peft's models share no typed base
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    directory: Directory,
    tables: Tables,
) -> list[Extraction]:
    """One reading a text, in the texts' order."""
    asked = [pieces(text) for text in texts]
    targets = write(model, tokenizer, [piece for one in asked for piece in one])
    readings = []
    for text, one in zip(texts, asked, strict=True):
        readings.append(expand(fuse(targets[: len(one)]), text, directory, tables))
        targets = targets[len(one) :]
    return readings


@torch.no_grad()
def write(model: Any, tokenizer: PreTrainedTokenizerBase, asked: Sequence[Piece]) -> list[str]:  # noqa: ANN401
    """The model's target for each piece, in the pieces' order."""
    order = sorted(range(len(asked)), key=lambda i: (asked[i].max_tokens, len(asked[i].prompt)))
    written = [""] * len(asked)
    for at in range(0, len(order), _BATCH):
        chosen = order[at : at + _BATCH]
        for i, target in zip(chosen, _greedy(model, tokenizer, [asked[i] for i in chosen]), strict=True):
            written[i] = target
    return written


def _greedy(model: Any, tokenizer: PreTrainedTokenizerBase, asked: Sequence[Piece]) -> list[str]:  # noqa: ANN401
    start = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
    prompts = [start + tokenizer(piece.prompt, add_special_tokens=False)["input_ids"] for piece in asked]
    width = max(map(len, prompts))
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    ids = torch.tensor([[pad] * (width - len(p)) + p for p in prompts], device=model.device)
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=model.device)
    longest = max(piece.max_tokens for piece in asked)
    out = model.generate(
        input_ids=ids, attention_mask=mask, max_new_tokens=longest, do_sample=False, pad_token_id=pad,
        eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    return [tokenizer.decode(row, skip_special_tokens=True) for row in out[:, width:]]
