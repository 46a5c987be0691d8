"""Machines over SSH, a host of one's own and rented ones: all are real OpenSSH servers on loopback."""

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from trainer_support import ROW, write_recipe

from fake_lambda import Account, Machine, served_lambda
from fake_lambda.machine import wait_for_port
from fake_lambda.server import KEY
from larder_local.ports import free_port
from trainer_orchestrator.cloud.choice import Wishes
from trainer_orchestrator.cloud.client import LambdaClient
from trainer_orchestrator.cloud.gate import RateGate, Rates
from trainer_orchestrator.machines.lambda_cloud import LambdaMachines, Terms
from trainer_orchestrator.machines.remote import RemoteTraining
from trainer_orchestrator.machines.rentals import RentalBook
from trainer_orchestrator.machines.ssh import SshMachines
from trainer_orchestrator.machines.transport import Address, new_key_pair


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "dataset"
    folder.mkdir()
    for name in ("train.jsonl", "held_out.jsonl"):
        (folder / name).write_text(ROW * 3)
    return folder


def remote_training(home: Path) -> RemoteTraining:
    """Trains with a script in place of the recipe, by this Python, which has all packages."""
    return RemoteTraining(home, python=sys.executable, recipe=write_recipe(home)[1:])


@dataclass
class Host:
    """A GPU host of one's own."""

    machine: Machine
    address: Address
    home: Path

    def machines(self) -> SshMachines:
        return SshMachines(self.address, remote_training(self.home))


@pytest.fixture
def host(tmp_path: Path) -> "AsyncIterator[Host]":
    public = new_key_pair(tmp_path / "ours")
    machine = Machine("127.0.0.1", free_port(0), [public])
    machine.boot(with_injected_key=False)
    wait_for_port(machine.ip, machine.port)
    host_key = (machine.folder / "host_key.pub").read_text()
    yield Host(machine, Address(machine.ip, machine.port, machine.user, tmp_path / "ours", host_key), tmp_path)
    machine.shut_down()


@dataclass
class Cloud:
    """An account, and machines rented on it as a new process would see them."""

    account: Account
    address: str
    http: httpx.AsyncClient
    home: Path

    def machines(self, **changed: object) -> LambdaMachines:
        key = SecretStr(KEY)
        gate = RateGate(self.home, key, Rates(request=0, launch=0))
        client = LambdaClient(self.http, key, gate, self.address)
        return LambdaMachines(client, RentalBook(self.home), remote_training(self.home), self.terms(**changed))

    def terms(self, **changed: object) -> Terms:
        fields: dict[str, object] = {
            "wishes": Wishes(max_cents_per_hour=200),
            "max_cents_per_run": 200,
            "settle": timedelta(seconds=1),
            "boot": timedelta(seconds=5),
            "poll": timedelta(milliseconds=20),
            "user": Machine("", 0, []).user,
            "ssh_port": self.account.port,
            "probe": "true",
        }
        return Terms(**{**fields, **changed})


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with served_lambda() as (account, address), httpx.AsyncClient() as http:
        yield Cloud(account, address, http, tmp_path)
        assert all("SECRET" not in path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
