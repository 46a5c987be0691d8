"""Where one Slack message keeps its words: `text`, else its blocks, else its attachments.

An upload says `<@U1> uploaded a file: <link|name> and commented: ...` in old exports; only the comment is the author's.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

_UPLOAD = re.compile(r"<@\w+(?:\|[^<>]*)?> (?:uploaded|shared) a file: <[^<>]*>(?: and commented: (.*))?", re.DOTALL)


def content(message: Json) -> str:
    """The message's words in Slack's own spelling; empty when it has none."""
    text = message.get("text")
    if isinstance(text, str) and text.strip():
        return _words(message, text)
    blocks = "".join(_flatten(message.get("blocks"))).strip()
    return blocks or "\n".join(_attachments(message)).strip()


def _words(message: Json, text: str) -> str:
    if message.get("subtype") == "file_comment":
        comment = message.get("comment")
        return str(comment.get("comment") or "") if isinstance(comment, dict) else text
    upload = _UPLOAD.fullmatch(text) if "file" in message or "files" in message else None
    return (upload[1] or "") if upload else text


def _attachments(message: Json) -> Iterator[str]:
    for attachment in _objects(message.get("attachments")):
        fields = [_field(field) for field in _objects(attachment.get("fields"))]
        own = [str(attachment.get(key) or "") for key in ("pretext", "title", "text")]
        said = [part for part in [*own, *fields] if part.strip()]
        yield "\n".join(said) or "".join(_flatten(attachment.get("blocks"))) or str(attachment.get("fallback") or "")


def _field(field: Json) -> str:
    return ": ".join(str(field[key]) for key in ("title", "value") if field.get(key))


def _flatten(value: object, depth: int = 8) -> Iterator[str]:
    """The words of Block Kit blocks, each block and each list entry on its own line; Slack nests four deep."""
    for block in _objects(value):
        kind = block.get("type")
        if kind in {"rich_text_section", "section", "rich_text_preformatted", "rich_text_quote", "header"}:
            yield "".join(_inline(block)) + "\n"
        elif depth:
            yield from _flatten(block.get("elements"), depth - 1)


def _inline(block: Json) -> Iterator[str]:
    text = block.get("text")
    if isinstance(text, dict):
        yield str(text.get("text") or "")
    for element in [*_objects(block.get("fields")), *_objects(block.get("elements"))]:
        yield _element(element)


def _element(element: Json) -> str:
    kind = element.get("type")
    if kind == "user":
        return f"<@{element.get('user_id')}>"
    if kind == "channel":
        return f"<#{element.get('channel_id')}>"
    if kind == "broadcast":
        return f"<!{element.get('range')}>"
    if kind == "emoji":
        return f":{element.get('name')}:"
    if kind == "link":
        return _escape(str(element.get("text") or element.get("url") or ""))
    text = str(element.get("text") or "")
    return text if kind == "mrkdwn" else _escape(text)


def _escape(text: str) -> str:
    """Rich text is not escaped; the markup's reader expects it to be."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _objects(value: object) -> list[Json]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
