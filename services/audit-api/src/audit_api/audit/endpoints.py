"""Records and decisions over HTTP."""

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from audit_api.audit.comparing import RecordComparison, compare_readings
from audit_api.audit.history import Decision
from audit_api.audit.queries import Filter, Order, list_page, show_one
from audit_api.audit.service import decide, undo
from audit_api.audit.views import Audit, RecordDetail, RecordPage, audit_view
from audit_api.audit.writing import NewAudit
from audit_api.errors import ApiError, errors
from audit_api.parts import By, PartsOf
from audit_api.schemas import GivenExtraction
from contracts import Method

router = APIRouter(prefix="/api/records", tags=["audit"], responses=errors())

RecordId = Annotated[str, Path(alias="id")]


class AuditRequest(BaseModel):
    """A decision. `key` is made by the client once for each decision, so that a repeated request decides once."""

    key: uuid.UUID
    revision: int
    decision: Literal["confirmed", "corrected", "skipped"]
    extraction: GivenExtraction | None = None
    draft_method: Method | None = None
    draft_version: str | None = None


class UndoRequest(BaseModel):
    """Undo the decision in force; `key` as in AuditRequest."""

    key: uuid.UUID


@router.get("")
async def list_records(
    parts: PartsOf,
    audit: Filter = "all",
    q: Annotated[str, Query(max_length=200)] = "",
    order: Order = "oldest",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> RecordPage:
    """Records in order of time. `unaudited`: nobody has decided; `audited`: confirmed or corrected."""
    async with parts.database.transaction() as session:
        return await list_page(session, audit, q, order, limit, offset)


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


@router.post("/{id}/audits", status_code=201, responses=errors(404, 409))
async def audit_record(parts: PartsOf, record_id: RecordId, request: AuditRequest, by: By) -> Audit:
    """Confirm, correct or skip a record revision."""
    if request.extraction is not None and "\\u0000" in request.extraction.model_dump_json():
        raise ApiError(422, "INVALID_REQUEST", "The extraction holds a NUL character; take it out.")
    wanted = NewAudit(
        key=request.key,
        record_id=record_id,
        revision=request.revision,
        decision=Decision(request.decision),
        extraction=request.extraction,
        by=by,
        draft_method=request.draft_method.value if request.draft_method else None,
        draft_version=request.draft_version,
    )
    async with parts.database.transaction() as session:
        return audit_view(await decide(session, wanted))


@router.post("/{id}/audits/undo", responses=errors(404, 409))
async def undo_audit(parts: PartsOf, record_id: RecordId, request: UndoRequest, by: By) -> Audit:
    """Take the decision in force back; the one before it, if any, is in force again."""
    async with parts.database.transaction() as session:
        return audit_view(await undo(session, record_id, request.key, by))
