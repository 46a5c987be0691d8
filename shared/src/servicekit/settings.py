"""Settings that every service has. One frozen instance, built in `__main__` and passed inward."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_NATS_URL = "nats://127.0.0.1:4222"
DEFAULT_DATABASE_URL = "postgresql://larder@127.0.0.1:5432/larder"


def with_asyncpg(url: str) -> str:
    """A `postgres://` or `postgresql://` address as SQLAlchemy's asyncpg driver wants it."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}" if scheme in {"postgres", "postgresql"} else url


DatabaseUrl = Annotated[str, AfterValidator(with_asyncpg)]


class ServiceSettings(BaseSettings):
    """Read from the environment; unknown variables are left alone."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    nats_url: str = Field(default=DEFAULT_NATS_URL, validation_alias="NATS_URL")
    host: str = Field(default="127.0.0.1", validation_alias="LARDER_HOST")
    port: int = Field(default=8081, ge=0, le=65535, validation_alias="LARDER_PORT")
    log_format: Literal["json", "console"] = Field(default="json", validation_alias="LARDER_LOG_FORMAT")
