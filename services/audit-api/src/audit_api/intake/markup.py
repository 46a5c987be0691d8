"""Slack's markup as a person reads it: names instead of ids, labels instead of links, `&amp; &lt; &gt;` unescaped.

Only these three are escaped by Slack, so only they are unescaped, `&amp;` last: `&amp;lt;` is the text `&lt;`.
Emoji stay `:name:`. Linear in the length of the text.
"""

import re
from collections.abc import Mapping

from audit_api.intake.message import storable

_TOKEN = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_LINK = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def readable(source: str, users: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """`source` with its tokens replaced; `users` and `channels` map ids to names."""

    def replace(match: re.Match[str]) -> str:
        kind, target, label = match[1], match[2], match[3]
        if kind == "@":
            return f"@{users.get(target) or label or target}"
        if kind == "#":
            return f"#{label or channels.get(target) or target}"
        if kind == "!":
            return _special(target, label)
        return (label or target.removeprefix("mailto:")) if _LINK.match(target) else match[0]

    return storable(_unescape(_TOKEN.sub(replace, source))).strip()


def _special(target: str, label: str | None) -> str:
    """`<!channel>`, `<!here|here>`, `<!subteam^S1|@drivers>`, `<!date^1^{date}|3 May>`."""
    if target.startswith("date^"):
        return label or ""
    name = label or target.removeprefix("subteam^")
    return name if name.startswith("@") else f"@{name}"


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
