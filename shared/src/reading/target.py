"""The lines that the model writes, format 1: `direction|rescue|drop_off`, then `quantity|unit|name` under `@place`.

Invariant: everything is spelled as in the message, lower case, so that it can be copied; parsing spellings is the
expander's work. A place is its mention in the message, `*` the group's home that is not written, `=name` another place
of the directory that is not written; `@` alone begins items without a place. A quantity is empty when none is written
(`|case|apples` is one case), `?` when a unit has no number, `=1` when one is meant where no number and no unit stands.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from contracts import Direction, Directory, Extraction, Item
from reading.cleaning import clean
from reading.grounding import (
    Claims,
    Range,
    Squeezed,
    distance,
    line_of,
    means,
    numbers,
    overlap,
    squeeze,
    unit_of,
    with_half,
    words,
)
from reading.places import Places
from reading.prompt import Piece, PieceKind, pieces_of, segments

FORMAT: Final = 1

HOME: Final = "*"
UNWRITTEN: Final = "="
NO_NUMBER: Final = "?"
ONE: Final = "=1"
_NEAR: Final = 160
"""Characters between a name and its quantity or unit, at most."""


@dataclass(frozen=True)
class Line:
    """One item as it is spelled."""

    quantity: str
    unit: str
    name: str

    def __str__(self) -> str:
        return f"{self.quantity}|{self.unit}|{self.name}"


@dataclass(frozen=True)
class Target:
    """A target's parts, spelled as in the message; `""` where nothing is written."""

    direction: Direction
    rescue: str
    drop_off: str
    sections: tuple[tuple[str, tuple[Line, ...]], ...]


@dataclass(frozen=True)
class _Placed:
    """An item's line, its section's number and place, and where its name stands in the clean text."""

    line: Line
    section: int
    place: str
    at: Range


def encode(text: str, extraction: Extraction, directory: Directory) -> str:
    """The target of one message. An item whose name is not written in the message cannot be copied and is left out."""
    message = _Message(text, directory)
    lines = [message.header(extraction)]
    current: tuple[int, str] = (-1, "")
    for item in message.items(extraction):
        if (item.section, item.place) != current:
            lines += [f"@{item.place}"] if item.place or current[0] >= 0 else []
            current = (item.section, item.place)
        lines.append(str(item.line))
    return "\n".join(lines)


def encode_pieces(text: str, extraction: Extraction, directory: Directory) -> list[str]:
    """The target of each of `reading.prompt.pieces(text)`: the header for the head, item lines for the others."""
    message = _Message(text, directory)
    items = message.items(extraction)
    single = len({item.section for item in items}) <= 1 and not any(item.place for item in items)
    return [
        message.header(extraction)
        if piece.kind is PieceKind.HEAD
        else message.lines(piece, items, extraction if single else None)
        for piece in message.pieces
    ]


def at_home(header: str) -> str:
    """A header with the group's home for the side that it leaves open, as the model learns to say."""
    direction, rescue, drop_off = header.split("|")
    if direction == Direction.OUTBOUND:
        return f"{direction}|{rescue or HOME}|{drop_off}"
    return f"{direction}|{rescue}|{drop_off or HOME}" if direction == Direction.INBOUND else header


def fuse(targets: Sequence[str]) -> str:
    """One target from the pieces' targets, in the pieces' order. A piece that begins without `@` carries on."""
    lines: list[str] = []
    place = ""
    for target in targets[1:]:
        for line in filter(None, map(str.strip, target.split("\n"))):
            if line.startswith("@"):
                if squeeze(line[1:]) == squeeze(place):
                    continue
                place = line[1:]
            lines.append(line)
    return "\n".join([targets[0].strip().split("\n")[0] if targets else "", *_without_lone_place(lines)])


