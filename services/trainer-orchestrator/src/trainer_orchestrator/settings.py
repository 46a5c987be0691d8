"""The trainer-orchestrator's settings, read from the environment once, in `__main__`."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from servicekit.settings import DatabaseSettings

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


Duration = Annotated[timedelta, BeforeValidator(_as_seconds)]


class Settings(DatabaseSettings):
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

    @property
    def base(self) -> str:
        """The base model for a process that runs in another folder: an existing folder's full path, or a model id."""
        folder = _absolute(Path(self.base_model))
        return str(folder) if folder.is_dir() else self.base_model

    @property
    def versions_folder(self) -> Path:
        """Where each version's files are copied on publishing."""
        return self.versions or self.home / "versions"
