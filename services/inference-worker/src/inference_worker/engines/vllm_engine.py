"""The engine for a vLLM server elsewhere, by HTTP: for groups that outgrow one machine.

A generation is an adapter under a name of its own, its hash, so that nothing which the server remembers of one
(prefixes, requests on their way) can be taken for another's; it is unloaded when nobody holds it any more. Masks are
not sent: the server writes freely, and what the message does not contain is dropped when the answer is expanded.

Spoken: `/v1/models`, `/v1/completions` with token ids, `/v1/load_lora_adapter` and `/v1/unload_lora_adapter` as of vLLM
0.10 and later (docs.vllm.ai). The server must see the adapters' folder under the same path as the worker.
"""

import math
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final, Self

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference_worker.adapters import AdapterRefused
from inference_worker.engines.base import BaseModelError, Job, LoraRules, Weights, Written
from inference_worker.engines.loading import configured_ends, find_base, linear_shapes, load_config, load_tokenizer
from inference_worker.engines.tokenizing import TextCodec, end_tokens
from inference_worker.grounded import Vocabulary

PATIENCE: Final = httpx.Timeout(120, connect=5)
"""Seconds for a batch of answers, or to load an adapter."""
START: Final = "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True vllm serve BASE --enable-lora --max-lora-rank 64 --max-loras 4"


@dataclass(frozen=True)
class Served:
    """What `Weights.model` is: the name that the server knows, and the adapter's folder; the base has none."""

    name: str
    folder: Path | None = None


class Card(BaseModel):
    """One model of `/v1/models`."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str
    root: str | None = None
    parent: str | None = None
    max_model_len: int | None = None


class Logprobs(BaseModel):
    """What is told of each token, three lists of one length."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    tokens: list[Annotated[str, Field(pattern=r"^token_id:\d+$")]]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]]

    @model_validator(mode="after")
    def _have_one_length(self) -> Self:
        if not len(self.tokens) == len(self.token_logprobs) == len(self.top_logprobs):
            raise ValueError("tokens and logprobs differ in number")
        return self


