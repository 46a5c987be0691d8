"""The running service: its HTTP face, its relay, its consumers and its loops, side by side until SIGTERM."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from nats.aio.client import Client

from audit_api.accounts.service import first_admin
from audit_api.app import create_app
from audit_api.audit.ranking import step_ranking
from audit_api.database import Database, migrate
from audit_api.intake.jobs import ImportJobs
from audit_api.live.listening import Changes, listen
from audit_api.loops import repeat
from audit_api.models import outbox
from audit_api.models_registry.activation import announce_active
from audit_api.models_registry.evaluator import Evaluator
from audit_api.outbox.backlog import step_backlogs
from audit_api.parts import Parts
from audit_api.privacy.retention import EVERY as RETENTION_PAUSE
from audit_api.privacy.retention import step_retention
from audit_api.recording.consumers import consume_all
from audit_api.reference.store import announce, current_reference
from audit_api.settings import Settings
from audit_api.slack.connection import Connection
from audit_api.stats.status import StatusBoard
from servicekit.broker import Stopped, connect
from servicekit.health import Health, serve, stop_on_signals
from servicekit.outbox import Relay
from servicekit.provision import provision

FIRST_ADMIN = """
    Sign in as admin with the password {}
    It works once and is not shown again; you choose your own with it.

"""
RANKING_PAUSE = timedelta(milliseconds=250)


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in hand."""
    await run_until(stop_on_signals(), settings, Health())


async def run_until(stop: asyncio.Event, settings: Settings, health: Health) -> None:
    """Serve until `stop` is set."""
    for part in ("database", "relay"):
        health.set_ready(part, False)
    with suppress(Stopped):
        async with _connected(settings, stop) as (database, connection):
            await migrate(database.engine, settings.migrations)
            await provision(connection)
            parts = build_parts(settings, database)
            await begin(parts)
            health.set_ready("database", True)
            await _work(parts, connection, health, stop)
            await parts.imports.finish()


def build_parts(settings: Settings, database: Database) -> Parts:
    """The service's own objects."""
    imports = ImportJobs(database, settings.grouping_window)
    status = StatusBoard(database, settings.min_audits, has_sample=(settings.sample / "export").is_dir())
    return Parts(settings, database, imports, Connection(settings, database), Changes(), status)


async def begin(parts: Parts) -> None:
    """Put right what a stopped process or a broker that lost its data left behind."""
    await parts.imports.fail_abandoned()
    async with parts.database.transaction() as session:
        await announce(session, (await current_reference(session)).value)
        await announce_active(session)
    if parts.settings.has_accounts:
        await _print_first_admin(parts.database)


async def _print_first_admin(database: Database) -> None:
    """To whoever starts Larder the first time; not a log line, for logs are kept."""
    async with database.transaction() as session:
        password = await first_admin(session)
    if password:
        sys.stdout.write(FIRST_ADMIN.format(password))
        sys.stdout.flush()


async def _work(parts: Parts, connection: Client, health: Health, stop: asyncio.Event) -> None:
    """The first part that fails ends them all, and the process: its supervisor starts it again."""
    wake, evaluator = asyncio.Event(), Evaluator(parts.database)
    await evaluator.resume()
    settings, database = parts.settings, parts.database

    async def step() -> bool:
        async with database.transaction() as session:
            return await step_backlogs(session)

    async def rank() -> bool:
        async with database.transaction() as session:
            return await step_ranking(session)

    async def forget() -> bool:
        return settings.retention_days is not None and await step_retention(database, settings.retention_days)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(create_app(parts, health), settings.host, settings.port, stop))
        tasks.create_task(Relay(database.engine, connection, outbox).run(stop, health))
        tasks.create_task(consume_all(connection, database, wake_evaluation=wake, health=health, stop=stop))
        tasks.create_task(repeat("evaluation", evaluator.finish_complete, health=health, stop=stop, wake=wake))
        tasks.create_task(parts.slack.run(stop))
        tasks.create_task(repeat("ranking", rank, health=health, stop=stop, every=RANKING_PAUSE))
        tasks.create_task(listen(database.engine.url, parts.changes, health=health, stop=stop))
        tasks.create_task(repeat("retention", forget, health=health, stop=stop, every=RETENTION_PAUSE))
        tasks.create_task(repeat("backlog", step, health=health, stop=stop))


@asynccontextmanager
async def _connected(settings: Settings, stop: asyncio.Event) -> AsyncIterator[tuple[Database, Client]]:
    database = Database(settings.database)
    connection = await connect(settings.nats_url, "audit-api", password=settings.nats_password, stop=stop)
    try:
        yield database, connection
    finally:
        await connection.close()
        await database.close()
