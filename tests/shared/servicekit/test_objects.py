"""The object store, one suite for both kinds: JetStream's, and one that speaks S3."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from adapter_output import write_adapter
from pydantic import SecretStr

from larder_local.ports import free_port
from servicekit.objects import (
    STORE_ERRORS,
    NatsObjects,
    ObjectStore,
    S3Objects,
    object_store,
    put_adapter,
    read_manifest,
)
from tests_support import eventually

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    port = free_port(0)
    command = "from moto.server import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.fixture
async def s3(s3_server: str, monkeypatch) -> ObjectStore:
    async with httpx.AsyncClient() as http:

        async def is_made() -> bool:
            try:
                return (await http.put(f"{s3_server}/larder")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(is_made, 60)
    monkeypatch.setenv("AWS_ENDPOINT", s3_server)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return object_store("s3://larder/adapters", None, SecretStr("b"))


@pytest.fixture(params=["nats", "s3"])
def store(request, nats, s3) -> ObjectStore:
    return object_store("nats", nats) if request.param == "nats" else s3


async def test_an_object_comes_back_as_it_was_put(store, tmp_path: Path):
    (tmp_path / "large").write_bytes(bytes(range(256)) * 20_000)
    await store.put("a/large", tmp_path / "large")
    await store.put("a/small", b"small")
    await store.fetch("a/large", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == (tmp_path / "large").read_bytes()
    assert await store.get("a/small") == b"small"


async def test_what_is_not_there_is_told_apart_from_a_store_that_is_gone(store, tmp_path: Path):
    assert await store.get("nothing") is None
    with pytest.raises(FileNotFoundError):
        await store.fetch("nothing", tmp_path / "back")


async def test_an_adapter_is_published_once_and_its_manifest_last(store, tmp_path: Path):
    manifest = write_adapter(tmp_path / "adapter", b"published")
    assert await read_manifest(store, manifest.sha256) is None
    await put_adapter(store, tmp_path / "adapter", manifest)
    assert await read_manifest(store, manifest.sha256) == manifest
    (tmp_path / "adapter/adapter_model.safetensors").write_bytes(b"other")
    await put_adapter(store, tmp_path / "adapter", manifest)
    assert await store.get(f"{manifest.sha256}/adapter_model.safetensors") == b"published"


async def test_a_bucket_that_does_not_answer_is_one_of_the_store_errors(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{free_port(0)}")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    from obstore.store import S3Store

    store = S3Objects(S3Store.from_url("s3://larder", retry_config={"max_retries": 0}))
    with pytest.raises(STORE_ERRORS):
        await store.get("x")


def test_another_address_is_one_sentence(nats):
    assert isinstance(object_store("nats", nats), NatsObjects)
    with pytest.raises(ValueError, match="set it to nats, or to s3://bucket/prefix"):
        object_store("ftp://x", nats)
