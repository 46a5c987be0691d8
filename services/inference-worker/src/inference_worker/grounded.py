"""Which tokens may come next, so that an answer has the target's form and copies its values from the message. Pure.

Invariant: whatever is written under these masks is, after every token, the beginning of a line of `reading.target`
whose names are whole-word phrases of the piece, whose units are one or two of its words, whose quantities are numbers
that stand in it, and whose places are phrases of it or names of the directory. The answer may end only where a line is
whole. Works on the bytes of tokens, so any byte-level or byte-fallback tokenizer will do, also one that drops white
space and one whose tokens hold a separator and letters.

Not covered: that a quantity belongs to the name beside it, and that a phrase is used no more often than it stands in
the message; `reading.expand` drops the second use.
"""

import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from contracts import Direction, Directory
from reading.grounding import numbers, words
from reading.prompt import CONTEXT_END, MARKS, READ_MARK, Piece, PieceKind
from reading.target import HOME, NO_NUMBER, ONE, UNWRITTEN

FIELD, LINE, PLACE = b"|\n@"
DONE: Final = "done"
SHORT: Final = frozenset({"quantity", "unit"})
"""Fields whose value is a word or two."""


class Vocabulary:
    """The bytes of every token of one tokenizer. Built once for a base model."""

    def __init__(self, tokens: Sequence[bytes | None], ends: Iterable[int], *, keeps_spaces: bool) -> None:
        """`tokens[id]` is None for special tokens, which are never copied; `ends` end an answer."""
        self.ends = tuple(sorted(ends))
        self.keeps_spaces = keeps_spaces
        self._ids: dict[bytes, list[int]] = defaultdict(list)
        self._beginnings: set[bytes] = set()
        self._unwritten: tuple[tuple[str, ...], Phrases] = ((), Phrases(b"", frozenset(), frozenset()))
        self.separators: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        """Tokens that hold a sign of the format, by their first byte."""
        for token, spelled in enumerate(tokens):
            if spelled and FIELD not in spelled and LINE not in spelled:
                self._ids[spelled].append(token)
                self._beginnings.update(spelled[:n] for n in range(1, len(spelled) + 1))
            if spelled and any(sign in spelled for sign in (FIELD, LINE, PLACE)):
                self.separators[spelled[0]].append((token, spelled))

    def unwritten(self, names: tuple[str, ...]) -> "Phrases":
        """The places that may be named where the message does not: the last directory's are kept."""
        if self._unwritten[0] != (HOME, *names):
            spelled = [HOME, *(UNWRITTEN + name for name in names)]
            phrases = Phrases.joined(literals(spelled, self.keeps_spaces))
            phrases.spelled.update({at: tuple(self.spelling(phrases.source, at)) for at in phrases.starts})
            self._unwritten = ((HOME, *names), phrases)
        return self._unwritten[1]

    def spelling(self, source: bytes, start: int) -> Iterator[tuple[int, int]]:
        """(token, where it ends) of each token that spells the source's next bytes."""
        end = start + 1
        while end <= len(source) and source[start:end] in self._beginnings:
            for token in self._ids.get(source[start:end], ()):
                yield token, end
            end += 1


@dataclass(frozen=True)
class Phrases:
    """What may be copied: the bytes, and where a copy may begin and end in them."""

    source: bytes
    starts: frozenset[int]
    ends: frozenset[int]
    spelled: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict, compare=False)
    """Remembers `Vocabulary.spelling` by where it begins."""

    @classmethod
    def joined(cls, parts: Sequence["Phrases"]) -> "Phrases":
        return cls(b"", frozenset(), frozenset()).followed_by(parts)

    def followed_by(self, parts: Sequence["Phrases"]) -> "Phrases":
        source, starts, ends = bytearray(self.source), set(self.starts), set(self.ends)
        for part in parts:
            starts.update(len(source) + at for at in part.starts)
            ends.update(len(source) + at for at in part.ends)
            source += part.source + bytes([LINE])
        return Phrases(bytes(source), frozenset(starts), frozenset(ends), self.spelled.copy())


