"""The fake's HTTP face. Every request and every answer is held to the specification beside this file."""

import asyncio
import json
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from fake_lambda.account import TYPES, Account, Rented
from fake_lambda.machine import Machine
from larder_local.ports import free_port
from servicekit.health import serve
from tests_support import eventually

SPECIFICATION = json.loads(Path(__file__).with_name("openapi.json").read_text())
PREFIX = "/api/v1"
KEY = "a-key-of-the-tests"
SUGGESTIONS = {
    "global/invalid-api-key": (401, "API key was invalid, expired, or deleted.", "Check your API key."),
    "global/account-inactive": (403, "Your account is inactive.", "Verify your email address."),
    "global/invalid-parameters": (400, "Invalid request data.", None),
    "global/quota-exceeded": (400, "Quota exceeded.", "Contact Support to increase your quota."),
    "instance-operations/launch/insufficient-capacity": (400, "Not enough capacity to fulfill launch request.", None),
    "global/object-does-not-exist": (404, "Specified instance does not exist.", None),
    "global/unknown": (500, "An unknown error occurred.", None),
    "global/rate-limited": (429, "Too many requests.", None),
}


@asynccontextmanager
async def served_lambda() -> AsyncIterator[tuple[Account, str]]:
    """An account without machines, and the address of its API; every machine is gone afterwards."""
    account, stop, port = Account(free_port(0)), asyncio.Event(), free_port(0)
    serving = asyncio.create_task(serve(fake_lambda(account), "127.0.0.1", port, stop))
    living = asyncio.create_task(_live(account))
    await eventually(lambda: _answers(port))
    try:
        yield account, f"http://127.0.0.1:{port}{PREFIX}"
    finally:
        living.cancel()
        stop.set()
        await serving
        account.shut_down()
    assert account.violations == []


def settings_for(account: Account, address: str) -> dict[str, str]:
    """What a Larder is told to rent here: a machine is this computer, so its Python is ours, and it has no GPU."""
    return {
        "LAMBDA_LABS_API_KEY": KEY,
        "LARDER_LAMBDA_URL": address,
        "LARDER_LAMBDA_USER": Machine("", 0, []).user,
        "LARDER_LAMBDA_SSH_PORT": str(account.port),
        "LARDER_LAMBDA_PYTHON": sys.executable,
        "LARDER_LAMBDA_PROBE": "true",
    }


def fake_lambda(account: Account) -> ASGIApp:
    endpoints = [
        ("GET", "/instance-types", _list_types),
        ("GET", "/instances", _list_instances),
        ("GET", "/instances/{id}", _show_instance),
        ("POST", "/instance-operations/launch", _launch),
        ("POST", "/instance-operations/terminate", _terminate),
        ("GET", "/ssh-keys", _list_keys),
        ("POST", "/ssh-keys", _add_key),
        ("GET", "/images", _list_images),
    ]
    routes = [
        Route(PREFIX + path, _held_to_specification(account, path, endpoint), methods=[method])
        for method, path, endpoint in endpoints
    ]
    return _LosesAnswers(Starlette(routes=routes), account)


class _LosesAnswers:
    """The connection breaks after a launch took effect: the client sees no answer at all."""

    def __init__(self, app: ASGIApp, account: Account) -> None:
        self._app, self._account = app, account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        loses = scope["type"] == "http" and scope["path"].endswith("/launch")
        if loses and self._account.behaviour.loses_launch_answers > 0:
            self._account.behaviour.loses_launch_answers -= 1

            async def swallow(_: Any) -> None:
                """Nothing of the answer is sent."""

            await self._app(scope, receive, swallow)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"999")]})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        await self._app(scope, receive, send)


async def _live(account: Account) -> None:
    while True:
        account.turn_on()
        await asyncio.sleep(0.01)


def _held_to_specification(account: Account, path: str, endpoint):
    async def answer(request: Request) -> Response:
        began = time.monotonic()
        problem = _obstacle(account, request, began)
        account.requests.append((began, request.method, path))
        if problem is not None:
            return problem
        operation = SPECIFICATION["paths"][PREFIX + path][request.method.lower()]
        body = await request.json() if request.method == "POST" else None
        if body is not None:
            _check(account, "request", operation["requestBody"]["content"]["application/json"]["schema"], body)
        response = endpoint(account, request, body)
        _check_answer(account, operation, response)
        return response

    return answer


def _obstacle(account: Account, request: Request, now: float) -> Response | None:
    """What keeps a request from being looked at at all."""
    behaviour = account.behaviour
    if behaviour.too_many:
        return _too_many(behaviour.too_many.pop(0))
    if behaviour.holds_to_rates and _is_too_fast(account, request, now):
        return _too_many("json")
    if request.method == "GET" and behaviour.bad_gateways > 0:
        behaviour.bad_gateways -= 1
        return PlainTextResponse("<html>502 Bad Gateway</html>", 502)
    if behaviour.refuses_key or request.headers.get("Authorization") != f"Bearer {KEY}":
        return _error("global/invalid-api-key")
    if behaviour.inactive:
        return _error("global/account-inactive")
    return None


def _is_too_fast(account: Account, request: Request, now: float) -> bool:
    slack = 0.95
    launches = [at for at, _, path in account.requests if path.endswith("/launch")]
    is_launch = request.url.path.endswith("/launch")
    too_soon = bool(account.requests) and now - account.requests[-1][0] < slack
    return too_soon or (is_launch and bool(launches) and now - launches[-1] < 12 * slack)


