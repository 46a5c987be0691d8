"""Which record is most worth a person's time: the pounds that are probably wrong if nobody looks. Pure.

The figure orders a queue and hides nothing. It is the sum over items of their pounds times the chance that the item is
wrong: what the readers disagree on counts half, what they agree on counts by the model's own doubt. A place that they
disagree on puts all its pounds at half risk; a number or food that no item claims counts as one lost item.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts import Extraction, Item, Tables
from reading.mentions import unclaimed
from reading.score import matched, plain, same_item

DISAGREED: Final = 0.5
"""Of two readers that disagree, one is wrong; which one is not known."""
ALONE: Final = 0.15
"""The chance that a field is wrong which one reader alone has read and gives no confidence for."""
AGREED: Final = 0.03
"""The same where two readers agree."""
LOST_ITEM_LBS: Final = 25.0
"""Pounds of an item that nobody read: one case of produce."""
DOUBT: Final = 0.3
"""From this chance of an error on, a field is called doubtful."""


class Reason(StrEnum):
    """Why a record needs a look."""

    UNREAD = "unread"
    DISAGREEMENT = "disagreement"
    DOUBT = "doubt"
    UNCLAIMED = "unclaimed"
    EDITED = "edited"
    AUDITORS_DISAGREE = "auditors_disagree"


@dataclass(frozen=True)
class Risk:
    """Expected wrong pounds, and why."""

    pounds: float
    reasons: tuple[Reason, ...]


def risk(text: str, readings: Sequence[Extraction], tables: Tables) -> Risk:
    """`readings`: the best first; one or two of the same text."""
    if not readings:
        return Risk(LOST_ITEM_LBS, (Reason.UNREAD,))
    best, other = readings[0], readings[1] if len(readings) > 1 else None
    items = _item_risk(best, other)
    places = DISAGREED * best.pounds if other and _places(best) != _places(other) else 0.0
    lost = unclaimed(best, text, tables)
    reasons = {
        Reason.DISAGREEMENT: other is not None and disagree(best, other),
        Reason.DOUBT: any(1 - sure >= DOUBT for sure in best.confidence.values()),
        Reason.UNCLAIMED: bool(lost),
    }
    pounds = items + places + LOST_ITEM_LBS * DISAGREED * len(lost)
    return Risk(round(pounds, 2), tuple(reason for reason, holds in reasons.items() if holds))


def disagree(left: Extraction, right: Extraction) -> bool:
    """Whether two readings say different things that the ledger keeps."""
    same_items = len(left.items) == len(right.items) == len(matched(left.items, right.items, same_item))
    return left.direction != right.direction or _places(left) != _places(right) or not same_items


def _item_risk(best: Extraction, other: Extraction | None) -> float:
    doubts = _doubts(best, ALONE if other is None else AGREED)
    agreed = {i for i, _ in matched(best.items, other.items, same_item)} if other else set(range(len(best.items)))
    mine = sum(
        (item.estimated_lbs or 0.0) * (doubt if n in agreed else DISAGREED)
        for n, (item, doubt) in enumerate(zip(best.items, doubts, strict=True))
    )
    return mine + sum((item.estimated_lbs or 0.0) * DISAGREED for item in _only_in(other, best))


def _only_in(other: Extraction | None, best: Extraction) -> list[Item]:
    """Items that the other reader has under a name that the best one has not."""
    names = {plain(item.name) for item in best.items}
    return [item for item in other.items if plain(item.name) not in names] if other else []


def _doubts(extraction: Extraction, unsaid: float) -> list[float]:
    """For each item, the chance that one of its fields is wrong."""
    doubts = []
    for s, section in enumerate(extraction.sections):
        for i in range(len(section.items)):
            path = f"sections.{s}.items.{i}."
            said = [sure for field, sure in extraction.confidence.items() if field.startswith(path)]
            doubts.append(1 - min(said) if said else unsaid)
    return doubts


def _places(extraction: Extraction) -> tuple[str, ...]:
    places = (extraction.rescue_location, extraction.drop_off_location, *(s.location for s in extraction.sections))
    return tuple((place or "").casefold() for place in places)
