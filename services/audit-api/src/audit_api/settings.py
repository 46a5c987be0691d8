"""The service's settings, from the environment."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr

from servicekit.gate import RoleName
from servicekit.settings import AccessSettings

_SERVICE = Path(__file__).resolve().parents[2]
_REPOSITORY = _SERVICE.parents[1]


class Settings(AccessSettings):
    """Frozen; built once, in `__main__`."""

    grouping_window_minutes: int = Field(default=30, ge=0, validation_alias="LARDER_GROUPING_WINDOW_MINUTES")
    min_audits: int = Field(default=10, ge=1, validation_alias="LARDER_MIN_AUDITS")
    second_opinion_percent: int = Field(default=5, ge=0, le=100, validation_alias="LARDER_SECOND_OPINION_PERCENT")
    """The share of the audited records that a second auditor is asked about."""
    retention_days: int | None = Field(default=None, ge=1, le=36500, validation_alias="LARDER_RETENTION_DAYS")
    """Older records are forgotten, once a day; None: nothing is."""
    sample: Path = Field(default=_REPOSITORY / "sample", validation_alias="LARDER_SAMPLE")
    migrations: Path = Field(default=_SERVICE / "migrations", validation_alias="LARDER_AUDIT_API_MIGRATIONS")
    max_upload_mib: int = Field(default=1024, ge=1, validation_alias="LARDER_MAX_UPLOAD_MIB")

    public_url: str = Field(default="http://127.0.0.1:8080", validation_alias="LARDER_PUBLIC_URL")
    """Where people reach the page; links and Slack's answers lead there."""
    import_memory_mib: int = Field(default=1024, ge=256, validation_alias="LARDER_IMPORT_MEMORY_MIB")
    """What reading one imported file may take."""
    import_patience_seconds: int = Field(default=10, ge=0, validation_alias="LARDER_IMPORT_PATIENCE_SECONDS")
    """How long an upload waits for its file to be read, to refuse a bad one at once; then it goes on by itself."""
    slack_client_id: str | None = Field(default=None, validation_alias="SLACK_CLIENT_ID")
    slack_client_secret: SecretStr | None = Field(default=None, validation_alias="SLACK_CLIENT_SECRET")
    slack_team_id: str | None = Field(default=None, validation_alias="SLACK_TEAM_ID")
    """The one workspace whose members may sign in."""
    slack_member_role: RoleName | None = Field(default=None, validation_alias="LARDER_SLACK_MEMBER_ROLE")
    """What a member of the workspace gets at the first sign-in; without it, only invited members get in."""
    slack_issuer: str = Field(default="https://slack.com", validation_alias="LARDER_SLACK_ISSUER")
    slack_api_url: str = Field(default="https://slack.com/api/", validation_alias="LARDER_SLACK_API_URL")
    slack_bot_token: SecretStr | None = Field(default=None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr | None = Field(default=None, validation_alias="SLACK_APP_TOKEN")
    """Opens Socket Mode; for groups whose server Slack cannot reach."""
    slack_signing_secret: SecretStr | None = Field(default=None, validation_alias="SLACK_SIGNING_SECRET")
    """Checks the Events API's requests."""

    @property
    def has_slack_sign_in(self) -> bool:
        return bool(self.has_accounts and self.slack_client_id and self.slack_client_secret and self.slack_team_id)

    @property
    def grouping_window(self) -> timedelta:
        return timedelta(minutes=self.grouping_window_minutes)
