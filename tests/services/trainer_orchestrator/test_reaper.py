"""The reaper alone: it has the key and the names, and no database."""

import asyncio
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr
from signing_in import SERVICE_TOKEN, larder_with_accounts
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from fake_lambda import served_lambda
from fake_lambda.server import KEY
from larder_local.ports import free_port
from servicekit.gate import Guard
from tests_support import eventually
from trainer_orchestrator.access import ROUTES, asking
from trainer_orchestrator.cloud.account import client_of
from trainer_orchestrator.cloud.gate import Rates
from trainer_orchestrator.reaper import ReaperSettings, Verdict, asks_orchestrator, sweep, sweep_once
from trainer_orchestrator.run import machine_name

PAST, FUTURE = (datetime.now(UTC) + timedelta(hours=hours) for hours in (-1, 1))


def orchestrator() -> Starlette:
    """What the reaper asks of one: it knows a run that is over, and one that lives."""

    async def show(request):
        run = request.path_params["run_id"]
        if run == "unknown":
            return JSONResponse({"error": {"code": "RUN_NOT_FOUND", "message": ""}}, 404)
        return JSONResponse({"finished_at": "2026-01-01T00:00:00Z" if run == "over" else None})

    return Starlette(routes=[Route("/runs/{run_id}", show)])


@pytest.fixture
async def account(tmp_path):
    async with served_lambda() as (account, address):
        account.settings = ReaperSettings(
            home=tmp_path, lambda_key=KEY, lambda_address=address, rates=Rates(0, 0), environment="test"
        )
        yield account


async def test_what_is_past_its_deadline_goes_and_nothing_else(account):
    names = {
        machine_name("test", "old", PAST): Verdict.PAST_DEADLINE,
        machine_name("test", "new", FUTURE): Verdict.ALIVE,
        machine_name("other", "old", PAST): Verdict.NOT_OURS,
        "larder-test-old": Verdict.NOT_OURS,
        "my-notebook": Verdict.NOT_OURS,
        "": Verdict.NOT_OURS,
    }
    for name in names:
        account.add_foreign(name)
    tried = await sweep_once(account.settings, dry_run=True)
    assert {finding.name: finding.verdict for finding in tried if finding.name in names} == {
        name: verdict for name, verdict in names.items() if name
    }
    assert len(account.alive()) == 6, "a dry run ends nothing"
    findings = await sweep_once(account.settings, dry_run=False)
    assert [one.name for one in findings if one.was_terminated] == [machine_name("test", "old", PAST)]
    assert {rented.name for rented in account.alive()} == set(names) - {machine_name("test", "old", PAST)}


async def test_a_machine_whose_run_is_over_goes_at_once_and_an_unknown_run_s_stays(account):
    for run in ("over", "live", "unknown"):
        account.add_foreign(machine_name("test", run, FUTURE))

    transport = httpx.ASGITransport(orchestrator())
    async with httpx.AsyncClient(transport=transport) as trainer, httpx.AsyncClient() as http:
        await sweep(client_of(account.settings, http), "test", asks_orchestrator(trainer, "http://trainer"))
    assert {rented.name.split("-")[2] for rented in account.alive()} == {"live", "unknown"}


@pytest.mark.integration
async def test_where_there_are_accounts_the_services_token_asks_and_without_it_the_deadline_decides(
    account, postgres_url
):
    account.add_foreign(machine_name("test", "over", FUTURE))
    async with larder_with_accounts(postgres_url) as larder:
        larder.client.headers["authorization"] = f"Bearer {SERVICE_TOKEN}"
        door = Guard(orchestrator(), ROUTES, asking(larder.client))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(door)) as trainer, httpx.AsyncClient() as http:
            for token in (None, "guessed"):
                asks = asks_orchestrator(trainer, "http://trainer", token and SecretStr(token))
                await sweep(client_of(account.settings, http), "test", asks)
                assert len(account.alive()) == 1
            asks = asks_orchestrator(trainer, "http://trainer", SecretStr(SERVICE_TOKEN))
            await sweep(client_of(account.settings, http), "test", asks)
            assert account.alive() == []
            headers = {"authorization": f"Bearer {SERVICE_TOKEN}"}
            assert (await trainer.post("http://trainer/runs", json={}, headers=headers)).status_code == 403


async def test_an_orchestrator_that_is_gone_is_no_permission(account):
    async with httpx.AsyncClient() as http:
        assert not await asks_orchestrator(http, "http://127.0.0.1:1")("run")


async def test_a_terminate_that_does_nothing_is_repeated_by_the_next_sweep(account):
    account.behaviour.omits_terminated = 1
    account.add_foreign(machine_name("test", "old", PAST))
    for _ in range(2):
        await sweep_once(account.settings, dry_run=False)
    assert account.alive() == []


async def test_the_reaper_s_own_process_needs_only_the_key_and_goes_on_after_a_bad_answer(account, tmp_path):
    account.behaviour.bad_gateways = 1
    account.add_foreign(machine_name("local", "old", PAST))
    environment = {
        "PATH": os.environ["PATH"],
        "LAMBDA_LABS_API_KEY": KEY,
        "LARDER_LAMBDA_URL": account.settings.lambda_address,
        "LARDER_HOME": str(tmp_path),
        "LARDER_PORT": str(free_port(0)),
    }
    program = "from trainer_orchestrator import reaper; reaper.PAUSE_S = 0.1; reaper.main()"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, env=environment)
    await eventually(lambda: account.alive() == [], 30)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert await process.wait() == 0
    assert time.monotonic() - began < 20
