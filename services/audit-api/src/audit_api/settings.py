"""The service's settings, from the environment."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from servicekit.settings import DatabaseSettings

_SERVICE = Path(__file__).resolve().parents[2]
_REPOSITORY = _SERVICE.parents[1]


class Settings(DatabaseSettings):
    """Frozen; built once, in `__main__`."""

    grouping_window_minutes: int = Field(default=30, ge=0, validation_alias="LARDER_GROUPING_WINDOW_MINUTES")
    min_audits: int = Field(default=10, ge=1, validation_alias="LARDER_MIN_AUDITS")
    sample: Path = Field(default=_REPOSITORY / "sample", validation_alias="LARDER_SAMPLE")
    migrations: Path = Field(default=_SERVICE / "migrations", validation_alias="LARDER_AUDIT_API_MIGRATIONS")
    max_upload_mib: int = Field(default=1024, ge=1, validation_alias="LARDER_MAX_UPLOAD_MIB")

    @property
    def grouping_window(self) -> timedelta:
        return timedelta(minutes=self.grouping_window_minutes)
