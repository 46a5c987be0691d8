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
        self.tokens, self.started = 0, time.monotonic()
        self.losses: list[float] = []

    def begin_epoch(self, batches: int) -> None:
        self.steps = max(self.steps, batches * self.epochs)
        self.losses = []

    def rate(self) -> float:
        warm = min(1.0, (self.step + 1) / (0.05 * self.steps + 1))
        return warm * max(0.02, 1 - self.step / self.steps)

    def tell(self, loss: float, tokens: int) -> None:
        self.step += 1
        self.tokens += tokens
        self.losses.append(loss)
        spent = time.monotonic() - self.started
        if self.step % 5 == 0 or self.step == self.steps:
            say("step", step=self.step, steps=max(self.steps, self.step), loss=round(loss, 4),
                tokens_per_second=round(self.tokens / spent),
                eta_seconds=round(spent / self.step * max(0, self.steps - self.step), 1))  # fmt: skip

    def mean_loss(self) -> float:
        return round(sum(self.losses) / max(1, len(self.losses)), 4)
