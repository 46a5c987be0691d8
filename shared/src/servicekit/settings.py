"""Settings that every service has. One frozen instance, built in `__main__` and passed inward.

A setting `X` can also come from a file named by `X_FILE`, as container platforms hand out secrets. Passwords stand in
settings of their own, never in an address, and neither errors nor representations show them.
"""

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import URL, make_url

DEFAULT_NATS_URL = "nats://127.0.0.1:4222"
DEFAULT_DATABASE_URL = "postgresql://larder@127.0.0.1:5432/larder"


def with_asyncpg(url: str) -> str:
    """A `postgres://` or `postgresql://` address as SQLAlchemy's asyncpg driver wants it."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}" if scheme in {"postgres", "postgresql"} else url


DatabaseUrl = Annotated[str, AfterValidator(with_asyncpg)]


class ServiceSettings(BaseSettings):
    """Read from the environment and from files that it names; unknown variables are left alone."""

    model_config = SettingsConfigDict(
        frozen=True, populate_by_name=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True
    )

    nats_url: str = Field(default=DEFAULT_NATS_URL, validation_alias="NATS_URL")
    nats_password: SecretStr | None = Field(default=None, validation_alias="NATS_PASSWORD")
    """Of the service's own account; None when the broker has none, or the address names one."""
    object_store: str = Field(default="nats", validation_alias="LARDER_OBJECT_STORE")
    """Where adapters lie: `nats`, or `s3://bucket/prefix` with the usual AWS_* variables."""
    object_store_secret: SecretStr | None = Field(default=None, validation_alias="AWS_SECRET_ACCESS_KEY")
    host: str = Field(default="127.0.0.1", validation_alias="LARDER_HOST")
    port: int = Field(default=8081, ge=0, le=65535, validation_alias="LARDER_PORT")
    log_format: Literal["json", "console"] = Field(default="json", validation_alias="LARDER_LOG_FORMAT")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's own signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _FilesNamedByTheEnvironment(settings_cls)


class DatabaseSettings(ServiceSettings):
    """What a service with tables of its own needs on top."""

    database_url: DatabaseUrl = Field(
        default=DEFAULT_DATABASE_URL, validation_alias="DATABASE_URL", validate_default=True, repr=False
    )
    database_password: SecretStr | None = Field(default=None, validation_alias="DATABASE_PASSWORD")

    @property
    def database(self) -> URL:
        """The address with its password; shown as text, the password is `***`."""
        url = make_url(self.database_url)
        return url.set(password=self.database_password.get_secret_value()) if self.database_password else url


class _FilesNamedByTheEnvironment(PydanticBaseSettingsSource):
    """`NATS_PASSWORD_FILE=/run/keys/nats` gives NATS_PASSWORD the file's text without its last line break."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        alias = field.validation_alias if isinstance(field.validation_alias, str) else field_name
        file = os.environ.get(f"{alias}_FILE")
        return (_text_of(f"{alias}_FILE", Path(file)) if file else None), alias, False

    def __call__(self) -> dict[str, Any]:
        found = (self.get_field_value(field, name) for name, field in self.settings_cls.model_fields.items())
        return {alias: value for value, alias, _ in found if value is not None}


def _text_of(variable: str, path: Path) -> str:
    try:
        return path.read_text().rstrip("\r\n")
    except OSError as error:
        raise SystemExit(
            f"{variable} names {path}, which cannot be read ({error.strerror}); correct it and start again."
        ) from None


class AccessSettings(DatabaseSettings):
    """Of a service that people reach. Without accounts it answers on loopback only, for there everybody is admin."""

    accounts: bool | None = Field(default=None, validation_alias="LARDER_ACCOUNTS")
    service_token: SecretStr | None = Field(default=None, validation_alias="LARDER_SERVICE_TOKEN")
    """Shared by the services, so that they know each other."""

    @property
    def has_accounts(self) -> bool:
        """Unless it is said, exactly where others can reach it."""
        return self.accounts if self.accounts is not None else not is_loopback(self.host)

    @property
    def shared_token(self) -> str | None:
        return self.service_token.get_secret_value() if self.service_token else None

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.accounts is False and not is_loopback(self.host):
            raise ValueError(
                f"without accounts Larder answers on loopback only, not on {self.host}: set LARDER_ACCOUNTS=1"
            )
        if self.has_accounts and not self.shared_token:
            raise ValueError("accounts need LARDER_SERVICE_TOKEN or LARDER_SERVICE_TOKEN_FILE, a long random text")
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
