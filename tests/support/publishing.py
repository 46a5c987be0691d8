"""Publishing an adapter to a running Larder, as the orchestrator does after a training."""

import asyncio
import json
import tempfile
import uuid
from pathlib import Path

import httpx
from pydantic import SecretStr
from sample_import import import_labels

from adapters import write_neutral_adapter
from contracts import AdapterPublished
from larder_local.keys import Keys
from running_larder import RunningLarder
from servicekit.access import ADMINISTRATOR
from servicekit.broker import connect, publish
from servicekit.objects import NatsObjects, put_adapter
from tests_support import eventually

BASE = Path(__file__).resolve().parents[2] / "models" / "larder-tiny"
LABELS = 24
VERSION = "neutral"


async def publish_neutral_version(larder: RunningLarder, client: httpx.AsyncClient) -> str:
    """Audit a few labels and publish an adapter that changes nothing; its version, active and serving."""
    await import_labels(client, LABELS)
    frozen = (await client.post("/api/datasets", json={"run_id": str(uuid.uuid4())})).raise_for_status().json()
    password = SecretStr(Keys(larder.home / "keys").password(ADMINISTRATOR, "nats"))
    port = json.loads((larder.home / "ports.json").read_text())["nats"]
    connection = await connect(f"nats://127.0.0.1:{port}", ADMINISTRATOR, password=password)
    with tempfile.TemporaryDirectory() as folder:
        manifest = await asyncio.to_thread(write_neutral_adapter, BASE, Path(folder))
        await put_adapter(NatsObjects(connection), Path(folder), manifest)
    published = AdapterPublished(
        run_id="test", version=VERSION, manifest=manifest, dataset_sha256=frozen["sha256"], metadata={}, metrics={}
    )
    await publish(connection, "adapter.published", published, f"test-{VERSION}")
    await connection.close()

    async def serving() -> bool:
        return bool((await client.get("/api/models")).json()["active"] == VERSION)

    await eventually(serving, seconds=120)
    return VERSION
