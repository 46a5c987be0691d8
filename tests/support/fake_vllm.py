"""A faithful fake of a vLLM server, over HTTP: real weights, read greedily by the reference engine.

Faithful to vLLM's own sources of 2026: one base, adapters by name that are announced with a path, a name announced
twice refused with 400, an unknown model answered with 404, an end token told like any other. `forget` is a restart.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from serving import at_a_free_port

from inference_worker.engines.base import Job, Weights, Written
from inference_worker.engines.torch_engine import TorchEngine


@dataclass
class FakeVllm:
    """`key` is asked for when it is set; `is_down` answers nothing but 503."""

    engine: TorchEngine
    root: Path
    key: str = ""
    is_down: bool = False
    takes_adapters: bool = True
    url: str = ""
    adapters: dict[str, Weights] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def forget(self) -> None:
        self.adapters.clear()

    async def models(self, _: web.Request) -> web.Response:
        base = {"id": "base", "root": str(self.root), "parent": None, "max_model_len": self.engine.context}
        cards = [{"id": name, "root": "", "parent": "base"} for name in self.adapters]
        return web.json_response({"object": "list", "data": [base, *cards]})

    async def load(self, request: web.Request) -> web.Response:
        sent = await request.json()
        name, folder = sent["lora_name"], Path(sent["lora_path"])
        if name in self.adapters:
            return problem(400, f"The lora adapter '{name}' has already been loaded.")
        if not (folder / "adapter_config.json").is_file():
            return problem(404, f"Loading lora {name} failed: No adapter found for {folder}")
        self.adapters[name] = self.engine.load(folder, name)
        return web.Response(text=f"Success: LoRA adapter '{name}' added successfully.")

    async def unload(self, request: web.Request) -> web.Response:
        name = (await request.json())["lora_name"]
        if self.adapters.pop(name, None) is None:
            return problem(404, f"The lora adapter '{name}' cannot be found.")
        return web.Response(text=f"Success: LoRA adapter '{name}' removed successfully.")

    async def complete(self, request: web.Request) -> web.Response:
        sent = await request.json()
        self.asked.append(sent)
        weights = self.engine.base if sent["model"] == "base" else self.adapters.get(sent["model"])
        if weights is None:
            return problem(404, f"The model `{sent['model']}` does not exist.")
        assert sent["temperature"] == 0
        assert sent["return_tokens_as_token_ids"]
        jobs = [Job(tuple(prompt), sent["max_tokens"]) for prompt in sent["prompt"]]
        if any(len(job.prompt) + job.limit > self.engine.context for job in jobs):
            return problem(400, f"This model's maximum context length is {self.engine.context} tokens.")
        answers = self.engine.decode(weights, jobs)
        choices = [self.choice(n, answer) for n, answer in enumerate(answers)]
        return web.json_response({"object": "text_completion", "model": sent["model"], "choices": choices})

    def choice(self, index: int, answer: Written) -> dict[str, Any]:
        """The end token is told too; the reference engine keeps its score to itself, and nothing reads it."""
        (end,) = self.engine.signs.ends
        ended = [(end, -0.1, 0.5)] if answer.complete else []
        tokens = [*zip(answer.ids, answer.logprobs, answer.margins, strict=True), *ended]
        second = [math.log(max(math.exp(sure) - margin, 1e-30)) for _, sure, margin in tokens]
        logprobs = {
            "tokens": [f"token_id:{token}" for token, _, _ in tokens],
            "token_logprobs": [sure for _, sure, _ in tokens],
            "top_logprobs": [
                {f"token_id:{token}": sure, "token_id:99999": other}
                for (token, sure, _), other in zip(tokens, second, strict=True)
            ],
        }
        finish = "stop" if answer.complete else "length"
        return {"index": index, "text": self.engine.text(answer.ids), "finish_reason": finish, "logprobs": logprobs}

    @web.middleware
    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.is_down:
            return problem(503, "The engine is dead.")
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            return problem(401, "Unauthorized")
        return await handler(request)


def problem(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "code": status}}, status=status)


@asynccontextmanager
async def serving(fake: FakeVllm) -> AsyncIterator[FakeVllm]:
    app = web.Application(middlewares=[fake.guard])
    app.router.add_get("/v1/models", fake.models)
    app.router.add_post("/v1/completions", fake.complete)
    if fake.takes_adapters:
        app.router.add_post("/v1/load_lora_adapter", fake.load)
        app.router.add_post("/v1/unload_lora_adapter", fake.unload)
    async with at_a_free_port(app) as fake.url:
        yield fake
