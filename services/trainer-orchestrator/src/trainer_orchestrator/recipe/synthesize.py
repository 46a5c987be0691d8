"""Messages that no one wrote, with their readings: what the base model learns from.

Invariant: the same seed gives the same messages, and every reading follows the labelling rules (external source and
destination: both; external source only: inbound; out of the warehouse: outbound; a bare list: unknown).
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from contracts import Direction, Directory, Extraction, Item, Place, PlaceKind, Section
from trainer_orchestrator.recipe import vocabulary as words
from trainer_orchestrator.recipe.listing import Lister

NO_FOOD: Final = 0.08


class Message(NamedTuple):
    """A generated message, its reading, and the places of the group that it comes from."""

    text: str
    extraction: Extraction
    directory: Directory


def messages(seed: int, *, unseen: bool = False) -> Iterator[Message]:
    """An endless stream; `unseen` ones have the layouts and headings that training never shows."""
    writer = Writer(random.Random(seed), unseen=unseen)  # noqa: S311 -- reproducible, not secret
    while True:
        yield writer.message()


class Writer(Lister):
    """Writes one message after the other."""

    def message(self) -> Message:
        self.style = self._style()
        self.home = self._home()
        self.places: dict[str, Place] = {}
        kind = self._weighted(
            {
                self._inbound: 28, self._outbound: 26, self._both: 14, self._sections: 14, self._sentence: 11,
                self._sources_after: 3, self._legs: 4, self._bare: 6, self._names_only: 3, self._quiet: 100 * NO_FOOD,
            }
            if not self.unseen
            else {self._inbound: 1, self._outbound: 1}
        )  # fmt: skip
        text, extraction = kind()
        home = {self.home: Place(kind=(PlaceKind.HOME,))}
        return Message(self._dirty(text), extraction, Directory(places={**home, **self.places}))

    def _inbound(self) -> tuple[str, Extraction]:
        place = self._place(PlaceKind.RESCUE)
        if not self.unseen and self._odds(0.08):
            return self._from_last(place)
        heading = self._heading(words.UNSEEN_INBOUND if self.unseen else words.INBOUND, p=place)
        if not self.unseen and self._odds(0.22):
            return self._dropped_after(heading, place)
        return self._around(self._list(), heading), self._reading("inbound", place, self.home, self.items)

    def _from_last(self, place: str) -> tuple[str, Extraction]:
        """The source stands after the list, on a line of its own or on that of the last item."""
        heading = self._heading(words.INBOUND_BARE) if self._odds(0.6) else ""
        lines, after = self._list(), self._fill(self._pick(words.TRAILING_FROM), p=place)
        if self._odds(0.5):
            lines[-1] += f" from {place}"
            after = ""
        return self._around(lines, heading, after), self._reading("inbound", place, self.home, self.items)

    def _dropped_after(self, heading: str, place: str) -> tuple[str, Extraction]:
        """`rescue at P, list, dropped at Q`."""
        destination = self._destination()
        after = self._fill(self._pick(words.TRAILING_TO), q=destination)
        return self._around(self._list(), heading, after), self._reading("both", place, destination, self.items)

    def _outbound(self) -> tuple[str, Extraction]:
        place = self._place(PlaceKind.DROP_OFF)
        if self.unseen:
            heading = self._heading(words.UNSEEN_OUTBOUND, p=place)
        elif self._odds(0.2):
            heading = self._heading(words.OUTBOUND_HOME, p=place, h=self.home)
        elif self._odds(0.1):
            after = self._fill(self._pick(words.TRAILING_TO), q=place)
            heading = self._heading(words.OUTBOUND_BARE, h=self.home) if self._odds(0.6) else ""
            text = self._around(self._list(), heading, after)
            return text, self._reading("outbound", self.home, place, self.items)
        else:
            heading = self._heading(words.OUTBOUND, p=place)
        return self._around(self._list(), heading), self._reading("outbound", self.home, place, self.items)

    def _both(self) -> tuple[str, Extraction]:
        place = self._place(PlaceKind.RESCUE)
        destination = self._destination()
        heading = self._heading(words.BOTH, p=place, q=destination)
        return self._around(self._list(), heading), self._reading("both", place, destination, self.items)

    def _destination(self) -> str:
        """Where something is dropped: sometimes the home, by its name."""
        return self.home if self._odds(0.25) else self._place(PlaceKind.DROP_OFF)

    def _legs(self) -> tuple[str, Extraction]:
        """`A dropped off a list from P; took another`: A is where the second goes."""
        agent, place = self._place(PlaceKind.DROP_OFF), self._place(PlaceKind.RESCUE)
        lines = self._list(self.chance.randint(1, 5))
        lines[-1] += f"{self._pick([' ', chr(10)])}from {place}"
        first = Section(location=place, items=tuple(self.items))
        heading = f"{agent} {self._pick(['dropped off', 'dropped', 'picked up', 'brought'])}"
        more = [self._heading([*words.OUTBOUND_BARE[:3], agent + " took"], h=self.home), *self._list()]
        second = Section(location=agent, items=tuple(self.items))
        opened = [f"{heading} {lines[0]}", *lines[1:]] if self._odds(0.3) else [heading + self.style.colon, *lines]
        text = "\n".join(opened) + self._pick(["\n", "\n\n"]) + "\n".join(more)
        reading = self._reading("both", place, agent, [])
        return self._with_chatter(text), reading.model_copy(update={"sections": (first, second)})

    def _sources_after(self) -> tuple[str, Extraction]:
        """Each part of the list is followed by where it came from."""
        blocks, sections = [self._heading(words.INBOUND_BARE)], []
        for _ in range(self._pick([2, 2, 3])):
            place = self._place(PlaceKind.RESCUE)
            lines = self._list(self.chance.randint(1, 6))
            ending = f"{self._pick(['from', 'from', 'From', '- from', 'all from'])} {place}"
            lines = [*lines[:-1], f"{lines[-1]} {ending}"] if self._odds(0.4) else [*lines, ending]
            blocks.append("\n".join(lines))
            sections.append(Section(location=place, items=tuple(self.items)))
        reading = self._reading("inbound", sections[0].location, self.home, [])
        text = self._with_chatter(self._pick(["\n", "\n\n"]).join(blocks))
        return text, reading.model_copy(update={"sections": tuple(sections)})

    def _bare(self) -> tuple[str, Extraction]:
        if self._odds(0.4):
            return self._around(self._list()), self._reading("unknown", None, None, self.items)
        if self._odds(0.5):
            text = self._around(self._list(), self._heading(words.OUTBOUND_BARE, h=self.home))
            return text, self._reading("outbound", self.home, None, self.items)
        text = self._around(self._list(), self._heading(words.INBOUND_BARE))
        return text, self._reading("inbound", None, self.home, self.items)

    def _names_only(self) -> tuple[str, Extraction]:
        self.style = replace(self.style, layout="name", note=0.05)
        return self._weighted({self._inbound: 1, self._outbound: 1})()

    def _quiet(self) -> tuple[str, Extraction]:
        lines = [self._chatter() for _ in range(self._weighted({1: 5, 2: 3, 3: 2}))]
        return self._pick(["\n", " ", ". "]).join(lines), Extraction()

    def _sections(self) -> tuple[str, Extraction]:
        kinds = self._pick(words.SECTION_KINDS)
        blocks, sections = [], []
        first: dict[str, str] = {}
        for kind in kinds:
            heading, location = self._section_heading(kind, first)
            lines = self._list(self.chance.randint(1, 6))
            blocks.append("\n".join([heading, *lines]))
            sections.append(Section(location=location, items=tuple(self.items)))
        direction = "both" if "p" in first and "q" in first else "inbound" if "p" in first else "outbound"
        rescue = first.get("p", self.home if direction == "outbound" else None)
        drop_off = first.get("q", self.home if direction == "inbound" else None)
        text = self._pick(["\n", "\n\n"]).join(blocks)
        extraction = Extraction(
            direction=Direction(direction), rescue_location=rescue, drop_off_location=drop_off, sections=tuple(sections)
        )
        return self._with_chatter(text), extraction

    def _section_heading(self, kind: str, first: dict[str, str]) -> tuple[str, str | None]:
        if kind == "took":
            first.setdefault("q", self.home)
            return self._heading(words.OUTBOUND_BARE, h=self.home), None
        if kind == "dropped":
            first.setdefault("p", self.home)
            return self._heading(words.INBOUND_BARE), None
        if kind == "out":
            place = self._place(PlaceKind.DROP_OFF)
            first.setdefault("q", place)
            return self._heading(words.OUTBOUND, p=place), place
        place = self._place(PlaceKind.RESCUE)
        first.setdefault("p", place)
        if kind == "in":
            return self._heading(words.INBOUND, p=place), place
        destination = self._place(PlaceKind.DROP_OFF)
        first.setdefault("q", destination)
        form = self._pick([form for form in words.BOTH if form.index("{p}") < form.index("{q}")])
        return self._fill(form, p=place, q=destination) + self.style.colon, place

    def _sentence(self) -> tuple[str, Extraction]:
        """All in one line: `Picked up 5 cases bananas and 3 boxes lettuce from P, dropped at Q`."""
        foods = [
            self._food(self._pick(["plain", "plain", "plain", "unitless", "implied"]))
            for _ in range(self._weighted({1: 3, 2: 4, 3: 4, 4: 3, 5: 2, 7: 1}))
        ]
        listed = self._joined([food.text for food in foods])
        items = [item for food in foods for item in food.items]
        p, q = self._place(PlaceKind.RESCUE), self._place(PlaceKind.DROP_OFF)
        home = self.home
        form, direction = self._pick(words.SENTENCES)
        rescue, drop = {
            "inbound": (p if "{p}" in form else None, home),
            "outbound": (home, q),
            "both": (p, q),
        }[direction]
        text = self._fill(form, p=p, q=q, x=listed)
        if self._odds(0.3):
            text += self._pick([". ", "! ", ", ", " - "]) + self._chatter()
        for unused in {p, q} - {rescue, drop}:
            self.places.pop(unused, None)
        return self._with_chatter(text, 0.15), self._reading(direction, rescue, drop, items)

    def _reading(self, direction: str, rescue: str | None, drop_off: str | None, items: list[Item]) -> Extraction:
        sections = (Section(items=tuple(items)),) if items else ()
        return Extraction(
            direction=Direction(direction), rescue_location=rescue, drop_off_location=drop_off, sections=sections
        )

    def _around(self, lines: list[str], heading: str = "", after: str = "") -> str:
        gap = self._pick(["\n", "\n", "\n", "\n\n", " \n"])
        body = self._pick(["\n", "\n", "\n", "\n", "\n\n", " \n"]).join(lines)
        if heading and heading[-1].isalnum() and self._odds(0.1):
            gap = " "  # the first item stands on the heading's line
        return self._with_chatter(gap.join(part for part in (heading, body, after) if part))

    def _with_chatter(self, text: str, odds: float = 0.28) -> str:
        before = f"{self._chatter()}{self._pick([chr(10), chr(10) * 2, '! ', '. '])}" if self._odds(odds * 0.7) else ""
        after = f"{self._pick([chr(10), chr(10) * 2])}{self._chatter()}" if self._odds(odds) else ""
        if after and self._odds(0.3):
            after += f"\n{self._chatter()}"
        return before + text + after

    def _heading(self, forms: list[str], **places: str) -> str:
        colon = self.style.colon if self._odds(0.9) else self._pick(["", ":", " -"])
        form = " ".join(word if "{" in word else self._typo(word, 0.01) for word in self._pick(forms).split(" "))
        text = self._fill(form, **places)
        return f"*{text}{colon}*" if self._odds(0.02) else text + colon

    def _place(self, kind: PlaceKind) -> str:
        """A new place in the directory, and the spelling that this message uses for it."""
        written = self._title(kind)
        if written in self.places:
            return self._place(kind)
        self.places[written] = Place(kind=(kind,))
        return written

    def _home(self) -> str:
        return self._pick([self._pick(words.HOMES), self._title(), self._acronym()])

    def _dirty(self, text: str) -> str:
        text = text.replace("'", "’") if self._odds(0.3) else text
        return text.replace(" & ", " &amp; ") if self._odds(0.5) else text