class Answer(BaseModel):
    """One of the choices of `/v1/completions`."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    index: int
    finish_reason: str | None
    logprobs: Logprobs


class Answers(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    choices: list[Answer] = Field(min_length=1)


class VllmEngine(TextCodec):
    """Implements `engines.base.Engine`. Made by `VllmEngine.open`."""

    name = "vllm"

    def __init__(self, folder: Path, rules: LoraRules, card: Card, server: httpx.Client) -> None:
        config, tokenizer = load_config(folder), load_tokenizer(folder)
        super().__init__(tokenizer, end_tokens(configured_ends(folder, config), tokenizer))
        self.rules = rules
        self.context: int = card.max_model_len or config.max_position_embeddings
        self.base = Weights(Served(card.id), None)
        self._server = server
        self._loaded: dict[str, weakref.ref[Weights]] = {}

    @classmethod
    def open(cls, base: str | Path, url: str, key: str | None = None) -> Self:
        """`base` is the folder or Hugging Face id that the server at `url` serves. Raises BaseModelError."""
        folder, reference = find_base(base)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            server = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE)
        except httpx.InvalidURL as error:
            raise BaseModelError(
                f"LARDER_VLLM_URL is no address ({error}): write it as http://gpu.example:8000."
            ) from error
        card = served_base(server)
        if Path(card.root or card.id).name != Path(reference.name).name:
            raise BaseModelError(
                f"The vLLM server at {url} serves {card.root or card.id}, not {reference.name}: "
                "set LARDER_BASE_MODEL or the server to the same model."
            )
        return cls(folder, LoraRules(reference, linear_shapes(folder)), card, server)

    @cached_property
    def vocabulary(self) -> Vocabulary | None:
        return None

    def load(self, adapter: Path, sha256: str) -> Weights:
        self._unload_what_nobody_holds()
        self._announce(Served(sha256, adapter))
        weights = Weights(Served(sha256, adapter), sha256)
        self._loaded[sha256] = weakref.ref(weights)
        return weights

    def decode(self, weights: Weights, jobs: Sequence[Job]) -> list[Written]:
        """A request for each limit; the server batches as it likes.

        Raises ConnectionError when the server cannot answer now, ValueError when it refuses a prompt.
        """
        answers: dict[int, Written] = {}
        for limit in sorted({job.limit for job in jobs}):
            places = [place for place, job in enumerate(jobs) if job.limit == limit]
            asked = self._written(weights.model, [jobs[place].prompt for place in places], limit)
            answers |= dict(zip(places, asked, strict=True))
        return [answers[place] for place in range(len(jobs))]

    def _written(self, served: Served, prompts: Sequence[tuple[int, ...]], limit: int) -> list[Written]:
        response = self._ask(served, prompts, limit)
        if response.status_code == HTTPStatus.NOT_FOUND and served.folder:
            self._announce(served)  # the server was started anew, and has forgotten it
            response = self._ask(served, prompts, limit)
        choices = sorted(answers_of(response).choices, key=lambda choice: choice.index)
        if len(choices) != len(prompts):
            raise ConnectionError(f"The vLLM server gave {len(choices)} answers to {len(prompts)} prompts.")
        return [written(choice, self._ends) for choice in choices]

    def _ask(self, served: Served, prompts: Sequence[tuple[int, ...]], limit: int) -> httpx.Response:
        body = {
            "model": served.name, "prompt": prompts, "max_tokens": limit, "temperature": 0, "logprobs": 2,
            "return_tokens_as_token_ids": True,
        }  # fmt: skip
        return self._post("/v1/completions", body)

    def _announce(self, served: Served) -> None:
        """Have the server load an adapter; one that it has already under this name has the same bytes."""
        response = self._post("/v1/load_lora_adapter", {"lora_name": served.name, "lora_path": str(served.folder)})
        if response.is_success or "already been loaded" in response.text:
            return
        if response.status_code == HTTPStatus.BAD_REQUEST:
            raise AdapterRefused("SERVER", f"The vLLM server refuses the adapter ({told(response)}).")
        raise ConnectionError(
            f"The vLLM server does not load the adapter ({told(response)}): it must see {served.folder}, "
            f"and be started with `{START}`."
        )

    def _unload_what_nobody_holds(self) -> None:
        for name in [name for name, held in self._loaded.items() if held() is None]:
            self._post("/v1/unload_lora_adapter", {"lora_name": name})
            del self._loaded[name]

    def _post(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        try:
            return self._server.post(path, json=body)
        except httpx.HTTPError as error:
            raise ConnectionError(f"The vLLM server at {self._server.base_url} does not answer: {error}.") from error


def served_base(server: httpx.Client) -> Card:
    """The server's base model, which no other is the parent of. Raises BaseModelError."""
    try:
        response = server.get("/v1/models").raise_for_status()
        cards = [Card.model_validate(one) for one in response.json()["data"]]
        return next(card for card in cards if card.parent is None)
    except (httpx.HTTPError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise BaseModelError(
            f"There is no vLLM server at {server.base_url} ({str(error) or 'it serves no model'}): "
            f"start one with `{START}`, or correct LARDER_VLLM_URL."
        ) from error


def answers_of(response: httpx.Response) -> Answers:
    """Raises ConnectionError when the server could not answer, or answers otherwise than it should."""
    if response.status_code == HTTPStatus.BAD_REQUEST:
        raise ValueError(f"The vLLM server refuses the prompt ({told(response)}).")
    if not response.is_success:
        raise ConnectionError(f"The vLLM server could not read ({told(response)}).")
    try:
        return Answers.model_validate_json(response.content)
    except ValidationError as error:
        raise ConnectionError(f"The vLLM server's answer cannot be read: {error.errors()[0]['msg']}.") from error


def told(response: httpx.Response) -> str:
    return f"{response.status_code}: {response.text[:200]}"


def written(answer: Answer, ends: frozenset[int]) -> Written:
    """The answer without its end token."""
    found = answer.logprobs
    ids = [int(token.removeprefix("token_id:")) for token in found.tokens]
    kept = next((n for n, token in enumerate(ids) if token in ends), len(ids))
    margins = map(lead, found.tokens, found.token_logprobs, found.top_logprobs)
    complete = kept < len(ids) or answer.finish_reason == "stop"
    return Written(tuple(ids[:kept]), tuple(found.token_logprobs[:kept]), tuple(margins)[:kept], complete)


def lead(token: str, logprob: float, top: Mapping[str, float]) -> float:
    """In probability, over the likeliest other token; of which the server tells two."""
    others = [other for name, other in top.items() if name != token]
    return math.exp(logprob) - math.exp(max(others, default=-math.inf))
