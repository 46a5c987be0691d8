"""A message as the model sees it: Slack's markup, escapes, emoji, bullets, and spacing made plain.

Invariant: every character of the clean text knows the range of characters of the raw text that it stands for, so that
evidence found in the clean text is shown in the raw one. Blank lines are dropped, lines stay lines.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from contracts import Span

_ESCAPES: Final = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&amp": "&", "&nbsp;": " "}
_CHARACTERS: Final = {
    **dict.fromkeys("‘’‛`´", "'"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("–—−‐‑", "-"),
    **dict.fromkeys("•◦▪●∙·⁃‣*☆★", "-"),
    **dict.fromkeys("→➡⇒➔⟶➜", "->"),
    "…": "...",
    "½": " 1/2",
    "¼": " 1/4",
    "¾": " 3/4",
    "⅓": " 1/3",
    "⅔": " 2/3",
    "×": "x",
    "⁄": "/",
    **dict.fromkeys("\u00a0\u2009\u202f\u200a\t\r", " "),
}
_TOKEN: Final = re.compile(
    r"(?P<plain>[A-Za-z0-9,.]+)"
    r"|(?P<escape>&(?:amp|lt|gt|nbsp);?)"
    r"|<(?:https?:|mailto:)[^|<>]*(?:\|(?P<label>[^<>]*))?>"
    r"|<#[^|<>]*\|(?P<channel>[^<>]*)>"
    r"|(?P<mention><[@!#][^<>]*>|<[A-Z]+>)"
    r"|(?P<arrow>:arrow_(?:right|forward)[a-z_]*:|[-—–=]+\s?(?:&gt;|>)+)"
    r"|(?P<emoji>:[a-z0-9_+'-]*[a-z][a-z0-9_+'-]*:(?::skin-tone-\d:)?)"
    r"|(?P<other>[\s\S])"
)


@dataclass(frozen=True, slots=True)
class Clean:
    """The plain text, and for each of its characters where it comes from in the raw text, `[starts[i], ends[i])`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """The range in the raw text of the clean range `[start, end)`, which must not be empty."""
        return Span(start=self.starts[start], end=self.ends[end - 1])


@lru_cache(maxsize=16)
def clean(text: str) -> Clean:
    """Linear in the text; never raises. The last few are remembered: one reading asks three times."""
    out: list[tuple[str, int, int]] = []
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "plain":
            out += [(character, at, at + 1) for at, character in enumerate(match[0], match.start())]
            continue
        for character in _plain(match):
            _append(out, character, match.start(), match.end())
    while out and out[-1][0] in " \n":
        out.pop()
    return Clean("".join(c for c, _, _ in out), tuple(s for _, s, _ in out), tuple(e for _, _, e in out))


def _plain(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "other":
        return _character(match[0])
    if kind == "escape":
        return _ESCAPES.get(match[0], "&")
    if kind in ("label", "channel"):
        return match[kind] or ""
    return {"mention": "@user", "arrow": "->"}.get(kind or "", " ")


def _character(character: str) -> str:
    if character in _CHARACTERS:
        return _CHARACTERS[character]
    return "" if _is_pictogram(character) else character


def _is_pictogram(character: str) -> bool:
    code = ord(character)
    return code >= 0x1F000 or 0x2600 <= code <= 0x27BF or 0xFE00 <= code <= 0xFE0F or 0x200B <= code <= 0x200D


def _append(out: list[tuple[str, int, int]], character: str, start: int, end: int) -> None:
    """Keeps single spaces within lines and single line breaks between lines that hold something."""
    last = out[-1][0] if out else "\n"
    if character == "\n":
        while out and out[-1][0] == " ":
            out.pop()
        if out and out[-1][0] != "\n":
            out.append((character, start, end))
    elif character != " " or last not in " \n":
        out.append((character, start, end))
