"""Your own GPU host over SSH: it is there already, and stays; a run leaves nothing on it.

Invariant: `release` returns True only when nothing of the run runs there and its folder is gone.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Final

from trainer_orchestrator.errors import StepFailed
from trainer_orchestrator.machines.base import MachineRef
from trainer_orchestrator.machines.remote import RemoteTraining
from trainer_orchestrator.machines.transport import Address, CommandFailed, Lines, Shell
from trainer_orchestrator.machines.workplace import Look
from trainer_orchestrator.run import Reason, Rental

IS_NEW_ENOUGH: Final = "import sys; sys.exit(sys.version_info < (3, 11))"


class SshMachines:
    """Trainings on one host."""

    is_elsewhere = True

    def __init__(self, address: Address, training: RemoteTraining) -> None:
        self._address = address
        self._training = training
        self._lines = Lines()

    def lifetime(self, longest: timedelta) -> timedelta:
        return longest

    async def launch(self, machine: MachineRef, base: str) -> None:
        """The host is there already."""

    async def is_ready(self, machine: MachineRef, base: str) -> bool:  # noqa: ARG002 - fetched when it trains
        async with self._line() as shell:
            try:
                await shell.run(f"{self._training.python} -c {IS_NEW_ENOUGH!r}")
            except CommandFailed as error:
                sentence = (
                    f"{self._address.host} needs Python 3.11 or newer as {self._training.python}: install it there."
                )
                raise StepFailed(Reason.BOOT_FAILED, sentence) from error
        return True

    def rentals(self, machine: MachineRef) -> Sequence[Rental]:  # noqa: ARG002 - nothing is paid
        return ()

    async def upload(self, machine: MachineRef, dataset: Path, base: str) -> None:
        async with self._line() as shell:
            await self._training.upload(shell, machine, dataset, base)

    async def start(self, machine: MachineRef, base: str) -> None:
        async with self._line() as shell:
            await self._training.start(shell, machine, base)

    async def look(self, machine: MachineRef, log_offset: int) -> Look:
        async with self._line() as shell:
            return await self._training.look(shell, machine, log_offset)

    async def download(self, machine: MachineRef, target: Path) -> None:
        async with self._line() as shell:
            await self._training.download(shell, machine, target)

    async def suspend(self, machine: MachineRef) -> None:
        """The host does not share this process's fate: the training goes on, and is found again."""

    async def release(self, machine: MachineRef) -> bool:
        async with self._line() as shell:
            is_gone = await self._training.end(shell, machine)
        self._lines.hang_up(self._address)
        return is_gone

    def _line(self) -> AbstractAsyncContextManager[Shell]:
        return self._lines.to(self._address)


def host_key_of(text: str) -> str:
    """The host key from a line as `ssh-keyscan` prints it, or without the name. Raises ValueError."""
    fields = text.split()
    for at, word in enumerate(fields):
        if word.startswith(("ssh-", "ecdsa-")) and len(fields) > at + 1:
            return f"{word} {fields[at + 1]}"
    raise ValueError("LARDER_SSH_HOST_KEY is no host key: take a line that `ssh-keyscan -t ed25519 HOST` prints.")
