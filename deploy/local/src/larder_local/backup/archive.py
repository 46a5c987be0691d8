"""The file: a gzipped tar of parts. `header.json` comes first, `checks.json` last with each part's size and hash.

A part is cut into pieces of at most PIECE bytes, so that it can be written before its length is known and read without
being held in memory. A file without its checks was cut off and is refused.
"""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Literal, Self

from pydantic import ValidationError

from contracts.base import Contract
from larder_local.backup.errors import BackupError

FORMAT = 1
PIECE = 4 * 1024 * 1024
MAX_ENTRY = 64 * 1024 * 1024
"""Of header and checks; pieces are smaller."""
HEADER, CHECKS = "header.json", "checks.json"
READABLE = (tarfile.TarError, EOFError, OSError, json.JSONDecodeError, ValidationError)


class TableHeader(Contract):
    """One table: its columns in the order of the copied rows."""

    schema_name: str
    name: str
    columns: tuple[str, ...]

    @property
    def part(self) -> str:
        return f"database/{self.schema_name}.{self.name}"


class Header(Contract):
    """What a reader must know before the first row."""

    format: Literal[1] = 1
    made_at: datetime
    revisions: dict[str, str]
    """The migration that each schema was at."""
    tables: tuple[TableHeader, ...]
    sequences: dict[str, int | None]
    """`schema.name` -> the last value given out; None when none was."""
    rows: dict[str, int]
    """Rows by part, counted in the same snapshot."""


class Check(Contract):
    size: int
    sha256: str


@dataclass
class _Sum:
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, data: bytes) -> None:
        self.size += len(data)
        self.digest.update(data)

    @property
    def check(self) -> Check:
        return Check(size=self.size, sha256=self.digest.hexdigest())


class Writer:
    """Writes a back-up to a stream that need not seek. Leaving the block without an error completes the file."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=6)
        self._tar = tarfile.open(fileobj=self._zip, mode="w|")  # noqa: SIM115 - closed in __exit__
        self._sums: dict[str, _Sum] = {}
        self._held = bytearray()
        self._piece = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._add(CHECKS, json.dumps({part: it.model_dump() for part, it in self.checks.items()}).encode())
        self._tar.close()  # without its checks the file counts as cut off
        self._zip.close()

    @property
    def checks(self) -> dict[str, Check]:
        return {part: sum_.check for part, sum_ in self._sums.items()}

    def header(self, header: Header) -> None:
        self._add(HEADER, header.model_dump_json().encode())

    def begin(self, part: str) -> None:
        self._sums[part] = _Sum()
        self._piece = 0

    def write(self, part: str, data: bytes) -> None:
        """More bytes of the part that was begun last."""
        self._sums[part].add(data)
        self._held += data
        while len(self._held) >= PIECE:
            self._flush(part, PIECE)

    def end(self, part: str) -> None:
        if self._held or not self._piece:
            self._flush(part, len(self._held))

    def _flush(self, part: str, size: int) -> None:
        self._add(f"{part}@{self._piece:06d}", bytes(self._held[:size]))
        del self._held[:size]
        self._piece += 1

    def _add(self, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        self._tar.addfile(info, io.BytesIO(data))


class Reader:
    """Reads a back-up once, from front to back. `checks` is complete, and compared, when `pieces` has ended."""

    def __init__(self, stream: IO[bytes]) -> None:
        try:
            self._tar = tarfile.open(fileobj=stream, mode="r|gz")  # noqa: SIM115 - the stream is the caller's
            first, data = self._next()
            if first != HEADER:
                raise BackupError("This is no back-up of Larder: its header is missing.")
            if (found := json.loads(data).get("format")) != FORMAT:
                raise BackupError(f"The back-up has format {found}; this Larder reads {FORMAT}: update Larder first.")
            self.header = Header.model_validate_json(data)
        except READABLE as error:
            raise BackupError(f"This is no back-up of Larder, or it is damaged: {error}") from None
        self.checks: dict[str, Check] = {}

    def pieces(self) -> Iterator[tuple[str, bytes]]:
        """(part, bytes) in the order of the file. Raises BackupError when anything is damaged or missing."""
        sums: dict[str, _Sum] = {}
        while True:
            try:
                name, data = self._next()
                if name == CHECKS:
                    self.checks = {part: Check.model_validate(check) for part, check in json.loads(data).items()}
                    break
            except READABLE as error:
                raise BackupError(f"The back-up is damaged or was cut off: {error}; use another one.") from None
            part = name.rpartition("@")[0]
            sums.setdefault(part, _Sum()).add(data)
            yield part, data
        wrong = {
            part for part in {*sums, *self.checks} if part not in sums or sums[part].check != self.checks.get(part)
        }
        if wrong:
            raise BackupError(f"The back-up is damaged at {', '.join(sorted(wrong)[:3])}; use another one.")

    def _next(self) -> tuple[str, bytes]:
        member = self._tar.next()
        if member is None:
            raise EOFError("it ends too early")
        file = self._tar.extractfile(member)
        if file is None or member.size > MAX_ENTRY:
            raise tarfile.TarError(f"unexpected entry {member.name}")
        return member.name, file.read()
