"""Builds the shipped sample from its hand-written source: `python -m sample.build` from the repository's root.

Everything is written anew and the same source gives the same bytes. Nothing is written while the source is wrong.
"""

import json
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sample.source import SYSTEM_KINDS, Block, House, Post, SourceError, label, read_blocks, read_house

from contracts import LabelledRow

FOLDER = Path(__file__).parent
TEAM = "T0TIDEWRACK"

Json = dict[str, Any]


def main() -> int:
    house = read_house()
    try:
        blocks = read_blocks(house)
        rows = checked_labels(blocks, house)
    except SourceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    write_directory(house)
    write_labels(rows)
    write_export(blocks, house)
    sys.stdout.write(f"{summary(rows)}\n")
    return 0


def checked_labels(blocks: Iterable[Block], house: House) -> list[LabelledRow]:
    """A row for every block with a label. Raises SourceError, also when a text or an id occurs twice."""
    rows = []
    for block in blocks:
        if bool(block.label) == bool(SYSTEM_KINDS & block.posts[0].options.keys()):
            raise SourceError(f"{block}: people's messages have a label, system messages have none")
        if block.label:
            rows.append(label(block, house))
    for value, times in Counter(value for row in rows for value in (row.id, row.text)).items():
        if times > 1:
            raise SourceError(f"{times} times the same: {value}")
    return rows


def write_directory(house: House) -> None:
    _write(FOLDER / "directory.json", house.directory)


def write_labels(rows: Iterable[LabelledRow]) -> None:
    lines = [json.dumps(_row(row), ensure_ascii=False) for row in rows]
    (FOLDER / "labels.jsonl").write_text("\n".join(lines) + "\n")


def write_export(blocks: Iterable[Block], house: House) -> None:
    """The folder `export`, as Slack writes it."""
    export = FOLDER / "export"
    shutil.rmtree(export, ignore_errors=True)
    _write(export / "channels.json", [_channel(name, channel, house) for name, channel in house.channels.items()])
    _write(
        export / "users.json",
        [_user(name, user) for name, user in house.volunteers.items() if not user.get("unlisted")],
    )
    for path, messages in _day_files(list(blocks), house).items():
        _write(export / path, messages)


def summary(rows: list[LabelledRow]) -> str:
    directions = Counter(row.extraction.direction.value for row in rows)
    empty = sum(not row.extraction.items for row in rows)
    items = sum(len(row.extraction.items) for row in rows)
    return f"{len(rows)} records, {empty} without food, {items} items, {dict(directions)}"


def _row(row: LabelledRow) -> Json:
    extraction = row.extraction.model_dump(mode="json", include={"direction", "rescue_location", "drop_off_location"})
    sections = [
        {
            "location": section.location,
            "items": [item.model_dump(include={"name", "quantity", "unit"}) for item in section.items],
        }
        for section in row.extraction.sections
    ]
    return {"id": row.id, "text": row.text, "extraction": {**extraction, "sections": sections}}


def _day_files(blocks: list[Block], house: House) -> dict[str, list[Json]]:
    threads = {block.posts[0].options["id"]: block.posts[0] for block in blocks if "id" in block.posts[0].options}
    files: dict[str, list[Json]] = defaultdict(list)
    for number, post in enumerate(post for block in blocks for post in block.posts):
        files[f"{post.channel}/{post.at:%Y-%m-%d}.json"] += _messages(post, number, threads, house)
    return files


