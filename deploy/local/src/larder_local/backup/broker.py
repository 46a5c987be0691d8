"""The broker's part of a back-up: adapters with their manifests, and the key-value buckets' present values.

Streams are not in it: what waits in them is announced again by the restored outbox. Adapters are named by their bytes
and published before the database knows them, so reading them after the database's snapshot misses none.
"""

import asyncio
import tempfile
from pathlib import Path

from nats.aio.client import Client
from nats.js.errors import NoKeysError, NotFoundError
from nats.js.object_store import ObjectStore

from contracts.subjects import ADAPTERS_BUCKET, KEY_VALUE_BUCKETS
from larder_local.backup.archive import PIECE, Writer
from servicekit.provision import provision

OBJECTS, VALUES = "objects/", "values/"


async def write_broker(connection: Client, writer: Writer) -> None:
    """Every object and every value, each as a part of its own."""
    store = await connection.jetstream().object_store(ADAPTERS_BUCKET)
    for name in sorted(await _names(store)):
        await _write_object(store, name, writer)
    for bucket in KEY_VALUE_BUCKETS:
        for key, value in (await values(connection, bucket)).items():
            _write_whole(writer, f"{VALUES}{bucket}/{key}", value)


async def _names(store: ObjectStore) -> list[str]:
    try:
        return [str(info.name) for info in await store.list()]
    except NotFoundError:  # an empty bucket says so this way
        return []


async def _write_object(store: ObjectStore, name: str, writer: Writer) -> None:
    with tempfile.TemporaryFile() as copy:
        await store.get(name, writeinto=copy)
        copy.seek(0)
        writer.begin(OBJECTS + name)
        while data := copy.read(PIECE):
            writer.write(OBJECTS + name, data)
        writer.end(OBJECTS + name)


def _write_whole(writer: Writer, part: str, data: bytes) -> None:
    writer.begin(part)
    writer.write(part, data)
    writer.end(part)


async def values(connection: Client, bucket: str) -> dict[str, bytes]:
    """The bucket's present values by key."""
    store = await connection.jetstream().key_value(bucket)
    try:
        keys = await store.keys()
    except NoKeysError:
        return {}
    return {key: (await store.get(key)).value or b"" for key in keys}


async def clear(connection: Client) -> None:
    """Forget every stream and bucket and make them anew: an older pointer would not replace a newer one."""
    jetstream = connection.jetstream()
    for stream in await jetstream.streams_info():
        await jetstream.delete_stream(str(stream.config.name))
    await provision(connection)


async def put_part(connection: Client, part: str, content: Path) -> None:
    """Put one object or value back. Another service's manifest comes after its files, as the names sort."""
    if part.startswith(OBJECTS):
        store = await connection.jetstream().object_store(ADAPTERS_BUCKET)
        with content.open("rb") as file:
            await store.put(part.removeprefix(OBJECTS), file)
        return
    bucket, _, key = part.removeprefix(VALUES).partition("/")
    values_of = await connection.jetstream().key_value(bucket)
    await values_of.put(key, await asyncio.to_thread(content.read_bytes))
