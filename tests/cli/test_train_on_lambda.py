"""`larder train --on lambda` and `reap` as a volunteer types them; a real orchestrator rents from the fake."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.aio.client import Client
from sqlalchemy import delete
from trainer_support import AuditApiState, audit_api

from fake_lambda import Account, served_lambda, settings_for
from fake_lambda.server import KEY
from larder_local.ports import free_port
from servicekit.health import Health, serve
from tests_support import eventually
from trainer_orchestrator.__main__ import connected, work
from trainer_orchestrator.cloud.gate import Rates
from trainer_orchestrator.run import machine_name
from trainer_orchestrator.settings import Settings
from trainer_orchestrator.store import migrate
from trainer_orchestrator.tables import run_history, runs

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@dataclass
class Town:
    """An orchestrator, the account it rents from, and a person at a terminal."""

    account: Account
    audits: AuditApiState
    http: httpx.AsyncClient
    environment: dict[str, str]

    async def larder(self, *arguments: str, **settings: str) -> "Said":
        """What a command that needs no answer says."""
        said = await asyncio.wait_for((await self.start(*arguments, **settings)).communicate(), 60)
        return Said(*(part.decode() for part in said))

    async def start(self, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        command = str(Path(sys.executable).with_name("larder"))
        environment = {**os.environ, **self.environment, **settings}
        return await asyncio.create_subprocess_exec(
            command, *arguments, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, preexec_fn=_hears_ctrl_c
        )


def _hears_ctrl_c() -> None:
    """Also where the tests run in the background, which ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Said:
    out: str
    err: str

    @property
    def sentence(self) -> str:
        return self.err.strip().splitlines()[-1].removeprefix("larder: ") if self.err.strip() else ""


@pytest.fixture
async def town(postgres_url: str, nats_url: str, nats: Client, tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(postgres_url, nats_url, tmp_path) as town:
        yield town


@asynccontextmanager
async def opened(database: str, nats_url: str, home: Path, **settings: Any) -> AsyncIterator[Town]:
    stop, audits, pages, port = asyncio.Event(), AuditApiState(), free_port(0), free_port(0)
    async with served_lambda() as (account, address):
        told = {
            **settings_for(account, address), "LARDER_LAMBDA_RATES": Rates(0, 0), "LARDER_HOME": home,
            "LARDER_PORT": port, "DATABASE_URL": database, "NATS_URL": nats_url, "LARDER_RUN_POLL": "0.1",
            "AUDIT_API_URL": f"http://127.0.0.1:{pages}", **settings,
        }  # fmt: skip
        serving = asyncio.create_task(serve(audit_api(audits), "127.0.0.1", pages, stop))
        async with connected(Settings(**told), stop) as world:
            await migrate(world.engine)
            async with world.engine.begin() as connection:
                for table in (run_history, runs):
                    await connection.execute(delete(table))
            working = asyncio.create_task(work(Settings(**told), world, Health(), stop))
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
                await eventually(lambda: answers(http))
                reaping = {"LARDER_LAMBDA_URL": address, "LARDER_HOME": str(home), "LAMBDA_LABS_API_KEY": KEY}
                yield Town(account, audits, http, {**reaping, "LARDER_URL": str(http.base_url), "COLUMNS": "400"})
            stop.set()
            await asyncio.gather(working, serving)


async def answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/runs")).status_code == 200
    except httpx.TransportError:
        return False


async def test_a_dry_run_prints_plan_machine_live_price_and_cost_and_changes_nothing(town: Town) -> None:
    said = await town.larder("train", "v1", "--on", "lambda", "--dry-run")
    plan = json.loads(said.out)
    assert (plan["version"], plan["on"], plan["data"]) == ("v1", "lambda", {"audited": 12})
    assert (plan["machine"], plan["region"]) == ("1x A10 (24 GB PCIe) (gpu_1x_a10)", "us-east-1")
    assert (plan["price"], plan["at_most"]) == ("$1.29 an hour", "$2.00")
    assert re.fullmatch(r"[2-9]\d* minutes, \$0\.\d\d", plan["expected"])
    assert {method for _, method, _ in town.account.requests} == {"GET"}
    assert (await town.http.get("/runs")).json()["items"] == []


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ({"refuses_key": True}, "Lambda refuses the key: make a new one at https://cloud.lambda.ai/api-keys and set"),
        ({"inactive": True}, "The Lambda account is inactive: verify the e-mail and add a payment method or credit."),
        ({"refuses_capacity": 99}, "above the cap of $2.00: raise LARDER_MAX_PRICE_PER_HOUR or try again later."),
        ({"quota": 0}, "The Lambda account has as many machines as it may: end one, or ask their support for more."),
    ],
    ids=["key refused", "no credit", "no capacity", "quota"],
)
async def test_what_lambda_refuses_is_one_sentence_that_says_what_to_do(
    town: Town, behaviour: dict[str, Any], sentence: str, *, dry_run: bool
) -> None:
    """A dry run launches nothing, so it cannot know of what only a launch is refused for."""
    for name, value in behaviour.items():
        setattr(town.account.behaviour, name, value)
    asked = ["train", "v1", "--on", "lambda", *(["--dry-run"] if dry_run else [])]
    process = await town.start(*asked)
    _, err = await asyncio.wait_for(process.communicate(), 60)
    only_a_launch_tells = bool({"refuses_capacity", "quota"} & set(behaviour))
    assert process.returncode == (0 if dry_run and only_a_launch_tells else 1)
    if process.returncode:
        assert sentence in err.decode().strip().splitlines()[-1]
        assert not re.search("[A-Z]+_[A-Z]+: ", err.decode()), "codes are for programs"
        assert "Traceback" not in err.decode()
    assert town.account.alive() == []


