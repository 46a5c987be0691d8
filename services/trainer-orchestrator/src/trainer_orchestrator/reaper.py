"""Ends machines that nobody needs any more: `python -m trainer_orchestrator.reaper`, or once by `larder reap`.

It needs the account's key and nothing else: a machine's name says whose it is and until when it may live. Where an
orchestrator answers, a machine whose run is over goes at once; one that does not answer, does not know the run, or
does not know us (with accounts it asks for the services' token) changes nothing: the deadline decides. Machines of
other names, and of other installations, are never touched.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import httpx
import structlog
from prometheus_client import Counter
from pydantic import Field, SecretStr

from servicekit.health import Health, health_app, serve, stop_on_signals
from servicekit.logs import configure_logs
from servicekit.waiting import pause
from trainer_orchestrator.cloud.account import CloudSettings, client_of
from trainer_orchestrator.cloud.client import LambdaClient
from trainer_orchestrator.cloud.errors import LambdaError
from trainer_orchestrator.cloud.wire import ENDING, Instance
from trainer_orchestrator.run import parse_machine_name

log = structlog.get_logger(__name__)

PAUSE_S = 60.0
REAPED = Counter("larder_machines_reaped", "Rented machines that the reaper ended", ["why"])

IsOver = Callable[[str], Awaitable[bool]]
"""Whether a run is known to be over."""


class Verdict(StrEnum):
    NOT_OURS = "not ours"
    ALIVE = "alive"
    ENDING = "ending already"
    PAST_DEADLINE = "past its deadline"
    RUN_OVER = "its run is over"


GUILTY = frozenset({Verdict.PAST_DEADLINE, Verdict.RUN_OVER})


@dataclass(frozen=True)
class Finding:
    """A machine of the account, and what is to be done with it."""

    instance_id: str
    name: str
    verdict: Verdict
    was_terminated: bool = False
    problem: str | None = None

    @property
    def sentence(self) -> str:
        if self.problem:
            return f"{self.name}: {self.verdict}, but it could not be ended: {self.problem}"
        done = "terminated" if self.was_terminated else "to be terminated" if self.verdict in GUILTY else "left alone"
        return f"{self.name}: {self.verdict}; {done}"


async def sweep(
    client: LambdaClient, environment: str, is_over: IsOver | None = None, *, dry_run: bool = False
) -> list[Finding]:
    """Look at every machine of the account once and end what must go. Raises LambdaError when it cannot be listed."""
    findings = []
    for instance in await client.instances():
        verdict = await judge(instance, environment, datetime.now(UTC), is_over)
        finding = Finding(instance.id, instance.name or instance.id, verdict)
        guilty = verdict in GUILTY and not dry_run
        findings.append(await _terminated(client, finding) if guilty else finding)
    return findings


async def judge(instance: Instance, environment: str, now: datetime, is_over: IsOver | None) -> Verdict:
    try:
        name = parse_machine_name(instance.name or "")
    except ValueError:
        return Verdict.NOT_OURS
    if name.environment != environment:
        return Verdict.NOT_OURS
    if instance.status in ENDING:
        return Verdict.ENDING
    if now > name.deadline:
        return Verdict.PAST_DEADLINE
    is_needless = is_over is not None and await is_over(name.run_id)
    return Verdict.RUN_OVER if is_needless else Verdict.ALIVE


async def _terminated(client: LambdaClient, finding: Finding) -> Finding:
    """The next sweep sees whether it worked."""
    try:
        await client.terminate(finding.instance_id)
    except LambdaError as error:
        return Finding(finding.instance_id, finding.name, finding.verdict, problem=str(error))
    REAPED.labels(finding.verdict).inc()
    return Finding(finding.instance_id, finding.name, finding.verdict, was_terminated=True)


def asks_orchestrator(http: httpx.AsyncClient, address: str, token: SecretStr | None = None) -> IsOver:
    """Asks the orchestrator at `address`; no answer, or an unknown run, is no permission to end anything."""
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}

    async def is_over(run_id: str) -> bool:
        try:
            answer = await http.get(f"{address}/runs/{run_id}", headers=headers, timeout=10)
            if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
                log.warning("the orchestrator does not know the reaper; deadlines decide", run_id=run_id)
            return answer.status_code == httpx.codes.OK and answer.json()["finished_at"] is not None
        except (httpx.TransportError, ValueError, KeyError, TypeError):
            return False

    return is_over


class ReaperSettings(CloudSettings):
    port: int = Field(default=8085, ge=0, le=65535, validation_alias="LARDER_PORT")
    trainer_url: str = Field(default="", validation_alias="TRAINER_URL")
    """Where an orchestrator answers; may be left out."""
    service_token: SecretStr | None = Field(default=None, validation_alias="LARDER_SERVICE_TOKEN")
    """By which an orchestrator with accounts knows the reaper."""


async def sweep_once(settings: ReaperSettings, *, dry_run: bool) -> Sequence[Finding]:
    """For `larder reap`."""
    async with httpx.AsyncClient() as http:
        url, token = settings.trainer_url, settings.service_token
        is_over = asks_orchestrator(http, url, token) if url else None
        return await sweep(client_of(settings, http), settings.environment, is_over, dry_run=dry_run)


async def run_service(settings: ReaperSettings) -> None:
    """Sweep every minute until SIGTERM; a cloud that does not answer is asked again, and shows in `/readyz`."""
    stop, health = stop_on_signals(), Health()
    health.set_ready("sweep", False)
    async with asyncio.TaskGroup() as parts:
        parts.create_task(serve(health_app(health), settings.host, settings.port, stop))
        parts.create_task(_sweep_for_ever(settings, health, stop))


async def _sweep_for_ever(settings: ReaperSettings, health: Health, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            for finding in await sweep_once(settings, dry_run=False):
                if finding.verdict in GUILTY:
                    log.warning("machine reaped", machine=finding.name, why=finding.verdict, problem=finding.problem)
            health.set_ready("sweep", True)
        except LambdaError as error:
            health.set_ready("sweep", False, problem=str(error))
            log.warning("no sweep", reason=str(error))
        await pause(PAUSE_S, stop)


def main() -> None:
    settings = ReaperSettings()
    configure_logs("reaper", settings.log_format)
    asyncio.run(run_service(settings))


if __name__ == "__main__":
    main()
