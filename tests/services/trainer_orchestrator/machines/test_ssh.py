"""Your own host over real SSH: pinned, resumed, detached, found again, left clean."""

import asyncio
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from trainer_support import write_plan

from tests_support import eventually
from trainer_orchestrator.errors import StepFailed, Transient
from trainer_orchestrator.machines.base import MachineRef
from trainer_orchestrator.machines.bundle import write_bundle
from trainer_orchestrator.machines.ssh import SshMachines, host_key_of
from trainer_orchestrator.machines.transport import CommandFailed, Shell, WrongHost, connect
from trainer_orchestrator.machines.workplace import Activity, Look
from trainer_orchestrator.run import Reason

MACHINE = MachineRef("larder-test-r1-9999999999", "r1")


async def prepared(machines: SshMachines, dataset: Path, base: str) -> None:
    await machines.launch(MACHINE, base)
    assert await machines.is_ready(MACHINE, base)
    await machines.upload(MACHINE, dataset, base)


async def until(machines: SshMachines, activity: Activity) -> Look:
    async def is_there() -> Look | None:
        look = await machines.look(MACHINE, 0)
        return look if look.activity is activity else None

    return await eventually(is_there)


async def test_a_training_is_sent_run_fetched_and_nothing_stays_on_the_host(host, dataset, tmp_path):
    machines, plan = host.machines(), write_plan(tmp_path)
    await prepared(machines, dataset, plan)
    assert (await machines.look(MACHINE, 0)).activity is Activity.NOT_STARTED
    await machines.start(MACHINE, plan)
    look = await until(machines, Activity.EXITED)
    assert look.exit_code == 0, look.log
    assert b"training on 3 rows" in look.log
    assert (await machines.look(MACHINE, 10)).log == look.log[10:]
    await machines.download(MACHINE, tmp_path / "fetched")
    assert {path.name for path in (tmp_path / "fetched").iterdir()} >= {"manifest.json", "adapter_model.safetensors"}
    assert await machines.release(MACHINE)
    assert list((host.machine.home / "larder").iterdir()) == [host.machine.home / "larder/environment"]
    assert await machines.release(MACHINE)


async def test_a_new_process_finds_the_training_again_after_the_line_broke(host, dataset, tmp_path):
    machines, plan = host.machines(), write_plan(tmp_path, steps=40, seconds=0.05)
    await prepared(machines, dataset, plan)
    await machines.start(MACHINE, plan)
    host.machine.cut_connections()
    successor = host.machines()
    assert (await successor.look(MACHINE, 0)).activity is Activity.RUNNING
    await successor.start(MACHINE, plan)
    look = await until(successor, Activity.EXITED)
    assert look.log.count(b"training on") == 1


async def test_an_orderly_stop_leaves_the_host_training(host, dataset, tmp_path):
    machines, plan = host.machines(), write_plan(tmp_path, steps=1000, seconds=0.05)
    await prepared(machines, dataset, plan)
    await machines.start(MACHINE, plan)
    await machines.suspend(MACHINE)
    assert (await machines.look(MACHINE, 0)).activity is Activity.RUNNING
    assert await machines.release(MACHINE)
    await eventually(lambda: not [p for p in host.machine.processes() if "recipe.py" in " ".join(p.cmdline())])


async def test_a_host_that_lost_the_folder_has_lost_the_training(host):
    assert (await host.machines().look(MACHINE, 0)).activity is Activity.LOST


async def test_another_host_key_is_not_spoken_to(host):
    other = (await asyncio.to_thread(another_key, host.home)).strip()
    with pytest.raises(WrongHost):
        await connect(replace(host.address, host_key=other))
    assert not list(host.machine.home.iterdir())


def another_key(folder: Path) -> str:
    path = folder / "another"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path.with_name("another.pub").read_text()


async def test_a_key_that_is_not_let_in_and_a_dead_host_are_said(host):
    await asyncio.to_thread(another_key, host.home)
    with pytest.raises(Transient, match=r"does not let .* in with our key"):
        await connect(replace(host.address, client_key=host.home / "another"))
    host.machine.shut_down()
    with pytest.raises(Transient, match="does not answer"):
        await connect(host.address)


async def test_a_python_that_is_too_old_is_one_sentence(host):
    machines = SshMachines(host.address, replace(host.machines()._training, python="false"))
    with pytest.raises(StepFailed, match=r"needs Python 3\.11") as caught:
        await machines.is_ready(MACHINE, "base")
    assert caught.value.reason is Reason.BOOT_FAILED


@pytest.fixture
async def shell(host):
    shell = await connect(host.address)
    yield shell
    shell.close()


async def test_a_failing_command_is_told_with_its_status_and_its_words(shell):
    with pytest.raises(CommandFailed, match="no such thing") as caught:
        await shell.run("echo no such thing >&2; exit 7")
    assert caught.value.status == 7


async def test_a_transfer_that_broke_off_goes_on_where_it_was(host, shell, tmp_path, monkeypatch):
    content = bytes(range(256)) * 4096
    (tmp_path / "sent").write_bytes(content)
    (host.machine.home / "there.part").write_bytes(content[:700_000])
    sent: list[int] = []
    send = Shell._send

    async def noted(self, source, target, offset):
        sent.append(offset)
        await send(self, source, target, offset)

    monkeypatch.setattr(Shell, "_send", noted)
    await shell.put(tmp_path / "sent", "there")
    assert sent == [700_000]
    await shell.put(tmp_path / "sent", "there")
    assert len(sent) == 1, "what is there whole is not sent again"
    (tmp_path / "back.part").write_bytes(content[:500_000])
    await shell.get("there", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content


async def test_a_wrong_beginning_is_not_built_upon(host, shell, tmp_path):
    (tmp_path / "sent").write_bytes(b"right" * 1000)
    (host.machine.home / "there.part").write_bytes(b"wrong" * 100)
    await shell.put(tmp_path / "sent", "there")
    (tmp_path / "back.part").write_bytes(b"wrong" * 100)
    await shell.get("there", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"right" * 1000


async def test_a_file_that_is_not_there_is_not_found(shell, tmp_path):
    with pytest.raises(FileNotFoundError):
        await shell.get("nowhere", tmp_path / "x")


def test_the_same_content_gives_the_same_bundle(dataset, tmp_path):
    for name in ("one", "two"):
        write_bundle(tmp_path / name, dataset, "somebody/Model")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(
    "line", ["gpu.example ssh-ed25519 AAAA", "ssh-ed25519 AAAA me@gpu", "[gpu]:22 ssh-ed25519 AAAA"]
)
def test_a_host_key_is_taken_as_ssh_keyscan_prints_it(line):
    assert host_key_of(line) == "ssh-ed25519 AAAA"
    with pytest.raises(ValueError, match="ssh-keyscan"):
        host_key_of("nonsense")
