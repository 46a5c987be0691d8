"""The directory and the tables as files that people edit: JSON, and CSV for a spreadsheet. Pure.

Invariant: what is written and read again is equal. A file that cannot be read is refused with its line and what to do.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal, TypeAlias

from pydantic import ValidationError

from contracts import Directory, PlaceKind, Tables

Format: TypeAlias = Literal["json", "csv"]

PLACE_COLUMNS: Final = ("name", "kinds", "aliases")
TABLE_COLUMNS: Final = ("what", "name", "unit", "value")
_KEYWORD, _EXCEPTION, _CATEGORY, _ITEM, _UNIT = (
    "subcategory keyword",
    "subcategory exception",
    "subcategory weight",
    "item weight",
    "unit weight",
)
_BETWEEN: Final = "; "


class BadSheet(ValueError):
    """A file that is no directory or no tables: one sentence that says where and what to do."""


def write_directory(directory: Directory, form: Format) -> str:
    """JSON is the LOCATIONS face; CSV has one place a line, kinds and aliases with semicolons between."""
    if form == "json":
        return _json({name: place.model_dump(mode="json") for name, place in directory.places.items()})
    rows = ((name, _BETWEEN.join(place.kind), _BETWEEN.join(place.aliases)) for name, place in directory.places.items())
    return _csv(PLACE_COLUMNS, rows)


def read_directory(written: str) -> Directory:
    """A directory from either form. Raises BadSheet."""
    if written.lstrip().startswith("{"):
        return _directory(_parsed(written))
    places: dict[str, dict[str, Sequence[str]]] = {}
    for line, (name, kinds, aliases) in _rows(written, PLACE_COLUMNS):
        if not name or name in places:
            raise BadSheet(f"Line {line} has {'no name' if not name else f'the name {name} again'}; correct that line.")
        kind = _listed(kinds)
        if unknown := [k for k in kind if k not in set(PlaceKind)]:
            raise BadSheet(f'Line {line} has the kind "{unknown[0]}"; kinds are {", ".join(PlaceKind)}.')
        places[name] = {"aliases": _listed(aliases), "kind": kind}
    return _directory(places)


def write_tables(tables: Tables, form: Format) -> str:
    """JSON as the API gives it; CSV has one keyword or one weight a line."""
    return _json(tables.model_dump(mode="json")) if form == "json" else _csv(TABLE_COLUMNS, _table_rows(tables))


def read_tables(written: str) -> Tables:
    """Tables from either form. Raises BadSheet."""
    if written.lstrip().startswith("{"):
        return _tables(_parsed(written))
    rows = _TableRows()
    for line, (what, name, unit, value) in _rows(written, TABLE_COLUMNS):
        rows.add(line, what, name, unit, value)
    return _tables(rows.mapping())


class _TableRows:
    """What the lines of a CSV say so far."""

    def __init__(self) -> None:
        self._categories: dict[str, dict[str, Any]] = {}
        self._items: dict[str, dict[str, float]] = {}
        self._units: dict[str, float] = {}

    def add(self, line: int, what: str, name: str, unit: str, value: str) -> None:
        if what == _KEYWORD:
            self._category(name)["keywords"].append(value)
        elif what == _EXCEPTION:
            self._category(name)["exceptions"].append(value)
        elif what == _CATEGORY:
            self._category(name)["lbs_per_unit"][unit] = _pounds(line, value)
        elif what == _ITEM:
            self._items.setdefault(name, {})[unit] = _pounds(line, value)
        elif what == _UNIT:
            self._units[unit] = _pounds(line, value)
        else:
            kinds = ", ".join((_KEYWORD, _EXCEPTION, _CATEGORY, _ITEM, _UNIT))
            raise BadSheet(f'Line {line} begins with "{what}"; it must begin with one of: {kinds}.')

    def mapping(self) -> dict[str, object]:
        return {"categories": list(self._categories.values()), "item_units": self._items, "units": self._units}

    def _category(self, name: str) -> dict[str, Any]:
        return self._categories.setdefault(name, {"name": name, "keywords": [], "exceptions": [], "lbs_per_unit": {}})


def _table_rows(tables: Tables) -> Iterator[tuple[str, str, str, str]]:
    for category in tables.categories:
        yield from ((_KEYWORD, category.name, "", keyword) for keyword in category.keywords)
        yield from ((_EXCEPTION, category.name, "", phrase) for phrase in category.exceptions)
        yield from ((_CATEGORY, category.name, unit, f"{lbs:g}") for unit, lbs in category.lbs_per_unit.items())
    for item, weights in tables.item_units.items():
        yield from ((_ITEM, item, unit, f"{lbs:g}") for unit, lbs in weights.items())
    yield from ((_UNIT, "", unit, f"{lbs:g}") for unit, lbs in tables.units.items())


def _rows(written: str, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is not empty, trimmed, in the order of `columns`; semicolons may separate them."""
    first = written.lstrip("\ufeff").split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(written.lstrip("\ufeff"), newline=""), delimiter=delimiter)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if missing := [column for column in columns if column not in header]:
            raise BadSheet(f"The first line lacks the column {missing[0]}; it must name {', '.join(columns)}.")
        places = [header.index(column) for column in columns]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cells[at].strip() if at < len(cells) else "" for at in places]
    except csv.Error as error:
        raise BadSheet(f"Line {reader.line_num} is no CSV ({error}); save the sheet as CSV once more.") from None


def _pounds(line: int, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise BadSheet(f'Line {line} has the weight "{value}"; write a number of pounds.') from None


def _listed(cell: str) -> list[str]:
    return [part for part in (part.strip() for part in cell.split(";")) if part]


def _parsed(written: str) -> dict[str, object]:
    try:
        found: dict[str, object] = json.loads(written)
    except ValueError as error:
        raise BadSheet(f"This is no JSON ({error}); export the file once more and edit that.") from None
    return found


def _directory(mapping: dict[str, object] | dict[str, dict[str, Sequence[str]]]) -> Directory:
    try:
        return Directory.from_mapping(mapping)
    except ValidationError as error:
        raise BadSheet(f"This is no directory of places: {_first(error)}.") from None


def _tables(mapping: dict[str, object]) -> Tables:
    try:
        return Tables.model_validate(mapping)
    except ValidationError as error:
        raise BadSheet(f"These are no tables: {_first(error)}.") from None


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    return f"{'.'.join(map(str, found['loc']))}: {found['msg']}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return written.getvalue()
