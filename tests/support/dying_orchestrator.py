"""An orchestrator that dies, or is refused, at one chosen point. A process of its own that forks for every run.

The parent has imported everything and holds no connection, so that a fork is a fresh process that starts at once. Each
line on standard input is a job; each line on standard output says how the fork for it ended.
"""

import asyncio
import json
import os
import signal
import ssl
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio._backends._asyncio  # noqa: F401 - what a fork would import anew
import asyncpg.protocol  # noqa: F401
import h11  # noqa: F401
import httpcore  # noqa: F401
import httpx
import sqlalchemy.dialects.postgresql.asyncpg  # noqa: F401
import structlog
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine

from servicekit.broker import connect as connect_broker
from servicekit.objects import NatsObjects
from servicekit.settings import with_asyncpg
from trainer_orchestrator import publish
from trainer_orchestrator.cloud.choice import Wishes
from trainer_orchestrator.cloud.client import LambdaClient
from trainer_orchestrator.cloud.gate import RateGate, Rates
from trainer_orchestrator.datasets import AuditApi
from trainer_orchestrator.logbook import Logbook
from trainer_orchestrator.machines import transport
from trainer_orchestrator.machines.lambda_cloud import LambdaMachines, Terms
from trainer_orchestrator.machines.remote import RemoteTraining
from trainer_orchestrator.machines.rentals import RentalBook
from trainer_orchestrator.pipeline import Pace, Pipeline
from trainer_orchestrator.publish import Publisher
from trainer_orchestrator.run import Target
from trainer_orchestrator.store import Store

TRUSTED = ssl.create_default_context()
"""Read once: certificates, which nothing here asks for, were a third of a fork's time."""


class Injected(Exception):
    """An error out of nowhere."""


@dataclass
class Points:
    """Every effect passes here; before or after occurrence `nth` of `name` it dies (`kill`) or fails once (`error`).

    After counts what came about: a machine that still boots refuses a first connection, and then there is no after.
    """

    name: str
    nth: int
    after: bool
    how: str
    told: Path
    counts: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)

    def around(self, name_of: Callable[..., str], act: Callable[..., Any]) -> Callable[..., Any]:
        if asyncio.iscoroutinefunction(act):

            async def asynchronous(*args: Any, **named: Any) -> Any:
                name = self.before(name_of(*args))
                value = await act(*args, **named)
                self.has_come(name)
                return value

            return asynchronous

        def synchronous(*args: Any, **named: Any) -> Any:
            name = self.before(name_of(*args))
            value = act(*args, **named)
            self.has_come(name)
            return value

        return synchronous

    def before(self, name: str) -> str:
        self.counts[name] += 1
        self._strike(name, self.counts, after=False)
        return name

    def has_come(self, name: str) -> None:
        self.done[name] += 1
        self._strike(name, self.done, after=True)

    def _strike(self, name: str, counts: Counter[str], *, after: bool) -> None:
        is_here = (name, counts[name], after) == (self.name, self.nth, self.after)
        if not is_here or self.told.exists():
            return
        self.told.write_text(name)
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise Injected(name)


def wrap(points: Points) -> None:
    """Put the points around every API call, every saved state, every SSH command, and the publishing."""
    effects: list[tuple[Any, str, Callable[..., str]]] = [
        (LambdaClient, "_send", lambda _, method, path, *__: f"api {method} {path.split('/')[1]}{path[-10:]}"),
        (Store, "apply", lambda _, before, after, *__: f"state {before.state} to {after.state}"),
        (RentalBook, "write", lambda _, __, asks: f"state rental {asks[-1].outcome if asks else 'none'}"),
        (Logbook, "append", lambda *_: "state log"),
        (Logbook, "keep_metadata", lambda *_: "state metadata"),
        (transport.Shell, "run", lambda _, command, *__: f"ssh {_essence(command)}"),
        (transport.Shell, "_send", lambda *_: "ssh sftp put"),
        (transport.Shell, "_fetch", lambda *_: "ssh sftp get"),
        (transport, "connect", lambda *_: "ssh connect"),
        (publish, "put_adapter", lambda *_: "publish"),
    ]
    for owner, name, name_of in effects:
        setattr(owner, name, points.around(name_of, getattr(owner, name)))


def _essence(command: str) -> str:
    for word in (" begin ", " look ", " end ", "tar -cf", "tar -xf", "mkdir", "mv ", "sha256sum"):
        if word in command:
            return word.strip()
    return command


async def work(job: dict[str, Any]) -> None:
    """Claim and work until nothing is unfinished, as the dispatcher does; it too survives what escapes."""
    home, key = Path(job["home"]), SecretStr(job["key"])
    engine = create_async_engine(with_asyncpg(job["database"]))
    broker = await connect_broker(job["nats"], "dying")
    async with (
        httpx.AsyncClient(base_url=job["audit_api"], verify=TRUSTED) as http,
        httpx.AsyncClient(verify=TRUSTED) as outside,
    ):
        store = Store(engine, timedelta(seconds=30))
        pipeline = pipeline_of(
            job, store, AuditApi(http), Publisher(NatsObjects(broker), home / "versions"), outside, key
        )
        while claimed := await store.claim():
            for run_id in claimed:
                try:
                    await pipeline.work(run_id)
                except Injected:
                    continue
    await broker.close()
    await engine.dispose()


def pipeline_of(
    job: dict[str, Any], store: Store, audit: AuditApi, publisher: Publisher, outside: httpx.AsyncClient, key: SecretStr
) -> Pipeline:
    home = Path(job["home"])
    client = LambdaClient(outside, key, RateGate(home, key, Rates(0, 0)), job["lambda"])
    training = RemoteTraining(home, sys.executable, recipe=tuple(job["recipe"]))
    terms = Terms(
        Wishes(200), 200, settle=timedelta(seconds=job["settle"]), boot=timedelta(seconds=20),
        poll=timedelta(milliseconds=20), user=job["user"], ssh_port=job["ssh_port"], probe="true",
    )  # fmt: skip
    machines = LambdaMachines(client, RentalBook(home), training, terms)
    pace = Pace(
        lease=timedelta(seconds=30), poll=timedelta(milliseconds=200), patience=timedelta(seconds=20),
        max_training=timedelta(minutes=10),
    )  # fmt: skip
    return Pipeline(store, audit, {Target.LAMBDA: machines}, publisher, Logbook(home), home, "test", pace)


def child(job: dict[str, Any]) -> None:
    log = Path(job["home"]) / "orchestrator.log"
    with log.open("a") as told:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(told))
        points = Points(job["point"], job["nth"], job["after"], job["how"], Path(job["home"]) / "struck")
        wrap(points)
        try:
            asyncio.run(work(job))
            Path(job["home"], "points.json").write_text(json.dumps(points.counts))
        except BaseException:  # noqa: BLE001 - told to the parent by the exit status
            traceback.print_exc(file=told)
            told.flush()
            os._exit(1)
    os._exit(0)


def main() -> None:
    for line in sys.stdin:
        number = os.fork()
        if number == 0:
            child(json.loads(line))
        _, status = os.waitpid(number, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
