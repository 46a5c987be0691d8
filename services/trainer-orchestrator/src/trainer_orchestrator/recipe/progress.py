"""Progress as JSON lines on stdout, one event a line, and where a run stands."""

import json
import sys
import time
from typing import Any


def say(event: str, **fields: Any) -> None:  # noqa: ANN401
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


class Clock:
    """Where a run stands: the rate's schedule (warm-up, then linear to zero), throughput, and the time left."""

    def __init__(self, epochs: int) -> None:
        self.epochs, self.steps, self.step = epochs, 0, 0
        self.tokens, self.padded, self.started = 0, 0, time.monotonic()
        self.losses: list[float] = []

    def begin_epoch(self, batches: int) -> None:
        self.steps = max(self.steps, batches * self.epochs)
        self.losses = []

    def rate(self) -> float:
        warm = min(1.0, (self.step + 1) / (0.05 * self.steps + 1))
        return warm * max(0.02, 1 - self.step / self.steps)

    def tell(self, loss: float, tokens: int, padded: int) -> None:
        """One step over `tokens` tokens, which fill a batch of `padded`."""
        self.step += 1
        self.tokens, self.padded = self.tokens + tokens, self.padded + padded
        self.losses.append(loss)
        if self.step % 5 == 0:
            self._say_step(max(self.steps, self.step))

    def finish(self) -> None:
        """The step that was the last one, also when it came sooner than planned."""
        if self.losses:
            self._say_step(self.step)

    def _say_step(self, steps: int) -> None:
        spent = time.monotonic() - self.started
        say("step", step=self.step, steps=steps, loss=round(self.losses[-1], 4),
            tokens_per_second=self.tokens_per_second(),
            eta_seconds=round(spent / self.step * (steps - self.step), 1))  # fmt: skip

    def tokens_per_second(self) -> int:
        """Real tokens, padding left out."""
        return round(self.tokens / max(1e-9, time.monotonic() - self.started))

    def padding_share(self) -> float:
        return 1 - self.tokens / self.padded if self.padded else 0.0

    def mean_loss(self) -> float:
        return round(sum(self.losses) / max(1, len(self.losses)), 4)

    def state(self) -> dict[str, Any]:
        spent = time.monotonic() - self.started
        return {name: getattr(self, name) for name in _COUNTED} | {"losses": list(self.losses), "spent": spent}

    def resume(self, state: dict[str, Any]) -> None:
        for name in (*_COUNTED, "losses"):
            setattr(self, name, state[name])
        self.started = time.monotonic() - state["spent"]


_COUNTED = ("steps", "step", "tokens", "padded")