def _messages(post: Post, number: int, threads: Mapping[str, Post], house: House) -> list[Json]:
    """What the export holds for one post: one message, or two for a reply that was also sent to the channel."""
    message: Json = {"type": "message", "user": house.volunteers[post.author]["id"], "text": _escaped(post, house)}
    message |= {"ts": post.ts, "team": TEAM} | _blocks(message["text"], number) | _oddity(post, message["user"])
    if "notext" in post.options:
        message = {key: value for key, value in message.items() if key not in {"text", "blocks"}}
    if house.volunteers[post.author].get("unlisted"):
        message["user_profile"] = {"display_name": house.volunteers[post.author]["display_name"]}
    if "id" in post.options:
        message["thread_ts"] = post.ts
    if "in" not in post.options:
        return [message]
    parent = threads[post.options["in"]]
    message |= {"thread_ts": parent.ts, "parent_user_id": house.volunteers[parent.author]["id"]}
    if "broadcast" not in post.options:
        return [message]
    root = {"type": "message", "user": message["parent_user_id"], "text": _escaped(parent, house), "ts": parent.ts}
    return [message, {**message, "subtype": "thread_broadcast", "root": root}]


def _escaped(post: Post, house: House) -> str:
    """Slack's spelling: only `&`, `<` and `>` are escaped, mentions carry ids."""
    marks = {f"<@{name}>": f"<@{user['id']}>" for name, user in house.volunteers.items()}
    marks |= {f"<#{name}>": f"<#{channel['id']}|{name}>" for name, channel in house.channels.items()}
    pieces = _split(post.text)
    return "".join(
        marks.get(piece, piece) if piece.startswith(("<@", "<#", "<!", "<http")) else _escape(piece) for piece in pieces
    )


def _split(text: str) -> list[str]:
    pieces, rest = [], text
    while (start := min((rest.find(mark) for mark in ("<@", "<#", "<!", "<http") if mark in rest), default=-1)) >= 0:
        end = rest.index(">", start) + 1
        pieces += [rest[:start], rest[start:end]]
        rest = rest[end:]
    return [*pieces, rest]


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(text: str, number: int) -> Json:
    """Slack's clients differ: some leave `blocks` out, some write null, some repeat the text as rich text."""
    if number % 5 == 0:
        return {"blocks": None}
    if number % 5 in {1, 2}:
        return {}
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"blocks": [{"type": "rich_text", "block_id": f"b{number}", "elements": [section]}]}


def _oddity(post: Post, user: str) -> Json:
    """The fields by which system messages, edits and uploads differ from plain messages."""
    fields: dict[str, Json] = {
        "join": {"subtype": "channel_join", "text": f"<@{user}> has joined the channel"},
        "bot": {
            "subtype": "bot_message", "user": None, "bot_id": "B0TWSHIFTS1", "username": "shift-board", "text": "",
            "attachments": [{"id": 1, "fallback": post.text, "text": post.text, "color": "36a64f"}],
        },
        "tombstone": {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted.", "hidden": True},
        "edited": {"edited": {"user": user, "ts": f"{post.at.timestamp() + 95:.0f}.000000"}},
        "file": {
            "upload": True,
            "files": [{"id": f"F{post.ts[:10]}", "name": "IMG_0219.jpg", "mimetype": "image/jpeg", "mode": "hosted"}],
        },
        "oldfile": {"subtype": "file_share", "file": {"id": f"F{post.ts[:10]}", "name": "shelf.jpg"}, "upload": True},
    }  # fmt: skip
    chosen = [extra for key, extra in fields.items() if key in post.options]
    return {key: value for extra in chosen for key, value in extra.items()}


def _channel(name: str, channel: Mapping[str, str], house: House) -> Json:
    members = [user["id"] for user in house.volunteers.values()]
    purpose = {"value": channel["purpose"], "creator": members[0], "last_set": 1700000000}
    return {
        "id": channel["id"], "name": name, "created": 1700000000, "creator": members[0], "is_archived": False,
        "is_general": name == "general", "members": members, "purpose": purpose, "topic": {"value": ""},
    }  # fmt: skip


def _user(name: str, user: Mapping[str, Any]) -> Json:
    profile = {"real_name": user["real_name"], "display_name": user["display_name"]}
    return {
        "id": user["id"], "team_id": TEAM, "name": name.lower(), "deleted": False, "real_name": user["real_name"],
        "tz": "America/Regina", "tz_offset": -21600, "profile": profile, "is_bot": False,
    }  # fmt: skip


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
