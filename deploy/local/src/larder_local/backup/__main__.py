"""`python -m larder_local.backup write FILE | restore FILE [--force]`, `-` for standard output and input.

Where the system is comes from the environment in containers (`LARDER_KEYS` is set there), else from the data folder of
the embedded default.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO

from pydantic import SecretStr
from sqlalchemy import make_url

from larder_local.backup.embedded import embedded_system
from larder_local.backup.errors import BackupError
from larder_local.backup.whole import Summary, System, back_up, restore
from larder_local.errors import CannotStart
from larder_local.keys import Keys
from servicekit.access import ADMINISTRATOR
from servicekit.broker import connect

STANDARD = "-"


def main() -> int:
    parser = argparse.ArgumentParser(prog="larder_local.backup", description="Back up or restore this Larder.")
    parser.add_argument("what", choices=("write", "restore"))
    parser.add_argument("file", help="a file, or - for standard output or input")
    parser.add_argument("--force", action="store_true", help="restore over data that is there; replace a file")
    options = parser.parse_args()
    try:
        summary = run(options.what, options.file, force=options.force)
    except (BackupError, CannotStart) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"{'Backed up' if options.what == 'write' else 'Restored'}: {summary}.\n")
    return 0


def run(what: str, file: str, *, force: bool) -> Summary:
    """Do it. Raises BackupError or CannotStart, each with one sentence."""
    return asyncio.run(_run(what, file, force=force))


async def _run(what: str, file: str, *, force: bool) -> Summary:
    if what == "write":
        with _target(file, force=force) as stream:
            async with _system(changes=False) as system:
                return await back_up(system, stream)
    with _source(file) as stream:
        async with _system(changes=True) as system:
            return await restore(system, stream, force=force)


@contextmanager
def _target(file: str, *, force: bool) -> Iterator[IO[bytes]]:
    """A new file under a temporary name, which gets its own name only when it is complete."""
    if file == STANDARD:
        yield sys.stdout.buffer
        return
    target = Path(file)
    if target.exists() and not force:
        raise BackupError(f"{target} is there already: choose another name, or give --force to replace it.")
    half = target.with_name(f".{target.name}.part")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        half.rename(target)
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror or error}.") from error
    finally:
        half.unlink(missing_ok=True)


@contextmanager
def _source(file: str) -> Iterator[IO[bytes]]:
    if file == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as stream:
            yield stream
    except FileNotFoundError:
        raise BackupError(f"{file} is not there: give the name of a back-up.") from None


@asynccontextmanager
async def _system(*, changes: bool) -> AsyncIterator[System]:
    folder = os.environ.get("LARDER_KEYS")
    if folder is None:
        async with embedded_system(changes=changes) as system:
            yield system
        return
    keys = Keys(Path(folder))
    url = make_url(os.environ["DATABASE_URL"])
    url = url.set(username=ADMINISTRATOR, password=keys.password(ADMINISTRATOR, "database"))
    password = SecretStr(keys.password(ADMINISTRATOR, "nats"))
    broker = await connect(os.environ["NATS_URL"], ADMINISTRATOR, password=password)
    try:
        versions = Path(os.environ["LARDER_VERSIONS_DIR"])
        yield System(url.render_as_string(hide_password=False), broker, versions, keys)
    finally:
        await broker.close()


if __name__ == "__main__":
    sys.exit(main())
