"""Direction and places of the whole message, from its legs.

A source outside and a written destination, or legs of both kinds, are `both`; a source outside alone is inbound; what
somebody took, or was brought to a place without a source outside, is outbound; dropped or received is inbound. A list
without any of it is unknown.
"""

from typing import NamedTuple

from contracts import Direction
from regex_extractor.places import Place
from regex_extractor.sections import Leg
from regex_extractor.verbs import Verb


class Route(NamedTuple):
    direction: Direction
    span: tuple[int, int] | None
    rescue: Place | None
    drop_off: Place | None
    from_home: bool
    """A leg leaves the warehouse, written or not."""
    to_home: bool
    """A leg reaches it."""


def read_route(legs: list[Leg]) -> Route:
    """The route of all legs together."""
    moved = [leg for leg in legs if leg.rows] or [leg for leg in legs if _is_told(leg)]
    direction = _direction(moved)
    span = next((leg.move.span for leg in moved if leg.move.span), None)
    return Route(
        direction,
        span,
        _rescue(moved),
        _drop_off(moved),
        from_home=any(goes_out(leg) for leg in moved),
        to_home=any(_comes_in(leg) for leg in moved),
    )


def _is_told(leg: Leg) -> bool:
    """A leg whose items are not listed, and that is over (`picking up from the market at 3pm` is not)."""
    return leg.move.verb is not None and is_outside(leg.move.source) and not leg.move.under_way


def is_outside(place: Place | None) -> bool:
    return place is not None and not place.home


def goes_out(leg: Leg) -> bool:
    """Whether a leg leaves the group's warehouse."""
    move = leg.move
    if is_outside(move.source):
        return False
    if move.source is not None:  # from home
        return True
    away = any(not place.home for place in (*move.destinations, *leg.spread))
    if move.verb in (Verb.DROP, None):
        return away
    if move.verb is Verb.SEND:
        return away or move.actor is not None
    return move.verb is Verb.TAKE or away or move.actor is not None


def _comes_in(leg: Leg) -> bool:
    return not goes_out(leg) and (leg.move.verb is Verb.DROP or is_outside(leg.move.source))


def _direction(legs: list[Leg]) -> Direction:
    inward = any(is_outside(leg.move.source) for leg in legs)
    outward = any(goes_out(leg) for leg in legs)
    dropped = any(leg.move.verb is Verb.DROP and not goes_out(leg) for leg in legs)
    explicit = any(leg.move.destinations or leg.spread for leg in legs)
    if (inward and (explicit or outward)) or (dropped and outward):
        return Direction.BOTH
    if inward or dropped:
        return Direction.INBOUND
    if outward:
        return Direction.OUTBOUND
    return Direction.UNKNOWN


def _rescue(legs: list[Leg]) -> Place | None:
    """The first source outside, in its fullest spelling; else the warehouse where it is written."""
    sources = [leg.move.source for leg in legs if leg.move.source is not None]
    outside = [place for place in sources if not place.home]
    if not outside:
        return sources[0] if sources else None
    first = outside[0]
    fuller = [place for place in outside if _words(first) < _words(place)]
    return fuller[0] if fuller else first


def _words(place: Place) -> set[str]:
    return set(place.name.lower().replace("(unknown)", "").split())


def _drop_off(legs: list[Leg]) -> Place | None:
    """Where the first heading says, or who took it; else where single items or later sentences say."""
    for leg in legs:
        if leg.move.destinations:
            return _known_first(leg.move.destinations)
        if leg.move.actor is not None and goes_out(leg):
            return leg.move.actor
    spread = [place for leg in legs for place in leg.spread]
    return _known_first(spread) if spread else None


def _known_first(places: list[Place]) -> Place:
    return next((place for place in places if place.known), places[0])