class State(NamedTuple):
    """Where in the form an answer is. `at`: where in the field's source the copy may stand; None before it begins."""

    field: str
    at: frozenset[int] | None = None


@dataclass(frozen=True)
class Field:
    """One kind of value and what may follow it."""

    phrases: Phrases
    copies_as: str
    """The field's name once the first byte is written."""
    after: Mapping[int, str]
    """Sign that ends the value -> the next field."""
    may_be_empty: bool = True
    opens: Mapping[int, str] = field(default_factory=dict)
    """Sign that begins another kind of line, instead of a value."""
    may_stop: bool = False
    """Whether the answer may end where the value may."""


class Grammar:
    """The masks of one piece of a message."""

    def __init__(self, vocabulary: Vocabulary, fields: Mapping[str, Field], start: str) -> None:
        self.start = State(start)
        self._vocabulary = vocabulary
        self._fields = fields
        self._moves: dict[State, Mapping[int, State]] = {}
        self._allowed: dict[State, array[int]] = {}

    def moves(self, state: State) -> Mapping[int, State]:
        """Every token that may come next and where it leads; empty where the answer is over."""
        if state not in self._moves:
            self._moves[state] = self._find_moves(state)
        return self._moves[state]

    def allowed(self, state: State) -> "array[int]":
        """The tokens of `moves`, as numbers of 64 bits in a row."""
        if state not in self._allowed:
            self._allowed[state] = array("q", self.moves(state))
        return self._allowed[state]

    def _find_moves(self, state: State) -> Mapping[int, State]:
        if state.field == DONE:
            return {}
        kind = self._fields[state.field]
        found = self._copies(kind, state)
        for sign in self._signs(kind, state):
            for token, spelled in self._vocabulary.separators.get(sign, ()):
                after = self._walk(state, spelled)
                if after is not None:
                    found[token] = after
        if kind.may_stop and self._is_whole(kind, state):
            found |= dict.fromkeys(self._vocabulary.ends, State(DONE))
        return found

    def _copies(self, kind: Field, state: State) -> dict[int, State]:
        """Tokens that spell a part of the source and no sign."""
        ends: dict[int, set[int]] = defaultdict(set)
        for start in kind.phrases.starts if state.at is None else state.at:
            for token, end in self._spelling(kind.phrases, start):
                ends[token].add(end)
        return {token: State(kind.copies_as, frozenset(at)) for token, at in ends.items()}

    def _spelling(self, phrases: Phrases, start: int) -> tuple[tuple[int, int], ...]:
        if start not in phrases.spelled:
            phrases.spelled[start] = tuple(self._vocabulary.spelling(phrases.source, start))
        return phrases.spelled[start]

    def _signs(self, kind: Field, state: State) -> set[int]:
        """First bytes of tokens with a sign in them that may be next."""
        source = kind.phrases.source
        copied = {source[p] for p in (kind.phrases.starts if state.at is None else state.at) if p < len(source)}
        return copied | set(kind.after) | (set(kind.opens) if state.at is None else set())

    def _walk(self, state: State, spelled: bytes) -> State | None:
        """Where a token leads byte by byte; None where it may not come."""
        for byte in spelled:
            following = self._step(state, byte)
            if following is None:
                return None
            state = following
        return state

    def _step(self, state: State, byte: int) -> State | None:
        kind = self._fields[state.field]
        source = kind.phrases.source
        at = kind.phrases.starts if state.at is None else state.at
        copied = frozenset(p + 1 for p in at if byte != LINE and p < len(source) and source[p] == byte)
        if copied:
            return State(kind.copies_as, copied)
        if byte in kind.after and self._is_whole(kind, state):
            return State(kind.after[byte])
        if state.at is None and byte in kind.opens:
            return State(kind.opens[byte])
        return None

    @staticmethod
    def _is_whole(kind: Field, state: State) -> bool:
        return kind.may_be_empty if state.at is None else not state.at.isdisjoint(kind.phrases.ends)


