"""This computer as a machine: a working folder and a detached process.

Invariant: `release` returns True only when nothing of the training runs and its folder is gone. A training outlives
a crash of the orchestrator and is found again through its files; an orderly stop ends it (`suspend`), so that no
process is left behind, unless `survives_stop` is set.
"""

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from trainer_orchestrator.errors import Transient
from trainer_orchestrator.machines import workplace
from trainer_orchestrator.machines.base import MachineRef
from trainer_orchestrator.machines.workplace import Activity, Look
from trainer_orchestrator.run import Rental

T = TypeVar("T")

RECIPE = (sys.executable, "-m", "trainer_orchestrator.recipe.train_lora")


class LocalMachines:
    """Trainings on this computer, each in `runs/<run>/machine` under the data folder."""

    is_elsewhere = False

    def __init__(self, home: Path, *, nice: int, survives_stop: bool = False, recipe: Sequence[str] = RECIPE) -> None:
        self._home = home
        self._nice = nice
        self._survives_stop = survives_stop
        self._recipe = tuple(recipe)
        self._children: dict[Path, subprocess.Popen[bytes]] = {}
        self._one_at_a_time = threading.Lock()

    def lifetime(self, longest: timedelta) -> timedelta:
        return longest

    async def launch(self, machine: MachineRef, base: str) -> None:  # noqa: ARG002 - the base lies here already
        await self._do(lambda folder: folder.mkdir(parents=True, exist_ok=True), machine)

    async def is_ready(self, machine: MachineRef, base: str) -> bool:  # noqa: ARG002
        return await self._do(Path.is_dir, machine)

    def rentals(self, machine: MachineRef) -> Sequence[Rental]:  # noqa: ARG002 - nothing is paid
        return ()

    async def upload(self, machine: MachineRef, dataset: Path, base: str) -> None:  # noqa: ARG002
        await self._do(lambda folder: replace_folder(dataset, folder / "data"), machine)

    async def start(self, machine: MachineRef, base: str) -> None:
        await self._do(lambda folder: self._start(folder, machine, base), machine)

    async def look(self, machine: MachineRef, log_offset: int) -> Look:
        return await self._do(lambda folder: self._look(folder, log_offset), machine)

    async def download(self, machine: MachineRef, target: Path) -> None:
        await self._do(lambda folder: replace_folder(folder / "adapter", target), machine)

    async def suspend(self, machine: MachineRef) -> None:
        if not self._survives_stop:
            await self._do(self._suspend, machine)

    async def release(self, machine: MachineRef) -> bool:
        return await self._do(self._release, machine)

    async def _do(self, act: Callable[[Path], T], machine: MachineRef) -> T:
        """In a thread. A cancelled caller does not stop the thread, so what follows must wait for it."""
        folder = self._home / "runs" / machine.run_id / "machine"

        def alone() -> T:
            with self._one_at_a_time:
                try:
                    return act(folder)
                except workplace.NotYet as problem:
                    raise Transient(str(problem)) from problem

        return await asyncio.to_thread(alone)

    def _start(self, folder: Path, machine: MachineRef, base: str) -> None:
        recipe = [*self._recipe, "--data", str(folder / "data"), "--base", base, "--output", str(folder / "adapter")]
        child = workplace.begin(folder, self._nice, machine.deadline.timestamp(), recipe)
        if child is not None:
            self._children[folder] = child

    def _look(self, folder: Path, log_offset: int) -> Look:
        found = workplace.look(folder, log_offset)
        if found.activity is not Activity.RUNNING:
            self._reap(folder)
        return found

    def _suspend(self, folder: Path) -> None:
        workplace.suspend(folder)
        self._reap(folder)

    def _release(self, folder: Path) -> bool:
        is_gone = workplace.end(folder)
        self._reap(folder)
        return is_gone

    def _reap(self, folder: Path) -> None:
        """Take the exit status of our own child, which has let go of the lock, so that it does not stay as a zombie."""
        child = self._children.get(folder)
        if child is not None and workplace.activity(folder) is not Activity.RUNNING:
            child.wait(workplace.KILL_PATIENCE_S)
            del self._children[folder]


def replace_folder(source: Path, target: Path) -> None:
    """Copy a folder so that `target` is whole or as before. Raises FileNotFoundError when there is no source."""
    half = target.with_name(target.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    half.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, half)
    if target.exists():
        shutil.rmtree(target)
    half.rename(target)
