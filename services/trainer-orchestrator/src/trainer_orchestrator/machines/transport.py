"""SSH: commands with a checked exit status, and files that arrive whole, resumed where the line broke.

Invariant: nothing is sent to a host whose key is not the pinned one, not even a user's name; neither the person's own
SSH configuration nor an agent takes part. A file has its name only once its SHA-256 agrees.
"""

import asyncio
import hashlib
import os
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import asyncssh

from contracts.hashing import file_sha256
from trainer_orchestrator.errors import Transient

CONNECT_S: Final = 15
KEEP_ALIVE_S: Final = 15
KEEP_ALIVES: Final = 4
"""A line that is silent for a minute is dead."""
CHUNK: Final = 1 << 18
SSH_ERRORS: Final = (asyncssh.Error, OSError, TimeoutError)


@dataclass(frozen=True)
class Address:
    """Where a machine answers, who we are there, and its only acceptable host key (`ssh-ed25519 AAAA...`)."""

    host: str
    port: int
    user: str
    client_key: Path
    host_key: str


class WrongHost(Transient):
    """Another machine answers there, or the image's own key still shows: nothing was sent."""


class CommandFailed(Exception):
    """A command ended with a status other than 0."""

    def __init__(self, status: int | None, said: str) -> None:
        super().__init__(f"exit status {status}: {said[-500:].strip()}")
        self.status = status


class _File(NamedTuple):
    size: int
    sha256: str


async def connect(address: Address) -> "Shell":
    """Raises WrongHost, or Transient when nobody answers or the key is not taken."""
    trusted = asyncssh.import_public_key(address.host_key)
    try:
        connection = await asyncssh.connect(
            address.host, address.port, username=address.user, client_keys=[str(address.client_key)],
            known_hosts=([trusted], [], []), config=None, agent_path=None, preferred_auth="publickey",
            connect_timeout=CONNECT_S, login_timeout=CONNECT_S,
            keepalive_interval=KEEP_ALIVE_S, keepalive_count_max=KEEP_ALIVES,
        )  # fmt: skip
    except asyncssh.HostKeyNotVerifiable as error:
        raise WrongHost(f"{address.host} does not show the host key that is expected of it") from error
    except asyncssh.PermissionDenied as error:
        raise Transient(f"{address.host} does not let {address.user} in with our key") from error
    except SSH_ERRORS as error:
        raise Transient(f"{address.host} does not answer over SSH: {error!r}") from error
    return Shell(connection)


class Lines:
    """Open connections, one to each address, kept from step to step and opened anew when they broke."""

    def __init__(self) -> None:
        self._shells: dict[Address, Shell] = {}

    @asynccontextmanager
    async def to(self, address: Address) -> AsyncIterator["Shell"]:
        shell = self._shells.get(address)
        if shell is None or shell.is_closed:
            shell = self._shells[address] = await connect(address)
        try:
            yield shell
        except BaseException:
            self.hang_up(address)
            raise

    def hang_up(self, address: Address) -> None:
        shell = self._shells.pop(address, None)
        if shell is not None:
            shell.close()


