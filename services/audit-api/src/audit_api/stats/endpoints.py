"""Totals and status over HTTP."""

from fastapi import APIRouter

from audit_api.errors import errors
from audit_api.parts import PartsOf
from audit_api.stats.queries import Stats, Status, read_stats, read_status

router = APIRouter(prefix="/api", tags=["stats"], responses=errors())


@router.get("/stats")
async def show_stats(parts: PartsOf) -> Stats:
    """What was audited: items and pounds, by place and by subcategory."""
    async with parts.database.transaction() as session:
        return await read_stats(session, parts.settings.min_audits)


@router.get("/status")
async def show_status(parts: PartsOf) -> Status:
    """What waits, and which model serves."""
    async with parts.database.transaction() as session:
        return await read_status(session, parts.settings.min_audits, has_sample=parts.has_sample)
