"""Lists of food in every layout that people use, with the items that they say.

Invariant: an item holds what its line says, spelled as it stands there, in lower case.
"""

from dataclasses import dataclass
from typing import NamedTuple

from contracts import Item
from reading.quantities import parse_quantity
from trainer_orchestrator.recipe import vocabulary as words
from trainer_orchestrator.recipe.wording import Wording


class Food(NamedTuple):
    """One line, and its items."""

    text: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Style:
    """How one author writes a list; `note` is how likely a remark follows an item."""

    bullet: str
    layout: str
    of: bool
    glued: bool
    note: float
    colon: str


class Lister(Wording):
    """Writes lists in `style`; `items` are those of the last one."""

    style: Style
    items: list[Item]

    def _list(self, count: int | None = None) -> list[str]:
        count = count or self._weighted({1: 3, 2: 6, 3: 9, 4: 9, 5: 8, 6: 7, 7: 5, 8: 5, 10: 4, 13: 3, 18: 2})
        lines: list[str] = []
        self.items = []
        for _ in range(count):
            food = self._food()
            if self._odds(0.03):
                other = self._food("plain")
                food = Food(food.text + self._pick([", ", " ", " + ", " and "]) + other.text, food.items + other.items)
            lines.append(self.style.bullet + food.text)
            self.items += food.items
            if self._odds(0.015):
                lines.append(self._chatter())
        return lines

    def _food(self, layout: str | None = None) -> Food:
        """One line of food in the author's layout, or, now and then, in another."""
        layout = layout or (self.style.layout if self._odds(0.8) else self._weighted(words.LAYOUTS))
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
        return Food(text, (Item(name=name.lower(), quantity=quantity, unit=canonical),))

    def _lay_out(self, layout: str, number: str, unit: str, name: str) -> str:
        gap = "" if self.style.glued and number[-1:].isdigit() else " "
        of = self._pick([" of ", " of ", " of ", " or ", " if "]) if self.style.of and self._odds(0.9) and unit else " "
        size = f"{self._pick(words.SIZES)} " if unit and self._odds(0.06) else ""
        return self._pick(words.FORMS[layout]).format(
            n=number,
            u=unit,
            of=of,
            name=name,
            counted=f"{number}{gap}{size}{unit}".strip(),
            Unit=unit.title(),
            tall=" " * self.chance.randint(2, 14),
            weight=self._pick(["5", "10", "20", "25", "40", "50"]),
        )

    def _distributed(self) -> Food:
        """`2 cases each of apples, pears and plums`."""
        number, (unit, canonical) = self._number(), self._unit()
        names = [self._name() for _ in range(self.chance.randint(2, 3))]
        text = f"{number} {unit} each{self._pick([' of ', ': ', ' '])}{self._joined(names)}"
        quantity = parse_quantity(number)
        return Food(text, tuple(Item(name=name.lower(), quantity=quantity, unit=canonical) for name in names))

    def _joined(self, parts: list[str]) -> str:
        if len(parts) == 1:
            return parts[0]
        last = self._pick([" and ", ", and ", ", ", " & ", " + ", " &amp; "])
        return self._pick([", ", ", ", ", ", " , ", "; ", " + ", ","]).join(parts[:-1]) + last + parts[-1]

    def _style(self) -> Style:
        return Style(
            bullet=self._weighted(words.BULLETS),
            layout=self._weighted(words.LAYOUTS),
            of=self._odds(0.4),
            glued=self._odds(0.08),
            note=self._pick([0.0, 0.0, 0.05, 0.15, 0.3]),
            colon=self._weighted(words.COLONS),
        )
