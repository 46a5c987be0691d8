"""Two readings of one message side by side: for each field whether they agree, differ, or only one has it.

Invariant: every field of both readings appears exactly once, in reading order of the left one; what only the right one
has comes last. Items are matched by `reading.matching`. An item that moved to another place differs in `location`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from contracts import Extraction
from reading.matching import Placed, pair_items, placed
from reading.score import plain, same_quantity

Value: TypeAlias = str | float | None
HEAD: Final = ("direction", "rescue_location", "drop_off_location")
ITEM: Final = ("name", "quantity", "unit")


class Agreement(StrEnum):
    AGREE = "agree"
    DIFFER = "differ"
    ONLY_LEFT = "only_left"
    ONLY_RIGHT = "only_right"


@dataclass(frozen=True)
class FieldComparison:
    """One field of both readings. A path is None where that reading has no such item."""

    field: str
    """`direction`, `name`, `quantity`, ..."""
    agreement: Agreement
    left: Value
    right: Value
    left_path: str | None
    right_path: str | None


@dataclass(frozen=True)
class ItemComparison:
    """One thing as each reading has it."""

    agreement: Agreement
    """`differ` when any field does."""
    left_path: str | None
    right_path: str | None
    fields: tuple[FieldComparison, ...]


@dataclass(frozen=True)
class Comparison:
    fields: tuple[FieldComparison, ...]
    """Direction and the two places."""
    items: tuple[ItemComparison, ...]

    @property
    def agrees(self) -> bool:
        states = [field.agreement for field in self.fields] + [item.agreement for item in self.items]
        return set(states) <= {Agreement.AGREE}


def compare(left: Extraction, right: Extraction) -> Comparison:
    """Compare two readings of the same text."""
    lefts, rights = placed(left), placed(right)
    partner = dict(pair_items(lefts, rights))
    items = [_item(one, rights[partner[i]] if i in partner else None) for i, one in enumerate(lefts)]
    items += [_item(None, one) for j, one in enumerate(rights) if j not in set(partner.values())]
    head = [_field(name, getattr(left, name), getattr(right, name), name, name) for name in HEAD]
    return Comparison(tuple(head), tuple(items))


def _item(left: Placed | None, right: Placed | None) -> ItemComparison:
    fields = tuple(_item_field(name, left, right) for name in (*ITEM, "location"))
    paths = (left.path if left else None, right.path if right else None)
    return ItemComparison(_one_sided(left, right) or _of_all(fields), *paths, fields)


def _item_field(name: str, left: Placed | None, right: Placed | None) -> FieldComparison:
    a, b = _value(left, name), _value(right, name)
    agreement = _one_sided(left, right) or _agreement(name, a, b)
    return FieldComparison(name, agreement, a, b, _path(left, name), _path(right, name))


def _one_sided(left: Placed | None, right: Placed | None) -> Agreement | None:
    if left is None:
        return Agreement.ONLY_RIGHT
    return Agreement.ONLY_LEFT if right is None else None


def _of_all(fields: Sequence[FieldComparison]) -> Agreement:
    return Agreement.AGREE if all(field.agreement is Agreement.AGREE for field in fields) else Agreement.DIFFER


def _field(name: str, left: Value, right: Value, left_path: str, right_path: str) -> FieldComparison:
    return FieldComparison(name, _agreement(name, left, right), left, right, left_path, right_path)


def _agreement(name: str, left: Value, right: Value) -> Agreement:
    if _same(name, left, right):
        return Agreement.AGREE
    if left is None or right is None:
        return Agreement.ONLY_RIGHT if left is None else Agreement.ONLY_LEFT
    return Agreement.DIFFER


def _same(name: str, left: Value, right: Value) -> bool:
    if name == "name" and isinstance(left, str) and isinstance(right, str):
        return plain(left) == plain(right)
    if name == "quantity" and isinstance(left, int | float) and isinstance(right, int | float):
        return same_quantity(left, right)
    return left == right


def _value(one: Placed | None, name: str) -> Value:
    if one is None:
        return None
    return one.location if name == "location" else getattr(one.item, name)


def _path(one: Placed | None, name: str) -> str | None:
    if one is None:
        return None
    return f"{one.path.rsplit('.', 2)[0]}.location" if name == "location" else f"{one.path}.{name}"
