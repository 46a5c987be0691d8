"""The database in a back-up: every table of every service's schema, in one snapshot, as Postgres' own text format.

Restoring fills a database of its own, at the migration that the back-up was made with, checks it, brings it up to date,
and only then takes the place of the one that was there: a failure on the way changes nothing. What the broker may have
held and lost is announced again; consumers are idempotent, so that costs time and nothing else.
"""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from audit_api.settings import Settings as AuditApiSettings
from contracts.subjects import STREAMS
from larder_local.backup.archive import Header, TableHeader, Writer
from larder_local.backup.errors import BackupError
from larder_local.keys import Keys
from larder_local.roles import ensure_roles
from servicekit.access import ACCOUNTS, Account
from servicekit.settings import with_asyncpg
from trainer_orchestrator.store import MIGRATIONS as TRAINER_MIGRATIONS

OWNERS = tuple(account for account in ACCOUNTS if account.schema)
SCHEMAS = [account.schema for account in OWNERS]
VERSION_TABLE = "alembic_version"
HELD_BY_THE_BROKER = max(stream.max_age for stream in STREAMS if stream.name != "DEAD")
"""Dead letters come from consumers, never from an outbox."""

TABLES = """
SELECT nspname, relname, array_agg(attname::text ORDER BY attnum) FROM pg_class
JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute ON attrelid = pg_class.oid
WHERE nspname = ANY($1) AND relkind = 'r' AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
GROUP BY 1, 2 ORDER BY 1, 2
"""
SEQUENCES = "SELECT schemaname, sequencename, last_value FROM pg_sequences WHERE schemaname = ANY($1) ORDER BY 1, 2"


