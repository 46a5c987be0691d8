"""`make demo`: the whole loop, unattended, on a folder of its own that is removed afterwards.

Everything is real: Postgres, nats-server, the four services, the shipped base model, a training. Audits come from the
sample's labels. Exit status 0 only if each step worked.
"""

import asyncio
import json
import os
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
from rich.console import Console
from rich.table import Table

from larder_local.errors import CannotStart
from larder_local.layout import Layout
from larder_local.supervisor import Supervisor
from larder_local.up import ROOT, start_all

T = TypeVar("T")
PATIENCE = 600.0
VERSION = "demo"
FIELDS = (
    ("items F1", ("items_exact", "f1")),
    ("items precision", ("items_exact", "precision")),
    ("items recall", ("items_exact", "recall")),
    ("all items exact", ("all_exact",)),
    ("direction", ("direction",)),
    ("rescue location", ("rescue_location",)),
    ("drop-off location", ("drop_off_location",)),
)


class StepFailed(Exception):
    """What did not work, in one sentence."""


class Demo:
    """Runs the steps against one address and keeps what happened for the table."""

    def __init__(self, console: Console, client: httpx.AsyncClient) -> None:
        self._console = console
        self._client = client
        self._table = Table("step", "what happened", "seconds", title="The loop")

    async def step(self, name: str, work: Awaitable[tuple[str, T]]) -> T:
        """Do one step; `work` returns what happened in words, and a value for the next step."""
        began = time.monotonic()
        self._console.print(f"[dim]{name} ...[/]")
        said, value = await work
        self.note(name, said, time.monotonic() - began)
        return value

    def note(self, name: str, said: str, seconds: float) -> None:
        self._table.add_row(name, said, f"{seconds:.1f}")

    def print_table(self) -> None:
        self._console.print(self._table)

    async def get(self, path: str) -> Any:  # noqa: ANN401 - the endpoint's body
        return self._read(await self._client.get(path))

    async def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        return self._read(await self._client.post(path, json=body))

    async def until(self, what: str, condition: Callable[[], Awaitable[T | None]]) -> T:
        deadline = time.monotonic() + PATIENCE
        while (value := await condition()) is None:
            if time.monotonic() > deadline:
                raise StepFailed(f"{what} did not happen within {PATIENCE:.0f} s.")
            await asyncio.sleep(0.5)
        return value

    def _read(self, answer: httpx.Response) -> Any:  # noqa: ANN401
        if answer.is_error:
            raise StepFailed(
                f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {answer.text}"
            )
        return answer.json()


def main() -> int:
    console = Console(highlight=False, width=max(100, Console().width))
    folder = Path(tempfile.mkdtemp(prefix="larder-demo-"))
    folder.chmod(0o755)
    for name in ("DATABASE_URL", "NATS_URL"):
        os.environ.pop(name, None)  # the demo never touches servers of yours
    try:
        asyncio.run(_run(console, folder))
    except (CannotStart, StepFailed) as error:
        console.print(f"[bold red]The demo failed.[/] {error}\nLogs are kept in {folder / 'logs'}.")
        return 1
    except asyncio.CancelledError:
        console.print("Stopped.")
        return 130
    shutil.rmtree(folder, ignore_errors=True)
    return 0


async def _run(console: Console, folder: Path) -> None:
    _cancel_on_signals()
    supervisor = Supervisor(folder / "logs", console.print)
    began = time.monotonic()
    try:
        layout = await start_all(supervisor, folder, lambda name: console.print(f"[dim]starting {name}[/]"))
        async with httpx.AsyncClient(base_url=layout.address, timeout=60) as client:
            await _loop(Demo(console, client), console, layout, time.monotonic() - began)
    finally:
        await supervisor.stop()
    console.print(f"Every step worked; {time.monotonic() - began:.0f} s in all.")


def _cancel_on_signals() -> None:
    """Ctrl-C and SIGTERM end the work where it is, so that `finally` stops every process."""
    work = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGINT):
        if work is not None:
            asyncio.get_running_loop().add_signal_handler(number, work.cancel)


async def _loop(demo: Demo, console: Console, layout: Layout, start_seconds: float) -> None:
    try:
        demo.note("start", f"Postgres, nats-server, 4 services and the gateway at {layout.address}", start_seconds)
        records = await demo.step("import", _import(demo))
        await demo.step("read by rules", _read_by(demo, "regex", records))
        await demo.step("audit", _audit(demo))
        await demo.step("train", _train(demo))
        model = await demo.step("judge and promote", _judged(demo))
        await demo.step("reload", _reloaded(demo, records))
    finally:
        demo.print_table()
    console.print(_comparison(model))
    _require_gain(model)


