"""`python -m audit_api` serves; `migrate` brings the tables up to date; `openapi` prints the API's description.

`first-admin` prepares the first start and prints the one-time password, if there is no account yet; `lost-admin` gives
`admin` a new one, whatever happened to the account.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.accounts.service import first_admin, lost_admin
from audit_api.app import create_app
from audit_api.database import Database, migrate
from audit_api.service import FIRST_ADMIN, run
from audit_api.settings import Settings
from servicekit.health import Health
from servicekit.logs import configure_logs
from servicekit.migrations import NewerTables

log = structlog.get_logger(__name__)
USAGE = "usage: python -m audit_api [migrate | openapi | first-admin | lost-admin]\n"


def main(arguments: list[str]) -> int:
    """The process's exit status."""
    if arguments == ["openapi"]:
        sys.stdout.write(json.dumps(create_app(None, Health()).openapi(), indent=1) + "\n")
        return 0
    if arguments not in ([], *([command] for command in _COMMANDS)):
        sys.stderr.write(USAGE)
        return 2
    try:
        settings = Settings()
    except ValidationError as error:
        sys.stderr.write(f"audit-api cannot start: {error}\n")
        return 2
    configure_logs("audit-api", settings.log_format)
    try:
        asyncio.run(_COMMANDS[arguments[0]](settings) if arguments else run(settings))
    except NewerTables as error:
        sys.stderr.write(f"audit-api cannot start: {error}\n")
        return 1
    return 0


async def _migrate(settings: Settings) -> None:
    database = Database(settings.database)
    await migrate(database.engine, settings.migrations)
    await database.close()
    log.info("tables are up to date")


async def _first_admin(settings: Settings) -> None:
    await _print_password(settings, first_admin)


async def _lost_admin(settings: Settings) -> None:
    await _print_password(settings, lost_admin)


async def _print_password(settings: Settings, make: Callable[[AsyncSession], Awaitable[str | None]]) -> None:
    database = Database(settings.database)
    await migrate(database.engine, settings.migrations)
    async with database.transaction() as session:
        password = await make(session)
    await database.close()
    if password:
        sys.stdout.write(FIRST_ADMIN.format(password))


_COMMANDS = {"migrate": _migrate, "first-admin": _first_admin, "lost-admin": _lost_admin}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
