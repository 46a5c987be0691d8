"""This computer as a machine: a working folder and a detached process.

Invariant: `release` returns True only when nothing of the training runs and its folder is gone. A training outlives
a crash of the orchestrator and is found again through its files; an orderly stop ends it (`suspend`), so that no
process is left behind, unless `survives_stop` is set.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from trainer_orchestrator.errors import Transient
from trainer_orchestrator.machines import detached
from trainer_orchestrator.machines.base import Activity, Look, MachineRef

T = TypeVar("T")

RECIPE = (sys.executable, "-m", "trainer_orchestrator.recipe.train_lora")
SUSPENDED = "training.suspended"
START_PATIENCE_S = 20.0
KILL_PATIENCE_S = 10.0
LOG_BYTES_A_LOOK = 1 << 20


class LocalMachines:
    """Trainings on this computer, each in `runs/<run>/machine` under the data folder."""

    def __init__(self, home: Path, *, nice: int, survives_stop: bool = False, recipe: Sequence[str] = RECIPE) -> None:
        self._home = home
        self._nice = nice
        self._survives_stop = survives_stop
        self._recipe = tuple(recipe)
        self._children: dict[Path, subprocess.Popen[bytes]] = {}
        self._one_at_a_time = threading.Lock()

    async def launch(self, machine: MachineRef) -> None:
        await self._do(lambda folder: folder.mkdir(parents=True, exist_ok=True), machine)

    async def is_ready(self, machine: MachineRef) -> bool:
        return await self._do(Path.is_dir, machine)

    async def upload(self, machine: MachineRef, dataset: Path) -> None:
        await self._do(lambda folder: replace_folder(dataset, folder / "data"), machine)

    async def start(self, machine: MachineRef, base: str) -> None:
        await self._do(lambda folder: self._start(folder, base), machine)

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
                return act(folder)

        return await asyncio.to_thread(alone)

    def _start(self, folder: Path, base: str) -> None:
        """Leave the rest of an earlier, suspended training behind, and wait until the new one has begun."""
        if _activity(folder) is not Activity.NOT_STARTED:
            return
        _forget_training(folder)
        (folder / SUSPENDED).unlink(missing_ok=True)
        self._children[folder] = self._spawn(folder, base)
        if not _wait_until((folder / detached.PID).exists, START_PATIENCE_S):
            raise Transient("The training process does not start; see the machine's load.")

    def _spawn(self, folder: Path, base: str) -> subprocess.Popen[bytes]:
        recipe = [*self._recipe, "--data", str(folder / "data"), "--base", base, "--output", str(folder / "adapter")]
        command = [sys.executable, "-m", "trainer_orchestrator.machines.detached", str(folder), str(self._nice)]
        with (folder / detached.LOG).open("ab") as log:
            return subprocess.Popen(
                [*command, *recipe], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _look(self, folder: Path, log_offset: int) -> Look:
        """The activity is read before the log, so that the log of an ended training is complete."""
        activity = _activity(folder)
        if activity is not Activity.RUNNING:
            self._reap(folder)
        code = _exit_code(folder) if activity is Activity.EXITED else None
        return Look(activity, code, _log_from(folder / detached.LOG, log_offset))

    def _suspend(self, folder: Path) -> None:
        if _activity(folder) is Activity.RUNNING:
            detached.write_whole(folder / SUSPENDED, "")
            _kill(folder)
            self._reap(folder)

    def _release(self, folder: Path) -> bool:
        _kill(folder)
        self._reap(folder)
        if not folder.exists():
            return True
        with detached.held(folder) as is_held:
            if is_held:
                shutil.rmtree(folder)
        return is_held

    def _reap(self, folder: Path) -> None:
        """Take the exit status of our own child, which has let go of the lock, so that it does not stay as a zombie."""
        child = self._children.pop(folder, None)
        if child is not None:
            child.wait(KILL_PATIENCE_S)


def replace_folder(source: Path, target: Path) -> None:
    """Copy a folder so that `target` is whole or as before. Raises FileNotFoundError when there is no source."""
    half = target.with_name(target.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    half.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, half)
    if target.exists():
        shutil.rmtree(target)
    half.rename(target)


def _activity(folder: Path) -> Activity:
    """The lock is asked first: the exit code is written before the lock is let go."""
    if detached.is_running(folder):
        return Activity.RUNNING
    if (folder / SUSPENDED).exists():
        return Activity.NOT_STARTED
    if _exit_code(folder) is not None:
        return Activity.EXITED
    begun = (folder / detached.PID).exists() or not folder.exists()
    return Activity.LOST if begun else Activity.NOT_STARTED


def _exit_code(folder: Path) -> int | None:
    try:
        return int((folder / detached.EXIT_CODE).read_text())
    except FileNotFoundError:
        return None


def _forget_training(folder: Path) -> None:
    shutil.rmtree(folder / "adapter", ignore_errors=True)
    for name in (detached.EXIT_CODE, detached.PID):
        (folder / name).unlink(missing_ok=True)


def _log_from(path: Path, offset: int) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as log:
        log.seek(offset)
        return log.read(LOG_BYTES_A_LOOK)


def _kill(folder: Path) -> None:
    """End the training's whole process group. Raises Transient when it does not die."""
    if detached.is_running(folder):
        if not _wait_until((folder / detached.PID).exists, START_PATIENCE_S):
            raise Transient("The training process does not say who it is; ending it is tried again.")
        _kill_group(int((folder / detached.PID).read_text()))
    if not _wait_until(lambda: not detached.is_running(folder), KILL_PATIENCE_S):
        raise Transient("The training process does not end; ending it is tried again.")


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
