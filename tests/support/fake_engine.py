"""An engine without a model: each generation reads one fruit of its own, so that a result tells who made it."""

import threading
from collections.abc import Sequence
from pathlib import Path

from inference_worker.engines.base import Job, LoraRules, Weights, Written
from reading.prompt import HEAD_MARK

TEXT = "Picked up 2 boxes figs, 3 boxes apples, 4 boxes pears and 5 boxes plums"
FRUITS = ("apples", "pears", "plums")
BARE = "figs"
CRASHING, HANGING = "crash now", "hang now"


class FakeEngine:
    """Token ids are code points. `fruit_of` maps an adapter's hash to what it reads; the bare base reads figs."""

    name = "fake"
    context = 4096
    vocabulary = None

    def __init__(self, rules: LoraRules, fruit_of: dict[str, str]) -> None:
        self.rules = rules
        self.fruit_of = fruit_of
        self.base = Weights(BARE, None)
        self.go_on = threading.Event()
        """A text that says `hang now` is read only after this is set."""
        self.batches: list[int] = []
        self.is_away = False
        """As an engine behind a network may be."""

    def load(self, adapter: Path, sha256: str) -> Weights:
        assert (adapter / "adapter_model.safetensors").is_file()
        return Weights(self.fruit_of[sha256], sha256)

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(map(ord, text))

    encode_prompt = encode

    def text(self, ids: Sequence[int]) -> str:
        return "".join(map(chr, ids))

    def decode(self, weights: Weights, jobs: Sequence[Job]) -> list[Written]:
        self.batches.append(len(jobs))
        if self.is_away:
            raise ConnectionError("the server does not answer")
        return [self._answer(weights, self.text(job.prompt)) for job in jobs]

    def _answer(self, weights: Weights, prompt: str) -> Written:
        if CRASHING in prompt:
            raise RuntimeError("the model crashed")
        if HANGING in prompt:
            self.go_on.wait(20)
        answer = self.encode("inbound||" if prompt.startswith(HEAD_MARK) else f"|boxes|{weights.model}")
        return Written(answer, (-0.1,) * len(answer), (0.8,) * len(answer), complete=True)