class Shell:
    """A connection to one machine. Every method raises Transient when the line breaks."""

    def __init__(self, connection: asyncssh.SSHClientConnection) -> None:
        self._connection = connection

    async def run(self, command: str, given: bytes = b"") -> bytes:
        """What the command wrote to standard output. Raises CommandFailed."""
        try:
            done = await self._connection.run(command, input=given, encoding=None, check=False)
        except SSH_ERRORS as error:
            raise Transient(f"the SSH line broke: {error!r}") from error
        if done.exit_status is None:
            raise Transient("the SSH line broke while a command ran")
        if done.exit_status != 0:
            raise CommandFailed(done.exit_status, _text(done.stderr))
        return bytes(done.stdout) if isinstance(done.stdout, bytes) else b""

    async def put(self, source: Path, target: str) -> None:
        """Send a file; what an earlier try has sent of it is not sent again."""
        wanted, part = await asyncio.to_thread(_local, source), f"{target}.part"
        there, begun = await self._remote(target, part)
        if there == wanted:
            return
        offset = begun.size if begun == await asyncio.to_thread(_local, source, begun.size) else 0
        await self._send(source, part, offset)
        whole, named = shlex.quote(part), shlex.quote(target)
        check = f"echo '{wanted.sha256}  '{whole} | sha256sum --status -c"
        try:
            await self.run(f"{check} && mv {whole} {named} || {{ rm -f {whole}; false; }}")
        except CommandFailed as error:
            raise Transient(f"{source.name} did not arrive whole") from error

    async def get(self, source: str, target: Path) -> None:
        """Fetch a file; what an earlier try has fetched of it is not fetched again. Raises FileNotFoundError."""
        part = target.with_name(target.name + ".part")
        begun = await asyncio.to_thread(_local, part) if part.exists() else _NOTHING
        wanted, prefix = await self._remote(source, source, begun.size)
        if wanted == _NOTHING:
            raise FileNotFoundError(source)
        await self._fetch(source, part, begun.size if begun == prefix else 0)
        if await asyncio.to_thread(_local, part) != wanted:
            part.unlink()
            raise Transient(f"{target.name} did not arrive whole")
        part.replace(target)

    def close(self) -> None:
        self._connection.abort()

    @property
    def is_closed(self) -> bool:
        return bool(self._connection.is_closed())

    async def _remote(self, first: str, second: str, size: int | None = None) -> tuple[_File, _File]:
        """Size and hash of two files there; of the second only its first `size` bytes."""
        reads = f"cat {shlex.quote(first)}", f"{f'head -c {size}' if size is not None else 'cat'} {shlex.quote(second)}"
        told = [f"if [ -f {shlex.quote(path)} ]; then echo $({read} | wc -c) $({read} | sha256sum); else echo 0 -; fi"
                for path, read in zip((first, second), reads, strict=True)]  # fmt: skip
        lines = (await self.run("; ".join(told))).decode().splitlines()
        one, two = (_File(int(line.split()[0]), line.split()[1]) for line in lines)
        return (one if one.size else _NOTHING), (two if two.size else _NOTHING)

    async def _send(self, source: Path, target: str, offset: int) -> None:
        mode = "ab" if offset else "wb"
        try:
            async with self._connection.start_sftp_client() as sftp, sftp.open(target, mode) as file:
                with source.open("rb") as content:
                    content.seek(offset)
                    while chunk := content.read(CHUNK):
                        await file.write(chunk)
        except SSH_ERRORS as error:
            raise Transient(f"sending {source.name} broke off: {error!r}") from error

    async def _fetch(self, source: str, target: Path, offset: int) -> None:
        try:
            async with self._connection.start_sftp_client() as sftp, sftp.open(source, "rb") as file:
                await file.seek(offset)
                with target.open("ab" if offset else "wb") as content:
                    while chunk := await file.read(CHUNK):
                        content.write(chunk if isinstance(chunk, bytes) else chunk.encode())
        except SSH_ERRORS as error:
            raise Transient(f"fetching {target.name} broke off: {error!r}") from error


_NOTHING: Final = _File(0, "")


def _local(path: Path, size: int | None = None) -> _File:
    """Size and hash of a file here, or of its first `size` bytes."""
    if size is None:
        return _File(path.stat().st_size, file_sha256(path))
    if size == 0:
        return _NOTHING
    with path.open("rb") as file:
        content = file.read(size)
    return _File(len(content), hashlib.sha256(content).hexdigest())


def _text(said: object) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said or "")


def new_key_pair(path: Path) -> str:
    """The public line of the key pair at `path`, made once; the private half is readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(path.name + ".part")
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(asyncssh.generate_private_key("ssh-ed25519", comment="larder").export_private_key())
        half.replace(path)
    return asyncssh.read_private_key(str(path)).export_public_key().decode().strip()
