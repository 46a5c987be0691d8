"""Spellings of a place that an audit teaches: `LF` was corrected to `Love Fridge`. Pure.

Invariant: an alias is offered only for a place of the directory, and only for a spelling that the message really holds
and that the directory does not already read as that place.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from contracts import Directory, Extraction, Place
from reading.places import Places, key

SHORTEST = 2


class Alias(BaseModel):
    """Another spelling of a place."""

    model_config = ConfigDict(frozen=True)

    spelling: str = Field(min_length=1, max_length=120)
    place: str = Field(min_length=1)


def taught_aliases(text: str, read: Extraction, decided: Extraction, directory: Directory) -> list[Alias]:
    """The spellings in `text` that `read` took for something else and `decided` calls a place of `directory`."""
    places = Places(directory)
    found = dict.fromkeys(
        Alias(spelling=spelling, place=place)
        for path, place in _places_of(decided)
        if place in directory.places and (spelling := _written(text, read, path)) and places.resolve(spelling) != place
    )
    return [alias for alias in found if len(key(alias.spelling)) >= SHORTEST]


def taken_by(alias: Alias, directory: Directory) -> str | None:
    """The other place that the directory reads this spelling as, if any."""
    place = Places(directory).resolve(alias.spelling)
    return place if place != alias.place else None


def with_alias(directory: Directory, alias: Alias) -> Directory:
    """`directory` in which `alias` names its place. Raises KeyError when there is no such place."""
    place = directory.places[alias.place]
    if Places(directory).resolve(alias.spelling) == alias.place:
        return directory
    known = Place(aliases=(*place.aliases, alias.spelling), kind=place.kind)
    return Directory(places={**directory.places, alias.place: known})


class Repairs:
    """Which texts name the place only by the new spelling."""

    def __init__(self, directory: Directory, alias: Alias) -> None:
        self._place = alias.place
        self._before, self._after = Places(directory), Places(with_alias(directory, alias))

    def fix(self, text: str) -> bool:
        """Whether the alias finds the place in `text`, and the directory as it is does not."""
        return self._named(self._after, text) and not self._named(self._before, text)

    def _named(self, places: Places, text: str) -> bool:
        return any(mention.name == self._place for mention in places.find(text))


def _places_of(extraction: Extraction) -> Iterator[tuple[str, str]]:
    ends = (("rescue_location", extraction.rescue_location), ("drop_off_location", extraction.drop_off_location))
    sections = ((f"sections.{at}.location", section.location) for at, section in enumerate(extraction.sections))
    yield from ((path, place) for path, place in (*ends, *sections) if place)


def _written(text: str, read: Extraction, path: str) -> str | None:
    """What stands in the text where `read` found the place of this path."""
    span = read.evidence.get(path)
    return " ".join(text[span.start : span.end].split()).strip(" :,.-*_") if span else None
