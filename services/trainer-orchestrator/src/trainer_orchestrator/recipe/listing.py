"""Lists of food in every layout that people use, with the items that they say.

Invariant: an item holds what its line says, spelled as it stands there, in lower case.
"""

import random
import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from contracts import Item
from reading.quantities import parse_quantity
from trainer_orchestrator.recipe import vocabulary as words
from trainer_orchestrator.recipe.wording import Wording

_BESIDE_X: Final = re.compile(r"[xX×]\{n\}|\{n\}x")
_UNIT: Final = re.compile(r"\{(?:u|Unit|counted)\}")


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

    def __init__(self, chance: random.Random, *, unseen: bool = False) -> None:
        super().__init__(chance)
        self.unseen = unseen
        self.layouts = words.UNSEEN_LAYOUTS if unseen else words.LAYOUTS
        self.forms = words.FORMS | words.UNSEEN_FORMS

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
            if self._odds(0.025):
                lines.append(self._chatter() if self._odds(0.6) else self._pick(words.STORAGE))
        return lines

    def _food(self, layout: str | None = None) -> Food:
        """One line of food in the author's layout, or, now and then, in another."""
        in_list = layout is None
        layout = layout or (self.style.layout if self._odds(0.8) else self._weighted(self.layouts))
        if layout == "each":
            return self._distributed()
        name = self._several() if in_list and self._odds(0.03) else self._name()
        form = self._pick(self.forms[layout])
        number = self._digits() if _BESIDE_X.search(form) else self._number()
        unit, canonical = self._unit() if _UNIT.search(form) and layout != "unitless" else ("", None)
        quantity = parse_quantity(number)
        if layout in ("implied", "implied_of"):
            unit = canonical = canonical or "case"
            number, quantity = "", 1.0
        if layout in ("name", "quantified"):
            number, quantity = "", None
        text = self._lay_out(form, number, unit, name) + (self._note() if self._odds(self.style.note) else "")
        return Food(text, (Item(name=name.lower(), quantity=quantity, unit=canonical),))

    def _note(self) -> str:
        note = self._fill(self._pick(words.ITEM_NOTES), p=self._title(), q=self._title())
        return (self._pick(["", " "]) if note[0] in "(:!?.," else " ") + note

    def _lay_out(self, form: str, number: str, unit: str, name: str) -> str:
        gap = "" if self.style.glued and number[-1:].isdigit() else " "
        of = self._pick([" of ", " of ", " of ", " or ", " if "]) if self.style.of and self._odds(0.9) and unit else " "
        size = f"{self._pick(words.SIZES)} " if unit and self._odds(0.1) else ""
        of = " o " if of == " of " and self._odds(0.01) else of
        return form.format(
            n=number,
            u=size + unit,
            of=of,
            name=name,
            counted=f"{number}{gap}{size}{unit}".strip(),
            Unit=(size + unit).title(),
            tall=" " * self.chance.randint(2, 14),
            weight=self._pick(["5", "10", "20", "25", "40", "50"]),
        )

    def _distributed(self) -> Food:
        """`2 cases each of apples, pears and plums`; `2 cases of apples, one of pears`."""
        number, (unit, canonical) = self._number(), self._unit()
        if self._odds(0.4):
            return self._carried(number, unit, canonical)
        names = [self._name() for _ in range(self.chance.randint(2, 3))]
        text = f"{number} {unit} each{self._pick([' of ', ': ', ' '])}{self._joined(names)}"
        quantity = parse_quantity(number)
        return Food(text, tuple(Item(name=name.lower(), quantity=quantity, unit=canonical) for name in names))

    def _carried(self, number: str, unit: str, canonical: str | None) -> Food:
        """The unit is said once and meant for all."""
        counts = [number, *(self._number() for _ in range(self.chance.randint(1, 2)))]
        names = [self._name() for _ in counts]
        pairs = list(zip(counts, names, strict=True))
        spelled = [f"{number} {unit} of {names[0]}", *(f"{n} of {name}" for n, name in pairs[1:])]
        items = [Item(name=name.lower(), quantity=parse_quantity(n), unit=canonical) for n, name in pairs]
        return Food(self._joined(spelled), tuple(items))

    def _joined(self, parts: list[str]) -> str:
        if len(parts) == 1:
            return parts[0]
        last = self._pick([" and ", ", and ", ", ", " & ", " + ", " &amp; "])
        return self._pick([", ", ", ", ", ", " , ", "; ", " + ", ","]).join(parts[:-1]) + last + parts[-1]

    def _style(self) -> Style:
        return Style(
            bullet=self._weighted(words.UNSEEN_BULLETS if self.unseen else words.BULLETS),
            layout=self._weighted(self.layouts),
            of=self._odds(0.4),
            glued=self._odds(0.08),
            note=self._pick([0.0, 0.0, 0.05, 0.15, 0.3]),
            colon=self._weighted(words.COLONS),
        )
