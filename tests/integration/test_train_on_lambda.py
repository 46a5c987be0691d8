"""The whole way once, with nothing standing in for the training.

HTTP trigger -> the faithful fake of Lambda -> a real SSH server -> the real recipe on larder-tiny -> published ->
serving without a restart; and the account is empty afterwards. LARDER_KEEP_METADATA=FILE keeps what the run took, for
`benchmarks/runs.py --metadata FILE`.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fake_lambda import served_lambda, settings_for
from running_larder import running_larder
from tests_support import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
AUDITS = 40
PATIENCE_S = 600.0


def labels() -> Iterator[bytes]:
    yield from (ROOT / "sample" / "labels.jsonl").read_bytes().splitlines()[:AUDITS]


async def test_a_run_on_a_rented_machine_trains_serves_and_leaves_no_machine() -> None:
    async with served_lambda() as (account, address):
        account.behaviour.boot = 1.0
        with running_larder(**settings_for(account, address), LARDER_TRAINING_OPTIONS="--epochs 1") as larder:
            async with httpx.AsyncClient(base_url=larder.address, timeout=60) as client:
                await audit(client)
                run = await trained(client)
                assert (run["state"], run["reason"]) == ("done", None)
                assert [rental["cents"] > 0 for rental in run["rentals"]] == [True]
                assert account.alive() == []
                metadata = larder.home / "logs" / "rented" / "metadata.json"
                assert_stages_add_up(json.loads(metadata.read_text())["run"])
                if kept := os.environ.get("LARDER_KEEP_METADATA"):
                    shutil.copy(metadata, kept)
                await eventually(lambda: is_serving(client), PATIENCE_S)


def assert_stages_add_up(run: dict[str, Any]) -> None:
    """What was billed by stage is the run's cost, and the time by stage its time."""
    assert [stage["state"] for stage in run["stages"]][-3:] == ["downloading", "publishing", "releasing"]
    assert sum(stage["cents"] for stage in run["stages"]) == pytest.approx(run["cost_cents"], abs=0.02)
    assert sum(stage["seconds"] for stage in run["stages"]) == pytest.approx(run["seconds"], abs=0.5)


async def audit(client: httpx.AsyncClient) -> None:
    upload = {"file": ("labels.jsonl", b"\n".join(labels()))}
    (await client.post("/api/imports", params={"kind": "audited"}, files=upload)).raise_for_status()

    async def is_there() -> bool:
        return bool((await client.get("/api/stats")).json()["audited"] == AUDITS)

    await eventually(is_there, PATIENCE_S)


async def trained(client: httpx.AsyncClient) -> dict[str, Any]:
    """A run, followed to its end."""
    answer = await client.post("/runs", json={"version": "rented", "target": "lambda", "key": "once"})
    assert answer.is_success, answer.text
    run: dict[str, Any] = answer.json()

    async def is_over() -> bool:
        run.update((await client.get(f"/runs/{run['id']}")).json())
        return run["state"] in {"done", "failed", "cancelled"}

    await eventually(is_over, PATIENCE_S)
    return run


async def is_serving(client: httpx.AsyncClient) -> bool:
    """Activated by the gate, or by hand when so short a training is worse; then the worker reads with it."""
    model = (await client.get("/api/models/rented")).json()
    if model["state"] == "registered" and not model["evaluating"]:
        (await client.post("/api/models/rented/activate")).raise_for_status()
    status = (await client.get("/api/status")).json()
    return bool(status["active_version"] == "rented" and status["pending"]["peft"] == 0 and status["records"])
