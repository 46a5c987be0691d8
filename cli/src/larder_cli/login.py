"""Who the command line is: a token from LARDER_TOKEN, or the one that `larder login` keeps for an address."""

import json
import os
from pathlib import Path

import httpx

from larder_cli.errors import Refused

DAYS = 90
SCOPES = {"viewer": 1, "auditor": 2, "trainer": 3, "admin": 4}
_ALL = ("read", "audit", "train", "admin")


def token_for(address: str) -> str | None:
    """The token to send to this address, if any."""
    if token := os.environ.get("LARDER_TOKEN"):
        return token
    kept: str | None = _kept().get(address)
    return kept


def log_in(address: str, name: str, password: str) -> str:
    """Make a token with all that the person may, keep it, and say the person's role. Raises Refused."""
    try:
        with httpx.Client(base_url=address, timeout=60) as client:
            session = _answer(client.post("/api/session", json={"login": name, "password": password}))
            try:
                if session["me"]["must_change_password"]:
                    raise Refused(f"Choose your own password at {address} first; this one is for one use.")
                role = str(session["me"]["role"])
                wanted = {"name": "command line", "scopes": list(_ALL[: SCOPES[role]]), "days": DAYS}
                secret = _answer(client.post("/api/account/tokens", json=wanted))["secret"]
            finally:
                client.delete("/api/session")
    except httpx.TransportError:
        raise Refused(f"Larder does not answer at {address}: start it, or set LARDER_URL.") from None
    _keep({**_kept(), address: secret})
    return role


def _answer(answer: httpx.Response) -> dict[str, dict[str, object]]:
    body: dict[str, dict[str, object]] = answer.json()
    if answer.is_error:
        raise Refused(str(body["error"]["message"]))
    return body


def _file() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "larder" / "tokens.json"


def _kept() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(_file().read_text())
    except (OSError, ValueError):
        return {}
    return found


def _keep(tokens: dict[str, object]) -> None:
    """Readable by its owner alone from the first moment on."""
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".part")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        json.dump(tokens, output)
    half.rename(file)
