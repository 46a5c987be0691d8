"""A system is backed up and restored into an empty one on the real servers; counts and hashes are compared."""

import gzip
import hashlib
import io
import shutil
import tarfile
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from nats.aio.client import Client
from sqlalchemy import Connection, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from adapters import write_neutral_adapter
from contracts import AdapterManifest
from larder_local.backup.archive import PIECE, Reader, Writer
from larder_local.backup.broker import clear, values
from larder_local.backup.database import SCHEMAS, TABLES
from larder_local.backup.errors import BackupError
from larder_local.backup.whole import System, back_up, restore
from larder_local.keys import Keys
from larder_local.roles import ensure_roles
from larder_local.setup import set_up
from servicekit.objects import NatsObjects, put_adapter
from tests_support import execute

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = ROOT / "services" / "audit-api" / "migrations"
ROWS = """
INSERT INTO records (id, revision, channel_id, channel, author_id, author, posted_at, text)
  SELECT 'r' || n, 1, 'C1', 'pickups', 'U1', 'Ana', now(), 'Took ' || n || E' cases\\tof "b\\u00e4nanas"\\n\\\\.'
  FROM generate_series(1, 3000) n;
INSERT INTO record_revisions (record_id, revision, text) SELECT id, 1, text FROM records;
INSERT INTO audits (id, key, record_id, revision, decision, extraction, by)
  SELECT gen_random_uuid(), gen_random_uuid(), id, 1, 'confirmed', jsonb_build_object('n', id), 'ana'
  FROM records LIMIT 40;
UPDATE records SET audit_id = audits.id, decision = 'confirmed' FROM audits WHERE record_id = records.id;
INSERT INTO outbox (id, subject, payload, published_at) VALUES
  (gen_random_uuid(), 'extraction.requested.regex', '{"a": 1}', now()),
  (gen_random_uuid(), 'extraction.requested.regex', '{"a": 2}', now() - interval '60 days');
"""


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, AdapterManifest]:
    folder = tmp_path_factory.mktemp("adapter")
    return folder, write_neutral_adapter(ROOT / "models" / "larder-tiny", folder)


