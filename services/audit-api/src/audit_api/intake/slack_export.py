"""A Slack export (its files by name) becomes messages. Pure.

Survives what exports hold: channels without a folder, direct messages named by id, day files cut at the workspace's
midnight, replies repeated by `thread_broadcast`, tombstones, users that are missing from users.json. Joins, topics and
the like are nobody's words and are left out. Only the last version of an edited message is in an export.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from audit_api.intake.markup import readable
from audit_api.intake.message import BadFile, Message, storable
from audit_api.intake.slack_content import content

_CHANNEL_LISTS = ("channels.json", "groups.json", "mpims.json", "dms.json")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.json")
_TS = re.compile(r"\d{1,11}\.\d{1,9}")
_PEOPLE = {"", "bot_message", "me_message", "thread_broadcast", "reply_broadcast", "file_share", "file_comment"}
"""Subtypes in which somebody says something; all others tell of joins, topics, pins and the like."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Names:
    """Members and channels by their ids."""

    users: Mapping[str, str]
    channels: Mapping[str, str]


@dataclass(frozen=True)
class _Workspace:
    names: Names
    channel_ids: Mapping[str, str]
    """By name, which is the folder's name."""


def parse_export(files: Mapping[str, bytes]) -> list[Message]:
    """All messages of an export, each (channel, ts) once, in order of time. Raises BadFile."""
    root = _root(files)
    workspace = _workspace(files, root)
    newest: dict[tuple[str, str], Message] = {}
    days = sorted(name for name in files if _is_day(name, root))
    if not days:
        raise BadFile(root or "the export", None, "no day file (channel/2025-01-31.json); give the whole Slack export.")
    for name in days:
        for message in _day(name, files[name], workspace):
            known = newest.get(message.key)
            if known is None or (message.edited_ts or "") >= (known.edited_ts or ""):
                newest[message.key] = message
    return sorted(newest.values(), key=lambda message: (message.channel_id, message.posted_at, message.ts))


def _root(files: Mapping[str, bytes]) -> str:
    """The folder that holds the lists: exports are often packed together with the folder around them."""
    lists = [PurePosixPath(name) for name in files if PurePosixPath(name).name in {*_CHANNEL_LISTS, "users.json"}]
    if not lists:
        raise BadFile("the export", None, "neither channels.json nor users.json is in it; give the whole Slack export.")
    parent = min(lists, key=lambda path: len(path.parts)).parent
    return "" if str(parent) == "." else f"{parent}/"


def _is_day(name: str, root: str) -> bool:
    path = PurePosixPath(name.removeprefix(root))
    return name.startswith(root) and len(path.parts) == 2 and bool(_DAY.fullmatch(path.name))


def _workspace(files: Mapping[str, bytes], root: str) -> _Workspace:
    users = {user["id"]: _user_name(user) for user in _entries(files, f"{root}users.json")}
    names: dict[str, str] = {}
    for file in _CHANNEL_LISTS:
        for channel in _entries(files, f"{root}{file}"):
            names[channel["id"]] = storable(str(channel.get("name") or channel["id"]))
    return _Workspace(Names(users, names), {name: channel_id for channel_id, name in names.items()})


def _entries(files: Mapping[str, bytes], name: str) -> Iterator[Json]:
    if name not in files:
        return
    for number, entry in enumerate(_array(name, files[name]), start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
            raise BadFile(name, f"entry {number}", "it has no id; export the workspace again.")
        yield entry


def _user_name(user: Json) -> str:
    profile = _part(user, "profile")
    names = (profile.get("display_name"), user.get("real_name"), profile.get("real_name"), user.get("name"), user["id"])
    return storable(next(str(name).strip() for name in names if isinstance(name, str) and name.strip()))


def _day(name: str, data: bytes, workspace: _Workspace) -> Iterator[Message]:
    folder = PurePosixPath(name).parent.name
    for number, entry in enumerate(_array(name, data), start=1):
        if not isinstance(entry, dict):
            raise BadFile(name, f"message {number}", "it is not an object; export the channel again.")
        if entry.get("type", "message") == "message":
            ts = entry.get("ts")
            if not isinstance(ts, str) or not _TS.fullmatch(ts):
                raise BadFile(name, f"message {number}", "its ts is missing or no time; export the channel again.")
            channel_id = workspace.channel_ids.get(folder, folder)
            message = message_of(entry, ts, channel_id, workspace.names)
            if message is not None:
                yield message


def is_ts(ts: str) -> bool:
    """Whether this is one of Slack's times, which name messages."""
    return bool(_TS.fullmatch(ts))


def message_of(entry: Json, ts: str, channel_id: str, names: Names) -> Message | None:
    """A message as Slack writes it, in an export, an event or its history; None when nobody says anything in it."""
    subtype = str(entry.get("subtype") or "")
    deleted = subtype == "tombstone"
    if not deleted and subtype not in _PEOPLE:
        return None
    source = "" if deleted else storable(content(entry))
    if not source.strip() and not deleted:
        return None
    author_id, author = _author(entry, names)
    thread = entry.get("thread_ts")
    return Message(
        channel_id=storable(channel_id),
        channel=storable(names.channels.get(channel_id, channel_id)),
        ts=ts,
        author_id=author_id,
        author=author,
        source=source,
        text=readable(source, names.users, names.channels),
        posted_at=datetime.fromtimestamp(float(ts), UTC),
        thread_ts=thread if isinstance(thread, str) and thread != ts else None,
        edited_ts=str(_part(entry, "edited").get("ts") or "") or None,
        deleted=deleted,
    )


def _author(entry: Json, names: Names) -> tuple[str, str]:
    """(id, name) of whoever wrote: a person, else a bot."""
    author_id = str(entry.get("user") or entry.get("bot_id") or entry.get("username") or "unknown")
    profile, bot = _part(entry, "user_profile"), _part(entry, "bot_profile")
    given = (profile.get("display_name"), profile.get("real_name"), entry.get("username"), bot.get("name"))
    name = names.users.get(author_id) or next((str(name) for name in given if name), author_id)
    return storable(author_id), storable(name)


def _part(entry: Json, key: str) -> Json:
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def _array(name: str, data: bytes) -> list[object]:
    try:
        value = json.loads(data)
    except UnicodeDecodeError as error:
        raise BadFile(name, f"byte {error.start}", "it is not UTF-8 text; export again.") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadFile(name, place, f"it is not JSON ({error.msg}); the file may be cut short, export again.") from error
    except (RecursionError, ValueError) as error:
        raise BadFile(name, None, "it is nested too deeply or holds a number too long for a Slack export.") from error
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadFile(name, None, "it holds no list; give the whole Slack export, unchanged.")
    return value
