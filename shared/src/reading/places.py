"""Where: the directory's places in a text.

Invariant: places match on whole words, whatever their case, apostrophes, punctuation, and plural `s` (`Baker’s North`
is `bakers north`), the longest spelling wins, and time is linear in the text. Unknown places are the extractors' work.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from contracts import Directory, PlaceKind

_TOKEN = re.compile(r"[^\W_]+(?:['’‘`][^\W_]+)*['’‘]?|&(?:amp\b;?)?|[#$]")
_APOSTROPHES: Final = str.maketrans("", "", "'’‘`")
_VERBS: Final = frozenset({"took", "grabbed", "picked", "got", "to"})


class Mention(NamedTuple):
    """A place of the directory as written in a text, `[start, end)`; `name` is its canonical name."""

    start: int
    end: int
    name: str


@dataclass(slots=True)
class _Node:
    """A step in the tree of the places' words; `name` where a spelling ends."""

    name: str | None = None
    following: dict[str, "_Node"] = field(default_factory=dict)


class Places:
    """The places of one directory, ready for look-ups."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._names: dict[str, str] = {}
        self._trie = _Node()
        self.homes = tuple(name for name, place in directory.places.items() if PlaceKind.HOME in place.kind)
        """Every place of the kind `home`, in the directory's order."""
        for name, spelling in _spellings(directory):
            self._learn(name, spelling)

    @property
    def home(self) -> str | None:
        """The group's warehouse; None when the directory has none, or several and the text must say which."""
        return self.homes[0] if len(self.homes) == 1 else None

    def resolve(self, mention: str) -> str | None:
        """The canonical name of one spelling, or None when the directory does not know it."""
        return self._names.get(" ".join(word for word, _, _ in _words(mention)))

    def find(self, text: str) -> list[Mention]:
        """The places written in `text`, in order, without overlaps, the longest spelling first."""
        if self._trie.following.keys().isdisjoint(map(_plain, _TOKEN.findall(text))):
            return []
        words = list(_words(text))
        found, at = [], 0
        while at < len(words):
            length, name = self._longest(words, at) if words[at][0] in self._trie.following else (1, None)
            if name is not None:
                found.append(Mention(words[at][1], words[at + length - 1][2], name))
            at += max(length, 1)
        return found

    def _learn(self, name: str, spelling: str) -> None:
        words = [word for word, _, _ in _words(spelling)]
        self._names.setdefault(" ".join(words), name)
        core = _core(words)
        if not core or core[-1] == "and":  # "port &" is only the beginning of something
            return
        self._names.setdefault(" ".join(core), name)
        node = self._trie
        for word in core:
            node = node.following.setdefault(word, _Node())
        node.name = node.name or name

    def _longest(self, words: list[tuple[str, int, int]], at: int) -> tuple[int, str | None]:
        best: tuple[int, str | None] = (0, None)
        node = self._trie.following.get(words[at][0])
        length = 1
        while node is not None:
            best = (length, node.name) if node.name else best
            at += 1
            length += 1
            node = node.following.get(words[at][0]) if at < len(words) else None
        return best


def key(spelling: str) -> str:
    """What two spellings of one place have in common."""
    return " ".join(word for word, _, _ in _words(spelling))


def _spellings(directory: Directory) -> Iterator[tuple[str, str]]:
    for name, place in directory.places.items():
        for spelling in (name, *place.aliases):
            yield name, spelling


def _words(text: str) -> Iterable[tuple[str, int, int]]:
    return ((_plain(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text))


@lru_cache(maxsize=16384)
def _plain(word: str) -> str:
    word = word.lower().translate(_APOSTROPHES)
    if word.startswith("&"):
        return "and"
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word


def _core(words: list[str]) -> list[str]:
    """Without the verbs that imported alias lists carry: `lf took` is `lf`."""
    start, end = 0, len(words)
    while end > start and words[end - 1] in _VERBS:
        end -= 1
    while start < end and words[start] in _VERBS:
        start += 1
    return words[start:end]
