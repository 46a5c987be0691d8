"""Runs worked to their end, and stopped at every point of the way: exactly one adapter, no machine left."""

import asyncio
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from trainer_support import PatientMachines

from contracts import AdapterPublished, RunState
from contracts.subjects import ADAPTERS_BUCKET
from servicekit.health import Health
from servicekit.objects import NatsObjects, read_manifest
from servicekit.outbox import Relay
from tests_support import eventually
from trainer_orchestrator.dispatcher import Dispatcher
from trainer_orchestrator.errors import LeaseLost, StepFailed, Transient
from trainer_orchestrator.run import FINAL, Reason, Target
from trainer_orchestrator.tables import outbox

pytestmark = pytest.mark.integration

LIFE = [
    "requested", "dataset_frozen", "launching", "booting", "ready", "uploading", "training", "downloading",
    "publishing", "releasing", "done",
]  # fmt: skip


class Crash(BaseException):
    """The process dies here: nothing may catch it."""


@dataclass
class CrashPoints:
    """Wraps what a pipeline acts through, and dies at call number `at`, before or after its effect."""

    at: int
    after_effect: bool
    calls: int = 0
    crashed: str = ""

    def __call__(self, part: Any) -> Any:
        return _Wrapped(part, self)

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def sync(*args: Any, **named: Any) -> Any:
            self.die(name, after=False)
            value = call(*args, **named)
            self.die(name, after=True)
            return value

        async def asynchronous(*args: Any, **named: Any) -> Any:
            self.die(name, after=False)
            value = await call(*args, **named)
            self.die(name, after=True)
            return value

        return asynchronous if inspect.iscoroutinefunction(call) else sync

    def die(self, name: str, *, after: bool) -> None:
        self.calls += not after
        if after is self.after_effect and self.calls == self.at and not self.crashed:
            self.crashed = name
            raise Crash(name)


class _Wrapped:
    NOT_COUNTED = ("renew", "claim", "log", "size", "progress")
    """`renew` runs beside the steps; the others change nothing."""

    def __init__(self, part: Any, points: CrashPoints) -> None:
        self._part = part
        self._points = points

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._part, name)
        is_effect = callable(value) and name not in self.NOT_COUNTED
        return self._points.around(name, value) if is_effect else value


async def crash_everywhere(trainer, prepare) -> list[str]:
    """Work one run for each point: die there, go on with a new pipeline. Returns the points that were covered."""
    covered: list[str] = []
    for after_effect in (False, True):
        at = 0
        while True:
            at += 1
            points = CrashPoints(at, after_effect)
            run = await trainer.acceptance().accept(f"{at}-{after_effect}", None, Target.LOCAL)
            await prepare(run)
            dying = trainer.pipeline(points)
            await dying.store.claim()
            try:
                await dying.work(run.id)
            except Crash:
                await trainer.end_leases()
                await go_on(trainer)
            await assert_ended_well(trainer, run)
            if not points.crashed:
                break
            covered.append(f"{points.crashed} {'after' if after_effect else 'before'}")
    return covered


async def go_on(trainer) -> None:
    """What the next process does: it claims the run, unless it is over already."""
    pipeline = trainer.pipeline()
    for run_id in await pipeline.store.claim():
        await pipeline.work(run_id)


async def assert_ended_well(trainer, run) -> None:
    ended = await trainer.store.load(run.id)
    assert ended.state in FINAL
    assert trainer.machines.alive == set()
    assert sum(run.id in name for name in trainer.machines.launched) <= 1
    published = [one for one in await trainer.announced() if one["run_id"] == run.id]
    assert len(published) == (ended.state is RunState.DONE)
    events = await trainer.announced(f"run.event.{run.id}")
    assert [one["state"] for one in events].count(ended.state) == 1
    assert (trainer.home / "versions" / run.version).exists() == (ended.state is RunState.DONE)


async def nothing(run) -> None:
    """No preparation."""


async def test_a_run_goes_through_all_states_and_publishes_once(trainer):
    run = await trainer.finish(await trainer.accepted("v1"))
    assert [entry.state for entry in (await trainer.store.history([run.id]))[run.id]] == LIFE
    (published,) = await trainer.announced()
    manifest = AdapterPublished.model_validate(published).manifest
    assert await read_manifest(NatsObjects(trainer.broker), manifest.sha256) == manifest
    assert (trainer.home / "versions/v1/adapter_model.safetensors").read_bytes() == run.id.encode()
    assert run.progress == {"step": 3, "steps": 3, "loss": 0.5}


async def test_what_is_kept_of_a_run_is_its_log_and_its_metadata(trainer):
    run = await trainer.finish(await trainer.accepted("v1"))
    metadata = json.loads((trainer.home / "logs/v1/metadata.json").read_text())
    assert metadata["seconds"] == 1.5
    assert metadata["run"]["state"] == "done"
    assert (trainer.home / "logs/v1/training.log").read_text().count("step") == 9
    assert [path.name for path in (trainer.home / "runs" / run.id).iterdir()] == ["training.log"]


