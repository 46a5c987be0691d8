"""A training on a machine that is reached over SSH: the same steps for your own host and for a rented one.

Everything of a run lies in `larder/<machine's name>/` in the user's home: the bundle, its code, and the training's
folder `job`, which `workplace` keeps there as it does on this machine.
"""

import os
import shlex
import shutil
import tarfile
from asyncio import to_thread
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trainer_orchestrator.errors import StepFailed, Transient
from trainer_orchestrator.machines.base import MachineRef
from trainer_orchestrator.machines.bundle import BASE, CODE, LOCK, base_on_machine, write_bundle
from trainer_orchestrator.machines.transport import CommandFailed, Shell
from trainer_orchestrator.machines.workplace import EXIT_NOT_YET, Activity, Look
from trainer_orchestrator.run import Reason

ROOT: Final = "larder"
EXIT_NO_FOLDER: Final = 44
RECIPE: Final = ("-m", "trainer_orchestrator.recipe.train_lora")
WORKPLACE: Final = "trainer_orchestrator.machines.workplace"
PREPARE: Final = "trainer_orchestrator.machines.prepare"


@dataclass(frozen=True)
class RemoteTraining:
    """How trainings are done on such machines.

    `python` is the machine's own; `recipe` are the arguments with which it becomes the training, `options` the recipe's
    own; `environment` is where packages are kept there; `home` is the data folder here.
    """

    home: Path
    python: str = "python3"
    recipe: Sequence[str] = RECIPE
    options: Sequence[str] = ()
    environment: str = f"$HOME/{ROOT}/environment"
    nice: int = 0

    async def upload(self, shell: Shell, machine: MachineRef, dataset: Path, base: str) -> None:
        """Send the bundle and unpack it in place of an earlier one."""
        bundle = self.home / "runs" / machine.run_id / "bundle.tar"
        bundle.parent.mkdir(parents=True, exist_ok=True)
        await to_thread(write_bundle, bundle, dataset, base)
        folder = f"{ROOT}/{machine.name}"
        await self._told(shell, f"mkdir -p {folder}")
        await shell.put(bundle, f"{folder}/bundle.tar")
        await self._told(shell, f"cd {folder} && rm -rf {CODE} {BASE} job/data && tar -xf bundle.tar")
        bundle.unlink()

    async def start(self, shell: Shell, machine: MachineRef, base: str) -> None:
        """The token for the base model goes over standard input: a command line is for everybody to read."""
        prepare = f'{self.python} -m {PREPARE} --environment "{self.environment}" --lock "$PWD/{CODE}/{LOCK}"'
        there = base_on_machine(base)
        where = shlex.quote(there) if there == base else f'"$PWD"/{shlex.quote(there)}'
        recipe = f'{shlex.join(self.recipe)} --data "$PWD/job/data" --base {where} --output "$PWD/job/adapter"'
        begin = f'{WORKPLACE} begin "$PWD/job" {self.nice} {machine.deadline.timestamp()}'
        command = f"{self.python} -m {begin} {prepare} --base {where} -- {recipe} {shlex.join(self.options)}"
        token = os.environ.get("HF_TOKEN", "")
        await self._inside(shell, machine, f"read -r HF_TOKEN; export HF_TOKEN; exec {command}", f"{token}\n".encode())

    async def look(self, shell: Shell, machine: MachineRef, log_offset: int) -> Look:
        command = f'exec {self.python} -m {WORKPLACE} look "$PWD/job" {log_offset}'
        try:
            return Look.from_bytes(await self._inside(shell, machine, command))
        except StepFailed:
            return Look(Activity.LOST)

    async def download(self, shell: Shell, machine: MachineRef, target: Path) -> None:
        """One archive, so that a broken transfer is resumed as one; unpacked whole or not at all."""
        packed = f"{ROOT}/{machine.name}/adapter.tar"
        await self._inside(
            shell, machine, "[ -f adapter.tar ] || { tar -cf a.part -C job adapter && mv a.part adapter.tar; }"
        )
        archive = self.home / "runs" / machine.run_id / "adapter.tar"
        archive.parent.mkdir(parents=True, exist_ok=True)
        await shell.get(packed, archive)
        await to_thread(_unpack, archive, target)

    async def end(self, shell: Shell, machine: MachineRef) -> bool:
        """End the training and remove its folder; True once both are so."""
        folder = f"{ROOT}/{machine.name}"
        end = f'{self.python} -m {WORKPLACE} end "$PWD/{folder}/job"'
        code = f"[ ! -d {folder}/job ] || [ ! -d {folder}/{CODE} ] || PYTHONPATH={folder}/{CODE} {end}"
        try:
            await self._told(shell, f"{{ {code}; }} && rm -rf {folder}")
        except Transient:
            return False
        return True

    async def _inside(self, shell: Shell, machine: MachineRef, command: str, given: bytes = b"") -> bytes:
        """Run in the machine's folder with the code on its path. Raises StepFailed when the folder is not there."""
        enter = f"cd {ROOT}/{machine.name} 2>/dev/null || exit {EXIT_NO_FOLDER}"
        return await self._told(shell, f'{enter}; export PYTHONPATH="$PWD/{CODE}"; {command}', given)

    async def _told(self, shell: Shell, command: str, given: bytes = b"") -> bytes:
        try:
            return await shell.run(command, given)
        except CommandFailed as error:
            if error.status == EXIT_NO_FOLDER:
                raise StepFailed(
                    Reason.MACHINE_LOST, "The machine has lost the run's folder; start a new run."
                ) from error
            kind = "is not done yet" if error.status == EXIT_NOT_YET else "failed"
            raise Transient(f"a command on the machine {kind}: {error}") from error


def _unpack(archive: Path, target: Path) -> None:
    half = target.with_name(target.name + ".unpacking")
    shutil.rmtree(half, ignore_errors=True)
    with tarfile.open(archive) as packed:
        packed.extractall(half, filter="data")
    shutil.rmtree(target, ignore_errors=True)
    (half / "adapter").rename(target)
    shutil.rmtree(half)
    archive.unlink()
