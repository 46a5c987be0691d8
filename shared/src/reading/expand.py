"""From the model's lines to a reading: spellings parsed, places resolved, and nothing that the message does not say.

Invariant: an item's name is a phrase of the message that no other item has taken; its quantity and unit stand in the
message too, or are left out. The written spelling is restored from the source, and each value knows its span in it.
The result depends on the arguments alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts import Directory, Extraction, Item, Section, Span, Tables
from reading.cleaning import Clean, clean
from reading.derive import derive
from reading.grounding import Range, Squeezed, distance, line_of, numbers, overlap, squeeze, unit_of, words
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
    places: Places = field(init=False)
    mentions: list[Mention] = field(init=False)
    used: list[Range] = field(default_factory=list)
    evidence: dict[str, Span] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.message = clean(self.raw)
        self.squeezed = Squeezed(self.message.text)
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
        self.used.append(at)
        for name, found in (("name", at), ("quantity", quantity), ("unit", unit)):
            if found is not None:
                self.evidence[f"{path}.{name}"] = self.message.span(*found)
        return Item(
            name=self._spelled(at).lower(),
            quantity=self._amount(line, quantity, has_unit=unit is not None),
            unit=unit_of(self._spelled(unit)) if unit else None,
        )

    def _locate(self, line: Line) -> Range | None:
        """The occurrence of the name that no item has taken: beside its quantity, after the item before it, first."""
        free = [r for r in self._names(line.name) if not any(overlap(r, u) for u in self.used)]
        after = self.used[-1][1] if self.used else 0
        return min(free, key=lambda r: (self._nearest(line.quantity, r) is None, r[0] < after, r[0]), default=None)

    def _names(self, name: str) -> Iterator[Range]:
        if any(c.isalpha() for c in name):
            yield from self.squeezed.occurrences(name)

    def _nearest(self, spelling: str, at: Range) -> Range | None:
        """Where a quantity or unit stands on the item's line, outside its name."""
        wanted = squeeze(spelling)
        if not wanted:
            return None
        line = line_of(self.message.text, at[0])
        spans = (
            numbers(self.message.text, *line) if any(c.isdigit() for c in wanted) else words(self.message.text, *line)
        )
        fitting = [r for r in spans if squeeze(self.message.text[slice(*r)]) == wanted and not overlap(r, at)]
        fitting += [] if fitting else self._anywhere_on(line, wanted, at)
        return min(fitting, key=lambda r: distance(r, at), default=None)

    def _anywhere_on(self, line: Range, wanted: str, at: Range) -> list[Range]:
        return [
            r for r in self.squeezed.occurrences(wanted) if line[0] <= r[0] and r[1] <= line[1] and not overlap(r, at)
        ]

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
