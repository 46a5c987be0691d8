"""Which kind of file it is, by its bytes rather than its name, and its messages. Reads the file, writes nothing."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from audit_api.intake.archive import Bounds, FolderFiles, ZipFiles, check_bounds
from audit_api.intake.message import BadFile, Message
from audit_api.intake.rows import parse_csv, parse_jsonl, parse_labelled, parse_xlsx
from audit_api.intake.slack_export import parse_export
from contracts import LabelledRow

Kind: TypeAlias = Literal["auto", "audited"]

_ZIP, _OLD_OFFICE = b"PK", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Export:
    """Messages of a workspace, to be grouped into records."""

    messages: list[Message]


@dataclass(frozen=True)
class Rows:
    """Texts that are records already; with their labels when they were audited elsewhere."""

    messages: list[Message]
    labels: tuple[LabelledRow, ...] = ()


Parsed: TypeAlias = Export | Rows


def parse_folder(folder: Path, bounds: Bounds) -> Export:
    """A Slack export as a folder. Raises BadFile."""
    return Export(parse_export(FolderFiles(folder, bounds)))


def parse_file(name: str, path: Path, kind: Kind, now: datetime, bounds: Bounds) -> Parsed:
    """Raises BadFile. `name` is what the person calls the file, `now` the time that rows without one get."""
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise BadFile(name, None, "it is empty.")
    if path.stat().st_size > bounds.total_bytes:
        raise BadFile(name, None, "it is too large; import it in parts.")
    if kind == "audited":
        labelled = parse_labelled(name, path.read_bytes(), now)
        return Rows([message for message, _ in labelled], tuple(row for _, row in labelled))
    if head.startswith(_ZIP):
        return _parse_zip(name, path, now, bounds)
    return Rows(_parse_text(name, head, path, now))


def _parse_zip(name: str, path: Path, now: datetime, bounds: Bounds) -> Parsed:
    with path.open("rb") as file:
        files = ZipFiles(name, file, bounds)
        if not files.holds("xl/workbook.xml"):
            return Export(parse_export(files))
        check_bounds(name, files.all_sizes(), bounds)
        file.seek(0)
        return Rows(parse_xlsx(name, file, now))


def _parse_text(name: str, head: bytes, path: Path, now: datetime) -> list[Message]:
    if head.startswith(_OLD_OFFICE):
        raise BadFile(name, None, "it is an old Excel file; save it as .xlsx.")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"[":
        raise BadFile(name, None, "it is one JSON list; give the whole Slack export as a zip, or one object a line.")
    if start == b"{" or name.lower().endswith(".jsonl"):
        return parse_jsonl(name, path.read_bytes(), now)
    return parse_csv(name, path.read_bytes(), now)
