"""A training run: its states, its legal moves, and the reasons with which it may end. Pure.

Invariant: whatever happens to a run, it ends through `releasing`, so that no machine outlives its run; how it will
end (done, failed, cancelled) is decided on entering `releasing` and never changed after. From `publishing` on a run
can no longer be cancelled, because its adapter may be visible already.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Self

from pydantic import ConfigDict

from contracts import DatasetManifest, RunEvent, RunState

FINAL: Final = frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED})

MOVES: Final[Mapping[RunState, frozenset[RunState]]] = MappingProxyType(
    {
        RunState.REQUESTED: frozenset({RunState.DATASET_FROZEN, RunState.RELEASING}),
        RunState.DATASET_FROZEN: frozenset({RunState.LAUNCHING, RunState.RELEASING}),
        RunState.LAUNCHING: frozenset({RunState.BOOTING, RunState.RELEASING}),
        RunState.BOOTING: frozenset({RunState.READY, RunState.RELEASING}),
        RunState.READY: frozenset({RunState.UPLOADING, RunState.RELEASING}),
        RunState.UPLOADING: frozenset({RunState.TRAINING, RunState.RELEASING}),
        RunState.TRAINING: frozenset({RunState.DOWNLOADING, RunState.RELEASING}),
        RunState.DOWNLOADING: frozenset({RunState.PUBLISHING, RunState.RELEASING}),
        RunState.PUBLISHING: frozenset({RunState.RELEASING}),
        RunState.RELEASING: FINAL,
        RunState.DONE: frozenset(),
        RunState.FAILED: frozenset(),
        RunState.CANCELLED: frozenset(),
    }
)
"""Which state may follow which. Staying in a state (progress) is no move."""

NOT_CANCELLABLE: Final = FINAL | {RunState.PUBLISHING, RunState.RELEASING}


class Target(StrEnum):
    """Where a training runs."""

    LOCAL = "local"
    SSH = "ssh"
    """Your own GPU host."""
    LAMBDA = "lambda"
    """A machine rented from Lambda Cloud for this run."""


class By(StrEnum):
    """Who asked for a run."""

    PERSON = "person"
    AUTOPILOT = "autopilot"


class Reason(StrEnum):
    """Why a run did not end with an adapter."""

    NOT_ENOUGH_AUDITED_RECORDS = "NOT_ENOUGH_AUDITED_RECORDS"
    DATASET_UNAVAILABLE = "DATASET_UNAVAILABLE"
    LAUNCH_FAILED = "LAUNCH_FAILED"
    KEY_REFUSED = "KEY_REFUSED"
    ACCOUNT_INACTIVE = "ACCOUNT_INACTIVE"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    NO_CAPACITY = "NO_CAPACITY"
    PRICE_TOO_HIGH = "PRICE_TOO_HIGH"
    BOOT_FAILED = "BOOT_FAILED"
    UPLOAD_FAILED = "UPLOAD_FAILED"
    DATA_REFUSED = "DATA_REFUSED"
    TRAINING_FAILED = "TRAINING_FAILED"
    TIMED_OUT = "TIMED_OUT"
    MACHINE_LOST = "MACHINE_LOST"
    DOWNLOAD_FAILED = "DOWNLOAD_FAILED"
    ADAPTER_INVALID = "ADAPTER_INVALID"
    PUBLISH_FAILED = "PUBLISH_FAILED"
    CANCELLED = "CANCELLED"


FAILURE_IN: Final[Mapping[RunState, Reason]] = MappingProxyType(
    {
        RunState.REQUESTED: Reason.DATASET_UNAVAILABLE,
        RunState.DATASET_FROZEN: Reason.DATASET_UNAVAILABLE,
        RunState.LAUNCHING: Reason.LAUNCH_FAILED,
        RunState.BOOTING: Reason.BOOT_FAILED,
        RunState.READY: Reason.MACHINE_LOST,
        RunState.UPLOADING: Reason.UPLOAD_FAILED,
        RunState.TRAINING: Reason.MACHINE_LOST,
        RunState.DOWNLOADING: Reason.DOWNLOAD_FAILED,
        RunState.PUBLISHING: Reason.PUBLISH_FAILED,
    }
)
"""The reason when a state's step kept failing for no reason of its own. `releasing` is not here: it never gives up."""


@dataclass(frozen=True)
class Rental:
    """One rented machine: billed by the second from its launch to its end, at the price of its launch."""

    type: str
    region: str
    cents_per_hour: int
    launched_at: datetime
    ended_at: datetime | None = None

    def cents(self, now: datetime) -> float:
        return self.cents_between(self.launched_at, self.ended_at or now)

    def cents_between(self, start: datetime, end: datetime) -> float:
        """What the part of its life between two moments costs."""
        begun, over = max(start, self.launched_at), min(end, self.ended_at or end)
        return max(0.0, (over - begun).total_seconds()) * self.cents_per_hour / 3600


