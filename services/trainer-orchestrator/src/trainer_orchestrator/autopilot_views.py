"""How the autopilot is set, and what it reports: as stored, and as shown."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from trainer_orchestrator.run import Target


class AutopilotSettings(BaseModel):
    """When to train without being asked."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    after_audits: int = Field(default=25, ge=1, le=100_000)
    hour: int = Field(default=3, ge=0, le=23, description="UTC")
    target: Target = Target.LOCAL
    monthly_budget_cents: int = Field(default=500, ge=0, le=1_000_000)


class AutopilotReport(BaseModel):
    """What the autopilot decided last."""

    at: datetime
    why: str
    version: str | None = Field(description="The version that it trained last.")
