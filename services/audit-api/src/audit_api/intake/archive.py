"""The files of an export, from a zip or a folder, read one by one and within bounds.

Nothing is ever unpacked to disk, so that a name in an archive cannot point anywhere. Uploads and other files that are
not JSON are not read. The bounds hold for what a zip claims and for what it really gives.
"""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from audit_api.intake.message import BadFile

MIB = 1024 * 1024


@dataclass(frozen=True)
class Bounds:
    """How much an import may hold."""

    files: int = 200_000
    file_bytes: int = 128 * MIB
    total_bytes: int = 2048 * MIB


class FolderFiles(Mapping[str, bytes]):
    """The JSON files of a folder, by their path relative to it, with forward slashes."""

    def __init__(self, folder: Path, bounds: Bounds) -> None:
        paths = (path for path in folder.rglob("*.json") if path.is_file())
        self._paths = {path.relative_to(folder).as_posix(): path for path in paths}
        check_bounds(str(folder), {name: path.stat().st_size for name, path in self._paths.items()}, bounds)

    def __getitem__(self, name: str) -> bytes:
        return self._paths[name].read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


class ZipFiles(Mapping[str, bytes]):
    """The JSON files of a zip archive, by name. Raises BadFile when it is none, is damaged or is too big."""

    def __init__(self, name: str, file: IO[bytes], bounds: Bounds) -> None:
        self._name, self._bounds = name, bounds
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise BadFile(name, None, "it is not a zip archive, or it is cut short; download it again.") from error
        self._members = {info.filename: info for info in self._zip.infolist() if _is_wanted(info)}
        check_bounds(name, {member: info.file_size for member, info in self._members.items()}, bounds)

    def holds(self, name: str) -> bool:
        """Whether the archive has this member, JSON or not."""
        return name in self._zip.NameToInfo

    def all_sizes(self) -> dict[str, int]:
        """What every member claims to hold, in bytes."""
        return {info.filename: info.file_size for info in self._zip.infolist()}

    def __getitem__(self, name: str) -> bytes:
        try:
            with self._zip.open(self._members[name]) as member:
                data = member.read(self._bounds.file_bytes + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
            raise BadFile(f"{self._name}/{name}", None, f"it cannot be unpacked ({error}), get it again.") from error
        if len(data) > self._bounds.file_bytes:
            raise _too_big(f"{self._name}/{name}", self._bounds.file_bytes)
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith(".json") and not info.filename.startswith("__MACOSX/")


def check_bounds(name: str, sizes: Mapping[str, int], bounds: Bounds) -> None:
    """Raises BadFile when the members, by their claimed sizes in bytes, are too many or too big."""
    if len(sizes) > bounds.files:
        raise BadFile(name, None, f"it holds more than {bounds.files} files; import it in parts.")
    for member, size in sizes.items():
        if size > bounds.file_bytes:
            raise _too_big(f"{name}/{member}", bounds.file_bytes)
    if sum(sizes.values()) > bounds.total_bytes:
        raise _too_big(name, bounds.total_bytes)


def _too_big(name: str, limit: int) -> BadFile:
    return BadFile(name, None, f"it holds more than {limit // MIB} MiB; import it in parts.")
