"""Records and decisions over HTTP."""

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel

from audit_api.audit.comparing import RecordComparison, compare_readings
from audit_api.audit.filters import Filters, list_filters
from audit_api.audit.history import Decision
from audit_api.audit.leases import Presence, hold, present, release
from audit_api.audit.listing import Filter, Order, Wanted, list_page
from audit_api.audit.queries import show_history, show_one
from audit_api.audit.second import NewOpinion, give_opinion
from audit_api.audit.service import ANY, decide, undo
from audit_api.audit.views import Audit, History, Opinion, RecordDetail, RecordPage, audit_view, opinion_view
from audit_api.audit.writing import NewAudit
from audit_api.errors import ApiError, errors
from audit_api.parts import By, PartsOf
from audit_api.schemas import GivenExtraction
from contracts import Extraction, Method

router = APIRouter(prefix="/api/records", tags=["audit"], responses=errors())
leases = APIRouter(prefix="/api/leases", tags=["audit"], responses=errors())

RecordId = Annotated[str, Path(alias="id")]


class AuditRequest(BaseModel):
    """A decision. `key` is made by the client once for each decision, so that a repeated request decides once."""

    key: uuid.UUID
    revision: int
    decision: Literal["confirmed", "corrected", "skipped"]
    extraction: GivenExtraction | None = None
    draft_method: Method | None = None
    draft_version: str | None = None
    via: Order | None = None
    """The order in which the person came to it."""
    seen: uuid.UUID | None = None
    """The id of the audit that the person saw, null for none; left out, whatever is in force is replaced."""


class UndoRequest(BaseModel):
    """Undo the decision in force; `key` as in AuditRequest. `of_key`: only when it is the one made with this key."""

    key: uuid.UUID
    of_key: uuid.UUID | None = None


class OpinionRequest(BaseModel):
    """A second opinion; `key` as in AuditRequest."""

    key: uuid.UUID
    revision: int
    extraction: GivenExtraction


class LeaseRequest(BaseModel):
    """The record that is open in the window."""

    record_id: str


@router.get("")
async def list_records(
    parts: PartsOf,
    by: By,
    audit: Filter = "all",
    q: Annotated[str, Query(max_length=200)] = "",
    order: Order = "oldest",
    channel: Annotated[str, Query(max_length=200, description="a channel's id")] = "",
    place: Annotated[str, Query(max_length=200)] = "",
    since: AwareDatetime | None = None,
    until: Annotated[AwareDatetime | None, Query(description="not included")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[str, Query(max_length=600, description="`next` of the page before")] = "",
) -> RecordPage:
    """`unaudited`: nobody has decided; `audited`: confirmed or corrected; `look`: something is odd; `second`: awaits
    another auditor's opinion. `risk`: most pounds at stake first; `random`: in an order that depends on nothing.
    """
    wanted = Wanted(audit, order, q, channel, place, since, until, by)
    async with parts.database.transaction() as session:
        return await list_page(session, wanted, limit, after)


@router.get("/filters")
async def show_filters(parts: PartsOf) -> Filters:
    """The channels and places that there are to filter by."""
    async with parts.database.transaction() as session:
        return await list_filters(session)


@router.get("/{id}", responses=errors(404))
async def show_record(parts: PartsOf, record_id: RecordId) -> RecordDetail:
    """One record with its messages, its readings and the decision in force."""
    async with parts.database.transaction() as session:
        return await show_one(session, record_id)


@router.get("/{id}/comparison", responses=errors(404))
async def compare_record(parts: PartsOf, record_id: RecordId) -> RecordComparison:
    """Where the rules' and the active model's readings agree, differ, or only one of them has a value."""
    async with parts.database.transaction() as session:
        return compare_readings(await show_one(session, record_id))


@router.get("/{id}/history", responses=errors(404))
async def show_record_history(parts: PartsOf, record_id: RecordId) -> History:
    """Every revision of the text, every decision and every second opinion."""
    async with parts.database.transaction() as session:
        return await show_history(session, record_id)


@router.post("/{id}/audits", status_code=201, responses=errors(404, 409))
async def audit_record(parts: PartsOf, record_id: RecordId, request: AuditRequest, by: By) -> Audit:
    """Confirm, correct or skip a record revision."""
    _refuse_nul(request.extraction)
    wanted = NewAudit(
        key=request.key,
        record_id=record_id,
        revision=request.revision,
        decision=Decision(request.decision),
        extraction=request.extraction,
        by=by,
        draft_method=request.draft_method.value if request.draft_method else None,
        draft_version=request.draft_version,
        via=request.via,
    )
    seen = request.seen if "seen" in request.model_fields_set else ANY
    async with parts.database.transaction() as session:
        return audit_view(await decide(session, wanted, seen, parts.settings.second_opinion_percent))


@router.post("/{id}/audits/undo", responses=errors(404, 409))
async def undo_audit(parts: PartsOf, record_id: RecordId, request: UndoRequest, by: By) -> Audit:
    """Take the decision in force back; the one before it, if any, is in force again."""
    async with parts.database.transaction() as session:
        return audit_view(await undo(session, record_id, request.key, by, request.of_key))


@router.post("/{id}/opinions", status_code=201, responses=errors(404, 409))
async def give_second_opinion(parts: PartsOf, record_id: RecordId, request: OpinionRequest, by: By) -> Opinion:
    """Say what an audited record says, without having seen its audit."""
    _refuse_nul(request.extraction)
    wanted = NewOpinion(request.key, record_id, request.revision, request.extraction, by)
    async with parts.database.transaction() as session:
        return opinion_view(await give_opinion(session, wanted))


@leases.get("")
async def list_leases(parts: PartsOf) -> list[Presence]:
    """Who has which record open."""
    async with parts.database.transaction() as session:
        return await present(session)


@leases.put("/{holder}", responses=errors(404))
async def hold_record(parts: PartsOf, holder: uuid.UUID, request: LeaseRequest, by: By) -> list[Presence]:
    """Open a record in a window for half a minute, or keep it open; every lease of now."""
    async with parts.database.transaction() as session:
        return await hold(session, holder, request.record_id, by)


@leases.delete("/{holder}")
async def release_record(parts: PartsOf, holder: uuid.UUID) -> list[Presence]:
    """The window is closed; the leases that are left."""
    async with parts.database.transaction() as session:
        await release(session, holder)
        return await present(session)


def _refuse_nul(extraction: Extraction | None) -> None:
    if extraction is not None and "\\u0000" in extraction.model_dump_json():
        raise ApiError(422, "INVALID_REQUEST", "The extraction holds a NUL character; take it out.")
