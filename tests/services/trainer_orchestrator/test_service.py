"""The service as a process of its own: killed, stopped, started again; the training is a process too."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.js.api import ConsumerConfig, DeliverPolicy
from trainer_support import AuditApiState, audit_api, living, write_plan, write_recipe

from contracts import AdapterPublished, RunEvent
from larder_local.layout import postgres_answers
from larder_local.ports import free_port
from larder_local.servers import launch, prepare_postgres
from servicekit.health import serve
from tests_support import eventually
from trainer_orchestrator.machines import detached

pytestmark = pytest.mark.integration

SERVICE = """
import functools, sys
from trainer_orchestrator import __main__ as service
from trainer_orchestrator.machines import setup
setup.LocalMachines = functools.partial(setup.LocalMachines, recipe=sys.argv[1:])
sys.argv = ["trainer_orchestrator"]
service.main()
"""


class Service:
    """Starts, kills and stops the service; its data and its address stay."""

    def __init__(self, environment: dict[str, str], recipe: tuple[str, ...], home: Path) -> None:
        self.home = home
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{environment['LARDER_PORT']}", timeout=30)
        self._environment = {**os.environ, **environment}
        self._recipe = recipe
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        command = [sys.executable, "-c", SERVICE, *self._recipe]
        self._process = await asyncio.create_subprocess_exec(*command, env=self._environment)
        await eventually(self._is_ready, 30)

    async def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await asyncio.wait_for(self._process.wait(), 20)

    async def run(self, run_id: str) -> dict[str, Any]:
        return (await self.http.get(f"/runs/{run_id}")).json()

    async def until(self, run_id: str, state: str) -> dict[str, Any]:
        async def is_there() -> dict[str, Any] | None:
            run = await self.run(run_id)
            return run if run.get("state") == state else None

        return await eventually(is_there, 30)

    def finish_training(self) -> None:
        """Trainings wait for this after their last step."""
        (self.home / "go").touch()

    def training(self, run_id: str) -> int:
        return int((self.home / "runs" / run_id / "machine" / detached.PID).read_text())

    async def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, "the service ended instead of starting"
        try:
            return (await self.http.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture
async def service(postgres_url: str, nats_url: str, nats, tmp_path: Path) -> AsyncIterator[Service]:
    async with served(postgres_url, nats_url, tmp_path) as service:
        yield service


@asynccontextmanager
async def served(postgres_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    stop, port = asyncio.Event(), free_port(0)
    serving = asyncio.create_task(serve(audit_api(AuditApiState()), "127.0.0.1", port, stop))
    environment = {
        "DATABASE_URL": postgres_url,
        "NATS_URL": nats_url,
        "AUDIT_API_URL": f"http://127.0.0.1:{port}",
        "LARDER_HOME": str(tmp_path),
        "LARDER_PORT": str(free_port(0)),
        "LARDER_BASE_MODEL": write_plan(tmp_path, steps=40, seconds=0.01, until=tmp_path / "go"),
        "LARDER_RUN_LEASE": "2",
        "LARDER_RUN_POLL": "0.05",
        "LARDER_LOG_FORMAT": "console",
    }
    service = Service(environment, write_recipe(tmp_path), tmp_path)
    await service.start()
    yield service
    for run in (await service.http.get("/runs")).json()["items"]:
        await service.http.post(f"/runs/{run['id']}/cancel")
        await eventually(lambda run=run: _is_over(service, run["id"]))
    assert await service.end(signal.SIGTERM) == 0
    await service.http.aclose()
    stop.set()
    await serving


async def _is_over(service: Service, run_id: str) -> bool:
    return (await service.run(run_id))["finished_at"] is not None


async def begun(service: Service, key: str) -> str:
    """A run that trains, and has told of a step."""
    run_id = (await service.http.post("/runs", json={"key": key})).json()["id"]

    async def has_stepped() -> bool:
        return "step" in (await service.run(run_id))["progress"]

    await eventually(has_stepped, 30)
    return run_id


async def published(nats, run_id: str) -> list[AdapterPublished]:
    """Every announcement of the run's adapter that the broker holds."""
    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
    found = await nats.jetstream().pull_subscribe("adapter.published", stream="MODELS", config=config)
    pending = (await found.consumer_info()).num_pending
    messages = await found.fetch(pending) if pending else []
    await found.unsubscribe()
    return [one for one in map(_adapter, messages) if one.run_id == run_id]


def _adapter(message) -> AdapterPublished:
    return AdapterPublished.model_validate_json(message.data)


async def test_a_killed_orchestrator_finds_its_training_again_and_publishes_once(service, nats):
    run_id = await begun(service, "killed")
    training = service.training(run_id)
    await service.end(signal.SIGKILL)
    os.kill(training, 0)
    await service.start()
    assert service.training(run_id) == training
    assert len(living(training)) == 2
    service.finish_training()
    run = await service.until(run_id, "done")
    assert run["progress"]["step"] == 40
    log = (await service.http.get(f"/runs/{run_id}/log")).text
    assert log.count("training on 3 rows") == 1
    assert log.count('"event": "step"') == 40
    assert len(await eventually(lambda: published(nats, run_id))) == 1


async def test_an_orderly_stop_leaves_no_process_and_the_next_start_trains_again(service, nats):
    run_id = await begun(service, "stopped")
    training = service.training(run_id)
    assert await service.end(signal.SIGTERM) == 0
    assert living(training) == []
    await service.start()
    service.finish_training()
    await service.until(run_id, "done")
    assert len(await eventually(lambda: published(nats, run_id))) == 1


async def test_a_cancelled_training_is_killed(service):
    run_id = await begun(service, "cancelled")
    training = service.training(run_id)
    assert len(living(training)) == 2
    await service.http.post(f"/runs/{run_id}/cancel")
    await service.until(run_id, "cancelled")
    assert living(training) == []
    assert not (service.home / "runs" / run_id / "machine").exists()


async def test_a_killed_training_ends_the_run_with_machine_lost_and_the_end_of_its_log(service):
    run_id = await begun(service, "lost")
    os.killpg(service.training(run_id), signal.SIGKILL)
    run = await service.until(run_id, "failed")
    assert run["reason_code"] == "MACHINE_LOST"
    assert '"event": "step"' in run["reason"]


async def test_a_database_that_is_killed_and_started_again_loses_no_run(server_folder, nats_url, nats, tmp_path):
    server = prepare_postgres(server_folder / "killed", free_port(0), "secret")
    process = launch(server, server_folder / "killed.log")
    await eventually(postgres_answers(server.url))
    async with served(server.url, nats_url, tmp_path) as service:
        run_id = await begun(service, "database")
        os.kill(process.pid, signal.SIGQUIT)
        process.wait(10)
        assert (await service.http.get("/runs")).json()["error"]["code"] == "DATABASE_UNAVAILABLE"
        process = launch(server, server_folder / "killed.log")
        await eventually(postgres_answers(server.url))
        service.finish_training()
        await service.until(run_id, "done")
        assert len(await eventually(lambda: published(nats, run_id))) == 1
    os.kill(process.pid, signal.SIGINT)
    process.wait(10)


async def test_a_live_run_is_followed_step_by_step(service):
    run_id = await begun(service, "followed")
    events: list[RunEvent] = []
    async with service.http.stream("GET", f"/runs/{run_id}/events") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                events.append(RunEvent.model_validate(json.loads(line[6:])))
                if events[-1].progress.get("step") == 40:
                    service.finish_training()
    assert events[-1].state == "done"
    assert len({event.progress.get("step") for event in events if event.state == "training"}) > 1
