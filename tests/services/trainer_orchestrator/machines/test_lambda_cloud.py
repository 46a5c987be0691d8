"""Rented machines against the faithful fake and its real SSH servers, on good days and on bad ones."""

import asyncio
import base64
import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from trainer_support import write_plan

from tests_support import eventually
from trainer_orchestrator.cloud.choice import Wishes
from trainer_orchestrator.errors import StepFailed, Transient
from trainer_orchestrator.machines.base import MachineRef
from trainer_orchestrator.machines.cloud_init import user_data
from trainer_orchestrator.machines.lambda_cloud import LambdaMachines
from trainer_orchestrator.machines.workplace import Activity, Look
from trainer_orchestrator.run import Reason

MACHINE = MachineRef("larder-test-r1-9999999999", "r1")
BASE = "somebody/Model"


async def ready(machines: LambdaMachines) -> None:
    await eventually(lambda: machines.is_ready(MACHINE, BASE))


async def released(machines: LambdaMachines) -> None:
    await eventually(lambda: machines.release(MACHINE))


async def insistently(machines: LambdaMachines) -> None:
    """Launch as the pipeline does: a transient error is tried again."""
    while True:
        try:
            await machines.launch(MACHINE, BASE)
        except Transient:
            await asyncio.sleep(0.01)
        else:
            return


async def until(machines: LambdaMachines, activity: Activity) -> Look:
    async def is_there() -> Look | None:
        look = await machines.look(MACHINE, 0)
        return look if look.activity is activity else None

    return await eventually(is_there)


async def test_a_machine_is_rented_trains_and_is_gone(cloud, dataset, tmp_path):
    machines, plan = cloud.machines(), write_plan(tmp_path)
    await machines.launch(MACHINE, plan)
    await ready(machines)
    await machines.upload(MACHINE, dataset, plan)
    await machines.start(MACHINE, plan)
    look = await until(machines, Activity.EXITED)
    assert look.exit_code == 0, look.log
    await machines.download(MACHINE, tmp_path / "fetched")
    assert (tmp_path / "fetched/manifest.json").exists()
    await released(machines)
    assert cloud.account.alive() == []
    (rental,) = machines.rentals(MACHINE)
    assert (rental.type, rental.cents_per_hour) == ("gpu_1x_a10", 129)
    assert 0 < rental.cents(datetime.now(UTC)) < 1
    assert not (tmp_path / "runs/r1/host_key").exists()


async def test_it_is_used_as_soon_as_it_answers_not_when_it_is_called_active(cloud):
    cloud.account.behaviour.boot = 30
    machines = cloud.machines(boot=timedelta(seconds=60))
    await machines.launch(MACHINE, BASE)
    await ready(machines)
    await released(machines)


async def test_nothing_is_sent_while_the_image_s_own_key_shows(cloud):
    cloud.account.behaviour.cloud_init = 0.5
    machines = cloud.machines()
    await machines.launch(MACHINE, BASE)
    (rented,) = cloud.account.alive()
    await eventually(lambda: rented.has_own_key)
    assert not await machines.is_ready(MACHINE, BASE)
    assert list(rented.machine.home.iterdir()) == []
    await ready(machines)
    await released(machines)


@pytest.mark.parametrize("how", ["loses_launch_answers", "breaks_launch_answers"])
async def test_a_launch_whose_answer_was_lost_is_adopted_and_not_repeated(cloud, how):
    setattr(cloud.account.behaviour, how, 1)
    cloud.account.behaviour.unlisted = 0.3
    await insistently(cloud.machines())
    assert len(cloud.account.rented) == 1
    await released(cloud.machines())
    assert cloud.account.alive() == []


async def test_a_launch_that_never_came_to_light_is_repeated_after_the_settle_window(cloud):
    cloud.account.behaviour.loses_launch_answers = 1
    machines = cloud.machines(settle=timedelta(seconds=0.2))
    with pytest.raises(Transient):
        await machines.launch(MACHINE, BASE)
    cloud.account.rented.clear()
    await insistently(machines)
    assert len(cloud.account.alive()) == 1
    await released(machines)