def _too_many(kind: str) -> Response:
    headers = {"Retry-After": "0.05"} if kind == "retry-after" else {}
    if kind == "bare":
        return Response(status_code=429)
    return JSONResponse({"error": {"code": "global/rate-limited", "message": "Slow down."}}, 429, headers)


def _list_types(account: Account, request: Request, body: Any) -> Response:
    return _data({name: {"instance_type": _type(name), "regions_with_capacity_available": [_region(r) for r in it[3]]}
                  for name, it in TYPES.items()})  # fmt: skip


def _list_instances(account: Account, request: Request, body: Any) -> Response:
    return _data([_instance(account, rented) for rented in account.rented.values() if account.is_listed(rented)])


def _show_instance(account: Account, request: Request, body: Any) -> Response:
    rented = account.rented.get(request.path_params["id"])
    if rented is None or not account.is_listed(rented):
        return _error("global/object-does-not-exist")
    return _data(_instance(account, rented))


def _launch(account: Account, request: Request, body: Any) -> Response:
    behaviour = account.behaviour
    kind = TYPES.get(body["instance_type_name"])
    known = {key["name"] for key in account.keys}
    if kind is None or body["region_name"] not in kind[3] or not set(body["ssh_key_names"]) <= known:
        return _error("global/object-does-not-exist")
    if len(body["ssh_key_names"]) != 1 or len(body.get("user_data", "")) > 1_000_000:
        return _error("global/invalid-parameters")
    if len(account.alive()) >= behaviour.quota:
        return _error("global/quota-exceeded")
    if behaviour.refuses_capacity > 0:
        behaviour.refuses_capacity -= 1
        return _error("instance-operations/launch/insufficient-capacity")
    rented = account.launch(body)
    if behaviour.breaks_launch_answers > 0:
        behaviour.breaks_launch_answers -= 1
        return PlainTextResponse("<html>502 Bad Gateway</html>", 502)
    return _data({"instance_ids": [rented.id]})


def _terminate(account: Account, request: Request, body: Any) -> Response:
    rented = [account.rented.get(instance_id) for instance_id in body["instance_ids"]]
    if None in rented:
        return _error("global/object-does-not-exist")
    if any(one.ended is not None for one in rented):
        return _error("global/unknown")
    if account.behaviour.omits_terminated > 0:
        account.behaviour.omits_terminated -= 1
        return _data({"terminated_instances": []})
    for one in rented:
        account.terminate(one)
    return _data({"terminated_instances": [_instance(account, one) for one in rented]})


def _list_keys(account: Account, request: Request, body: Any) -> Response:
    return _data(account.keys)


def _add_key(account: Account, request: Request, body: Any) -> Response:
    key = {"id": uuid.uuid4().hex, "name": body["name"], "public_key": body["public_key"]}
    account.keys.append(key)
    return _data(key)


def _list_images(account: Account, request: Request, body: Any) -> Response:
    day = "2026-11-01T00:00:00+00:00"
    regions = sorted({region for _, _, _, regions in TYPES.values() for region in regions})
    return _data([
        {"id": uuid.uuid4().hex, "created_time": day, "updated_time": day, "name": "Lambda Stack 24.04",
         "description": "AI ready", "family": "lambda-stack-24-04", "version": "24.4.2", "architecture": "x86_64",
         "region": _region(region)}
        for region in regions
    ])  # fmt: skip


def _instance(account: Account, rented: Rented) -> dict[str, Any]:
    status = account.status(rented)
    unavailable = {"available": False, "reason_code": "vm-has-not-launched", "reason_description": "Not yet."}
    action = unavailable if status == "booting" else {"available": status == "active"}
    shown: dict[str, Any] = {
        "id": rented.id, "status": status, "ssh_key_names": rented.key_names, "file_system_names": [],
        "region": _region(rented.region), "instance_type": _type(rented.type), "jupyter_token": "SECRET-TOKEN",
        "actions": dict.fromkeys(("migrate", "rebuild", "restart", "cold_reboot", "terminate"), action),
    }  # fmt: skip
    if rented.name:
        shown["name"] = rented.name
    if rented.machine and rented.ended is None and time.monotonic() > rented.launched + account.behaviour.ip_after:
        shown["ip"] = rented.machine.ip
    return shown


def _type(name: str) -> dict[str, Any]:
    description, cents, gpus, _ = TYPES[name]
    specs = {"vcpus": 30, "memory_gib": 200, "storage_gib": 1400, "gpus": gpus}
    return {"name": name, "description": description, "gpu_description": description[3:],
            "price_cents_per_hour": cents, "specs": specs}  # fmt: skip


def _region(name: str) -> dict[str, str]:
    return {"name": name, "description": name}


def _data(value: Any) -> Response:
    return JSONResponse({"data": value})


def _error(code: str) -> Response:
    status, message, suggestion = SUGGESTIONS[code]
    error = {"code": code, "message": message}
    return JSONResponse({"error": error | ({"suggestion": suggestion} if suggestion else {})}, status)


def _check_answer(account: Account, operation: dict[str, Any], response: Response) -> None:
    """An answer that the specification has must look like it; 429, 500 and 502 are not in it."""
    described = operation["responses"].get(str(response.status_code))
    if described is not None and "application/json" in response.headers.get("content-type", ""):
        schema = described["content"]["application/json"]["schema"]
        _check(account, f"answer {response.status_code}", schema, json.loads(response.body))


def _check(account: Account, what: str, schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": SPECIFICATION["components"]}
    problems = [error.message[:300] for error in Draft202012Validator(whole).iter_errors(value)]
    account.violations += [f"{what}: {problem}" for problem in problems]


def _answers(port: int) -> bool:
    import socket

    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
