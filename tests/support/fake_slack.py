"""A faithful fake of the few Slack calls that Larder makes, over HTTP and a websocket; it can misbehave as Slack does.

By the public documentation: cursors, newest first in history, replies with their parent first, 429 with Retry-After,
`ok: false` with an error, envelopes that are sent again until they are acknowledged.
"""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from serving import at_a_free_port

from tests_support import eventually

TOKEN, APP_TOKEN, SECRET = "xoxb-test", "xapp-test", "the-signing-secret"
BOT = {"ok": True, "user_id": "UBOT", "bot_id": "BBOT", "team_id": "T1"}
Answer = Callable[[], web.Response]


@dataclass
class FakeSlack:
    """The workspace. `faults` are answers that come before the true one, by method."""

    messages: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"C1": []})
    replies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    page: int = 2
    faults: dict[str, list[Answer]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    posts: list[dict[str, str]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    url: str = ""
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)

    async def api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = {**request.query, **{k: str(v) for k, v in (await request.post()).items()}}
        self.calls.append((method, arguments))
        if self.faults.get(method):
            return self.faults[method].pop(0)()
        expected = APP_TOKEN if method == "apps.connections.open" else TOKEN
        if request.headers.get("Authorization") != f"Bearer {expected}":
            return refusal("invalid_auth")
        return web.json_response({"ok": True, **self._answer(method, arguments)})

    def _answer(self, method: str, arguments: dict[str, str]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return BOT
            case "conversations.list":
                return {"channels": [{"id": c, "name": f"name-{c}", "is_member": True} for c in self.messages]}
            case "users.list":
                return {"members": [{"id": "U1", "profile": {"display_name": "Ana"}}, {"id": "U2", "name": "bo"}]}
            case "conversations.history":
                newest = sorted(self.messages[arguments["channel"]], key=lambda m: m["ts"], reverse=True)
                return self._page("messages", newest, arguments)
            case "conversations.replies":
                return self._page("messages", self.replies[arguments["ts"]], arguments)
            case "chat.postMessage" | "chat.update":
                self.posts.append(arguments)
                return {"ts": arguments.get("ts", f"{time.time():.6f}")}
            case "apps.connections.open":
                return {"url": self.url.replace("http://", "ws://") + "/socket"}
        raise AssertionError(method)

    def _page(self, key: str, entries: list[dict[str, Any]], arguments: dict[str, str]) -> dict[str, Any]:
        start = int(arguments.get("cursor") or 0)
        end = start + self.page
        following = str(end) if end < len(entries) else ""
        return {key: entries[start:end], "response_metadata": {"next_cursor": following}}

    async def socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        await socket.send_json({"type": "hello"})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data)["envelope_id"])
        self._sockets.remove(socket)
        return socket

    async def send(self, envelope_id: str, payload: dict[str, Any]) -> None:
        """An event over the newest socket."""
        await eventually(lambda: self._sockets, 60)
        await self._sockets[-1].send_json({"type": "events_api", "envelope_id": envelope_id, "payload": payload})

    async def break_sockets(self) -> None:
        for socket in list(self._sockets):
            await socket.close()

    def asked(self, method: str) -> list[dict[str, str]]:
        return [arguments for name, arguments in self.calls if name == method]


def refusal(error: str, status: int = 200) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=status)


def too_fast(seconds: int = 1) -> web.Response:
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(seconds)})


@asynccontextmanager
async def fake_slack() -> AsyncIterator[FakeSlack]:
    slack = FakeSlack()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", slack.api)
    app.router.add_get("/socket", slack.socket)
    async with at_a_free_port(app) as slack.url:
        try:
            yield slack
        finally:
            await slack.break_sockets()


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The headers with which Slack sends a body."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}", "content-type": "application/json"}


def event(event_id: str, **fields: Any) -> dict[str, Any]:
    return {"type": "event_callback", "event_id": event_id, "event": {"type": "message", "channel": "C1", **fields}}
