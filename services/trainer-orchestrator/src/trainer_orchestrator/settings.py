"""The trainer-orchestrator's settings, read from the environment once, in `__main__`."""

import getpass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from servicekit.settings import AccessSettings
from trainer_orchestrator.cloud.choice import PREFERRED, Wishes
from trainer_orchestrator.cloud.client import ADDRESS
from trainer_orchestrator.cloud.gate import Rates
from trainer_orchestrator.machines.lambda_cloud import PROBE

DEFAULT_HOME = Path("~/.local/share/larder")


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


Folder = Annotated[Path, AfterValidator(_absolute)]


def _as_seconds(value: object) -> object:
    """A variable's text that is a number means seconds; anything else is pydantic's to read."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _words(value: object) -> object:
    """`a, b` as two words."""
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


def _unless_empty(value: object) -> object:
    return value or None


LambdaKey = Annotated[SecretStr | None, BeforeValidator(_unless_empty)]
"""A variable that is set to nothing is a key that is not set."""

Duration = Annotated[timedelta, BeforeValidator(_as_seconds)]


class Settings(AccessSettings):
    """Durations are read as seconds or as ISO 8601 (`PT5M`)."""

    port: int = Field(default=8084, ge=0, le=65535, validation_alias="LARDER_PORT")
    audit_api_url: str = Field(default="http://127.0.0.1:8081", validation_alias="AUDIT_API_URL")
    home: Folder = Field(default=_absolute(DEFAULT_HOME), validation_alias="LARDER_HOME")
    versions: Folder | None = Field(default=None, validation_alias="LARDER_VERSIONS_DIR")
    base_model: str = Field(default="models/larder-tiny", validation_alias="LARDER_BASE_MODEL")
    environment: str = Field(default="local", pattern=r"^[a-z0-9]{1,16}$", validation_alias="LARDER_ENVIRONMENT")
    """Part of every machine's name, so that two installations on one account do not touch each other's machines."""
    local_nice: int = Field(default=10, ge=0, le=19, validation_alias="LARDER_LOCAL_NICE")
    """How far a local training stands back behind the services that answer people."""
    local_survives_stop: bool = Field(default=False, validation_alias="LARDER_LOCAL_TRAINING_SURVIVES_STOP")
    """False: an orderly stop ends a local training too, and the next start begins it again. A crash never ends it."""
    max_training: Duration = Field(default=timedelta(hours=12), validation_alias="LARDER_MAX_TRAINING")
    lease: Duration = Field(default=timedelta(seconds=30), validation_alias="LARDER_RUN_LEASE")
    poll: Duration = Field(default=timedelta(seconds=1), validation_alias="LARDER_RUN_POLL")
    patience: Duration = Field(default=timedelta(minutes=5), validation_alias="LARDER_RUN_PATIENCE")
    """How long a step may keep failing before the run fails. Releasing a machine is tried for ever."""

    training_options: str = Field(default="", validation_alias="LARDER_TRAINING_OPTIONS")
    """The recipe's own options on ssh and lambda machines, such as `--rate 2e-4 --epochs 3` for a larger base."""

    ssh_host: str = Field(default="", validation_alias="LARDER_SSH_HOST")
    ssh_port: int = Field(default=22, ge=1, le=65535, validation_alias="LARDER_SSH_PORT")
    ssh_user: str = Field(default_factory=getpass.getuser, validation_alias="LARDER_SSH_USER")
    ssh_key: Folder = Field(default=_absolute(Path("~/.ssh/id_ed25519")), validation_alias="LARDER_SSH_KEY")
    ssh_host_key: str = Field(default="", validation_alias="LARDER_SSH_HOST_KEY")
    """A line that `ssh-keyscan -t ed25519 HOST` prints; nothing is sent to a host that shows another key."""
    ssh_python: str = Field(default="python3", validation_alias="LARDER_SSH_PYTHON")

    lambda_key: LambdaKey = Field(default=None, validation_alias="LAMBDA_LABS_API_KEY")
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

    @property
    def base(self) -> str:
        """The base model for a process that runs in another folder: an existing folder's full path, or a model id."""
        folder = _absolute(Path(self.base_model))
        return str(folder) if folder.is_dir() else self.base_model

    @property
    def versions_folder(self) -> Path:
        """Where each version's files are copied on publishing."""
        return self.versions or self.home / "versions"
