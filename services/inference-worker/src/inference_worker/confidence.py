"""How sure the model was of each field: the mean probability of the tokens that spell it. Pure.

Not calibrated: a value of 0.9 does not mean that nine in ten such fields are right. It ranks fields, no more. Empty
fields take the probability of the token that closes them (at the very end, of the last one). An item is found again by
its name's spelling in the text; a field without a trace in the answer gets no confidence.
"""

import math
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts import Extraction

ITEM_FIELDS = ("quantity", "unit", "name")
HEAD_FIELDS = ("direction", "rescue_location", "drop_off_location")


@dataclass(frozen=True)
class Spelled:
    """A token's text and its log-probability."""

    text: str
    logprob: float


@dataclass(frozen=True)
class Line:
    """One line of an answer: its fields' texts and how sure the model was of each."""

    fields: tuple[str, ...]
    sure: tuple[float, ...]


def confidence(extraction: Extraction, text: str, answers: Sequence[Sequence[Spelled]]) -> dict[str, float]:
    """Field path -> mean token probability in [0, 1], for the fields of `extraction` that `answers` spell."""
    written = [line for answer in answers for line in lines(answer)]
    return (
        dict(of_head(written)) | dict(of_items(extraction, text, written)) | dict(of_places(extraction, text, written))
    )


def of_head(written: Sequence[Line]) -> Iterator[tuple[str, float]]:
    head = next((line for line in written if line.fields[0] in {"inbound", "outbound", "both", "unknown"}), None)
    if head is not None:
        yield from zip(HEAD_FIELDS, head.sure, strict=False)


def of_items(extraction: Extraction, text: str, written: Sequence[Line]) -> Iterator[tuple[str, float]]:
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


def of_places(extraction: Extraction, text: str, written: Sequence[Line]) -> Iterator[tuple[str, float]]:
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
    sure: list[list[float]] = [[]]
    for token in answer:
        for sign in token.text:
            if sign in "|\n":
                sure[-1] = sure[-1] or [token.logprob]
            if sign == "\n":
                yield line_of(fields, sure)
                fields, sure = [""], [[]]
            elif sign == "|":
                fields.append("")
                sure.append([])
            else:
                fields[-1] += sign
        if token.text and token.text[-1] not in "|\n":
            sure[-1].append(token.logprob)
    if answer:
        yield line_of(fields, [*sure[:-1], sure[-1] or [answer[-1].logprob]])


def line_of(fields: Sequence[str], sure: Sequence[Sequence[float]]) -> Line:
    means = (min(1.0, math.exp(sum(field) / len(field))) if field else 0.0 for field in sure)
    return Line(tuple(fields), tuple(means))
