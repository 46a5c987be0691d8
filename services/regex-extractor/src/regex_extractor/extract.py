"""Reading a message by rules. Pure, linear in the text, no network; every value knows where it is written."""

from functools import lru_cache
from typing import Any

from contracts import Directory, Extraction, Item, Span, Tables
from reading.derive import Deriver, deriver
from regex_extractor.direction import Route, goes_out, is_outside, read_route
from regex_extractor.places import Gazetteer, Place
from regex_extractor.rows import Row
from regex_extractor.sections import Leg, read_legs
from regex_extractor.text import Text


def extract(text: str, directory: Directory, tables: Tables) -> Extraction:
    """What `text` says was moved. Any text gives an extraction; one that moves nothing has no sections."""
    message, rules, gazetteer = Text(text), deriver(tables), gazetteer_of(directory)
    legs = read_legs(message, gazetteer, rules)
    return _Writer(message, rules).write(legs, read_route(legs), gazetteer.home)


_recent: dict[int, tuple[Directory, Gazetteer]] = {}


def gazetteer_of(directory: Directory) -> Gazetteer:
    """The compiled directory; the last few are kept."""
    known = _recent.get(id(directory))
    if known is not None and known[0] is directory:
        return known[1]
    if len(_recent) >= 8:
        _recent.clear()
    gazetteer = Gazetteer(directory)
    _recent[id(directory)] = (directory, gazetteer)
    return gazetteer


class _Writer:
    """Builds the extraction; every part of it is validated once."""

    def __init__(self, message: Text, rules: Deriver) -> None:
        self.message, self.rules = message, rules
        self.evidence: dict[str, Span] = {}

    def write(self, legs: list[Leg], route: Route, home: str | None) -> Extraction:
        legs = [leg for leg in legs if leg.rows]
        sources = [leg.move.source.name for leg in legs if leg.move.source]
        split = len(sources) > 1 and len(set(sources)) == 1
        sections = [self._section(at, leg, split=split) for at, leg in enumerate(legs)]
        self._point("direction", route.span)
        rescue = self._place("rescue_location", route.rescue)
        drop_off = self._place("drop_off_location", route.drop_off)
        if route.from_home and rescue is None:
            rescue = home
        if route.to_home and drop_off is None:
            drop_off = home
        return Extraction.model_validate(
            {
                "direction": route.direction,
                "rescue_location": rescue,
                "drop_off_location": drop_off,
                "sections": sections,
                "evidence": self.evidence,
                "tables_version": self.rules.version,
            }
        )

    def _section(self, at: int, leg: Leg, *, split: bool) -> dict[str, Any]:
        path = f"sections.{at}"
        location = self._place(f"{path}.location", _location(leg, split=split))
        return {"location": location, "items": [self._item(f"{path}.items.{n}", row) for n, row in enumerate(leg.rows)]}

    def _item(self, path: str, row: Row) -> Item:
        self._point(f"{path}.name", row.name_span)
        self._point(f"{path}.quantity", row.quantity_span)
        self._point(f"{path}.unit", row.unit_span)
        return self.rules.filled(row.name, row.quantity, row.unit, row.pounds)

    def _place(self, path: str, place: Place | None) -> str | None:
        if place is None:
            return None
        self._point(path, (place.start, place.end))
        return place.name

    def _point(self, path: str, span: tuple[int, int] | None) -> None:
        if span is not None:
            self.evidence[path] = _span(*self.message.span(*span))


@lru_cache(maxsize=65536)
def _span(start: int, end: int) -> Span:
    """Spans are frozen, and short ones near the beginning come again in every message."""
    return Span(start=start, end=end)


def _location(leg: Leg, *, split: bool) -> Place | None:
    """A section is named by its source; by its destination when it leaves the warehouse or all share a source."""
    move = leg.move
    told = [*move.destinations, *([move.actor] if move.actor and goes_out(leg) else []), *leg.spread]
    if goes_out(leg) or (split and told and is_outside(move.source)):
        return told[0] if told else move.source
    return move.source or (told[0] if told else None)
