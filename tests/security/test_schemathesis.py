"""schemathesis asks every route for what its description does not say: no 5xx, and no status that is not described."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from audit_api_client import audit_api_on
from signing_in import WITH_ACCOUNTS, person, token_of

from audit_api.app import create_app
from larder_local.ports import free_port
from servicekit.health import Health, serve

pytestmark = pytest.mark.integration

EXAMPLES = 8
"""A route; `schemathesis run` with more finds more, and takes longer."""


@pytest.mark.timeout(600)
async def test_no_route_of_audit_api_fails_or_answers_what_it_does_not_describe(postgres_url, tmp_path: Path) -> None:
    async with audit_api_on(postgres_url, **WITH_ACCOUNTS) as api:
        bearer = (await token_of(api, await person(api, "admin"), "read", "audit", "train", "admin"))["authorization"]
        port, stop = free_port(0), asyncio.Event()
        serving = asyncio.create_task(serve(api.app, "127.0.0.1", port, stop))
        description = tmp_path / "openapi.json"
        description.write_text(json.dumps(create_app(None, Health()).openapi()))
        done = await asyncio.to_thread(_run, description, f"http://127.0.0.1:{port}", bearer)
        stop.set()
        await serving
    assert done.returncode == 0, done.stdout[-6000:]


def _run(description: Path, url: str, bearer: str) -> "subprocess.CompletedProcess[str]":
    checks = "not_a_server_error,status_code_conformance"
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", str(description), "--url", url, "--checks", checks,
        "-H", f"Authorization: {bearer}", "--phases", "examples,fuzzing", "--max-examples", str(EXAMPLES),
        "--seed", "1", "--generation-database", "none", "--no-color",
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=description.parent)
