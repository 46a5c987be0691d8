"""The worker as it is started: `python -m inference_worker`."""

import asyncio
import os
import signal
import sys
import uuid
from pathlib import Path

import httpx
import pytest
from nats.aio.client import Client

from contracts import ExtractionCompleted, ExtractionRequested, ModelRef, Reference, subjects
from larder_local.ports import free_port
from servicekit.broker import publish
from tests_support import eventually

pytestmark = pytest.mark.integration


async def start(base: object, nats_url: str, home: Path, port: int) -> asyncio.subprocess.Process:
    environment = os.environ | {
        "NATS_URL": nats_url, "LARDER_PORT": str(port), "LARDER_HOME": str(home), "LARDER_BASE_MODEL": str(base),
    }  # fmt: skip
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "inference_worker", env=environment, stderr=asyncio.subprocess.PIPE
    )


async def test_it_gets_ready_reads_and_stops_cleanly(nats: Client, nats_url: str, toy_base: Path, tmp_path: Path):
    port = free_port(0)
    process = await start(toy_base, nats_url, tmp_path, port)
    try:
        await eventually(lambda: answer(port, "readyz"), seconds=60)
        assert await answer(port, "readyz") == {"ready": True, "problems": [], "notes": []}
        asked = ExtractionRequested(
            request_id=uuid.uuid4().hex, record_id="r1", revision=1, text="Picked up 2 boxes figs",
            reference_version=Reference().version, evaluate=ModelRef(version="base", sha256=None),
        )  # fmt: skip
        await publish(nats, subjects.REQUESTED_PEFT, asked, asked.request_id)
        result = await eventually(lambda: first_result(nats))
        assert (result.request_id, result.version) == (asked.request_id, "base")
        assert result.ms > 0
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert "Traceback" not in errors.decode()


async def test_a_missing_base_model_ends_it_with_one_sentence(nats_url: str, tmp_path: Path):
    process = await start(tmp_path / "not-there", nats_url, tmp_path, free_port(0))
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert "There is no base model folder at" in errors.decode().splitlines()[-1]
    assert "Traceback" not in errors.decode()


async def answer(port: int, path: str) -> dict[str, object] | None:
    async with httpx.AsyncClient() as client:
        try:
            response = await client.get(f"http://127.0.0.1:{port}/{path}")
        except httpx.TransportError:
            return None
    return response.json() if response.status_code == 200 else None


async def first_result(connection: Client) -> ExtractionCompleted | None:
    jetstream = connection.jetstream()
    state = (await jetstream.stream_info("EXTRACTION_RESULTS")).state
    if not state.messages:
        return None
    message = await jetstream.get_msg("EXTRACTION_RESULTS", state.first_seq)
    return ExtractionCompleted.model_validate_json(message.data)
