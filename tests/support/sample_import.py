"""Filling a running Larder over its API."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence

import httpx

SECONDS = 60


async def import_sample(client: httpx.AsyncClient) -> None:
    """Import the sample and wait until regex has read all of it."""
    await _finish(client, await client.post("/api/imports/sample"))


async def import_messages(client: httpx.AsyncClient, texts: Sequence[str]) -> None:
    """Import one message for each text, and wait until regex has read them."""
    lines = "\n".join(json.dumps({"id": f"message-{text}", "text": text}) for text in texts)
    await _finish(client, await client.post("/api/imports", files={"file": ("messages.jsonl", lines.encode())}))


async def _finish(client: httpx.AsyncClient, accepted: httpx.Response) -> None:
    job = accepted.raise_for_status().json()["id"]

    async def is_imported() -> bool:
        state = (await client.get(f"/api/imports/{job}")).json()
        assert state["state"] != "failed", state["error"]
        return bool(state["state"] == "done")

    async def is_read() -> bool:
        return not (await client.get("/api/status")).json()["pending"]["regex"]

    await _until(is_imported)
    await _until(is_read)


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await condition():  # noqa: ASYNC110 - nothing announces it over HTTP
            await asyncio.sleep(0.2)
