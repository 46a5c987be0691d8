"""The embedded default as a system to back up: its servers when they run, else servers of our own for as long."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from larder_local.backup.errors import BackupError
from larder_local.backup.whole import System
from larder_local.errors import CannotStart
from larder_local.home import default_home, locked
from larder_local.keys import Keys
from larder_local.supervisor import Supervisor
from larder_local.up import start_servers
from servicekit.access import ADMINISTRATOR
from servicekit.broker import connect


@asynccontextmanager
async def embedded_system(*, changes: bool) -> AsyncIterator[System]:
    """The Larder of the data folder. With `changes` it must not run. Raises BackupError or CannotStart."""
    if "DATABASE_URL" in os.environ or "NATS_URL" in os.environ:
        raise BackupError("This Larder uses servers of your own: back them up with their own tools.")
    home = default_home()
    try:
        with locked(home):
            async with _own_servers(home) as (ports, keys), _system(home, ports, keys) as system:
                yield system
            return
    except CannotStart as refusal:
        if changes or not _runs(home):
            raise BackupError(f"Stop Larder before you restore: {refusal}") from None if changes else refusal
    ports = json.loads((home / "ports.json").read_text())
    async with _system(home, ports, Keys(home / "keys")) as system:
        yield system


def _runs(home: Path) -> bool:
    return (home / "larder.lock").exists() and bool((home / "larder.lock").read_text().strip())


@asynccontextmanager
async def _own_servers(home: Path) -> AsyncIterator[tuple[dict[str, int], Keys]]:
    supervisor = Supervisor(home / "logs", lambda _: None)
    try:
        ports, keys = await start_servers(supervisor, home, lambda _: None)
        yield ports, keys
    finally:
        await supervisor.stop()


@asynccontextmanager
async def _system(home: Path, ports: dict[str, int], keys: Keys) -> AsyncIterator[System]:
    password = keys.password(ADMINISTRATOR, "database")
    url = f"postgresql://{ADMINISTRATOR}:{password}@127.0.0.1:{ports['postgres']}/larder"
    secret = SecretStr(keys.password(ADMINISTRATOR, "nats"))
    broker = await connect(f"nats://127.0.0.1:{ports['nats']}", ADMINISTRATOR, password=secret)
    try:
        yield System(url, broker, home / "versions", keys)
    finally:
        await broker.close()
