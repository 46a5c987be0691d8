"""What a run would do and cost, with prices of this moment. Asks, and changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from trainer_orchestrator.budget import estimate
from trainer_orchestrator.cloud.choice import Choice, Wishes, choose
from trainer_orchestrator.cloud.client import LambdaClient
from trainer_orchestrator.cloud.errors import LambdaError
from trainer_orchestrator.datasets import AuditApi
from trainer_orchestrator.errors import Refusal
from trainer_orchestrator.machines.base import Machines
from trainer_orchestrator.machines.setup import check_configured
from trainer_orchestrator.run import Target
from trainer_orchestrator.schemas import Plan


@dataclass(frozen=True)
class Planner:
    """Plans for the targets that are set up here."""

    audit: AuditApi
    machines: Mapping[Target, Machines]
    client: LambdaClient
    wishes: Wishes
    base: str
    ssh_host: str
    max_cents_per_run: int

    async def plan(self, target: Target) -> Plan:
        """What keeps the run from starting stands in `problem`. Raises Transient when audit-api cannot be asked."""
        readiness = await self.audit.readiness()
        choice, problem = await self._choice(target)
        if problem is None and not readiness.ready:
            problem = readiness.sentence
        price = choice.cents_per_hour if choice else None
        expected = estimate(readiness.audited, price)
        return Plan(
            target=target,
            base=self.base,
            audited=readiness.audited,
            needed=readiness.needed,
            machine=self._machine(target, choice),
            region=choice.region if choice else None,
            cents_per_hour=price,
            expected_seconds=expected.seconds,
            expected_cents=expected.cents,
            max_cents=self.max_cents_per_run if target is Target.LAMBDA else 0,
            problem=problem,
        )

    async def problem(self, target: Target) -> str | None:
        """What keeps any run from starting there, whatever the audits; asks the cloud with the key that would pay."""
        return (await self._choice(target))[1]

    async def _choice(self, target: Target) -> tuple[Choice | None, str | None]:
        """The machine that would be rented, or why none would be."""
        try:
            check_configured(self.machines, target)
            if target is not Target.LAMBDA:
                return None, None
            market = choose(await self.client.instance_types(), self.wishes)
        except Refusal as refusal:
            return None, refusal.message
        except LambdaError as error:
            return None, str(error)
        if not market.choices:
            return None, market.problem(self.wishes.max_cents_per_hour)
        return market.choices[0], None

    def _machine(self, target: Target, choice: Choice | None) -> str:
        if target is Target.LAMBDA:
            return f"{choice.description} ({choice.type})" if choice else "no machine"
        return self.ssh_host or "no host" if target is Target.SSH else "this computer"
