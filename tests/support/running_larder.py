"""A whole Larder in a process of its own, started as `make up` starts it, for browser and chaos tests."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

START_SECONDS = 180
STOP_SECONDS = 60


@dataclass(frozen=True)
class RunningLarder:
    """Where a running Larder answers, and its processes."""

    address: str
    home: Path
    supervisor: "subprocess.Popen[bytes]"

    def process(self, name: str) -> psutil.Process:
        """The process of a service (`inference-worker`) or server (`postgres`, `nats`)."""
        wanted = {"postgres": "/postgres", "nats": "/nats-server"}.get(name, name.replace("-", "_"))
        for child in psutil.Process(self.supervisor.pid).children():
            if any(part.endswith(wanted) for part in _command(child)):
                return child
        raise LookupError(f"{name} does not run")

    def kill(self, name: str) -> None:
        """As a crash or the system's memory guard would: SIGKILL, no clean-up."""
        self.process(name).send_signal(signal.SIGKILL)


def _command(process: psutil.Process) -> list[str]:
    """Nothing for a process that was killed a moment ago and still awaits its parent."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def running_larder(**settings: str) -> Iterator[RunningLarder]:
    """Start on free ports in a new folder; stop it in order afterwards and check that nothing is left behind."""
    home = Path(tempfile.mkdtemp(prefix="larder-running-"))
    home.chmod(0o755)
    environment = os.environ | {"LARDER_HOME": str(home)} | settings
    for name in ("DATABASE_URL", "NATS_URL", "LARDER_VERSIONS_DIR", "LARDER_BASE_MODEL"):
        environment.pop(name, None)
    log = (home / "up.log").open("ab")
    command = [sys.executable, "-m", "larder_local.up"]
    supervisor = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield RunningLarder(_address(supervisor, home), home, supervisor)
    finally:
        left = _stop(supervisor)
        shutil.rmtree(home, ignore_errors=True)
    assert not left, f"left behind: {left}"


def _address(supervisor: "subprocess.Popen[bytes]", home: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while True:
        noted = home / "larder.lock"
        address = noted.read_text().strip() if noted.exists() else ""
        if address:
            return address
        assert supervisor.poll() is None, (home / "up.log").read_text()
        assert time.monotonic() < deadline, (home / "up.log").read_text()
        time.sleep(0.2)


def _stop(supervisor: "subprocess.Popen[bytes]") -> list[str]:
    """SIGTERM, as a person's Ctrl-C or the system would; what outlived it."""
    if supervisor.poll() is not None:
        return []
    family = psutil.Process(supervisor.pid).children(recursive=True)
    supervisor.terminate()
    try:
        supervisor.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()
    _, alive = psutil.wait_procs(family, timeout=5)
    names = [" ".join(process.cmdline()[:4]) for process in alive]
    for process in alive:
        process.kill()
    return names
