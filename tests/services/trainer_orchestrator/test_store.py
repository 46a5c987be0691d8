"""Runs in the real database: leases, guarded steps, and migrations that agree with the tables."""

import asyncio
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError
from trainer_support import now

from contracts import RunState
from trainer_orchestrator.errors import LeaseLost
from trainer_orchestrator.run import Run, Target
from trainer_orchestrator.store import Store, migrate
from trainer_orchestrator.tables import SCHEMA, metadata

pytestmark = pytest.mark.integration

RUN = Run("r1", "key", "v1", Target.LOCAL, "larder-tiny", now())


async def add(store: Store, run: Run = RUN) -> Run:
    async with store.transaction() as session, session.begin():
        await store.add(session, run)
    return run


async def test_migrations_agree_with_the_tables(engine):
    def differences(connection):
        options = {"include_schemas": True, "version_table_schema": SCHEMA, "include_name": _is_ours}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def _is_ours(name, kind, parents):
    return name == SCHEMA if kind == "schema" else True


async def test_migrating_again_and_by_two_at_once_changes_nothing(engine):
    await asyncio.gather(migrate(engine), migrate(engine))


async def test_a_run_is_loaded_as_it_was_saved(engine, trainer):
    run = await add(trainer.store)
    assert await trainer.store.load(run.id) == run


async def test_two_orchestrators_do_not_claim_one_run(engine, trainer):
    await add(trainer.store)
    claims = await asyncio.gather(*(trainer.store.claim() for _ in range(4)))
    assert sorted(claims) == [[], [], [], ["r1"]]


async def test_a_stale_lease_cannot_apply_a_step(engine, trainer):
    run = await add(trainer.store)
    first, second = trainer.store, trainer.store
    await first.claim()
    await trainer.end_leases()
    await second.claim()
    with pytest.raises(LeaseLost):
        await first.apply(run, replace(run, state=RunState.RELEASING))
    with pytest.raises(LeaseLost):
        await first.renew(run.id)
    assert (await second.load(run.id)).state is RunState.REQUESTED


async def test_a_step_is_applied_once(engine, trainer):
    run, store = await add(trainer.store), trainer.store
    await store.claim()
    await store.apply(run, replace(run, state=RunState.RELEASING))
    with pytest.raises(LeaseLost):
        await store.apply(run, replace(run, state=RunState.RELEASING))


async def test_a_lease_that_was_given_back_can_be_claimed_at_once(engine, trainer):
    run, first = await add(trainer.store), trainer.store
    await first.claim()
    await first.give_back(run.id)
    assert await trainer.store.claim() == [run.id]


async def test_the_database_itself_holds_one_run_a_version(engine, trainer):
    await add(trainer.store)
    with pytest.raises(IntegrityError, match="runs_one_version"):
        await add(trainer.store, replace(RUN, id="r2", key="key2", state=RunState.DONE))
