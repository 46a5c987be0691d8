"""Which role each route needs, and who asks: audit-api is the judge of that, at every request that changes something.

Reading is answered from its last answer for a few seconds. So a revoked session can look on for that long, and never
spend; and each request to spend is in audit-api's list of who did what before it is carried out.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256

import httpx
from starlette.datastructures import Headers

from servicekit.gate import HEALTH, SINGLE_USER, Denied, Identify, Identity, Need, Role, Routes

ROUTES = Routes(
    HEALTH
    | {
        "GET /runs": Need(Role.VIEWER),
        "POST /runs": Need(Role.TRAINER),
        "GET /runs/plan": Need(Role.VIEWER),
        "GET /runs/autopilot": Need(Role.VIEWER),
        "PUT /runs/autopilot": Need(Role.TRAINER),
        "GET /runs/{run_id}": Need(Role.VIEWER, service=True),  # the reaper
        "POST /runs/{run_id}/cancel": Need(Role.TRAINER),
        "GET /runs/{run_id}/log": Need(Role.TRAINER),
        "GET /runs/{run_id}/events": Need(Role.VIEWER),
    }
)

REMEMBERED = timedelta(seconds=5)
_AT_MOST = 1000
_Ask = Callable[[Headers, str | None], Awaitable[Identity | None]]


async def nobody_asks(_: Headers, __: str | None) -> Identity:
    """Where there are no accounts."""
    return SINGLE_USER


def asking(http: httpx.AsyncClient) -> Identify:
    """`http` carries audit-api's address and the services' token."""

    async def ask(headers: Headers, action: str | None) -> Identity | None:
        sent = {"cookie": headers.get("cookie", ""), "authorization": headers.get("authorization", "")}
        try:
            answer = (await http.post("/api/identify", json={**sent, "action": action})).raise_for_status()
        except httpx.HTTPError as error:
            sentence = "Larder cannot check who you are just now; try again in a moment."
            raise Denied(503, "AUDIT_API_UNAVAILABLE", sentence) from error
        return _identity(answer.json())

    return _remembering(ask)


def _remembering(ask: _Ask) -> Identify:
    known: OrderedDict[bytes, tuple[float, Identity | None]] = OrderedDict()

    async def remembered(headers: Headers, action: str | None) -> Identity | None:
        if action is not None:
            return await ask(headers, action)
        sent = f"{headers.get('cookie', '')}\n{headers.get('authorization', '')}"
        key = sha256(sent.encode(errors="replace")).digest()
        if key in known and known[key][0] > time.monotonic():
            return known[key][1]
        identity = await ask(headers, None)
        known[key] = time.monotonic() + REMEMBERED.total_seconds(), identity
        while len(known) > _AT_MOST:
            known.popitem(last=False)
        return identity

    return remembered


def _identity(body: dict[str, object]) -> Identity | None:
    if body["kind"] is None:
        return None
    scopes = body["scopes"]
    return Identity(
        name=str(body["name"]),
        role=Role[str(body["role"]).upper()],
        kind=body["kind"],  # type: ignore[arg-type]
        account_id=str(body["account_id"]) if body["account_id"] else None,
        scopes=frozenset(map(str, scopes)) if isinstance(scopes, list) else None,
        must_change_password=bool(body["must_change_password"]),
    )
