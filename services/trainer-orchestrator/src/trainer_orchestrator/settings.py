"""The trainer-orchestrator's settings, read from the environment once, in `__main__`."""

import getpass
from datetime import timedelta
from pathlib import Path

from pydantic import Field

from servicekit.settings import AccessSettings
from trainer_orchestrator.cloud.account import CloudSettings
from trainer_orchestrator.setting_types import Counts, Duration, Folder, absolute


class Settings(AccessSettings, CloudSettings):
    """Durations are read as seconds or as ISO 8601 (`PT5M`)."""

    port: int = Field(default=8084, ge=0, le=65535, validation_alias="LARDER_PORT")
    audit_api_url: str = Field(default="http://127.0.0.1:8081", validation_alias="AUDIT_API_URL")
    versions: Folder | None = Field(default=None, validation_alias="LARDER_VERSIONS_DIR")
    base_model: str = Field(default="models/larder-tiny", validation_alias="LARDER_BASE_MODEL")
    local_nice: int = Field(default=10, ge=0, le=19, validation_alias="LARDER_LOCAL_NICE")
    """How far a local training stands back behind the services that answer people."""
    local_survives_stop: bool = Field(default=False, validation_alias="LARDER_LOCAL_TRAINING_SURVIVES_STOP")
    """False: an orderly stop ends a local training too, and the next start begins it again. A crash never ends it."""
    max_training: Duration = Field(default=timedelta(hours=12), validation_alias="LARDER_MAX_TRAINING")
    lease: Duration = Field(default=timedelta(seconds=30), validation_alias="LARDER_RUN_LEASE")
    poll: Duration = Field(default=timedelta(seconds=1), validation_alias="LARDER_RUN_POLL")
    patience: Duration = Field(default=timedelta(minutes=5), validation_alias="LARDER_RUN_PATIENCE")
    """How long a step may keep failing before the run fails. Releasing a machine is tried for ever."""

    runs_at_once: Counts = Field(default={}, validation_alias="LARDER_RUNS_AT_ONCE")
    """How many runs a target may have at once, such as `lambda=3`; one where it is not said."""
    training_options: str = Field(default="", validation_alias="LARDER_TRAINING_OPTIONS")
    """The recipe's own options on ssh and lambda machines, such as `--rate 2e-4 --epochs 3` for a larger base."""

    ssh_host: str = Field(default="", validation_alias="LARDER_SSH_HOST")
    ssh_port: int = Field(default=22, ge=1, le=65535, validation_alias="LARDER_SSH_PORT")
    ssh_user: str = Field(default_factory=getpass.getuser, validation_alias="LARDER_SSH_USER")
    ssh_key: Folder = Field(default=absolute(Path("~/.ssh/id_ed25519")), validation_alias="LARDER_SSH_KEY")
    ssh_host_key: str = Field(default="", validation_alias="LARDER_SSH_HOST_KEY")
    """A line that `ssh-keyscan -t ed25519 HOST` prints; nothing is sent to a host that shows another key."""
    ssh_python: str = Field(default="python3", validation_alias="LARDER_SSH_PYTHON")

    @property
    def base(self) -> str:
        """The base model for a process that runs in another folder: an existing folder's full path, or a model id."""
        folder = absolute(Path(self.base_model))
        return str(folder) if folder.is_dir() else self.base_model

    @property
    def versions_folder(self) -> Path:
        """Where each version's files are copied on publishing."""
        return self.versions or self.home / "versions"
