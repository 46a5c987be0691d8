"""`python -m larder_local.setup`: what containers need before the first service starts, at every start of the whole.

Roles, then both services' migrations, each as its own role. Idempotent; the embedded default does the same in `up`,
where the services migrate by themselves.
"""

import asyncio
import os
import sys
from pathlib import Path

import structlog
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from audit_api.database import migrate as migrate_audit_api
from audit_api.settings import Settings as AuditApiSettings
from larder_local.keys import Keys
from larder_local.roles import ensure_roles
from servicekit.access import ADMINISTRATOR, AUDIT_API, TRAINER, Account
from servicekit.logs import configure_logs
from servicekit.migrations import NewerTables
from servicekit.settings import with_asyncpg
from trainer_orchestrator.store import migrate as migrate_trainer

log = structlog.get_logger(__name__)


async def set_up(url: URL, keys: Keys) -> None:
    """Make the database at `url` (without account) what this program's services expect."""
    administrator = url.set(username=ADMINISTRATOR, password=keys.password(ADMINISTRATOR, "database"))
    await ensure_roles(administrator.render_as_string(hide_password=False), keys)
    audit_api, trainer = _engine(url, AUDIT_API, keys), _engine(url, TRAINER, keys)
    try:
        await migrate_audit_api(audit_api, AuditApiSettings().migrations)
        await migrate_trainer(trainer)
    finally:
        await audit_api.dispose()
        await trainer.dispose()
    log.info("roles and tables are up to date")


def _engine(url: URL, account: Account, keys: Keys) -> AsyncEngine:
    own = url.set(username=account.role, password=keys.password(account.name, "database"))
    return create_async_engine(with_asyncpg(own.render_as_string(hide_password=False)))


def main() -> None:
    configure_logs("setup")
    try:
        asyncio.run(set_up(make_url(os.environ["DATABASE_URL"]), Keys(Path(os.environ["LARDER_KEYS"]))))
    except NewerTables as error:
        sys.exit(f"Nothing was changed, and no service starts. {error}")


if __name__ == "__main__":
    main()
