"""The trainer's database, an audit-api, and a way to build a pipeline as a new process would."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.aio.client import Client
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from trainer_support import AuditApiState, PatientMachines, audit_api

from contracts.subjects import ADAPTER_PUBLISHED
from servicekit.objects import NatsObjects
from servicekit.settings import with_asyncpg
from trainer_orchestrator.accept import Acceptance
from trainer_orchestrator.datasets import AuditApi
from trainer_orchestrator.logbook import Logbook
from trainer_orchestrator.pipeline import Pace, Pipeline
from trainer_orchestrator.publish import Publisher
from trainer_orchestrator.run import Run, Target
from trainer_orchestrator.store import Store, migrate
from trainer_orchestrator.tables import outbox, run_history, runs

LEASE = timedelta(seconds=5)
PACE = Pace(LEASE, poll=timedelta(milliseconds=1), patience=timedelta(milliseconds=50), max_training=timedelta(hours=1))


@pytest.fixture(scope="module")
async def migrated(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(with_asyncpg(postgres_url))
    await migrate(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
async def engine(migrated: AsyncEngine) -> AsyncEngine:
    """The migrated database, without rows."""
    async with migrated.begin() as connection:
        for table in (outbox, run_history, runs):
            await connection.execute(delete(table))
    return migrated


@pytest.fixture
def audit_state() -> AuditApiState:
    return AuditApiState()


@pytest.fixture
async def audit(audit_state: AuditApiState) -> AsyncIterator[AuditApi]:
    transport = httpx.ASGITransport(audit_api(audit_state))
    async with httpx.AsyncClient(transport=transport, base_url="http://audit-api") as http:
        yield AuditApi(http)


@dataclass
class Trainer:
    """The world around a pipeline, which outlives it."""

    engine: AsyncEngine
    audit: AuditApi
    broker: Client
    home: Path
    machines: PatientMachines

    @property
    def publisher(self) -> Publisher:
        return Publisher(NatsObjects(self.broker), self.home / "versions")

    @property
    def store(self) -> Store:
        """A store with an owner of its own, as in a new process."""
        return Store(self.engine, LEASE)

    def acceptance(self, store: Store | None = None) -> Acceptance:
        machines = {Target.LOCAL: self.machines}
        return Acceptance(store or self.store, self.audit, self.publisher, machines, base="larder-tiny")

    def pipeline(self, wrap: Callable[[Any], Any] = lambda part: part, **pace: timedelta) -> Pipeline:
        """A pipeline as in a new process; `wrap` is put around everything that it acts through."""
        store = self.store
        return Pipeline(
            wrap(store), wrap(self.audit), {Target.LOCAL: wrap(self.machines)}, wrap(self.publisher),
            wrap(Logbook(self.home)), self.home, "test", Pace(**{**vars(PACE), **pace}),
        )  # fmt: skip

    async def accepted(self, version: str | None = None) -> Run:
        return await self.acceptance().accept(f"key-{version}", version, Target.LOCAL)

    async def finish(self, run: Run, pipeline: Pipeline | None = None) -> Run:
        """Let a new process claim the run and work it to its end."""
        pipeline = pipeline or self.pipeline()
        assert await pipeline.store.claim() == [run.id]
        await pipeline.work(run.id)
        ended = await pipeline.store.load(run.id)
        assert ended is not None
        return ended

    async def end_leases(self) -> None:
        """As if the time of a dead process's leases had passed."""
        async with self.engine.begin() as connection:
            await connection.execute(update(runs).values(lease_until=func.now()))

    async def announced(self, subject: str = ADAPTER_PUBLISHED) -> list[dict[str, Any]]:
        async with self.engine.connect() as connection:
            query = select(outbox.c.payload).where(outbox.c.subject == subject).order_by(outbox.c.number)
            return list((await connection.execute(query)).scalars())


@pytest.fixture
def trainer(engine: AsyncEngine, audit: AuditApi, nats: Client, tmp_path: Path) -> Trainer:
    return Trainer(engine, audit, nats, tmp_path, PatientMachines())
