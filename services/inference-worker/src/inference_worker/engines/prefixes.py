"""What all prompts begin with is read once for a generation: a long instruction costs its tokens only once."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from inference_worker.engines.base import Job, Weights

T = TypeVar("T")
WORTHWHILE = 24
"""Shorter beginnings cost less to read again than to look after."""
KEPT = 2


class Prefixes(Generic[T]):
    """What an engine remembers of read prefixes; the last few only, so that a dropped generation is freed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, tuple[int, ...]], tuple[Weights, T]] = OrderedDict()

    def get(self, weights: Weights, prefix: tuple[int, ...], read: Callable[[Weights, tuple[int, ...]], T]) -> T:
        key = (id(weights.model), prefix)
        if key not in self._kept:
            self._kept[key] = (weights, read(weights, prefix))
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key][1]


def shared_prefix(jobs: Sequence[Job]) -> tuple[int, ...]:
    """The tokens that all prompts begin with, but for the last of each; empty when they are few, or one is alone."""
    first, *others = [job.prompt for job in jobs] or [()]
    length = len(first) - 1
    for other in others:
        length = min(length, len(other) - 1)
        length = next((n for n in range(length) if first[n] != other[n]), length)
    return first[:length] if others and length >= WORTHWHILE else ()