async def test_a_cancelled_launch_is_released_only_when_its_hidden_machine_was_seen_to_end(cloud):
    cloud.account.behaviour.loses_launch_answers, cloud.account.behaviour.unlisted = 1, 0.5
    machines = cloud.machines()
    with pytest.raises(Transient):
        await machines.launch(MACHINE, BASE)
    assert not await machines.release(MACHINE)
    await released(machines)
    assert (len(cloud.account.rented), cloud.account.alive()) == (1, [])


async def test_of_two_machines_with_one_name_one_is_kept(cloud):
    machines = cloud.machines()
    await machines.launch(MACHINE, BASE)
    cloud.account.add_foreign(MACHINE.name)
    cloud.account.add_foreign("somebody-elses")
    (tmp := cloud.home / "runs/r1/rentals.json").unlink()
    await machines.launch(MACHINE, BASE)
    assert len([one for one in cloud.account.alive() if one.name == MACHINE.name]) == 1
    assert tmp.exists()
    await released(machines)
    assert [one.name for one in cloud.account.alive()] == ["somebody-elses"]


async def test_capacity_that_is_refused_leads_to_the_next_region(cloud):
    cloud.account.behaviour.refuses_capacity = 1
    await cloud.machines().launch(MACHINE, BASE)
    (rented,) = cloud.account.alive()
    assert rented.region == "us-west-1"
    await released(cloud.machines())


async def test_no_capacity_at_all_ends_typed(cloud):
    cloud.account.behaviour.refuses_capacity = 99
    with pytest.raises(StepFailed, match="try again later") as caught:
        await cloud.machines().launch(MACHINE, BASE)
    assert caught.value.reason is Reason.NO_CAPACITY
    assert await cloud.machines().release(MACHINE), "what was refused need not be waited for"


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ({"refuses_key": True}, Reason.KEY_REFUSED),
        ({"inactive": True}, Reason.ACCOUNT_INACTIVE),
        ({"quota": 0}, Reason.QUOTA_EXCEEDED),
    ],
)
async def test_what_a_person_must_change_ends_typed(cloud, behaviour, reason):
    for name, value in behaviour.items():
        setattr(cloud.account.behaviour, name, value)
    with pytest.raises(StepFailed) as caught:
        await cloud.machines().launch(MACHINE, BASE)
    assert caught.value.reason is reason


async def test_above_the_price_cap_nothing_is_rented(cloud):
    with pytest.raises(StepFailed, match=r"\$1.29 an hour, above the cap of \$1.00") as caught:
        await cloud.machines(wishes=Wishes(max_cents_per_hour=100)).launch(MACHINE, BASE)
    assert caught.value.reason is Reason.PRICE_TOO_HIGH
    assert cloud.account.rented == {}


def test_no_machine_lives_so_long_that_it_could_cost_more_than_a_run_may(cloud):
    assert cloud.machines().lifetime(timedelta(hours=9)) == timedelta(hours=1)
    assert cloud.machines().lifetime(timedelta(minutes=9)) == timedelta(minutes=9)


@pytest.mark.parametrize("how", ["unhealthy", "stuck"])
async def test_a_machine_that_does_not_become_usable_is_replaced(cloud, how):
    setattr(cloud.account.behaviour, how, 1)
    machines = cloud.machines(boot=timedelta(seconds=0.6))
    await machines.launch(MACHINE, BASE)
    await ready(machines)
    assert len(cloud.account.rented) == 2
    assert len(cloud.account.alive()) == 1
    assert len(machines.rentals(MACHINE)) == 2
    await released(machines)


async def test_a_gpu_that_does_not_compute_is_replaced_and_after_three_the_run_ends(cloud):
    machines = cloud.machines(probe="false")
    await machines.launch(MACHINE, BASE)
    with pytest.raises(StepFailed, match="3 machines in a row") as caught:
        await ready(machines)
    assert caught.value.reason is Reason.BOOT_FAILED
    assert cloud.account.alive() == []
    await released(machines)


