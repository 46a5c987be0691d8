"""What the trainer's tests share: an audit-api to talk to, adapters to publish, and a machine that never sleeps."""

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapter_output import write_adapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from trainer_orchestrator.machines.base import MachineRef
from trainer_orchestrator.machines.workplace import Activity, Look
from trainer_orchestrator.run import Rental

ROW = '{"id": "r1", "text": "2 cases apples", "extraction": {}}\n'
MANIFEST = {
    "format": 1,
    "sha256": "d" * 64,
    "train": 3,
    "held_out": 2,
    "reference_version": "abc",
    "frozen_at": "2025-04-01T00:00:00Z",
}


@dataclass
class AuditApiState:
    """What the audit-api below knows, and what it was asked for."""

    audited: int = 12
    versions: set[str] = field(default_factory=set)
    datasets: dict[str, str] = field(default_factory=dict)
    is_down: bool = False
    pseudonymous: list[bool] = field(default_factory=list)
    """For each file of rows that was fetched: whether members' names were kept out of it."""


def audit_api(state: AuditApiState) -> Starlette:
    """The endpoints of audit-api that the trainer uses, with their shapes."""

    async def readiness(_: Request) -> Response:
        return JSONResponse({"audited": state.audited, "needed": 10, "ready": state.audited >= 10})

    async def freeze(request: Request) -> Response:
        run_id = (await request.json())["run_id"]
        dataset_id = state.datasets.setdefault(run_id, f"dataset-{run_id}")
        return JSONResponse({**MANIFEST, "id": dataset_id}, 201)

    async def rows(request: Request) -> Response:
        if request.path_params["dataset_id"] not in state.datasets.values():
            return _error(404, "DATASET_NOT_FOUND", "There is no such dataset.")
        state.pseudonymous.append(request.query_params.get("pseudonymous") == "true")
        return PlainTextResponse(ROW * {"train.jsonl": 3, "held_out.jsonl": 2}[request.path_params["name"]])

    async def directory(_: Request) -> Response:
        return JSONResponse({"Corner Market": {"aliases": [], "kind": ["rescue"]}})

    async def model(request: Request) -> Response:
        if request.path_params["version"] not in state.versions:
            return _error(404, "MODEL_NOT_FOUND", "There is no such model.")
        return JSONResponse({"version": request.path_params["version"]})

    def unless_down(endpoint):
        async def answer(request: Request) -> Response:
            return PlainTextResponse("bad gateway", 502) if state.is_down else await endpoint(request)

        return answer

    routes = [
        ("/api/datasets/readiness", readiness, "GET"),
        ("/api/datasets", freeze, "POST"),
        ("/api/datasets/{dataset_id}/{name}", rows, "GET"),
        ("/api/directory", directory, "GET"),
        ("/api/models/{version}", model, "GET"),
    ]
    return Starlette(routes=[Route(path, unless_down(at), methods=[method]) for path, at, method in routes])


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)


RECIPE = '''
"""A recipe that trains nothing: what it does stands in the JSON file given as its base."""
import argparse, json, sys, time
from pathlib import Path
sys.path.insert(0, {support!r})
from adapter_output import write_adapter
parser = argparse.ArgumentParser()
for name in ("--data", "--base", "--output"):
    parser.add_argument(name, type=Path, required=True)
given = parser.parse_args()
plan = json.loads(given.base.read_text())
rows = len((given.data / "train.jsonl").read_text().splitlines())
print(f"training on {{rows}} rows", file=sys.stderr)
for step in range(1, plan["steps"] + 1):
    time.sleep(plan["seconds"])
    print(json.dumps({{"event": "step", "step": step, "steps": plan["steps"], "loss": 1 / step,
                       "tokens_per_second": 100.0, "eta_seconds": plan["steps"] - step}}), flush=True)
while plan["until"] and not Path(plan["until"]).exists():
    time.sleep(0.02)
if plan["exit"] == 0:
    write_adapter(given.output, f"weights of {{rows}}".encode())
else:
    print(plan["say"], file=sys.stderr)
sys.exit(plan["exit"])
'''


def write_recipe(folder: Path) -> tuple[str, ...]:
    """The command of a recipe that is quick and can fail on demand; its base is a file of `write_plan`."""
    script = folder / "recipe.py"
    script.write_text(RECIPE.format(support=str(Path(__file__).parent)))
    return (sys.executable, str(script))


def write_plan(
    folder: Path,
    *,
    steps: int = 2,
    seconds: float = 0.01,
    until: Path | None = None,
    exit: int = 0,  # noqa: A002
    say: str = "",
) -> str:
    """What the recipe does: its steps, the file that it then waits for, its exit code and its last words."""
    plan = folder / f"plan-{steps}-{seconds}-{exit}.json"
    facts = {"steps": steps, "seconds": seconds, "until": until and str(until), "exit": exit, "say": say}
    plan.write_text(json.dumps(facts))
    return str(plan)


@dataclass
class PatientMachines:
    """Machines in memory that behave: repeatable calls, a log that grows, a bill that shows what was left running."""

    exit_code: int | None = 0
    looks: int = 3
    """How often a training is looked at before it has ended."""
    alive: set[str] = field(default_factory=set)
    launched: list[str] = field(default_factory=list)
    started: dict[str, int] = field(default_factory=dict)
    has_data: set[str] = field(default_factory=set)
    suspended: list[str] = field(default_factory=list)
    refuses_release: int = 0
    is_elsewhere: bool = False

    def lifetime(self, longest: timedelta) -> timedelta:
        return longest

    def rentals(self, machine: MachineRef) -> tuple[Rental, ...]:
        return ()

    async def launch(self, machine: MachineRef, base: str) -> None:
        if machine.name not in self.alive:
            self.launched.append(machine.name)
            self.alive.add(machine.name)

    async def is_ready(self, machine: MachineRef, base: str) -> bool:
        return machine.name in self.alive

    async def upload(self, machine: MachineRef, dataset: Path, base: str) -> None:
        assert {path.name for path in dataset.iterdir()} == {"train.jsonl", "held_out.jsonl", "directory.json"}
        self.has_data.add(machine.name)

    async def start(self, machine: MachineRef, base: str) -> None:
        assert machine.name in self.has_data
        self.started.setdefault(machine.name, 0)

    async def look(self, machine: MachineRef, log_offset: int) -> Look:
        if machine.name not in self.alive:
            return Look(Activity.LOST)
        if machine.name not in self.started:
            return Look(Activity.NOT_STARTED)
        self.started[machine.name] += 1
        seen = min(self.started[machine.name], self.looks)
        log = "".join(
            f'{{"event": "step", "step": {n}, "steps": {self.looks}, "loss": 0.5}}\n' for n in range(1, seen + 1)
        )
        is_over = self.started[machine.name] > self.looks
        activity = (Activity.LOST if self.exit_code is None else Activity.EXITED) if is_over else Activity.RUNNING
        return Look(activity, self.exit_code if is_over else None, log.encode()[log_offset:])

    async def download(self, machine: MachineRef, target: Path) -> None:
        assert machine.name in self.alive
        write_adapter(target, machine.run_id.encode())

    async def suspend(self, machine: MachineRef) -> None:
        self.suspended.append(machine.name)

    async def release(self, machine: MachineRef) -> bool:
        self.alive.discard(machine.name)
        self.refuses_release -= 1
        return self.refuses_release < 0


def living(group: int) -> list[int]:
    """The processes of a group that still run; one that is dead and waits for its parent (`Z`) does not."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group, *_ = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(process_group) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found


def now() -> datetime:
    return datetime.now(UTC)
