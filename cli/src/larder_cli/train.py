"""`larder train`: a run of the service, or, with `--data`, a training of this machine's own that needs no service."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID

from contracts import LabelledRow
from contracts.names import why_not
from larder_cli.errors import Refused
from larder_cli.lines import read_labelled, read_reference
from larder_cli.progress import bar
from larder_cli.service import Service
from larder_cli.versions import base_model, versions_folder
from reading.heldout import is_held_out

OVER = {"done", "failed", "cancelled"}
POLL_SECONDS = 1.0


def plan(version: str | None, target: str, data: Path | None, base: str | None) -> dict[str, Any]:
    """What a run would do; asks, and changes nothing. Raises Refused when the run could not start."""
    if data is not None:
        train, held_out = _split(read_labelled(data))
        rows = {"train": len(train), "held_out": len(held_out), "source": str(data)}
        return {"version": _new_name(version), "on": target, "base": base or base_model(), "data": rows}
    asked = {"version": version} if version else {}
    found = Service().get("/runs/plan", target=target, **asked)
    if found["problem"]:
        raise Refused(found["problem"])
    return {
        "version": found["version"],
        "on": target,
        "base": found["base"],
        "data": {"audited": found["audited"]},
        "machine": found["machine"],
        "region": found["region"],
        "price": f"{_dollars(found['cents_per_hour'])} an hour" if found["cents_per_hour"] else "nothing",
        "expected": f"{_minutes(found['expected_seconds'])}, {_dollars(found['expected_cents'])}",
        "at_most": _dollars(found["max_cents"]),
    }


def copy_adapter(version: str, folder: Path) -> None:
    """Copy a finished version's files. Raises Refused when they are not on this machine."""
    source = versions_folder() / version
    if not source.is_dir():
        raise Refused(f"The adapter's files are not on this machine ({source}); copy them where Larder runs.")
    if folder.exists():
        raise Refused(f"{folder} exists already: choose another folder; the adapter is kept in {source}.")
    shutil.copytree(source, folder)


def _minutes(seconds: float) -> str:
    number = max(1, round(seconds / 60))
    return f"{number} minute{'s' if number > 1 else ''}"


def _dollars(cents: float) -> str:
    return f"${cents / 100:.2f}"


def train_by_service(version: str | None, target: str, console: Console) -> dict[str, Any]:
    """Start a run and follow it to its end. Ctrl-C asks once whether to detach or cancel."""
    service = Service()
    run = service.post("/runs", {"version": version, "target": target, "key": str(uuid.uuid4())})
    console.print(f"Run {run['id']} trains {run['version']} on {target}; follow it at {service.base}/training")
    try:
        run = _follow(service, run)
    except KeyboardInterrupt:
        return _detach_or_cancel(service, run, console)
    if run["state"] != "done":
        reason = (run["reason"] or "no reason given").removeprefix(f"{run['reason_code']}: ")
        raise Refused(f"The training ended as {run['state']}: {reason}")
    return run


def train_offline(
    version: str | None, data: Path, base: str | None, locations: Path | None, options: list[str]
) -> Path:
    """Train on LABELLED.jsonl with the recipe; the new version's folder."""
    target = versions_folder() / _new_name(version)
    versions_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=versions_folder(), prefix=".training-") as work:
        folder = Path(work)
        _write_dataset(folder, read_labelled(data), locations)
        _run_recipe(folder, base or base_model(), options)
        (folder / "adapter").rename(target)
    return target


def _follow(service: Service, run: dict[str, Any]) -> dict[str, Any]:
    with bar() as progress:
        task = progress.add_task(run["state"], total=None, note="")
        while run["state"] not in OVER:
            time.sleep(POLL_SECONDS)
            run = service.get(f"/runs/{run['id']}")
            cost = _dollars(run["cost_cents"]) if run["rentals"] else ""
            _show(progress, task, run["state"], run["progress"], cost)
    return run


def _show(progress: Progress, task: TaskID, state: str, step: dict[str, Any], cost: str = "") -> None:
    """The stage, the bar, and beside it loss, time left by the recipe's own count, and what it has cost."""
    facts = [
        f"loss {step['loss']:.3f}" if step.get("loss") is not None else "",
        f"{step['eta_seconds']:.0f} s left" if step.get("eta_seconds") is not None and state == "training" else "",
        cost,
    ]
    note = ", ".join(fact for fact in facts if fact)
    progress.update(
        task, description=state.replace("_", " "), total=step.get("steps"), completed=step.get("step", 0), note=note
    )


def _detach_or_cancel(service: Service, run: dict[str, Any], console: Console) -> dict[str, Any]:
    """Asked once; a second Ctrl-C, or nobody there to answer, detaches. A cancelled run is followed to its release."""
    try:
        answer = console.input("\nThe training goes on by itself. [bold]d[/]etach (default) or [bold]c[/]ancel it? ")
    except (EOFError, KeyboardInterrupt):
        answer = ""
    if answer.strip().lower().startswith("c"):
        return _follow(service, dict(service.post(f"/runs/{run['id']}/cancel")))
    console.print("Detached; `larder status` shows how it is doing.")
    return run


def _new_name(version: str | None) -> str:
    """As asked, or the next free name on this machine. Raises Refused for one that no new version can have."""
    name = version or _next_name()
    if reason := why_not(name):
        raise Refused(reason)
    if (versions_folder() / name).exists():
        raise Refused(f"Version {name} exists already: choose another name.")
    return name


def _split(rows: list[LabelledRow]) -> tuple[list[LabelledRow], list[LabelledRow]]:
    return [row for row in rows if not is_held_out(row.id)], [row for row in rows if is_held_out(row.id)]


def _write_dataset(folder: Path, rows: list[LabelledRow], locations: Path | None) -> None:
    """The recipe's input: train.jsonl, held_out.jsonl and directory.json."""
    train, held_out = _split(rows)
    for name, part in (("train.jsonl", train), ("held_out.jsonl", held_out)):
        (folder / name).write_text("".join(row.model_dump_json() + "\n" for row in part))
    directory = read_reference(locations).directory.model_dump(mode="json")["places"]
    (folder / "directory.json").write_text(json.dumps(directory))


def _run_recipe(folder: Path, base: str, options: list[str]) -> None:
    """Run the recipe in a process of its own; its progress lines become a bar, its refusal ours."""
    recipe = [sys.executable, "-m", "trainer_orchestrator.recipe.train_lora"]
    command = [*recipe, "--data", str(folder), "--base", base, "--output", str(folder / "adapter"), *options]
    with (folder / "training.log").open("w+") as log, _process(command, log) as training, bar() as progress:
        task = progress.add_task("training", total=None, note="")
        for line in training.stdout or ():
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("event") == "step":
                _show(progress, task, "training", event)
        if training.wait():
            log.seek(0)
            said = log.read().strip().splitlines()
            raise Refused(said[-1] if said else f"The training ended with exit status {training.returncode}.")


@contextmanager
def _process(command: list[str], log: Any) -> Iterator["subprocess.Popen[str]"]:  # noqa: ANN401 - a text file
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _next_name() -> str:
    number = 1
    while (versions_folder() / f"v{number}").exists():
        number += 1
    return f"v{number}"