class IllegalMoveError(Exception):
    """A move that the table does not have: a mistake in the program, never of the world."""


@dataclass(frozen=True)
class Ending:
    """How a run ends, once its machine is released."""

    state: RunState
    reason: Reason | None = None
    sentence: str | None = None
    """What happened and what to do next, for a person."""

    @property
    def text(self) -> str | None:
        """`TRAINING_FAILED: The training ended with code 1.`; None for a run that is done."""
        return f"{self.reason}: {self.sentence}" if self.reason else None


DONE: Final = Ending(RunState.DONE)
CANCELLED: Final = Ending(RunState.CANCELLED, Reason.CANCELLED, "A person cancelled the run; nothing was published.")


def failure(reason: Reason, sentence: str) -> Ending:
    return Ending(RunState.FAILED, reason, sentence)


class Dataset(DatasetManifest):
    """The frozen dataset of a run, as audit-api describes it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str


@dataclass(frozen=True)
class Run:
    """A run at one moment. Its methods give the next moment, or raise IllegalMoveError."""

    id: str
    key: str
    """The caller's idempotency key."""
    version: str
    target: Target
    base: str
    """The base model: a folder or a Hugging Face id."""
    created_at: datetime
    by: By = By.PERSON
    state: RunState = RunState.REQUESTED
    dataset: Dataset | None = None
    machine: str | None = None
    """The machine's name, committed before the machine is launched; it carries the run's id and its deadline."""
    deadline: datetime | None = None
    cancel_requested: bool = False
    ending: Ending | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    rentals: tuple[Rental, ...] = ()
    """What was rented for it, in order; more than one when a machine turned out unfit."""
    finished_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.state in FINAL

    @property
    def is_cancellable(self) -> bool:
        return self.state not in NOT_CANCELLABLE

    def frozen(self, dataset: Dataset) -> Self:
        return replace(self._moved(RunState.DATASET_FROZEN), dataset=dataset)

    def launching(self, machine: str, deadline: datetime) -> Self:
        return replace(self._moved(RunState.LAUNCHING), machine=machine, deadline=deadline)

    def advanced(self, to: RunState) -> Self:
        """The next working state; endings go through `ended` and `released`."""
        if to is RunState.RELEASING or to in FINAL:
            raise IllegalMoveError(f"{to} needs an ending")
        return self._moved(to)

    def progressed(self, progress: Mapping[str, Any]) -> Self:
        return replace(self, progress=dict(progress))

    def renting(self, rentals: Iterable[Rental]) -> Self:
        return replace(self, rentals=tuple(rentals))

    def cents(self, now: datetime) -> float:
        """What it has cost until now."""
        return sum(rental.cents(now) for rental in self.rentals)

    def ended(self, ending: Ending) -> Self:
        """Into `releasing`, with the ending that follows. Only a publishing run can be done."""
        done_too_early = ending.state is RunState.DONE and self.state is not RunState.PUBLISHING
        cancelled_too_late = ending.state is RunState.CANCELLED and not self.is_cancellable
        if done_too_early or cancelled_too_late:
            raise IllegalMoveError(f"a run that is {self.state} cannot end as {ending.state}")
        return replace(self._moved(RunState.RELEASING), ending=ending)

    def released(self, at: datetime) -> Self:
        """Into the final state that was decided on entering `releasing`."""
        if self.ending is None:
            raise IllegalMoveError(f"a run that is {self.state} has no ending yet")
        return replace(self._moved(self.ending.state), finished_at=at)

    def event(self, at: datetime) -> RunEvent:
        """What `run.event.<run>` says of this moment."""
        reason = self.ending.text if self.ending else None
        return RunEvent(
            run_id=self.id, version=self.version, state=self.state, at=at, reason=reason,
            progress=dict(self.progress), by=self.by,
        )  # fmt: skip

    def _moved(self, to: RunState) -> Self:
        if to not in MOVES[self.state]:
            raise IllegalMoveError(f"a run cannot move from {self.state} to {to}")
        return replace(self, state=to)


@dataclass(frozen=True)
class MachineName:
    """What a machine's name says."""

    environment: str
    run_id: str
    deadline: datetime


def machine_name(environment: str, run_id: str, deadline: datetime) -> str:
    """`larder-<environment>-<run>-<epoch>`: enough to find, adopt or end a machine without a database."""
    return f"larder-{environment}-{run_id}-{int(deadline.timestamp())}"


def parse_machine_name(name: str) -> MachineName:
    """Raises ValueError when the name is none of ours."""
    found = re.fullmatch(r"larder-([a-z0-9]{1,16})-([a-z0-9]{1,32})-(\d{1,12})", name)
    if found is None:
        raise ValueError(f"{name} is no machine of Larder's")
    return MachineName(found[1], found[2], datetime.fromtimestamp(int(found[3]), UTC))
