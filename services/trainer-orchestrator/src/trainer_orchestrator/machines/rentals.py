"""What was asked of the cloud for a run, in a file beside the run, written before each launch and after its answer.

Invariant: a launch whose answer is not known stands here as `asking`, so that a new process looks for its machine by
name instead of launching again. The file is whole or as before, and on the disk before anything is asked.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from trainer_orchestrator.run import Rental


class Outcome(StrEnum):
    ASKING = "asking"
    """Sent, or about to be: there may be a machine."""
    LAUNCHED = "launched"
    NOTHING = "nothing"
    """Refused, or never seen for so long that there is none."""


class Ask(BaseModel):
    """One launch."""

    model_config = ConfigDict(frozen=True)

    type: str
    region: str
    cents_per_hour: int
    asked_at: datetime
    outcome: Outcome = Outcome.ASKING
    instance_id: str | None = None
    ip: str | None = None
    was_seen: bool = False
    """It stood in a list once; from then on being absent means being gone."""
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """There is, or may be, a machine that nobody has ended."""
        return self.outcome is not Outcome.NOTHING and self.ended_at is None

    def changed(self, **fields: object) -> "Ask":
        return self.model_copy(update=fields)


ASKS = TypeAdapter(tuple[Ask, ...])


class RentalBook:
    """The asks of every run, under the data folder."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def read(self, run_id: str) -> tuple[Ask, ...]:
        path = self._path(run_id)
        return ASKS.validate_json(path.read_bytes()) if path.exists() else ()

    def write(self, run_id: str, asks: Sequence[Ask]) -> None:
        path = self._path(run_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(path.name + ".part")
        with half.open("wb") as file:
            file.write(ASKS.dump_json(tuple(asks), indent=1))
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)

    def rentals(self, run_id: str) -> list[Rental]:
        """What is paid for: also what may have been launched unnoticed, until it is known that it was not."""
        return [
            Rental(ask.type, ask.region, ask.cents_per_hour, ask.asked_at, ask.ended_at)
            for ask in self.read(run_id)
            if ask.outcome is not Outcome.NOTHING
        ]

    def _path(self, run_id: str) -> Path:
        return self._home / "runs" / run_id / "rentals.json"
