"""From the model's lines to a reading: spellings parsed, places resolved, and nothing that the message does not say.

Invariant: an item's name is a phrase of the message that no other item has taken; its quantity and unit stand in the
message too, or are left out. The written spelling is restored from the source, and each value knows its span in it.
The result depends on the arguments alone.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from contracts import Directory, Extraction, Item, Section, Span, Tables
from reading.cleaning import Clean, clean
from reading.derive import derive
from reading.grounding import (
    Claims,
    Range,
    Squeezed,
    distance,
    line_of,
    numbers,
    overlap,
    squeeze,
    unit_of,
    with_half,
    words,
)
from reading.places import Mention, Places
from reading.quantities import parse_quantity
from reading.target import HOME, NO_NUMBER, ONE, UNWRITTEN, Line, decode, places_of


def expand(target: str, text: str, directory: Directory, tables: Tables) -> Extraction:
    """The reading that `target` (format 1, of any quality) gives of `text`, with evidence and derived pounds."""
    return derive(_Expander(text, directory).read(target), tables)


@dataclass
class _Expander:
    raw: str
    directory: Directory
    message: Clean = field(init=False)
    squeezed: Squeezed = field(init=False)
    names: Claims = field(init=False)
    places: Places = field(init=False)
    mentions: list[Mention] = field(init=False)
    spans: dict[tuple[Range, bool], dict[str, list[Range]]] = field(default_factory=dict)
    written: dict[str, dict[Range, list[Range]]] = field(default_factory=dict)
    evidence: dict[str, Span] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.message = clean(self.raw)
        self.squeezed = Squeezed(self.message.text)
        self.names = Claims(self.squeezed)
        self.places = places_of(self.directory)
        self.mentions = self.places.find(self.message.text)

    def read(self, target: str) -> Extraction:
        parts = decode(target)
        rescue = self.place(parts.rescue, "rescue_location")
        drop_off = self.place(parts.drop_off, "drop_off_location")
        sections: list[Section] = []
        for place, lines in parts.sections:
            path = f"sections.{len(sections)}"
            items = self.items(lines, path)
            if items:
                sections.append(Section(location=self.place(place, f"{path}.location"), items=tuple(items)))
        return Extraction(
            direction=parts.direction,
            rescue_location=rescue,
            drop_off_location=drop_off,
            sections=tuple(sections),
            evidence=self.evidence,
        )

    def place(self, spelling: str, path: str) -> str | None:
        """The canonical name of a mention; an unknown place as it is written; None for what is not in the message."""
        if spelling == HOME:
            return self.places.home
        if spelling.startswith(UNWRITTEN):
            return _by_name(self.directory, spelling[1:])
        found = next(self.squeezed.occurrences(spelling), None)
        if found is None:
            return None
        name, found = self._resolved(found)
        self.evidence[path] = self.message.span(*found)
        return name

    def _resolved(self, found: Range) -> tuple[str, Range]:
        """A mention, or the longer mention of a known place that it is a part of."""
        wider = next((m for m in self.mentions if overlap((m.start, m.end), found)), None)
        if wider is not None:
            return wider.name, (wider.start, wider.end)
        written = " ".join(self.message.text[slice(*found)].split())
        return self.places.resolve(written) or written, found

    def items(self, lines: tuple[Line, ...], path: str) -> list[Item]:
        items: list[Item] = []
        for line in lines:
            item = self.item(line, f"{path}.items.{len(items)}")
            if item is not None:
                items.append(item)
        return items

    def item(self, line: Line, path: str) -> Item | None:
        at = self._locate(line)
        if at is None:
            return None
        quantity = self._nearest(line.quantity, at) if line.quantity not in (NO_NUMBER, ONE) else None
        unit = self._nearest(line.unit, at)
        unit = unit and with_half(self.message.text, unit)
        for name, found in (("name", at), ("quantity", quantity), ("unit", unit)):
            if found is not None:
                self.evidence[f"{path}.{name}"] = self.message.span(*found)
        return Item(
            name=self._spelled(at).lower(),
            quantity=self._amount(line, quantity, has_unit=unit is not None),
            unit=unit_of(self._spelled(unit)) if unit else None,
        )

    def _locate(self, line: Line) -> Range | None:
        """Where the name stands that no item has taken, beside its quantity if it can be; it is taken from now on."""
        if not any(c.isalpha() for c in line.name):
            return None
        return self.names.take(line.name, partial(self._has, line.quantity))

    def _nearest(self, spelling: str, at: Range) -> Range | None:
        """Where a quantity or unit stands on the item's line, outside its name."""
        return min(self._beside(spelling, at), key=lambda r: distance(r, at), default=None)

    def _has(self, spelling: str, at: Range) -> bool:
        return next(self._beside(spelling, at), None) is not None

    def _beside(self, spelling: str, at: Range) -> Iterator[Range]:
        """Every place on the item's line, outside its name, where a spelling stands as a number or a word, or else at
        all."""
        wanted = squeeze(spelling)
        if not wanted:
            return
        line = line_of(self.message.text, at[0])
        fitting = (r for r in self._spans(line, any(c.isdigit() for c in wanted)).get(wanted, ()) if not overlap(r, at))
        first = next(fitting, None)
        if first is not None:
            yield first
            yield from fitting
            return
        yield from (r for r in self._written(wanted).get(line, ()) if not overlap(r, at))

    def _written(self, wanted: str) -> dict[Range, list[Range]]:
        """Where a spelling stands at all, by line. Found once, as below."""
        if wanted not in self.written:
            found: dict[Range, list[Range]] = defaultdict(list)
            for at in self.squeezed.occurrences(wanted):
                line = line_of(self.message.text, at[0])
                if at[1] <= line[1]:
                    found[line].append(at)
            self.written[wanted] = found
        return self.written[wanted]

    def _spans(self, line: Range, numeric: bool) -> dict[str, list[Range]]:  # noqa: FBT001 - which of two kinds
        """The numbers, or the words, of a line by their spelling. Found once: a line may hold thousands of items."""
        if (line, numeric) not in self.spans:
            found: dict[str, list[Range]] = defaultdict(list)
            for span in (numbers if numeric else words)(self.message.text, *line):
                found[squeeze(self.message.text[slice(*span)])].append(span)
            self.spans[line, numeric] = found
        return self.spans[line, numeric]

    def _amount(self, line: Line, quantity: Range | None, *, has_unit: bool) -> float | None:
        if line.quantity == ONE:
            return 1.0
        if quantity is not None:
            return parse_quantity(self._spelled(quantity))
        return 1.0 if has_unit and not line.quantity else None

    def _spelled(self, found: Range) -> str:
        return " ".join(self.message.text[slice(*found)].split())


def _by_name(directory: Directory, spelling: str) -> str | None:
    wanted = squeeze(spelling)
    return next((name for name in directory.places if squeeze(name) == wanted), None)