@pytest.fixture
async def system(
    postgres_url: str, nats: Client, keys: Keys, tmp_path: Path, adapter: tuple[Path, AdapterManifest]
) -> AsyncIterator[System]:
    """Records, audits, an adapter, a pointer to it and its version's folder, in a database of this test's own."""
    url = make_url(postgres_url).set(database=f"backup_{uuid.uuid4().hex[:8]}")
    whole = url.render_as_string(hide_password=False)
    await execute(postgres_url, f"CREATE DATABASE {url.database}")
    await set_up(url, keys)
    await execute(whole, ROWS)
    versions = tmp_path / "versions"
    folder, manifest = adapter
    shutil.copytree(folder, versions / "v1")
    await clear(nats)
    await put_adapter(NatsObjects(nats), versions / "v1", manifest)
    pointer = await nats.jetstream().key_value("models")
    await pointer.put("active", f'{{"activation": 7, "version": "v1", "sha256": "{manifest.sha256}"}}'.encode())
    yield System(whole, nats, versions, keys)
    for name in (url.database, f"{url.database}_being_restored"):
        await execute(postgres_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def contents(system: System, folder: Path) -> dict[str, str]:
    """Every table's rows, object, value and file, each as a count and a hash."""
    found: dict[str, str] = {}
    connection = await asyncpg.connect(system.database_url)
    for schema, name, columns in await connection.fetch(TABLES, SCHEMAS):
        wanted = ", ".join(f'"{column}"' for column in columns if column != "published_at")
        rows = f'SELECT row({wanted})::text AS line FROM {schema}."{name}" ORDER BY 1'
        digest = await connection.fetchrow(f"SELECT count(*), md5(string_agg(line, chr(10))) FROM ({rows}) AS lines")
        found[f"{schema}.{name}"] = str(tuple(digest))
    await connection.close()
    store = await system.broker.jetstream().object_store("adapters")
    for info in await store.list():
        await NatsObjects(system.broker).fetch(str(info.name), folder / "object")
        found[str(info.name)] = hashlib.sha256((folder / "object").read_bytes()).hexdigest()
    found |= {f"models/{key}": value.decode() for key, value in (await values(system.broker, "models")).items()}
    files = [path for path in system.versions.rglob("*") if path.is_file()]
    return found | {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


async def emptied(system: System) -> System:
    url = make_url(system.database_url)
    server = url.set(database="postgres").render_as_string(hide_password=False)
    await execute(server, f'DROP DATABASE "{url.database}" WITH (FORCE)')
    await clear(system.broker)
    shutil.rmtree(system.versions)
    return system


async def backed_up(system: System) -> bytes:
    target = io.BytesIO()
    await back_up(system, target)
    return target.getvalue()


async def test_what_is_restored_into_an_empty_system_has_the_same_counts_and_hashes(
    system: System, tmp_path: Path
) -> None:
    before = await contents(system, tmp_path)
    file = await backed_up(system)
    summary = await restore(await emptied(system), io.BytesIO(file), force=False)
    assert await contents(system, tmp_path) == before
    assert sum(summary.header.rows.values()) == 3000 + 3000 + 40 + 2


async def test_identities_go_on_where_they_were_and_services_own_their_tables(system: System) -> None:
    file = await backed_up(system)
    await restore(await emptied(system), io.BytesIO(file), force=False)
    password = system.keys.password("audit-api", "database")
    own = make_url(system.database_url).set(username="audit_api", password=password)
    connection = await asyncpg.connect(own.render_as_string(hide_password=False))
    added = "INSERT INTO audits (id, key, record_id, revision, decision, by) VALUES ($1, $1, 'r1', 1, 'skipped', 'ana')"
    await connection.execute(added, uuid.uuid4())
    assert await connection.fetchval("SELECT max(number) FROM audits") == 41
    await connection.close()


async def test_what_the_broker_may_have_lost_is_announced_again(system: System) -> None:
    file = await backed_up(system)
    await restore(await emptied(system), io.BytesIO(file), force=False)
    connection = await asyncpg.connect(system.database_url)
    waiting = await connection.fetch("SELECT payload->>'a' FROM outbox WHERE published_at IS NULL")
    await connection.close()
    assert [row[0] for row in waiting] == ["1"]


async def test_data_that_is_there_is_replaced_only_by_force(system: System, tmp_path: Path) -> None:
    file, before = await backed_up(system), await contents(system, tmp_path)
    added = "INSERT INTO outbox (id, subject, payload) VALUES (gen_random_uuid(), 'x', '{}')"
    await execute(system.database_url, added)
    with pytest.raises(BackupError, match="holds data already: give --force"):
        await restore(system, io.BytesIO(file), force=False)
    await restore(system, io.BytesIO(file), force=True)
    assert await contents(system, tmp_path) == before


@pytest.mark.parametrize("damage", ["cut", "flipped", "left out", "none of ours"])
async def test_a_damaged_backup_is_refused_and_changes_nothing(system: System, tmp_path: Path, damage: str) -> None:
    file, before = await backed_up(system), await contents(system, tmp_path)
    with pytest.raises(BackupError):
        await restore(system, io.BytesIO(damaged(file, damage)), force=True)
    assert await contents(system, tmp_path) == before


def damaged(file: bytes, damage: str) -> bytes:
    if damage == "cut":
        return file[: len(file) * 2 // 3]
    if damage == "none of ours":
        return gzip.compress(b"hello")
    target = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(file)) as old, tarfile.open(fileobj=target, mode="w:gz") as new:
        for member in old:
            data = old.extractfile(member).read()
            if member.name == "database/public.audits@000000":
                if damage == "left out":
                    continue
                data = data.replace(b"confirmed", b"corrected", 1)
            new.addfile(member, io.BytesIO(data))
    return target.getvalue()


async def test_a_backup_of_older_tables_is_brought_up_to_this_version(system: System, postgres_url: str) -> None:
    """Made with the first tables, as by the Larder of that time."""
    whole = make_url(system.database_url)
    await execute(system.database_url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await ensure_roles(system.database_url, system.keys)
    await _migrated(system, "0001")
    await execute(system.database_url, ROWS)
    file = await backed_up(system)
    await restore(await emptied(system), io.BytesIO(file), force=False)
    connection = await asyncpg.connect(whole.render_as_string(hide_password=False))
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert await connection.fetchval("SELECT version_num FROM public.alembic_version") == newest
    assert await connection.fetchval("SELECT count(*) FROM audits") == 40
    assert await connection.fetchval("SELECT count(*) FROM to_rank") == 3000  # the later tables know the older rows
    await connection.close()


async def _migrated(system: System, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    own = make_url(system.database_url).set(
        username="audit_api", password=system.keys.password("audit-api", "database"), drivername="postgresql+asyncpg"
    )
    engine = create_async_engine(own)

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()


async def test_a_newer_larders_backup_is_refused_with_what_to_do(system: System) -> None:
    connection = await asyncpg.connect(system.database_url)
    await connection.execute("UPDATE public.alembic_version SET version_num = '9999'")
    await connection.close()
    file = await backed_up(system)
    with pytest.raises(BackupError, match="newer Larder: update Larder"):
        await restore(system, io.BytesIO(file), force=True)


async def test_a_system_that_was_never_started_has_nothing_to_back_up(system: System, postgres_url: str) -> None:
    with pytest.raises(BackupError, match="never started"):
        await backed_up(replace(system, database_url=postgres_url))


def test_a_part_of_any_size_is_written_in_bounded_pieces() -> None:

    target = io.BytesIO()
    with Writer(target) as writer:
        writer.begin("database/public.big")
        for _ in range(40):
            writer.write("database/public.big", b"x" * (PIECE // 16 + 1))
        writer.end("database/public.big")
    with tarfile.open(fileobj=io.BytesIO(target.getvalue())) as written:
        assert max(member.size for member in written) == PIECE
    with pytest.raises(BackupError, match="header"):
        Reader(io.BytesIO(target.getvalue()))
