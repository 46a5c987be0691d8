"""Sign in with Slack, by OpenID Connect's authorization code flow.

Slack is the judge of who somebody is; an invitation, an account or `LARDER_SLACK_MEMBER_ROLE` is the judge of whether
they get in.

Invariant: an answer counts only in the browser that asked (state and PKCE verifier in its cookie), once (nonce), when
Slack's key signed it for this app, and for a member of the one workspace that is set.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from audit_api.accounts.service import SlackPerson
from audit_api.errors import ApiError
from audit_api.settings import Settings

CALLBACK = "/api/sign-in/slack/callback"
_TEAM, _USER = "https://slack.com/team_id", "https://slack.com/user_id"
_LEEWAY = 60
"""Seconds by which two clocks may differ."""


@dataclass(frozen=True)
class Asked:
    """What the browser keeps while the person is at Slack."""

    state: str
    nonce: str
    verifier: str
    invitation: str = ""

    def dumped(self) -> str:
        return json.dumps(asdict(self))


def asked(cookie: str) -> Asked:
    """Raises ApiError when the browser kept nothing of use."""
    try:
        return Asked(**json.loads(cookie))
    except (ValueError, TypeError) as error:
        raise _refused("the browser lost the request's beginning") from error


def ask(settings: Settings, metadata: dict[str, Any], invitation: str) -> tuple[str, Asked]:
    """(Slack's address to send the browser to, what the browser must keep)."""
    wanted = Asked(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), invitation)
    url, _ = _client(settings).create_authorization_url(
        metadata["authorization_endpoint"],
        state=wanted.state,
        code_verifier=wanted.verifier,
        nonce=wanted.nonce,
        team=settings.slack_team_id,
    )
    return str(url), wanted


async def discover(settings: Settings) -> dict[str, Any]:
    """The provider's own description. Raises ApiError when Slack does not answer, or names another issuer."""
    address = settings.slack_issuer.rstrip("/") + "/.well-known/openid-configuration"
    metadata = await _get(address)
    if metadata.get("issuer") != settings.slack_issuer:
        raise _refused("the provider names another issuer")
    return metadata


async def person(settings: Settings, metadata: dict[str, Any], wanted: Asked, state: str, code: str) -> SlackPerson:
    """Whom Slack vouches for. Raises ApiError."""
    if not secrets.compare_digest(state.encode(), wanted.state.encode()):
        raise _refused("the answer belongs to another request")
    try:
        async with _client(settings) as client:
            token = await client.fetch_token(
                metadata["token_endpoint"], code=code, code_verifier=wanted.verifier, grant_type="authorization_code"
            )
    except (AuthlibBaseError, httpx.HTTPError, ValueError, TypeError, KeyError) as error:
        raise _refused("Slack does not confirm the code") from error
    if not isinstance(token.get("id_token"), str):
        raise _refused("Slack sent no identity")
    return _checked(settings, wanted, token["id_token"], await _get(metadata["jwks_uri"]))


def _checked(settings: Settings, wanted: Asked, id_token: str, keys: dict[str, Any]) -> SlackPerson:
    try:
        claims = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=["RS256"]).claims  # type: ignore[arg-type]
        jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": settings.slack_issuer},
            aud={"essential": True, "value": settings.slack_client_id or ""},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": wanted.nonce},
        ).validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _refused("Slack's signature or its statement does not hold") from error
    team, user = claims.get(_TEAM), claims.get(_USER) or claims["sub"]
    if team != settings.slack_team_id:
        raise ApiError(403, "OTHER_WORKSPACE", "You signed in to another Slack workspace; choose your group's.")
    name = str(claims.get("name") or user).strip()[:100]
    return SlackPerson(str(team), str(user), name or str(user), claims.get("email"))


def _client(settings: Settings) -> AsyncOAuth2Client:
    secret = settings.slack_client_secret
    return AsyncOAuth2Client(
        client_id=settings.slack_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        scope="openid profile email",
        redirect_uri=settings.public_url.rstrip("/") + CALLBACK,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the method's name
        timeout=10,
    )


async def _get(address: str) -> dict[str, Any]:
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            answer = (await client.get(address)).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise ApiError(503, "SLACK_UNAVAILABLE", "Slack does not answer; try again, or sign in by password.") from error
    if not isinstance(answer, dict):
        raise _refused("the provider's answer is no object")
    return answer


def _refused(why: str) -> ApiError:
    return ApiError(403, "SLACK_SIGN_IN_FAILED", f"Signing in with Slack failed ({why}); begin again on this page.")
