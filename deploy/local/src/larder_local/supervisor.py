"""Starting processes in order, keeping them up, and stopping them in the opposite order with nothing left behind.

- Each process is ready before the next one starts.
- One that ends by itself is started again after a pause that doubles up to MAX_PAUSE and is reset by a quiet minute.
- Children live in sessions of their own, so that Ctrl-C reaches only the supervisor; on Linux they get their stop
  signal also when the supervisor itself is killed, and orphaned grandchildren (a training) fall to the supervisor,
  which ends them last.
"""

import asyncio
import ctypes
import os
import pwd
import signal
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil

from larder_local.errors import CannotStart

MAX_PAUSE = timedelta(seconds=20)
QUIET = timedelta(minutes=1)
STOP_PATIENCE = timedelta(seconds=15)
START_PATIENCE = timedelta(seconds=120)
MARK = "LARDER_SUPERVISOR"
"""In the environment of everything that a supervisor started, so that it ends no other child of its process."""
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


@dataclass(frozen=True)
class Process:
    """What to run: `is_ready` is asked until it says yes; `user` is None for our own."""

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    user: str | None = None


class Supervisor:
    """Runs processes until `stop`. `logs` gets one file a process."""

    def __init__(self, logs: Path, report: Callable[[str], None]) -> None:
        self._logs = logs
        self._report = report
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._order: list[Process] = []
        self._watchers: list[asyncio.Task[None]] = []
        self._mark = uuid.uuid4().hex
        logs.mkdir(parents=True, exist_ok=True)
        _become_subreaper()

    async def start(self, process: Process) -> None:
        """Start `process` and wait until it is ready. Raises CannotStart with its last log line when it is not."""
        self._order.append(process)
        await self._spawn(process)
        deadline = time.monotonic() + START_PATIENCE.total_seconds()
        while not await process.is_ready():
            if self._running[process.name].returncode is not None or time.monotonic() > deadline:
                raise CannotStart(
                    f"{process.name} did not start: {self._last_line(process)} (all of it: {self.log_of(process)})"
                )
            await asyncio.sleep(0.1)
        self._watchers.append(asyncio.create_task(self._keep_up(process), name=f"watch {process.name}"))

    def pid_of(self, name: str) -> int:
        return self._running[name].pid

    def log_of(self, process: Process) -> Path:
        return self._logs / f"{process.name}.log"

    async def stop(self) -> None:
        """Stop everything, last started first; then whatever the children left behind."""
        for watcher in self._watchers:
            watcher.cancel()
        for process in reversed(self._order):
            if process.name in self._running:
                await self._stop_one(process)
        await self._end_descendants()

    async def _spawn(self, process: Process) -> None:
        with self.log_of(process).open("ab") as output:
            self._running[process.name] = await asyncio.create_subprocess_exec(
                *process.command,
                env=os.environ | dict(process.environment) | {MARK: self._mark},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent(process.stop_signal) if sys.platform == "linux" else None,
                cwd="/",
                user=process.user,
                group=pwd.getpwnam(process.user).pw_gid if process.user else None,
                extra_groups=[] if process.user else None,
            )

    async def _keep_up(self, process: Process) -> None:
        pause = timedelta(seconds=1)
        while True:
            began = time.monotonic()
            code = await self._running[process.name].wait()
            if time.monotonic() - began > QUIET.total_seconds():
                pause = timedelta(seconds=1)
            self._report(f"{process.name} ended ({_how(code)}); starting it again in {pause.total_seconds():.0f} s")
            await asyncio.sleep(pause.total_seconds())
            pause = min(pause * 2, MAX_PAUSE)
            await self._spawn(process)

    async def _stop_one(self, process: Process) -> None:
        running = self._running[process.name]
        if running.returncode is not None:
            return
        running.send_signal(process.stop_signal)
        try:
            await asyncio.wait_for(running.wait(), STOP_PATIENCE.total_seconds())
        except TimeoutError:
            self._report(f"{process.name} did not stop within {STOP_PATIENCE.total_seconds():.0f} s and was killed")
            running.kill()
            await running.wait()

    async def _end_descendants(self) -> None:
        """End what our processes left behind: a training, for example, that was detached from its service."""
        left = [process for process in psutil.Process().children(recursive=True) if _is_marked(process, self._mark)]
        for process in left:
            _signal(process, signal.SIGTERM)
        _, alive = await asyncio.to_thread(psutil.wait_procs, left, timeout=5)
        for process in alive:
            _signal(process, signal.SIGKILL)

    def _last_line(self, process: Process) -> str:
        lines = self.log_of(process).read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it printed nothing"


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def _become_subreaper() -> None:
    """Orphaned grandchildren become our children (Linux; elsewhere they are found while their parents live)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Runs in the child between fork and exec: only calls that are safe there."""
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def _is_marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark
    except psutil.Error:  # it ended meanwhile, or is not ours to look into
        return False


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
