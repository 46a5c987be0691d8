"""Which role each route needs. A route that does not stand here is not answered; a test compares this with the app."""

from servicekit.gate import HEALTH, Need, Role, Routes

_ANYBODY = Need(None)
_VIEWER, _AUDITOR, _TRAINER, _ADMIN = (Need(role) for role in Role)
_LOOKING = Need(Role.AUDITOR, noted=False)
"""Asks what a change would do, and changes nothing."""
_OWN = Need(Role.VIEWER, own=True)
_TRAINER_SERVICE = Need(Role.TRAINER, service=True)

ROUTES = Routes(
    HEALTH
    | {
        # Signing in
        "GET /api/session": _ANYBODY,
        "POST /api/session": _ANYBODY,
        "DELETE /api/session": _ANYBODY,
        "POST /api/invited": _ANYBODY,
        "POST /api/invited/accept": _ANYBODY,
        "GET /api/sign-in/slack": _ANYBODY,
        "GET /api/sign-in/slack/callback": _ANYBODY,
        "POST /api/identify": Need(Role.ADMIN, service=True, noted=False),
        # One's own account
        "PUT /api/account/password": _OWN,
        "GET /api/account/sessions": _OWN,
        "DELETE /api/account/sessions/{id}": _OWN,
        "GET /api/account/tokens": _OWN,
        "POST /api/account/tokens": _OWN,
        "DELETE /api/account/tokens/{id}": _OWN,
        # Slack
        "POST /api/slack/events": _ANYBODY,
        "GET /api/slack": _ADMIN,
        "PATCH /api/slack/channels/{id}": _ADMIN,
        # Accounts
        "GET /api/accounts": _ADMIN,
        "PATCH /api/accounts/{id}": _ADMIN,
        "POST /api/accounts/{id}/reset": _ADMIN,
        "GET /api/invitations": _ADMIN,
        "POST /api/invitations": _ADMIN,
        "DELETE /api/invitations/{id}": _ADMIN,
        "GET /api/activity": _ADMIN,
        # Intake
        "POST /api/imports": Need(Role.AUDITOR, upload=True),
        "POST /api/imports/sample": _AUDITOR,
        "GET /api/imports/{id}": _AUDITOR,
        # Audit
        "GET /api/records": _VIEWER,
        "GET /api/records/filters": _VIEWER,
        "GET /api/records/{id}": _VIEWER,
        "GET /api/records/{id}/history": _VIEWER,
        "GET /api/records/{id}/comparison": _VIEWER,
        "POST /api/records/{id}/audits": Need(Role.AUDITOR, noted=False),
        "POST /api/records/{id}/audits/undo": Need(Role.AUDITOR, noted=False),
        "POST /api/records/{id}/reading": Need(Role.AUDITOR, noted=False),
        "GET /api/backlogs": _VIEWER,
        "POST /api/backlogs/{method}/pause": _TRAINER,
        "POST /api/backlogs/{method}/resume": _TRAINER,
        "POST /api/records/{id}/opinions": Need(Role.AUDITOR, noted=False),
        "GET /api/leases": _VIEWER,
        "PUT /api/leases/{holder}": Need(Role.AUDITOR, noted=False),
        "DELETE /api/leases/{holder}": Need(Role.AUDITOR, noted=False),
        "GET /api/events": _VIEWER,
        "GET /api/stats": _VIEWER,
        "GET /api/stats/export": _VIEWER,
        "GET /api/status": _VIEWER,
        # Datasets and models
        "GET /api/datasets/readiness": Need(Role.VIEWER, service=True),
        "POST /api/datasets": _TRAINER_SERVICE,
        "GET /api/datasets/export": _TRAINER,
        "GET /api/datasets/{id}/train.jsonl": _TRAINER_SERVICE,
        "GET /api/datasets/{id}/held_out.jsonl": _TRAINER_SERVICE,
        "GET /api/models": _VIEWER,
        "POST /api/models/rollback": _TRAINER,
        "GET /api/models/{version}": Need(Role.VIEWER, service=True),
        "GET /api/models/{version}/changes": _VIEWER,
        "GET /api/activations": _VIEWER,
        "POST /api/models/{version}/activate": _TRAINER,
        "DELETE /api/models/{version}": _TRAINER,
        # The group's places and tables
        "GET /api/directory": Need(Role.VIEWER, service=True),
        "PUT /api/directory": _AUDITOR,
        "GET /api/directory/file": _VIEWER,
        "POST /api/directory/file": _AUDITOR,
        "POST /api/directory/aliases": _AUDITOR,
        "POST /api/directory/aliases/preview": _LOOKING,
        "GET /api/records/{id}/aliases": _AUDITOR,
        "GET /api/tables": _VIEWER,
        "POST /api/tables/preview": _LOOKING,
        "GET /api/tables/file": _VIEWER,
        "POST /api/tables/file": _AUDITOR,
        "PUT /api/tables": _AUDITOR,
        # Privacy
        "GET /api/privacy": _ADMIN,
        "POST /api/privacy/forget/preview": Need(Role.ADMIN, noted=False),
        "POST /api/privacy/forget": Need(Role.ADMIN, noted=False),
        "GET /api/dead-letters": _ADMIN,
        "POST /api/dead-letters/{id}/replay": _ADMIN,
    }
)
