"""When the autopilot trains, and when it does not."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.subjects import RUN_EVENT
from trainer_orchestrator.autopilot import Autopilot, Facts, decide
from trainer_orchestrator.autopilot_views import AutopilotSettings
from trainer_orchestrator.budget import Moment, budget, estimate
from trainer_orchestrator.run import By, Rental

AT = datetime(2026, 11, 24, 3, 10, tzinfo=UTC)
ON = AutopilotSettings(enabled=True)
ENOUGH = Facts(AT, audited=60, trained_on=30, spent_cents=0, expected_cents=200, is_training=False)


def test_it_trains_after_enough_new_audits_at_its_hour_within_its_budget():
    assert decide(ON, ENOUGH).starts


@pytest.mark.parametrize(
    ("settings", "facts", "why"),
    [
        (AutopilotSettings(), ENOUGH, "off"),
        (ON, replace(ENOUGH, is_training=True), "under way"),
        (ON, replace(ENOUGH, trained_on=40), "waits for 5 more"),
        (ON, replace(ENOUGH, spent_cents=400), r"\$2.00, and \$1.00 of this month's budget is left"),
        (ON, replace(ENOUGH, now=AT + timedelta(hours=1)), "trains at 3:00"),
    ],
)
def test_it_says_why_it_does_not(settings, facts, why):
    decision = decide(settings, facts)
    assert not decision.starts
    assert re.search(why, decision.why)


@pytest.mark.integration
async def test_it_starts_one_run_a_day_and_tells_of_it(trainer, audit_state):
    audit_state.audited = 40
    store = trainer.store
    await store.set_autopilot(ON)
    autopilot = Autopilot(store, trainer.acceptance(store), asyncio.Event(), 200)
    assert (await autopilot.look(AT)).starts
    (run,) = await store.newest()
    assert (run.by, run.key) == (By.AUTOPILOT, "autopilot-2026-11-24")
    _, report = await store.autopilot()
    assert (report.version, report.why) == ("v1", "It trained v1 on 40 new audits.")
    assert not (await autopilot.look(AT)).starts
    await trainer.finish(run)
    assert {event["by"] for event in await trainer.announced(RUN_EVENT.format(run_id=run.id))} == {"autopilot"}
    await autopilot.look(AT + timedelta(minutes=1))
    assert len(await store.newest()) == 1


def test_stages_add_up_to_the_run_and_its_cost():
    moments = [
        Moment(state, AT + timedelta(seconds=s)) for state, s in (("booting", 0), ("training", 100), ("done", 160))
    ]
    rental = Rental("a10", "r", 129, AT + timedelta(seconds=10), AT + timedelta(seconds=150))
    lines = budget(moments, [rental], AT + timedelta(seconds=999))
    assert [line.seconds for line in lines] == [100, 60]
    assert sum(line.cents for line in lines) == pytest.approx(rental.cents(AT)) == pytest.approx(140 * 129 / 3600)


def test_a_small_run_on_a_rented_machine_is_expected_to_cost_a_few_cents():
    expected = estimate(500, 129)
    assert 5 < expected.cents < 20
    assert estimate(500, None).cents == 0
