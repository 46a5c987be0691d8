"""A rented machine: a real OpenSSH server on a loopback address of its own, with a home folder of its own.

What cloud-init would do with the host keys in `user_data` is done; until then the image's own key answers, as it does
live. Everything that was started through SSH dies with the machine.
"""

import contextlib
import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import yaml

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
MARK = "LARDER_FAKE_MACHINE"

CONFIG = """\
ListenAddress {ip}
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp {sftp}
ForceCommand {folder}/enter
LogLevel ERROR
"""
ENTER = """\
#!/bin/sh
export HOME={home} {mark}={ip}:{port}
cd "$HOME" && exec sh -c "$SSH_ORIGINAL_COMMAND"
"""


@dataclass
class Machine:
    """An OpenSSH server at `ip`; `authorized` are public key lines."""

    ip: str
    port: int
    authorized: list[str]
    user_data: str = ""
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="larder-machine-")))
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def user(self) -> str:
        return getpass.getuser()

    def boot(self, *, with_injected_key: bool = True) -> None:
        """Start answering; with the image's own host key when cloud-init has not run yet."""
        self.home.mkdir(exist_ok=True)
        (self.folder / "authorized_keys").write_text("\n".join(self.authorized) + "\n")
        enter = self.folder / "enter"
        enter.write_text(ENTER.format(home=self.home, mark=MARK, ip=self.ip, port=self.port))
        enter.chmod(0o755)
        self._write_host_key(self._injected_key() if with_injected_key else None)
        config = self.folder / "sshd_config"
        config.write_text(CONFIG.format(ip=self.ip, port=self.port, folder=self.folder, sftp=_sftp_server()))
        assert SSHD is not None, "the tests need OpenSSH's server: run deploy/local/install-sshd"
        Path("/run/sshd").mkdir(exist_ok=True) if os.geteuid() == 0 else None
        self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL)

    def cloud_init(self) -> None:
        """The injected host key takes the place of the image's own."""
        self._stop_server()
        self.boot()

    def processes(self) -> list[psutil.Process]:
        """What was started on the machine and still runs; another account may have a machine at the same address."""
        return [process for process in psutil.process_iter() if _mark_of(process) == f"{self.ip}:{self.port}"]

    def shut_down(self) -> None:
        """The end: the server, everything that was started, and the disk."""
        self._stop_server()
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cut_connections(self) -> None:
        """Every open connection breaks; what runs detached goes on."""
        for child in psutil.Process(self.process.pid).children() if self.process else []:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()

    def _injected_key(self) -> str | None:
        found = yaml.load(self.user_data, yaml.CSafeLoader) if self.user_data else None
        return found["ssh_keys"]["ed25519_private"] if found else None

    def _write_host_key(self, private: str | None) -> None:
        path = self.folder / "host_key"
        path.unlink(missing_ok=True)
        if private is None:
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
            return
        path.write_text(private)
        path.chmod(0o600)

    def _stop_server(self) -> None:
        if self.process is None:
            return
        self.cut_connections()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.process = None


def wait_for_port(ip: str, port: int, seconds: float = 10) -> None:
    import socket

    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((ip, port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def _sftp_server() -> str:
    places = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server")
    return next((place for place in places if Path(place).exists()), "internal-sftp")
