"""What changed between two readers, message by message, and whether the audit says that it got better. Pure.

Invariant: only values that differ are listed, each with whether it was right before and after. An item that one reader
does not have counts as right there exactly when the other's item is wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit_api.models_registry.scoring import HeldOut
from contracts import Directory, Extraction
from reading.comparison import HEAD
from reading.matching import Placed, pair_items, placed
from reading.score import right_items, same_head, same_item
from reading.target import places_of

ITEM = "item"


@dataclass(frozen=True)
class Difference:
    """One value that two readers gave differently; `field` is a field of the message, or `item`."""

    field: str
    before: str | None
    after: str | None
    before_right: bool
    after_right: bool


@dataclass(frozen=True)
class Change:
    """A held-out message that two versions read differently."""

    record_id: str
    text: str
    differences: tuple[Difference, ...]

    @property
    def gain(self) -> int:
        """Values that became right, less those that became wrong."""
        return sum(d.after_right - d.before_right for d in self.differences)


def changes(records: Sequence[HeldOut], before: str, after: str, directory: Directory) -> list[Change]:
    """Between the readers of these names; what got worst first. Records that one of them did not read are left out."""
    found = [
        Change(record.id, record.text, tuple(_differences(record.audit, left, right, directory)))
        for record in records
        if (left := record.readings.get(before)) is not None and (right := record.readings.get(after)) is not None
    ]
    return sorted((change for change in found if change.differences), key=lambda change: change.gain)


def _differences(audit: Extraction, left: Extraction, right: Extraction, directory: Directory) -> Iterator[Difference]:
    places = places_of(directory)
    for field in HEAD:
        if not same_head(field, left, right, places):
            rights = same_head(field, audit, left, places), same_head(field, audit, right, places)
            yield Difference(field, getattr(left, field), getattr(right, field), *rights)
    yield from _item_differences(audit, left, right)


def _item_differences(audit: Extraction, left: Extraction, right: Extraction) -> Iterator[Difference]:
    lefts, rights = placed(left), placed(right)
    right_before, right_after = right_items(audit, left), right_items(audit, right)
    partner = dict(pair_items(lefts, rights))
    for i, one in enumerate(lefts):
        j = partner.get(i)
        if j is None:
            yield Difference(ITEM, _shown(one), None, i in right_before, i not in right_before)
        elif not same_item(one.item, rights[j].item):
            yield Difference(ITEM, _shown(one), _shown(rights[j]), i in right_before, j in right_after)
    for j in sorted(set(range(len(rights))) - set(partner.values())):
        yield Difference(ITEM, None, _shown(rights[j]), j not in right_after, j in right_after)


def _shown(one: Placed) -> str:
    parts = ["?" if one.item.quantity is None else f"{one.item.quantity:g}", one.item.unit, one.item.name]
    return " ".join(part for part in parts if part)
