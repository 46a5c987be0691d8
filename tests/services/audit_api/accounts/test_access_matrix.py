"""Every route, asked by every kind of caller: exactly the allowed ones are let through."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from audit_api_client import Api
from fastapi import FastAPI
from signing_in import SERVICE_TOKEN, Headers, code_of, larder_with_accounts, person, session_of, token_of
from starlette.routing import Route

from audit_api.accounts.routes import ROUTES
from audit_api.app import create_app
from servicekit.gate import SAFE, Role, Routes
from servicekit.health import Health
from trainer_orchestrator.access import ROUTES as TRAINER_ROUTES
from trainer_orchestrator.app import create_app as create_trainer_app

pytestmark = pytest.mark.integration

UUID = "6f1c0e38-7a2c-4a7e-9c8f-2f6d1a7a0001"
GATE_CODES = {
    "SIGN_IN_REQUIRED", "ROLE_TOO_LOW", "SCOPE_MISSING", "NOT_FOR_TOKENS", "NOT_FOR_SERVICES",
    "PASSWORD_CHANGE_REQUIRED",
}  # fmt: skip
ENDS_THE_SESSION = "DELETE /api/session"


def routes_of(app: FastAPI) -> set[str]:
    """All that the application answers: what it describes, and its plain routes."""
    described = {f"{m.upper()} {path}" for path, methods in app.openapi()["paths"].items() for m in methods}
    plain = {
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    return described | plain


@pytest.mark.parametrize(
    ("app", "routes"),
    [(create_app(None, Health()), ROUTES), (create_trainer_app(None, Health()), TRAINER_ROUTES)],
    ids=["audit-api", "trainer-orchestrator"],
)
def test_every_route_has_an_entry_and_every_entry_a_route(app: FastAPI, routes: Routes) -> None:
    assert routes_of(app) == set(routes.needs)


def test_nobody_changes_anything_without_the_role_of_an_auditor() -> None:
    changing = {route: need for route, need in ROUTES.needs.items() if route.split()[0] not in SAFE}
    below = {route for route, need in changing.items() if not need.own and (need.role or 0) < Role.AUDITOR}
    assert below == {
        "POST /api/session", "DELETE /api/session", "POST /api/invited", "POST /api/invited/accept"
    } | {route for route in below if route.startswith("POST /api/slack/")}  # fmt: skip


def test_money_and_models_need_a_trainer() -> None:
    for routes in (ROUTES, TRAINER_ROUTES):
        for route, need in routes.needs.items():
            if re.match(r"(POST|PUT|PATCH|DELETE) (/runs|/api/models|/api/datasets)", route):
                assert need.role is not None
                assert need.role >= Role.TRAINER


@pytest.fixture(scope="module")
async def api(postgres_url: str) -> AsyncIterator[Api]:
    async with larder_with_accounts(postgres_url) as found:
        found.app.state.parts.changes.stop()  # or the stream of live updates would never end
        yield found


@pytest.fixture(scope="module")
async def callers(api: Api) -> dict[str, Headers]:
    """By name; the name says what is to be expected (see `is_allowed`)."""
    found: dict[str, Headers] = {"nobody": {}, "service": {"authorization": f"Bearer {SERVICE_TOKEN}"}}
    for role in Role:
        account = await person(api, role.label)
        found[f"session {role.label}"] = await session_of(api, account)
        for scope in (each.scope for each in Role):
            found[f"token {role.label} {scope}"] = await token_of(api, account, scope)
        fresh = await person(api, role.label, must_change_password=True)
        found[f"one-time {role.label}"] = await session_of(api, fresh)
    admin, gone = await person(api, "admin"), await person(api, "admin", active=False)
    yesterday = timedelta(days=-1)
    found["nobody (expired session)"] = await session_of(api, admin, lasts=yesterday)
    found["nobody (expired token)"] = await token_of(api, admin, "read", "audit", "train", "admin", lasts=yesterday)
    found["nobody (account out of use, session)"] = await session_of(api, gone)
    found["nobody (account out of use, token)"] = await token_of(api, gone, "read", "admin")
    found["nobody (invented cookie)"] = {"cookie": "larder_session=larder_session_x"}
    found["nobody (invented token)"] = {"authorization": "Bearer larder_token_x"}
    found["nobody (other scheme)"] = {"authorization": f"Basic {SERVICE_TOKEN}"}
    found["nobody (token as a cookie)"] = {"cookie": f"larder_session={SERVICE_TOKEN}"}
    return found


def is_allowed(caller: str, route: str) -> bool:
    need = ROUTES.needs[route]
    kind, *rest = caller.split()
    if need.role is None:
        return True
    if kind in {"nobody", "service"}:
        return kind == "service" and need.service
    role = Role[rest[0].upper()]
    if kind == "one-time":
        return need.own
    if kind == "token":
        return not need.own and role >= need.role and rest[1] == need.role.scope
    return need.own or role >= need.role


@pytest.mark.parametrize("route", sorted(ROUTES.needs.keys() - {ENDS_THE_SESSION}))
async def test_exactly_the_allowed_callers_get_through(api: Api, callers: dict[str, Headers], route: str) -> None:
    method, path = route.split()
    address = path.replace("{id}", UUID).replace("{version}", "nope")
    wrong = {}
    for caller, headers in callers.items():
        answer = await api.client.request(method, address, headers=headers)
        passed = code_of(answer) not in GATE_CODES
        if passed != is_allowed(caller, route) or (answer.status_code >= 500 and path != "/readyz"):
            wrong[caller] = (answer.status_code, answer.text)
    assert not wrong


async def test_signing_out_is_open_to_everybody(api: Api) -> None:
    assert (await api.client.delete("/api/session")).status_code == 200


async def test_revoking_a_session_holds_from_the_next_request_on(api: Api) -> None:
    account = await person(api, "viewer")
    headers = await session_of(api, account)
    assert (await api.client.get("/api/stats", headers=headers)).status_code == 200
    await api.rows("DELETE FROM sessions WHERE account_id = :id RETURNING 1", id=account.id)
    assert (await api.client.get("/api/stats", headers=headers)).status_code == 401


async def test_a_lower_role_holds_from_the_next_request_on_for_tokens_too(api: Api) -> None:
    account = await person(api, "trainer")
    headers = await token_of(api, account, "train")
    assert (await api.client.post("/api/models/rollback", headers=headers)).status_code == 409
    await api.rows("UPDATE accounts SET role = 'auditor' WHERE id = :id RETURNING 1", id=account.id)
    assert code_of(await api.client.post("/api/models/rollback", headers=headers)) == "ROLE_TOO_LOW"


@pytest.mark.parametrize("path", ["/api/nothing", "/docs", "/openapi.json", "/api/records/a/b/c", "//api/stats", "/"])
async def test_an_address_that_the_table_does_not_name_is_answered_to_nobody(api: Api, callers, path: str) -> None:
    answer = await api.client.get(path, headers=callers["session admin"])
    assert (answer.status_code, code_of(answer)) == (404, "NOT_FOUND")


async def test_another_method_is_refused_with_the_ones_that_there_are(api: Api) -> None:
    answer = await api.client.request("TRACE", "/api/tables")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PUT")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://api.evil.example", "host": "api"},
    ],
)
async def test_another_sites_page_changes_nothing(api: Api, callers, headers: Headers) -> None:
    answer = await api.client.post("/api/models/rollback", headers={**callers["session admin"], **headers})
    assert (answer.status_code, code_of(answer)) == (403, "CROSS_SITE")


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": "http://api"}, {}])
async def test_larders_own_page_and_programs_are_let_through(api: Api, callers, headers: Headers) -> None:
    answer = await api.client.post("/api/models/rollback", headers={**callers["session admin"], **headers})
    assert answer.status_code == 409


async def test_a_body_that_is_too_large_is_refused_before_and_while_it_is_read(api: Api, callers) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b" " * 1024 * 1024

    headers = callers["session admin"]
    assert (await api.client.put("/api/tables", headers=headers, content=endless())).status_code == 413
    told: httpx.Response = await api.client.put("/api/tables", headers=headers, content=b" " * 6 * 1024 * 1024)
    assert (told.status_code, code_of(told)) == (413, "FILE_TOO_LARGE")
