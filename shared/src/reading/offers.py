"""What two readings of one message offer for each field, and what speaks for each offer. Pure.

Invariant: every field of the head and every item of either reading is one candidate; items that speak of the same thing
(`reading.matching`) are one candidate together. Where both readings agree there is one offer, the model's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from contracts import Extraction, Method
from contracts.extraction import FieldPath
from reading.calibration import FEATURES, Field, Offer, log_odds
from reading.matching import pair_items, placed
from reading.places import Places
from reading.score import same_item, same_place

HEAD: Final = (Field.DIRECTION, Field.RESCUE, Field.DROP_OFF)
_PARTS: Final = ("name", "quantity", "unit")


@dataclass(frozen=True)
class Candidate:
    """What both readings say of one field: the positions of an item, or None for who has none."""

    field: Field
    regex: int | None = None
    model: int | None = None

    def position(self, method: Method) -> int | None:
        return self.model if method is Method.PEFT else self.regex


class Pair:
    """Two readings of one message, and what they offer."""

    def __init__(self, regex: Extraction, model: Extraction, places: Places) -> None:
        self.readings = {Method.REGEX: regex, Method.PEFT: model}
        self.regex, self.model, self._places = regex, model, places
        self._regex_items, self._model_items = placed(regex), placed(model)

    def candidates(self) -> Iterator[Candidate]:
        """The head's fields, then every item of either reading, in regex's order with the model's own behind."""
        yield from map(Candidate, HEAD)
        partner = dict(pair_items(self._regex_items, self._model_items))
        for i in range(len(self._regex_items)):
            yield Candidate(Field.ITEM, i, partner.get(i))
        for j in sorted(set(range(len(self._model_items))) - set(partner.values())):
            yield Candidate(Field.ITEM, None, j)

    def agree(self, candidate: Candidate) -> bool:
        if candidate.field is Field.ITEM:
            i, j = candidate.regex, candidate.model
            return i is not None and j is not None and same_item(self._regex_items[i].item, self._model_items[j].item)
        left_value, right_value = getattr(self.regex, candidate.field), getattr(self.model, candidate.field)
        if candidate.field is Field.DIRECTION:
            return bool(left_value == right_value)
        return same_place(left_value, right_value, self._places)

    def offers(self, candidate: Candidate) -> Iterator[Offer]:
        """What each method says, if anything; regex says nothing of its own where both agree."""
        agrees = self.agree(candidate)
        for method in (Method.PEFT,) if agrees else (Method.PEFT, Method.REGEX):
            if candidate.field is not Field.ITEM or candidate.position(method) is not None:
                yield self._offer(candidate, method, agrees=agrees)

    def item_path(self, candidate: Candidate, method: Method) -> FieldPath:
        position = candidate.position(method)
        items = self._model_items if method is Method.PEFT else self._regex_items
        return "" if position is None else items[position].path

    def _offer(self, candidate: Candidate, method: Method, *, agrees: bool) -> Offer:
        mean, least, margin = self._sureness(candidate)
        other = Method.REGEX if method is Method.PEFT else Method.PEFT
        features = {
            "one": 1.0,
            "mean": mean,
            "least": least,
            "margin": margin,
            "opponent": mean,
            "written": float(self._is_written(candidate, method)),
            "agrees": float(agrees),
            "contested": float(not agrees and self._says_something(candidate, other)),
            "empty": float(not self._says_something(candidate, method)),
        }
        return Offer(candidate.field, method, tuple(features[name] for name in FEATURES[method]))

    def _sureness(self, candidate: Candidate) -> tuple[float, float, float]:
        """Log-odds of the model's mean and least token probability and of its least margin; 0 where it says nothing."""
        paths: Sequence[str] = (candidate.field,)
        if candidate.field is Field.ITEM:
            paths = [f"{self.item_path(candidate, Method.PEFT)}.{part}" for part in _PARTS]
        known = [path for path in paths if path in self.model.confidence]
        if not known:
            return 0.0, 0.0, 0.0
        mean = min(self.model.confidence[path] for path in known)
        signals = [self.model.signals[path] for path in known if path in self.model.signals]
        least = min((signal.least for signal in signals), default=mean)
        margin = min((signal.margin for signal in signals), default=mean)
        return log_odds(mean), log_odds(least), log_odds(margin)

    def _is_written(self, candidate: Candidate, method: Method) -> bool:
        reading = self.readings[method]
        if candidate.field is not Field.ITEM:
            return candidate.field in reading.evidence
        return f"{self.item_path(candidate, method)}.name" in reading.evidence

    def _says_something(self, candidate: Candidate, method: Method) -> bool:
        if candidate.field is Field.ITEM:
            return candidate.position(method) is not None
        return getattr(self.readings[method], candidate.field) not in (None, "unknown")
