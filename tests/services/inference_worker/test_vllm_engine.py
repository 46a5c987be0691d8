"""The engine for a vLLM server against the reference, over HTTP to a faithful fake."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import torch
from fake_vllm import FakeVllm, serving
from toy_model import make_adapter

from contracts import Reference
from contracts.hashing import adapter_sha256
from inference_worker.engines.base import BaseModelError, Job, Weights
from inference_worker.engines.opening import Kind, Wishes, open_engine
from inference_worker.engines.torch_engine import TorchEngine
from inference_worker.engines.vllm_engine import VllmEngine
from inference_worker.reader import Reader
from reading.prompt import pieces

TEXT = "picked up 5 cases bananas and 3 boxes lettuce from the market\n12 boxes market lettuce"


@pytest.fixture
async def server(toy_engine: TorchEngine, toy_base: Path) -> AsyncIterator[FakeVllm]:
    async with serving(FakeVllm(toy_engine, toy_base, key="secret")) as fake:
        yield fake


@pytest.fixture
async def engine(server: FakeVllm, toy_base: Path) -> VllmEngine:
    return await asyncio.to_thread(VllmEngine.open, toy_base, server.url, "secret")


def jobs(engine: TorchEngine | VllmEngine) -> list[Job]:
    limits = (30, 9, 17)
    prompts = [*(piece.prompt for piece in pieces(TEXT)), "boxes lettuce"]
    return [Job(engine.encode_prompt(prompt), limit) for prompt, limit in zip(prompts, limits, strict=True)]


async def decode(engine: VllmEngine, weights: Weights) -> list:
    return await asyncio.to_thread(engine.decode, weights, jobs(engine))


async def test_it_writes_what_the_reference_writes_with_each_limit(engine: VllmEngine, toy_engine: TorchEngine):
    wanted = toy_engine.decode(toy_engine.base, jobs(toy_engine))
    found = await decode(engine, engine.base)
    for ours, theirs in zip(found, wanted, strict=True):
        assert (ours.ids, ours.complete) == (theirs.ids, theirs.complete)
        torch.testing.assert_close(torch.tensor(ours.logprobs), torch.tensor(theirs.logprobs))
        torch.testing.assert_close(torch.tensor(ours.margins), torch.tensor(theirs.margins), atol=1e-5, rtol=1e-4)


async def test_an_adapter_is_served_under_its_hash_and_the_base_stays(engine, server, toy_engine, toy_adapter: Path):
    sha256 = adapter_sha256(toy_adapter)
    adapted = await asyncio.to_thread(engine.load, toy_adapter, sha256)
    wanted = toy_engine.decode(toy_engine.load(toy_adapter, sha256), jobs(toy_engine))
    assert [one.ids for one in await decode(engine, adapted)] == [one.ids for one in wanted]
    assert server.asked[-1]["model"] == sha256
    bare = toy_engine.decode(toy_engine.base, jobs(toy_engine))
    assert [one.ids for one in await decode(engine, engine.base)] == [one.ids for one in bare]


async def test_an_adapter_that_the_server_has_already_is_taken_as_it_is(engine: VllmEngine, toy_adapter: Path):
    """As after a restart of the worker alone."""
    first = await asyncio.to_thread(engine.load, toy_adapter, "a" * 64)
    again = await asyncio.to_thread(engine.load, toy_adapter, "a" * 64)
    assert await decode(engine, first) == await decode(engine, again)


async def test_what_a_restarted_server_forgot_is_announced_again(engine, server: FakeVllm, toy_adapter: Path):
    adapted = await asyncio.to_thread(engine.load, toy_adapter, "a" * 64)
    before = await decode(engine, adapted)
    server.forget()
    assert await decode(engine, adapted) == before


async def test_what_nobody_holds_is_unloaded_when_the_next_comes(engine, server, toy_base: Path, tmp_path: Path):
    held = None
    for number in range(4):
        folder = make_adapter(toy_base, tmp_path / str(number), seed=number)
        held = await asyncio.to_thread(engine.load, folder, f"adapter-{number}")
    assert held is not None
    assert set(server.adapters) <= {"adapter-2", "adapter-3"}


async def test_a_server_that_is_away_is_no_fault_of_the_messages(engine: VllmEngine, server: FakeVllm):
    server.is_down = True
    with pytest.raises(ConnectionError, match=r"could not read \(503"):
        await decode(engine, engine.base)
    server.is_down = False
    assert await decode(engine, engine.base)


async def test_a_prompt_that_the_server_refuses_is_the_fault_of_its_message(engine: VllmEngine):
    with pytest.raises(ValueError, match=r"refuses the prompt .*maximum context length is 512"):
        await asyncio.to_thread(engine.decode, engine.base, [Job((5,) * 500, 30)])


async def test_an_answer_that_is_none_is_the_servers_fault(engine: VllmEngine, monkeypatch: pytest.MonkeyPatch):
    strange = {"tokens": ["five"], "token_logprobs": [-0.1], "top_logprobs": [{}]}
    body = {"choices": [{"index": 0, "finish_reason": "stop", "logprobs": strange}]}
    monkeypatch.setattr(engine, "_post", lambda *_: httpx.Response(200, json=body))
    with pytest.raises(ConnectionError, match="answer cannot be read"):
        engine.decode(engine.base, [Job((5,), 30)])


async def test_a_server_that_does_not_see_the_adapter_is_told_apart_from_a_bad_one(engine, tmp_path: Path):
    with pytest.raises(ConnectionError, match=r"it must see .*nowhere, and be started with"):
        await asyncio.to_thread(engine.load, tmp_path / "nowhere", "a" * 64)


async def test_a_server_without_runtime_adapters_says_how_to_start_it(toy_engine, toy_base: Path, toy_adapter: Path):
    async with serving(FakeVllm(toy_engine, toy_base, takes_adapters=False)) as fake:
        engine = await asyncio.to_thread(VllmEngine.open, toy_base, fake.url)
        with pytest.raises(ConnectionError, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING=True vllm serve"):
            await asyncio.to_thread(engine.load, toy_adapter, "a" * 64)


async def test_a_server_of_another_base_is_refused(toy_engine: TorchEngine, toy_base: Path, tmp_path: Path):
    async with serving(FakeVllm(toy_engine, tmp_path / "another")) as fake:
        with pytest.raises(BaseModelError, match=r"serves .*another, not .*: set LARDER_BASE_MODEL or the server"):
            await asyncio.to_thread(VllmEngine.open, toy_base, fake.url)


async def test_a_wrong_key_and_no_server_are_one_sentence(server: FakeVllm, toy_base: Path):
    with pytest.raises(BaseModelError, match=r"There is no vLLM server at .* \(.*401"):
        await asyncio.to_thread(VllmEngine.open, toy_base, server.url, "wrong")
    with pytest.raises(BaseModelError, match="correct LARDER_VLLM_URL"):
        await asyncio.to_thread(VllmEngine.open, toy_base, "http://127.0.0.1:1")


@pytest.mark.parametrize("address", ["gpu:8000", "ftp://gpu", "http://gpu:port"])
def test_an_address_that_is_none_is_one_sentence(address: str, toy_base: Path):
    with pytest.raises(BaseModelError, match="LARDER_VLLM_URL") as told:
        VllmEngine.open(toy_base, address)
    assert "\n" not in str(told.value)


async def test_its_address_chooses_it(server: FakeVllm, toy_base: Path):
    engine = await asyncio.to_thread(open_engine, toy_base, Wishes(server=server.url, server_key="secret"))
    assert engine.name == "vllm"
    with pytest.raises(BaseModelError, match="set LARDER_VLLM_URL"):
        open_engine(toy_base, Wishes(kind=Kind.VLLM))


async def test_a_reader_reads_with_it(engine: VllmEngine, toy_engine: TorchEngine):
    """Unmasked, as the reference reads unmasked."""
    found = await asyncio.to_thread(Reader(engine, engine.base).read, [TEXT], Reference())
    wanted = Reader(toy_engine, toy_engine.base, masks=False).read([TEXT], Reference())
    assert [one.items for one in found] == [one.items for one in wanted]
