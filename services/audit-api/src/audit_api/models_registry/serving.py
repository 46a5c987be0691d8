"""What was serving when: the activations as stretches of time. Over HTTP.

Invariant: the stretches of all activations follow each other without gap or overlap; the last one is open. An
activation is never changed or removed, also when its version is deleted.
"""

from datetime import datetime

from fastapi import APIRouter
from pydantic import AwareDatetime
from sqlalchemy import func, select

from audit_api.errors import errors
from audit_api.models import Activation
from audit_api.parts import PartsOf
from audit_api.schemas import Answer

router = APIRouter(prefix="/api/activations", tags=["models"], responses=errors())


class Stretch(Answer):
    """A version in service, from `since` to `until`; None when a rollback left no version, or when it still serves."""

    number: int
    version: str | None
    by: str
    why: str
    rollback: bool
    since: datetime
    until: datetime | None


class Stretches(Answer):
    """Newest first. Nothing served before the first activation."""

    items: list[Stretch]


@router.get("")
async def list_activations(
    parts: PartsOf, since: AwareDatetime | None = None, until: AwareDatetime | None = None
) -> Stretches:
    """What served at any moment in [since, until); without bounds, all that ever did."""
    ends = func.lead(Activation.at).over(order_by=Activation.number)
    columns = (Activation.number, Activation.version, Activation.by, Activation.why, Activation.rollback)
    served = select(*columns, Activation.at.label("since"), ends.label("until")).subquery()
    query = select(served).order_by(served.c.number.desc())
    if since is not None:
        query = query.where(served.c.until.is_(None) | (served.c.until > since))
    if until is not None:
        query = query.where(served.c.since < until)
    async with parts.database.transaction() as session:
        rows = await session.execute(query)
        return Stretches(items=[Stretch.model_validate(row, from_attributes=True) for row in rows])
