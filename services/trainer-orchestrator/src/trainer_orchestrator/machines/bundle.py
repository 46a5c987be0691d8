"""What a machine is sent: the recipe with what it imports, the pinned packages, the dataset, a base model of our own.

Invariant: the same content gives the same bytes, so that a transfer that broke off goes on after any restart.
"""

import io
import tarfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

LOCK: Final = "requirements.lock"
CODE: Final = "code"
DATA: Final = "job/data"
BASE: Final = "base"
PACKAGES: Final = ("contracts", "reading", "trainer_orchestrator")
PARTS: Final = (
    "recipe",
    "machines/__init__.py",
    "machines/detached.py",
    "machines/workplace.py",
    "machines/prepare.py",
)
"""Of the trainer only what runs on the machine; `contracts` and `reading` are sent whole."""


def write_bundle(target: Path, dataset: Path, base: str) -> None:
    """Write the archive; `base` is added when it is a folder here."""
    half = target.with_name(target.name + ".part")
    with tarfile.open(half, "w", format=tarfile.PAX_FORMAT) as archive:
        for source, name in sorted(_content(dataset, base), key=lambda pair: pair[1]):
            _add(archive, name, source.read_bytes())
    half.replace(target)


def base_on_machine(base: str) -> str:
    """What the recipe is told there: the sent folder under its own name, which an adapter's manifest keeps, relative to
    the machine's folder; or the Hugging Face id.
    """
    return f"{BASE}/{Path(base).name}" if Path(base).is_dir() else base


def lock_file() -> Path:
    """The recipe's pinned packages, without torch."""
    return Path(str(files("trainer_orchestrator") / "recipe" / LOCK))


def _content(dataset: Path, base: str) -> Iterator[tuple[Path, str]]:
    for package in PACKAGES:
        root = Path(str(files(package)))
        for path in _files(root):
            inside = path.relative_to(root).as_posix()
            if package != "trainer_orchestrator" or inside == "__init__.py" or inside.startswith(PARTS):
                yield path, f"{CODE}/{package}/{inside}"
    yield lock_file(), f"{CODE}/{LOCK}"
    for path in _files(dataset):
        yield path, f"{DATA}/{path.relative_to(dataset).as_posix()}"
    if Path(base).is_dir():
        for path in _files(Path(base)):
            yield path, f"{base_on_machine(base)}/{path.relative_to(base).as_posix()}"


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    archive.addfile(entry, io.BytesIO(content))
