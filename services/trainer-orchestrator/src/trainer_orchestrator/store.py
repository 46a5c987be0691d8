"""Where runs are kept: schema `trainer`. Every change is one short transaction.

Invariants: a run is changed only by who holds its lease, from the state that was loaded, and each change of state
stands in the history and in the outbox with it. `adapter.published` is enqueued in the transaction that leaves
`publishing`, which happens once. Time is the database's, so that two orchestrators agree on it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, func, insert, inspect, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.schema import CreateSchema

from contracts import AdapterPublished, RunState
from contracts.subjects import ADAPTER_PUBLISHED, RUN_EVENT
from servicekit.migrations import upgrade
from servicekit.outbox import enqueue
from trainer_orchestrator.autopilot_views import AutopilotReport, AutopilotSettings
from trainer_orchestrator.errors import LeaseLost
from trainer_orchestrator.run import CANCELLED, FINAL, By, Dataset, Ending, Reason, Rental, Run, Target
from trainer_orchestrator.tables import SCHEMA, autopilot, outbox, run_history, runs

DATABASE_ERRORS = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What a database that is gone, or not yet there again, may raise; connecting raises the driver's own errors."""

RENTALS = TypeAdapter(tuple[Rental, ...])

MIGRATIONS = Path(__file__).with_name("migrations")
ONE_AT_A_TIME = 7_216_004
"""The advisory lock for migrating and for accepting runs."""


@dataclass(frozen=True)
class HistoryEntry:
    number: int
    state: RunState
    at: datetime
    reason: str | None


async def migrate(engine: AsyncEngine) -> None:
    """Bring schema `trainer` to this program's version; services that start together wait for one another.

    Raises NewerTables.
    """
    async with engine.begin() as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
        await connection.run_sync(_make_schema)
        await connection.run_sync(upgrade, MIGRATIONS, SCHEMA)


def _make_schema(connection: Connection) -> None:
    """Where services have roles of their own the schema is there already, and the role may not make one."""
    if not inspect(connection).has_schema(SCHEMA):
        connection.execute(CreateSchema(SCHEMA))


