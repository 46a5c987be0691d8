"""The real servers that integration tests run against: one Postgres and one nats-server for the session.

A test module gets an empty database of its own; streams and buckets are emptied before each module, so that tests run
in any order.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from nats.aio.client import Client

from contracts import subjects
from larder_local.keys import Keys, make_keys
from larder_local.ports import free_port
from larder_local.servers import Server, launch, prepare_nats, prepare_postgres
from servicekit.access import ADMINISTRATOR
from servicekit.broker import connect
from servicekit.provision import provision

START_SECONDS = 30

# A busy machine is no fault; speed is measured in benchmarks.
settings.register_profile("larder", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("larder")


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that Postgres' own user may enter, which pytest's temporary folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="larder-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def keys(server_folder: Path) -> Keys:
    """The accounts of the session's servers; `nats_url` and `postgres_url` are the administrator's."""
    return make_keys(server_folder / "keys")


@pytest.fixture(scope="session")
def postgres_server(server_folder: Path, keys: Keys) -> Iterator[Server]:
    password = keys.password(ADMINISTRATOR, "database")
    server = prepare_postgres(server_folder / "postgres", free_port(0), password)
    process = launch(server, server_folder / "postgres.log")
    asyncio.run(_until_postgres_answers(server.url))
    yield server
    _stop(process, signal.SIGINT)


@pytest.fixture(scope="session")
def nats_server(server_folder: Path, keys: Keys) -> Iterator[Server]:
    server = prepare_nats(server_folder / "nats", free_port(0), keys)
    process = launch(server, server_folder / "nats.log")
    yield server
    _stop(process, signal.SIGTERM)


@pytest.fixture(scope="module")
async def postgres_url(postgres_server: Server) -> AsyncIterator[str]:
    """The address (`postgresql://...`) of an empty database for this module."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    administrator = await asyncpg.connect(postgres_server.url)
    await administrator.execute(f"CREATE DATABASE {name}")
    yield postgres_server.url.rsplit("/", 1)[0] + f"/{name}"
    await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await administrator.close()


@pytest.fixture(scope="session")
def nats_url(nats_server: Server) -> str:
    return nats_server.url


@pytest.fixture(scope="module")
async def nats(nats_url: str) -> AsyncIterator[Client]:
    """A connection to a broker that is provisioned and empty."""
    connection = await asyncio.wait_for(connect(nats_url, "tests"), START_SECONDS)
    await empty_broker(connection)
    yield connection
    await connection.close()


async def empty_broker(connection: Client) -> None:
    """Delete every stream with its consumers and buckets, and provision anew."""
    jetstream = connection.jetstream()
    for stream in await jetstream.streams_info():
        await jetstream.delete_stream(stream.config.name)
    await provision(connection)
    assert {info.config.name for info in await jetstream.streams_info()} >= {s.name for s in subjects.STREAMS}


async def _until_postgres_answers(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = await asyncpg.connect(url)
        except (OSError, asyncpg.PostgresError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            await connection.close()
            return


def _stop(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    os.kill(process.pid, number)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
