"""`larder validate`: whether a version may be used. Loads it as a worker would, and has it read sample messages.

Invariant: what passes here passes a worker's checks of files, hashes, keys, shapes and base model, for these are the
same functions; and it writes the line format that it was trained for, by itself: messages are read without the masks
that a worker reads under, since under them noise looks like a reading.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from contracts import Reference
from larder_cli.errors import Refused
from larder_cli.lines import Message, Unreadable, read_messages
from larder_cli.versions import adapter_folder, base_model
from reading.derive import DEFAULT_TABLES

VALID_SHARE: Final = 0.95
"""The share of answers that must be of the line format: what the shipped base writes is, in more than 99 of 100."""
SAMPLE_MESSAGES: Final = (
    "Picked up 5 cases bananas and 3 boxes lettuce from the corner store, dropped at the fridge",
    "From Old Mill Bakery:\n- 2 bags rolls\n- 1/2 case bread\n- 4 trays muffins",
    "Took 6 crates apples, 2 cases yogurt and 12 gallons milk to the harbor pantry",
    "thanks everyone, see you on Saturday!",
)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    check: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class Sample:
    """One message and what was read in it."""

    text: str
    items: list[str]
    valid_format: bool


@dataclass(frozen=True)
class Report:
    version: str
    checks: list[Check]
    valid_format: float
    """The share of the samples whose answers are wholly of the line format."""
    samples: list[Sample]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        return {"passed": self.passed, **asdict(self)}


def validate(version: str, samples: Path | None) -> Report:
    """Raises Refused when there is no such version, or no sample to read."""
    texts = _texts(samples)
    folder = adapter_folder(version)
    from inference_worker.adapters import AdapterRefused
    from inference_worker.engines.base import BaseModelError
    from inference_worker.reader import Reader

    try:
        reader = Reader.load(base_model(), folder, masks=False)
    except AdapterRefused as refusal:
        return Report(version, [Check(refusal.code.lower(), passed=False, detail=str(refusal))], 0.0, [])
    except BaseModelError as error:
        raise Refused(str(error)) from None
    read = list(_read(reader, texts))
    share = sum(sample.valid_format for sample in read) / len(read)
    return Report(version, [_loads(folder), _format(share), *_finds_items(read, samples)], round(share, 4), read)


def _texts(samples: Path | None) -> list[str]:
    """Raises Refused at the first line that is no message: a check that passes over lines proves less than it says."""
    if samples is None:
        return list(SAMPLE_MESSAGES)
    lines = list(read_messages(samples))
    for line in lines:
        if isinstance(line, Unreadable):
            raise Refused(f"{samples}, line {line.line}: {line.error}.")
    if not lines:
        raise Refused(f"{samples} holds no messages to read.")
    return [line.text for line in lines if isinstance(line, Message)]


def _read(reader: Any, texts: Sequence[str]) -> Iterator[Sample]:  # noqa: ANN401 - a Reader; torch is imported late
    from inference_worker.reader import MessageRefused

    reference = Reference(tables=DEFAULT_TABLES)
    for text in texts:
        try:
            extraction, valid = reader.read([text], reference)[0], reader.keeps_format(text, reference)
        except MessageRefused as refusal:
            yield Sample(text, [str(refusal)], valid_format=False)
            continue
        yield Sample(text, [_shown(item.quantity, item.unit, item.name) for item in extraction.items], valid)


def _shown(quantity: float | None, unit: str | None, name: str) -> str:
    return " ".join([f"{quantity:g}" if quantity is not None else "?", *([unit] if unit else []), name])


def _loads(folder: Path | None) -> Check:
    what = "the bare base model" if folder is None else f"files, hashes, keys, shapes and base model of {folder}"
    return Check("loads", passed=True, detail=f"Checked {what}.")


def _format(share: float) -> Check:
    passed = share >= VALID_SHARE
    detail = f"{share:.0%} of the samples were answered in the line format"
    return Check("format", passed, f"{detail}." if passed else f"{detail}: train it again.")


def _finds_items(read: Sequence[Sample], samples: Path | None) -> Iterator[Check]:
    """Of the built-in messages all but one name items; of a person's own nothing is known."""
    found = sum(bool(sample.items) for sample in read)
    if samples is None:
        passed = found >= (len(read) - 1) // 2
        yield Check("items", passed, f"It read items in {found} of {len(read)} messages." if passed else
                    f"It read items in {found} of {len(read)} messages only: train it again.")  # fmt: skip
