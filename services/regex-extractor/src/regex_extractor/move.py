"""A move: what one clause, or several headings in a row, say of a leg. Pure data, and how two of them join."""

from dataclasses import dataclass, field

from regex_extractor.lexicon import RECEIVERS
from regex_extractor.places import Place
from regex_extractor.verbs import Verb


@dataclass(slots=True)
class Move:
    """What one clause says of a leg; any part may be missing."""

    verb: Verb | None = None
    span: tuple[int, int] | None = None
    """Where the verb, or else the cue, stands in the clean text."""
    actor: Place | None = None
    source: Place | None = None
    destinations: list[Place] = field(default_factory=list)
    bare: Place | None = None
    """The place that is the whole heading; its role depends on what follows."""
    under_way: bool = False
    """`picking up`, `headed to`: not over yet, unless items follow."""
    aside: bool = False
    """A sentence that tells where some of the items went; no heading."""

    @property
    def empty(self) -> bool:
        return not (self.verb or self.actor or self.source or self.destinations or self.bare)


def merged(first: Move, second: Move) -> Move:
    """What two headings in a row say together; the second one's verb counts."""
    if first.bare is not None and second.bare is not None and not first.verb:  # a title, and its first section
        give_role(first)
    acts = second.verb is not None and first.bare is not None and not first.bare.only_gives
    actor = second.actor or first.actor or (first.bare if acts else None)
    bare = second.bare or (first.bare if not acts else None)
    return Move(
        verb=second.verb or first.verb,
        span=second.span or first.span,
        actor=actor,
        source=second.source or first.source,
        destinations=[*first.destinations, *second.destinations],
        bare=bare,
        under_way=first.under_way or second.under_way,
    )


def give_role(move: Move) -> None:
    """A heading that is only a place: where the items came from, unless it is a place that only receives."""
    place, move.bare = move.bare, None
    if place is None:
        return
    sourced = move.source is not None and not (place.only_gives or place.home)  # "Corner Market pickup", below it "GK"
    given = move.verb in (Verb.DROP, Verb.SEND) and place.drop_off and not place.rescue  # "Drop-offs", below it "GK"
    if sourced or given:
        move.destinations.append(place)
    elif move.verb is not None and move.actor is None and not place.only_gives:
        move.actor = place
    elif place.home or (place.drop_off and not place.rescue) or RECEIVERS & set(place.name.lower().split()):
        move.destinations.append(place)
    elif move.source is None:
        move.source = place
