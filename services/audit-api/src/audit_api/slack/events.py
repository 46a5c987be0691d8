"""Slack's events in their own words become versions of messages. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from audit_api.intake.message import Message
from audit_api.intake.slack_export import Names, is_ts, message_of

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Bot:
    """Who we are in Slack: our own posts are nobody's words."""

    user_id: str
    bot_id: str | None = None

    def wrote(self, entry: Json) -> bool:
        return entry.get("user") == self.user_id or (self.bot_id is not None and entry.get("bot_id") == self.bot_id)


def message_from(event: Json, names: Names, bot: Bot | None) -> Message | None:
    """The message's version that an event tells of; None when it tells of none."""
    channel_id, subtype = event.get("channel"), event.get("subtype")
    if event.get("type") != "message" or not isinstance(channel_id, str):
        return None
    if subtype == "message_deleted":
        return _deleted(event, channel_id, names)
    entry = event.get("message") if subtype == "message_changed" else event
    if not isinstance(entry, Mapping) or (bot is not None and bot.wrote(entry)):
        return None
    return entry_message(entry, channel_id, names)


def entry_message(entry: Json, channel_id: str, names: Names) -> Message | None:
    """A message as history gives it, and as events carry it."""
    ts = entry.get("ts")
    return message_of(entry, ts, channel_id, names) if isinstance(ts, str) and is_ts(ts) else None


def _deleted(event: Json, channel_id: str, names: Names) -> Message | None:
    ts = event.get("deleted_ts")
    if not isinstance(ts, str) or not is_ts(ts):
        return None
    return message_of({"subtype": "tombstone", "ts": ts}, ts, channel_id, names)


def deleted_key(event: Json) -> str | None:
    """`channel-ts` of what an event deletes."""
    if event.get("subtype") != "message_deleted":
        return None
    return f"{event.get('channel')}-{event.get('deleted_ts')}"


def happened_at(event: Json) -> datetime | None:
    """When the event happened, by Slack's clock."""
    ts = event.get("event_ts") or event.get("ts")
    return datetime.fromtimestamp(float(ts), UTC) if isinstance(ts, str) and is_ts(ts) else None
