"""Privacy over HTTP: what forgetting a person would take, and doing it."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from audit_api.accounts.activity import note
from audit_api.errors import errors
from audit_api.parts import PartsOf, Who
from audit_api.privacy.forgetting import Forgotten, forget_person
from audit_api.privacy.people import find_person
from audit_api.schemas import Answer

router = APIRouter(prefix="/api/privacy", tags=["privacy"], responses=errors())


class PersonToForget(BaseModel):
    """Slack's id of the person, or the name as it is shown."""

    person: str = Field(min_length=1, max_length=200)


class PrivacySettings(Answer):
    """How long messages are kept; None: for ever. Set by LARDER_RETENTION_DAYS."""

    retention_days: int | None


@router.get("")
async def show_privacy(parts: PartsOf) -> PrivacySettings:
    """What is set."""
    return PrivacySettings(retention_days=parts.settings.retention_days)


@router.post("/forget/preview", responses=errors(404, 409))
async def preview_forgetting(parts: PartsOf, wanted: PersonToForget) -> Forgotten:
    """The counts of forgetting this person; nothing is changed."""
    async with parts.database.transaction() as session:
        person = await find_person(session, wanted.person)
        async with session.begin_nested() as tried:
            counts = await forget_person(session, person)
            await tried.rollback()
        return counts


@router.post("/forget", responses=errors(404, 409))
async def forget(parts: PartsOf, who: Who, wanted: PersonToForget) -> Forgotten:
    """Delete what this person wrote with all that was derived from it. It cannot be taken back."""
    async with parts.database.transaction() as session:
        counts = await forget_person(session, await find_person(session, wanted.person))
        await note(session, who, "forget a person", "", **counts.model_dump())
        return counts
