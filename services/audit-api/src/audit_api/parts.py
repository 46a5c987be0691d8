"""What the endpoints use, built once at start and handed to them by FastAPI."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from audit_api.database import Database
from audit_api.intake.jobs import ImportJobs
from audit_api.settings import Settings


@dataclass(frozen=True)
class Parts:
    """The service's own objects."""

    settings: Settings
    database: Database
    imports: ImportJobs
    has_sample: bool


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]

By = Annotated[str, Header(alias="X-Larder-User", min_length=1, max_length=100)]
"""Who asks. There are no accounts yet: whoever reaches the service may name themselves."""
ANYBODY = "local"
