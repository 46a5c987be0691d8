"""What the HTTP face says, precisely enough for a generated client."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from contracts import RunState
from contracts.names import VersionName
from trainer_orchestrator.autopilot_views import AutopilotReport, AutopilotSettings
from trainer_orchestrator.budget import Moment, budget
from trainer_orchestrator.run import By, Dataset, Reason, Run, Target
from trainer_orchestrator.store import HistoryEntry


def _is_none(value: object) -> bool:
    return value is None


class RunRequest(BaseModel):
    """A request for a training run."""

    model_config = ConfigDict(extra="forbid")

    version: VersionName | None = Field(default=None, description="Named v1, v2... when null.")
    target: Target = Target.LOCAL
    key: str = Field(min_length=1, max_length=200, description="The same key gives the same run.")


class RunProgress(BaseModel):
    """The newest step that the training told of; empty before the first."""

    step: int | None = Field(default=None, exclude_if=_is_none)
    steps: int | None = Field(default=None, exclude_if=_is_none)
    loss: float | None = Field(default=None, exclude_if=_is_none)
    tokens_per_second: float | None = Field(default=None, exclude_if=_is_none)
    eta_seconds: float | None = Field(default=None, exclude_if=_is_none)


class RentalView(BaseModel):
    """A machine that was rented for the run."""

    type: str
    region: str
    cents_per_hour: int
    cents: float


class StageView(BaseModel):
    """A state that the run has been in: how long, and for how much."""

    state: RunState
    seconds: float
    cents: float


class Plan(BaseModel):
    """What a run would do and cost, at this moment's prices."""

    version: VersionName | None = Field(
        default=None, description="Its name; null when it cannot have the one asked for."
    )
    target: Target
    base: str
    audited: int
    needed: int
    machine: str
    region: str | None
    cents_per_hour: int | None = Field(description="The live price; null on a machine of your own.")
    expected_seconds: float
    expected_cents: float
    max_cents: int = Field(description="A rented machine ends before it can have cost more.")
    problem: str | None = Field(description="What keeps the run from starting, and what to do.")


class AutopilotView(BaseModel):
    settings: AutopilotSettings
    report: AutopilotReport | None


class RunHistoryEntry(BaseModel):
    state: RunState
    at: datetime


class RunView(BaseModel):
    """A run as it is now."""

    model_config = ConfigDict(title="Run")

    id: str
    version: VersionName
    target: Target
    base: str = Field(description="The base model: a folder or a Hugging Face id.")
    state: RunState
    reason: str | None = Field(description="Why it failed or was cancelled: `CODE: sentence`.")
    reason_code: Reason | None
    cancel_requested: bool
    progress: RunProgress
    dataset: Dataset | None
    by: By
    rentals: list[RentalView]
    cost_cents: float = Field(description="Until now.")
    stages: list[StageView] = Field(description="Seconds and cents of each state, in order.")
    history: list[RunHistoryEntry]
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, run: Run, history: Sequence[HistoryEntry]) -> Self:
        now = run.finished_at or datetime.now(UTC)
        moments = [Moment(entry.state, entry.at) for entry in history]
        return cls(
            id=run.id,
            version=run.version,
            target=run.target,
            base=run.base,
            state=run.state,
            reason=run.ending.text if run.ending else None,
            reason_code=run.ending.reason if run.ending else None,
            cancel_requested=run.cancel_requested,
            progress=RunProgress.model_validate(dict(run.progress)),
            dataset=run.dataset,
            by=run.by,
            rentals=[
                RentalView(type=it.type, region=it.region, cents_per_hour=it.cents_per_hour, cents=it.cents(now))
                for it in run.rentals
            ],
            cost_cents=run.cents(now),
            stages=[
                StageView(state=line.state, seconds=line.seconds, cents=line.cents)
                for line in budget(moments, run.rentals, now)
            ],
            history=[RunHistoryEntry(state=entry.state, at=entry.at) for entry in history],
            created_at=run.created_at,
            finished_at=run.finished_at,
        )


class RunList(BaseModel):
    """The newest hundred runs, newest first."""

    items: list[RunView]


class ErrorDetail(BaseModel):
    code: str
    message: str = Field(description="One sentence that says what to do next.")


class ErrorBody(BaseModel):
    error: ErrorDetail


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` argument for endpoints that may answer with these statuses."""
    return {status: {"model": ErrorBody} for status in statuses}
