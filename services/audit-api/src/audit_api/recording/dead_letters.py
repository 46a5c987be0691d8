"""Dead letters over HTTP: look, and send one again once its reason is gone."""

import base64
import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.errors import ApiError, errors, not_found
from audit_api.models import DeadLetterRow, outbox
from audit_api.parts import PartsOf
from audit_api.schemas import Accepted, Answer
from servicekit.outbox import CHANNEL

router = APIRouter(prefix="/api/dead-letters", tags=["dead letters"], responses=errors())

LetterId = Annotated[uuid.UUID, Path(alias="id")]


class DeadLetter(Answer):
    """A message that could not be processed. `payload` is its text as far as it is text."""

    id: str
    subject: str
    consumer: str
    reason: str
    deliveries: int
    at: datetime
    replayed_at: datetime | None
    payload: str


@router.get("")
async def list_dead_letters(
    parts: PartsOf,
    replayed: Annotated[bool, Query(description="also those that were sent again")] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[DeadLetter]:
    """The newest dead letters."""
    query = select(DeadLetterRow).order_by(DeadLetterRow.at.desc()).limit(limit)
    async with parts.database.transaction() as session:
        rows = (
            await session.execute(query if replayed else query.where(DeadLetterRow.replayed_at.is_(None)))
        ).scalars()
        return [_view(row) for row in rows]


@router.post("/{id}/replay", status_code=202, responses=errors(404, 409))
async def replay_dead_letter(parts: PartsOf, letter_id: LetterId) -> Accepted:
    """Send the message again on its own subject; should it fail again, it comes back as a new dead letter."""
    async with parts.database.transaction() as session:
        row = await session.get(DeadLetterRow, letter_id, with_for_update=True)
        if row is None:
            raise not_found("dead letter", letter_id)
        if row.replayed_at is None:
            await _send_again(session, row.subject, _json(row))
            row.replayed_at = datetime.now(UTC)
    return Accepted(id=str(letter_id))


async def _send_again(session: AsyncSession, subject: str, payload: dict[str, Any]) -> None:
    await session.execute(insert(outbox).values(id=uuid.uuid4(), subject=subject, payload=payload))
    await session.execute(text(f"NOTIFY {CHANNEL}"))


def _json(row: DeadLetterRow) -> dict[str, Any]:
    try:
        payload = json.loads(base64.b64decode(row.payload))
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        raise ApiError(409, "NOT_REPLAYABLE", "The message is no JSON object, so sending it again cannot help.")
    return payload


def _view(row: DeadLetterRow) -> DeadLetter:
    names = ("subject", "consumer", "reason", "deliveries", "at", "replayed_at")
    payload = base64.b64decode(row.payload).decode(errors="replace")
    return DeadLetter(id=str(row.id), payload=payload, **{name: getattr(row, name) for name in names})
