"""One origin without containers: the built frontend, `/api` to audit-api, `/runs` to trainer-orchestrator.

In containers Caddy does this (`deploy/caddy/Caddyfile`); both send the same security headers. Bodies are streamed in
both directions, so that uploads and server-sent events pass without being held in memory.
"""

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit.settings import is_loopback

Endpoint = Callable[[Request], Awaitable[Response]]

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length"}
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""The names by which this machine knows itself; a page of the internet that claims another is refused."""
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@dataclass(frozen=True)
class Upstreams:
    audit_api: str
    trainer: str


def gateway(frontend: Path, upstreams: Upstreams, hosts: Sequence[str] = LOOPBACK) -> Starlette:
    """The gateway's application; `frontend` has the built `index.html`, `hosts` are the names that it answers to."""
    client = httpx.AsyncClient(timeout=httpx.Timeout(10, read=None), limits=httpx.Limits(max_connections=200))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    beside = {f"/{file.name}": file for file in frontend.iterdir() if file.is_file() and file.name != "index.html"}

    async def page(request: Request) -> Response:
        """A file beside the page, such as its icon; any other address belongs to the frontend's own router."""
        found = beside.get(request.url.path, frontend / "index.html")
        return FileResponse(found, headers={"cache-control": "no-cache"})

    return Starlette(
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts)),
            Middleware(GZipMiddleware, minimum_size=1024),
        ],
        routes=[
            Route("/healthz", _alive),
            Route("/api/{path:path}", _proxy(client, upstreams.audit_api), methods=METHODS),
            Route("/runs", _proxy(client, upstreams.trainer), methods=METHODS),
            Route("/runs/{path:path}", _proxy(client, upstreams.trainer), methods=METHODS),
            Mount("/assets", StaticFiles(directory=frontend / "assets")),
            Route("/{path:path}", page),
        ],
    )


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _proxy(client: httpx.AsyncClient, upstream: str) -> Endpoint:
    async def forward(request: Request) -> Response:
        url = httpx.URL(upstream).copy_with(raw_path=_raw_path(request))
        headers = [(k, v) for k, v in request.headers.items() if k not in HOP_BY_HOP or k == "content-length"]
        headers = [(k, v) for k, v in headers if k != "x-forwarded-for"]
        headers.append(("x-forwarded-for", request.client.host if request.client else ""))
        outgoing = client.build_request(request.method, url, headers=headers, content=_body(request))
        try:
            answer = await client.send(outgoing, stream=True)
        except httpx.TransportError:
            return _unavailable()
        kept = {k: v for k, v in answer.headers.items() if k not in HOP_BY_HOP or k == "content-length"}
        return StreamingResponse(
            answer.aiter_raw(), status_code=answer.status_code, headers=kept, background=BackgroundTask(answer.aclose)
        )

    return forward


def _raw_path(request: Request) -> bytes:
    query = request.scope["query_string"]
    path: bytes = request.scope["raw_path"]
    return path + b"?" + query if query else path


def _body(request: Request) -> AsyncIterator[bytes] | None:
    return request.stream() if request.method in {"POST", "PUT", "PATCH"} else None


def _unavailable() -> Response:
    message = "This part of Larder is starting again; it will answer in a moment."
    return JSONResponse({"error": {"code": "STARTING", "message": message}}, status_code=503)


class SecurityHeaders:
    """Adds SECURITY_HEADERS to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(k.encode(), v.encode()) for k, v in SECURITY_HEADERS.items()]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def main() -> None:
    """`python -m larder_local.gateway`, settings from the environment."""
    frontend = Path(os.environ["LARDER_FRONTEND"])
    if not (frontend / "index.html").exists():
        sys.exit(f"The page is not built yet ({frontend}): run `make setup`.")
    upstreams = Upstreams(os.environ["AUDIT_API_URL"], os.environ["TRAINER_URL"])
    host, port = os.environ.get("LARDER_HOST", "127.0.0.1"), int(os.environ.get("LARDER_PORT", "8080"))
    hosts = LOOPBACK if is_loopback(host) else ("*",)
    uvicorn.run(
        gateway(frontend, upstreams, hosts), host=host, port=port, log_level="warning", timeout_graceful_shutdown=3
    )


if __name__ == "__main__":
    main()