async def test_a_run_that_dies_anywhere_publishes_once_and_leaves_no_machine(trainer):
    trainer.machines.looks = 1
    covered = await crash_everywhere(trainer, nothing)
    print(f"{len(covered)} points: {covered}")
    assert len(covered) > 40
    effects = "freeze collect launch is_ready upload start look append download publish release keep_metadata apply"
    assert {point.split()[0] for point in covered} >= set(effects.split())


async def test_a_failing_run_that_dies_anywhere_leaves_no_machine(trainer):
    trainer.machines.exit_code, trainer.machines.looks = 1, 1
    assert len(await crash_everywhere(trainer, nothing)) > 25


async def test_a_cancelled_run_that_dies_anywhere_leaves_no_machine(trainer):
    async def cancel(run) -> None:
        await trainer.store.request_cancel(run.id)

    assert len(await crash_everywhere(trainer, cancel)) >= 4


@pytest.mark.parametrize("state", [RunState(name) for name in LIFE[:-1]])
async def test_a_run_cancelled_in_any_state_ends_typed(trainer, state):
    run = await trainer.accepted("v1")
    pipeline = trainer.pipeline(lambda part: _CancelsIn(part, state, trainer.store))
    ended = await trainer.finish(run, pipeline)
    assert ended.state is (RunState.DONE if state in {RunState.PUBLISHING, RunState.RELEASING} else RunState.CANCELLED)
    await assert_ended_well(trainer, run)


class _CancelsIn:
    """A store beside which a person cancels as soon as the run has moved into `state`."""

    def __init__(self, part: Any, state: RunState, beside: Any) -> None:
        self._part, self._state, self._beside = part, state, beside

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)

    async def load(self, run_id: str) -> Any:
        run = await self._part.load(run_id)
        if run.state is self._state:
            await self._beside.request_cancel(run_id)
        return run

    async def apply(self, before: Any, after: Any, published: Any = None) -> Any:
        run = await self._part.apply(before, after, published)
        if run.state is self._state:
            await self._beside.request_cancel(run.id)
        return run


@pytest.mark.parametrize(
    ("exit_code", "reason"),
    [
        (1, Reason.TRAINING_FAILED),
        (2, Reason.DATA_REFUSED),
        (-9, Reason.MACHINE_LOST),
        (137, Reason.MACHINE_LOST),
        (None, Reason.MACHINE_LOST),
    ],
)
async def test_a_training_that_fails_ends_with_its_reason(trainer, exit_code, reason):
    trainer.machines.exit_code = exit_code
    run = await trainer.finish(await trainer.accepted("v1"))
    assert (run.state, run.ending.reason) == (RunState.FAILED, reason)
    await assert_ended_well(trainer, run)


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("launch", Reason.LAUNCH_FAILED),
        ("is_ready", Reason.BOOT_FAILED),
        ("upload", Reason.UPLOAD_FAILED),
        ("look", Reason.MACHINE_LOST),
        ("download", Reason.DOWNLOAD_FAILED),
    ],
)
async def test_a_step_that_keeps_failing_ends_the_run_with_its_reason(trainer, step, reason):
    async def fails(*_: Any) -> None:
        raise Transient("the line is dead")

    setattr(trainer.machines, step, fails)
    run = await trainer.finish(await trainer.accepted("v1"))
    assert run.ending.reason is reason
    assert "the line is dead" in run.ending.sentence
    await assert_ended_well(trainer, run)


async def test_a_step_that_fails_for_a_while_is_tried_again(trainer):
    upload, failures = trainer.machines.upload, iter([Transient("busy"), OSError("reset")])

    async def fails_twice(*args: Any) -> None:
        for error in failures:
            raise error
        await upload(*args)

    trainer.machines.upload = fails_twice
    run = await trainer.finish(await trainer.accepted("v1"), trainer.pipeline(patience=timedelta(seconds=30)))
    assert run.state is RunState.DONE


async def test_releasing_is_tried_for_ever_whatever_goes_wrong(trainer):
    release = trainer.machines.release
    errors = [StepFailed(Reason.MACHINE_LOST, "gone"), Transient("no answer"), RuntimeError("a mistake")]

    async def fails_first(machine: Any) -> bool:
        if errors:
            await asyncio.sleep(0.03)
            raise errors.pop()
        return await release(machine)

    trainer.machines.release, trainer.machines.refuses_release = fails_first, 3
    run = await trainer.finish(await trainer.accepted("v1"))
    assert (run.state, errors) == (RunState.DONE, [])


