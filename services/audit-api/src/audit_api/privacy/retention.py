"""Once a day, what is older than the group wants to keep is forgotten."""

from datetime import UTC, datetime, timedelta

from audit_api.accounts.activity import note
from audit_api.accounts.identify import SERVICE
from audit_api.database import Database
from audit_api.privacy.forgetting import forget_before

EVERY = timedelta(days=1)


async def step_retention(database: Database, days: int) -> bool:
    """Forget what is older than `days`; never more to do at once."""
    async with database.transaction() as session:
        counts = await forget_before(session, datetime.now(UTC) - timedelta(days=days))
        if counts.messages:
            await note(session, SERVICE, "forget what is old", f"older than {days} days", **counts.model_dump())
    return False
