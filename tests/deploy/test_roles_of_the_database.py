"""The real Postgres refuses each role what is not its service's, and both services live within their rights."""

from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from audit_api import database as audit_database
from larder_local.keys import Keys
from larder_local.roles import ensure_roles, scram_verifier
from larder_local.servers import Server
from servicekit.access import ACCOUNTS
from servicekit.settings import with_asyncpg
from tests_support import execute
from trainer_orchestrator import store as trainer_store

MIGRATIONS = Path(__file__).resolve().parents[2] / "services" / "audit-api" / "migrations"
ROLES = {account.role: account for account in ACCOUNTS if account.schema}
Address = Callable[[str], str]


@pytest.fixture(scope="module")
async def address(postgres_url: str, keys: Keys) -> Address:
    """The address of the module's database for a role, after both services made their tables as themselves."""

    def of(role: str) -> str:
        password = keys.password(ROLES[role].name, "database")
        server, database = postgres_url.split("@")[1].split("/")
        return f"postgresql://{role}:{password}@{server}/{database}"

    await ensure_roles(postgres_url, keys)
    audit, trainer = (create_async_engine(with_asyncpg(of(role))) for role in ("audit_api", "trainer_orchestrator"))
    await audit_database.migrate(audit, MIGRATIONS)
    await trainer_store.migrate(trainer)
    await audit.dispose()
    await trainer.dispose()
    return of


async def test_each_service_uses_its_own_tables(address: Address) -> None:
    await execute(address("audit_api"), "SELECT * FROM public.records")
    await execute(address("trainer_orchestrator"), "SELECT * FROM trainer.runs")


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("trainer_orchestrator", "SELECT * FROM public.records"),
        ("trainer_orchestrator", "DELETE FROM public.audits"),
        ("trainer_orchestrator", "CREATE TABLE public.mine (a int)"),
        ("audit_api", "SELECT * FROM trainer.runs"),
        ("audit_api", "CREATE TABLE trainer.mine (a int)"),
        *(
            (role, statement)
            for role in ("audit_api", "trainer_orchestrator")
            for statement in (
                "CREATE SCHEMA another",
                "CREATE ROLE another",
                "CREATE DATABASE another",
                "ALTER ROLE larder PASSWORD 'mine'",
                "SELECT rolpassword FROM pg_authid",
                "COPY (SELECT 1) TO PROGRAM 'id'",
                "SELECT pg_read_file('/etc/passwd')",
                "SET ROLE larder",
                "SET session_replication_role = replica",
            )
        ),
    ],
)
async def test_a_role_is_refused_what_is_not_its_own(address: Address, role: str, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(address(role), statement)


@pytest.mark.parametrize("password", [None, "", "guess"])
@pytest.mark.parametrize("role", ["larder", "audit_api", "trainer_orchestrator"])
async def test_nobody_connects_without_the_right_password(
    postgres_server: Server, address: Address, role: str, password: str | None
) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://{role}@127.0.0.1:{postgres_server.port}/postgres", password=password)


async def test_tables_of_an_earlier_installation_are_handed_over(
    postgres_url: str, keys: Keys, address: Address
) -> None:
    """Before there were roles, one administrator made and owned everything."""
    await execute(postgres_url, "CREATE TABLE public.old (n bigint GENERATED ALWAYS AS IDENTITY)")
    await execute(postgres_url, "CREATE FUNCTION public.old_one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    await ensure_roles(postgres_url, keys)
    await execute(address("audit_api"), "INSERT INTO old DEFAULT VALUES; DROP TABLE old; DROP FUNCTION old_one()")


async def test_a_password_reaches_the_server_only_as_a_verifier(postgres_server: Server) -> None:
    administrator = await asyncpg.connect(postgres_server.url)
    stored = await administrator.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = 'audit_api'")
    await administrator.close()
    assert stored is None or stored.startswith("SCRAM-SHA-256$")
    assert scram_verifier("pencil", b"salt") == scram_verifier("pencil", b"salt") != scram_verifier("pencils", b"salt")