class Store:
    """Runs in the database. `owner` names this process in leases."""

    def __init__(self, engine: AsyncEngine, lease: timedelta) -> None:
        self._engine = engine
        self._lease = lease
        self.owner = uuid.uuid4()

    def transaction(self) -> AsyncSession:
        return AsyncSession(self._engine)

    async def lock_acceptance(self, session: AsyncSession) -> None:
        """Until the transaction ends, no other run is accepted, here or in another process."""
        await session.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))

    async def add(self, session: AsyncSession, run: Run) -> None:
        await session.execute(insert(runs).values(_row_of(run)))
        await self._announce(session, run, await _now(session))

    async def by_key(self, session: AsyncSession, key: str) -> Run | None:
        row = (await session.execute(select(runs).where(runs.c.key == key))).one_or_none()
        return _run_of(row) if row else None

    async def unfinished_on(self, session: AsyncSession, target: Target) -> list[Run]:
        """Oldest first."""
        query = select(runs).where(runs.c.target == target, runs.c.state.not_in(FINAL)).order_by(runs.c.created_at)
        return [_run_of(row) for row in await session.execute(query)]

    async def versions(self, session: AsyncSession) -> dict[str, bool]:
        """Every version's name that a run ever had, and whether it is taken for good."""
        free = runs.c.state.in_([RunState.FAILED, RunState.CANCELLED])
        rows = await session.execute(select(runs.c.version, func.bool_or(~free)).group_by(runs.c.version))
        return {row[0]: row[1] for row in rows}

    async def load(self, run_id: str) -> Run | None:
        async with self.transaction() as session:
            row = (await session.execute(select(runs).where(runs.c.id == run_id))).one_or_none()
        return _run_of(row) if row else None

    async def known_versions(self) -> dict[str, bool]:
        async with self.transaction() as session:
            return await self.versions(session)

    async def find(self, key: str) -> Run | None:
        async with self.transaction() as session:
            return await self.by_key(session, key)

    async def newest(self, limit: int = 100) -> Sequence[Run]:
        async with self.transaction() as session:
            rows = (await session.execute(select(runs).order_by(runs.c.created_at.desc()).limit(limit))).all()
        return [_run_of(row) for row in rows]

    async def history(self, run_ids: Sequence[str], after: int = 0) -> dict[str, list[HistoryEntry]]:
        """Each run's changes of state in order, from number `after` on (not including it)."""
        query = select(run_history).where(run_history.c.run_id.in_(run_ids), run_history.c.number > after)
        found: dict[str, list[HistoryEntry]] = {run_id: [] for run_id in run_ids}
        async with self.transaction() as session:
            for row in await session.execute(query.order_by(run_history.c.number)):
                found[row.run_id].append(HistoryEntry(row.number, RunState(row.state), row.at, row.reason))
        return found

    async def claim(self) -> list[str]:
        """Take the lease of every unfinished run that nobody else holds; their ids."""
        free = or_(runs.c.lease_until.is_(None), runs.c.lease_until < func.now(), runs.c.lease_owner == self.owner)
        claim = update(runs).where(runs.c.state.not_in(FINAL), free).values(self._held()).returning(runs.c.id)
        async with self.transaction() as session, session.begin():
            return list((await session.execute(claim)).scalars())

    async def renew(self, run_id: str) -> bool:
        """Keep the lease; whether the run's cancellation was asked for. Raises LeaseLost."""
        renewal = update(runs).where(runs.c.id == run_id, runs.c.lease_owner == self.owner).values(self._held())
        async with self.transaction() as session, session.begin():
            found = (await session.execute(renewal.returning(runs.c.cancel_requested))).scalar_one_or_none()
        if found is None:
            raise LeaseLost(run_id)
        return bool(found)

    async def give_back(self, run_id: str) -> None:
        """Let go of the lease, so that the next process need not wait for its end."""
        mine = update(runs).where(runs.c.id == run_id, runs.c.lease_owner == self.owner)
        async with self.transaction() as session, session.begin():
            await session.execute(mine.values(lease_owner=None, lease_until=None))

    async def apply(self, before: Run, after: Run, published: AdapterPublished | None = None) -> Run:
        """Commit a step: the run as it is now. Raises LeaseLost when it is no longer ours or no longer `before`.

        A cancellation that was asked for in the meantime wins over the step while the run may still be cancelled.
        """
        async with self.transaction() as session, session.begin():
            current = await self._held_run(session, before)
            if current.cancel_requested and before.is_cancellable and after.ending is None:
                after = before.ended(CANCELLED)
            await session.execute(update(runs).where(runs.c.id == before.id).values(_changes(after)))
            await self._announce(session, after, await _now(session), moved=after.state is not before.state)
            if published is not None and after.state is not before.state:
                await enqueue(session, outbox, ADAPTER_PUBLISHED, published)
        return after

    async def autopilot(self) -> tuple[AutopilotSettings, AutopilotReport | None]:
        """How the autopilot is set, and what it decided last; it is off until somebody sets it."""
        async with self.transaction() as session:
            row = (await session.execute(select(autopilot))).one_or_none()
        if row is None:
            return AutopilotSettings(), None
        report = AutopilotReport.model_validate(row.report) if row.report else None
        return AutopilotSettings.model_validate(row.settings), report

    async def set_autopilot(self, settings: AutopilotSettings) -> None:
        values = {"settings": settings.model_dump(mode="json")}
        change = pg_insert(autopilot).values(values).on_conflict_do_update(index_elements=["one"], set_=values)
        async with self.transaction() as session, session.begin():
            await session.execute(change)

    async def report(self, report: AutopilotReport) -> None:
        async with self.transaction() as session, session.begin():
            await session.execute(update(autopilot).values(report=report.model_dump(mode="json")))

    async def request_cancel(self, run_id: str) -> Run | None:
        """Ask for a cancellation, while the run may still be cancelled. The run as it is then; None when unknown."""
        async with self.transaction() as session, session.begin():
            row = (await session.execute(select(runs).where(runs.c.id == run_id).with_for_update())).one_or_none()
            if row is None:
                return None
            if not _run_of(row).is_cancellable:
                return _run_of(row)
            asked = update(runs).where(runs.c.id == run_id).values(cancel_requested=True).returning(runs)
            return _run_of((await session.execute(asked)).one())

    async def _held_run(self, session: AsyncSession, before: Run) -> Run:
        query = select(runs).where(
            runs.c.id == before.id, runs.c.state == before.state, runs.c.lease_owner == self.owner
        )
        row = (await session.execute(query.with_for_update())).one_or_none()
        if row is None:
            raise LeaseLost(before.id)
        return _run_of(row)

    async def _announce(self, session: AsyncSession, run: Run, at: datetime, *, moved: bool = True) -> None:
        event = run.event(at)
        if moved:
            entry = {"run_id": run.id, "state": run.state, "reason": event.reason, "at": at}
            await session.execute(insert(run_history).values(entry))
        await enqueue(session, outbox, RUN_EVENT.format(run_id=run.id), event)

    def _held(self) -> dict[str, Any]:
        return {"lease_owner": self.owner, "lease_until": func.now() + self._lease}


async def _now(session: AsyncSession) -> datetime:
    now: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return now


def _row_of(run: Run) -> dict[str, Any]:
    fixed = {name: getattr(run, name) for name in ("id", "key", "version", "target", "base", "created_at", "by")}
    return {**fixed, **_changes(run)}


def _changes(run: Run) -> dict[str, Any]:
    """What a step may change; `cancel_requested` is not the steps'."""
    return {
        "state": run.state,
        "dataset": run.dataset.model_dump(mode="json") if run.dataset else None,
        "machine": run.machine,
        "deadline": run.deadline,
        "ending": asdict(run.ending) if run.ending else None,
        "progress": dict(run.progress),
        "rentals": RENTALS.dump_python(run.rentals, mode="json"),
        "finished_at": run.finished_at,
    }


def _run_of(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        key=row.key,
        version=row.version,
        target=Target(row.target),
        base=row.base,
        created_at=row.created_at,
        by=By(row.by),
        state=RunState(row.state),
        dataset=Dataset.model_validate(row.dataset) if row.dataset else None,
        machine=row.machine,
        deadline=row.deadline,
        cancel_requested=row.cancel_requested,
        ending=_ending_of(row.ending) if row.ending else None,
        progress=row.progress,
        rentals=RENTALS.validate_python(row.rentals),
        finished_at=row.finished_at,
    )


def _ending_of(stored: dict[str, Any]) -> Ending:
    reason = stored["reason"]
    return Ending(RunState(stored["state"]), Reason(reason) if reason else None, stored["sentence"])
