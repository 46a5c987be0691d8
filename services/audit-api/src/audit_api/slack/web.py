"""Slack's Web API through slack_sdk, in the few calls that Larder makes. Errors come in three kinds.

`SlackBusy` says when to ask again; `SlackRefused` needs a person (a token that was taken back, a channel that is not
the bot's); `SlackAway` is the network or Slack itself, and passes.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

PAGE = 200
"""Slack recommends no more than 200 a page."""
_SENTENCES = {
    "invalid_auth": "Slack does not know the bot token; copy it again from the app's page.",
    "token_revoked": "The bot token was taken back; install the app again and set the new token.",
    "token_expired": "The bot token has expired; install the app again and set the new token.",
    "account_inactive": "The bot was removed from the workspace; install the app again.",
    "missing_scope": "The app lacks a permission; paste the manifest again and reinstall it.",
    "not_in_channel": "The bot is not in this channel; write /invite @Larder there.",
    "channel_not_found": "Slack does not show this channel to the bot; invite it there.",
}


class SlackBusy(Exception):
    """Too many requests."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(f"Slack asks to wait {after.total_seconds():.0f} s")
        self.after = after


class SlackRefused(Exception):
    """Only a person can put it right; the text says how."""


class SlackAway(Exception):
    """Slack cannot be reached just now."""


class Slack:
    """The calls, each one page."""

    def __init__(self, token: str, base_url: str) -> None:
        self._client = AsyncWebClient(token=token, base_url=base_url, timeout=20)

    async def who_am_i(self) -> Mapping[str, Any]:
        return await self._call("auth.test")

    async def channels(self, cursor: str) -> Mapping[str, Any]:
        kinds = "public_channel,private_channel"
        return await self._call("conversations.list", types=kinds, exclude_archived=True, limit=PAGE, **_cursor(cursor))

    async def users(self, cursor: str) -> Mapping[str, Any]:
        return await self._call("users.list", limit=PAGE, **_cursor(cursor))

    async def history(self, channel: str, cursor: str) -> Mapping[str, Any]:
        return await self._call("conversations.history", channel=channel, limit=PAGE, **_cursor(cursor))

    async def replies(self, channel: str, ts: str, cursor: str) -> Mapping[str, Any]:
        return await self._call("conversations.replies", channel=channel, ts=ts, limit=PAGE, **_cursor(cursor))

    async def post(self, channel: str, text: str, thread_ts: str = "") -> str:
        """The post's ts; in a thread where one is given."""
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        answer = await self._call("chat.postMessage", channel=channel, text=text, unfurl_links=False, **thread)
        return str(answer["ts"])

    async def change(self, channel: str, ts: str, text: str) -> None:
        await self._call("chat.update", channel=channel, ts=ts, text=text)

    async def _call(self, method: str, **arguments: Any) -> Mapping[str, Any]:  # noqa: ANN401
        try:
            answer = await self._client.api_call(method, params=arguments)
        except SlackApiError as error:
            raise _told(error) from error
        except (TimeoutError, SlackClientError, aiohttp.ClientError, OSError, ValueError) as error:
            raise SlackAway(f"Slack does not answer ({type(error).__name__})") from error
        data = answer.data
        if not isinstance(data, dict):
            raise SlackAway("Slack answered something that is no object")
        return data


def next_cursor(answer: Mapping[str, Any]) -> str:
    """Empty at the last page."""
    about = answer.get("response_metadata")
    return str(about.get("next_cursor") or "") if isinstance(about, Mapping) else ""


def _cursor(cursor: str) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}


def _told(error: SlackApiError) -> Exception:
    response = error.response
    status, code = response.status_code, str(response.get("error", "unknown") if response.data else "unknown")
    if status == 429 or code == "ratelimited":
        headers = {key.lower(): value for key, value in response.headers.items()}
        wait = str(headers.get("retry-after", "30"))
        return SlackBusy(timedelta(seconds=int(wait) if wait.isdecimal() else 30))
    if status >= 500 or code in {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}:
        return SlackAway(f"Slack answered {status} ({code})")
    return SlackRefused(_SENTENCES.get(code, f"Slack refuses ({code}); see the app's page at api.slack.com."))
