"""A scan: one clause as it is read from left to right, the places in it, and the move found so far.

Invariant: a place enters the move through `give`, `send`, or as the one who acts; the position never moves back.
"""

from bisect import bisect_left

from regex_extractor.headings import is_plain_place, is_proper
from regex_extractor.move import Move
from regex_extractor.places import Gazetteer, Place
from regex_extractor.tokens import Token
from regex_extractor.units import is_food
from regex_extractor.verbs import Verb


class Scan:
    """Tokens `[start, end)` of a clause; `at` is the one that is looked at."""

    def __init__(
        self, text: str, tokens: list[Token], start: int, end: int, gazetteer: Gazetteer, led: Verb | None
    ) -> None:
        self.text, self.tokens, self.start, self.end = text, tokens, start, end
        self.gazetteer = gazetteer
        self.known = gazetteer.mentions(text, tokens[start].start, tokens[end - 1].end)
        self.led = led
        """The verb before the item that this clause stands behind."""
        self.at = start
        self.verb: Verb | None = None
        """The last verb, at token `verb_at`; the move keeps the first one."""
        self.verb_at = -1
        self.first_verb_at = -1
        self.awaits_destination = False
        self.loose: list[tuple[int, Place]] = []
        """Places without a preposition, with their token, for the verb or the end of the clause to claim."""
        self.move = Move()

    @property
    def token(self) -> Token:
        """The token that is looked at."""
        return self.tokens[self.at]

    @property
    def opens(self) -> bool:
        """Whether the clause begins its line, and does not stand behind an item."""
        return self.start == 0

    def phrase(self, at: int) -> Place | None:
        """The place that begins at token `at`."""
        return self.gazetteer.phrase(self.text, self.tokens, at, self.known) if at < self.end else None

    def known_behind(self, position: int) -> Place | None:
        """The first known place behind a position of the text."""
        at = bisect_left(self.known, position, key=lambda place: place.start)
        return self.known[at] if at < len(self.known) else None

    def unknown_before(self, at: int, *, whole: bool = False) -> Place | None:
        """The place between the clause's beginning and token `at`; `whole`: a proper name that fills all of it."""
        place = self.phrase(self.start)
        if place is None or place.end > self.tokens[at].start:
            return None
        fills = place.end >= self.tokens[at - 1].end and is_proper(place.name)
        return place if fills or not whole else None

    def go_behind(self, place: Place) -> None:
        """On to the token behind `place`."""
        while self.at < self.end and self.tokens[self.at].start < place.end:
            self.at += 1

    def say(self, start: int, end: int) -> None:
        """The first word that tells the direction is the move's span."""
        self.move.span = self.move.span or (start, end)

    def give(self, place: Place) -> None:
        """`place` is where the food came from, unless a better source is known."""
        current = self.move.source
        if current is None or current.home or (place.known and not current.known):
            self.move.source = place
            self.say(place.start, place.end)

    def send(self, place: Place, at: int) -> None:
        """`place`, which begins at token `at`, is where the food went."""
        self.move.destinations.append(place)
        self.say(place.start, place.end)
        self.at = at
        self.go_behind(place)

    def ends_with(self, place: Place) -> bool:
        """Whether no more than punctuation stands behind `place`."""
        last = self.tokens[self.end - 1]
        return place.end >= (last.start if last.kind in ":-.," else last.end)

    def is_target(self, place: Place) -> bool:
        """An unknown name that something goes to: a proper one, or what ends a heading behind its verb."""
        if is_proper(place.name):
            return True
        ends = self.opens and self.ends_with(place) and not is_food(place.name.lower())
        return ends and (self.verb is not None or self._heads(place))

    def _heads(self, place: Place) -> bool:
        """`For the elders:`, `sunrise bakery to depot`."""
        before = [token.word for token in self.tokens[self.start : self.at] if token.kind == "w"]
        told = is_plain_place(before) if before else self.tokens[self.end - 1].kind == ":"
        return told and is_plain_place(place.name.lower().split())
