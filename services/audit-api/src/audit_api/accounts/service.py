"""Signing in and out, passwords, tokens, invitations and accounts, in the caller's transaction."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.accounts.activity import note
from audit_api.accounts.identify import IDLE
from audit_api.accounts.secret import check_password, digest, hashed, is_password, new_secret, one_time_password
from audit_api.accounts.tables import Account, ApiToken, Invitation, SignInSession
from audit_api.accounts.views import AccountChange
from audit_api.database import Lock, lock
from audit_api.errors import ApiError, not_found
from servicekit.gate import Identity, Role, RoleName, ScopeName

INVITED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class SlackPerson:
    """Whom Slack says that it is."""

    team_id: str
    user_id: str
    name: str
    email: str | None


def identity_for(account: Account) -> Identity:
    """For the list of who did what, where nobody is signed in yet."""
    return Identity(account.name, Role[account.role.upper()], "session", str(account.id))


async def open_session(session: AsyncSession, account: Account, browser: str) -> str:
    """The new session's secret, for the cookie."""
    secret = new_secret("session")
    until = datetime.now(UTC) + IDLE
    row = SignInSession(id=uuid.uuid4(), digest=digest(secret), account_id=account.id, browser=browser[:200])
    row.expires_at = until
    session.add(row)
    await session.execute(delete(SignInSession).where(SignInSession.expires_at < func.now()))
    await note(session, identity_for(account), "sign in", account.login)
    return secret


async def end_sessions(session: AsyncSession, account_id: uuid.UUID, *, but: str | None = None) -> None:
    """Sign the account out everywhere, except in one session."""
    ended = delete(SignInSession).where(SignInSession.account_id == account_id)
    await session.execute(ended.where(SignInSession.id != uuid.UUID(but)) if but else ended)


async def set_password(session: AsyncSession, by: Identity, current: str, new: str) -> None:
    """One's own; every other session of the account ends. Raises ApiError."""
    account = await own_account(session, by)
    if account.password_hash is not None and not await is_password(current, account.password_hash):
        raise ApiError(403, "WRONG_PASSWORD", "The current password is not right; type it again.")
    check_password(new)
    account.password_hash, account.must_change_password = await hashed(new), False
    await end_sessions(session, account.id, but=by.credential_id)
    await note(session, by, "change password", account.login)


async def own_account(session: AsyncSession, by: Identity) -> Account:
    """Raises ApiError where there are no accounts."""
    if by.account_id is None:
        sentence = "Larder runs in single-user mode; start it with LARDER_ACCOUNTS=1 to have accounts."
        raise ApiError(409, "SINGLE_USER_MODE", sentence)
    return await session.get_one(Account, uuid.UUID(by.account_id), with_for_update=True)


async def make_token(
    session: AsyncSession, by: Identity, name: str, scopes: list[ScopeName], lasts: timedelta
) -> tuple[ApiToken, str]:
    """(the token's row, its secret). Raises ApiError when a scope goes beyond the owner's role."""
    account = await own_account(session, by)
    allowed = {role.scope for role in Role if role <= by.role}
    if beyond := sorted(set(scopes) - allowed):
        raise ApiError(403, "ROLE_TOO_LOW", f"Your role {by.role.label} does not cover {', '.join(beyond)}.")
    secret = new_secret("token")
    expires_at = datetime.now(UTC) + lasts
    row = ApiToken(id=uuid.uuid4(), digest=digest(secret), account_id=account.id, name=name, scopes=sorted(set(scopes)))
    row.expires_at = expires_at
    session.add(row)
    await note(session, by, "make token", name, scopes=row.scopes, expires_at=expires_at.isoformat())
    await session.flush()
    await session.refresh(row)
    return row, secret


async def invite(session: AsyncSession, by: Identity, role: RoleName, text: str) -> tuple[Invitation, str]:
    """(the invitation's row, its secret)."""
    secret = new_secret("invitation")
    row = Invitation(id=uuid.uuid4(), digest=digest(secret), role=role, note=text, created_by=by.name)
    row.expires_at = datetime.now(UTC) + INVITED_FOR
    session.add(row)
    await note(session, by, "invite", text or role, role=role)
    await session.flush()
    await session.refresh(row)
    return row, secret


async def open_invitation(session: AsyncSession, secret: str) -> Invitation:
    """Raises ApiError when it was never made, was used, was withdrawn, or is too old."""
    query = select(Invitation).where(Invitation.digest == digest(secret)).with_for_update()
    row = await session.scalar(query)
    if row is None or row.used_at is not None or row.expires_at <= datetime.now(UTC):
        raise ApiError(410, "INVITATION_GONE", "This invitation was used, withdrawn, or is too old; ask for a new one.")
    return row


