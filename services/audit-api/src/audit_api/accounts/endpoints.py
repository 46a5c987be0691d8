"""Signing in and out, and one's own account, over HTTP."""

import uuid
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import delete, select

from audit_api.accounts.activity import note
from audit_api.accounts.identify import COOKIE, LONGEST, identity_of
from audit_api.accounts.secret import is_password
from audit_api.accounts.service import (
    accept_with_password,
    make_token,
    open_invitation,
    open_session,
    own_account,
    set_password,
)
from audit_api.accounts.tables import Account, ApiToken, SignInSession
from audit_api.accounts.throttle import check_attempts, count_failure
from audit_api.accounts.views import (
    Acceptance,
    Credentials,
    IdentityView,
    InvitationView,
    Invited,
    MadeToken,
    Me,
    NewToken,
    PasswordChange,
    SessionRow,
    SessionView,
    SignIn,
    TokenRow,
)
from audit_api.errors import ApiError, errors, not_found
from audit_api.parts import Parts, PartsOf, Who
from servicekit.gate import SINGLE_USER, Identity

router = APIRouter(prefix="/api", tags=["accounts"], responses=errors(403))

OwnId = Annotated[uuid.UUID, Path(alias="id")]


@router.get("/session")
async def show_session(parts: PartsOf, request: Request) -> SessionView:
    """Who is signed in, if anybody."""
    if not parts.settings.has_accounts:
        return _view(parts, SINGLE_USER)
    async with parts.database.transaction() as session:
        return _view(parts, await identity_of(session, request.headers))


@router.post("/session", responses=errors(401, 409, 429))
async def sign_in(parts: PartsOf, request: Request, response: Response, given: SignIn) -> SessionView:
    """Sign in by password."""
    _need_accounts(parts)
    login, address = given.login.strip().lower().replace("\0", ""), client_address(request)
    async with parts.database.transaction() as session:
        await check_attempts(session, login, address)
        account = await session.scalar(select(Account).where(Account.login == login, Account.active))
    right = await is_password(given.password, account.password_hash if account else None)
    async with parts.database.transaction() as session:
        if not right or account is None:
            await count_failure(session, login, address)
        else:
            set_cookie(parts, response, await open_session(session, account, _browser(request)))
    if not right or account is None:
        raise ApiError(401, "WRONG_PASSWORD", "The name or the password is not right; type them again.")
    return _view_of(parts, account)


@router.delete("/session")
async def sign_out(parts: PartsOf, request: Request, response: Response) -> SessionView:
    """End this browser's session."""
    async with parts.database.transaction() as session:
        identity = await identity_of(session, request.headers) if parts.settings.has_accounts else None
        if identity and identity.kind == "session" and identity.credential_id:
            ended = uuid.UUID(identity.credential_id)
            await session.execute(delete(SignInSession).where(SignInSession.id == ended))
            await note(session, identity, "sign out", identity.name)
    response.delete_cookie(COOKIE, path="/")
    return _view(parts, None if parts.settings.has_accounts else SINGLE_USER)


@router.post("/invited", responses=errors(410))
async def show_invitation(parts: PartsOf, given: Invited) -> InvitationView:
    """What an invitation offers."""
    async with parts.database.transaction() as session:
        row = await open_invitation(session, given.secret)
    return InvitationView.model_validate(
        {
            "role": row.role,
            "invited_by": row.created_by,
            "expires_at": row.expires_at,
            "slack_sign_in": parts.settings.has_slack_sign_in,
        }
    )


@router.post("/invited/accept", status_code=201, responses=errors(409, 410))
async def accept_invitation(parts: PartsOf, request: Request, response: Response, given: Acceptance) -> SessionView:
    """Make one's account, and sign in to it."""
    _need_accounts(parts)
    async with parts.database.transaction() as session:
        account = await accept_with_password(session, given.secret, given.login, given.name, given.password)
        set_cookie(parts, response, await open_session(session, account, _browser(request)))
    return _view_of(parts, account)


@router.put("/account/password", responses=errors(401, 409))
async def change_password(parts: PartsOf, who: Who, given: PasswordChange) -> SessionView:
    """Choose another password; other browsers are signed out."""
    async with parts.database.transaction() as session:
        await set_password(session, who, given.current, given.new)
        account = await own_account(session, who)
    return _view_of(parts, account)


@router.get("/account/sessions", responses=errors(401, 409))
async def list_own_sessions(parts: PartsOf, who: Who) -> list[SessionRow]:
    """The browsers that are signed in to one's account."""
    async with parts.database.transaction() as session:
        account = await own_account(session, who)
        query = select(SignInSession).where(SignInSession.account_id == account.id)
        rows = (await session.execute(query.order_by(SignInSession.seen_at.desc()))).scalars().all()
    names = ("browser", "created_at", "seen_at", "expires_at")
    return [
        SessionRow(
            id=str(row.id), this=str(row.id) == who.credential_id, **{name: getattr(row, name) for name in names}
        )
        for row in rows
    ]


