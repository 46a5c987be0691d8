"""What audits say of two readers and of their combination: a calibration, and how far it can be trusted. Pure.

Invariant: a message is never combined, and its confidence never judged, with a calibration that has seen its audit:
the messages are dealt into folds, and each fold is read with what the others taught. The calibration that is kept is
fitted on all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from contracts import Directory, Extraction, Method
from reading.calibration import Calibration, Field, Judged, calibrate
from reading.combined import Combined, combine
from reading.offers import HEAD, Candidate, Pair
from reading.places import Places
from reading.reliability import Acceptance, Covered, Outcome, Reliability, acceptance, reliability, risk_coverage
from reading.score import right_items, same_head
from reading.target import places_of

FOLDS: Final = 5
MESSAGE: Final = "message"


@dataclass(frozen=True)
class AuditedPair:
    """One message: its audit and what both methods read in it."""

    audit: Extraction
    regex: Extraction
    model: Extraction


@dataclass(frozen=True)
class Confidence:
    """Whether the combined reading's confidence can be trusted, on messages that did not teach it."""

    fields: dict[str, Reliability]
    """By field, `item`, and `message`: all of its fields together."""
    curve: tuple[Covered, ...]
    """Of whole messages."""
    acceptance: Acceptance
    """Whole messages that would need no person."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Judgement:
    combined: list[Combined]
    """One for each message, by a calibration that has not seen it."""
    calibration: Calibration
    """Fitted on all messages."""
    confidence: Confidence


def judge(messages: Sequence[AuditedPair], directory: Directory) -> Judgement:
    """Combine each message's readings by what the other folds teach."""
    learned = [judged(message, directory) for message in messages]
    folds = [_without(learned, fold) for fold in range(FOLDS)]
    combined = [
        combine(message.regex, message.model, directory, folds[n % FOLDS]) for n, message in enumerate(messages)
    ]
    everything = calibrate((one for part in learned for one in part), len(messages))
    return Judgement(combined, everything, _confidence(messages, combined, places_of(directory)))


def judged(message: AuditedPair, directory: Directory) -> list[Judged]:
    """Every offer of both methods, with what the audit says of it."""
    pair = Pair(message.regex, message.model, places_of(directory))
    right = {method: right_items(message.audit, reading) for method, reading in pair.readings.items()}

    def is_right(candidate: Candidate, method: Method) -> bool:
        if candidate.field is Field.ITEM:
            return candidate.position(method) in right[method]
        return same_head(candidate.field, message.audit, pair.readings[method], places_of(directory))

    return [
        Judged(offer, is_right(candidate, offer.method))
        for candidate in pair.candidates()
        for offer in pair.offers(candidate)
    ]


def _without(learned: Sequence[Sequence[Judged]], fold: int) -> Calibration:
    rest = [part for n, part in enumerate(learned) if n % FOLDS != fold]
    return calibrate((one for part in rest for one in part), len(rest))


def _confidence(messages: Sequence[AuditedPair], combined: Sequence[Combined], places: Places) -> Confidence:
    outcomes: dict[str, list[Outcome]] = {name: [] for name in (*HEAD, Field.ITEM, MESSAGE)}
    for message, reading in zip(messages, combined, strict=True):
        for name, outcome in _outcomes(message.audit, reading, places):
            outcomes[name].append(outcome)
    whole = outcomes[MESSAGE]
    fields = {str(name): reliability(found) for name, found in outcomes.items()}
    return Confidence(fields, tuple(risk_coverage(whole)), acceptance(whole))


def _outcomes(audit: Extraction, combined: Combined, places: Places) -> Iterator[tuple[str, Outcome]]:
    found, sure = combined.extraction, combined.extraction.confidence
    head = {field: same_head(field, audit, found, places) for field in HEAD}
    right = right_items(audit, found)
    for field in HEAD:
        yield field, (sure[field], head[field])
    for n, path in enumerate(path for path in combined.sources if path not in head):
        yield Field.ITEM, (sure[path], n in right)
    all_right = all(head.values()) and len(audit.items) == len(found.items) == len(right)
    yield MESSAGE, (combined.confidence, all_right)
