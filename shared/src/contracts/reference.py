"""The group's own reference data: its places and its tables of weights and categories.

Both are data that a volunteer edits. Their `version` is the hash of their content, so that a reading can name
exactly what it was derived from.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self, TypeAlias

from pydantic import Field, field_validator

from contracts.base import Contract

Pounds: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class PlaceKind(StrEnum):
    RESCUE = "rescue"
    DROP_OFF = "drop_off"
    HOME = "home"


class Place(Contract):
    """One place of the group: its canonical name is the key in `Directory.places`."""

    aliases: tuple[str, ...] = ()
    kind: tuple[PlaceKind, ...] = ()

    @field_validator("kind", mode="before")
    @classmethod
    def _both_is_rescue_and_drop_off(cls, kinds: object) -> object:
        """Older directories write `both` for a place that gives and takes."""
        if not isinstance(kinds, list | tuple) or "both" not in kinds:
            return kinds
        return tuple(dict.fromkeys([*(kind for kind in kinds if kind != "both"), PlaceKind.RESCUE, PlaceKind.DROP_OFF]))


class _Versioned(Contract):
    @property
    def version(self) -> str:
        """Twelve hexadecimal digits of the content's SHA-256; the order of keys does not count (JSONB forgets it)."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]


class Directory(_Versioned):
    """The group's places by canonical name."""

    places: dict[str, Place] = Field(default_factory=dict)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Self:
        """From the LOCATIONS file's face `{canonical: {"aliases": [...], "kind": [...]}}`; `_notes` is ignored."""
        return cls.model_validate({"places": {k: v for k, v in mapping.items() if not k.startswith("_")}})

    @property
    def home(self) -> str | None:
        """The group's warehouse, or None when no place has the kind `home`."""
        return next((name for name, place in self.places.items() if PlaceKind.HOME in place.kind), None)


class Category(Contract):
    """A subcategory and the words that put an item into it, tried in the tables' order."""

    name: Annotated[str, Field(min_length=1)]
    keywords: tuple[str, ...]
    exceptions: tuple[str, ...] = ()
    """Phrases that contain a keyword and still do not belong here: `steak sauce` is no meat."""
    lbs_per_unit: dict[str, Pounds] = Field(default_factory=dict)
    """Pounds for one unit of this category (`{"case": 25}`)."""


class Tables(_Versioned):
    """How pounds and subcategories are derived; the first rule that fits wins."""

    categories: tuple[Category, ...] = ()
    item_units: dict[str, dict[str, Pounds]] = Field(default_factory=dict)
    """Pounds by item keyword and unit: `{"milk": {"gallon": 8.6}}`."""
    units: dict[str, Pounds] = Field(default_factory=dict)
    """Pounds of one unit of anything: `{"lb": 1, "pallet": 800}`."""

    @field_validator("categories")
    @classmethod
    def _are_named_once(cls, categories: tuple[Category, ...]) -> tuple[Category, ...]:
        names = [category.name for category in categories]
        if doubled := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"the subcategory {doubled} stands there twice; merge the two")
        return categories


class Reference(_Versioned):
    """The directory and the tables at one moment, as published in the key-value bucket `reference`."""

    directory: Directory = Directory()
    tables: Tables = Tables()
