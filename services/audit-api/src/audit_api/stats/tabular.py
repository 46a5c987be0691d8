"""Rows into files that other programs open: CSV, JSON lines, XLSX, Parquet.

Text that a spreadsheet would run as a formula is written as text. CSV and JSON lines are sent while they are made; the
other two need to be whole before their first byte is right, and wait in a temporary file.
"""

import csv
import io
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import IO, Any, Literal, TypeAlias

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from fastapi.responses import StreamingResponse
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from audit_api.stats.export import COLUMNS, Line, values_of

Format: TypeAlias = Literal["csv", "xlsx", "parquet", "jsonl"]

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
GROUP = 5_000
"""Rows of one Parquet row group."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
SCHEMA = pa.schema(
    [
        pa.field(name, kind)
        for name, kind in (
            ("record", pa.string()),
            ("posted_at", pa.timestamp("ms", tz="UTC")),
            *((name, pa.string()) for name in COLUMNS[2:9]),
            ("quantity", pa.float64()),
            ("unit", pa.string()),
            ("pounds", pa.float64()),
            *((name, pa.string()) for name in COLUMNS[12:17]),
            ("decided_at", pa.timestamp("ms", tz="UTC")),
        )
    ]
)


def written(rows: AsyncIterator[Line], kind: Format) -> StreamingResponse:
    """The download."""
    body = _WRITERS[kind](rows)
    name = f"larder-{datetime.now(UTC).date().isoformat()}.{kind}"
    return StreamingResponse(
        body, media_type=MEDIA[kind], headers={"content-disposition": f'attachment; filename="{name}"'}
    )


async def _csv(rows: AsyncIterator[Line]) -> AsyncIterator[str]:
    yield _csv_line(COLUMNS)
    async for row in rows:
        yield _csv_line([_harmless(_plain(value)) for value in values_of(row)])


def _csv_line(values: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


async def _jsonl(rows: AsyncIterator[Line]) -> AsyncIterator[str]:
    async for row in rows:
        values = (_plain(value) for value in values_of(row))
        yield json.dumps(dict(zip(COLUMNS, values, strict=True)), ensure_ascii=False) + "\n"


async def _xlsx(rows: AsyncIterator[Line]) -> AsyncIterator[bytes]:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Ledger")
    sheet.freeze_panes = "A2"
    sheet.append(COLUMNS)
    async for row in rows:
        sheet.append([_cell(sheet, value) for value in values_of(row)])
    with tempfile.TemporaryFile() as file:
        book.save(file)
        for part in _parts(file):
            yield part


def _cell(sheet: WriteOnlyWorksheet, value: object) -> object:
    """A cell of text stays text, whatever it begins with; a spreadsheet knows no time zones."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    return cell


async def _parquet(rows: AsyncIterator[Line]) -> AsyncIterator[bytes]:
    with tempfile.TemporaryFile() as file:
        with pq.ParquetWriter(file, SCHEMA) as writer:
            waiting: list[list[Any]] = []
            async for row in rows:
                waiting.append(values_of(row))
                if len(waiting) == GROUP:
                    writer.write_table(_table(waiting))
                    waiting = []
            writer.write_table(_table(waiting))
        for part in _parts(file):
            yield part


def _table(rows: list[list[Any]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(1 << 18), b"")


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _harmless(value: object) -> object:
    """A quote in front keeps a spreadsheet from running what a message says."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


_WRITERS: dict[Format, Callable[[AsyncIterator[Line]], AsyncIterator[str] | AsyncIterator[bytes]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "xlsx": _xlsx,
    "parquet": _parquet,
}
