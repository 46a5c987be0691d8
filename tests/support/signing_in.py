"""People with accounts, for tests: each with a client of their own."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from audit_api_client import Api, audit_api_on

from audit_api.accounts.identify import COOKIE
from audit_api.accounts.secret import digest, new_secret
from audit_api.accounts.tables import Account, ApiToken, SignInSession

SERVICE_TOKEN = "the-services-own-token-of-this-test"
WITH_ACCOUNTS = {"LARDER_ACCOUNTS": True, "LARDER_SERVICE_TOKEN": SERVICE_TOKEN}
Headers = dict[str, str]


@asynccontextmanager
async def larder_with_accounts(url: str, **settings: Any) -> AsyncIterator[Api]:
    """The API with accounts, and nobody signed in."""
    async with audit_api_on(url, **{**WITH_ACCOUNTS, **settings}) as api:
        yield api


async def person(api: Api, role: str, **fields: Any) -> Account:
    """An account; its password is nobody's."""
    values = {"id": uuid.uuid4(), "login": f"{role}-{uuid.uuid4().hex[:8]}", "name": f"The {role}", "role": role}
    account = Account(**{**values, **fields})
    async with api.database.transaction() as session:
        session.add(account)
    return account


async def session_of(api: Api, account: Account, *, lasts: timedelta = timedelta(days=1)) -> Headers:
    secret, now = new_secret("session"), datetime.now(UTC)
    row = SignInSession(id=uuid.uuid4(), digest=digest(secret), account_id=account.id, browser="a test")
    row.expires_at = now + lasts
    async with api.database.transaction() as session:
        session.add(row)
    return {"cookie": f"{COOKIE}={secret}"}


async def token_of(api: Api, account: Account, *scopes: str, lasts: timedelta = timedelta(days=1)) -> Headers:
    secret = new_secret("token")
    row = ApiToken(id=uuid.uuid4(), digest=digest(secret), account_id=account.id, name="t", scopes=list(scopes))
    row.expires_at = datetime.now(UTC) + lasts
    async with api.database.transaction() as session:
        session.add(row)
    return {"authorization": f"Bearer {secret}"}


async def as_admin(api: Api) -> Headers:
    return await session_of(api, await person(api, "admin"))


def code_of(answer: httpx.Response) -> str | None:
    """The refusal's code, if it is one."""
    return answer.json().get("error", {}).get("code") if answer.is_error and answer.content else None
