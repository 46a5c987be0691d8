"""Who did what: written in the change's own transaction where that is ours, else right after the change."""

from typing import Any

import structlog
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.accounts.tables import Activity
from audit_api.database import Database, is_gone
from servicekit.gate import Identity, Note

log = structlog.get_logger(__name__)


async def note(session: AsyncSession, by: Identity, action: str, subject: str, **detail: Any) -> None:  # noqa: ANN401
    """Append one line; `detail` never holds a secret or a message's text."""
    row = {"account_id": by.account_id, "who": by.name, "action": action, "subject": subject, "detail": detail}
    await session.execute(insert(Activity).values(row))


def note_changes(database: Database) -> Note:
    """For the gate: the change is made already, so a line that cannot be written is told in the log instead."""

    async def keep(by: Identity, route: str, path: str) -> None:
        try:
            async with database.transaction() as session:
                await note(session, by, route, path)
        except Exception as error:
            if not is_gone(error):
                raise
            log.exception("who did what could not be kept", who=by.name, route=route, path=path)

    return keep