def decode(target: str) -> Target:
    """The parts of a target; lines that are not of the format are left out, so that any text can be read."""
    lines = target.split("\n")
    header = [part.strip() for part in [*lines[0].split("|"), "", ""][:3]]
    direction = header[0].lower() if header[0].lower() in set(Direction) else Direction.UNKNOWN
    sections: list[tuple[str, list[Line]]] = []
    for line in lines[1:]:
        parts = [part.strip() for part in line.split("|")]
        if line.startswith("@"):
            sections.append((line[1:].strip(), []))
        elif len(parts) == 3 and parts[2]:
            if not sections:
                sections.append(("", []))
            sections[-1][1].append(Line(*parts))
    kept = tuple((place, tuple(items)) for place, items in sections if items)
    return Target(Direction(direction), header[1], header[2], kept)


def is_well_formed(target: str, kind: PieceKind) -> bool:
    """Whether the target of one piece holds nothing that `decode` would leave out."""
    lines = target.split("\n")
    if kind is PieceKind.HEAD:
        parts = lines[0].split("|")
        return len(lines) == 1 and len(parts) == 3 and parts[0].strip() in set(Direction)
    return all(_is_line(line) for line in lines if line.strip())


def _is_line(line: str) -> bool:
    parts = line.split("|")
    return line.startswith("@") or (len(parts) == 3 and bool(parts[2].strip()))


def _without_lone_place(lines: list[str]) -> list[str]:
    """A place that heads every item of a message says no more than the header does."""
    headings = [line for line in lines if line.startswith("@")]
    if len(headings) == 1 and lines[0] == headings[0]:
        return lines[1:]
    return lines


_recent: dict[int, tuple[Directory, Places]] = {}


def places_of(directory: Directory) -> Places:
    """The look-ups of `directory`; the last few are kept, since building them takes longer than reading a message."""
    known = _recent.get(id(directory))
    if known is None or known[0] is not directory:
        while len(_recent) >= 16:
            _recent.pop(next(iter(_recent)))
        known = _recent[id(directory)] = (directory, Places(directory))
    return known[1]


