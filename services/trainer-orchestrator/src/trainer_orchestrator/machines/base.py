"""The interface of a machine: the same steps for every kind, each safe to repeat after a crash.

A machine is known by its name alone, which was committed before it was launched. Every method may be called again
with the same name by a process that knows nothing of the call before.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class MachineRef:
    """A machine of a run, launched or about to be."""

    name: str
    run_id: str


class Activity(StrEnum):
    """What the training on a machine is doing."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    EXITED = "exited"
    LOST = "lost"
    """It began, runs no more, and left no exit code: killed, or the machine is gone."""


@dataclass(frozen=True)
class Look:
    """A look at a training: what it does, and what its log says since the offset that was asked for."""

    activity: Activity
    exit_code: int | None = None
    log: bytes = b""


class Machines(Protocol):
    """One kind of machine. All methods raise `errors.Transient` for what may work later, `errors.StepFailed` else."""

    async def launch(self, machine: MachineRef) -> None:
        """Make sure that exactly one machine of this name exists: adopt it, or create it."""

    async def is_ready(self, machine: MachineRef) -> bool:
        """Whether it takes files now."""

    async def upload(self, machine: MachineRef, dataset: Path) -> None:
        """Put the dataset's files onto it; what lay there from an earlier try is replaced."""

    async def start(self, machine: MachineRef, base: str) -> None:
        """Begin the training, detached, unless it has begun already. `base` is a folder or a Hugging Face id."""

    async def look(self, machine: MachineRef, log_offset: int) -> Look:
        """What the training does, and its log from byte `log_offset` on."""

    async def download(self, machine: MachineRef, target: Path) -> None:
        """Fetch the recipe's output folder into `target`, which is replaced whole or not at all."""

    async def suspend(self, machine: MachineRef) -> None:
        """The orchestrator stops in order: what shares its fate ends its training, to `start` it again later."""

    async def release(self, machine: MachineRef) -> bool:
        """Give it back, with whatever runs on it. True once it is certain that it is gone."""
