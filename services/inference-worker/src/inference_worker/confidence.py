"""How sure the model was of each field: mean and least probability of the tokens that spell it, and their lead. Pure.

Not calibrated: a mean of 0.9 does not mean that nine in ten such fields are right; `reading.calibration` learns from
audits what it means. Empty fields take the token that closes them (at the very end, the last one). An item is found
again by its name's spelling in the text; a field without a trace in the answer gets no confidence.
"""

import math
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from contracts import Extraction, Signal
from contracts.extraction import FieldPath

ITEM_FIELDS = ("quantity", "unit", "name")
HEAD_FIELDS = ("direction", "rescue_location", "drop_off_location")


@dataclass(frozen=True)
class Spelled:
    """A token's text, its log-probability, and its lead in probability over the runner-up."""

    text: str
    logprob: float
    margin: float


@dataclass(frozen=True)
class Sureness:
    """Of the tokens that spell one field: the mean (geometric) and least probability, and the least lead."""

    mean: float
    least: float
    margin: float


Sure: TypeAlias = Iterator[tuple[FieldPath, Sureness]]


@dataclass(frozen=True)
class Line:
    """One line of an answer: its fields' texts and how sure the model was of each."""

    fields: tuple[str, ...]
    sure: tuple[Sureness, ...]


def with_confidence(extraction: Extraction, text: str, answers: Sequence[Sequence[Spelled]]) -> Extraction:
    """The extraction with the confidence and signals of those of its fields that `answers` spell."""
    written = [line for answer in answers for line in lines(answer)]
    sure = {
        **dict(of_head(written)),
        **dict(of_items(extraction, text, written)),
        **dict(of_places(extraction, text, written)),
    }
    return extraction.model_copy(
        update={
            "confidence": {path: one.mean for path, one in sure.items()},
            "signals": {path: Signal(least=one.least, margin=one.margin) for path, one in sure.items()},
        }
    )


def of_head(written: Sequence[Line]) -> Sure:
    head = next((line for line in written if line.fields[0] in {"inbound", "outbound", "both", "unknown"}), None)
    if head is not None:
        yield from zip(HEAD_FIELDS, head.sure, strict=False)


def of_items(extraction: Extraction, text: str, written: Sequence[Line]) -> Sure:
    """Equal names are taken in the order in which they were written."""
    by_name: Mapping[str, deque[Line]] = defaultdict(deque)
    for line in written:
        if len(line.fields) == len(ITEM_FIELDS):
            by_name[squashed(line.fields[2])].append(line)
    for s, section in enumerate(extraction.sections):
        for i, item in enumerate(section.items):
            path = f"sections.{s}.items.{i}"
            lines_of_name = by_name[squashed(spelling(extraction, text, f"{path}.name", item.name))]
            if lines_of_name:
                yield from zip((f"{path}.{field}" for field in ITEM_FIELDS), lines_of_name.popleft().sure, strict=True)


def of_places(extraction: Extraction, text: str, written: Sequence[Line]) -> Sure:
    sure = {squashed(line.fields[0][1:]): line.sure[0] for line in written if line.fields[0].startswith("@")}
    for s, section in enumerate(extraction.sections):
        key = squashed(spelling(extraction, text, f"sections.{s}.location", section.location or ""))
        if section.location and key in sure:
            yield f"sections.{s}.location", sure[key]


def spelling(extraction: Extraction, text: str, path: str, otherwise: str) -> str:
    """How a field is written in the message, where the reading knows it."""
    span = extraction.evidence.get(path)
    return text[span.start : span.end] if span else otherwise


def squashed(spelled: str) -> str:
    """Without white space and case, which a tokenizer may not keep."""
    return "".join(spelled.casefold().split())


def lines(answer: Sequence[Spelled]) -> Iterator[Line]:
    """Split an answer into lines and fields, each field with the mean probability of its tokens."""
    fields: list[str] = [""]
    sure: list[list[Spelled]] = [[]]
    for token in answer:
        for sign in token.text:
            if sign in "|\n":
                sure[-1] = sure[-1] or [token]
            if sign == "\n":
                yield line_of(fields, sure)
                fields, sure = [""], [[]]
            elif sign == "|":
                fields.append("")
                sure.append([])
            else:
                fields[-1] += sign
        if token.text and token.text[-1] not in "|\n":
            sure[-1].append(token)
    if answer:
        yield line_of(fields, [*sure[:-1], sure[-1] or [answer[-1]]])


def line_of(fields: Sequence[str], sure: Sequence[Sequence[Spelled]]) -> Line:
    return Line(tuple(fields), tuple(map(sureness, sure)))


def sureness(tokens: Sequence[Spelled]) -> Sureness:
    """Rounded to what is worth keeping; 0 where nothing was written."""
    if not tokens:
        return Sureness(0.0, 0.0, 0.0)
    mean = math.exp(sum(token.logprob for token in tokens) / len(tokens))
    least = math.exp(min(token.logprob for token in tokens))
    margin = min(token.margin for token in tokens)
    return Sureness(*(round(min(1.0, max(0.0, value)), 4) for value in (mean, least, margin)))
