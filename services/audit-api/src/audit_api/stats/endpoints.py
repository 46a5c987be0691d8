"""Totals, exports and status over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from audit_api.errors import errors
from audit_api.parts import PartsOf
from audit_api.stats.export import export_rows
from audit_api.stats.status import Status
from audit_api.stats.tabular import Format, written
from audit_api.stats.totals import Slice, Stats, read_stats


class Download(StreamingResponse):
    media_type = "application/octet-stream"


router = APIRouter(prefix="/api", tags=["stats"], responses=errors())

Words = Annotated[str, Query(max_length=200)]


def chosen_slice(
    since: AwareDatetime | None = None,
    until: Annotated[AwareDatetime | None, Query(description="not included")] = None,
    channel: Words = "",
    place: Words = "",
    subcategory: Words = "",
) -> Slice:
    return Slice(since, until, channel, place, subcategory)


SliceOf = Annotated[Slice, Depends(chosen_slice)]


@router.get("/stats")
async def show_stats(parts: PartsOf, part: SliceOf) -> Stats:
    """Items and pounds, by place, by subcategory and over time: audited, and only read."""
    async with parts.database.transaction() as session:
        return await read_stats(session, part, parts.settings.min_audits)


@router.get("/stats/export", response_class=Download)
async def export_ledger(
    parts: PartsOf,
    part: SliceOf,
    kind: Annotated[Format, Query(alias="format")] = "csv",
    include: Annotated[Literal["audited", "all"], Query(description="all: also what was only read")] = "audited",
) -> StreamingResponse:
    """The ledger, one line of food a row, in order of time."""
    rows = export_rows(parts.database, part, only_audited=include == "audited")
    return written(rows, kind)


@router.get("/status")
async def show_status(parts: PartsOf) -> Status:
    """What waits, and which model serves."""
    return await parts.status.read()