async def write_database(url: str, writer: Writer) -> Header:
    """Write the header and every table of the database at `url`, an administrator's, as they are at one moment."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            header = await _header(connection)
            writer.header(header)
            for table in header.tables:
                await _write_table(connection, table, writer)
    except asyncpg.UndefinedTableError:
        raise BackupError("There is nothing to back up yet: this Larder was never started.") from None
    finally:
        await connection.close()
    return header


async def _header(connection: asyncpg.Connection) -> Header:
    tables = tuple(
        TableHeader(schema_name=schema, name=name, columns=tuple(columns))
        for schema, name, columns in await connection.fetch(TABLES, SCHEMAS)
        if name != VERSION_TABLE
    )
    revisions = {
        schema: await connection.fetchval(f"SELECT version_num FROM {schema}.{VERSION_TABLE}") for schema in SCHEMAS
    }
    return Header(
        made_at=datetime.now(UTC),
        revisions=revisions,
        tables=tables,
        sequences={f"{row[0]}.{row[1]}": row[2] for row in await connection.fetch(SEQUENCES, SCHEMAS)},
        rows={table.part: await _count(connection, table) for table in tables},
    )


async def _write_table(connection: asyncpg.Connection, table: TableHeader, writer: Writer) -> None:
    async def write(data: bytes) -> None:
        writer.write(table.part, data)

    writer.begin(table.part)
    await connection.copy_from_table(table.name, schema_name=table.schema_name, columns=table.columns, output=write)
    writer.end(table.part)


async def _count(connection: asyncpg.Connection, table: TableHeader) -> int:
    return int(await connection.fetchval(f'SELECT count(*) FROM "{table.schema_name}"."{table.name}"'))


async def holds_data(url: str) -> bool:
    """Whether any table of the database at `url` has a row; False when there is no such database."""
    try:
        connection = await asyncpg.connect(url)
    except asyncpg.InvalidCatalogNameError:
        return False
    try:
        tables = await connection.fetch(TABLES, SCHEMAS)
        for schema, name, _ in tables:
            if name != VERSION_TABLE and await connection.fetchval(f'SELECT 1 FROM "{schema}"."{name}" LIMIT 1'):
                return True
    finally:
        await connection.close()
    return False


class DatabaseRestore:
    """Fills a database beside the one at `url`; `take_place` swaps the two."""

    def __init__(self, url: str, keys: Keys, header: Header) -> None:
        self._url = make_url(url)
        self._keys = keys
        self._header = header
        self._name = str(self._url.database)
        self._beside = self._url.set(database=f"{self._name}_being_restored")

    async def prepare(self) -> None:
        """An empty database with the tables of the back-up's own migrations. Raises BackupError."""
        _check_known(self._header)
        await self.discard()
        await self._administer(f'CREATE DATABASE "{self._beside.database}"')
        await ensure_roles(_text(self._beside), self._keys)
        for account in OWNERS:
            await self._migrate(account, self._header.revisions[str(account.schema)])
        await self._empty()

    async def copy(self, part: str, pieces: AsyncIterator[bytes]) -> None:
        """Fill the table that the part names. Raises BackupError when its rows do not fit."""
        table = next((table for table in self._header.tables if table.part == part), None)
        if table is None:
            raise BackupError(f"The back-up holds {part}, which its header does not name; use another one.")
        connection = await asyncpg.connect(_text(self._beside))
        try:
            await connection.execute("SET session_replication_role = replica")  # the snapshot is consistent in itself
            await connection.copy_to_table(
                table.name, schema_name=table.schema_name, columns=table.columns, source=pieces
            )
        except asyncpg.PostgresError as error:
            raise BackupError(f"The rows of {part} do not fit its table: {error}") from error
        finally:
            await connection.close()

    async def finish(self) -> None:
        """Check counts, set sequences, announce again, and migrate to this program's version."""
        connection = await asyncpg.connect(_text(self._beside))
        try:
            for table in self._header.tables:
                if (found := await _count(connection, table)) != (wanted := self._header.rows[table.part]):
                    raise BackupError(f"{table.part} has {found} rows instead of {wanted}; use another back-up.")
            for name, last in self._header.sequences.items():
                if last is not None:
                    await connection.execute("SELECT setval($1::text::regclass, $2)", name, last)
            await self._announce_again(connection)
        finally:
            await connection.close()
        for account in OWNERS:
            await self._migrate(account, "head")

    async def take_place(self) -> None:
        """The filled database becomes the one; the old one is dropped. Raises BackupError while it is in use."""
        old = f"{self._name}_before_the_restore"
        await self._administer(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')
        try:
            if await self._exists(self._name):
                await self._administer(f'ALTER DATABASE "{self._name}" RENAME TO "{old}"')
        except asyncpg.ObjectInUseError:
            raise BackupError("Services still use the database: stop them, then restore.") from None
        await self._administer(f'ALTER DATABASE "{self._beside.database}" RENAME TO "{self._name}"')
        await self._administer(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')

    async def discard(self) -> None:
        await self._administer(f'DROP DATABASE IF EXISTS "{self._beside.database}" WITH (FORCE)')

    async def _announce_again(self, connection: asyncpg.Connection) -> None:
        lost = self._header.made_at - HELD_BY_THE_BROKER
        for schema in SCHEMAS:
            await connection.execute(f"UPDATE {schema}.outbox SET published_at = NULL WHERE published_at > $1", lost)

    async def _empty(self) -> None:
        """Migrations may bring rows of their own; the back-up has them too. No other table is named from here on."""
        connection = await asyncpg.connect(_text(self._beside))
        try:
            known = {(row[0], row[1]) for row in await connection.fetch(TABLES, SCHEMAS)}
            if unknown := {(it.schema_name, it.name) for it in self._header.tables} - known:
                raise BackupError(f"The back-up names tables that are not Larder's: {sorted(unknown)[:3]}.")
            await connection.execute("SET session_replication_role = replica")  # append-only tables refuse otherwise
            names = ", ".join(f'"{table.schema_name}"."{table.name}"' for table in self._header.tables)
            if names:
                await connection.execute(f"TRUNCATE {names}")
        finally:
            await connection.close()

    async def _migrate(self, account: Account, revision: str) -> None:
        own = self._beside.set(username=account.role, password=self._keys.password(account.name, "database"))
        engine = create_async_engine(with_asyncpg(_text(own)))
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_upgrader(account, revision))
        finally:
            await engine.dispose()

    async def _exists(self, name: str) -> bool:
        connection = await asyncpg.connect(_text(self._url.set(database="postgres")))
        try:
            return bool(await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name))
        finally:
            await connection.close()

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(_text(self._url.set(database="postgres")))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def _check_known(header: Header) -> None:
    for account in OWNERS:
        revision = header.revisions[str(account.schema)]
        try:
            ScriptDirectory.from_config(_alembic(account)).get_revision(revision)
        except CommandError:
            raise BackupError("The back-up was made by a newer Larder: update Larder, then restore.") from None


def _upgrader(account: Account, revision: str) -> Callable[[Connection], None]:
    def upgrade(connection: Connection) -> None:
        config = _alembic(account)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    return upgrade


def _alembic(account: Account) -> Config:
    folder = AuditApiSettings().migrations if account.schema == "public" else TRAINER_MIGRATIONS
    config = Config()
    config.set_main_option("script_location", str(folder))
    return config


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