@pytest.mark.parametrize("arguments", [["--dry-run"], []])
async def test_a_missing_key_is_said_before_anything_is_started(
    postgres_url: str, nats_url: str, nats: Client, tmp_path: Path, arguments: list[str]
) -> None:
    async with opened(postgres_url, nats_url, tmp_path, LAMBDA_LABS_API_KEY=None) as town:
        said = await town.larder("train", "v1", "--on", "lambda", *arguments)
        assert said.sentence == (
            "Lambda is not set up: LAMBDA_LABS_API_KEY is not set: make a key at https://cloud.lambda.ai/api-keys, "
            "set it, and start Larder again."
        )


@pytest.mark.parametrize("arguments", [["--dry-run"], []])
async def test_too_few_audits_are_said_before_a_machine_is_rented(town: Town, arguments: list[str]) -> None:
    town.audits.audited = 4
    said = await town.larder("train", "v1", "--on", "lambda", *arguments)
    assert said.sentence == "Not enough audited records: 4 of 10."
    assert town.account.rented == {}


@pytest.mark.parametrize(
    ("answer", "said_then", "ends"),
    [(b"c\n", "v1: cancelled", True), (b"d\n", "Detached", False), (b"", "Detached", False)],
    ids=["cancel", "detach", "nobody there"],
)
async def test_ctrl_c_asks_once_whether_to_detach_or_to_cancel(
    town: Town, answer: bytes, said_then: str, *, ends: bool
) -> None:
    town.account.behaviour.boot = town.account.behaviour.ssh_after = 600
    process = await town.start("train", "v1", "--on", "lambda")
    await eventually(town.account.alive, 60)
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(answer), 60)
    assert said_then in out.decode() + err.decode()
    assert err.decode().count("etach (default) or") == 1
    assert (town.account.alive() == []) == ends
    assert process.returncode == 0
    (run,) = (await town.http.get("/runs")).json()["items"]
    if not ends:
        await town.http.post(f"/runs/{run['id']}/cancel")
        await eventually(lambda: not town.account.alive(), 30)


async def test_reap_ends_what_is_past_its_deadline_and_says_so(town: Town) -> None:
    old, new = (
        machine_name("local", name, datetime.now(UTC) + timedelta(hours=hours)) for name, hours in (("a", -1), ("b", 1))
    )
    for name in (old, new, "somebody-elses"):
        town.account.add_foreign(name)
    tried = await town.larder("reap", "--dry-run")
    assert tried.out.splitlines() == [
        f"{old}: past its deadline; to be terminated",
        f"{new}: alive; left alone",
        "2 of ours, 1 would be ended; 1 of others, left alone.",
    ]
    assert len(town.account.alive()) == 3
    done = await town.larder("reap")
    assert done.out.splitlines()[-1] == "2 of ours, 1 ended; 1 of others, left alone."
    assert {rented.name for rented in town.account.alive()} == {new, "somebody-elses"}
    keyless = await town.larder("reap", LAMBDA_LABS_API_KEY="")
    assert keyless.sentence.startswith("LAMBDA_LABS_API_KEY is not set: make a key at")
