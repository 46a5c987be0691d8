"""Where a training stands, on the disk, so that a killed one continues as if nothing had happened.

Invariant: a checkpoint belongs to one run (data, base, and options); another run's is never continued. It is whole at
every moment: written beside, flushed, and renamed.
"""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

_STATE = "state.pt"


class Checkpoint:
    """The state of the run called `identity` in `folder`, renewed at most every `every` seconds."""

    def __init__(self, folder: Path, identity: str, every: float) -> None:
        self._folder, self._identity, self._every = folder, identity, every
        self._saved = time.monotonic()

    @classmethod
    def beside(cls, output: Path, identity: str, every: float) -> "Checkpoint":
        """In a hidden folder next to the output folder."""
        return cls(output.with_name(f".{output.name}.checkpoint"), identity, every)

    def load(self) -> dict[str, Any] | None:
        """The state that was saved last; None when there is none of this run."""
        path = self._folder / _STATE
        if not path.exists():
            return None
        state: dict[str, Any] = torch.load(path, weights_only=True)
        return state if state.pop("identity") == self._identity else None

    def save_when_due(self, state: Callable[[], dict[str, Any]]) -> None:
        """`state` is asked for only when it is time."""
        if time.monotonic() - self._saved < self._every:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        half = self._folder / "state.tmp"
        with half.open("wb") as file:
            torch.save({"identity": self._identity, **state()}, file)
            file.flush()
            os.fsync(file.fileno())
        half.replace(self._folder / _STATE)
        self._saved = time.monotonic()

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