@router.delete("/account/sessions/{id}", status_code=204, responses=errors(401, 404, 409))
async def end_own_session(parts: PartsOf, who: Who, session_id: OwnId) -> None:
    """Sign one browser out."""
    async with parts.database.transaction() as session:
        account = await own_account(session, who)
        row = await session.get(SignInSession, session_id)
        if row is None or row.account_id != account.id:
            raise not_found("session", session_id)
        await session.delete(row)
        await note(session, who, "end session", account.login, browser=row.browser)


@router.get("/account/tokens", responses=errors(401, 409))
async def list_own_tokens(parts: PartsOf, who: Who) -> list[TokenRow]:
    """One's API tokens."""
    async with parts.database.transaction() as session:
        account = await own_account(session, who)
        query = select(ApiToken).where(ApiToken.account_id == account.id).order_by(ApiToken.created_at)
        return [_token(row) for row in (await session.execute(query)).scalars()]


@router.post("/account/tokens", status_code=201, responses=errors(401, 409))
async def make_own_token(parts: PartsOf, who: Who, wanted: NewToken) -> MadeToken:
    """A new API token; its secret is shown this once."""
    async with parts.database.transaction() as session:
        row, secret = await make_token(session, who, wanted.name, wanted.scopes, timedelta(days=wanted.days))
        return MadeToken(token=_token(row), secret=secret)


@router.delete("/account/tokens/{id}", status_code=204, responses=errors(401, 404, 409))
async def revoke_own_token(parts: PartsOf, who: Who, token_id: OwnId) -> None:
    """The token works no more."""
    async with parts.database.transaction() as session:
        account = await own_account(session, who)
        row = await session.get(ApiToken, token_id)
        if row is None or row.account_id != account.id:
            raise not_found("token", token_id)
        await session.delete(row)
        await note(session, who, "revoke token", row.name)


@router.post("/identify", responses=errors(401))
async def identify_caller(parts: PartsOf, given: Credentials) -> IdentityView:
    """For Larder's other services: whose credentials these are. An action that they are asked for is kept."""
    headers = {"cookie": given.cookie, "authorization": given.authorization}
    async with parts.database.transaction() as session:
        identity = await identity_of(session, headers, parts.settings.shared_token)
        if identity is None:
            return IdentityView()
        if given.action:
            await note(session, identity, f"ask: {given.action}", given.action)
    return IdentityView.model_validate(
        {
            "name": identity.name,
            "role": identity.role.label,
            "kind": identity.kind,
            "account_id": identity.account_id,
            "scopes": sorted(identity.scopes) if identity.scopes is not None else None,
            "must_change_password": identity.must_change_password,
        }
    )


def set_cookie(parts: Parts, response: Response, secret: str) -> None:
    """Out of scripts' reach, and not sent along by other sites."""
    secure = parts.settings.public_url.startswith("https:")
    age = int(LONGEST.total_seconds())
    response.set_cookie(COOKIE, secret, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")


def client_address(request: Request) -> str:
    """The peer of the gateway, which appends it; the peer itself without a gateway."""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return (forwarded or (request.client.host if request.client else ""))[:100]


def _browser(request: Request) -> str:
    return request.headers.get("user-agent", "unknown")[:200].replace("\0", "")


def _need_accounts(parts: Parts) -> None:
    if not parts.settings.has_accounts:
        sentence = "Larder runs in single-user mode: there is nothing to sign in to."
        raise ApiError(409, "SINGLE_USER_MODE", sentence)


def _view(parts: Parts, identity: Identity | None) -> SessionView:
    me = None
    if identity is not None:
        me = Me.model_validate(
            {"name": identity.name, "role": identity.role.label, "must_change_password": identity.must_change_password}
        )
    mode = "accounts" if parts.settings.has_accounts else "single-user"
    return SessionView.model_validate({"mode": mode, "me": me, "slack_sign_in": parts.settings.has_slack_sign_in})


def _view_of(parts: Parts, account: Account) -> SessionView:
    me = {"name": account.name, "role": account.role, "must_change_password": account.must_change_password}
    return SessionView.model_validate({"mode": "accounts", "me": me, "slack_sign_in": parts.settings.has_slack_sign_in})


def _token(row: ApiToken) -> TokenRow:
    names = ("name", "scopes", "created_at", "used_at", "expires_at")
    return TokenRow.model_validate({"id": str(row.id), **{name: getattr(row, name) for name in names}})
