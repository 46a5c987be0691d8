"""Who may do what: roles, scopes, a table of routes, and the gate that stands in front of a service.

Invariant: a request whose route the table does not name is not answered, whoever asks; a refused request's body is
never read. Requests that change something are refused when a page of another site sent them. Not covered: how an
identity is found (`Identify`), and what a person may see within a route.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from re import Pattern
from typing import Literal
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIB = 1024 * 1024
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(IntEnum):
    """Each role may do what the ones below it may."""

    VIEWER = 1
    AUDITOR = 2
    TRAINER = 3
    ADMIN = 4

    @property
    def label(self) -> str:
        return self.name.lower()

    @property
    def scope(self) -> str:
        """What a token needs to use the routes of this role."""
        return {Role.VIEWER: "read", Role.AUDITOR: "audit", Role.TRAINER: "train", Role.ADMIN: "admin"}[self]


RoleName = Literal["viewer", "auditor", "trainer", "admin"]
ScopeName = Literal["read", "audit", "train", "admin"]


@dataclass(frozen=True)
class Identity:
    """Who asks. `scopes` is None for a signed-in browser, which may all that its role may."""

    name: str
    role: Role
    kind: Literal["session", "token", "service", "single-user"]
    account_id: str | None = None
    credential_id: str | None = None
    scopes: frozenset[str] | None = None
    must_change_password: bool = False


SINGLE_USER = Identity("local", Role.ADMIN, "single-user")
"""Everybody, where there are no accounts: the embedded default on loopback."""


@dataclass(frozen=True)
class Need:
    """What a route asks of its caller."""

    role: Role | None
    """None: anybody."""
    service: bool = False
    """Larder's other services may as well."""
    own: bool = False
    """About the caller alone: never for tokens, and open while a one-time password waits to be changed."""
    upload: bool = False
    """The body is a file; other bodies are small."""
    noted: bool = True
    """Whether a change through it goes into the list of who did what; not where the change keeps its own author."""


class Denied(Exception):
    """A request is not let through: an HTTP status, a code, and one sentence that says what to do."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})


def denial(need: Need, identity: Identity | None) -> Denied | None:
    """Why this caller may not use a route; None when they may. Pure."""
    if need.role is None:
        return None
    if identity is None:
        sentence = "Sign in first, or send an API token that is still valid."
        return Denied(401, "SIGN_IN_REQUIRED", sentence, {"WWW-Authenticate": 'Bearer realm="Larder"'})
    if identity.kind == "service":
        return None if need.service else Denied(403, "NOT_FOR_SERVICES", "This is for people; sign in.")
    return _own(identity) if need.own else _beyond(need.role, identity)


def _beyond(role: Role, identity: Identity) -> Denied | None:
    if identity.must_change_password:
        return Denied(403, "PASSWORD_CHANGE_REQUIRED", "Choose a password of your own first; this one was for one use.")
    if identity.role < role:
        return Denied(403, "ROLE_TOO_LOW", f"This needs the role {role.label}; ask an admin of your Larder.")
    if identity.scopes is not None and role.scope not in identity.scopes:
        return Denied(403, "SCOPE_MISSING", f'This token lacks the scope "{role.scope}"; make one that has it.')
    return None


def _own(identity: Identity) -> Denied | None:
    if identity.kind == "token":
        return Denied(403, "NOT_FOR_TOKENS", "A token cannot change its own account; sign in on the page.")
    return None


class Routes:
    """The table: `"GET /api/records/{id}"` -> Need. Exact addresses win over those with parameters."""

    def __init__(self, needs: Mapping[str, Need]) -> None:
        self.needs = dict(needs)
        by_path: dict[str, dict[str, Need]] = {}
        for route, need in needs.items():
            method, _, path = route.partition(" ")
            by_path.setdefault(path, {})[method] = need
        ordered = sorted(by_path.items(), key=lambda entry: entry[0].count("{"))
        self._paths: list[tuple[Pattern[str], str, dict[str, Need]]] = [
            (compile_path(path)[0], path, methods) for path, methods in ordered
        ]

    def find(self, method: str, path: str) -> tuple[str, Need]:
        """(route, need). Raises Denied 404 or 405."""
        wanted, allowed = ("GET" if method == "HEAD" else method), set[str]()
        for pattern, template, methods in self._paths:
            if pattern.match(path):
                if wanted in methods:
                    return f"{wanted} {template}", methods[wanted]
                allowed |= set(methods)
        if allowed:
            methods_known = ", ".join(sorted(allowed))
            sentence = f"This address knows only {methods_known}."
            raise Denied(405, "METHOD_NOT_ALLOWED", sentence, {"Allow": methods_known})
        raise Denied(404, "NOT_FOUND", "There is nothing at this address.")


HEALTH = {f"GET /{name}": Need(None) for name in ("healthz", "readyz", "metrics")}
"""Every service's own; no gateway leads there."""


def is_cross_site(headers: Headers) -> bool:
    """Whether a page of another site made a browser send this; programs send neither header."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


Identify = Callable[[Headers, str | None], Awaitable[Identity | None]]
"""Who sent these headers; the second argument names the change that is asked for, None for reading. Raises Denied."""
Note = Callable[[Identity, str, str], Awaitable[None]]
"""Keeps who changed what: identity, route, path. Called when the change was made, before it is answered."""


class Guard:
    """ASGI middleware: lets through what the table allows. The identity is then in `request.state.identity`."""

    def __init__(
        self, app: ASGIApp, routes: Routes, identify: Identify, note: Note | None = None, upload_mib: int = 16
    ) -> None:
        self._app, self._routes, self._identify, self._note = app, routes, identify, note
        self._upload_mib = upload_mib

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, method = Headers(scope=scope), scope["method"]
        try:
            route, need = self._routes.find(method, scope["path"])
            limit = (self._upload_mib if need.upload else 4) * MIB
            identity = await self._admitted(headers, method, route, need, limit)
        except Denied as denied:
            await _answer(denied)(scope, receive, send)
            return
        scope.setdefault("state", {})["identity"] = identity
        if method not in SAFE and identity and need.noted and self._note:
            send = _noting(send, self._note, identity, route, scope["path"])
        await self._app(scope, _bounded(receive, limit), send)

    async def _admitted(self, headers: Headers, method: str, route: str, need: Need, limit: int) -> Identity | None:
        if method not in SAFE and is_cross_site(headers):
            raise Denied(403, "CROSS_SITE", "This request came from a page of another site; use Larder's own page.")
        if (length := headers.get("content-length", "0")) and length.isdecimal() and int(length) > limit:
            raise too_large(limit)
        if need.role is None:
            return None
        identity = await self._identify(headers, None if method in SAFE else route)
        if (denied := denial(need, identity)) is not None:
            raise denied
        return identity


def too_large(limit: int) -> Denied:
    return Denied(413, "FILE_TOO_LARGE", f"The request is larger than {limit // MIB} MiB; send it in parts.")


def _bounded(receive: Receive, limit: int) -> Receive:
    """Counts what really comes, for a request need not say how long it is."""
    got = 0

    async def bounded() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > limit:
            raise HTTPException(413, too_large(limit).message)
        return message

    return bounded


def _noting(send: Send, note: Note, identity: Identity, route: str, path: str) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] < 400:
            await note(identity, route, path)
        await send(message)

    return noting


def _answer(denied: Denied) -> JSONResponse:
    body = {"error": {"code": denied.code, "message": denied.message}}
    return JSONResponse(body, denied.status, denied.headers)
