"""The HTTP face: ask for a run, see runs, follow one, cancel one. Thin: every decision is made elsewhere."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.exceptions import HTTPException

from servicekit.gate import Guard, Identify
from servicekit.health import Health, health_routes
from trainer_orchestrator.accept import Acceptance
from trainer_orchestrator.access import ROUTES, nobody_asks
from trainer_orchestrator.autopilot_views import AutopilotSettings
from trainer_orchestrator.errors import Refusal, Transient
from trainer_orchestrator.events import follow
from trainer_orchestrator.logbook import Logbook
from trainer_orchestrator.plan import Planner
from trainer_orchestrator.run import Run, Target
from trainer_orchestrator.schemas import AutopilotView, Plan, RunList, RunRequest, RunView, errors
from trainer_orchestrator.store import DATABASE_ERRORS, Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Parts:
    """What the endpoints use."""

    store: Store
    acceptance: Acceptance
    logbook: Logbook
    planner: Planner
    wake: asyncio.Event
    stop: asyncio.Event


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


def create_app(parts: Parts | None, health: Health, identify: Identify = nobody_asks) -> FastAPI:
    """The application; without `parts` it can only describe itself."""
    app = FastAPI(
        title="Larder trainer-orchestrator",
        version="1",
        openapi_url=None,  # `python -m trainer_orchestrator openapi` prints it
        generate_unique_id_function=lambda it: it.name,
    )
    app.state.parts = parts
    app.include_router(_router())
    app.router.routes.extend(health_routes(health))
    app.add_exception_handler(Refusal, _answer_refusal)
    app.add_exception_handler(Transient, _answer_transient)
    for kind in DATABASE_ERRORS:
        app.add_exception_handler(kind, _answer_without_database)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    if parts is not None:
        app.add_middleware(Guard, routes=ROUTES, identify=identify)
    return app


def _router() -> APIRouter:
    """Errors are declared with the body that they have here, FastAPI's own 422 included."""
    router = APIRouter(prefix="/runs", responses=errors(401, 403, 422, 503))
    router.add_api_route("", start_run, methods=["POST"], status_code=202, responses=errors(409, 503))
    router.add_api_route("", list_runs)
    router.add_api_route("/plan", show_plan, responses=errors(503))
    router.add_api_route("/autopilot", show_autopilot)
    router.add_api_route("/autopilot", set_autopilot, methods=["PUT"])
    router.add_api_route("/{run_id}", show_run, responses=errors(404))
    router.add_api_route("/{run_id}/cancel", cancel_run, methods=["POST"], status_code=202, responses=errors(404, 409))
    router.add_api_route("/{run_id}/log", show_log, response_class=PlainTextResponse, responses=errors(404))
    router.add_api_route("/{run_id}/events", follow_run, response_class=EventStream, responses=errors(404))
    return router


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]


async def start_run(request: RunRequest, parts: PartsOf) -> RunView:
    """Start a training run on the audits as they are now."""
    run = await parts.acceptance.accept(request.key, request.version, request.target)
    parts.wake.set()
    return await _view(parts, run)


async def show_plan(parts: PartsOf, target: Target = Target.LOCAL, version: str | None = None) -> Plan:
    """What a run there would do and cost now; changes nothing."""
    plan = await parts.planner.plan(target)
    try:
        name = await parts.acceptance.name(version)
    except Refusal as refusal:
        return plan.model_copy(update={"problem": plan.problem or refusal.message})
    return plan.model_copy(update={"version": name})


async def show_autopilot(parts: PartsOf) -> AutopilotView:
    """How the autopilot is set, and what it decided last."""
    settings, report = await parts.store.autopilot()
    return AutopilotView(settings=settings, report=report)


async def set_autopilot(settings: AutopilotSettings, parts: PartsOf) -> AutopilotView:
    """Set the autopilot."""
    await parts.store.set_autopilot(settings)
    parts.wake.set()
    return await show_autopilot(parts)


async def list_runs(parts: PartsOf) -> RunList:
    """The newest hundred runs, newest first."""
    runs = await parts.store.newest()
    history = await parts.store.history([run.id for run in runs])
    return RunList(items=[RunView.of(run, history[run.id]) for run in runs])


async def show_run(run_id: str, parts: PartsOf) -> RunView:
    """One run."""
    return await _view(parts, await _known(parts, run_id))


async def cancel_run(run_id: str, parts: PartsOf) -> RunView:
    """Cancel a run that has not begun to publish; its machine is released."""
    await _known(parts, run_id)
    run = await parts.store.request_cancel(run_id)
    if run is None or not (run.is_cancellable or run.cancel_requested):
        sentence = "The run is past the point where it can be cancelled; delete its version if you do not want it."
        raise Refusal(409, "RUN_NOT_CANCELLABLE", sentence)
    return await _view(parts, run)


async def show_log(run_id: str, parts: PartsOf) -> PlainTextResponse:
    """The training's log so far."""
    path = parts.logbook.log(await _known(parts, run_id))
    return PlainTextResponse(await asyncio.to_thread(lambda: path.read_bytes() if path.exists() else b""))


async def follow_run(
    run_id: str, parts: PartsOf, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """Server-sent events, each a RunEvent: every change of state, and progress."""
    await _known(parts, run_id)
    after = int(last_event_id) if last_event_id and last_event_id.isdecimal() else 0
    return EventStream(follow(parts.store, run_id, after, parts.stop), headers={"Cache-Control": "no-cache"})


async def _known(parts: Parts, run_id: str) -> Run:
    run = await parts.store.load(run_id)
    if run is None:
        raise Refusal(404, "RUN_NOT_FOUND", f"There is no run {run_id}; GET /runs lists them.")
    return run


async def _view(parts: Parts, run: Run) -> RunView:
    return RunView.of(run, (await parts.store.history([run.id]))[run.id])


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status)


async def _answer_refusal(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for it alone
    return _error(error.status, error.code, error.message)


async def _answer_transient(_: Request, error: Exception) -> JSONResponse:
    return _error(503, "AUDIT_API_UNAVAILABLE", f"{error}; try again in a moment.")


async def _answer_without_database(request: Request, error: Exception) -> JSONResponse:
    log.warning("no answer without the database", path=request.url.path, reason=repr(error))
    return _error(503, "DATABASE_UNAVAILABLE", "The database does not answer; try again in a moment.")


async def _answer_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "body"
    return _error(422, "INVALID_REQUEST", f"{where}: {first['msg']}.")


async def _answer_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    if error.status_code == 400:  # FastAPI's, for a body that is no text
        return _error(422, "INVALID_REQUEST", "body: it cannot be read; send JSON in UTF-8.")
    return _error(error.status_code, "NOT_FOUND" if error.status_code == 404 else "HTTP_ERROR", str(error.detail))
