"""Passwords, sessions, tokens, invitations and the list of who did what, over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from audit_api_client import Api, audit_api_on
from signing_in import as_admin, code_of, larder_with_accounts, person, session_of
from sqlalchemy.exc import DBAPIError

from audit_api.accounts.service import first_admin, lost_admin
from audit_api.accounts.throttle import PAIR_LIMIT
from audit_api.settings import Settings

pytestmark = pytest.mark.integration

PASSWORD = "four plain words here"
OTHER = "four other plain words"


@pytest.fixture
async def api(postgres_url: str, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Api]:
    async with larder_with_accounts(postgres_url) as found:
        yield found


@pytest.fixture
async def first_password(api: Api, capsys: pytest.CaptureFixture[str]) -> str:
    return await one_time(api)


async def one_time(api: Api) -> str:
    async with api.database.transaction() as session:
        return await lost_admin(session)


async def sign_in(client: httpx.AsyncClient, login: str, password: str, **headers: str) -> httpx.Response:
    return await client.post("/api/session", json={"login": login, "password": password}, headers=headers)


async def invited(api: Api, headers: dict[str, str], role: str = "auditor") -> str:
    answer = await api.client.post("/api/invitations", json={"role": role, "note": "Ana"}, headers=headers)
    assert answer.status_code == 201
    return str(answer.json()["link"]).partition("#")[2]


async def accept(api: Api, secret: str, **fields: str) -> httpx.Response:
    body = {"secret": secret, "login": "Ana", "name": "Ana Lima", "password": PASSWORD, **fields}
    return await api.client.post("/api/invited/accept", json=body)


async def test_the_first_start_prints_a_password_that_works_once(postgres_url: str, capsys) -> None:
    async with larder_with_accounts(postgres_url) as api:
        printed = capsys.readouterr().out
        password = printed.split("password ")[1].split()[0]
        signed_in = await sign_in(api.client, "admin", password)
        assert signed_in.json()["me"] == {"name": "Admin", "role": "admin", "must_change_password": True}
        assert code_of(await api.client.get("/api/stats")) == "PASSWORD_CHANGE_REQUIRED"
        changed = await api.client.put("/api/account/password", json={"current": password, "new": PASSWORD})
        assert changed.json()["me"]["must_change_password"] is False
        assert (await api.client.get("/api/stats")).status_code == 200
        assert (await sign_in(api.client, "admin", password)).status_code == 401
        async with api.database.transaction() as session:
            assert await first_admin(session) is None


async def test_a_session_is_a_cookie_that_scripts_and_other_sites_cannot_use(api: Api, first_password: str) -> None:
    cookie = (await sign_in(api.client, "ADMIN ", first_password)).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


async def test_over_https_the_cookie_is_never_sent_in_the_clear(postgres_url: str) -> None:
    async with larder_with_accounts(postgres_url, LARDER_PUBLIC_URL="https://larder.example") as api:
        cookie = (await sign_in(api.client, "admin", await one_time(api))).headers["set-cookie"]
    assert "Secure" in cookie


async def test_neither_secrets_nor_passwords_are_stored(api: Api, first_password: str) -> None:
    await sign_in(api.client, "admin", first_password)
    cookie = api.client.cookies["larder_session"]
    for table in ("accounts", "sessions", "activity", "outbox", "sign_in_failures"):
        stored = str([tuple(row) for row in await api.rows(f"SELECT * FROM {table}")])
        assert first_password not in stored
        assert cookie not in stored
    assert (await api.rows("SELECT password_hash FROM accounts"))[0][0].startswith("$argon2id$")


async def test_signing_out_ends_the_session_and_not_only_the_cookie(api: Api, first_password: str) -> None:
    await sign_in(api.client, "admin", first_password)
    kept = {"cookie": f"larder_session={api.client.cookies['larder_session']}"}
    assert (await api.client.delete("/api/session")).json()["me"] is None
    api.client.cookies.clear()
    assert (await api.client.get("/api/account/sessions", headers=kept)).status_code == 401


async def test_guessing_is_slowed_down_for_the_name_and_the_address_together(api: Api, first_password: str) -> None:
    guesser = {"x-forwarded-for": "203.0.113.7"}
    for _ in range(PAIR_LIMIT):
        assert code_of(await sign_in(api.client, "admin", "wrong", **guesser)) == "WRONG_PASSWORD"
    slowed = await sign_in(api.client, "admin", first_password, **guesser)
    assert (slowed.status_code, code_of(slowed)) == (429, "TOO_MANY_ATTEMPTS")
    assert 0 < int(slowed.headers["retry-after"]) <= 900
    elsewhere = await sign_in(api.client, "admin", first_password, **{"x-forwarded-for": "203.0.113.7, 198.51.100.2"})
    assert elsewhere.status_code == 200


async def test_an_unknown_name_is_answered_as_a_wrong_password(api: Api, first_password: str) -> None:
    unknown, wrong = await sign_in(api.client, "nobody", "x"), await sign_in(api.client, "admin", "x")
    assert (unknown.status_code, unknown.json()) == (wrong.status_code, wrong.json())


async def test_an_invitation_makes_one_account_of_its_role(api: Api) -> None:
    secret = await invited(api, await as_admin(api))
    offered = await api.client.post("/api/invited", json={"secret": secret})
    assert (offered.json()["role"], offered.json()["invited_by"]) == ("auditor", "The admin")
    accepted = await accept(api, secret)
    assert (accepted.status_code, accepted.json()["me"]["role"]) == (201, "auditor")
    assert (await api.client.get("/api/records")).status_code == 200
    assert code_of(await accept(api, secret, login="second")) == "INVITATION_GONE"
    api.client.cookies.clear()
    assert (await sign_in(api.client, "ana", PASSWORD)).status_code == 200


@pytest.mark.parametrize(("field", "value", "code"), [
    ("password", "short", "PASSWORD_TOO_WEAK"),
    ("password", "aaaaaaaaaaaaaaaa", "PASSWORD_TOO_WEAK"),
    ("login", "two words", "INVALID_REQUEST"),
    ("login", "a\0b", "INVALID_REQUEST"),
    ("name", " ", "INVALID_REQUEST"),
    ("secret", "invented", "INVITATION_GONE"),
])  # fmt: skip
async def test_a_wrong_acceptance_is_told_and_leaves_the_invitation_open(api: Api, field, value, code) -> None:
    secret = await invited(api, await as_admin(api))
    assert code_of(await accept(api, **{"secret": secret, field: value})) == code
    assert (await accept(api, secret)).status_code == 201


async def test_a_name_belongs_to_one_person(api: Api) -> None:
    admin = await as_admin(api)
    await accept(api, await invited(api, admin))
    assert code_of(await accept(api, await invited(api, admin), login="ANA")) == "LOGIN_TAKEN"


async def test_a_withdrawn_or_old_invitation_is_gone(api: Api) -> None:
    admin = await as_admin(api)
    secret = await invited(api, admin)
    (row,) = (await api.client.get("/api/invitations", headers=admin)).json()
    assert (await api.client.delete(f"/api/invitations/{row['id']}", headers=admin)).status_code == 204
    assert code_of(await accept(api, secret)) == "INVITATION_GONE"
    old = await invited(api, admin)
    await api.rows("UPDATE invitations SET expires_at = now() - interval '1 s' RETURNING 1")
    assert code_of(await accept(api, old)) == "INVITATION_GONE"


async def test_a_token_is_shown_once_and_reaches_no_further_than_its_scopes_and_its_owner(api: Api) -> None:
    auditor = await session_of(api, await person(api, "auditor"))
    made = await api.client.post("/api/account/tokens", json={"name": "cron", "scopes": ["read"]}, headers=auditor)
    secret = made.json()["secret"]
    assert secret.startswith("larder_token_")
    assert secret not in (await api.client.get("/api/account/tokens", headers=auditor)).text
    bearer = {"authorization": f"Bearer {secret}"}
    assert (await api.client.get("/api/stats", headers=bearer)).status_code == 200
    assert code_of(await api.client.post("/api/imports/sample", headers=bearer)) == "SCOPE_MISSING"
    beyond = await api.client.post("/api/account/tokens", json={"name": "x", "scopes": ["train"]}, headers=auditor)
    assert code_of(beyond) == "ROLE_TOO_LOW"
    token_id = made.json()["token"]["id"]
    assert (await api.client.delete(f"/api/account/tokens/{token_id}", headers=auditor)).status_code == 204
    assert (await api.client.get("/api/stats", headers=bearer)).status_code == 401


async def test_nobody_sees_or_ends_another_persons_sessions_and_tokens(api: Api) -> None:
    one, other = await session_of(api, await person(api, "viewer")), await session_of(api, await person(api, "admin"))
    (row,) = (await api.client.get("/api/account/sessions", headers=one)).json()
    assert code_of(await api.client.delete(f"/api/account/sessions/{row['id']}", headers=other)) == "NOT_FOUND"
    assert (await api.client.get("/api/account/tokens", headers=other)).json() == []


async def test_changing_the_password_signs_other_browsers_out(api: Api) -> None:
    secret = await invited(api, await as_admin(api))
    await accept(api, secret)
    here = api.client.cookies["larder_session"]
    api.client.cookies.clear()
    await sign_in(api.client, "ana", PASSWORD)
    there = {"cookie": f"larder_session={api.client.cookies['larder_session']}"}
    api.client.cookies.clear()
    change = {"current": PASSWORD, "new": OTHER}
    answer = await api.client.put("/api/account/password", json=change, headers={"cookie": f"larder_session={here}"})
    assert answer.status_code == 200
    assert (await api.client.get("/api/stats", headers=there)).status_code == 401
    assert (await api.client.get("/api/stats", headers={"cookie": f"larder_session={here}"})).status_code == 200


async def test_an_account_out_of_use_is_out_at_once_and_the_last_admin_stays(api: Api) -> None:
    boss = await person(api, "admin")
    admin, viewer = await session_of(api, boss), await person(api, "viewer")
    seen = await session_of(api, viewer)
    await api.rows("UPDATE accounts SET active = false WHERE login = 'admin' RETURNING 1")
    out = await api.client.patch(f"/api/accounts/{viewer.id}", json={"active": False}, headers=admin)
    assert out.json()["active"] is False
    assert (await api.client.get("/api/stats", headers=seen)).status_code == 401
    for change in ({"role": "viewer"}, {"active": False}):
        last = await api.client.patch(f"/api/accounts/{boss.id}", json=change, headers=admin)
        assert code_of(last) == "LAST_ADMIN"


async def test_an_admin_hands_out_a_new_one_time_password(api: Api) -> None:
    admin, viewer = await as_admin(api), await person(api, "viewer", login="vi")
    password = (await api.client.post(f"/api/accounts/{viewer.id}/reset", headers=admin)).json()["password"]
    assert (await sign_in(api.client, "vi", password)).json()["me"]["must_change_password"] is True


async def test_who_did_what_is_kept_for_every_change_and_cannot_be_rewritten(api: Api) -> None:
    admin = await as_admin(api)
    await invited(api, admin)
    await api.client.put("/api/directory", json={"Quay": {"aliases": [], "kind": ["rescue"]}}, headers=admin)
    page = (await api.client.get("/api/activity", headers=admin)).json()
    assert [(row["who"], row["action"]) for row in page["items"][:2]] == [
        ("The admin", "PUT /api/directory"),
        ("The admin", "POST /api/invitations"),
    ]
    with pytest.raises(DBAPIError, match="append-only"):
        await api.rows("UPDATE activity SET who = 'x' RETURNING 1")
    with pytest.raises(DBAPIError, match="append-only"):
        await api.rows("DELETE FROM activity RETURNING 1")


async def test_a_refused_change_is_not_kept_as_done(api: Api) -> None:
    admin = await as_admin(api)
    await api.client.post("/api/models/rollback", headers=admin)
    assert "rollback" not in (await api.client.get("/api/activity", headers=admin)).text


async def test_an_audit_carries_the_signed_in_persons_name_whatever_the_client_says(api: Api) -> None:
    headers = await session_of(api, await person(api, "auditor", name="Ana Lima"))
    files = {"file": ("a.jsonl", b'{"id": "r1", "text": "2 cs kale"}')}
    await api.client.post("/api/imports", files=files, headers=headers)
    await api._finish_imports()
    body: dict[str, Any] = {"key": "6f1c0e38-7a2c-4a7e-9c8f-2f6d1a7a0001", "revision": 1, "decision": "skipped"}
    answer = await api.client.post(
        "/api/records/r1/audits", json=body, headers={**headers, "X-Larder-User": "somebody else"}
    )
    assert answer.json()["by"] == "Ana Lima"


async def test_single_user_mode_says_so_and_has_no_accounts(postgres_url: str) -> None:
    async with audit_api_on(postgres_url) as api:
        session = await api.get("/api/session")
        assert (session["mode"], session["me"]["role"]) == ("single-user", "admin")
        for method, path in (("POST", "/api/session"), ("GET", "/api/account/tokens")):
            answer = await api.client.request(method, path, json={"login": "a", "password": "b"})
            assert code_of(answer) == "SINGLE_USER_MODE"


@pytest.mark.parametrize(("settings", "sentence"), [
    ({"LARDER_ACCOUNTS": False, "LARDER_HOST": "0.0.0.0"}, "loopback only"),
    ({"LARDER_HOST": "0.0.0.0"}, "LARDER_SERVICE_TOKEN"),
    ({"LARDER_ACCOUNTS": True}, "LARDER_SERVICE_TOKEN"),
])  # fmt: skip
def test_a_larder_that_others_reach_does_not_start_without_accounts(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Settings(**settings)
