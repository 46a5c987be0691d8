"""A training's folder on the machine where it lies: begin, look, suspend, end. Standard library only.

This machine calls the functions; a rented one is told over SSH: `python3 -m ...workplace look FOLDER OFFSET`. So what a
training is doing is known in one way everywhere: by the files and the lock of `detached`, after any crash.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from trainer_orchestrator.machines import detached

SUSPENDED = "training.suspended"
START_PATIENCE_S = 20.0
KILL_PATIENCE_S = 10.0
LOG_BYTES_A_LOOK = 1 << 20
EXIT_NOT_YET = 75
"""`EX_TEMPFAIL` of sysexits.h: a process that does not start or end for now."""


class NotYet(Exception):
    """What was asked for has not come to pass; ask again."""


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

    def to_bytes(self) -> bytes:
        """One line of JSON, then the log as it is."""
        return json.dumps({"activity": self.activity, "exit_code": self.exit_code}).encode() + b"\n" + self.log

    @staticmethod
    def from_bytes(content: bytes) -> "Look":
        head, _, log = content.partition(b"\n")
        fields = json.loads(head)
        return Look(Activity(fields["activity"]), fields["exit_code"], log)


def begin(folder: Path, nice: int, until: float, command: Sequence[str]) -> "subprocess.Popen[bytes] | None":
    """Begin the training unless it has begun, and wait until it has; what a suspended one left is forgotten.

    `until` is its deadline in seconds since the epoch.
    """
    if activity(folder) is not Activity.NOT_STARTED:
        return None
    _forget(folder)
    keeper = [sys.executable, "-m", "trainer_orchestrator.machines.detached", str(folder), str(nice), str(until)]
    with (folder / detached.LOG).open("ab") as log:
        child = subprocess.Popen(
            [*keeper, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    if not _wait_until((folder / detached.PID).exists, START_PATIENCE_S):
        raise NotYet("The training process does not start; see the machine's load.")
    return child


def look(folder: Path, log_offset: int) -> Look:
    """The activity is read before the log, so that the log of an ended training is complete."""
    found = activity(folder)
    code = _exit_code(folder) if found is Activity.EXITED else None
    return Look(found, code, _log_from(folder / detached.LOG, log_offset))


def activity(folder: Path) -> Activity:
    """The lock is asked first: the exit code is written before the lock is let go."""
    if detached.is_running(folder):
        return Activity.RUNNING
    if (folder / SUSPENDED).exists():
        return Activity.NOT_STARTED
    if _exit_code(folder) is not None:
        return Activity.EXITED
    begun = (folder / detached.PID).exists() or not folder.exists()
    return Activity.LOST if begun else Activity.NOT_STARTED


def suspend(folder: Path) -> None:
    """End a running training, to begin it again later. Raises NotYet when it does not die."""
    if activity(folder) is Activity.RUNNING:
        detached.write_whole(folder / SUSPENDED, "")
        _kill(folder)


def end(folder: Path) -> bool:
    """End what runs and remove the folder; True once both are so. Raises NotYet when a process does not die."""
    _kill(folder)
    if not folder.exists():
        return True
    with detached.held(folder) as is_held:
        if is_held:
            shutil.rmtree(folder)
    return is_held


def _forget(folder: Path) -> None:
    shutil.rmtree(folder / "adapter", ignore_errors=True)
    for name in (detached.EXIT_CODE, detached.PID, SUSPENDED):
        (folder / name).unlink(missing_ok=True)


def _exit_code(folder: Path) -> int | None:
    try:
        return int((folder / detached.EXIT_CODE).read_text())
    except FileNotFoundError:
        return None


def _log_from(path: Path, offset: int) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as log:
        log.seek(offset)
        return log.read(LOG_BYTES_A_LOOK)


def _kill(folder: Path) -> None:
    """End the training's whole process group."""
    if detached.is_running(folder):
        if not _wait_until((folder / detached.PID).exists, START_PATIENCE_S):
            raise NotYet("The training process does not say who it is; ending it is tried again.")
        _kill_group(int((folder / detached.PID).read_text()))
    if not _wait_until(lambda: not detached.is_running(folder), KILL_PATIENCE_S):
        raise NotYet("The training process does not end; ending it is tried again.")


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def main(act: str, folder: Path, *rest: str) -> int:
    """What a rented machine is told; the exit status is 0, or EXIT_NOT_YET with a sentence on standard error."""
    try:
        if act == "begin":
            begin(folder, int(rest[0]), float(rest[1]), rest[2:])
        elif act == "look":
            sys.stdout.buffer.write(look(folder, int(rest[0])).to_bytes())
        elif act == "end" and not end(folder):
            return EXIT_NOT_YET
    except NotYet as problem:
        sys.stderr.write(f"{problem}\n")
        return EXIT_NOT_YET
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