async def accept_with_password(session: AsyncSession, secret: str, login: str, name: str, password: str) -> Account:
    """A new account from an invitation. Raises ApiError."""
    invitation = await open_invitation(session, secret)
    await _check_free(session, login)
    check_password(password)
    account = Account(id=uuid.uuid4(), login=login, name=name, role=invitation.role)
    account.password_hash = await hashed(password)
    return await _accepted(session, invitation, account)


async def accept_with_slack(session: AsyncSession, secret: str, person: SlackPerson) -> Account:
    """A new account from an invitation, for a person whom Slack vouches for. Raises ApiError."""
    return await _accepted(session, await open_invitation(session, secret), await slack_account(session, person, None))


async def slack_account(session: AsyncSession, person: SlackPerson, role: str | None) -> Account:
    """Not yet added; its login is made from the Slack id, so that it can never meet another person's."""
    account = Account(id=uuid.uuid4(), login=f"slack:{person.team_id}:{person.user_id}".lower(), name=person.name)
    account.role, account.slack_team_id, account.slack_user_id = role or "", person.team_id, person.user_id
    await _check_free(session, account.login)
    return account


async def _check_free(session: AsyncSession, login: str) -> None:
    await lock(session, Lock.ACCOUNTS)
    if await session.scalar(select(Account.id).where(Account.login == login)):
        raise ApiError(409, "LOGIN_TAKEN", f'Somebody has the name "{login}" already; choose another.')


async def _accepted(session: AsyncSession, invitation: Invitation, account: Account) -> Account:
    account.role = invitation.role
    session.add(account)
    await session.flush()
    invitation.used_at, invitation.account_id = datetime.now(UTC), account.id
    await note(session, identity_for(account), "accept invitation", account.login, role=account.role)
    await session.refresh(account)
    return account


async def change_account(session: AsyncSession, by: Identity, account_id: uuid.UUID, change: AccountChange) -> Account:
    """Raises ApiError; the last active admin stays one."""
    await lock(session, Lock.ACCOUNTS)
    account = await _account(session, account_id)
    wanted_role = change.role or account.role
    wanted_active = account.active if change.active is None else change.active
    if account.role == "admin" and account.active and (wanted_role != "admin" or not wanted_active):
        await _check_other_admin(session, account_id)
    account.role, account.active = wanted_role, wanted_active
    if not wanted_active:
        await end_sessions(session, account_id)
        await session.execute(delete(ApiToken).where(ApiToken.account_id == account_id))
    await note(session, by, "change account", account.login, role=wanted_role, active=wanted_active)
    return account


async def reset_password(session: AsyncSession, by: Identity, account_id: uuid.UUID) -> str:
    """A password for one use, to hand over; the account is signed out everywhere."""
    account = await _account(session, account_id)
    password = one_time_password()
    account.password_hash, account.must_change_password = await hashed(password), True
    await end_sessions(session, account_id)
    await note(session, by, "reset password", account.login)
    return password


async def _check_other_admin(session: AsyncSession, account_id: uuid.UUID) -> None:
    others = select(func.count()).where(Account.role == "admin", Account.active, Account.id != account_id)
    if not await session.scalar(others):
        raise ApiError(409, "LAST_ADMIN", "This is the last admin; make somebody else admin first.")


async def _account(session: AsyncSession, account_id: uuid.UUID) -> Account:
    account = await session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise not_found("account", account_id)
    return account


async def first_admin(session: AsyncSession) -> str | None:
    """The one-time password of a new admin, when there is no account yet."""
    await lock(session, Lock.ACCOUNTS)
    if await session.scalar(select(func.count()).select_from(Account)):
        return None
    password = one_time_password()
    admin = Account(id=uuid.uuid4(), login="admin", name="Admin", role="admin", must_change_password=True)
    admin.password_hash = await hashed(password)
    session.add(admin)
    return password


async def lost_admin(session: AsyncSession) -> str:
    """For whoever may log in to the server itself: an admin's new one-time password, the account made when needed."""
    if (password := await first_admin(session)) is not None:
        return password
    query = select(Account).where(Account.login == "admin").with_for_update()
    admin = await session.scalar(query)
    if admin is None:
        admin = Account(id=uuid.uuid4(), login="admin", name="Admin")
        session.add(admin)
    password = one_time_password()
    admin.role, admin.active, admin.must_change_password = "admin", True, True
    admin.password_hash = await hashed(password)
    await end_sessions(session, admin.id)
    return password
