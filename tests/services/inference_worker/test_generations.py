import asyncio
from collections.abc import Iterator
from pathlib import Path

from fake_engine import FakeEngine

from contracts.manifests import BaseModelRef
from inference_worker.engines.base import Engine, LoraRules, Weights
from inference_worker.generations import Generations
from inference_worker.model_thread import ModelThread

RULES = LoraRules(BaseModelRef(name="toy", sha256="0" * 64, tokenizer_sha256="0" * 64), {})


async def test_what_people_ask_is_read_between_the_golden_messages(tmp_path: Path):
    (tmp_path / "adapter_model.safetensors").touch()
    loop, thread, turns = asyncio.get_running_loop(), ModelThread(), list[str]()

    async def fetch(_: str, /) -> Path:
        return tmp_path

    def canary(_: Engine, __: Weights) -> Iterator[None]:
        turns.append("first golden message")
        asyncio.run_coroutine_threadsafe(thread.run(turns.append, "a person's"), loop)
        yield
        turns.append("second golden message")
        yield

    await Generations(FakeEngine(RULES, {"a": "pears"}), fetch, canary, thread).load("a")
    thread.close()
    assert turns == ["first golden message", "a person's", "second golden message"]
