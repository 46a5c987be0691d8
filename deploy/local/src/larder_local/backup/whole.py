"""Back up and restore one system: its database, its broker, and its folder of versions."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import IO

from nats.aio.client import Client

from larder_local.backup.archive import PIECE, Check, Header, Reader, Writer
from larder_local.backup.broker import OBJECTS, VALUES, clear, put_part, write_broker
from larder_local.backup.database import DatabaseRestore, holds_data, write_database
from larder_local.backup.errors import BackupError
from larder_local.keys import Keys

FILES = "versions/"
Group = tuple[str, Iterator[bytes]]


@dataclass(frozen=True)
class System:
    """What is backed up. `database_url` is the administrator's, and so is the connection."""

    database_url: str = field(repr=False)
    broker: Client
    versions: Path
    keys: Keys


@dataclass(frozen=True)
class Summary:
    """What a back-up holds, for the person who made or restored it."""

    header: Header
    checks: dict[str, Check]

    def __str__(self) -> str:
        adapters = sum(part.endswith("/manifest.json") and part.startswith(OBJECTS) for part in self.checks)
        rows, size = sum(self.header.rows.values()), sum(check.size for check in self.checks.values())
        tables = len(self.header.tables)
        return f"{rows} rows in {tables} tables, {adapters} adapters, {size / 1e6:.1f} MB before packing"


async def back_up(system: System, target: IO[bytes]) -> Summary:
    """Write a back-up; Larder may go on working meanwhile. The database comes first: see `broker`."""
    with Writer(target) as writer:
        header = await write_database(system.database_url, writer)
        await write_broker(system.broker, writer)
        _write_files(system.versions, writer)
    return Summary(header, writer.checks)


async def restore(system: System, source: IO[bytes], *, force: bool) -> Summary:
    """Make the system what the back-up was. Services must not run. Raises BackupError; the database is whole then.

    The parts come in the order in which they were written; nothing of the broker or the folder is touched before the
    database has been read and checked, and the database takes its place last.
    """
    reader = await asyncio.to_thread(Reader, source)
    if not force and await holds_data(system.database_url):
        raise BackupError("This Larder holds data already: give --force to replace all of it by the back-up.")
    database = DatabaseRestore(system.database_url, system.keys, reader.header)
    await database.prepare()
    try:
        with tempfile.TemporaryDirectory(prefix="larder-restore-") as kept:
            await _read_all(reader, database, Path(kept))
            await database.finish()
            await _put_rest(system, Path(kept))
        await database.take_place()
    finally:
        await database.discard()
    return Summary(reader.header, reader.checks)


async def _read_all(reader: Reader, database: DatabaseRestore, kept: Path) -> None:
    """Tables go straight into the database; the rest waits in `kept` until every hash was compared."""
    for part, pieces in _grouped(reader):
        if part.startswith("database/"):
            await database.copy(part, _as_async(pieces))
        else:
            _keep(kept, part, pieces)


def _grouped(reader: Reader) -> Iterator[Group]:
    for part, group in groupby(reader.pieces(), key=itemgetter(0)):
        yield part, (data for _, data in group)


async def _as_async(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for data in pieces:
        yield data


def _keep(kept: Path, part: str, pieces: Iterator[bytes]) -> None:
    target = (kept / part).resolve()
    if not part.startswith((OBJECTS, VALUES, FILES)) or not target.is_relative_to(kept.resolve()):
        raise BackupError(f"The back-up holds {part}, which no Larder writes; use another one.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        file.writelines(pieces)


async def _put_rest(system: System, kept: Path) -> None:
    await clear(system.broker)
    folders = (kept / OBJECTS, kept / VALUES)
    for path in sorted(chain.from_iterable(folder.rglob("*") for folder in folders), key=_manifest_last):
        if path.is_file():
            await put_part(system.broker, str(path.relative_to(kept)), path)
    if (kept / FILES).is_dir():
        shutil.rmtree(system.versions, ignore_errors=True)
        shutil.copytree(kept / FILES, system.versions)


def _manifest_last(path: Path) -> tuple[Path, bool, Path]:
    """A manifest says that its adapter is complete."""
    return path.parent, path.name == "manifest.json", path


def _write_files(folder: Path, writer: Writer) -> None:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file() and not path.is_symlink():
            part = FILES + str(path.relative_to(folder))
            writer.begin(part)
            with path.open("rb") as file:
                while data := file.read(PIECE):
                    writer.write(part, data)
            writer.end(part)
