"""`python -m trainer_orchestrator` serves; `python -m trainer_orchestrator openapi` prints the HTTP face's schema."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpx
from nats.aio.client import Client
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from servicekit.broker import Stopped, connect
from servicekit.gate import Identify
from servicekit.health import Health, serve, stop_on_signals
from servicekit.logs import configure_logs
from servicekit.migrations import NewerTables
from servicekit.objects import object_store
from servicekit.outbox import Relay
from trainer_orchestrator.accept import Acceptance
from trainer_orchestrator.access import asking, nobody_asks
from trainer_orchestrator.app import Parts, create_app
from trainer_orchestrator.autopilot import Autopilot
from trainer_orchestrator.cloud.account import client_of
from trainer_orchestrator.datasets import AuditApi
from trainer_orchestrator.dispatcher import Dispatcher
from trainer_orchestrator.logbook import Logbook
from trainer_orchestrator.machines.base import Machines
from trainer_orchestrator.machines.setup import machines_of
from trainer_orchestrator.pipeline import Pace, Pipeline
from trainer_orchestrator.plan import Planner
from trainer_orchestrator.publish import Publisher
from trainer_orchestrator.run import Target
from trainer_orchestrator.settings import Settings
from trainer_orchestrator.store import Store, migrate
from trainer_orchestrator.tables import outbox


@dataclass(frozen=True)
class World:
    """What lies outside the process."""

    engine: AsyncEngine
    broker: Client
    http: httpx.AsyncClient
    outside: httpx.AsyncClient
    """For the cloud: another client, so that nothing meant for audit-api ever goes there."""


def main() -> None:
    if sys.argv[1:] == ["openapi"]:
        print(json.dumps(create_app(None, Health()).openapi(), indent=2))
        return
    settings = Settings()
    configure_logs("trainer-orchestrator", settings.log_format)
    try:
        asyncio.run(run_service(settings))
    except NewerTables as error:
        sys.exit(f"trainer-orchestrator cannot start: {error}")


async def run_service(settings: Settings) -> None:
    """Serve and work runs until SIGTERM or SIGINT."""
    stop, health = stop_on_signals(), Health()
    health.set_ready("database", False)
    health.set_ready("relay", False)
    with suppress(Stopped):
        async with connected(settings, stop) as world:
            await migrate(world.engine)
            await work(settings, world, health, stop)


async def work(settings: Settings, world: World, health: Health, stop: asyncio.Event) -> None:
    """Run the service's parts beside each other; the first that fails ends them all."""
    store = Store(world.engine, settings.lease)
    audit, logbook = AuditApi(world.http), Logbook(settings.home)
    objects = object_store(settings.object_store, world.broker, settings.object_store_secret)
    publisher = Publisher(objects, settings.versions_folder)
    machines = machines_of(settings, world.outside)
    dispatcher = Dispatcher(store, pipeline_of(settings, store, audit, publisher, logbook, machines), health)
    planner = planner_of(settings, audit, machines, world.outside)
    acceptance = Acceptance(store, audit, publisher, machines, settings.base, settings.runs_at_once, planner.problem)
    parts_of = Parts(store, acceptance, logbook, planner, dispatcher.wake, stop)
    app = create_app(parts_of, health, _identify(settings, world))
    autopilot = Autopilot(store, acceptance, dispatcher.wake, round(100 * settings.max_cost_per_run))
    relay = Relay(world.engine, world.broker, outbox)
    async with asyncio.TaskGroup() as parts:
        parts.create_task(serve(app, settings.host, settings.port, stop))
        parts.create_task(relay.run(stop, health))
        parts.create_task(dispatcher.run(stop))
        parts.create_task(autopilot.run(stop))


def _identify(settings: Settings, world: World) -> Identify:
    return asking(world.http) if settings.has_accounts else nobody_asks


def planner_of(
    settings: Settings, audit: AuditApi, machines: Mapping[Target, Machines], outside: httpx.AsyncClient
) -> Planner:
    client, most = client_of(settings, outside), round(100 * settings.max_cost_per_run)
    return Planner(audit, machines, client, settings.wishes, settings.base, settings.ssh_host, most)


def pipeline_of(
    settings: Settings,
    store: Store,
    audit: AuditApi,
    publisher: Publisher,
    logbook: Logbook,
    machines: Mapping[Target, Machines],
) -> Pipeline:
    pace = Pace(settings.lease, settings.poll, settings.patience, settings.max_training)
    return Pipeline(store, audit, machines, publisher, logbook, settings.home, settings.environment, pace)


@asynccontextmanager
async def connected(settings: Settings, stop: asyncio.Event) -> AsyncIterator[World]:
    engine = create_async_engine(settings.database, pool_pre_ping=True)
    broker = await connect(settings.nats_url, "trainer-orchestrator", password=settings.nats_password, stop=stop)
    try:
        token = settings.shared_token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            httpx.AsyncClient(base_url=settings.audit_api_url, headers=headers, timeout=30) as http,
            httpx.AsyncClient() as outside,
        ):
            yield World(engine, broker, http, outside)
    finally:
        await broker.close()
        await engine.dispose()


if __name__ == "__main__":
    main()
