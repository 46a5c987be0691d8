"""The likeliest allowed token at each place of a step, with how sure the model was of it."""

import math
from array import array
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inference_worker.engines.base import Choice, Feed

Floats = npt.NDArray[np.float32]


def choose(scores: Floats, sums: Floats, allowed: Sequence["array[int] | None"]) -> list[Choice]:
    """`scores` [places, vocabulary], `sums` [places] the logarithm of the summed exponents of each row."""
    return [
        among(row, float(total), ids) if ids is not None else anything(row, float(total))
        for row, total, ids in zip(scores, sums, allowed, strict=True)
    ]


def among(row: Floats, total: float, ids: "array[int]") -> Choice:
    return best(row[np.frombuffer(ids, dtype=np.int64)], total, ids)


def best(values: Floats, total: float, ids: "array[int]") -> Choice:
    """The best of `values`, which belong to `ids`; the first of equals. `values` is spoilt."""
    top = int(values.argmax())
    score = float(values[top])
    values[top] = -np.inf
    return choice(ids[top], score - total, float(values.max()) - total)


def anything(row: Floats, total: float) -> Choice:
    top = int(row.argmax())
    second = max(row[:top].max(initial=-np.inf), row[top + 1 :].max(initial=-np.inf))
    return choice(top, float(row[top]) - total, float(second) - total)


def choice(token: int, logprob: float, second: float) -> Choice:
    return Choice(token, logprob, math.exp(logprob) - math.exp(second))


def split(choices: Sequence[Choice], feeds: Sequence[Feed]) -> list[list[Choice]]:
    """Choices of all places in a row, by feed."""
    parts: list[list[Choice]] = []
    begin = 0
    for feed in feeds:
        parts.append(list(choices[begin : begin + feed.guesses + 1]))
        begin += feed.guesses + 1
    return parts
