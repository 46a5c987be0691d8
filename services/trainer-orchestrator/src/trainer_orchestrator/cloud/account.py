"""The Lambda account as it is set up here: its key, on what terms machines are rented, and a client of it."""

from datetime import timedelta

import httpx
from pydantic import Field, SecretStr

from servicekit.settings import ServiceSettings
from trainer_orchestrator.cloud.choice import PREFERRED, Wishes
from trainer_orchestrator.cloud.client import ADDRESS, LambdaClient
from trainer_orchestrator.cloud.gate import RateGate, Rates
from trainer_orchestrator.setting_types import DEFAULT_HOME, Duration, Folder, Key, Words, absolute

PROBE = "python3 -c \"import torch; x = torch.ones(512, 512, device='cuda'); assert (x @ x)[0, 0].item() == 512\""
"""A real product: seven of eight machines once had a driver error with nvidia-smi content."""


class CloudSettings(ServiceSettings):
    """All that the reaper needs, too."""

    home: Folder = Field(default=absolute(DEFAULT_HOME), validation_alias="LARDER_HOME")
    environment: str = Field(default="local", pattern=r"^[a-z0-9]{1,16}$", validation_alias="LARDER_ENVIRONMENT")
    """Part of every machine's name, so that two installations on one account do not touch each other's machines."""
    lambda_key: Key = Field(default=None, validation_alias="LAMBDA_LABS_API_KEY")
    lambda_address: str = Field(default=ADDRESS, validation_alias="LARDER_LAMBDA_URL")
    lambda_types: Words = Field(default=PREFERRED, validation_alias="LARDER_LAMBDA_TYPES")
    """The machine types that are liked best, in order, with commas between; others are taken when none is free."""
    lambda_regions: Words = Field(default=(), validation_alias="LARDER_LAMBDA_REGIONS")
    lambda_user: str = Field(default="ubuntu", validation_alias="LARDER_LAMBDA_USER")
    lambda_ssh_port: int = Field(default=22, ge=1, le=65535, validation_alias="LARDER_LAMBDA_SSH_PORT")
    lambda_python: str = Field(default="python3", validation_alias="LARDER_LAMBDA_PYTHON")
    lambda_probe: str = Field(default=PROBE, validation_alias="LARDER_LAMBDA_PROBE")
    """A command that succeeds on a machine whose GPU computes."""
    lambda_settle: Duration = Field(default=timedelta(minutes=10), validation_alias="LARDER_LAMBDA_SETTLE")
    lambda_boot: Duration = Field(default=timedelta(minutes=8), validation_alias="LARDER_LAMBDA_BOOT")
    max_price_per_hour: float = Field(default=2.0, gt=0, validation_alias="LARDER_MAX_PRICE_PER_HOUR")
    """Dollars; dearer machines are never rented."""
    max_cost_per_run: float = Field(default=2.0, gt=0, validation_alias="LARDER_MAX_COST_PER_RUN")
    """Dollars; a rented machine ends before it can have cost more."""
    rates: Rates = Field(default=Rates(), validation_alias="LARDER_LAMBDA_RATES")

    @property
    def wishes(self) -> Wishes:
        return Wishes(round(100 * self.max_price_per_hour), self.lambda_types, self.lambda_regions)


def client_of(settings: CloudSettings, http: httpx.AsyncClient) -> LambdaClient:
    """A client of the account; without a key it says so when it is asked."""
    gate = RateGate(settings.home, settings.lambda_key or SecretStr(""), settings.rates)
    return LambdaClient(http, settings.lambda_key, gate, settings.lambda_address)