@pytest.mark.parametrize("kept", [True, False])
async def test_release_believes_only_the_list(cloud, kept):
    cloud.account.behaviour.keeps_terminated = kept
    cloud.account.behaviour.omits_terminated = 1
    machines = cloud.machines()
    await machines.launch(MACHINE, BASE)
    await ready(machines)
    assert not await machines.release(MACHINE)
    assert len(cloud.account.alive()) == 1, "terminate answered 200 and did nothing"
    await released(machines)
    assert cloud.account.alive() == []
    assert await cloud.machines().release(MACHINE), "again, by a new process"


async def test_a_machine_that_vanishes_while_it_trains_is_lost(cloud, dataset, tmp_path):
    machines, plan = cloud.machines(), write_plan(tmp_path, steps=1000, seconds=0.05)
    await machines.launch(MACHINE, plan)
    await ready(machines)
    await machines.upload(MACHINE, dataset, plan)
    await machines.start(MACHINE, plan)
    cloud.account.terminate(cloud.account.alive()[0])
    assert (await until(machines, Activity.LOST)).exit_code is None
    await released(machines)


async def test_bad_gateways_and_429_are_tried_again(cloud):
    cloud.account.behaviour.bad_gateways = 2
    cloud.account.behaviour.too_many = ["retry-after", "retry-after"]
    machines = cloud.machines()
    await insistently(machines)
    assert len(cloud.account.rented) == 1
    await ready(machines)
    await released(machines)


async def test_a_new_process_re_attaches_to_its_training(cloud, dataset, tmp_path):
    machines, plan = cloud.machines(), write_plan(tmp_path, steps=20, seconds=0.05)
    await machines.launch(MACHINE, plan)
    await ready(machines)
    await machines.upload(MACHINE, dataset, plan)
    await machines.start(MACHINE, plan)
    successor = cloud.machines()
    await successor.launch(MACHINE, plan)
    await successor.start(MACHINE, plan)
    look = await until(successor, Activity.EXITED)
    assert (look.exit_code, look.log.count(b"training on")) == (0, 1)
    assert len(cloud.account.rented) == 1
    await released(successor)


def test_user_data_carries_the_host_key_the_end_and_what_is_fetched_while_booting(tmp_path: Path, monkeypatch):
    lock = tmp_path / "lock"
    lock.write_text("a==1\n")
    text = user_data("PRIVATE", "ssh-ed25519 AAAA", user="ubuntu", base=BASE, lock=lock,
                     deadline=datetime(2026, 12, 1, 3, tzinfo=UTC), token="hf_x")  # fmt: skip
    head, _, body = text.partition("\n")
    config = json.loads(body)
    assert head == "#cloud-config"
    assert config["ssh_keys"] == {"ed25519_private": "PRIVATE", "ed25519_public": "ssh-ed25519 AAAA"}
    assert config["runcmd"][0] == ["systemd-run", "--on-calendar=2026-12-01 03:00:00 UTC", "poweroff"]
    assert f"--base {BASE}" in config["runcmd"][-1][-1]
    files = {it["path"]: gzip.decompress(base64.b64decode(it["content"])).decode() for it in config["write_files"]}
    assert files["/opt/larder/requirements.lock"] == "a==1\n"
    assert next(it["permissions"] for it in config["write_files"] if it["path"].endswith("token")) == "0600"


def test_what_is_sent_at_launch_is_far_below_the_limit(tmp_path: Path):
    from trainer_orchestrator.machines.bundle import lock_file

    text = user_data(
        "x" * 400, "y" * 80, user="ubuntu", base=BASE, lock=lock_file(), deadline=datetime.now(UTC), token=""
    )
    assert len(text) < 200_000


async def test_the_real_pace_is_kept_by_the_real_gate(cloud):
    """Against an account that answers 429 to anything faster; without a launch, to be quick."""
    from pydantic import SecretStr

    from fake_lambda.server import KEY
    from trainer_orchestrator.cloud.client import LambdaClient
    from trainer_orchestrator.cloud.gate import RateGate, Rates

    cloud.account.behaviour.holds_to_rates = True
    key = SecretStr(KEY)
    clients = [LambdaClient(cloud.http, key, RateGate(cloud.home, key, Rates()), cloud.address) for _ in range(2)]
    began = time.monotonic()
    await asyncio.gather(*(client.instances() for client in clients for _ in range(2)))
    assert time.monotonic() - began > 2.9
