"""The local machine, with real processes: detached, found again, killed, suspended, released."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from trainer_support import living, write_plan, write_recipe

from tests_support import eventually
from trainer_orchestrator.machines import detached
from trainer_orchestrator.machines.base import MachineRef
from trainer_orchestrator.machines.local import LocalMachines
from trainer_orchestrator.machines.workplace import Activity, Look

MACHINE = MachineRef("larder-local-r1-9999999999", "r1")


@pytest.fixture
async def machines(tmp_path: Path) -> AsyncIterator[LocalMachines]:
    machines = new_process(tmp_path)
    yield machines
    await machines.release(MACHINE)


def new_process(tmp_path: Path, *, survives_stop: bool = False) -> LocalMachines:
    """The machines as another orchestrator sees them, which knows only the files."""
    return LocalMachines(tmp_path, nice=5, survives_stop=survives_stop, recipe=write_recipe(tmp_path))


async def prepared(machines: LocalMachines, dataset: Path) -> None:
    await machines.launch(MACHINE, "base")
    assert await machines.is_ready(MACHINE, "base")
    await machines.upload(MACHINE, dataset, "base")


async def until(machines: LocalMachines, activity: Activity) -> Look:
    async def is_there() -> Look | None:
        look = await machines.look(MACHINE, 0)
        return look if look.activity is activity else None

    return await eventually(is_there)


def pid(tmp_path: Path) -> int:
    return int((tmp_path / "runs" / "r1" / "machine" / detached.PID).read_text())


async def test_a_training_runs_to_its_end_and_its_output_is_fetched(machines, dataset, tmp_path):
    await prepared(machines, dataset)
    assert (await machines.look(MACHINE, 0)).activity is Activity.NOT_STARTED
    await machines.start(MACHINE, write_plan(tmp_path))
    look = await until(machines, Activity.EXITED)
    assert look.exit_code == 0
    assert b"training on 3 rows" in look.log
    await machines.download(MACHINE, tmp_path / "fetched")
    assert {path.name for path in (tmp_path / "fetched").iterdir()} >= {"manifest.json", "adapter_model.safetensors"}


async def test_a_look_gives_the_log_from_the_offset_on(machines, dataset, tmp_path):
    await prepared(machines, dataset)
    await machines.start(MACHINE, write_plan(tmp_path))
    whole = (await until(machines, Activity.EXITED)).log
    assert (await machines.look(MACHINE, 10)).log == whole[10:]
    assert (await machines.look(MACHINE, len(whole))).log == b""


async def test_a_new_process_finds_a_training_that_still_runs(machines, dataset, tmp_path):
    await prepared(machines, dataset)
    plan = write_plan(tmp_path, steps=100, seconds=0.05)
    await machines.start(MACHINE, plan)
    first = pid(tmp_path)
    successor = new_process(tmp_path)
    assert (await successor.look(MACHINE, 0)).activity is Activity.RUNNING
    await successor.start(MACHINE, plan)
    assert pid(tmp_path) == first


async def test_a_new_process_sees_the_exit_code_of_a_training_that_ended_meanwhile(machines, dataset, tmp_path):
    await prepared(machines, dataset)
    await machines.start(MACHINE, write_plan(tmp_path, exit=2, say="Every row is empty."))
    await until(machines, Activity.EXITED)
    look = await new_process(tmp_path).look(MACHINE, 0)
    assert (look.activity, look.exit_code) == (Activity.EXITED, 2)
    assert look.log.endswith(b"Every row is empty.\n")


async def test_a_killed_training_is_lost(machines, dataset, tmp_path):
    await prepared(machines, dataset)
    await machines.start(MACHINE, write_plan(tmp_path, steps=100, seconds=0.05))
    os.killpg(pid(tmp_path), signal.SIGKILL)
    assert (await until(machines, Activity.LOST)).exit_code is None


async def test_a_training_whose_keeper_was_killed_counts_as_running_until_it_ends(machines, dataset, tmp_path):
    await prepared(machines, dataset)
    await machines.start(MACHINE, write_plan(tmp_path, steps=10, seconds=0.05))
    await eventually(lambda: (tmp_path / "runs/r1/machine" / detached.LOG).stat().st_size)
    os.kill(pid(tmp_path), signal.SIGKILL)
    assert (await machines.look(MACHINE, 0)).activity is Activity.RUNNING
    await until(machines, Activity.LOST)


async def test_releasing_kills_the_whole_group_and_removes_the_folder(machines, dataset, tmp_path):
    await prepared(machines, dataset)
    await machines.start(MACHINE, write_plan(tmp_path, steps=1000, seconds=0.05))
    group = pid(tmp_path)
    assert await machines.release(MACHINE)
    assert not (tmp_path / "runs" / "r1" / "machine").exists()
    assert living(group) == []
    assert await machines.release(MACHINE)


async def test_a_released_machine_is_lost(machines):
    assert (await machines.look(MACHINE, 0)).activity is Activity.LOST
    assert not await machines.is_ready(MACHINE, "base")


async def test_a_suspended_training_ends_and_is_started_again(machines, dataset, tmp_path):
    await prepared(machines, dataset)
    await machines.start(MACHINE, write_plan(tmp_path, steps=1000, seconds=0.05))
    first = pid(tmp_path)
    await machines.suspend(MACHINE)
    successor = new_process(tmp_path)
    assert (await successor.look(MACHINE, 0)).activity is Activity.NOT_STARTED
    await successor.start(MACHINE, write_plan(tmp_path))
    assert (await until(successor, Activity.EXITED)).exit_code == 0
    assert pid(tmp_path) != first


async def test_a_training_may_be_set_to_survive_an_orderly_stop(dataset, tmp_path):
    machines = new_process(tmp_path, survives_stop=True)
    await prepared(machines, dataset)
    await machines.start(MACHINE, write_plan(tmp_path, steps=1000, seconds=0.05))
    await machines.suspend(MACHINE)
    assert (await machines.look(MACHINE, 0)).activity is Activity.RUNNING
    assert await machines.release(MACHINE)


async def test_two_starts_at_once_train_once(machines, dataset, tmp_path):
    await prepared(machines, dataset)
    plan = write_plan(tmp_path)
    await asyncio.gather(machines.start(MACHINE, plan), new_process(tmp_path).start(MACHINE, plan))
    look = await until(machines, Activity.EXITED)
    assert look.log.count(b"training on") == 1


async def test_a_training_stands_back_behind_the_services(machines, dataset, tmp_path):
    await prepared(machines, dataset)
    await machines.start(MACHINE, write_plan(tmp_path, steps=100, seconds=0.05))
    niceness = os.getpriority(os.PRIO_PROCESS, pid(tmp_path))
    assert niceness == os.getpriority(os.PRIO_PROCESS, 0) + 5


async def test_a_training_dies_at_its_deadline_even_when_nobody_watches(machines, dataset, tmp_path):
    brief = MachineRef(f"larder-local-r1-{int(time.time()) + 1}", "r1")
    await prepared(machines, dataset)
    await machines.start(brief, write_plan(tmp_path, steps=1000, seconds=0.05))
    group = pid(tmp_path)
    await until(machines, Activity.LOST)
    await eventually(lambda: living(group) == [])
