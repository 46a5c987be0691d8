"""A machine rented from Lambda Cloud for one run, from launch to verified end.

Invariants: launching is not idempotent, so every launch stands in the rental book before it is sent, and an answer
that was lost is looked for by name through a settle window before anything else is launched. `release` returns True
only when every machine of the name is listed as gone, or absent after having been seen, or was never seen until the
window closed. Only a machine that shows the host key which was made for it is spoken to.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import structlog

from trainer_orchestrator.cloud import errors
from trainer_orchestrator.cloud.account import PROBE
from trainer_orchestrator.cloud.choice import Choice, Wishes, choose
from trainer_orchestrator.cloud.client import LambdaClient
from trainer_orchestrator.cloud.wire import ENDING, GONE, Instance, InstanceStatus, LaunchRequest
from trainer_orchestrator.errors import StepFailed, Transient
from trainer_orchestrator.machines.base import MachineRef
from trainer_orchestrator.machines.bundle import lock_file
from trainer_orchestrator.machines.cloud_init import user_data
from trainer_orchestrator.machines.remote import RemoteTraining
from trainer_orchestrator.machines.rentals import Ask, Outcome, RentalBook
from trainer_orchestrator.machines.transport import Address, CommandFailed, Lines, Shell, new_key_pair
from trainer_orchestrator.machines.workplace import Activity, Look
from trainer_orchestrator.run import Reason, Rental

T = TypeVar("T")

log = structlog.get_logger(__name__)

IMAGE: Final = {"family": "lambda-stack-24-04"}
"""Pinned: the default differs from region to region."""
REASONS: Final[tuple[tuple[type[errors.Refused], Reason], ...]] = (
    (errors.KeyRefused, Reason.KEY_REFUSED),
    (errors.AccountInactive, Reason.ACCOUNT_INACTIVE),
    (errors.QuotaExceeded, Reason.QUOTA_EXCEEDED),
    (errors.NoCapacity, Reason.NO_CAPACITY),
)


@dataclass(frozen=True)
class Terms:
    """On what terms machines are rented, and how patient we are with them."""

    wishes: Wishes
    max_cents_per_run: int
    settle: timedelta = timedelta(minutes=10)
    """How long a launched machine may stay unlisted."""
    boot: timedelta = timedelta(minutes=8)
    """One GPU boots in two to six minutes; a slower one is given back for a fresh draw."""
    draws: int = 3
    poll: timedelta = timedelta(seconds=5)
    user: str = "ubuntu"
    ssh_port: int = 22
    probe: str = PROBE

    def lifetime(self, longest: timedelta) -> timedelta:
        """So short that no machine within the price cap can cost more than a run may."""
        return min(longest, timedelta(hours=self.max_cents_per_run / self.wishes.max_cents_per_hour))


class LambdaMachines:
    """Machines of one account; `environment` names this installation on it."""

    is_elsewhere = True

    def __init__(self, client: LambdaClient, book: RentalBook, training: RemoteTraining, terms: Terms) -> None:
        self._client = client
        self._book = book
        self._training = training
        self._terms = terms
        self._lines = Lines()

    def lifetime(self, longest: timedelta) -> timedelta:
        return self._terms.lifetime(longest)

    def rentals(self, machine: MachineRef) -> Sequence[Rental]:
        return self._book.rentals(machine.run_id)

    async def launch(self, machine: MachineRef, base: str) -> None:
        """Adopt what an earlier try has launched, or launch."""
        if not await self._adopt(machine):
            await self._rent(machine, base)

    async def is_ready(self, machine: MachineRef, base: str) -> bool:
        """Ready once it answers with its own host key and its GPU computes: some time before it is called active."""
        ask = self._open_ask(machine)
        instance = _one_of(await self._named(machine))
        if ask is None or self._is_unfit(ask, instance):
            await self._draw_again(machine, base)
            return False
        if instance is None or instance.ip is None:
            return False
        self._note(machine, ask.changed(ip=instance.ip, instance_id=instance.id, was_seen=True))
        try:
            async with self._shell(machine) as shell:
                await shell.run(self._terms.probe)
        except CommandFailed as error:
            log.warning("the machine's GPU does not compute", machine=machine.name, reason=str(error))
            await self._draw_again(machine, base)
            return False
        except Transient as error:
            log.info("the machine does not answer yet", machine=machine.name, reason=str(error))
            return False
        return True

    async def upload(self, machine: MachineRef, dataset: Path, base: str) -> None:
        async with self._shell(machine) as shell:
            await self._training.upload(shell, machine, dataset, base)

    async def start(self, machine: MachineRef, base: str) -> None:
        async with self._shell(machine) as shell:
            await self._training.start(shell, machine, base)

    async def look(self, machine: MachineRef, log_offset: int) -> Look:
        """A line that does not answer may be a machine that is gone."""
        try:
            async with self._shell(machine) as shell:
                return await self._training.look(shell, machine, log_offset)
        except Transient:
            if _one_of(await self._named(machine)) is None:
                return Look(Activity.LOST)
            raise

    async def download(self, machine: MachineRef, target: Path) -> None:
        async with self._shell(machine) as shell:
            await self._training.download(shell, machine, target)

    async def suspend(self, machine: MachineRef) -> None:
        """The machine does not share this process's fate: the training goes on, and is found again."""

    async def release(self, machine: MachineRef) -> bool:
        """Terminate all that bears the name, and all that was launched for it; true once nothing of it is left."""
        named = await self._named(machine)
        for instance in named:
            if instance.status not in ENDING:
                await self._terminate(instance.id)
        asks = [_seen_in(ask, named) for ask in self._book.read(machine.run_id)]
        self._write(machine, asks)
        for ask in asks:
            if ask.is_open and ask.instance_id and not ask.was_seen:
                await self._terminate(ask.instance_id)
        if any(instance.status not in GONE for instance in named) or any(self._may_appear(ask, named) for ask in asks):
            return False
        now = datetime.now(UTC)
        self._write(machine, [ask.changed(ended_at=now) if ask.is_open else ask for ask in asks])
        self._forget_keys(machine)
        return True

    async def _adopt(self, machine: MachineRef) -> bool:
        """Whether a machine of this name is there. Waits, while an earlier launch may still come to light."""
        while True:
            ask = self._open_ask(machine)
            named = [one for one in await self._named(machine) if one.status not in ENDING]
            if named:
                return await self._keep_one(machine, named)
            if ask is None or ask.outcome is Outcome.LAUNCHED:
                return ask is not None
            if datetime.now(UTC) > ask.asked_at + self._terms.settle:
                self._note(machine, ask.changed(outcome=Outcome.NOTHING))
                return False
            await asyncio.sleep(self._terms.poll.total_seconds())

    async def _keep_one(self, machine: MachineRef, named: list[Instance]) -> bool:
        """One machine stays, the others are terminated; all of them, when the key that was made for them is lost."""
        kept = _one_of(named) if self._host_key(machine).exists() else None
        for instance in named:
            if instance != kept:
                log.warning("a machine too many is terminated", machine=machine.name, instance=instance.id)
                await self._terminate(instance.id)
        ask = self._open_ask(machine) or _ask_for(_choice_of(named[0]))
        found = ask.changed(outcome=Outcome.LAUNCHED, instance_id=(kept or named[0]).id, was_seen=True)
        self._note(machine, found if kept else found.changed(ended_at=datetime.now(UTC)))
        return kept is not None

    async def _rent(self, machine: MachineRef, base: str) -> None:
        """Ask for the best machine, then for the next best: capacity that is listed is refused often."""
        key_name = await self._key_on_account()
        market = choose(await self._asked(self._client.instance_types()), self._terms.wishes)
        for choice in market.choices:
            if await self._launched(machine, choice, base, key_name):
                return
        reason = Reason.PRICE_TOO_HIGH if market.too_dear and not market.choices else Reason.NO_CAPACITY
        raise StepFailed(reason, market.problem(self._terms.wishes.max_cents_per_hour))

    async def _launched(self, machine: MachineRef, choice: Choice, base: str, key_name: str) -> bool:
        """False when there is no such machine free. A lost answer is Transient: the next try looks for the machine."""
        request = self._request(machine, choice, base, key_name)
        ask = _ask_for(choice)
        self._write(machine, [*self._book.read(machine.run_id), ask])
        try:
            instance_id = await self._client.launch(request)
        except (errors.Refused, errors.TooManyRequests) as error:
            self._note(machine, ask.changed(outcome=Outcome.NOTHING))
            if isinstance(error, errors.NoCapacity):
                return False
            raise _failure(error) from error
        except errors.LambdaError as error:
            raise Transient(f"{error}; its machine, if there is one, is looked for by name") from error
        self._note(machine, ask.changed(outcome=Outcome.LAUNCHED, instance_id=instance_id))
        log.info("machine rented", machine=machine.name, type=choice.type, cents_per_hour=choice.cents_per_hour)
        return True

    def _request(self, machine: MachineRef, choice: Choice, base: str, key_name: str) -> LaunchRequest:
        path = self._host_key(machine)
        public = new_key_pair(path)
        data = user_data(
            path.read_text(), public, user=self._terms.user, base=base, lock=lock_file(), deadline=machine.deadline,
            token=os.environ.get("HF_TOKEN", ""),
        )  # fmt: skip
        return LaunchRequest(
            region_name=choice.region, instance_type_name=choice.type, ssh_key_names=(key_name,), name=machine.name,
            image=IMAGE, user_data=data,
        )  # fmt: skip

    async def _key_on_account(self) -> str:
        """The name of our client key on the account, where it is put once."""
        public = " ".join(new_key_pair(self._client_key()).split()[:2])
        for key in await self._asked(self._client.ssh_keys()):
            if " ".join(key.public_key.split()[:2]) == public:
                return key.name
        name = f"larder-{public[-12:].replace('/', '-').replace('+', '-')}"
        return (await self._asked(self._client.add_ssh_key(name, public))).name

    def _is_unfit(self, ask: Ask, instance: Instance | None) -> bool:
        """Broken, gone, or slower than one should be."""
        age = datetime.now(UTC) - ask.asked_at
        if instance is None:
            return ask.was_seen or age > self._terms.settle
        return instance.status in ENDING | {InstanceStatus.UNHEALTHY} or age > self._terms.boot

    async def _draw_again(self, machine: MachineRef, base: str) -> None:
        """End the unfit machine and rent another one under the same name, a few times at most."""
        for instance in await self._named(machine):
            if instance.status not in ENDING:
                await self._terminate(instance.id)
        ask = self._open_ask(machine)
        if ask is not None:
            self._note(machine, ask.changed(ended_at=datetime.now(UTC), was_seen=True))
        drawn = sum(one.outcome is Outcome.LAUNCHED for one in self._book.read(machine.run_id))
        if drawn >= self._terms.draws:
            sentence = (
                f"{drawn} machines in a row did not become usable; try again later or choose another type or region."
            )
            raise StepFailed(Reason.BOOT_FAILED, sentence)
        log.warning("the machine is unfit; another one is rented", machine=machine.name, drawn=drawn)
        await self._rent(machine, base)

    def _may_appear(self, ask: Ask, named: Sequence[Instance]) -> bool:
        """A launched machine that no list has shown yet."""
        is_unseen = ask.is_open and not ask.was_seen and ask.instance_id not in {one.id for one in named}
        return is_unseen and datetime.now(UTC) < ask.asked_at + self._terms.settle

    async def _terminate(self, instance_id: str) -> None:
        """Whether it worked is seen by listing: a second terminate answers with an unknown error, a first may lie."""
        try:
            await self._client.terminate(instance_id)
        except errors.KeyRefused as error:
            raise Transient(str(error)) from error
        except errors.LambdaError as error:
            log.info("terminate was not confirmed", instance=instance_id, reason=str(error))

    async def _named(self, machine: MachineRef) -> list[Instance]:
        return [one for one in await self._asked(self._client.instances()) if one.name == machine.name]

    async def _asked(self, asking: Awaitable[T]) -> T:
        try:
            return await asking
        except errors.LambdaError as error:
            raise _failure(error) from error

    @asynccontextmanager
    async def _shell(self, machine: MachineRef) -> AsyncIterator[Shell]:
        ask = self._open_ask(machine)
        if ask is None or ask.ip is None or not self._host_key(machine).exists():
            raise StepFailed(Reason.MACHINE_LOST, "The machine's address or host key is lost; start a new run.")
        host_key = new_key_pair(self._host_key(machine))
        address = Address(ask.ip, self._terms.ssh_port, self._terms.user, self._client_key(), host_key)
        async with self._lines.to(address) as shell:
            yield shell

    def _open_ask(self, machine: MachineRef) -> Ask | None:
        return next((ask for ask in reversed(self._book.read(machine.run_id)) if ask.is_open), None)

    def _note(self, machine: MachineRef, ask: Ask) -> None:
        """Put the ask in the place of what was known of it."""
        known = [one for one in self._book.read(machine.run_id) if one.asked_at != ask.asked_at]
        self._write(machine, [*known, ask])

    def _write(self, machine: MachineRef, asks: Sequence[Ask]) -> None:
        if tuple(asks) != self._book.read(machine.run_id):
            self._book.write(machine.run_id, asks)

    def _client_key(self) -> Path:
        return self._training.home / "ssh" / "lambda"

    def _host_key(self, machine: MachineRef) -> Path:
        return self._training.home / "runs" / machine.run_id / "host_key"

    def _forget_keys(self, machine: MachineRef) -> None:
        self._host_key(machine).unlink(missing_ok=True)


