"""What the account endpoints take and give. Secrets are given once, where they are made."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from audit_api.accounts.secret import MAX_PASSWORD
from audit_api.schemas import Answer
from servicekit.gate import RoleName, ScopeName

Login = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[a-zA-Z0-9._@+-]+$", max_length=100)
]
PersonName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]+$")
]
Password = Annotated[str, Field(min_length=1, max_length=MAX_PASSWORD)]
Secret = Annotated[str, Field(min_length=1, max_length=200)]


class Me(Answer):
    """The signed-in person."""

    name: str
    role: RoleName
    must_change_password: bool


class SessionView(Answer):
    """Whether there are accounts, who is signed in, and how one may sign in."""

    mode: Literal["single-user", "accounts"]
    me: Me | None
    slack_sign_in: bool


class SignIn(BaseModel):
    login: Annotated[str, Field(min_length=1, max_length=100)]
    password: Password


class PasswordChange(BaseModel):
    current: Annotated[str, Field(max_length=MAX_PASSWORD)]
    new: Password


class SessionRow(Answer):
    """A browser that is signed in to one's own account."""

    id: str
    browser: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    this: bool


class NewToken(BaseModel):
    name: PersonName
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=4)]
    days: Annotated[int, Field(ge=1, le=365)] = 90


class TokenRow(Answer):
    """An API token, without its secret."""

    id: str
    name: str
    scopes: list[ScopeName]
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime


class MadeToken(Answer):
    token: TokenRow
    secret: str
    """Shown this once."""


class AccountRow(Answer):
    id: str
    login: str
    name: str
    role: RoleName
    active: bool
    by_slack: bool
    created_at: datetime


class AccountChange(BaseModel):
    """What is None stays as it is."""

    role: RoleName | None = None
    active: bool | None = None


class OneTimePassword(Answer):
    """Shown this once; the person must choose another with it."""

    password: str


class NewInvitation(BaseModel):
    role: RoleName
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\x00]*$")] = ""
    """For whom it is, for the list."""


class InvitationRow(Answer):
    id: str
    role: RoleName
    note: str
    created_by: str
    created_at: datetime
    expires_at: datetime


class MadeInvitation(Answer):
    invitation: InvitationRow
    link: str
    """Shown this once."""


class Invited(BaseModel):
    secret: Secret


class InvitationView(Answer):
    """What an invitation offers."""

    role: RoleName
    invited_by: str
    expires_at: datetime
    slack_sign_in: bool


class Acceptance(BaseModel):
    secret: Secret
    login: Login
    name: PersonName
    password: Password


class ActivityRow(Answer):
    number: int
    at: datetime
    who: str
    action: str
    subject: str
    detail: dict[str, Any]


class ActivityPage(Answer):
    """Newest first; `next` is None at the end."""

    items: list[ActivityRow]
    next: int | None


class Credentials(BaseModel):
    """What a caller of another service sent there; `action` when it would change something."""

    cookie: Annotated[str, Field(max_length=20_000)] = ""
    authorization: Annotated[str, Field(max_length=2_000)] = ""
    action: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | None = None


class IdentityView(Answer):
    """Whom the credentials belong to; all None when to nobody."""

    name: str | None = None
    role: RoleName | None = None
    kind: Literal["session", "token", "service", "single-user"] | None = None
    account_id: str | None = None
    scopes: list[str] | None = None
    must_change_password: bool = False
