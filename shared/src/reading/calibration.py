"""How likely a value is right, from what speaks for it: one small logistic model for each field and method. Pure.

Invariant: a calibration is plain numbers that name their features, so that one which was stored with a model version
gives the same confidence for ever. With few audits it stays near the prior; without any it is the prior, whose numbers
say no more than "sure tokens, words that stand in the message, and agreement speak for a value".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

import pydantic
from pydantic import NonNegativeInt

from contracts import Method
from contracts.base import Contract
from contracts.extraction import Probability
from reading.logistic import fit, logit, probability


class Field(StrEnum):
    """What is chosen as one: an item with its name, quantity and unit, or a field of the message."""

    DIRECTION = "direction"
    RESCUE = "rescue_location"
    DROP_OFF = "drop_off_location"
    ITEM = "item"


FEATURES: Final[Mapping[Method, tuple[str, ...]]] = {
    Method.PEFT: ("one", "mean", "least", "margin", "written", "agrees", "contested", "empty"),
    Method.REGEX: ("one", "written", "contested", "opponent", "empty"),
}
"""`mean`, `least` and `margin` are log-odds of the model's token probabilities; `written`: it stands in the message;
`agrees`, `contested`: the other method says the same, or something else; `opponent`: the log-odds of that other value;
`empty`: the value is none."""

PRIOR: Final[Mapping[Method, tuple[float, ...]]] = {
    Method.PEFT: (-0.8, 0.3, 0.2, 0.1, 0.4, 1.5, -0.3, 0.0),
    Method.REGEX: (0.5, 0.2, -0.3, -0.2, -0.3),
}
STRENGTH: Final = 1.0
"""The prior weighs as much as one standard deviation of 1 for each weight."""
THRESHOLD: Final = 0.5
"""Below it a value of the model is not taken: it is as likely wrong as right."""


@dataclass(frozen=True)
class Offer:
    """A value that a method offers for a field, as far as confidence is concerned."""

    field: Field
    method: Method
    features: tuple[float, ...]
    """As `FEATURES[method]` names them."""


@dataclass(frozen=True)
class Judged:
    """An offer of which an audit says whether it was right."""

    offer: Offer
    right: bool


class Calibration(Contract):
    """What turns an offer into a probability; stored with a model version."""

    format: Literal[1] = 1
    weights: dict[Field, dict[Method, tuple[float, ...]]] = pydantic.Field(default_factory=dict)
    """Where a field or method is missing, the prior holds."""
    threshold: Probability = THRESHOLD
    records: NonNegativeInt = 0
    """How many audited records it was fitted on."""

    def confidence(self, offer: Offer) -> float:
        """How likely the offered value is right, 0..1."""
        weights = self.weights.get(offer.field, {}).get(offer.method, PRIOR[offer.method])
        return probability(weights, offer.features)


UNFITTED: Final = Calibration()


def calibrate(judged: Iterable[Judged], records: int) -> Calibration:
    """Fit each field and method on what is known of `records` audited records."""
    groups: dict[tuple[Field, Method], list[Judged]] = {}
    for one in judged:
        groups.setdefault((one.offer.field, one.offer.method), []).append(one)
    weights: dict[Field, dict[Method, tuple[float, ...]]] = {}
    for (field, method), group in sorted(groups.items()):
        weights.setdefault(field, {})[method] = _fitted(method, group)
    return Calibration(weights=weights, records=records)


def _fitted(method: Method, group: Sequence[Judged]) -> tuple[float, ...]:
    rows, answers = [one.offer.features for one in group], [one.right for one in group]
    return tuple(round(weight, 6) for weight in fit(rows, answers, PRIOR[method], STRENGTH))


def log_odds(share: float) -> float:
    """A token's probability as a feature: the model is surer than its training warrants beyond 1 in 500."""
    return logit(share, bound=0.002)
