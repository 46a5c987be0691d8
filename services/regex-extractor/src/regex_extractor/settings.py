"""The settings of this service, from the environment."""

from pydantic import Field

from servicekit.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has, and this one's port."""

    port: int = Field(default=8082, ge=0, le=65535, validation_alias="LARDER_PORT")
