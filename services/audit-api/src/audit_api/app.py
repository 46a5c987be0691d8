"""The HTTP application: one router for each step."""

from fastapi import FastAPI

from audit_api.accounts.activity import note_changes
from audit_api.accounts.admin_endpoints import router as admin
from audit_api.accounts.endpoints import router as accounts
from audit_api.accounts.identify import identifier
from audit_api.accounts.routes import ROUTES
from audit_api.accounts.slack_endpoints import router as slack_sign_in
from audit_api.audit.endpoints import leases
from audit_api.audit.endpoints import router as audit
from audit_api.datasets.endpoints import router as datasets
from audit_api.errors import add_error_handlers
from audit_api.intake.endpoints import router as intake
from audit_api.live.endpoints import router as live
from audit_api.models_registry.endpoints import router as models
from audit_api.models_registry.serving import router as activations
from audit_api.outbox.endpoints import router as readings
from audit_api.parts import Parts
from audit_api.privacy.endpoints import router as privacy
from audit_api.recording.dead_letters import router as dead_letters
from audit_api.reference.endpoints import router as reference
from audit_api.slack.endpoints import router as slack
from audit_api.stats.endpoints import router as stats
from servicekit.gate import Guard
from servicekit.health import Health, health_routes


def create_app(parts: Parts | None, health: Health) -> FastAPI:
    """The application; without `parts` it can only describe itself."""
    app = FastAPI(
        title="Larder audit API",
        version="1",
        openapi_url=None,  # `python -m audit_api openapi` prints it
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.parts = parts
    steps = (
        intake,
        audit,
        leases,
        readings,
        stats,
        datasets,
        models,
        activations,
        reference,
        dead_letters,
        privacy,
        live,
    )
    for router in (accounts, admin, slack_sign_in, slack, *steps):
        app.include_router(router)
    app.router.routes.extend(health_routes(health))
    add_error_handlers(app)
    if parts is not None:
        _guard(app, parts)
    return app


def _guard(app: FastAPI, parts: Parts) -> None:
    app.add_middleware(
        Guard,
        routes=ROUTES,
        identify=identifier(parts.settings, parts.database),
        note=note_changes(parts.database),
        upload_mib=parts.settings.max_upload_mib + 1,  # a form's own lines come on top of the file
    )