def grammar_of(piece: Piece, directory: Directory, vocabulary: Vocabulary) -> Grammar:
    """The masks for one piece's answer."""
    spaces = vocabulary.keeps_spaces
    context, body = texts_of(piece)
    unwritten = vocabulary.unwritten(tuple(directory.places))
    places = unwritten.followed_by([copies(line, spaces) for line in (*context, *body)])
    if piece.kind is PieceKind.HEAD:
        return Grammar(vocabulary, head_fields(places, spaces), "direction")
    return Grammar(vocabulary, line_fields(body, places, spaces), "first")


def head_fields(places: Phrases, spaces: bool) -> dict[str, Field]:  # noqa: FBT001 - a property of the tokenizer
    directions = Phrases.joined(literals([str(direction) for direction in Direction], spaces))
    return {
        "direction": Field(directions, "direction", {FIELD: "rescue"}, may_be_empty=False),
        "rescue": Field(places, "rescue", {FIELD: "drop_off"}),
        "drop_off": Field(places, "drop_off", {}, may_stop=True),
    }


def line_fields(body: Sequence[str], places: Phrases, spaces: bool) -> dict[str, Field]:  # noqa: FBT001 - as above
    counts = {body_line[a:b] for body_line in body for a, b in numbers(body_line, 0, len(body_line))}
    units = {body_line[a:b] for body_line in body for a, b in words(body_line, 0, len(body_line))}
    quantities = Phrases.joined(literals([NO_NUMBER, ONE, *counts], spaces))
    names = Phrases.joined([copies(line, spaces) for line in body])
    if not names.starts:
        return {"first": Field(names, "name", {}, may_stop=True)}
    line = Field(quantities, "quantity", {FIELD: "unit"}, opens={PLACE: "place"})
    return {
        "first": Field(quantities, "quantity", {FIELD: "unit"}, opens={PLACE: "place"}, may_stop=True),
        "line": line,
        "quantity": line,
        "unit": Field(Phrases.joined(literals(units, spaces)), "unit", {FIELD: "name"}),
        "name": Field(names, "name", {LINE: "line"}, may_be_empty=False, may_stop=True),
        "place": Field(places, "place", {LINE: "line"}),
    }


def texts_of(piece: Piece) -> tuple[list[str], list[str]]:
    """The lines of a piece's context and of its body, as the model sees them."""
    text = piece.prompt.removesuffix(READ_MARK)
    for mark in MARKS:
        text = text.removeprefix(mark)
    context, _, body = text.rpartition(CONTEXT_END)
    return context.split("\n"), body.split("\n")


def literals(phrases: Iterable[str], spaces: bool) -> list[Phrases]:  # noqa: FBT001 - as above
    """Phrases that are copied whole or not at all."""
    spelled = [as_bytes(phrase, spaces) for phrase in dict.fromkeys(phrases)]
    return [Phrases(source, frozenset({0}), frozenset({len(source)})) for source in spelled if source]


@lru_cache(maxsize=256)
def copies(line: str, spaces: bool) -> Phrases:  # noqa: FBT001 - as above
    """Every run of whole words of a line. Letters never part from letters, nor digits from digits.

    The last lines are remembered: each is asked for as a place and as a name, and by two pieces of its message.
    """
    source, starts, ends = bytearray(), set[int](), set[int]()
    for before, sign in pairwise(" " + " ".join(normal(line).split()) + " "):
        if not joined(before, sign):
            ends |= {len(source)} if before != " " else set()
            if before == " " or sign != " ":
                starts.add(len(source))
        source += sign.encode() if sign != " " else b" " * (spaces and bool(source))
    copied = bytes(source).rstrip(b" ")
    return Phrases(copied, frozenset(starts) - {len(copied), len(source)}, frozenset(ends))


def as_bytes(phrase: str, spaces: bool) -> bytes:  # noqa: FBT001 - as above
    parts = normal(phrase).split()
    return (" " if spaces else "").join(parts).encode()


def normal(text: str) -> str:
    """As the target spells it: lower case, without the format's own sign."""
    return unicodedata.normalize("NFC", text).lower().replace("|", " ")


def joined(left: str, right: str) -> bool:
    return (left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit())
