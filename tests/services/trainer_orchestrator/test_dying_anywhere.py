"""No crash at any instant leaves a machine behind.

The orchestrator is stopped at every API call, every saved state and every SSH command, by kill -9 and by an error,
before and after the effect, on the faithful fake with real SSH servers, the real database and broker. A new process
goes on. The run must end typed, publish at most once, and leave the account empty.
"""

import asyncio
import itertools
import json
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from adapter_output import write_adapter
from trainer_support import AuditApiState, audit_api, now

from contracts import RunState
from fake_lambda import Account, Machine, served_lambda
from fake_lambda.server import KEY
from larder_local.ports import free_port
from servicekit.health import serve
from tests_support import eventually
from trainer_orchestrator.run import FINAL, Run, Target

pytestmark = [pytest.mark.integration, pytest.mark.timeout(3000)]

SUPPORT = Path(__file__).parents[2] / "support"
RECIPE = "import shutil, sys; shutil.copytree({adapter!r}, sys.argv[sys.argv.index('--output') + 1])"
KINDS = ("api", "state", "ssh", "publish")


@dataclass
class World:
    """What outlives the orchestrators, and the process that forks them."""

    trainer: Any
    account: Account
    settings: dict[str, Any]
    zygote: asyncio.subprocess.Process
    folder: Path

    async def run(self, point: str = "", nth: int = 0, *, after: bool = False, how: str = "none") -> tuple[Run, Path]:
        """A new run on a new data folder, struck at the point, then gone on with until it is over."""
        run = Run(uuid.uuid4().hex[:12], uuid.uuid4().hex, f"v-{uuid.uuid4().hex[:8]}", Target.LAMBDA, "base", now())
        home = self.folder / run.id
        home.mkdir()
        store = self.trainer.store
        async with store.transaction() as session, session.begin():
            await store.add(session, run)
        job = {**self.settings, "home": str(home), "point": point, "nth": nth, "after": after, "how": how}
        for _ in range(3):
            code = await self._fork(job)
            assert code in {0, -9}, (home / "orchestrator.log").read_text()[-3000:]
            if code == 0:
                break
            await self.trainer.end_leases()
        ended = await store.load(run.id)
        assert ended is not None
        return ended, home

    async def _fork(self, job: dict[str, Any]) -> int:
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.write(json.dumps(job).encode() + b"\n")
        return int(await asyncio.wait_for(self.zygote.stdout.readline(), 600))


@pytest.fixture
async def world(trainer, postgres_url, nats_url, tmp_path) -> AsyncIterator[World]:
    stop, port = asyncio.Event(), free_port(0)
    serving = asyncio.create_task(serve(audit_api(AuditApiState()), "127.0.0.1", port, stop))
    write_adapter(tmp_path / "trained")
    async with served_lambda() as (account, address):
        account.behaviour.boot = 0.05
        account.behaviour.ssh_after = 0.0
        settings = {
            "database": postgres_url, "nats": nats_url, "audit_api": f"http://127.0.0.1:{port}", "lambda": address,
            "key": KEY, "user": Machine("", 0, []).user, "ssh_port": account.port, "settle": 0.5,
            "recipe": ["-c", RECIPE.format(adapter=str(tmp_path / "trained"))],
        }  # fmt: skip
        zygote = await asyncio.create_subprocess_exec(
            sys.executable, str(SUPPORT / "dying_orchestrator.py"), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        yield World(trainer, account, settings, zygote, tmp_path)
        zygote.stdin.close()
        assert await asyncio.wait_for(zygote.wait(), 20) == 0
    stop.set()
    await serving


async def assert_nothing_is_left(world: World, run: Run, home: Path) -> None:
    log = (home / "orchestrator.log").read_text()[-3000:]
    assert run.state in FINAL, log
    assert run.ending is not None
    assert (run.ending.reason is None) == (run.state is RunState.DONE)
    assert world.account.alive() == [], log
    published = [one for one in await world.trainer.announced() if one["run_id"] == run.id]
    assert len(published) == (run.state is RunState.DONE), log
    assert all(rental.ended_at is not None for rental in run.rentals)
    assert not list(home.rglob("host_key")), "the machine's private key is forgotten with it"


async def points_of(world: World) -> list[tuple[str, int]]:
    """A run that nobody disturbs tells all points; a poll that is repeated counts twice at most."""
    run, home = await world.run()
    assert run.state is RunState.DONE, (home / "orchestrator.log").read_text()[-3000:]
    counts = json.loads((home / "points.json").read_text())
    return [(name, nth + 1) for name, count in counts.items() for nth in range(min(count, 2))]


async def test_an_orchestrator_that_dies_anywhere_leaves_no_machine_and_publishes_at_most_once(world):
    points = await points_of(world)
    covered: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    missed: set[str] = set()
    for name, nth in points:
        for after, how in itertools.product((False, True), ("kill", "error") if nth == 1 else ("kill",)):
            run, home = await world.run(name, nth, after=after, how=how)
            await assert_nothing_is_left(world, run, home)
            was_struck = (home / "struck").exists()
            covered[name.split()[0]] += was_struck
            endings[run.ending.reason or "done"] += 1
            if nth == 1 and not was_struck:
                missed.add(name)
    print(f"\n{covered.total()} points covered ({dict(covered)}) at {len(points)} effects; runs ended {dict(endings)}")
    assert not missed, "a second poll may not come about, a first effect always does"
    assert covered.total() >= 100
    assert set(covered) == set(KINDS)
    assert endings["done"] >= 0.9 * endings.total(), "a crash costs time, not the run"


async def test_a_crash_beside_a_misbehaving_cloud_leaves_no_machine(world):
    """The dearest instants once more, with lost answers, hidden machines, and machines that vanish from the list."""
    for name in ("api POST instance-operations/launch", "state rental launched", "ssh connect"):
        for keeps in (True, False):
            behaviour = world.account.behaviour
            behaviour.loses_launch_answers, behaviour.unlisted, behaviour.omits_terminated = 1, 0.2, 1
            behaviour.bad_gateways, behaviour.keeps_terminated = 2, keeps
            point = next((it for it, _ in await points_of(world) if it.startswith(name[:20])), name)
            run, home = await world.run(point, 1, after=True, how="kill")
            await assert_nothing_is_left(world, run, home)


async def test_two_orchestrators_at_once_rent_one_machine(world, postgres_url, tmp_path):
    """Two processes, each with a folder of its own, claim the same run."""
    run = Run("twice", "twice", "v-twice", Target.LAMBDA, "base", now())
    store = world.trainer.store
    async with store.transaction() as session, session.begin():
        await store.add(session, run)
    jobs = []
    for number in range(2):
        home = tmp_path / f"orchestrator-{number}"
        home.mkdir()
        job = {**world.settings, "home": str(home), "point": "", "nth": 0, "after": False, "how": "none"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(SUPPORT / "dying_orchestrator.py"), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        jobs.append(process.communicate(json.dumps(job).encode() + b"\n"))
    await asyncio.wait_for(asyncio.gather(*jobs), 600)
    ended = await eventually(lambda: _over(store), 300)
    assert ended.state is RunState.DONE
    assert len(world.account.rented) == 1
    assert world.account.alive() == []


async def _over(store) -> Run | None:
    run = await store.load("twice")
    return run if run.is_over else None
