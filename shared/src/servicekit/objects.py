"""Adapters in the JetStream object store: `adapters/<sha256>/<file>`, the manifest last.

Nothing is overwritten: an adapter is named by its bytes, so a manifest that is already there ends the upload.
"""

from pathlib import Path

from nats.aio.client import Client
from nats.js.errors import NotFoundError, ObjectNotFoundError

from contracts import AdapterManifest
from contracts.hashing import MANIFEST_FILE
from contracts.subjects import ADAPTERS_BUCKET


async def put_adapter(connection: Client, folder: Path, manifest: AdapterManifest) -> None:
    """Upload the files that the manifest names from `folder`, then the manifest. Idempotent."""
    store = await connection.jetstream().object_store(ADAPTERS_BUCKET)
    if await read_manifest(connection, manifest.sha256) is not None:
        return
    for name in manifest.files:
        with (folder / name).open("rb") as file:
            await store.put(f"{manifest.sha256}/{name}", file)
    await store.put(f"{manifest.sha256}/{MANIFEST_FILE}", manifest.model_dump_json().encode())


async def read_manifest(connection: Client, sha256: str) -> AdapterManifest | None:
    """The manifest of a published adapter, or None. Raises pydantic.ValidationError when it is broken."""
    store = await connection.jetstream().object_store(ADAPTERS_BUCKET)
    try:
        found = await store.get(f"{sha256}/{MANIFEST_FILE}")
    except (ObjectNotFoundError, NotFoundError):
        return None
    return AdapterManifest.model_validate_json(found.data or b"")


async def fetch_object(connection: Client, name: str, target: Path) -> None:
    """Write object `name` (`<sha256>/<file>`) to `target`. Raises ObjectNotFoundError when it is missing."""
    store = await connection.jetstream().object_store(ADAPTERS_BUCKET)
    with target.open("wb") as file:
        await store.get(name, writeinto=file)
