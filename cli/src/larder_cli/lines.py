"""Reading and writing the JSON-lines files of the command line's faces."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts import Directory, Extraction, LabelledRow, Reference
from larder_cli.errors import Refused
from reading.derive import DEFAULT_TABLES
from reading.labelled import BadLabel, parse_labelled_line


@dataclass(frozen=True)
class Message:
    """One readable line of IN.jsonl."""

    id: str
    text: str


@dataclass(frozen=True)
class Unreadable:
    """One line that is not; it gets a line of its own in the output."""

    line: int
    error: str

    def as_row(self) -> dict[str, object]:
        return {"id": None, "line": self.line, "error": self.error}


def read_messages(path: Path) -> Iterator[Message | Unreadable]:
    """Each line of `path` in order, blank ones too (as unreadable), so that input and output lines correspond."""
    with open_text(path) as file:
        for number, line in enumerate(file, start=1):
            yield parse_message(number, line)


def parse_message(number: int, line: bytes) -> Message | Unreadable:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Unreadable(number, f"not JSON: {error}")
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or not isinstance(row.get("id"), str | int):
        return Unreadable(number, 'a line must be an object with "id" and "text"')
    return Message(str(row["id"]), row["text"])


def read_labelled(path: Path) -> list[LabelledRow]:
    """LABELLED.jsonl. Raises Refused with the first line that cannot be read."""
    rows = []
    with open_text(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if text.strip():
                    rows.append(parse_labelled_line(text))
            except UnicodeDecodeError:
                raise Refused(f"{path}, line {number}: it is not UTF-8 text; save the file as UTF-8.") from None
            except BadLabel as error:
                raise Refused(f"{path}, line {number}: {error}") from None
    if not rows:
        raise Refused(f"{path} holds no labelled records.")
    return rows


def open_text(path: Path) -> Any:  # noqa: ANN401 - a binary file; typed by open()
    try:
        return path.open("rb")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from None


def read_reference(locations: Path | None) -> Reference:
    """The LOCATIONS file with the shipped tables; an empty directory when there is none."""
    if locations is None:
        return Reference(tables=DEFAULT_TABLES)
    try:
        mapping = json.loads(locations.read_bytes())
        return Reference(directory=Directory.from_mapping(mapping), tables=DEFAULT_TABLES)
    except OSError as error:
        raise Refused(f"{locations} cannot be read: {error.strerror}.") from None
    except (ValueError, AttributeError) as error:
        reason = str(error).splitlines()[0]
        raise Refused(
            f'{locations} is not a directory of places ({{name: {{"aliases": [], "kind": []}}}}): {reason}'
        ) from None


def as_output(extraction: Extraction) -> dict[str, Any]:
    """The extraction with its derived flat `items`, as OUT.jsonl shows it."""
    return {**extraction.model_dump(mode="json"), "items": [item.model_dump(mode="json") for item in extraction.items]}
