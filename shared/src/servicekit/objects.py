"""Adapters in the object store: `<sha256>/<file>`, the manifest last. JetStream's own store, or any that speaks S3.

Nothing is overwritten: an adapter is named by its bytes, so a manifest that is already there ends the upload. Where the
store lies is one setting: `nats` (the default), or `s3://bucket/prefix` with the usual AWS_* variables.
"""

import asyncio
from pathlib import Path
from typing import Final, Protocol

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError, ObjectNotFoundError
from obstore.exceptions import BaseError as S3Error
from obstore.store import S3Store
from pydantic import SecretStr

from contracts import AdapterManifest
from contracts.hashing import MANIFEST_FILE
from contracts.subjects import ADAPTERS_BUCKET

NATS: Final = "nats"
STORE_ERRORS: Final = (NatsError, S3Error, OSError)
"""What a store that is gone, or not yet there again, may raise."""


class ObjectStore(Protocol):
    """Named bytes. A name is written once; methods raise STORE_ERRORS."""

    async def put(self, name: str, content: Path | bytes) -> None:
        """Write all of it; a reader sees the whole object or none."""

    async def get(self, name: str) -> bytes | None:
        """A small object, or None."""

    async def fetch(self, name: str, target: Path) -> None:
        """Write the object to `target`. Raises FileNotFoundError."""


def object_store(address: str, connection: Client, secret: SecretStr | None = None) -> ObjectStore:
    """The store that the setting names; `secret` is that of an S3 store's account. Raises ValueError."""
    if address == NATS:
        return NatsObjects(connection)
    if address.startswith("s3://"):
        return S3Objects(
            S3Store.from_url(address, config={"secret_access_key": secret.get_secret_value()} if secret else {})
        )
    raise ValueError(f"LARDER_OBJECT_STORE is {address}: set it to nats, or to s3://bucket/prefix.")


class NatsObjects:
    """In JetStream's object store."""

    def __init__(self, connection: Client) -> None:
        self._connection = connection

    async def put(self, name: str, content: Path | bytes) -> None:
        store = await self._connection.jetstream().object_store(ADAPTERS_BUCKET)
        if isinstance(content, bytes):
            await store.put(name, content)
            return
        with content.open("rb") as file:
            await store.put(name, file)

    async def get(self, name: str) -> bytes | None:
        store = await self._connection.jetstream().object_store(ADAPTERS_BUCKET)
        try:
            return (await store.get(name)).data or b""
        except (ObjectNotFoundError, NotFoundError):
            return None

    async def fetch(self, name: str, target: Path) -> None:
        store = await self._connection.jetstream().object_store(ADAPTERS_BUCKET)
        try:
            with target.open("wb") as file:
                await store.get(name, writeinto=file)
        except (ObjectNotFoundError, NotFoundError) as error:
            raise FileNotFoundError(name) from error


class S3Objects:
    """In a bucket of a server that speaks S3."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    async def put(self, name: str, content: Path | bytes) -> None:
        await self._store.put_async(name, content)

    async def get(self, name: str) -> bytes | None:
        try:
            answer = await self._store.get_async(name)
            return bytes(await answer.bytes_async())
        except FileNotFoundError:
            return None

    async def fetch(self, name: str, target: Path) -> None:
        answer = await self._store.get_async(name)
        with target.open("wb") as file:
            async for chunk in answer.stream():
                await asyncio.to_thread(file.write, chunk)


async def put_adapter(store: ObjectStore, folder: Path, manifest: AdapterManifest) -> None:
    """Upload the files that the manifest names from `folder`, then the manifest. Idempotent."""
    if await read_manifest(store, manifest.sha256) is not None:
        return
    for name in manifest.files:
        await store.put(f"{manifest.sha256}/{name}", folder / name)
    await store.put(f"{manifest.sha256}/{MANIFEST_FILE}", manifest.model_dump_json().encode())


async def read_manifest(store: ObjectStore, sha256: str) -> AdapterManifest | None:
    """The manifest of a published adapter, or None. Raises pydantic.ValidationError when it is broken."""
    found = await store.get(f"{sha256}/{MANIFEST_FILE}")
    return None if found is None else AdapterManifest.model_validate_json(found)
