"""Which machines are set up here, from the settings: the local one always, the others when they are configured."""

import shlex
from collections.abc import Mapping

import httpx

from trainer_orchestrator.cloud.account import client_of
from trainer_orchestrator.cloud.errors import MISSING_KEY
from trainer_orchestrator.errors import Refusal
from trainer_orchestrator.machines.base import Machines
from trainer_orchestrator.machines.cloud_init import ENVIRONMENT
from trainer_orchestrator.machines.lambda_cloud import LambdaMachines, Terms
from trainer_orchestrator.machines.local import LocalMachines
from trainer_orchestrator.machines.remote import RemoteTraining
from trainer_orchestrator.machines.rentals import RentalBook
from trainer_orchestrator.machines.ssh import SshMachines, host_key_of
from trainer_orchestrator.machines.transport import Address
from trainer_orchestrator.run import Target
from trainer_orchestrator.settings import Settings

NO_HOST = (
    "Your own host is not set up: set LARDER_SSH_HOST and LARDER_SSH_HOST_KEY (docs/train-on-my-own-gpu.md), and start "
    "Larder again."
)
NO_KEY = f"Lambda is not set up: {MISSING_KEY}"


def machines_of(settings: Settings, http: httpx.AsyncClient) -> dict[Target, Machines]:
    found: dict[Target, Machines] = {
        Target.LOCAL: LocalMachines(settings.home, nice=settings.local_nice, survives_stop=settings.local_survives_stop)
    }
    if settings.ssh_host and settings.ssh_host_key:
        found[Target.SSH] = _ssh(settings)
    if settings.lambda_key is not None:
        found[Target.LAMBDA] = _lambda(settings, http)
    return found


def check_configured(machines: Mapping[Target, Machines], target: Target) -> None:
    """Raises Refusal TARGET_NOT_CONFIGURED with what to set."""
    if target not in machines:
        raise Refusal(409, "TARGET_NOT_CONFIGURED", NO_KEY if target is Target.LAMBDA else NO_HOST)


def _ssh(settings: Settings) -> SshMachines:
    host_key = host_key_of(settings.ssh_host_key)
    address = Address(settings.ssh_host, settings.ssh_port, settings.ssh_user, settings.ssh_key, host_key)
    training = RemoteTraining(
        settings.home, settings.ssh_python, options=shlex.split(settings.training_options), nice=settings.local_nice
    )
    return SshMachines(address, training)


def _lambda(settings: Settings, http: httpx.AsyncClient) -> LambdaMachines:
    terms = Terms(
        settings.wishes, round(100 * settings.max_cost_per_run), settings.lambda_settle, settings.lambda_boot,
        user=settings.lambda_user, ssh_port=settings.lambda_ssh_port, probe=settings.lambda_probe,
    )  # fmt: skip
    training = RemoteTraining(
        settings.home, settings.lambda_python, options=shlex.split(settings.training_options), environment=ENVIRONMENT
    )
    return LambdaMachines(client_of(settings, http), RentalBook(settings.home), training, terms)
