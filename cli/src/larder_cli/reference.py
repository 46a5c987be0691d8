"""`larder directory` and `larder tables`: the group's places and tables, out as files and in again.

Invariant: nothing is saved before the file has been read whole, and tables are saved only after what they change was
shown.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from contracts import Directory, Place, PlaceKind, Tables
from larder_cli.errors import Refused
from larder_cli.service import Service
from reading.places import Places
from reading.sheets import BadSheet, Format, read_directory, read_tables, write_directory, write_tables

T = TypeVar("T")


def form_of(path: Path | None, default: Format = "json") -> Format:
    """By the file's ending. Raises Refused."""
    if path is None:
        return default
    if path.suffix.lower() not in (".json", ".csv"):
        raise Refused(f"{path} ends neither in .json nor in .csv; give it one of these endings.")
    return "csv" if path.suffix.lower() == ".csv" else "json"


def show_directory() -> Directory:
    return Directory(places=Service().get("/api/directory"))


def export_directory(output: Path | None) -> str:
    return write_directory(show_directory(), form_of(output))


def import_directory(path: Path, *, replace: bool) -> tuple[int, int]:
    """How many places the directory has before and after. Without `replace`, places that the file lacks stay."""
    present = show_directory()
    read = _read(path, read_directory)
    return len(present.places), len(_save(read if replace else _merged(present, read)).places)


def add_place(name: str, aliases: list[str], kinds: list[PlaceKind]) -> None:
    """A new place, or more aliases and kinds for one that is there."""
    place = Place(aliases=tuple(aliases), kind=tuple(kinds))
    _save(_merged(show_directory(), Directory(places={name: place})))


def remove_place(name: str) -> None:
    """Raises Refused when there is no such place."""
    places = dict(show_directory().places)
    if name not in places:
        raise Refused(f'There is no place "{name}"; `larder directory list` shows them.')
    del places[name]
    _save(Directory(places=places))


def preview_alias(spelling: str, place: str) -> dict[str, Any]:
    found: dict[str, Any] = Service().post(
        "/api/directory/aliases/preview", {"spelling": spelling, "place": _known(place)}
    )
    return found


def add_alias(spelling: str, place: str) -> None:
    Service().post("/api/directory/aliases", {"spelling": spelling, "place": _known(place)})


def show_tables() -> Tables:
    return Tables.model_validate(Service().get("/api/tables"))


def export_tables(output: Path | None) -> str:
    return write_tables(show_tables(), form_of(output))


def preview_tables(path: Path) -> dict[str, Any]:
    """What the tables in a file would change in past totals."""
    found: dict[str, Any] = Service().post("/api/tables/preview", _read(path, read_tables).model_dump(mode="json"))
    return found


def import_tables(path: Path) -> None:
    Service().put("/api/tables", _read(path, read_tables).model_dump(mode="json"))


def write_out(path: Path, text: str) -> None:
    """The file whole or not at all."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(text)
    partial.replace(path)


def _known(place: str) -> str:
    """The canonical name of a place by any of its spellings; as typed when there is none, for the service to refuse."""
    return Places(show_directory()).resolve(place) or place


def _merged(present: Directory, added: Directory) -> Directory:
    places = dict(present.places)
    for name, place in added.places.items():
        old = places.get(name, Place())
        places[name] = Place(
            aliases=tuple(dict.fromkeys((*old.aliases, *place.aliases))),
            kind=tuple(dict.fromkeys((*old.kind, *place.kind))),
        )
    return Directory(places=places)


def _save(directory: Directory) -> Directory:
    homes = [name for name, place in directory.places.items() if PlaceKind.HOME in place.kind]
    if len(homes) > 1:
        raise Refused(f"Only one place can be home, and these are: {', '.join(homes)}. Nothing was saved.")
    body = {name: place.model_dump(mode="json") for name, place in directory.places.items()}
    return Directory(places=Service().put("/api/directory", body))


def _read(path: Path, read: Callable[[str], T]) -> T:
    try:
        return read(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{path} is no UTF-8 text; save it as CSV (UTF-8).") from None
    except BadSheet as bad:
        raise Refused(f"{path}: {bad}") from None
