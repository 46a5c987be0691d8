"""What it weighs and what it is: pounds and subcategories from the group's tables.

Invariant: pounds that the message states are kept; every other number names the rule that gave it (`5 case x 25 lb,
produce`), and an item that no rule fits stays without pounds. The first rule that fits wins: stated pounds, the item
and its unit, the category and its unit, the unit alone.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from contracts import Category, Extraction, Item, LbsSource, Tables
from reading.default_tables import DEFAULT_TABLES

__all__ = ["DEFAULT_TABLES", "Derived", "Deriver", "derive", "deriver"]

_STATED: Final = {"lb": 1.0, "kg": 2.205, "oz": 0.0625, "g": 0.002205, "ton": 2000.0}
_NO_UNIT: Final = "each"
_CACHED_NAMES: Final = 8192


class Derived(NamedTuple):
    """What the tables say of one item."""

    subcategory: str | None
    lbs: float | None
    source: LbsSource | None
    rule: str | None


def derive(extraction: Extraction, tables: Tables) -> Extraction:
    """`extraction` with pounds, subcategories, and the tables' version filled in anew; stated pounds are kept."""
    rules = deriver(tables)
    sections = tuple(
        section.model_copy(update={"items": tuple(_weighed(item, rules) for item in section.items)})
        for section in extraction.sections
    )
    return extraction.model_copy(update={"sections": sections, "tables_version": rules.version})


def _weighed(item: Item, rules: "Deriver") -> Item:
    stated = item.estimated_lbs if item.lbs_source is LbsSource.STATED else None
    derived = rules.item(item.name, item.quantity, item.unit, stated_lbs=stated)
    return item.model_copy(
        update={
            "subcategory": derived.subcategory,
            "estimated_lbs": derived.lbs,
            "lbs_source": derived.source,
            "lbs_rule": item.lbs_rule if stated is not None and item.lbs_rule else derived.rule,
        }
    )


_recent: dict[int, tuple[Tables, "Deriver"]] = {}


def deriver(tables: Tables) -> "Deriver":
    """The compiled rules of `tables`; the last few are kept: hashing big tables takes longer than a message."""
    known = _recent.get(id(tables))
    if known is not None and known[0] is tables:
        return known[1]
    if len(_recent) >= 8:
        _recent.clear()
    rules = Deriver(tables)
    _recent[id(tables)] = (tables, rules)
    return rules


class Deriver:
    """One version of the tables, compiled."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.version = tables.version
        self._categories = [_Matcher(category) for category in tables.categories]
        self._items = [(_phrase([keyword]), keyword, units) for keyword, units in tables.item_units.items()]
        self.category = lru_cache(maxsize=_CACHED_NAMES)(self._category)
        self._named = lru_cache(maxsize=_CACHED_NAMES)(self._item_rule)
        self._derived = lru_cache(maxsize=_CACHED_NAMES)(self._derive)
        self.filled = lru_cache(maxsize=_CACHED_NAMES)(self._filled)

    def item(self, name: str, quantity: float | None, unit: str | None, *, stated_lbs: float | None = None) -> Derived:
        """The subcategory and pounds of one item; `stated_lbs` are pounds that the message itself gives."""
        return self._derived(name, quantity, unit, stated_lbs)

    def _filled(self, name: str, quantity: float | None, unit: str | None, stated_lbs: float | None) -> Item:
        """The item with all that the tables say of it; frozen, so that equal ones are one object."""
        subcategory, lbs, source, rule = self._derive(name, quantity, unit, stated_lbs)
        return Item(
            name=name,
            quantity=quantity,
            unit=unit,
            estimated_lbs=lbs,
            subcategory=subcategory,
            lbs_source=source,
            lbs_rule=rule,
        )

    def _derive(self, name: str, quantity: float | None, unit: str | None, stated_lbs: float | None) -> Derived:
        category = self.category(name.lower())
        subcategory = category.name if category else None
        if stated_lbs is not None:
            return Derived(subcategory, stated_lbs, LbsSource.STATED, "stated in the message")
        if quantity is None:
            return Derived(subcategory, None, None, None)
        if unit in _STATED:
            return Derived(subcategory, round(quantity * _STATED[unit], 3), LbsSource.STATED, "stated in the message")
        return self._estimated(name.lower(), quantity, unit or _NO_UNIT, category)

    def _estimated(self, name: str, quantity: float, unit: str, category: Category | None) -> Derived:
        subcategory = category.name if category else None
        for lbs, why in (self._named(name, unit), _category_rule(category, unit), self._unit_rule(unit)):
            if lbs is not None:
                rule = f"{quantity:g} {unit} x {lbs:g} lb, {why}"
                return Derived(subcategory, round(quantity * lbs, 3), LbsSource.TABLE, rule)
        return Derived(subcategory, None, None, None)

    def _item_rule(self, name: str, unit: str) -> tuple[float | None, str]:
        """The keyword that ends last in the name wins, then the longest: `apple pie` is a pie."""
        best: tuple[int, int] = (-1, 0)
        found: tuple[float | None, str] = (None, "")
        for phrase, keyword, units in self._items:
            match = phrase.search(name) if unit in units else None
            if match and (match.end(), len(keyword)) > best:
                best, found = (match.end(), len(keyword)), (units[unit], keyword)
        return found

    def _unit_rule(self, unit: str) -> tuple[float | None, str]:
        return self.tables.units.get(unit), f"any {unit}"

    def _category(self, name: str) -> Category | None:
        return next((matcher.category for matcher in self._categories if matcher.fits(name)), None)


def _category_rule(category: Category | None, unit: str) -> tuple[float | None, str]:
    return (category.lbs_per_unit.get(unit), category.name) if category else (None, "")


class _Matcher:
    """A category's words; an exception hides the keywords inside it."""

    def __init__(self, category: Category) -> None:
        self.category = category
        self._keywords = _phrase(category.keywords)
        self._exceptions = _phrase(category.exceptions)

    def fits(self, name: str) -> bool:
        return self._keywords.search(self._exceptions.sub(" ", name)) is not None


def _phrase(phrases: Iterable[str]) -> re.Pattern[str]:
    """Any of the phrases on word boundaries, with an optional plural; matches nothing when there are none."""
    words = "|".join(re.escape(phrase.lower()) for phrase in sorted(phrases, key=len, reverse=True))
    return re.compile(rf"\b(?:{words})(?:e?s)?\b" if words else r"(?!)")
