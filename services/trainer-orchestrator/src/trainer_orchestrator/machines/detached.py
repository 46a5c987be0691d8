"""Runs one command to its end, apart from whoever started it, with its state in files of one folder.

Invariant: the lock is held from before the command starts until it and this process are gone, so whoever can take the
lock knows that nothing runs; `exit_code` is written, whole, only when the command ended by itself. A process id
alone would not do: ids are reused. Two starts at once run the command once. At its deadline the command dies with
this process, whether or not anybody still watches. Standard library only; POSIX only.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LOCK = "training.lock"
PID = "training.pid"
EXIT_CODE = "training.exit"
LOG = "training.log"

PROBES = 20
PROBE_PAUSE_S = 0.05


def main(folder: Path, nice: int, until: float, command: list[str]) -> None:
    """Run `command` in `folder` until `until` (epoch); does nothing when it runs there already or has ended there."""
    with (folder / LOCK).open("ab") as lock:
        if not _locked(lock) or (folder / EXIT_CODE).exists():
            return
        write_whole(folder / PID, str(os.getpid()))
        os.nice(nice)
        code = _run(folder, until, command, lock)
        write_whole(folder / EXIT_CODE, str(code))


def is_running(folder: Path) -> bool:
    """Whether a command holds the folder's lock now."""
    try:
        lock = (folder / LOCK).open("rb")
    except FileNotFoundError:
        return False
    with lock:
        return not _try_lock(lock)


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Hold the folder's lock, so that nothing can start there; gives False when something runs."""
    with (folder / LOCK).open("ab") as lock:
        yield _try_lock(lock)


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that a reader sees all of it or none."""
    half = path.with_name(path.name + ".part")
    half.write_text(text)
    half.replace(path)


def _run(folder: Path, until: float, command: list[str], lock: IO[bytes]) -> int:
    """The command inherits the lock, so that it counts as running even if this process alone is killed."""
    with (folder / LOG).open("ab") as log:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            pass_fds=[lock.fileno()],
        )  # fmt: skip
        try:
            return child.wait(max(0.0, until - time.time()))
        except subprocess.TimeoutExpired:
            os.killpg(0, signal.SIGKILL)
            raise


def _locked(lock: IO[bytes]) -> bool:
    """A second's patience: someone who only looks (`is_running`) holds the lock for an instant."""
    for _ in range(PROBES):
        if _try_lock(lock):
            return True
        time.sleep(PROBE_PAUSE_S)
    return False


def _try_lock(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
