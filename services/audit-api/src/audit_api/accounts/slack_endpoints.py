"""Sign in with Slack over HTTP: out to Slack, and back. A refusal leads to the sign-in page, which says it."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.accounts.endpoints import set_cookie
from audit_api.accounts.service import SlackPerson, accept_with_slack, open_session, slack_account
from audit_api.accounts.slack_sign_in import CALLBACK, ask, asked, discover, person
from audit_api.accounts.tables import Account
from audit_api.errors import ApiError, errors
from audit_api.parts import Parts, PartsOf
from audit_api.settings import Settings

router = APIRouter(prefix="/api/sign-in/slack", tags=["accounts"], responses=errors())

_COOKIE = "larder_slack_sign_in"
_MINUTES_10 = 600


@router.get("", status_code=303, response_class=RedirectResponse)
async def sign_in_with_slack(
    parts: PartsOf, invitation: Annotated[str, Query(max_length=200, pattern="^[A-Za-z0-9_-]*$")] = ""
) -> RedirectResponse:
    """Send the browser to Slack."""
    try:
        _need_slack(parts)
        url, kept = ask(parts.settings, await discover(parts.settings), invitation)
    except ApiError as error:
        return _back(error)
    answer = RedirectResponse(url, status_code=303)
    secure = parts.settings.public_url.startswith("https:")
    answer.set_cookie(
        _COOKIE, kept.dumped(), max_age=_MINUTES_10, path=CALLBACK, secure=secure, httponly=True, samesite="lax"
    )
    return answer


@router.get("/callback", status_code=303, response_class=RedirectResponse)
async def come_back_from_slack(
    parts: PartsOf,
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=2000)] = "",
    kept: Annotated[str, Cookie(alias=_COOKIE)] = "",
) -> RedirectResponse:
    """Where Slack sends the browser back to."""
    try:
        _need_slack(parts)
        wanted = asked(kept)
        found = await person(parts.settings, await discover(parts.settings), wanted, state, code)
        async with parts.database.transaction() as session:
            account = await _let_in(session, parts.settings, found, wanted.invitation)
            secret = await open_session(session, account, request.headers.get("user-agent", "unknown"))
    except ApiError as error:
        return _back(error)
    answer = RedirectResponse("/", status_code=303)
    set_cookie(parts, answer, secret)
    answer.delete_cookie(_COOKIE, path=CALLBACK)
    return answer


async def _let_in(session: AsyncSession, settings: Settings, found: SlackPerson, invitation: str) -> Account:
    """The person's account: known, made by an invitation, or made for a member of the workspace. Raises ApiError."""
    query = select(Account).where(Account.slack_team_id == found.team_id, Account.slack_user_id == found.user_id)
    account = await session.scalar(query)
    if account is None and invitation:
        return await accept_with_slack(session, invitation, found)
    if account is None and settings.slack_member_role:
        account = await slack_account(session, found, settings.slack_member_role)
        session.add(account)
        await session.flush()
    if account is None or not account.active:
        raise ApiError(403, "NOT_INVITED", "Slack knows you, but Larder does not: ask an admin for an invitation.")
    return account


def _need_slack(parts: Parts) -> None:
    if not parts.settings.has_slack_sign_in:
        raise ApiError(409, "NO_SLACK_SIGN_IN", "Signing in with Slack is not set up here; use a password.")


def _back(error: ApiError) -> RedirectResponse:
    """To the sign-in page; the sentence is the page's to show, chosen by the code."""
    return RedirectResponse(f"/sign-in?problem={quote(error.code)}", status_code=303)
