"""Invented words, numbers, places, and small talk, one source of chance behind them all.

Invariant: the same chance gives the same words; a share of foods and units is invented, so that a model that learns
from them must copy instead of remember.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from contracts import PlaceKind
from reading.grounding import unit_of
from trainer_orchestrator.recipe import vocabulary as words

T = TypeVar("T")

INVENTED_FOOD: Final = 0.35
INVENTED_UNIT: Final = 0.12


class Wording:
    """Makes words."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def food_name(self) -> str:
        """A name in lower case."""
        return self._name().lower()

    def place_name(self) -> str:
        """A name in lower case."""
        return self._title().lower()

    def _name(self) -> str:
        """A food: a word or three, real or invented, rarely two joined, rarely misspelled."""
        noun = self._invented() if self._odds(INVENTED_FOOD) else self._noun()
        parts = [self._modifier() for _ in range(self._weighted({0: 38, 1: 40, 2: 16, 3: 6}))] + [noun]
        if self._odds(0.2):
            parts.append(self._pick(words.ENDINGS))
        name = " ".join(self._typo(part, 0.03) for part in parts)
        if self._odds(0.13):
            joint = self._pick(["/", " & ", " & ", " and ", " and ", " / ", " or ", " n ", " with "])
            name += joint + self._second_food()
        return self._cased(f"{name} {self._pick(words.TAILS)}" if self._odds(0.03) else name)

    def _noun(self) -> str:
        noun = self._pick(words.FOODS)
        return noun[:-1] if noun.endswith("s") and self._odds(0.2) else noun

    def _second_food(self) -> str:
        noun = self._invented() if self._odds(INVENTED_FOOD / 2) else self._pick(words.FOODS)
        return f"{self._modifier()} {noun}" if self._odds(0.25) else noun

    def _several(self) -> str:
        """Foods that share one count and stand for one item: `2 cases apples, pears, plums`."""
        names = [self._second_food() for _ in range(self._weighted({2: 4, 3: 3, 4: 1, 5: 1}))]
        joint = self._pick([", ", ", ", ",", "/", " / "])
        last = self._pick([", and ", " and ", joint, joint]) if "," in joint else joint
        return self._cased(joint.join(names[:-1]) + last + names[-1])

    def _modifier(self) -> str:
        if self._odds(INVENTED_FOOD * 0.7):
            return self._invented()
        return self._pick(words.STEMS) if self._odds(0.15) else self._pick(words.MODIFIERS)

    def _number(self) -> str:
        n = self._weighted(words.COUNTS) or self.chance.choice([*words.LARGE_COUNTS, self.chance.randint(9, 999)])
        form = self._weighted(words.NUMBER_FORMS)
        part = self._pick(["1/2", "1/2", "1/4", "3/4"])
        spelled = form.format(n=n, more=n + self.chance.randint(1, 4), word=words.NUMBERS.get(n, n), part=part)
        return self._cased(spelled) if spelled[0].isalpha() else spelled

    def _digits(self) -> str:
        """A number that may touch a letter."""
        return self._pick([str(self._weighted(words.COUNTS) or self._pick(words.LARGE_COUNTS))] * 9 + ["1/2"])

    def _unit(self) -> tuple[str, str | None]:
        if self._odds(INVENTED_UNIT):
            word = self._invented(1 if self._odds(0.6) else 2)
            spelled = f"{word}s" if self._odds(0.7) else word
            return spelled, unit_of(spelled)
        canonical = self._weighted({unit: weight for unit, (_, weight) in words.UNITS.items()})
        spelled = self._pick(words.UNITS[canonical][0])
        return self._cased(spelled), unit_of(spelled)

    def _title(self, kind: PlaceKind | None = None) -> str:
        """A place that does not exist."""
        kinds = words.PARTNER_KINDS if kind is PlaceKind.DROP_OFF else words.STORE_KINDS
        written = self._pick(words.TITLES).format(
            made=self._made(),
            other=self._made(),
            compass=self._pick(words.COMPASS),
            l=self._pick("ABCDEGHJKLMNPRSTW"),
            m=self._pick("ABCDEGHJKLMNPRSTW"),
            kind=self._pick(kinds),
            street=self._pick(words.STREETS),
            store=self._pick(words.STORES),
            area=self._pick(words.AREAS),
            letters=self._acronym(),
            n=self.chance.randint(1, 99),
        )
        return written.lower() if self._odds(0.15) or written.startswith("the ") else written

    def _made(self) -> str:
        """A proper name: invented, or put together from common words (`Sweetwater`, `Fairmont`)."""
        if self._odds(0.45):
            return self._invented(self._pick([1, 2, 2])).title()
        second = self._pick(words.SUFFIXES) if self._odds(0.5) else self._pick(words.STEMS)
        return self._pick(words.STEMS).title() + ("" if self._odds(0.35) else second)

    def _acronym(self) -> str:
        return "".join(self.chance.choice("ABCDEFGHIKLMNOPRSTUW") for _ in range(self.chance.randint(2, 5)))

    def _invented(self, syllables: int | None = None) -> str:
        """A word of made-up syllables, or a cut of a common one, so that each piece that words have is copied too."""
        if self._odds(0.3):
            return self._cut() + (self._cut() if self._odds(0.3) else "")
        syllables = syllables or self._weighted({1: 3, 2: 5, 3: 2})
        return "".join(self._syllable(closed=0.12) for _ in range(syllables - 1)) + self._syllable(closed=1)

    def _cut(self) -> str:
        word = self._pick(words.COMMON)
        start = self.chance.randrange(len(word) - 1) if self._odds(0.4) else 0
        return word[start : self.chance.randint(start + 2, len(word))]

    def _syllable(self, closed: float) -> str:
        coda = self.chance.choice(words.CODAS) if self._odds(closed) else ""
        return self.chance.choice(words.ONSETS) + self.chance.choice(words.VOWELS) + coda

    def _chatter(self) -> str:
        return self._fill(self._pick(words.CHATTER))

    def _fill(self, form: str, **places: str) -> str:
        """A form with its gaps filled: `places` as given, the rest by chance."""
        return re.sub(r"{(\w+)}", lambda gap: places.get(gap[1]) or self._gap(gap[1]), form)

    def _gap(self, name: str) -> str:
        fillings: dict[str, Callable[[], str]] = {
            "w": lambda: self._pick(words.FOODS) if self._odds(0.15) else self._invented(),
            "f": lambda: self._pick(words.FOODS),
            "u": lambda: self._unit()[0],
            "a": self._title,
            "agent": self._pick([self._acronym, self._title, self._title]),
            "when": lambda: self._fill(self._pick(words.WHEN)),
            "day": lambda: self._pick(words.DAYS),
            "date": self._date,
            "n": lambda: str(self.chance.randint(1, 60) if self._odds(0.8) else self.chance.randint(60, 48000)),
            "name": lambda: self._pick(words.NAMES),
            "who": self._who,
        }
        return fillings[name]()

    def _date(self) -> str:
        return f"{self.chance.randint(1, 12)}/{self.chance.randint(1, 28)}{self._pick(['', '', '/22', '/25'])}"

    def _who(self) -> str:
        mention = f"<@U{self.chance.randint(1000, 9999)}>"
        name = self._pick(words.NAMES)
        return self._pick([f"@{name}", name, self._acronym(), "We", "I", mention, mention])

    def _cased(self, text: str) -> str:
        return self._weighted({text: 80, text[:1].upper() + text[1:]: 14, text.title(): 4, text.upper(): 2})

    def _typo(self, word: str, odds: float) -> str:
        if len(word) < 4 or not self._odds(odds):
            return word
        i = self.chance.randrange(1, len(word) - 1)
        left, right = word[:i], word[i:]
        return self._pick([left + right[1:], left + right[1] + right[0] + right[2:], left + right[0] + right])

    def _odds(self, odds: float) -> bool:
        return self.chance.random() < odds

    def _pick(self, choices: Sequence[T]) -> T:
        return self.chance.choice(choices)

    def _weighted(self, weights: Mapping[T, float]) -> T:
        return self.chance.choices(list(weights), list(weights.values()))[0]
