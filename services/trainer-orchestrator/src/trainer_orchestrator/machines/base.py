"""The interface of a machine: the same steps for every kind, each safe to repeat after a crash.

A machine is known by its name alone, which was committed before it was launched. Every method may be called again
with the same name by a process that knows nothing of the call before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from trainer_orchestrator.machines.workplace import Look
from trainer_orchestrator.run import Rental, parse_machine_name


@dataclass(frozen=True)
class MachineRef:
    """A machine of a run, launched or about to be."""

    name: str
    run_id: str

    @property
    def deadline(self) -> datetime:
        return parse_machine_name(self.name).deadline


class Machines(Protocol):
    """One kind of machine. All methods raise `errors.Transient` for what may work later, `errors.StepFailed` else."""

    is_elsewhere: bool
    """Another computer than the group's server: names of people do not go there."""

    def lifetime(self, longest: timedelta) -> timedelta:
        """How long a machine may live, `longest` at most; its end stands in its name."""

    async def launch(self, machine: MachineRef, base: str) -> None:
        """Make sure that exactly one machine of this name exists: adopt it, or create it."""

    async def is_ready(self, machine: MachineRef, base: str) -> bool:
        """Whether it takes files now; a machine that turns out unfit is replaced here."""

    def rentals(self, machine: MachineRef) -> Sequence[Rental]:
        """What was rented under this name so far, in order, and for how much; empty where nothing is paid."""

    async def upload(self, machine: MachineRef, dataset: Path, base: str) -> None:
        """Put onto it what the training needs; what lay there from an earlier try is replaced."""

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
