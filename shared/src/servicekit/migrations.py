"""Bringing a service's tables up to date; one sentence where they are ahead of the program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


class NewerTables(Exception):
    """The program is older than its tables."""

    def __init__(self) -> None:
        super().__init__("The tables were made by a newer Larder: update this one, or restore a back-up of its time.")


def upgrade(connection: Connection, migrations: Path, schema: str | None = None) -> None:
    """Run the migrations that are missing; `schema` has their version table. Raises NewerTables."""
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = MigrationContext.configure(connection, opts={"version_table_schema": schema}).get_current_heads()
    if not known.issuperset(present):
        raise NewerTables
    command.upgrade(config, "head")
