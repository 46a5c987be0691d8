"""The migrations and the models say the same."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from audit_api_client import Api
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from audit_api.database import Database, migrate
from audit_api.models import Base
from audit_api.settings import Settings

pytestmark = pytest.mark.integration


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


async def test_migrated_tables_are_what_the_models_describe(api: Api) -> None:
    async with api.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_two_services_may_start_at_once(postgres_url: str) -> None:
    settings = Settings(DATABASE_URL=postgres_url)  # type: ignore[call-arg]
    databases = [Database(settings.database_url) for _ in range(3)]
    async with databases[0].engine.begin() as connection:
        await connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        await connection.exec_driver_sql("CREATE SCHEMA public")
    await asyncio.gather(*(migrate(database.engine, settings.migrations) for database in databases))
    for database in databases:
        await database.close()


async def test_a_service_that_is_older_than_its_tables_says_so_in_one_sentence(api: Api, postgres_url: str) -> None:
    await api.rows("UPDATE alembic_version SET version_num = '9999' RETURNING 1")
    command = [sys.executable, "-m", "audit_api", "migrate"]
    environment = os.environ | {"DATABASE_URL": postgres_url}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=PIPE)
    _, said = await process.communicate()
    newest = ScriptDirectory(str(api.app.state.parts.settings.migrations)).get_current_head()
    await api.rows("UPDATE alembic_version SET version_num = :newest RETURNING 1", newest=newest)
    sentence = "The tables were made by a newer Larder: update this one, or restore a back-up of its time."
    assert (process.returncode, said.decode().splitlines()[-1]) == (1, f"audit-api cannot start: {sentence}")


@pytest.mark.parametrize("table", ["audits", "activations"])
async def test_history_cannot_be_rewritten(api: Api, table: str) -> None:
    await api.upload(b'{"id": "a", "text": "2 cs kale", "extraction": {}}', kind="audited")
    await api.rows(
        "INSERT INTO activations (number, version, rollback, by, why, at) "
        "VALUES (1, NULL, false, 'a', 'b', now()) RETURNING 1"
    )
    with pytest.raises(DBAPIError, match="append-only"):
        await api.rows(f"DELETE FROM {table} RETURNING 1")
    with pytest.raises(DBAPIError, match="append-only"):
        await api.rows(f"UPDATE {table} SET by = 'x' RETURNING 1")
