"""Liveness, readiness and metrics of a service, and serving them beside its work.

Ready means that every named part said so itself, from real work: a fetch that came back, a query that was answered.
"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

READY = Gauge("larder_ready", "Whether a part of the service is ready", ["part"])


@dataclass
class Health:
    """Which parts of a service are ready."""

    _parts: dict[str, str | None] = field(default_factory=dict)
    _notes: dict[str, str] = field(default_factory=dict)

    def set_ready(self, part: str, ready: bool, problem: str = "not ready yet") -> None:  # noqa: FBT001 - the state itself
        self._parts[part] = None if ready else problem
        READY.labels(part).set(ready)

    def set_note(self, part: str, note: str | None) -> None:
        """Something a person should know about a part that works all the same; None takes it back."""
        self._notes.pop(part, None)
        if note:
            self._notes[part] = note

    @property
    def notes(self) -> list[str]:
        return [f"{part}: {note}" for part, note in sorted(self._notes.items())]

    @property
    def problems(self) -> list[str]:
        return [f"{part}: {problem}" for part, problem in sorted(self._parts.items()) if problem]

    @property
    def is_ready(self) -> bool:
        return bool(self._parts) and not self.problems


def health_routes(health: Health) -> list[Route]:
    """`/healthz` answers while the process lives, `/readyz` once every part is ready, `/metrics` for Prometheus."""

    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        body = {"ready": health.is_ready, "problems": health.problems, "notes": health.notes}
        return JSONResponse(body, status_code=200 if health.is_ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


def health_app(health: Health) -> ASGIApp:
    """The HTTP face of a service that has no other."""
    return Starlette(routes=health_routes(health))


async def serve(app: ASGIApp, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, then finish the requests in flight (10 s at most)."""
    config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=10)
    server = _ServerWithoutSignals(config)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving


class _ServerWithoutSignals(uvicorn.Server):
    """The service owns its signals: it drains its consumers as well."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set. Call it inside the running loop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
