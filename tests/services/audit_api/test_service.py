"""The service as a process: it starts, works, survives its database, and stops when told."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from audit_api_client import Api, completed
from nats.aio.client import Client
from sqlalchemy.exc import DBAPIError, IntegrityError

from audit_api.database import is_gone
from contracts import ExtractionRequested, Reference
from contracts.subjects import CURRENT_KEY, REFERENCE_BUCKET
from larder_local.ports import free_port
from servicekit.broker import publish
from tests_support import eventually

pytestmark = pytest.mark.integration


@asynccontextmanager
async def service(postgres_url: str, nats_url: str) -> AsyncIterator[tuple[httpx.AsyncClient, subprocess.Popen[bytes]]]:
    port = free_port(0)
    settings = {"DATABASE_URL": postgres_url, "NATS_URL": nats_url, "LARDER_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "audit_api"], env={**os.environ, **settings})
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            await eventually(lambda: _is_ready(client), seconds=60)
            yield client, process
    finally:
        process.kill()
        process.wait()


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def test_it_announces_serves_survives_a_lost_database_and_stops_in_order(
    api: Api, postgres_url: str, nats_url: str, nats: Client
) -> None:
    async with service(postgres_url, nats_url) as (client, process):
        bucket = await nats.jetstream().key_value(REFERENCE_BUCKET)
        entry = await bucket.get(CURRENT_KEY)
        (known,) = await api.rows("SELECT version FROM reference_versions")
        assert Reference.model_validate_json(entry.value or b"").version == known.version

        answer = await client.post("/api/imports", files={"file": ("rows", b'{"id": "r0", "text": "2 cs kale"}')})
        assert answer.status_code == 202
        request = await next_request(nats)
        assert (request.record_id, request.reference_version) == ("r0", known.version)

        others = "pid <> pg_backend_pid() AND datname = current_database()"
        await api.rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        await publish(nats, "extraction.completed.regex", completed("r0"), "m")

        async def is_read() -> Any:
            found = await client.get("/api/records/r0")
            return found.status_code == 200 and found.json()["readings"]["regex"]

        await eventually(is_read, seconds=30)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0


async def next_request(nats: Client) -> ExtractionRequested:
    subscription = await nats.jetstream().pull_subscribe_bind(consumer="regex-extractor", stream="EXTRACTION_REQUESTS")
    (message,) = await subscription.fetch(1, timeout=20)
    await message.ack()
    await subscription.unsubscribe()
    return ExtractionRequested.model_validate_json(message.data)


def test_the_description_names_every_answer_and_every_refusal() -> None:
    printed = subprocess.run([sys.executable, "-m", "audit_api", "openapi"], capture_output=True, check=True)
    description = json.loads(printed.stdout)
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            assert "Refusal" in json.dumps(answers["422"]), f"{method} {path}"
            (success,) = [code for code in answers if code.startswith(("2", "3"))]
            assert success in {"204", "303"} or answers[success]["content"], f"{method} {path}"
    assert description["components"]["schemas"]["RecordDetail"]["required"]


def test_a_wrong_argument_is_answered_with_the_usage() -> None:
    refused = subprocess.run([sys.executable, "-m", "audit_api", "sing"], capture_output=True, check=False)
    assert (refused.returncode, refused.stderr[:6]) == (2, b"usage:")


def test_a_lost_connection_is_told_from_a_wrong_statement() -> None:
    assert is_gone(ConnectionRefusedError())
    assert is_gone(DBAPIError("SELECT 1", {}, Exception("the server shut down")))
    assert not is_gone(IntegrityError("INSERT", {}, Exception("twice")))
    assert not is_gone(ValueError())
