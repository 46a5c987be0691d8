"""One database role a service: it owns its own schema and may not look into the others'.

Safe to run at every start: roles get their passwords again, and what an earlier installation's single role made is
handed over. Passwords reach the server as SCRAM verifiers, so that none can stand in its logs.
"""

import base64
import hashlib
import hmac
import os

import asyncpg

from larder_local.keys import Keys
from servicekit.access import ACCOUNTS, Account

ITERATIONS = 4096
EXTENSIONS = "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public"
"""For the search in messages; a role that owns no more than its schema may not add it itself."""

HAND_OVER = """
SELECT format('ALTER %s %s OWNER TO %I', kind, object, $2::text) FROM (
    SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS kind,
           format('%I.%I', nspname, relname) AS object
    FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname = $1 AND relkind IN ('r', 'p', 'v', 'm') AND pg_get_userbyid(relowner) <> $2
    UNION ALL
    SELECT 'ROUTINE', p.oid::regprocedure::text
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
    LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
    WHERE nspname = $1 AND pg_get_userbyid(proowner) <> $2 AND d.objid IS NULL
) AS theirs
"""
"""Tables take their sequences and indexes along; what belongs to an extension stays."""


async def ensure_roles(administrator_url: str, keys: Keys) -> None:
    """Make or renew every service's role in the database of `administrator_url`, which must be a superuser's."""
    connection = await asyncpg.connect(administrator_url)
    try:
        async with connection.transaction():
            await _close_to_everybody(connection)
            await connection.execute(EXTENSIONS)
            for account in ACCOUNTS:
                if account.schema:
                    await _ensure_role(connection, account, keys.password(account.name, "database"))
                    await _give_schema(connection, account.schema, account.role)
    finally:
        await connection.close()


async def _close_to_everybody(connection: asyncpg.Connection) -> None:
    name = await connection.fetchval("SELECT quote_ident(current_database())")
    await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC")


async def _ensure_role(connection: asyncpg.Connection, account: Account, password: str) -> None:
    exists = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", account.role)
    verb = "ALTER" if exists else "CREATE"
    await connection.execute(
        f"{verb} ROLE {account.role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{scram_verifier(password)}'"
    )
    name = await connection.fetchval("SELECT quote_ident(current_database())")
    await connection.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {account.role}")


async def _give_schema(connection: asyncpg.Connection, schema: str, role: str) -> None:
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; ALTER SCHEMA {schema} OWNER TO {role}")
    for row in await connection.fetch(HAND_OVER, schema, role):
        await connection.execute(row[0])


def scram_verifier(password: str, salt: bytes | None = None) -> str:
    """What Postgres stores for a password (RFC 5803); the password cannot be computed from it."""
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${ITERATIONS}:{salt64}${stored64}:{server64}"
