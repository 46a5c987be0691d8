"""Slows down the guessing of passwords: wrong ones are counted by login and address, over a quarter of an hour.

A pair of login and address may fail least; the login alone most, so that a stranger cannot easily lock a person out.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit_api.accounts.tables import SignInFailure
from audit_api.errors import ApiError

WINDOW = timedelta(minutes=15)
PAIR_LIMIT, ADDRESS_LIMIT, LOGIN_LIMIT = 5, 30, 50
_KEPT = timedelta(days=1)


async def check_attempts(session: AsyncSession, login: str, address: str) -> None:
    """Raises ApiError 429 TOO_MANY_ATTEMPTS."""
    by_login, by_address = SignInFailure.login == login, SignInFailure.address == address
    for limit, where in (
        (PAIR_LIMIT, by_login & by_address),
        (ADDRESS_LIMIT, by_address),
        (LOGIN_LIMIT, by_login),
    ):
        if (wait := await _wait(session, limit, where)) > timedelta():
            sentence = f"Too many wrong passwords; try again in {max(1, round(wait.total_seconds() / 60))} minutes."
            raise ApiError(429, "TOO_MANY_ATTEMPTS", sentence, {"Retry-After": str(int(wait.total_seconds()) + 1)})


async def _wait(session: AsyncSession, limit: int, where: ColumnElement[bool]) -> timedelta:
    """Until the oldest of the last `limit` failures is out of the window."""
    now = datetime.now(UTC)
    recent = select(SignInFailure.at).where(where, SignInFailure.at > now - WINDOW).order_by(SignInFailure.at.desc())
    oldest = await session.scalar(recent.offset(limit - 1).limit(1))
    return oldest + WINDOW - now if oldest else timedelta()


async def count_failure(session: AsyncSession, login: str, address: str) -> None:
    await session.execute(insert(SignInFailure).values(login=login, address=address))
    await session.execute(delete(SignInFailure).where(SignInFailure.at < func.now() - _KEPT))
