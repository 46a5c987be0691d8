"""`python -m audit_api` serves; `migrate` brings the tables up to date; `openapi` prints the API's description."""

import asyncio
import json
import sys

import structlog
from pydantic import ValidationError

from audit_api.app import create_app
from audit_api.database import Database, migrate
from audit_api.service import run
from audit_api.settings import Settings
from servicekit.health import Health
from servicekit.logs import configure_logs

log = structlog.get_logger(__name__)
USAGE = "usage: python -m audit_api [migrate | openapi]\n"


def main(arguments: list[str]) -> int:
    """The process's exit status."""
    if arguments == ["openapi"]:
        sys.stdout.write(json.dumps(create_app(None, Health()).openapi(), indent=1) + "\n")
        return 0
    if arguments not in ([], ["migrate"]):
        sys.stderr.write(USAGE)
        return 2
    try:
        settings = Settings()
    except ValidationError as error:
        sys.stderr.write(f"audit-api cannot start: {error}\n")
        return 2
    configure_logs("audit-api", settings.log_format)
    asyncio.run(_migrate(settings) if arguments else run(settings))
    return 0


async def _migrate(settings: Settings) -> None:
    database = Database(settings.database)
    await migrate(database.engine, settings.migrations)
    await database.close()
    log.info("tables are up to date")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
