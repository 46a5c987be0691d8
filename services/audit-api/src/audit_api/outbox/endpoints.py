"""Asking for readings over HTTP: one record at once, and the backlog's progress."""

from typing import Annotated

from fastapi import APIRouter, Path

from audit_api.errors import errors, not_found
from audit_api.models import Reading, Record
from audit_api.models_registry.active import active_model
from audit_api.outbox.backlog import Progress, progress, regex_reading, set_paused
from audit_api.outbox.requests import Readable, request_peft
from audit_api.parts import PartsOf
from audit_api.reference.store import current_reference
from audit_api.schemas import Answer
from contracts import Extraction, Method

router = APIRouter(prefix="/api", tags=["readings"], responses=errors())


class Backlogs(Answer):
    """What is being read again; empty when every record is read."""

    items: list[Progress]


class Asked(Answer):
    """Whether a reading was asked for: not when the active model has read this revision, or none is active."""

    asked: bool


@router.get("/backlogs")
async def show_backlogs(parts: PartsOf) -> Backlogs:
    """How far reading again is, for each method that has something left."""
    async with parts.database.transaction() as session:
        return Backlogs(items=await progress(session))


@router.post("/backlogs/{method}/pause")
async def pause_backlog(parts: PartsOf, method: Method) -> Backlogs:
    """Ask for nothing more; new messages are read all the same."""
    return await _paused(parts, method, paused=True)


@router.post("/backlogs/{method}/resume")
async def resume_backlog(parts: PartsOf, method: Method) -> Backlogs:
    """Go on where it was paused."""
    return await _paused(parts, method, paused=False)


@router.post("/records/{id}/reading", status_code=202, responses=errors(404))
async def read_now(parts: PartsOf, record_id: Annotated[str, Path(alias="id")]) -> Asked:
    """Have the active model read a record before everything that waits: somebody is looking at it."""
    async with parts.database.transaction() as session:
        record = await session.get(Record, record_id)
        if record is None or record.retired:
            raise not_found("record", record_id)
        active = await active_model(session)
        if active is None or active.version is None:
            return Asked(asked=False)
        key = (record.id, record.revision, Method.PEFT.value, active.version)
        if await session.get(Reading, key) is not None:
            return Asked(asked=False)
        draft = await regex_reading(session, record)
        known = Extraction.model_validate(draft) if draft else None
        readable = Readable(record.id, record.revision, record.text, known)
        reference = await current_reference(session)
        await request_peft(session, [readable], reference.version, activation=active.activation, now=True)
        return Asked(asked=True)


async def _paused(parts: PartsOf, method: Method, *, paused: bool) -> Backlogs:
    async with parts.database.transaction() as session:
        await set_paused(session, method, paused=paused)
        return Backlogs(items=await progress(session))
