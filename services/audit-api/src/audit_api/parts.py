"""What the endpoints use, built once at start and handed to them by FastAPI."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from audit_api.database import Database
from audit_api.intake.jobs import ImportJobs
from audit_api.live.listening import Changes
from audit_api.settings import Settings
from audit_api.slack.connection import Connection
from audit_api.stats.status import StatusBoard
from servicekit.gate import Identity


@dataclass(frozen=True)
class Parts:
    """The service's own objects."""

    settings: Settings
    database: Database
    imports: ImportJobs
    slack: Connection
    changes: Changes
    status: StatusBoard


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]


def _identity(request: Request) -> Identity:
    identity: Identity = request.state.identity
    return identity


Who = Annotated[Identity, Depends(_identity)]
"""Who asks, as the gate found out."""


def _name(who: Who) -> str:
    return who.name


By = Annotated[str, Depends(_name)]
"""The name under which a change is kept."""
