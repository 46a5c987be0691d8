"""`larder evaluate` and `larder validate`: how well a method reads, and whether a version may be used at all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contracts import Extraction, Method, Reference
from larder_cli.errors import Refused
from larder_cli.extract import BATCH, Extractor
from larder_cli.lines import Message, read_labelled, read_messages, read_reference
from larder_cli.progress import bar
from reading.score import score

SAMPLE_MESSAGES = (
    "Picked up 5 cases bananas and 3 boxes lettuce from the corner store, dropped at the fridge",
    "From Old Mill Bakery:\n- 2 bags rolls\n- 1/2 case bread\n- 4 trays muffins",
    "thanks everyone, see you on Saturday!",
)


def evaluate(gold: Path, method: Method, version: str | None, locations: Path | None) -> dict[str, Any]:
    """Scores per field on labelled records."""
    rows = read_labelled(gold)
    reference = read_reference(locations)
    extractor = Extractor(method, version, reference)
    predicted = read_all(extractor, [row.text for row in rows])
    scores = score([row.extraction for row in rows], predicted, reference.directory)
    return {"method": method.value, "version": extractor.version, "records": len(rows), **scores.to_dict()}


def read_all(extractor: Extractor, texts: Sequence[str]) -> list[Extraction]:
    """One extraction for each text; what was refused counts as read empty."""
    found: list[Extraction] = []
    with bar() as progress:
        task = progress.add_task("Reading", total=len(texts), note="")
        for start in range(0, len(texts), BATCH):
            read = extractor.read(texts[start : start + BATCH])
            found.extend(Extraction() if isinstance(reading, str) else reading for reading in read)
            progress.update(task, completed=len(found))
    return found


def validate(version: str, samples: Path | None) -> dict[str, Any]:
    """Load `version` as a worker would (files, hashes, shapes, base) and read sample messages with it.

    Raises Refused when it must not be used.
    """
    texts = _samples(samples)
    extractor = Extractor(Method.PEFT, version, Reference())
    readings = read_all(extractor, texts)
    with_items = sum(bool(reading.items) for reading in readings)
    if samples is None and not with_items:
        raise Refused(f"Version {version} loads, but reads nothing from the sample messages: train it again.")
    return {
        "version": extractor.version,
        "samples": len(texts),
        "with_items": with_items,
        "readings": [
            {"text": text, "items": len(reading.items)} for text, reading in zip(texts, readings, strict=True)
        ],
    }


def _samples(samples: Path | None) -> list[str]:
    if samples is None:
        return list(SAMPLE_MESSAGES)
    return [line.text for line in read_messages(samples) if isinstance(line, Message)]
