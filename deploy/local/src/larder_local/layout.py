"""Which processes make up an embedded Larder, in the order of the flow, and the settings that each is given.

The same names, ports and settings as in docker-compose.yml; a test compares the two.
"""

import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

import asyncpg
import httpx
from nats import connect as nats_connect
from nats.errors import Error as NatsError

from larder_local.keys import Keys
from larder_local.ports import claim_port
from larder_local.servers import Server
from larder_local.supervisor import Process
from servicekit.access import ACCOUNTS, Account

DEFAULT_PORTS = {
    "gateway": 8080,
    "audit-api": 8081,
    "regex-extractor": 8082,
    "inference-worker": 8083,
    "trainer-orchestrator": 8084,
    "postgres": 5433,
    "nats": 4223,
}
"""Postgres and NATS keep off their usual ports, which a developer's own servers often hold."""

SERVICES = ("audit-api", "regex-extractor", "inference-worker", "trainer-orchestrator")

ACCOUNT_OF = {account.name: account for account in ACCOUNTS}
NEEDS = {
    "audit-api": ("LARDER_HOME", "LARDER_SAMPLE", "TRAINER_URL", "LARDER_SERVICE_TOKEN_FILE", "LARDER_PUBLIC_URL"),
    "regex-extractor": (),
    "inference-worker": ("LARDER_HOME", "LARDER_BASE_MODEL"),
    "trainer-orchestrator": (
        "LARDER_HOME",
        "LARDER_BASE_MODEL",
        "LARDER_VERSIONS_DIR",
        "LARDER_SERVICE_TOKEN_FILE",
        "AUDIT_API_URL",
    ),
    "gateway": ("LARDER_FRONTEND", "AUDIT_API_URL", "TRAINER_URL"),
}


@dataclass(frozen=True)
class Layout:
    """Where everything is: the data folder, the source tree, and one port a process.

    `database_url` and `nats_url` are those of servers that a person named; None: the embedded ones, where each
    service has an account of its own in `keys`.
    """

    home: Path
    root: Path
    ports: Mapping[str, int]
    keys: Keys
    database_url: str | None = None
    nats_url: str | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ports['gateway']}"

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"


def choose_ports(home: Path, gateway: int | None = None) -> dict[str, int]:
    """Last time's ports where they are still free, else the defaults, else any; kept in `ports.json`."""
    kept = home / "ports.json"
    wanted = DEFAULT_PORTS | (json.loads(kept.read_text()) if kept.exists() else {})
    if gateway is not None:
        wanted["gateway"] = gateway
    chosen: dict[str, int] = {}
    for name in DEFAULT_PORTS:
        chosen[name] = claim_port(wanted[name], taken=frozenset(chosen.values()))
    kept.write_text(json.dumps(chosen, indent=1))
    return chosen


def server_process(server: Server) -> Process:
    """Postgres is stopped by SIGINT (fast: it does not wait for its clients), nats-server by SIGTERM."""
    is_postgres = server.name == "postgres"
    is_ready = (postgres_answers if is_postgres else nats_answers)(server.url)
    stop_signal = Signals.SIGINT if is_postgres else Signals.SIGTERM
    return Process(server.name, server.command, is_ready, server.environment, stop_signal, server.user)


def service_processes(layout: Layout) -> list[Process]:
    """The services in the order of the flow, then the gateway."""
    modules = {name: name.replace("-", "_") for name in SERVICES}
    services = [
        Process(name, (sys.executable, "-m", module), _answers(f"{layout.url(name)}/readyz"), _settings(layout, name))
        for name, module in modules.items()
    ]
    door = Process(
        "gateway",
        (sys.executable, "-m", "larder_local.gateway"),
        _answers(f"{layout.address}/healthz"),
        _settings(layout, "gateway"),
    )
    return [*services, *_reaper(layout), door]


def _reaper(layout: Layout) -> list[Process]:
    """Ends rented machines that nobody needs; where none can be rented there is nothing to end."""
    if not os.environ.get("LAMBDA_LABS_API_KEY"):
        return []
    port = claim_port(8085, taken=frozenset(layout.ports.values()))
    command = (sys.executable, "-m", "trainer_orchestrator.reaper")
    settings = {
        "LARDER_HOST": "127.0.0.1",
        "LARDER_PORT": str(port),
        "LARDER_HOME": str(layout.home),
        "TRAINER_URL": layout.url("trainer-orchestrator"),
        "LARDER_SERVICE_TOKEN_FILE": str(layout.keys.file("reaper", "service")),
    }
    return [Process("reaper", command, _answers(f"http://127.0.0.1:{port}/healthz"), settings)]


def _settings(layout: Layout, name: str) -> dict[str, str]:
    """What a service is told: where it answers, its accounts, and of the rest only what it needs."""
    known = {
        "LARDER_HOME": str(layout.home),
        "LARDER_SAMPLE": str(layout.root / "sample"),
        "LARDER_BASE_MODEL": os.environ.get("LARDER_BASE_MODEL") or str(layout.root / "models" / "larder-tiny"),
        "LARDER_VERSIONS_DIR": str(layout.home / "versions"),
        "LARDER_PUBLIC_URL": os.environ.get("LARDER_PUBLIC_URL") or layout.address,
        "LARDER_FRONTEND": str(layout.root / "frontend" / "dist"),
        "AUDIT_API_URL": layout.url("audit-api"),
        "TRAINER_URL": layout.url("trainer-orchestrator"),
        "LARDER_SERVICE_TOKEN_FILE": str(layout.keys.file(name, "service")),
    }
    account = ACCOUNT_OF.get(name)
    return {
        "LARDER_HOST": "127.0.0.1",
        "LARDER_PORT": str(layout.ports[name]),
        **_broker(layout, account),
        **_database(layout, account),
        **{need: known[need] for need in NEEDS[name]},
    }


def _broker(layout: Layout, account: Account | None) -> dict[str, str]:
    if account is None:
        return {}
    if layout.nats_url is not None:
        return {"NATS_URL": layout.nats_url}
    file = layout.keys.file(account.name, "nats")
    return {"NATS_URL": f"nats://127.0.0.1:{layout.ports['nats']}", "NATS_PASSWORD_FILE": str(file)}


def _database(layout: Layout, account: Account | None) -> dict[str, str]:
    if account is None or account.schema is None:
        return {}
    if layout.database_url is not None:
        return {"DATABASE_URL": layout.database_url}
    url = f"postgresql://{account.role}@127.0.0.1:{layout.ports['postgres']}/larder"
    return {"DATABASE_URL": url, "DATABASE_PASSWORD_FILE": str(layout.keys.file(account.name, "database"))}


def _answers(url: str) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        try:
            async with httpx.AsyncClient(timeout=2) as client:
                return (await client.get(url)).status_code == 200
        except httpx.TransportError:
            return False

    return ask


def postgres_answers(url: str) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        try:
            connection = await asyncpg.connect(url, timeout=2)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    return ask


def nats_answers(url: str) -> Callable[[], Awaitable[bool]]:
    async def ignore(_: Exception) -> None:
        """The question is asked again; the server's own log has the reason."""

    async def ask() -> bool:
        try:
            connection = await nats_connect(url, allow_reconnect=False, connect_timeout=1, error_cb=ignore)
        except (OSError, NatsError):
            return False
        await connection.close()
        return True

    return ask


async def ensure_database(server_url: str, name: str = "larder") -> str:
    """The address of database `name` on an embedded server, created when it is missing."""
    connection = await asyncpg.connect(server_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return server_url.rsplit("/", 1)[0] + f"/{name}"
