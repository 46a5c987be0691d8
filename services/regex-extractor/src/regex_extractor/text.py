"""The message as the grammar sees it: markup resolved, with the way back to the original characters.

Invariant: every span of the clean text maps to a span of the original that is inside it and not empty. Slack's escapes
become characters, mentions one PERSON character, emoji a space, `:arrow_right:` an arrow, `’` an apostrophe.
"""

import re
from bisect import bisect_right
from typing import Final

PERSON: Final = "\ue000"
ARROW: Final = "→"

_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "#39": "'", "nbsp": " "}
_EMOJI: Final = (
    "\U0001f000-\U0001faff\u2600-\u2793\u2795-\u27a0\u27a2-\u27bf\u2b00-\u2bff\ufe0f\u200b-\u200d\u2060\ufeff"
)
_SIGNS: Final = rf"*`™®©{PERSON}{_EMOJI}"
_MARKUP = re.compile(
    rf"""
    [&<:_{_SIGNS}]  # one set of first characters: a search skips everything else at once
    (?: (?<=&) (amp|lt|gt|quot|apos|nbsp|\#39)\b;?
      | (?<=<) ([^<>\n]{{1,300}})>
      | (?<=:) ([a-z][a-z0-9_+'-]{{1,48}}):
      | (?<=[{_SIGNS}]) [{_SIGNS}]*+
      | (?<=_) (?<!\w_)_*+  # underscores that begin or end a word are italics
      | (?<=_) (?<!__)_*+\b
    )
    """,
    re.VERBOSE,
)


class Text:
    """A message, its clean text, and the map between their positions."""

    __slots__ = ("_clean_at", "_shift", "clean", "original")

    def __init__(self, original: str) -> None:
        self.original = original
        self._clean_at: list[int] = [0]
        self._shift: list[int] = [0]
        self.clean = (self._cleaned() if _MARKUP.search(original) else original).replace("’", "'")

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's `[start, end)` of a span of the clean text."""
        if len(self._shift) == 1:
            return start, end
        first = self._origin(start)
        return first, max(self._origin(end), first + 1)

    def _origin(self, position: int) -> int:
        return position + self._shift[bisect_right(self._clean_at, position) - 1]

    def _cleaned(self) -> str:
        parts: list[str] = []
        length = done = 0
        for match in _MARKUP.finditer(self.original):
            replacement = _replacement(match)
            parts += (self.original[done : match.start()], replacement)
            length += match.start() - done + len(replacement)
            done = match.end()
            self._clean_at.append(length)
            self._shift.append(done - length)
        parts.append(self.original[done:])
        return "".join(parts)


def _replacement(match: re.Match[str]) -> str:
    entity, mention, emoji = match.groups()
    if entity:
        return _ENTITIES[entity]
    if mention:
        return " " if mention[0] in "#!" or "://" in mention or mention.startswith("mailto:") else PERSON
    if emoji and "arrow" in emoji and "left" not in emoji:
        return ARROW
    return " "
