"""Messages that no one wrote, with their readings: what the base model learns from.

Invariant: the same seed gives the same messages, and every reading follows the labelling rules (external source and
destination: both; external source only: inbound; out of the warehouse: outbound; a bare list: unknown). Words are
invented often enough that a model must copy them from the message.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from contracts import Direction, Directory, Extraction, Item, Place, PlaceKind, Section
from reading.grounding import unit_of
from reading.quantities import parse_quantity
from trainer_orchestrator.recipe import vocabulary as words

T = TypeVar("T")

INVENTED_FOOD: Final = 0.35
INVENTED_UNIT: Final = 0.12
NO_FOOD: Final = 0.08

_ONSETS: Final = ["b", "bl", "br", "c", "ch", "cl", "cr", "d", "dr", "f", "fl", "fr", "g", "gl", "gr", "h", "j", "k", "kl", "l", "m", "n", "p", "ph", "pl", "pr", "qu", "r", "s", "sc", "sh", "sk", "sl", "sm", "sn", "sp", "st", "str", "sw", "t", "th", "tr", "v", "w", "y", "z"]  # fmt: skip
_VOWELS: Final = ["a", "e", "i", "o", "u", "ai", "ea", "ee", "ie", "oa", "oo", "ou"]
_CODAS: Final = ["", "", "", "n", "r", "l", "s", "t", "m", "ck", "nd", "rt", "x", "p", "sh", "ng"]
_NUMBERS: Final = {
    1: "one",
    2: "two",
    3: "three",
    4: "four",
    5: "five",
    6: "six",
    7: "seven",
    8: "eight",
    10: "ten",
    12: "twelve",
}


class Message(NamedTuple):
    """A generated message, its reading, and the places of the group that it comes from."""

    text: str
    extraction: Extraction
    directory: Directory


class _Food(NamedTuple):
    text: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class _Style:
    """How one author writes a list."""

    bullet: str
    layout: str
    of: bool
    glued: bool
    abbreviate: bool
    note: float
    colon: str


def messages(seed: int) -> Iterator[Message]:
    """An endless stream."""
    writer = Writer(random.Random(seed))  # noqa: S311 -- reproducible, not secret
    while True:
        yield writer.message()


class Writer:
    """Writes one message after the other from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def message(self) -> Message:
        self.style = self._style()
        self.home = self._home()
        self.places: dict[str, Place] = {}
        kind = self._weighted({
            self._inbound: 24, self._outbound: 26, self._both: 12, self._sections: 14, self._sentence: 13,
            self._bare: 5, self._names_only: 3, self._quiet: 100 * NO_FOOD,
        })  # fmt: skip
        text, extraction = kind()
        home = {self.home: Place(kind=(PlaceKind.HOME,))}
        return Message(self._dirty(text), extraction, Directory(places={**home, **self.places}))

    # Whole messages

    def _inbound(self) -> tuple[str, Extraction]:
        place = self._place(PlaceKind.RESCUE)
        if self._odds(0.06):
            return self._around(
                self._list(), after=self._fill(self._pick(words.TRAILING_FROM), p=place)
            ), self._reading("inbound", place, self.home, self.items)
        heading = self._heading(words.INBOUND, p=place)
        if self._odds(0.12):
            return self._drop_first(heading, place)
        return self._around(self._list(), heading), self._reading("inbound", place, self.home, self.items)

    def _drop_first(self, heading: str, place: str) -> tuple[str, Extraction]:
        """`rescue at P, list, dropped at Q`."""
        destination = self._place(PlaceKind.DROP_OFF)
        after = self._fill(self._pick(words.TRAILING_TO), q=destination)
        return self._around(self._list(), heading, after), self._reading("both", place, destination, self.items)

    def _outbound(self) -> tuple[str, Extraction]:
        place = self._place(PlaceKind.DROP_OFF)
        if self._odds(0.2):
            heading = self._heading(words.OUTBOUND_HOME, p=place, h=self.home)
        elif self._odds(0.1):
            after = self._fill(self._pick(words.TRAILING_TO), q=place)
            text = self._around(self._list(), self._heading(words.OUTBOUND_BARE), after)
            return text, self._reading("outbound", self.home, place, self.items)
        else:
            heading = self._heading(words.OUTBOUND, p=place)
        return self._around(self._list(), heading), self._reading("outbound", self.home, place, self.items)

    def _both(self) -> tuple[str, Extraction]:
        place = self._place(PlaceKind.RESCUE)
        destination = self.home if self._odds(0.25) else self._place(PlaceKind.DROP_OFF)
        heading = self._heading(words.BOTH, p=place, q=destination)
        return self._around(self._list(), heading), self._reading("both", place, destination, self.items)

    def _bare(self) -> tuple[str, Extraction]:
        if self._odds(0.4):
            return self._around(self._list()), self._reading("unknown", None, None, self.items)
        if self._odds(0.5):
            text = self._around(self._list(), self._heading(words.OUTBOUND_BARE))
            return text, self._reading("outbound", self.home, None, self.items)
        text = self._around(self._list(), self._heading(words.INBOUND_BARE))
        return text, self._reading("inbound", None, self.home, self.items)

    def _names_only(self) -> tuple[str, Extraction]:
        self.style = _Style(self.style.bullet, "name", False, False, False, 0.05, self.style.colon)
        return self._weighted({self._inbound: 1, self._outbound: 1})()

    def _quiet(self) -> tuple[str, Extraction]:
        lines = [self._chatter() for _ in range(self._weighted({1: 5, 2: 3, 3: 2}))]
        return self._pick(["\n", " ", ". "]).join(lines), Extraction()

    def _sections(self) -> tuple[str, Extraction]:
        kinds = self._pick([["in", "in"], ["out", "out"], ["in", "out"], ["in", "out"], ["both", "both"], ["in", "in", "out"],
                            ["in", "took"], ["dropped", "took"], ["in", "in", "in"], ["both", "out"]])  # fmt: skip
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
            return self._heading(words.OUTBOUND_BARE), None
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
        form, direction, rescue, drop = self._pick([
            ("Picked up {x} from {p}", "inbound", p, home), ("Dropped off {x} from {p}", "inbound", p, home),
            ("{x} from {p}", "inbound", p, home), ("Dropped {x}", "inbound", None, home), ("Dropped off {x}", "inbound", None, home),
            ("{q} took {x}", "outbound", home, q), ("Took {x} for {q}", "outbound", home, q), ("{q} grabbed {x}", "outbound", home, q),
            ("Brought {x} to {q}", "outbound", home, q), ("Dropped {x} to {q}", "outbound", home, q),
            ("Picked up {x} from {p}, dropped at {q}", "both", p, q), ("{x} from {p} to {q}", "both", p, q),
            ("{p} -> {q}: {x}", "both", p, q), ("Took {x} from {p} to {q}", "both", p, q), ("{p}: {x}", "inbound", p, home),
            ("Rescued {x} from {p} and delivered to {q}", "both", p, q), ("Got {x} at {p}", "inbound", p, home),
            ("{p} rescue: {x} -> {q}", "both", p, q), ("{who} dropped off {x} from {p}", "inbound", p, home), ("{x} -> {q}", "outbound", home, q),
        ])  # fmt: skip
        text = self._fill(form, p=p, q=q).replace("{x}", listed)
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

    # Parts of messages

    def _around(self, lines: list[str], heading: str = "", after: str = "") -> str:
        gap = self._pick(["\n", "\n", "\n", "\n\n", " \n"])
        body = self._pick(["\n", "\n", "\n", "\n", "\n\n", " \n"]).join(lines)
        return self._with_chatter(gap.join(part for part in (heading, body, after) if part))

    def _with_chatter(self, text: str, odds: float = 0.28) -> str:
        before = f"{self._chatter()}{self._pick([chr(10), chr(10) * 2, '! ', '. '])}" if self._odds(odds * 0.7) else ""
        after = f"{self._pick([chr(10), chr(10) * 2])}{self._chatter()}" if self._odds(odds) else ""
        if after and self._odds(0.3):
            after += f"\n{self._chatter()}"
        return before + text + after

    def _heading(self, forms: list[str], **places: str) -> str:
        colon = self.style.colon if self._odds(0.9) else self._pick(["", ":", " -"])
        return self._fill(self._pick(forms), **places) + colon

    def _list(self, count: int | None = None) -> list[str]:
        count = count or self._weighted({1: 3, 2: 6, 3: 9, 4: 9, 5: 8, 6: 7, 7: 5, 8: 5, 10: 4, 13: 3, 18: 2})
        lines: list[str] = []
        self.items: list[Item] = []
        for _ in range(count):
            food = self._food()
            if self._odds(0.03):
                other = self._food("plain")
                food = _Food(
                    food.text + self._pick([", ", " ", " + ", " and ", "; "]) + other.text, food.items + other.items
                )
            lines.append(self.style.bullet + food.text)
            self.items += food.items
            if self._odds(0.015):
                lines.append(self._chatter())
        return lines

    def _food(self, layout: str | None = None) -> _Food:
        """One line of food in the author's layout, or, now and then, in another."""
        layout = layout or (self.style.layout if self._odds(0.8) else self._layout())
        if layout == "each":
            return self._distributed()
        name, number, (unit, canonical) = self._name(), self._number(), self._unit()
        if layout in ("unitless", "name", "name_number", "times_bare"):
            unit, canonical = "", None
        quantity = parse_quantity(number)
        if layout in ("implied", "implied_of"):
            unit = canonical = canonical or "case"
            number, quantity = "", 1.0
        if layout == "name":
            number, quantity = "", None
        text = self._lay_out(layout, number, unit, name)
        if self._odds(self.style.note):
            note = self._fill(self._pick(words.ITEM_NOTES), p=self._title(), q=self._title())
            text += (self._pick(["", " "]) if note[0] in "(:!?." else " ") + note
        return _Food(text, (Item(name=name.lower(), quantity=quantity, unit=canonical),))

    def _lay_out(self, layout: str, number: str, unit: str, name: str) -> str:
        gap = "" if self.style.glued and number[-1:].isdigit() else " "
        of = self._pick([" of ", " of ", " of ", " or ", " if "]) if self.style.of and self._odds(0.9) and unit else " "
        size = f"{self._pick(words.SIZES)} " if unit and self._odds(0.06) else ""
        tall = " " * self.chance.randint(2, 14)
        counted = f"{number}{gap}{size}{unit}".strip()
        forms = {
            "plain": f"{counted}{of}{name}", "unitless": f"{number} {name}", "name": name, "name_number": f"{name} {self._pick(['- ', '', ': ', '= ', '(x'])}{number}",
            "dash": f"{name}{self._pick([' - ', '- ', ' -', ': ', ' = ', ', '])}{counted}", "column": f"{name}{tall}{counted}",
            "behind": f"{name} {counted}", "parenthesis": f"{name} ({counted})", "column_dash": f"{name} -{tall}{counted}",
            "times": f"{unit}{of}{name} {self._pick(['x', 'x ', 'X', '×'])}{number}", "times_bare": f"{name} {self._pick(['x', 'x ', 'X'])}{number}",
            "times_unit": f"{name} {unit} {self._pick(['x', 'x '])}{number}", "implied": f"{unit.title() if self._odds(0.5) else unit} {name}",
            "implied_of": f"{self._pick(['', '', 'a ', 'A ', 'One '])}{unit} of {name}", "after": f"{number} {name} {unit}",
            "weight": f"{number} {self.chance.choice([5, 10, 20, 25, 40, 50])}{self._pick(['# ', 'lb ', ' lb ', 'oz ', ' ct '])}{unit}{of}{name}",
            "tabbed": f"{number}\t{unit}\t{name}", "times_first": f"{number} x {unit}{of}{name}".replace("  ", " "),
        }  # fmt: skip
        return forms[layout]

    def _distributed(self) -> _Food:
        """`2 cases each of apples, pears and plums`."""
        number, (unit, canonical) = self._number(), self._unit()
        names = [self._name() for _ in range(self.chance.randint(2, 3))]
        text = f"{number} {unit} each{self._pick([' of ', ': ', ' '])}{self._joined(names)}"
        quantity = parse_quantity(number)
        return _Food(text, tuple(Item(name=name.lower(), quantity=quantity, unit=canonical) for name in names))

    def _joined(self, parts: list[str]) -> str:
        if len(parts) == 1:
            return parts[0]
        last = self._pick([" and ", ", and ", ", ", " & ", " + ", " &amp; "])
        return self._pick([", ", ", ", ", ", " , ", "; ", " + ", ","]).join(parts[:-1]) + last + parts[-1]

    # Words

    def _style(self) -> _Style:
        return _Style(
            bullet=self._weighted({"": 40, "- ": 10, "-": 10, "• ": 22, "* ": 4, "•  ": 2, " ": 2, "o ": 1, ":carrot: ": 1, "🍎 ": 1}),
            layout=self._layout(),
            of=self._odds(0.4),
            glued=self._odds(0.08),
            abbreviate=self._odds(0.5),
            note=self._pick([0.0, 0.0, 0.05, 0.15, 0.3]),
            colon=self._weighted({":": 12, "": 7, " :": 1, "-": 2, " - ": 1, "...": 1, ",": 1, "!": 1, "…. ": 1, " –": 1, ": :tada:": 1}),
        )  # fmt: skip

    def _layout(self) -> str:
        return self._weighted({
            "plain": 60, "unitless": 9, "dash": 5, "column": 2, "behind": 2, "parenthesis": 2, "column_dash": 1, "times": 4,
            "times_bare": 2, "times_unit": 2, "implied": 4, "implied_of": 3, "name": 2, "name_number": 2, "after": 3, "weight": 1.5,
            "tabbed": 0.5, "times_first": 1, "each": 0.8,
        })  # fmt: skip

    def _number(self) -> str:
        n = self._weighted({1: 24, 2: 18, 3: 13, 4: 10, 5: 8, 6: 6, 7: 3, 8: 4, 10: 4, 12: 3, 0: 7})
        n = n or self.chance.choice(
            [9, 11, 14, 15, 16, 18, 20, 24, 25, 30, 36, 40, 48, 50, 60, 100, 120, 200, 300, self.chance.randint(9, 999)]
        )
        spelled = self._weighted(
            {
                "digits": 84,
                "word": 5,
                "fraction": 3,
                "mixed": 2,
                "decimal": 2,
                "range": 2,
                "about": 2,
                "vague": 2,
                "sign": 1,
            }
        )
        return {
            "digits": str(n), "word": self._cased(_NUMBERS.get(n, str(n))), "fraction": self._pick(["1/2", "1/2", "1/4", "3/4", "2/3", "1/3"]),
            "mixed": f"{n} {self._pick(['1/2', '1/4', '3/4'])}", "decimal": self._pick([f"{n}.5", ".5", "1.5", "0.5", f"{n}.25"]),
            "range": f"{n}{self._pick(['-', ' - ', '-'])}{n + self.chance.randint(1, 4)}", "about": f"{self._pick(['~', '~', 'about ', 'approx '])}{n}",
            "vague": self._cased(self._pick(["a", "a few", "a couple", "half", "I", "an", "a dozen"])), "sign": self._pick(["½", f"{n}½", "¼"]),
        }[spelled].replace("about ", "").replace("approx ", "")  # fmt: skip

    def _unit(self) -> tuple[str, str | None]:
        if self._odds(INVENTED_UNIT):
            word = self._invented(1 if self._odds(0.6) else 2)
            spelled = f"{word}s" if self._odds(0.7) else word
            return spelled, unit_of(spelled)
        canonical = self._weighted({unit: weight for unit, (_, weight) in words.UNITS.items()})
        spelled = self._pick(words.UNITS[canonical][0])
        return self._cased(spelled), unit_of(spelled)

    def food_name(self) -> str:
        """A name in lower case."""
        return self._name().lower()

    def _name(self) -> str:
        """A food: a word or three, real or invented, rarely two joined, rarely misspelled."""
        noun = self._invented() if self._odds(INVENTED_FOOD) else self._pick(words.FOODS)
        parts = [self._modifier() for _ in range(self._weighted({0: 38, 1: 42, 2: 16, 3: 4}))] + [noun]
        if self._odds(0.15):
            parts.append(self._pick(words.ENDINGS))
        name = " ".join(self._typo(part, 0.03) for part in parts)
        if self._odds(0.1):
            name += self._pick(["/", " & ", " and ", " / ", " &amp; ", " or ", ", ", " n ", " with "]) + self._pick(words.FOODS)
        return self._cased(name).replace("&amp;", "&")

    def _modifier(self) -> str:
        return self._invented() if self._odds(INVENTED_FOOD * 0.7) else self._pick(words.MODIFIERS)

    def _place(self, kind: PlaceKind) -> str:
        """A new place in the directory, and the spelling that this message uses for it."""
        written = self._title(kind)
        if written in self.places:
            return self._place(kind)
        self.places[written] = Place(kind=(kind,))
        return written

    def _title(self, kind: PlaceKind | None = None) -> str:
        kinds = words.PARTNER_KINDS if kind is PlaceKind.DROP_OFF else words.STORE_KINDS
        made = self._invented(self._pick([1, 2, 2])).title()
        forms = [
            made, f"{made} {self._pick(kinds)}", f"{self._pick(words.STREETS)} {self._pick(kinds)}", self._acronym(),
            f"{self._pick(words.STORES)} {self._pick([made, *words.AREAS])}", f"{self._pick(words.AREAS)} {self._pick([*kinds, *words.STORES])}",
            f"{made} {self._invented().title()}", f"the {made.lower()}s", f"{made}'s", f"{self._pick(words.STORES)}",
            f"{made} {self._pick(words.STREETS)}", f"{self._pick(words.STREETS)} St {self._pick(kinds)}", f"{self._acronym()} {self._pick(kinds)}",
            f"{made} & {self._invented().title()}", f"{made} {self.chance.randint(1, 12)}", f"{self.chance.randint(2, 99)}th {self._pick(kinds)}",
        ]  # fmt: skip
        written = self._pick(forms)
        return written.lower() if self._odds(0.15) else written

    def _home(self) -> str:
        return self._pick([self._pick(words.HOMES), self._title(), self._acronym()])

    def _acronym(self) -> str:
        return "".join(self.chance.choice("ABCDEFGHIKLMNOPRSTUW") for _ in range(self.chance.randint(2, 5)))

    def _invented(self, syllables: int | None = None) -> str:
        syllables = syllables or self._weighted({1: 3, 2: 5, 3: 2})
        word = "".join(self.chance.choice(_ONSETS) + self.chance.choice(_VOWELS) for _ in range(syllables))
        return word + self.chance.choice(_CODAS)

    def _chatter(self) -> str:
        return self._fill(self._pick(words.CHATTER))

    def _fill(self, form: str, **places: str) -> str:
        out = form
        while "{w}" in out:
            out = out.replace("{w}", self._pick(words.FOODS) if self._odds(0.15) else self._invented(), 1)
        while "{f}" in out:
            out = out.replace("{f}", self._pick(words.FOODS), 1)
        if "{u}" in out or "{a}" in out:
            places = {"u": self._unit()[0], "a": self._title(), **places}
        values = {
            "day": self._pick(words.DAYS), "date": f"{self.chance.randint(1, 12)}/{self.chance.randint(1, 28)}" + self._pick(["", "", "/22", "/25"]),
            "n": str(self.chance.randint(1, 60) if self._odds(0.8) else self.chance.randint(60, 48000)),
            "name": self._pick(words.NAMES), "who": self._pick([f"@{self._pick(words.NAMES)}", self._acronym(), "We", "I", f"<@U{self.chance.randint(1000, 9999)}>"]),
        }  # fmt: skip
        for key, value in {**values, **places}.items():
            out = out.replace("{" + key + "}", value)
        return out

    def _cased(self, text: str) -> str:
        return self._weighted({text: 80, text[:1].upper() + text[1:]: 14, text.title(): 4, text.upper(): 2})

    def _typo(self, word: str, odds: float) -> str:
        if len(word) < 4 or not self._odds(odds):
            return word
        i = self.chance.randrange(1, len(word) - 1)
        return self._pick(
            [word[:i] + word[i + 1 :], word[:i] + word[i + 1] + word[i] + word[i + 2 :], word[:i] + word[i] + word[i:]]
        )

    def _dirty(self, text: str) -> str:
        text = text.replace("'", "’") if self._odds(0.3) else text
        return text.replace(" & ", " &amp; ") if self._odds(0.5) else text

    # Chance

    def _odds(self, odds: float) -> bool:
        return self.chance.random() < odds

    def _pick(self, choices: Sequence[T]) -> T:
        return self.chance.choice(choices)

    def _weighted(self, weights: Mapping[T, float]) -> T:
        return self.chance.choices(list(weights), list(weights.values()))[0]