async def _import(demo: Demo) -> tuple[str, int]:
    number = (await demo.post("/api/imports/sample", {}))["id"]

    async def done() -> dict[str, Any] | None:
        job: dict[str, Any] = await demo.get(f"/api/imports/{number}")
        if job["state"] == "failed":
            raise StepFailed(f"The import failed: {job['error']}")
        return job if job["state"] == "done" else None

    job = await demo.until("The import", done)
    return f"{job['messages']} messages of the sample's Slack export, {job['records']} records", int(job["records"])


async def _read_by(demo: Demo, method: str, records: int) -> tuple[str, None]:
    async def all_read() -> bool | None:
        status = await demo.get("/api/status")
        return True if status["records"] == records and not status["pending"][method] else None

    await demo.until(f"Reading by {method}", all_read)
    return f"{records} records over the broker", None


async def _audit(demo: Demo) -> tuple[str, None]:
    """Each label becomes an audit by the same request that the page sends."""
    labels = [json.loads(line) for line in (ROOT / "sample" / "labels.jsonl").read_text().splitlines()]
    for label in labels:
        record = await demo.get(f"/api/records/{label['id']}")
        if record["text"] != label["text"]:
            raise StepFailed(f"Record {label['id']} is not what its label was written for.")
        await demo.post(
            f"/api/records/{label['id']}/audits",
            {
                "key": str(uuid.uuid4()),
                "revision": record["revision"],
                "decision": "corrected",
                "extraction": label["extraction"],
                "draft_method": "regex",
                "draft_version": record["readings"]["regex"]["version"],
            },
        )
    return f"{len(labels)} records audited from the sample's labels", None


async def _train(demo: Demo) -> tuple[str, None]:
    run = await demo.post("/runs", {"version": VERSION, "target": "local", "key": str(uuid.uuid4())})

    async def over() -> dict[str, Any] | None:
        now: dict[str, Any] = await demo.get(f"/runs/{run['id']}")
        if now["state"] in {"failed", "cancelled"}:
            raise StepFailed(f"The training ended as {now['state']}: {now['reason']}")
        return now if now["state"] == "done" else None

    done = await demo.until("The training", over)
    data = done["dataset"]
    return f"LoRA adapter on {data['train']} audits, {data['held_out']} held out, published to the object store", None


async def _judged(demo: Demo) -> tuple[str, dict[str, Any]]:
    async def judged() -> dict[str, Any] | None:
        model: dict[str, Any] = await demo.get(f"/api/models/{VERSION}")
        return None if model["state"] == "evaluating" else model

    model = await demo.until("The evaluation", judged)
    if model["state"] != "active":
        raise StepFailed(f"The version was not promoted: {model['reason']}")
    return "read the held-out records with base and adapter; the gate let it pass; active", model


async def _reloaded(demo: Demo, records: int) -> tuple[str, None]:
    said, _ = await _read_by(demo, "peft", records)
    first = (await demo.get("/api/records?audit=all&limit=1"))["items"][0]["id"]
    reading = (await demo.get(f"/api/records/{first}"))["readings"]["peft"]
    if reading is None or reading["version"] != VERSION:
        raise StepFailed("The running worker does not serve the new version.")
    return f"the running worker serves {VERSION}; {said}", None


def _comparison(model: dict[str, Any]) -> Table:
    table = Table("held-out records", "regex", "base", "adapter", title="Field by field")
    for label, path in FIELDS:
        table.add_row(label, *(f"{_score(model, who, path):.3f}" for who in ("regex", "base", "candidate")))
    return table


def _require_gain(model: dict[str, Any]) -> None:
    """The promise of the product: training on audits makes the model better."""
    base, adapter = (_score(model, who, ("items_exact", "f1")) for who in ("base", "candidate"))
    if adapter <= base:
        raise StepFailed(f"The adapter (items F1 {adapter:.3f}) is not better than the bare base ({base:.3f}).")


def _score(model: dict[str, Any], who: str, path: tuple[str, ...]) -> float:
    value: Any = model["scores"][who]
    for key in path:
        value = value[key]
    return float(value)


if __name__ == "__main__":
    raise SystemExit(main())
