"""Accepting a run: the same key gives the same run; too little data, a taken name, and a target that is busy or
cannot be rented now are refused.

Invariant: a refusal changes nothing. Names and targets are checked again under the acceptance lock, which every
process takes; for names a unique index of the database holds them even without it.
"""

import re
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from contracts.names import why_not
from trainer_orchestrator.datasets import AuditApi
from trainer_orchestrator.errors import Refusal
from trainer_orchestrator.machines.base import Machines
from trainer_orchestrator.machines.setup import check_configured
from trainer_orchestrator.publish import Publisher
from trainer_orchestrator.run import By, Run, Target
from trainer_orchestrator.store import Store

NUMBERED = re.compile(r"v(\d+)")


@dataclass(frozen=True)
class Acceptance:
    """Turns requests into runs. `base` is the base model of new runs; `at_once`, by target, how many (else one)."""

    store: Store
    audit: AuditApi
    publisher: Publisher
    machines: Mapping[Target, Machines]
    base: str
    at_once: Mapping[Target, int] = field(default_factory=dict)
    problem_of: Callable[[Target], Awaitable[str | None]] | None = None
    """Why no machine is to be had there now: better said at once than by a run that fails."""

    async def accept(self, key: str, version: str | None, target: Target, by: By = By.PERSON) -> Run:
        """The run of this key, new or not. Raises Refusal, or Transient when audit-api cannot be asked."""
        known = await self.store.find(key)
        if known is not None:
            return _same_request(known, version, target)
        check_configured(self.machines, target)
        await self.audit.check_readiness()
        if self.problem_of is not None and (problem := await self.problem_of(target)):
            raise Refusal(409, "TARGET_UNAVAILABLE", problem)
        name = await self.name(version)
        return await self._add(Run(uuid.uuid4().hex[:12], key, name, target, self.base, datetime.now(UTC), by))

    async def name(self, version: str | None) -> str:
        """What a run would be called: as asked, or the next free name. Raises Refusal for one it cannot have."""
        return await self._free_name() if version is None else await self._checked_name(version)

    async def _add(self, run: Run) -> Run:
        async with self.store.transaction() as session, session.begin():
            await self.store.lock_acceptance(session)
            known = await self.store.by_key(session, run.key)
            if known is not None:
                return known
            busy = await self.store.unfinished_on(session, run.target)
            if len(busy) >= self.at_once.get(run.target, 1):
                raise _busy(busy)
            if (await self.store.versions(session)).get(run.version, False):
                raise _exists(run.version)
            await self.store.add(session, run)
        return run

    async def _checked_name(self, version: str) -> str:
        if reason := why_not(version):
            raise Refusal(409, "VERSION_NAME_RESERVED", reason)
        taken = (await self.store.known_versions()).get(version, False)
        if taken or self.publisher.has_folder(version) or await self.audit.has_version(version):
            raise _exists(version)
        return version

    async def _free_name(self) -> str:
        """`v<n>` after the highest that any run ever had, so that a failed run's log keeps its name."""
        number = _highest(await self.store.known_versions()) + 1
        while self.publisher.has_folder(f"v{number}") or await self.audit.has_version(f"v{number}"):
            number += 1
        return f"v{number}"


def _highest(versions: Mapping[str, bool]) -> int:
    return max((int(match[1]) for name in versions if (match := NUMBERED.fullmatch(name))), default=0)


def _same_request(known: Run, version: str | None, target: Target) -> Run:
    if known.target != target or version not in {None, known.version}:
        raise Refusal(409, "KEY_REUSED", "This key belongs to another request; send a new key.")
    return known


def _exists(version: str) -> Refusal:
    return Refusal(409, "VERSION_EXISTS", f"{version} exists already; choose another name, or give none.")


def _busy(runs: Sequence[Run]) -> Refusal:
    """The oldest first: it is the likeliest to end soon."""
    names = ", ".join(run.version for run in runs)
    which = "it ends, or cancel it" if len(runs) == 1 else "one of them ends, or cancel one"
    are = "is" if len(runs) == 1 else "are"
    sentence = f"{names} {are} being trained on {runs[0].target}; wait until {which}."
    return Refusal(409, "RUN_IN_PROGRESS", sentence)