class _Message:
    """A message with what is needed to say how its reading is spelled in it."""

    def __init__(self, text: str, directory: Directory) -> None:
        self.clean = clean(text)
        self.text = self.clean.text
        self.squeezed = Squeezed(self.text)
        self.pieces = pieces_of(self.clean)
        self.segments = segments(self.text)
        self.home = places_of(directory).home
        self.mentions = places_of(directory).find(self.text)
        self._spans: dict[tuple[Range, bool], list[Range]] = {}

    def header(self, extraction: Extraction) -> str:
        rescue, drop_off = self.place(extraction.rescue_location), self.place(extraction.drop_off_location)
        header = f"{extraction.direction}|{rescue}|{drop_off}"
        return at_home(header) if self.home is None else header  # both read as no place then: one sign for one thing

    def place(self, name: str | None) -> str:
        if name is None or not name.strip():
            return ""
        found = self.mention(name, 0, len(self.text))
        if found is not None:
            return self.spelled(found)
        return HOME if name == self.home else UNWRITTEN + _one_line(name)

    def mention(self, name: str, start: int, end: int) -> Range | None:
        """Where `name` is written within `[start, end)`, by one of its spellings or as it is."""
        known = [(m.start, m.end) for m in self.mentions if m.name == name and start <= m.start and m.end <= end]
        written = known or [r for r in self.squeezed.occurrences(name) if start <= r[0] and r[1] <= end]
        headings = [r for r in written if any(s.is_heading and s.start <= r[0] < s.end for s in self.segments)]
        return next(iter(headings or written), None)

    def spelled(self, found: Range) -> str:
        return _one_line(self.text[slice(*found)])

    def items(self, extraction: Extraction) -> list[_Placed]:
        placed: list[_Placed] = []
        names = Claims(self.squeezed)
        for number, section in enumerate(extraction.sections):
            place = self.place(section.location)
            for item in section.items:
                at = names.take(item.name, partial(self._fits, item))  # the likeliest: beside its quantity
                if at is not None:
                    placed.append(_Placed(self._line(item, at), number, place, at))
        return placed

    def lines(self, piece: Piece, items: list[_Placed], single: Extraction | None) -> str:
        """The item lines of one piece. A section's place is written only where the piece shows it."""
        lines: list[str] = []
        current: tuple[int, str] | None = None
        for item in sorted((i for i in items if piece.start <= i.at[0] < piece.end), key=lambda i: i.at):
            place = self._heading_place(piece, item, single) if single else self._shown(piece, item)
            if current != (item.section, place):
                lines += [f"@{place}"] if place or current is not None else []
                current = (item.section, place)
            lines.append(str(item.line))
        return "\n".join(lines)

    def _shown(self, piece: Piece, item: _Placed) -> str:
        """A section's place where the piece shows it, or shows the heading that must mean it."""
        if item.place.startswith(UNWRITTEN):
            return item.place if self._headings(piece, item) else ""
        return item.place if squeeze(item.place) in squeeze(piece.prompt) else ""

    def _headings(self, piece: Piece, item: _Placed) -> list[Range]:
        """The headings that the piece shows above the item's line."""
        line, _ = line_of(self.text, item.at[0])
        above = [(s.start, s.end) for s in self.segments if s.is_heading and piece.start <= s.start < line]
        if piece.context_start < min(piece.context_end, line):
            above.insert(0, (piece.context_start, piece.context_end))
        return above

    def _heading_place(self, piece: Piece, item: _Placed, extraction: Extraction) -> str:
        """Of a message with one section: the place that the nearest heading above the item speaks of."""
        names = [n for n in (extraction.rescue_location, extraction.drop_off_location) if n]
        for start, end in reversed(self._headings(piece, item)):
            found = sorted(r for name in names if (r := self.mention(name, start, end)))
            if found:
                return self.spelled(found[0])
        return ""

    def _near(self, at: Range, *, numeric: bool) -> list[Range]:
        """The numbers, or the words, of a phrase's line that stand near it, outside it. A line may hold thousands."""
        line = line_of(self.text, at[0])
        if (line, numeric) not in self._spans:
            self._spans[line, numeric] = sorted((numbers if numeric else words)(self.text, *line))
        spans = self._spans[line, numeric]
        near = spans[bisect_left(spans, (at[0] - _NEAR, 0)) : bisect_left(spans, (at[1] + _NEAR, 0))]
        return [span for span in near if not overlap(span, at)]

    def _fits(self, item: Item, at: Range) -> bool:
        return item.quantity is None or self._quantity(item, at) is not None

    def _line(self, item: Item, at: Range) -> Line:
        quantity = self._quantity(item, at)
        unit = None if item.unit is None else self._unit(item.unit, quantity, at)
        spelled_unit = self.spelled(unit) if unit else ""
        return Line(self._spelled_quantity(item, quantity, spelled_unit), spelled_unit, self.spelled(at))

    def _spelled_quantity(self, item: Item, found: Range | None, unit: str) -> str:
        if found is not None:
            return self.spelled(found)
        if item.quantity is None:
            return NO_NUMBER if unit else ""
        return ONE if item.quantity == 1 and not unit else ""

    def _quantity(self, item: Item, at: Range) -> Range | None:
        """Where the number stands on the line; the unit `dozen` is no number twelve."""
        if item.quantity is None:
            return None
        spelled = [(r, self.text[slice(*r)]) for r in self._near(at, numeric=True)]
        fitting = [r for r, spelling in spelled if means(spelling, item.quantity) and unit_of(spelling) != item.unit]
        return min(fitting, key=lambda r: distance(r, at), default=None)

    def _unit(self, value: str, quantity: Range | None, at: Range) -> Range | None:
        free = [r for r in self._near(at, numeric=False) if not (quantity and overlap(r, quantity))]
        fitting = [r for r in free if unit_of(self.text[slice(*with_half(self.text, r))]) == unit_of(value)]
        near = quantity or at
        return min(
            fitting, key=lambda r: min(abs(r[0] - near[1]), distance(r, at)) * 1000 - (r[1] - r[0]), default=None
        )


def _one_line(text: str) -> str:
    return " ".join(text.lower().replace("|", " ").split())
