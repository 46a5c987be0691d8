"""Slack over HTTP: the Events API's way in, and what an admin sees and chooses."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import select

from audit_api.accounts.activity import note
from audit_api.errors import ApiError, errors, not_found
from audit_api.parts import PartsOf, Who
from audit_api.schemas import Answer
from audit_api.slack.tables import SlackChannel

router = APIRouter(prefix="/api/slack", tags=["slack"], responses=errors())


class Channel(Answer):
    """A channel that the bot sees."""

    id: str
    name: str
    is_member: bool
    """Whether the bot was invited; without that, Slack shows it nothing."""
    reading: bool
    posting: bool
    reports: bool
    """Whether the bot says there what the autopilot trained."""
    history: Literal["none", "wanted", "running", "done"]
    fetched: int
    wait_until: datetime | None
    problem: str | None
    last_event_at: datetime | None


class SlackState(Answer):
    """How Larder is connected to Slack."""

    configured: bool
    way: Literal["socket", "events", "none"]
    problem: str | None
    channels: list[Channel]


class ChannelChoice(BaseModel):
    """What is None stays as it is. `history`: read everything from the start, again if need be."""

    reading: bool | None = None
    posting: bool | None = None
    reports: bool | None = None
    history: Literal["wanted"] | None = None


class Received(Answer):
    ok: bool = True
    challenge: str | None = None


@router.post("/events", responses=errors(400, 401, 409))
async def receive_event(parts: PartsOf, request: Request) -> Received:
    """For Slack alone: signed, not older than five minutes; stored before it is answered, and worked on after."""
    secret = parts.settings.slack_signing_secret
    if secret is None:
        raise ApiError(409, "SLACK_NOT_SET_UP", "This Larder has no signing secret; set SLACK_SIGNING_SECRET.")
    body = await request.body()
    envelope = _checked(body, dict(request.headers), SignatureVerifier(secret.get_secret_value()))
    if envelope.get("type") == "url_verification":
        return Received(challenge=str(envelope.get("challenge", ""))[:200])
    await parts.slack.receive(envelope)
    return Received()


def _checked(body: bytes, headers: dict[str, str], verifier: SignatureVerifier) -> dict[str, Any]:
    try:
        genuine = verifier.is_valid_request(body, headers)
    except (ValueError, TypeError, UnicodeError):
        genuine = False
    if not genuine:
        raise ApiError(401, "NOT_FROM_SLACK", "The request is not signed by Slack, or is too old.")
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        envelope = None
    if not isinstance(envelope, dict):
        raise ApiError(400, "NOT_AN_EVENT", "The request holds no event.")
    return envelope


@router.get("")
async def show_slack(parts: PartsOf) -> SlackState:
    """The connection, and every channel that the bot sees."""
    async with parts.database.transaction() as session:
        rows = (await session.execute(select(SlackChannel).order_by(SlackChannel.name))).scalars().all()
    channels = [Channel.model_validate(row, from_attributes=True) for row in rows]
    slack = parts.slack
    return SlackState.model_validate(
        {"configured": slack.is_configured, "way": slack.way, "problem": slack.problem, "channels": channels}
    )


@router.patch("/channels/{id}", responses=errors(404))
async def choose_channel(
    parts: PartsOf, who: Who, channel_id: Annotated[str, Path(alias="id", max_length=50)], choice: ChannelChoice
) -> Channel:
    """Read a channel or stop reading it; answer in its threads or not. Beginning to read brings its history."""
    async with parts.database.transaction() as session:
        row = await session.get(SlackChannel, channel_id, with_for_update=True)
        if row is None:
            raise not_found("channel", channel_id)
        begins = choice.reading is True and not row.reading
        row.reading = row.reading if choice.reading is None else choice.reading
        row.posting = row.posting if choice.posting is None else choice.posting
        row.reports = row.reports if choice.reports is None else choice.reports
        if begins or choice.history == "wanted":
            row.history, row.cursor, row.fetched, row.problem, row.wait_until = "wanted", "", 0, None, None
        chosen = {"reading": row.reading, "posting": row.posting, "reports": row.reports}
        await note(session, who, "choose Slack channel", row.name, **chosen)
        await session.flush()
        view = Channel.model_validate(row, from_attributes=True)
    parts.slack.wake.set()
    return view
