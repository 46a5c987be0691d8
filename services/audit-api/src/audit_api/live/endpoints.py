"""Live updates over HTTP."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from audit_api.errors import errors
from audit_api.parts import PartsOf

router = APIRouter(prefix="/api/events", tags=["live"], responses=errors())


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


@router.get("", response_class=EventStream)
async def follow_changes(parts: PartsOf) -> StreamingResponse:
    """Server-sent events `{"kind", "ids"}`: what to ask for again. The first says `everything`."""
    return EventStream(parts.changes.follow(), headers={"cache-control": "no-cache", "x-accel-buffering": "no"})
