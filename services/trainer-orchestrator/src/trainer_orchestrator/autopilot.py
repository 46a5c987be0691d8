"""Trains by itself, when it was told to: after so many new audits, at an hour, within a month's budget. Off by default.

Invariant: it starts at most one run a day (its key is the date), never one that could pass the budget, and its versions
serve only through the gate, as any. What it decided last, and why, is kept for the page.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from contracts import RunState
from servicekit.waiting import pause
from trainer_orchestrator.accept import Acceptance
from trainer_orchestrator.autopilot_views import AutopilotReport, AutopilotSettings
from trainer_orchestrator.budget import month_of, spent_since
from trainer_orchestrator.cloud.choice import money
from trainer_orchestrator.errors import Refusal, Transient
from trainer_orchestrator.run import By, Run, Target
from trainer_orchestrator.store import DATABASE_ERRORS, Store

log = structlog.get_logger(__name__)

PAUSE_S = 60.0


@dataclass(frozen=True)
class Facts:
    """What a decision rests on."""

    now: datetime
    audited: int
    trained_on: int
    """How many audits the newest finished version has learned from or was judged by."""
    spent_cents: float
    expected_cents: float
    """The most that a run on the chosen target may cost."""
    is_training: bool


@dataclass(frozen=True)
class Decision:
    starts: bool
    why: str


def decide(settings: AutopilotSettings, facts: Facts) -> Decision:
    """Whether to train now, and why (not), for a person."""
    if not settings.enabled:
        return Decision(starts=False, why="The autopilot is off.")
    if facts.is_training:
        return Decision(starts=False, why="A training is under way.")
    missing = settings.after_audits - (facts.audited - facts.trained_on)
    if missing > 0:
        return Decision(starts=False, why=f"It waits for {missing} more new audits.")
    left = settings.monthly_budget_cents - facts.spent_cents
    if facts.expected_cents > left:
        most, rest = money(facts.expected_cents), money(max(0.0, left))
        return Decision(starts=False, why=f"A run may cost {most}, and {rest} of this month's budget is left.")
    if facts.now.hour != settings.hour:
        return Decision(starts=False, why=f"There is enough to learn from; it trains at {settings.hour}:00 UTC.")
    return Decision(starts=True, why=f"{facts.audited - facts.trained_on} new audits.")


class Autopilot:
    """Looks every minute, and when `wake` is set. `max_cents` is the most that a run on a rented machine may cost."""

    def __init__(self, store: Store, acceptance: Acceptance, wake: asyncio.Event, max_cents: int) -> None:
        self._store = store
        self._acceptance = acceptance
        self._wake = wake
        self._max_cents = max_cents

    async def run(self, stop: asyncio.Event, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        while not stop.is_set():
            try:
                await self.look(now())
            except (*DATABASE_ERRORS, Transient) as error:
                log.warning("the autopilot could not look", reason=repr(error))
            await pause(PAUSE_S, stop, self._wake)

    async def look(self, now: datetime) -> Decision:
        """Decide once, and start the run where that is the decision."""
        settings, before = await self._store.autopilot()
        if not settings.enabled:
            return decide(settings, Facts(now, 0, 0, 0, 0, is_training=False))
        decision = decide(settings, await self._facts(settings, now))
        version = before.version if before else None
        if decision.starts:
            decision, version = await self._start(settings.target, now, decision)
        await self._store.report(AutopilotReport(at=now, why=decision.why, version=version))
        return decision

    async def _start(self, target: Target, now: datetime, decision: Decision) -> tuple[Decision, str | None]:
        try:
            run = await self._acceptance.accept(f"autopilot-{now:%Y-%m-%d}", None, target, By.AUTOPILOT)
        except Refusal as refusal:
            return Decision(starts=False, why=refusal.message), None
        self._wake.set()
        log.info("the autopilot trains", run_id=run.id, version=run.version, why=decision.why)
        return Decision(starts=True, why=f"It trained {run.version} on {decision.why}"), run.version

    async def _facts(self, settings: AutopilotSettings, now: datetime) -> Facts:
        runs = await self._store.newest()
        audited = (await self._acceptance.audit.readiness()).audited
        expected = self._max_cents if settings.target is Target.LAMBDA else 0
        spent = sum(spent_since(run.rentals, month_of(now), now) for run in runs)
        return Facts(now, audited, _trained_on(runs), spent, expected, any(not run.is_over for run in runs))


def _trained_on(runs: Sequence[Run]) -> int:
    done = [run for run in runs if run.state is RunState.DONE and run.dataset is not None]
    return max((run.dataset.train + run.dataset.held_out for run in done if run.dataset), default=0)
