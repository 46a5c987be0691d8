"""A faithful fake of Slack's OpenID provider, over HTTP: it checks the client, PKCE and that a code is used once.

`claims` are laid over the true ones; `is_forging` signs with a key that the provider does not publish.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey
from serving import at_a_free_port

CLIENT_ID, CLIENT_SECRET, TEAM = "the-client", "the-client-secret", "T1"
_PUBLISHED = RSAKey.generate_key(2048, {"kid": "published"})
_FOREIGN = RSAKey.generate_key(2048, {"kid": "published"})


@dataclass
class FakeOpenId:
    """The provider; `allow` is a person's click on Slack's own page."""

    claims: dict[str, Any] = field(default_factory=dict)
    is_forging: bool = False
    is_down: bool = False
    url: str = ""
    _asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def allow(self, address: str) -> dict[str, str]:
        """What Slack adds to the way back, for the address that it was asked at."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) >= {"openid"}
        code = secrets.token_urlsafe(8)
        self._asked[code] = asked
        return {"code": code, "state": asked["state"]}

    async def describe(self, _: web.Request) -> web.Response:
        if self.is_down:
            raise web.HTTPBadGateway
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return web.json_response({"issuer": self.url, **{n: f"{self.url}/{path}" for n, path in names.items()}})

    async def keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [_PUBLISHED.as_dict(private=False)]})

    async def token(self, request: web.Request) -> web.Response:
        sent = await request.post()
        asked = self._asked.pop(str(sent.get("code")), None)
        digest = hashlib.sha256(str(sent.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        client = (sent.get("client_id"), sent.get("client_secret"))
        if asked is None or asked["code_challenge"] != challenge or client != (CLIENT_ID, CLIENT_SECRET):
            return web.json_response({"error": "invalid_grant"}, status=400)
        if asked["redirect_uri"] != sent.get("redirect_uri"):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": self._identity(asked)})

    def _identity(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        true = {
            "iss": self.url, "aud": CLIENT_ID, "sub": "U1", "nonce": asked["nonce"], "iat": now, "exp": now + 300,
            "name": "Rosa", "email": "rosa@example.org",
            "https://slack.com/team_id": TEAM, "https://slack.com/user_id": "U1",
        }  # fmt: skip
        key = _FOREIGN if self.is_forging else _PUBLISHED
        return jwt.encode({"alg": "RS256", "kid": "published"}, {**true, **self.claims}, key)


@asynccontextmanager
async def openid_provider() -> AsyncIterator[FakeOpenId]:
    fake = FakeOpenId()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", fake.describe)
    app.router.add_get("/keys", fake.keys)
    app.router.add_post("/token", fake.token)
    async with at_a_free_port(app) as fake.url:
        yield fake
