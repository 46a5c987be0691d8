"""Signing in with Slack, against a provider that checks what Slack checks."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from audit_api_client import Api
from fake_openid import CLIENT_ID, CLIENT_SECRET, TEAM, FakeOpenId, openid_provider
from signing_in import as_admin, larder_with_accounts, person

CALLBACK = "/api/sign-in/slack/callback"
pytestmark = pytest.mark.integration


@pytest.fixture
async def provider() -> AsyncIterator[FakeOpenId]:
    async with openid_provider() as fake:
        yield fake


@pytest.fixture
async def api(postgres_url: str, provider: FakeOpenId) -> AsyncIterator[Api]:
    """Its client is a browser: it keeps cookies."""
    slack = {"SLACK_CLIENT_ID": CLIENT_ID, "SLACK_CLIENT_SECRET": CLIENT_SECRET, "SLACK_TEAM_ID": TEAM}
    more = {"LARDER_SLACK_ISSUER": provider.url, "LARDER_PUBLIC_URL": "http://api"}
    async with larder_with_accounts(postgres_url, **slack, **more) as found:
        yield found


async def ask(api: Api, **query: str) -> str:
    """Slack's address, to which the browser is sent."""
    answer = await api.client.get("/api/sign-in/slack", params=query)
    assert answer.status_code == 303
    return answer.headers["location"]


async def sign_in(api: Api, provider: FakeOpenId, **query: str) -> str:
    """Where the browser ends."""
    return await come_back(api, provider.allow(await ask(api, **query)))


async def come_back(api: Api, sent: dict[str, str]) -> str:
    answer: httpx.Response = await api.client.get(CALLBACK, params=sent)
    assert answer.status_code == 303
    return answer.headers["location"]


async def me(api: Api) -> Any:
    return (await api.get("/api/session"))["me"]


async def known(api: Api, **more: Any) -> None:
    await person(api, "auditor", slack_team_id=TEAM, slack_user_id="U1", **more)


async def test_a_known_member_is_let_in_with_the_role_that_larder_has_for_them(api: Api, provider: FakeOpenId) -> None:
    await known(api)
    assert await sign_in(api, provider) == "/"
    assert (await me(api))["role"] == "auditor"


async def test_an_invitation_makes_the_account_of_a_member_once(api: Api, provider: FakeOpenId) -> None:
    headers, wanted = await as_admin(api), {"role": "viewer", "note": ""}
    made = await api.client.post("/api/invitations", json=wanted, headers=headers)
    invitation = made.json()["link"].split("#")[1]
    assert await sign_in(api, provider, invitation=invitation) == "/"
    assert ((await me(api))["name"], (await me(api))["role"]) == ("Rosa", "viewer")
    provider.claims = {"sub": "U2", "https://slack.com/user_id": "U2"}
    assert await sign_in(api, provider, invitation=invitation) == "/sign-in?problem=INVITATION_GONE"


async def test_who_is_not_invited_or_was_taken_out_of_use_is_refused(api: Api, provider: FakeOpenId) -> None:
    assert await sign_in(api, provider) == "/sign-in?problem=NOT_INVITED"
    await known(api, active=False)
    assert await sign_in(api, provider) == "/sign-in?problem=NOT_INVITED"
    assert await me(api) is None


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({"https://slack.com/team_id": "T2"}, "OTHER_WORKSPACE"),
        ({"aud": "another-app"}, "SLACK_SIGN_IN_FAILED"),
        ({"iss": "https://evil.example"}, "SLACK_SIGN_IN_FAILED"),
        ({"nonce": "of-another-request"}, "SLACK_SIGN_IN_FAILED"),
        ({"exp": int(time.time()) - 3600}, "SLACK_SIGN_IN_FAILED"),
    ],
)
async def test_a_statement_that_does_not_hold_lets_nobody_in(
    api: Api, provider: FakeOpenId, claims: dict[str, Any], problem: str
) -> None:
    await known(api)
    provider.claims = claims
    assert await sign_in(api, provider) == f"/sign-in?problem={problem}"
    assert await me(api) is None


async def test_a_foreign_signature_lets_nobody_in(api: Api, provider: FakeOpenId) -> None:
    await known(api)
    provider.is_forging = True
    assert await sign_in(api, provider) == "/sign-in?problem=SLACK_SIGN_IN_FAILED"
    assert await me(api) is None


async def test_an_answer_counts_only_in_the_browser_that_asked_and_once(api: Api, provider: FakeOpenId) -> None:
    await known(api)
    sent = provider.allow(await ask(api))
    kept = dict(api.client.cookies)
    api.client.cookies.clear()
    assert await come_back(api, sent) == "/sign-in?problem=SLACK_SIGN_IN_FAILED"
    await ask(api)
    assert await come_back(api, sent) == "/sign-in?problem=SLACK_SIGN_IN_FAILED"
    api.client.cookies.clear()
    for name, value in kept.items():
        api.client.cookies.set(name, value)
    assert await come_back(api, sent) == "/"
    assert await come_back(api, sent) == "/sign-in?problem=SLACK_SIGN_IN_FAILED"


async def test_a_slack_that_does_not_answer_is_said(api: Api, provider: FakeOpenId) -> None:
    provider.is_down = True
    assert await ask(api) == "/sign-in?problem=SLACK_UNAVAILABLE"
