"""From a request's headers to a person: a session's cookie, an API token, or the services' own token.

Sessions and tokens are looked up at every request, so that revoking one holds from the next request on.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from audit_api.accounts.secret import digest
from audit_api.accounts.tables import Account, ApiToken, SignInSession
from audit_api.database import Database, is_gone
from audit_api.settings import Settings
from servicekit.gate import SINGLE_USER, Denied, Identity, Role

COOKIE = "larder_session"
IDLE, LONGEST = timedelta(days=14), timedelta(days=90)
"""A session ends after two weeks without use, and after three months in any case."""
_SEEN_EVERY = timedelta(minutes=5)
SERVICE = Identity("larder", Role.ADMIN, "service")


def identifier(settings: Settings, database: Database) -> Callable[[Headers, str | None], Awaitable[Identity | None]]:
    """For the gate."""

    async def identify(headers: Headers, _: str | None) -> Identity | None:
        if not settings.has_accounts:
            return _single_user(headers)
        try:
            async with database.transaction() as session:
                return await identity_of(session, headers, settings.shared_token)
        except Exception as error:
            if not is_gone(error):
                raise
            sentence = "The database does not answer; try again in a moment."
            raise Denied(503, "DATABASE_UNAVAILABLE", sentence) from error

    return identify


async def identity_of(
    session: AsyncSession, headers: Mapping[str, str], service_token: str | None = None
) -> Identity | None:
    """A token that is sent counts, and no cookie beside it."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        if service_token and hmac.compare_digest(digest(token), digest(service_token)):
            return SERVICE
        return await _by_token(session, token.strip())
    cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE)
    return await _by_session(session, cookie) if cookie else None


def _single_user(headers: Headers) -> Identity:
    """Whoever reaches a Larder without accounts may name themselves."""
    name = headers.get("x-larder-user", "").strip()[:100]
    return Identity(name, Role.ADMIN, "single-user") if name else SINGLE_USER


async def _by_session(session: AsyncSession, secret: str) -> Identity | None:
    now = datetime.now(UTC)
    query = select(Account, SignInSession).join(Account, Account.id == SignInSession.account_id)
    row = (await session.execute(query.where(SignInSession.digest == digest(secret)))).one_or_none()
    if row is None or not row.Account.active or row.SignInSession.expires_at <= now:
        return None
    await _seen(session, row.SignInSession, now)
    return _person(row.Account, row.SignInSession.id)


async def _seen(session: AsyncSession, one: SignInSession, now: datetime) -> None:
    if now - one.seen_at >= _SEEN_EVERY:
        until = min(now + IDLE, one.created_at + LONGEST)
        changes = update(SignInSession).where(SignInSession.id == one.id).values(seen_at=now, expires_at=until)
        await session.execute(changes.execution_options(synchronize_session=False))


async def _by_token(session: AsyncSession, secret: str) -> Identity | None:
    now = datetime.now(UTC)
    query = select(Account, ApiToken).join(Account, Account.id == ApiToken.account_id)
    row = (await session.execute(query.where(ApiToken.digest == digest(secret)))).one_or_none()
    if row is None or not row.Account.active or row.ApiToken.expires_at <= now:
        return None
    token = row.ApiToken
    if token.used_at is None or now - token.used_at >= _SEEN_EVERY:
        changes = update(ApiToken).where(ApiToken.id == token.id).values(used_at=now)
        await session.execute(changes.execution_options(synchronize_session=False))
    person = _person(row.Account, token.id)
    return Identity(
        person.name, person.role, "token", person.account_id, str(token.id), frozenset(token.scopes),
        person.must_change_password,
    )  # fmt: skip


def _person(account: Account, credential_id: object) -> Identity:
    return Identity(
        name=account.name,
        role=Role[account.role.upper()],
        kind="session",
        account_id=str(account.id),
        credential_id=str(credential_id),
        must_change_password=account.must_change_password,
    )