def _one_of(named: Sequence[Instance]) -> Instance | None:
    """The machine that serves best: one that is up before one that boots; none that ends."""
    order = (InstanceStatus.ACTIVE, InstanceStatus.BOOTING, InstanceStatus.UNHEALTHY)
    living = [one for one in named if one.status in order]
    return min(living, key=lambda one: (order.index(one.status), one.id), default=None)


def _seen_in(ask: Ask, named: Sequence[Instance]) -> Ask:
    """An ask without an id was for whatever bears the name."""
    is_there = any(ask.instance_id in {None, one.id} for one in named)
    return ask.changed(was_seen=True) if is_there and ask.is_open else ask


def _choice_of(instance: Instance) -> Choice:
    kind = instance.instance_type
    return Choice(kind.name, kind.description, instance.region.name, kind.price_cents_per_hour)


def _ask_for(choice: Choice) -> Ask:
    return Ask(type=choice.type, region=choice.region, cents_per_hour=choice.cents_per_hour, asked_at=datetime.now(UTC))


def _failure(error: errors.LambdaError) -> StepFailed | Transient:
    """What a step should raise: what a person must change ends the run, all else is tried again."""
    for kind, reason in REASONS:
        if isinstance(error, kind):
            return StepFailed(reason, str(error))
    return StepFailed(Reason.LAUNCH_FAILED, str(error)) if isinstance(error, errors.Refused) else Transient(str(error))
