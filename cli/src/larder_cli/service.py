"""Asking a running Larder over HTTP. Every refusal becomes its own one sentence."""

import os
from pathlib import Path
from typing import Any

import httpx

from larder_cli.errors import Refused
from larder_cli.login import token_for
from larder_local.home import default_home

DEFAULT_ADDRESS = "http://127.0.0.1:8080"


def address() -> str:
    """`LARDER_URL`, or where the Larder on this machine said that it answers."""
    if chosen := os.environ.get("LARDER_URL"):
        return chosen.rstrip("/")
    noted = default_home() / "larder.lock"
    return (noted.read_text().strip() if noted.exists() else "") or DEFAULT_ADDRESS


class Service:
    """One address; methods return the parsed JSON body."""

    def __init__(self, base: str | None = None) -> None:
        self.base = base or address()
        token = token_for(self.base)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(base_url=self.base, headers=headers, timeout=60)

    def get(self, path: str, **params: str | int) -> Any:  # noqa: ANN401 - the body is the endpoint's
        return self._answer("GET", path, params=params).json()

    def text(self, path: str) -> str:
        return self._answer("GET", path).text

    def post(self, path: str, body: dict[str, Any] | None = None, **params: str) -> Any:  # noqa: ANN401
        return self._answer("POST", path, json=body or {}, params=params).json()

    def put(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        return self._answer("PUT", path, json=body).json()

    def delete(self, path: str) -> None:
        self._answer("DELETE", path)

    def upload(self, path: str, file: Path, **params: str) -> Any:  # noqa: ANN401
        with file.open("rb") as content:
            return self._answer("POST", path, files={"file": (file.name, content)}, params=params).json()

    def _answer(self, method: str, path: str, **rest: Any) -> httpx.Response:  # noqa: ANN401
        try:
            answer = self._client.request(method, path, **rest)
        except httpx.TransportError:
            raise Refused(
                f"Larder does not answer at {self.base}: start it with `make up`, or set LARDER_URL."
            ) from None
        if answer.is_error:
            raise Refused(_sentence(answer))
        return answer


def _sentence(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return (
            f"Larder answered {answer.status_code} to {answer.request.method} {answer.request.url.path}; see its logs."
        )
