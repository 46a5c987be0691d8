"""One reading from two: for each field the value of the method that is likelier right. Pure.

Invariant: every value comes from one of the two readings, unchanged, and its source and confidence are said. Where both
agree, that is the value. Where they differ, the model's is taken when its calibrated confidence reaches the threshold
and regex's does not exceed it; else the field falls back to regex. An item that only one of them has stays when it is
likelier right than wrong. Items keep the sections of the reading that gave most of them.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import Any

from contracts import Directory, Extraction, Item, Method, Section, Span
from contracts.extraction import FieldPath
from reading.calibration import THRESHOLD, UNFITTED, Calibration, Field
from reading.offers import Candidate, Pair
from reading.target import places_of


class Source(StrEnum):
    """Whose value a field has."""

    BOTH = "both"
    REGEX = "regex"
    PEFT = "peft"


@dataclass(frozen=True)
class Combined:
    """A reading whose fields say where they come from."""

    extraction: Extraction
    """Its `confidence` is calibrated, by the paths of `sources`."""
    sources: Mapping[FieldPath, Source]
    """For `direction`, both places, and each item (`sections.0.items.1`)."""
    fell_back: tuple[FieldPath, ...]
    """Where the model said something else and was not sure enough."""
    confidence: float
    """How likely the whole message is right, were its fields independent; it ranks messages."""


@dataclass(frozen=True)
class _Choice:
    """`source` is None where an item is left out; `confidence` says how likely the choice is right."""

    source: Source | None
    confidence: float
    fell_back: bool = False


def combine(
    regex: Extraction, model: Extraction, directory: Directory, calibration: Calibration = UNFITTED
) -> Combined:
    """Regex's and the model's reading of one message as one."""
    pair = Pair(regex, model, places_of(directory))
    chosen = [(candidate, _choose(pair, candidate, calibration)) for candidate in pair.candidates()]
    return _Assembly(pair, chosen).combined()


def _choose(pair: Pair, candidate: Candidate, calibration: Calibration) -> _Choice:
    sure = {offer.method: calibration.confidence(offer) for offer in pair.offers(candidate)}
    model, regex = sure.get(Method.PEFT), sure.get(Method.REGEX)
    if model is not None and pair.agree(candidate):
        return _Choice(Source.BOTH, model)
    if model is not None and model >= calibration.threshold and (regex is None or model > regex):
        return _Choice(Source.PEFT, model)
    if regex is None:
        return _Choice(None, 1 - (model or 0.0))
    if model is None:
        return _Choice(Source.REGEX, regex) if regex >= THRESHOLD else _Choice(None, 1 - regex)
    return _Choice(Source.REGEX, regex, fell_back=True)


@dataclass
class _Assembly:
    """Puts the chosen values into one extraction."""

    pair: Pair
    chosen: Sequence[tuple[Candidate, _Choice]]
    evidence: dict[FieldPath, Span] = dataclasses.field(default_factory=dict)
    sources: dict[FieldPath, Source] = dataclasses.field(default_factory=dict)
    confidence: dict[FieldPath, float] = dataclasses.field(default_factory=dict)
    fell_back: list[FieldPath] = dataclasses.field(default_factory=list)

    def combined(self) -> Combined:
        kept = [(candidate, choice) for candidate, choice in self.chosen if choice.source is not None]
        head = {c.field.value: self._head(c, choice) for c, choice in kept if c.field is not Field.ITEM}
        sections = self._sections([(c, choice) for c, choice in kept if c.field is Field.ITEM])
        extraction = Extraction(
            **head,
            sections=sections,
            evidence=self.evidence,
            confidence=self.confidence,
            tables_version=self.pair.regex.tables_version or self.pair.model.tables_version,
        )
        sure = prod(choice.confidence for _, choice in self.chosen)
        return Combined(extraction, self.sources, tuple(self.fell_back), sure)

    def _head(self, candidate: Candidate, choice: _Choice) -> Any:  # noqa: ANN401 - a direction or a place
        reading = self._origin(choice)
        self._note(candidate.field, choice, candidate.field)
        return getattr(reading, candidate.field)

    def _sections(self, items: Sequence[tuple[Candidate, _Choice]]) -> tuple[Section, ...]:
        """The leading reading's sections; an item that only the other has goes where the item before it stands."""
        from_model = sum(choice.source is Source.PEFT for _, choice in items)
        leads = (
            Method.PEFT
            if from_model * 2 > sum(choice.source is not Source.BOTH for _, choice in items)
            else Method.REGEX
        )
        filled: dict[int, list[tuple[Candidate, _Choice]]] = {}
        section = 0
        for candidate, choice in self._in_order(items):
            path = self.pair.item_path(candidate, leads)
            section = int(path.split(".")[1]) if path else section
            filled.setdefault(section, []).append((candidate, choice))
        led = (self.pair.model if leads is Method.PEFT else self.pair.regex).sections
        return tuple(
            Section(location=led[origin].location if led else None, items=tuple(self._items(number, filled[origin])))
            for number, origin in enumerate(sorted(filled))
        )

    def _in_order(self, items: Sequence[tuple[Candidate, _Choice]]) -> list[tuple[Candidate, _Choice]]:
        """By their place in the message, when it is known of all; else as they came."""
        starts = [self._origin(one[1]).evidence.get(f"{self._origin_path(*one)}.name") for one in items]
        if not all(starts):
            return list(items)
        placed = sorted(zip((span.start for span in starts if span), range(len(items)), strict=True))
        return [items[n] for _, n in placed]

    def _items(self, section: int, items: Sequence[tuple[Candidate, _Choice]]) -> Iterator[Item]:
        for number, (candidate, choice) in enumerate(items):
            self._note(f"sections.{section}.items.{number}", choice, self._origin_path(candidate, choice))
            position = candidate.model if choice.source is Source.PEFT else candidate.regex
            yield self._origin(choice).items[position or 0]

    def _note(self, path: FieldPath, choice: _Choice, origin_path: FieldPath) -> None:
        if choice.source is not None:
            self.sources[path] = choice.source
        self.confidence[path] = round(choice.confidence, 4)
        self.fell_back += [path] if choice.fell_back else []
        for known, span in self._origin(choice).evidence.items():
            if known == origin_path or known.startswith(f"{origin_path}."):
                self.evidence[path + known.removeprefix(origin_path)] = span

    def _origin(self, choice: _Choice) -> Extraction:
        return self.pair.model if choice.source is Source.PEFT else self.pair.regex

    def _origin_path(self, candidate: Candidate, choice: _Choice) -> FieldPath:
        return self.pair.item_path(candidate, Method.PEFT if choice.source is Source.PEFT else Method.REGEX)
