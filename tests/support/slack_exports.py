"""Small Slack exports and messages for tests of the intake."""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from audit_api.intake.message import Message

USERS = [
    {"id": "U1", "name": "ana.r", "profile": {"display_name": "Ana", "real_name": "Ana Reyes"}},
    {"id": "U2", "name": "bo", "real_name": "Bo Lindqvist", "profile": {"display_name": ""}},
]
CHANNELS = [{"id": "C1", "name": "pickups"}]


def export(
    messages: list[dict[str, Any]], day: str = "pickups/2025-03-01.json", extra: Mapping[str, Any] | None = None
) -> dict[str, bytes]:
    """The files of an export with one day file."""
    files: dict[str, Any] = {"users.json": USERS, "channels.json": CHANNELS, day: messages, **(extra or {})}
    return {name: json.dumps(value).encode() for name, value in files.items()}


def post(ts: float, text: str | None = "2 cases kale", user: str = "U1", **fields: Any) -> dict[str, Any]:
    """One message of an export, `ts` in seconds."""
    message = {"type": "message", "user": user, "ts": f"{ts:.6f}", **fields}
    return message if text is None else {**message, "text": text}


def zipped(files: Mapping[str, bytes], prefix: str = "") -> bytes:
    """A zip archive with directory entries, as some programs write them."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in {f"{prefix}{name.rpartition('/')[0]}/" for name in files if "/" in name}:
            archive.writestr(folder, b"")
        for name, content in files.items():
            archive.writestr(prefix + name, content)
    return data.getvalue()


def message(ts: float, text: str = "2 cases kale", author: str = "U1", **fields: Any) -> Message:
    """A parsed message; channel C1 unless said otherwise."""
    values: dict[str, Any] = {
        "channel_id": "C1",
        "channel": "pickups",
        "ts": f"{ts:.6f}",
        "author_id": author,
        "author": author,
        "source": text,
        "text": text,
        "posted_at": datetime.fromtimestamp(ts, UTC),
    }
    return Message(**{**values, **fields})
