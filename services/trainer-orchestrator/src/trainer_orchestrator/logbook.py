"""A run's log and what it tells: progress, the last sentence; and the metadata that stays beside it.

Invariant: the log only grows, byte for byte as on the machine, so its size is the offset to read on from, after any
crash. It is shown as `logs/<version>/training.log` too; a later run of the same version replaces it there.
"""

import json
import math
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from trainer_orchestrator.budget import Moment, budget
from trainer_orchestrator.run import Run

PROGRESS = ("step", "steps", "loss", "tokens_per_second", "eta_seconds")
TAIL_BYTES = 16_384
TAIL_LINES = 8


class Logbook:
    """Logs under the data folder `home`."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def log(self, run: Run) -> Path:
        return self._home / "runs" / run.id / "training.log"

    def size(self, run: Run) -> int:
        path = self.log(run)
        return path.stat().st_size if path.exists() else 0

    def append(self, run: Run, log: bytes) -> None:
        """Add what the machine's log says from `size` on."""
        if not log:
            return
        path = self.log(run)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(log)
        shown = self._shown(run)
        half = shown / "training.log.part"
        shutil.copyfile(path, half)
        half.replace(shown / "training.log")

    def progress(self, run: Run) -> dict[str, Any]:
        """The newest step that the recipe told of: step, steps, loss, tokens_per_second, eta_seconds."""
        for line in reversed(self._tail(run)):
            event = _event(line)
            if event is not None and event.get("event") == "step":
                return {name: event[name] for name in PROGRESS if _is_finite(event.get(name))}
        return {}

    def last_sentence(self, run: Run) -> str | None:
        """The last line that is text: what the recipe said to a person."""
        return next((line for line in reversed(self._tail(run)) if _event(line) is None), None)

    def last_lines(self, run: Run) -> str:
        return "\n".join(self._tail(run)[-TAIL_LINES:])

    def keep_metadata(self, run: Run, recipe: Path | None, history: Sequence[Moment] = ()) -> None:
        """Write `logs/<version>/metadata.json`: the recipe's own, if there is one, and the run's facts and stages."""
        metadata = _metadata(recipe) if recipe else {}
        target = self._shown(run) / "metadata.json"
        half = target.with_name("metadata.json.part")
        half.write_text(json.dumps({**metadata, "run": _facts(run, history)}, indent=2) + "\n")
        half.replace(target)

    def _shown(self, run: Run) -> Path:
        folder = self._home / "logs" / run.version
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _tail(self, run: Run) -> list[str]:
        return list(_last_lines(self.log(run)))


def _metadata(recipe: Path) -> dict[str, Any]:
    """A broken file has failed the run already; it must not keep the run from ending."""
    try:
        return dict(json.loads(recipe.read_bytes()))
    except (ValueError, TypeError) as error:
        return {"unreadable": str(error)}


def _facts(run: Run, history: Sequence[Moment]) -> dict[str, Any]:
    ended = run.finished_at or run.created_at
    return {
        "id": run.id,
        "version": run.version,
        "target": run.target,
        "base": run.base,
        "state": run.state,
        "reason": run.ending.text if run.ending else None,
        "created_at": run.created_at.isoformat(),
        "finished_at": ended.isoformat(),
        "seconds": round((ended - run.created_at).total_seconds(), 3),
        "dataset": run.dataset.model_dump(mode="json") if run.dataset else None,
        "cost_cents": round(run.cents(ended), 3),
        "rentals": [
            {
                "type": it.type,
                "region": it.region,
                "cents_per_hour": it.cents_per_hour,
                "cents": round(it.cents(ended), 3),
            }
            for it in run.rentals
        ],
        "stages": [
            {"state": it.state, "seconds": round(it.seconds, 3), "cents": round(it.cents, 3)}
            for it in budget(history, run.rentals, ended)
        ],
    }


def _last_lines(path: Path) -> Iterator[str]:
    """The complete, non-empty lines among the last bytes of a file."""
    if not path.exists():
        return
    with path.open("rb") as file:
        size = path.stat().st_size
        file.seek(max(0, size - TAIL_BYTES))
        content = file.read().decode(errors="replace").replace("\0", "")
    lines = content.splitlines()
    yield from (line for line in (lines[1:] if size > TAIL_BYTES else lines) if line.strip())


def _is_finite(value: object) -> bool:
    """A loss may be NaN, which JSON does not know and the database refuses."""
    return isinstance(value, int | float) and math.isfinite(value)


def _event(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
