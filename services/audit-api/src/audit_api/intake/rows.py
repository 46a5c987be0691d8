"""Tables of texts become messages: JSONL `{"id", "text"}`, CSV and XLSX with the columns id and text. Pure.

Rows come without a channel: they get the channel `import`, their id is their `ts` and their record's id, and their
order is kept by giving each a later microsecond. Blank rows are skipped; all else that is wrong is refused with its
line.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import IO, TypeVar

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import ValidationError

from audit_api.intake.message import IMPORT_CHANNEL, BadFile, Message, storable
from contracts import LabelledRow
from reading.labelled import BadLabel, parse_labelled_line

T = TypeVar("T")
Row = tuple[str, str, str]
"""(place, id, text)"""

TOLD = 5
"""Lines of a file that are complained of one by one."""
MAX_ID = 200
MAX_TEXT = 200_000
csv.field_size_limit(MAX_TEXT)


def parse_jsonl(name: str, data: bytes, now: datetime) -> list[Message]:
    """Raises BadFile."""
    rows = ((place, *_json_row(name, place, line)) for place, line in _lines(name, data))
    return _messages(name, rows, now)


def parse_labelled(name: str, data: bytes, now: datetime) -> list[tuple[Message, LabelledRow]]:
    """Audited records: `{"id", "text", "extraction"}` a line. Raises BadFile, with what is wrong line by line."""
    labelled = _labelled_rows(name, data)
    messages = _messages(name, ((place, row.id, row.text) for place, row in labelled), now)
    by_id: dict[str, LabelledRow] = {}
    for place, row in labelled:
        known = by_id.setdefault(storable(row.id).strip(), row)
        if known.extraction != row.extraction:
            raise BadFile(name, place, f'id "{row.id}" stands above with another reading; keep the right one.')
    return [(message, by_id[message.ts]) for message in messages]


def parse_csv(name: str, data: bytes, now: datetime) -> list[Message]:
    """Raises BadFile."""
    reader = csv.reader(io.StringIO(_decoded(name, data), newline=""), strict=True)
    try:
        lines = [(f"line {reader.line_num}", cells) for cells in reader]
    except csv.Error as error:
        raise BadFile(name, f"line {reader.line_num}", f"it is not CSV ({error}).") from error
    return _messages(name, _table(name, lines), now)


def parse_xlsx(name: str, file: IO[bytes], now: datetime) -> list[Message]:
    """The first sheet. Raises BadFile."""
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        lines = [(f"row {n}", [_cell(v) for v in row]) for n, row in enumerate(sheet.iter_rows(values_only=True), 1)]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError) as error:
        raise BadFile(name, None, f"it is not a readable XLSX workbook ({error}); save it again as .xlsx.") from error
    return _messages(name, _table(name, lines), now)


def _messages(name: str, rows: Iterable[Row], now: datetime) -> list[Message]:
    """A repeated row is taken once; an id with two texts is refused."""
    seen: dict[str, Message] = {}
    for place, row_id, text in rows:
        message = _message(name, place, row_id, text, now + timedelta(microseconds=len(seen)))
        known = seen.setdefault(message.ts, message)
        if known.source != message.source:
            raise BadFile(name, place, f'id "{message.ts}" stands above with another text; give each text its own id.')
    if not seen:
        raise BadFile(name, None, "it holds no rows.")
    return list(seen.values())


def _message(name: str, place: str, row_id: str, text: str, posted_at: datetime) -> Message:
    row_id, text = storable(row_id).strip(), storable(text).strip()
    if not row_id or len(row_id) > MAX_ID:
        raise BadFile(name, place, f"its id is {'empty' if not row_id else f'longer than {MAX_ID} characters'}.")
    if not text or len(text) > MAX_TEXT:
        raise BadFile(name, place, f"its text is {'empty' if not text else f'longer than {MAX_TEXT} characters'}.")
    return Message(
        channel_id=IMPORT_CHANNEL,
        channel=IMPORT_CHANNEL,
        ts=row_id,
        author_id=IMPORT_CHANNEL,
        author=IMPORT_CHANNEL,
        source=text,
        text=text,
        posted_at=posted_at,
    )


def _lines(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(_decoded(name, data).split("\n"), start=1):
        if line.strip():
            yield f"line {number}", line


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(name, f"line {line}", "it is not UTF-8 text; save the file as UTF-8.") from error


def _json_row(name: str, place: str, line: str) -> tuple[str, str]:
    row = _refusing(name, place, lambda: json.loads(line))
    if not isinstance(row, dict):
        raise BadFile(name, place, 'it is no object {"id", "text"}.')
    row_id, text = row.get("id"), row.get("text")
    if isinstance(row_id, int) and not isinstance(row_id, bool):
        row_id = str(row_id)
    for field, value in (("id", row_id), ("text", text)):
        if not isinstance(value, str):
            raise BadFile(name, place, f'"{field}" is missing or no text.')
    return str(row_id), str(text)


def _labelled_rows(name: str, data: bytes) -> list[tuple[str, LabelledRow]]:
    rows, problems = list[tuple[str, LabelledRow]](), list[tuple[str, str]]()
    for place, line in _lines(name, data):
        try:
            rows.append((place, parse_labelled_line(line)))
        except BadLabel as problem:
            problems.append((place, str(problem)))
    if problems:
        raise _all_of(name, problems)
    return rows


def _all_of(name: str, problems: list[tuple[str, str]]) -> BadFile:
    """A sentence for each problem; of very many, for the first ones."""
    (place, first), *others = problems
    told = "".join(f" {place.capitalize()}: {problem}" for place, problem in others[: TOLD - 1])
    rest = f" {len(problems) - TOLD} more lines are like that." if len(problems) > TOLD else ""
    return BadFile(name, place, first + told + rest)


def _refusing(name: str, place: str, parse: Callable[[], T]) -> T:
    try:
        return parse()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadFile(name, place, f"{where + ': ' if where else ''}{first['msg']}.") from error
    except (ValueError, RecursionError) as error:
        raise BadFile(name, place, f"it is not the JSON that is expected ({error}).") from error


def _table(name: str, lines: Iterable[tuple[str, list[str]]]) -> Iterator[Row]:
    filled = ((place, cells) for place, cells in lines if any(cell.strip() for cell in cells))
    place, header = next(filled, ("line 1", []))
    columns = {title.strip().lower(): index for index, title in reversed(list(enumerate(header)))}
    for column in ("id", "text"):
        if column not in columns:
            raise BadFile(name, place, f'there is no column "{column}"; the first line names the columns.')
    for place, cells in filled:
        padded = [*cells, *[""] * len(header)]
        yield place, padded[columns["id"]], padded[columns["text"]]


def _cell(value: object) -> str:
    """Numbers as a person typed them: 7, not 7.0."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
