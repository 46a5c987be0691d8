"""`larder extract`: read messages on this machine, by rules or with a model; no service is needed.

Output lines stand in input order, one for each input line. A run that was cut off goes on where it ended: the lines
that the output file already holds are kept.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from contracts import Extraction, Method, Reference
from contracts.names import BASE
from larder_cli.errors import Refused
from larder_cli.lines import Message, Unreadable, as_output, read_messages
from larder_cli.progress import bar
from larder_cli.versions import adapter_folder, base_model

ReadTexts = Callable[[Sequence[str]], list[Extraction | str]]
"""One extraction for each text, or the sentence that says why it could not be read."""
BATCH = 32


class Extractor:
    """A method, its version, and how it reads a batch of texts."""

    def __init__(self, method: Method, version: str | None, reference: Reference) -> None:
        self.method = method
        self.version, self.read = _by_rules(reference) if method is Method.REGEX else _by_model(version, reference)


def extract_message(extractor: Extractor, text: str) -> dict[str, Any]:
    return _rows(extractor, [Message("message", text)])[0]


def extract_file(extractor: Extractor, source: Path, target: Path) -> int:
    """Write OUT.jsonl; the number of unreadable lines."""
    total = sum(1 for _ in read_messages(source))
    done, unreadable = _finished_lines(target)
    if done > total:
        raise Refused(f"{target} holds {done} lines but {source} only {total}: name another output file.")
    with target.open("ab") as output, bar() as progress:
        task = progress.add_task("Reading", total=total, completed=done, note="")
        for batch in _batches(islice(read_messages(source), done, None)):
            rows = _rows(extractor, batch)
            output.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
            output.flush()
            unreadable += sum("error" in row for row in rows)
            progress.advance(task, len(rows))
    return unreadable


def _rows(extractor: Extractor, batch: Sequence[Message | Unreadable]) -> list[dict[str, Any]]:
    """One row for each line; a batch's time is shared among its messages."""
    messages = [line for line in batch if isinstance(line, Message)]
    began = time.perf_counter()
    read = iter(extractor.read([message.text for message in messages]))
    each = (time.perf_counter() - began) * 1000 / max(1, len(messages))
    return [
        line.as_row() if isinstance(line, Unreadable) else _row(extractor, line, next(read), each) for line in batch
    ]


def _row(extractor: Extractor, message: Message, reading: Extraction | str, ms: float) -> dict[str, Any]:
    row = {"id": message.id, "method": extractor.method.value, "version": extractor.version}
    if isinstance(reading, str):
        return {**row, "error": reading}
    return {**row, "extraction": as_output(reading), "ms": round(ms, 3)}


def _by_rules(reference: Reference) -> tuple[str, ReadTexts]:
    from regex_extractor import VERSION
    from regex_extractor.extract import extract

    return VERSION, lambda texts: [extract(text, reference.directory, reference.tables) for text in texts]


def _by_model(version: str | None, reference: Reference) -> tuple[str, ReadTexts]:
    """Raises Refused when the base or the adapter cannot be used."""
    folder = adapter_folder(version)
    from inference_worker.adapters import AdapterRefused
    from inference_worker.engines.base import BaseModelError
    from inference_worker.reader import MessageRefused, Reader
    from regex_extractor.extract import extract

    try:
        reader = Reader.load(base_model(), folder)
    except (AdapterRefused, BaseModelError) as error:
        raise Refused(str(error)) from None

    def read(texts: Sequence[str]) -> list[Extraction | str]:
        drafts = [extract(text, reference.directory, reference.tables) for text in texts]
        try:
            return [*reader.read(texts, reference, drafts)]
        except MessageRefused as refusal:
            return [str(refusal)] if len(texts) == 1 else [reading for text in texts for reading in read([text])]

    return folder.name if folder else BASE, read


def _finished_lines(target: Path) -> tuple[int, int]:
    """How many whole lines the output holds, and how many of them are errors; a torn last line is cut off."""
    if not target.exists():
        return 0, 0
    content = target.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) != len(content):
        print(f"{target} ends in the middle of a line, which is read again.", file=sys.stderr)
        with target.open("r+b") as file:
            file.truncate(len(whole))
    lines = whole.splitlines()
    return len(lines), sum(b'"error": ' in line[:200] for line in lines)


def _batches(lines: Iterator[Message | Unreadable]) -> Iterator[list[Message | Unreadable]]:
    while batch := list(islice(lines, BATCH)):
        yield batch
