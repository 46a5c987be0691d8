"""`larder evaluate`: how well each method reads labelled records, side by side on the same ones.

Invariant: every method reads the same texts with the same places and tables, and the labels' pounds come from these
tables too. The combined reading of a record uses a calibration that the other records of the file taught.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from contracts import Extraction, LabelledRow, Method, Reference
from contracts.names import BASE
from larder_cli.extract import BATCH, Extractor
from larder_cli.lines import read_labelled, read_reference
from larder_cli.progress import bar
from larder_cli.versions import known_versions
from reading.derive import derive
from reading.judging import AuditedPair, Judgement, judge
from reading.score import Tally, tallies
from reading.uncertainty import FIGURES, at, intervals

COMBINED: Final = "combined"
ALL: Final = "all"

Readings = list[Extraction | None]

_LABELS: Final = {
    "direction": "direction",
    "rescue_location": "rescue location",
    "drop_off_location": "drop-off location",
    "items_exact.f1": "items exact F1",
    "items_lenient.f1": "items lenient F1",
    "all_exact": "all items exact",
    "sections_count": "number of sections",
    "pounds_error": "pounds off by",
    "ungrounded": "values not in the message",
    "invalid": "messages not read",
}


@dataclass(frozen=True)
class Gold:
    """The labelled records and what they are read with."""

    rows: list[LabelledRow]
    reference: Reference

    @property
    def texts(self) -> list[str]:
        return [row.text for row in self.rows]


def evaluate(gold: Path, method: str, version: str | None, locations: Path | None) -> list[dict[str, Any]]:
    """One score sheet for each method that was asked for, in the order of the table's columns."""
    records = _read_gold(gold, locations)
    if method == Method.REGEX.value:
        return [_sheet(records, method, *_read(records, Method.REGEX, None))]
    if method == Method.PEFT.value:
        return [_sheet(records, method, *_read(records, Method.PEFT, version))]
    return list(_side_by_side(records, version, only_combined=method == COMBINED))


def as_table(sheets: Sequence[dict[str, Any]]) -> Table:
    """The sheets as columns; each figure with the interval of 95 in 100."""
    table = Table("field", *[f"{sheet['method']} {sheet['version']}" for sheet in sheets])
    table.title = f"{sheets[0]['records']} records"
    for name, label in _LABELS.items():
        table.add_row(label, *[_shown(sheet, name) for sheet in sheets])
    for sheet in sheets:
        if "confidence" in sheet:
            table.caption = _acceptance(sheet["confidence"]["acceptance"], sheet["records"])
    return table


def _side_by_side(records: Gold, version: str | None, *, only_combined: bool) -> Iterator[dict[str, Any]]:
    """Regex, the bare base, the version or every version, and the combined reading of the last of them."""
    versions = [version] if version else [BASE, *known_versions()]
    if version not in {None, BASE} and not only_combined:
        versions.insert(0, BASE)
    name, regex = _read(records, Method.REGEX, None)
    if not only_combined:
        yield _sheet(records, Method.REGEX.value, name, regex)
    model: Readings = []
    for one in versions[-1:] if only_combined else versions:
        name, model = _read(records, Method.PEFT, one)
        if not only_combined:
            yield _sheet(records, Method.PEFT.value, name, model)
    yield _combined_sheet(records, name, regex, model)


def _read_gold(gold: Path, locations: Path | None) -> Gold:
    reference = read_reference(locations)
    rows = [
        row.model_copy(update={"extraction": derive(row.extraction, reference.tables)}) for row in read_labelled(gold)
    ]
    return Gold(rows, reference)


def _read(records: Gold, method: Method, version: str | None) -> tuple[str, Readings]:
    """The version's name and one reading for each text; None for what was refused."""
    extractor = Extractor(method, version, records.reference)
    found: Readings = []
    with bar() as progress:
        task = progress.add_task(f"Reading by {method} {extractor.version}", total=len(records.rows), note="")
        for start in range(0, len(records.rows), BATCH):
            read = extractor.read(records.texts[start : start + BATCH])
            found.extend(None if isinstance(reading, str) else reading for reading in read)
            progress.update(task, completed=len(found))
    return extractor.version, found


def _combined_sheet(records: Gold, version: str, regex: Readings, model: Readings) -> dict[str, Any]:
    empty = Extraction()
    triples = zip(records.rows, regex, model, strict=True)
    messages = [AuditedPair(row.extraction, left or empty, right or empty) for row, left, right in triples]
    judgement: Judgement = judge(messages, records.reference.directory)
    sheet = _sheet(records, COMBINED, version, [one.extraction for one in judgement.combined])
    return {**sheet, "confidence": judgement.confidence.to_dict()}


def _sheet(records: Gold, method: str, version: str, readings: Readings) -> dict[str, Any]:
    gold = [row.extraction for row in records.rows]
    counted = tallies(gold, readings, records.reference.directory, records.texts)
    scores = asdict(Tally.summed(counted).scores())
    return {
        "method": method,
        "version": version,
        "records": len(gold),
        **scores,
        "intervals": intervals(counted),
    }


def _shown(sheet: dict[str, Any], name: str) -> str:
    low, high = sheet["intervals"][name]
    return f"{at(sheet, name):.3f}  [dim]{low:.2f}-{high:.2f}[/]"


def _acceptance(found: dict[str, Any], records: int) -> str:
    low, high = found["interval"]
    return (
        f"Auto-accept at {found['precision']:.0%} precision would need no person for {found['share']:.0%} of messages "
        f"({low:.0%}-{high:.0%}): {found['accepted']} of {records} accepted, {found['wrong']} of them wrong, which "
        f"proves a precision of {found['at_least']:.1%}."
    )


assert set(_LABELS) == set(FIGURES), "every figure has a label"  # noqa: S101 -- a new figure must not go unseen