async def test_a_broken_adapter_is_not_published(trainer):
    download = trainer.machines.download

    async def breaks(machine: Any, target: Any) -> None:
        await download(machine, target)
        (target / "adapter_model.safetensors").write_bytes(b"half")

    trainer.machines.download = breaks
    run = await trainer.finish(await trainer.accepted("v1"))
    assert run.ending.reason is Reason.ADAPTER_INVALID
    await assert_ended_well(trainer, run)


async def test_a_version_folder_with_another_adapter_is_not_overwritten(trainer):
    run = await trainer.accepted("v1")
    (trainer.home / "versions/v1").mkdir(parents=True)
    ended = await trainer.finish(run)
    assert ended.ending.reason is Reason.PUBLISH_FAILED
    assert list((trainer.home / "versions/v1").iterdir()) == []


async def test_a_run_past_its_deadline_is_ended(trainer):
    run = await trainer.accepted("v1")
    ended = await trainer.finish(run, trainer.pipeline(max_training=timedelta(seconds=-1)))
    assert ended.ending.reason is Reason.TIMED_OUT
    await assert_ended_well(trainer, ended)


async def test_too_few_audits_found_on_freezing_end_the_run(trainer, audit_state):
    run = await trainer.accepted("v1")
    audit_state.is_down = True
    ended = await trainer.finish(run)
    assert ended.ending.reason is Reason.DATASET_UNAVAILABLE
    assert trainer.machines.launched == []


async def test_a_step_is_stopped_when_the_lease_is_lost(trainer):
    began = asyncio.Event()

    async def hangs(*_: Any) -> None:
        began.set()
        await asyncio.Event().wait()

    trainer.machines.upload = hangs
    run, pipeline = await trainer.accepted("v1"), trainer.pipeline()
    await pipeline.store.claim()
    working = asyncio.create_task(pipeline.work(run.id))
    await began.wait()
    await trainer.end_leases()
    await trainer.store.claim()
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(working, 10)


async def test_a_step_that_swallows_a_cancellation_is_stopped_all_the_same(trainer):
    began, swallowed = asyncio.Event(), []

    async def polls(*_: Any) -> bool:
        """As a connection that is refused while it is cancelled."""
        began.set()
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            swallowed.append(1)
            if len(swallowed) > 1:
                raise
        return False

    trainer.machines.is_ready = polls
    run, pipeline = await trainer.accepted("v1"), trainer.pipeline()
    await pipeline.store.claim()
    working = asyncio.create_task(pipeline.work(run.id))
    await began.wait()
    await trainer.store.request_cancel(run.id)
    await asyncio.wait_for(working, 30)
    assert (await trainer.store.load(run.id)).state is RunState.CANCELLED
    assert trainer.machines.alive == set()


async def test_two_orchestrators_at_once_train_and_publish_once(trainer):
    run, stop, health = await trainer.accepted("v1"), asyncio.Event(), Health()
    pipelines = [trainer.pipeline() for _ in range(2)]
    running = [asyncio.create_task(Dispatcher(one.store, one, health).run(stop)) for one in pipelines]
    await eventually(lambda: _is_over(trainer, run.id))
    stop.set()
    await asyncio.gather(*running)
    await assert_ended_well(trainer, run)
    assert len(trainer.machines.launched) == 1


async def _is_over(trainer, run_id: str) -> bool:
    return (await trainer.store.load(run_id)).is_over


async def test_an_orderly_stop_suspends_the_training_and_the_next_start_goes_on_at_once(trainer):
    trainer.machines = PatientMachines(looks=10**6)
    run, stop, pipeline = await trainer.accepted("v1"), asyncio.Event(), trainer.pipeline()
    running = asyncio.create_task(Dispatcher(pipeline.store, pipeline, Health()).run(stop))
    await eventually(lambda: trainer.machines.started)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert len(trainer.machines.suspended) == 1
    assert (await trainer.store.load(run.id)).state is RunState.TRAINING
    trainer.machines.looks = 1
    assert (await trainer.finish(run)).state is RunState.DONE


async def test_a_published_adapter_is_announced_on_the_broker(trainer):
    subscription = await trainer.broker.subscribe("adapter.published")
    run = await trainer.finish(await trainer.accepted("v1"))
    await Relay(trainer.engine, trainer.broker, outbox).publish_once()
    message = await subscription.next_msg(5)
    published = AdapterPublished.model_validate_json(message.data)
    assert (published.run_id, published.version) == (run.id, "v1")
    objects = await (await trainer.broker.jetstream().object_store(ADAPTERS_BUCKET)).list()
    assert f"{published.manifest.sha256}/manifest.json" in {found.name for found in objects}
    await subscription.unsubscribe()


@pytest.mark.parametrize("is_elsewhere", [True, False])
async def test_members_names_do_not_go_to_another_machine(trainer, audit_state, is_elsewhere):
    trainer.machines.is_elsewhere = is_elsewhere
    await trainer.finish(await trainer.accepted("v1"))
    assert audit_state.pseudonymous == [is_elsewhere, is_elsewhere]
