"""Filling a running Larder over its API."""

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx

from tests_support import eventually

SECONDS = 180
LABELS = Path(__file__).resolve().parents[2] / "sample" / "labels.jsonl"


async def import_sample(client: httpx.AsyncClient) -> None:
    """Import the sample and wait until regex has read all of it."""
    await _finish(client, await client.post("/api/imports/sample"))


async def import_messages(client: httpx.AsyncClient, texts: Sequence[str]) -> None:
    """Import one message for each text, and wait until regex has read them."""
    lines = "\n".join(json.dumps({"id": f"message-{crc32(text.encode())}", "text": text}) for text in texts)
    await _finish(client, await client.post("/api/imports", files={"file": ("messages.jsonl", lines.encode())}))


async def import_labels(client: httpx.AsyncClient, number: int) -> None:
    """Import the first labels of the sample as audited records, and wait until regex has read them."""
    labels = b"".join(LABELS.read_bytes().splitlines(keepends=True)[:number])
    files = {"file": ("labels.jsonl", labels)}
    await _finish(client, await client.post("/api/imports", params={"kind": "audited"}, files=files))


async def import_export(client: httpx.AsyncClient, archive: bytes) -> None:
    """Import a Slack export, and wait until regex has read it."""
    await _finish(client, await client.post("/api/imports", files={"file": ("export.zip", archive)}))


async def found(client: httpx.AsyncClient, words: str) -> dict[str, Any]:
    """The one record that holds the words."""
    listed = (await client.get("/api/records", params={"q": words})).json()["items"]
    assert len(listed) == 1
    record: dict[str, Any] = (await client.get(f"/api/records/{listed[0]['id']}")).json()
    return record


async def audit(client: httpx.AsyncClient, words: str, by: str, **extraction: object) -> None:
    """Correct its reading, or none of it, as somebody at another machine would."""
    record = await found(client, words)
    body = {
        "key": str(uuid.uuid4()),
        "revision": record["revision"],
        "decision": "corrected" if extraction else "confirmed",
        "extraction": {**record["readings"]["regex"]["extraction"], **extraction},
    }
    answer = await client.post(f"/api/records/{record['id']}/audits", json=body, headers={"X-Larder-User": by})
    assert answer.status_code == 201, answer.text


async def _finish(client: httpx.AsyncClient, accepted: httpx.Response) -> None:
    job = accepted.raise_for_status().json()["id"]

    async def is_imported() -> bool:
        state = (await client.get(f"/api/imports/{job}")).json()
        assert state["state"] != "failed", state["error"]
        return bool(state["state"] == "done")

    async def is_read() -> bool:
        """By a status that knows of the import: on a busy machine it may be some seconds old."""
        status, stats = (await client.get("/api/status")).json(), (await client.get("/api/stats")).json()
        return bool(status["records"] == stats["records"] and not status["pending"]["regex"])

    await eventually(is_imported, SECONDS)
    await eventually(is_read, SECONDS)
