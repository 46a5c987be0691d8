"""Moves: who moves what where, as one clause says it (`SWC took from the barn for the shelter`).

Invariant: a place enters a move only by a cue (a preposition, a verb, an arrow, being the whole heading); a place that
only occurs moves nothing. A clause with a negation or a request moves nothing.
"""

from bisect import bisect_left
from typing import Final

from regex_extractor.headings import (
    MAX_TOKENS,
    is_aside,
    is_heading,
    is_plain_place,
    is_proper,
    is_title,
    is_unknown_place,
    unknown_actor,
    unknown_source,
)
from regex_extractor.lexicon import (
    ASKING,
    GIVERS,
    NOT_TO,
    ORGANISATIONS,
    REASONS,
    REQUESTS,
    RESCUE_NOUNS,
    RUNS,
    TAKE_NOUNS,
    TIMES,
)
from regex_extractor.move import Move
from regex_extractor.places import Gazetteer, Place
from regex_extractor.tokens import Token
from regex_extractor.units import is_food
from regex_extractor.verbs import Verb, is_negation, is_not_said, verb_of

_BEFORE_SOURCE: Final = frozenset({"from", "frm", "fr", "form"})
_BEFORE_DESTINATION: Final = frozenset({"to", "into", "onto"})
_BEFORE_EITHER: Final = frozenset({"at", "@", "in", "by"})
_BEFORE_COMPANY: Final = frozenset({"with", "w", "via", "near", "like"})
_RECEIVES: Final = frozenset({"received", "receive", "receives", "recieved"})
_STOCKS: Final = frozenset({"stocked", "restocked", "filled"})
_STOPS: Final = REASONS | REQUESTS


def read_move(
    text: str, tokens: list[Token], start: int, end: int, gazetteer: Gazetteer, led: Verb | None = None
) -> Move:
    """The move in tokens `[start, end)`; behind an item (`start` > 0) only what stands before a negation counts.

    `led` is the verb before that item: `dropped 3 cases pears at the shelter`.
    """
    if start >= end or (start == 0 and is_not_said(tokens, end)):
        return Move()
    reader = _Reader(text, tokens, start, end, gazetteer)
    reader.led = led
    reader.read()
    return reader.move


class _Reader:
    """Reads one clause from left to right."""

    def __init__(self, text: str, tokens: list[Token], start: int, end: int, gazetteer: Gazetteer) -> None:
        self.text, self.tokens, self.start, self.end = text, tokens, start, end
        self.gazetteer = gazetteer
        self.known = gazetteer.mentions(text, tokens[start].start, tokens[end - 1].end)
        self.at = start
        self.next_known = 0
        self.verb: Verb | None = None
        self.led: Verb | None = None
        self.verb_at = -1
        self.first_verb_at = -1
        self.awaits_destination = False
        self.loose: list[tuple[int, Place]] = []
        """Places without a preposition, with their token, for the verb or the end of the clause to claim."""
        self.move = Move()

    def read(self) -> None:
        while self.at < self.end and not self._is_stop():
            if not self._read_place() and not self._read_cue():
                self.at += 1
        self._settle()
        self.move.aside = self._is_aside()

    def _is_stop(self) -> bool:
        return self.tokens[self.at].word in _STOPS or is_negation(self.tokens, self.at)

    def _read_place(self) -> bool:
        token = self.tokens[self.at]
        while self.next_known < len(self.known) and self.known[self.next_known].end <= token.start:
            self.next_known += 1
        if self.next_known >= len(self.known) or self.known[self.next_known].start > token.start:
            return False
        place = self.known[self.next_known]
        if self.verb in (Verb.DROP, Verb.SEND) and self.at - self.verb_at <= 3 and not self.move.destinations:
            self._object(place)
        elif self.verb is Verb.PICK and self.at - self.verb_at <= 3 and self.tokens[self.at - 1].kind == ":":
            self._set_source(place)  # "Pickup: Corner Market"
        else:
            self.loose.append((self.at, place))
        self._go_behind(place)
        return True

    def _object(self, place: Place) -> None:
        """`dropped Corner Market`, `stocked the fridge`."""
        if self.verb is Verb.DROP and place.rescue and not place.home:
            self._set_source(place)
        else:
            self.move.destinations.append(place)

    def _go_behind(self, place: Place) -> None:
        while self.at < self.end and self.tokens[self.at].start < place.end:
            self.at += 1

    def _read_cue(self) -> bool:
        token = self.tokens[self.at]
        if token.kind == "(":
            return self._skip_parenthesis()
        if token.kind == "a":
            return self._read_arrow()
        if token.kind in "@w":
            return self._read_verb() or self._read_preposition()
        return False

    def _skip_parenthesis(self) -> bool:
        if self.at == 0:
            return False
        while self.at < self.end and self.tokens[self.at].kind != ")":
            self.at += 1
        return True

    def _read_verb(self) -> bool:
        verb = verb_of(self.tokens, self.at)
        if verb is None:
            return self._read_run()
        if self.tokens[self.at].word in RESCUE_NOUNS and (self._claim_source() or self._claim_unknown_source()):
            verb = Verb.PICK
        to_us = self.tokens[self.at + 1].word == "us" and verb in (Verb.SEND, Verb.DROP)
        if to_us:
            verb = Verb.DROP
        if self.move.verb is None:
            self.move.verb, self.move.span = verb, (self.tokens[self.at].start, self.tokens[self.at].end)
            self.first_verb_at = self.at
            self.move.under_way = self.tokens[self.at].word.endswith(("ing", "headed"))
            self._claim_actor()
            self._let_actor_give(to_us=to_us)
            if self.tokens[self.at].word in _RECEIVES and self.move.actor is not None:
                self.move.destinations.append(self.move.actor)
                self.move.actor = None
        self.verb, self.verb_at = verb, self.at
        self.at += 1
        if self.tokens[self.at - 1].word in _STOCKS:
            self._read_stocked()
        return True

    def _read_run(self) -> bool:
        """`Corner Market run 3/14`: nouns that move something only behind a place."""
        if self.tokens[self.at].word not in RUNS or any(t.word in ASKING for t in self.tokens[self.start : self.at]):
            return False
        if not (self._claim_source() or self._claim_unknown_source()):
            return False
        self.move.verb = self.verb = Verb.PICK
        self.move.span = (self.tokens[self.at].start, self.tokens[self.at].end)
        self.verb_at = self.first_verb_at = self.at
        self.at += 1
        return True

    def _read_stocked(self) -> None:
        """`stocked the free fridge`: an unknown place right behind the verb."""
        place = self._phrase(self.at)
        if place is not None and not place.known and place.name.split()[-1].lower() in ORGANISATIONS:
            self._add_destination(place, self.at)

    def _claim_source(self) -> bool:
        """`Corner Market haul`: the noun makes the place before it a source, unless it only ever receives."""
        if not self.loose:
            return False
        at, place = self.loose[-1]
        behind = next((k for k in range(at, self.end) if self.tokens[k].start >= place.end), self.end)
        if self.at - behind > 2 or not (place.rescue or not place.drop_off) or place.home or self._acts():
            return False
        self.loose.pop()
        self._set_source(place)
        return True

    def _claim_unknown_source(self) -> bool:
        if self.known or self.verb is not None or self.move.source is not None or self._acts():
            return False
        self.move.source = unknown_source(self.text, self.tokens[self.start : self.at])
        return self.move.source is not None

    def _acts(self) -> bool:
        """`SWC pick up for the fridge`: the place before does the picking up."""
        words = [self.tokens[k].word for k in range(self.at + 1, min(self.at + 4, self.end))]
        return "for" in words or "from" in words

    def _claim_actor(self) -> None:
        if self.loose:
            place = self.loose[0][1]
            self.loose.clear()
            if place.only_gives:
                self._set_source(place)
            else:
                self.move.actor = place
        elif self.move.source is None:
            behind = self.tokens[self.at + 1]
            took = self.move.verb is Verb.TAKE and (behind.kind in ":-$n" or behind.word in TIMES)
            self.move.actor = unknown_actor(self.text, self.tokens[self.start : self.at], took=took)

    def _let_actor_give(self, *, to_us: bool) -> None:
        """`Elm Bakery gave us`, `Elm Orchard dropped`: who gives is the source."""
        actor = self.move.actor
        if actor is None or self.move.verb is not Verb.DROP or self.move.source is not None:
            return
        gives = not actor.known and bool(GIVERS & set(actor.name.lower().split()))
        if gives or (to_us and not actor.home):
            self.move.source, self.move.actor = actor, None

    def _read_preposition(self) -> bool:
        word = self.tokens[self.at].word
        out_of = word == "out" and self.tokens[self.at + 1].word == "of" and self.verb is not None
        if out_of or word in _BEFORE_SOURCE:
            return self._read_source(self.at + 1 + out_of)
        if word in _BEFORE_DESTINATION and self.tokens[self.at - 1].word not in NOT_TO:
            return self._read_destination(self.at + 1)
        if word in _BEFORE_EITHER:
            named = word == "@" and self.tokens[self.at + 1].start == self.tokens[self.at].end
            return self._read_either(self.at + 1, "in" if named else word)  # "@maria" is a person
        if word == "for":
            return self._read_beneficiary(self.at + 1)
        if word in _BEFORE_COMPANY:
            return self._skip_company(self.at + 1)
        return False

    def _phrase(self, at: int) -> Place | None:
        return self.gazetteer.phrase(self.text, self.tokens, at, self.known) if at < self.end else None

    def _read_source(self, at: int) -> bool:
        person = self._is_person(self.at - 1)
        at += self.tokens[at].kind == ":"
        place = self._phrase(at)
        if place is None or not (place.known or is_proper(place.name) or self._ends_clause(place)):
            return False
        self.at = at
        self._go_behind(place)
        acts = self.tokens[self.at].kind == "w" and self.tokens[self.at].word not in TIMES
        if person and acts and (place.drop_off or not place.known):
            self.move.actor = place  # "<PERSON> from the shelter was here"
        else:
            self._set_source(self._at_home(place))
        return True

    def _at_home(self, place: Place) -> Place:
        """Without a directory, what an organisation takes something from is the group's own warehouse."""
        taken = self.move.verb is Verb.TAKE and self.move.actor is not None and not self.gazetteer.homes
        gives = place.known or not GIVERS.isdisjoint(place.name.lower().split())
        return place._replace(home=True) if taken and not gives else place

    def _is_person(self, at: int) -> bool:
        """A mention, or `@maria`."""
        if at <= self.start:
            return at == self.start and self.tokens[at].kind == "u"
        return self.tokens[at].kind == "u" or (self.tokens[at - 1].kind == "@" and self.tokens[at].kind == "w")

    def _ends_clause(self, place: Place) -> bool:
        last = self.tokens[self.end - 1]
        return place.end >= (last.start if last.kind in ":-.," else last.end)

    def _set_source(self, place: Place) -> None:
        current = self.move.source
        if current is None or current.home or (place.known and not current.known):
            self.move.source = place
            self.move.span = self.move.span or (place.start, place.end)

    def _read_destination(self, at: int) -> bool:
        place = self._phrase(at)
        heads = self.tokens[self.end - 1].kind == ":" and self.at == self.start
        if place is None or not (place.known or heads or self._is_target(place)):
            self.awaits_destination = self.verb is not None
            return False
        if self.verb is None and self.loose:
            self._set_source(self.loose.pop()[1])
        elif self.verb is None and self.start == 0 and self.move.source is None:
            self.move.source = self._unknown_before(at - 1, proper=True)
        if place.only_gives and self.verb is Verb.SEND and self.move.source is None:  # "went to Corner Market"
            self._set_source(place)
            self.move.verb, self.at = Verb.PICK, at
            self._go_behind(place)
            return True
        self._add_destination(place, at)
        return True

    def _add_destination(self, place: Place, at: int) -> None:
        self.move.destinations.append(place)
        self.move.span = self.move.span or (place.start, place.end)
        self.at = at
        self._go_behind(place)

    def _read_either(self, at: int, word: str) -> bool:
        """`picked up at the market`, `dropped at the barn`, `picked up by the shelter`."""
        place = self._phrase(at)
        if place is None or (word in ("in", "by") and not place.known):
            return False
        if word == "by":
            self.move.actor = self.move.actor or place
        elif Verb.PICK in (self.verb, self.led) or (self.verb in (None, Verb.TAKE) and _gives(place)):
            self._set_source(place)
        elif place.known or ((self.led or self.at - self.verb_at <= 2) and self._is_target(place)):
            self.move.destinations.append(place)
        else:
            return False
        self.at = at
        self._go_behind(place)
        return True

    def _read_beneficiary(self, at: int) -> bool:
        place = self._phrase(at)
        if place is None or (not place.known and (self.move.actor or not self._is_target(place))):
            return False
        self._add_destination(place, at)
        return True

    def _is_target(self, place: Place) -> bool:
        """An unknown name that something goes to: a proper one, or what ends a heading right behind its verb."""
        if is_proper(place.name):
            return True
        ends = self.start == 0 and self._ends_clause(place) and not is_food(place.name.lower())
        return ends and (self.verb is not None or self._heads(place))

    def _heads(self, place: Place) -> bool:
        """`For the elders:`, `sunrise bakery to depot`."""
        before = [token.word for token in self.tokens[self.start : self.at] if token.kind == "w"]
        colon = self.tokens[self.end - 1].kind == ":"
        return is_plain_place(place.name.lower().split()) and (
            (colon and not before) or is_plain_place(before or ["a"])
        )

    def _skip_company(self, at: int) -> bool:
        place = self._phrase(at)
        if place is None or not place.known:
            return False
        self.at = at
        self._go_behind(place)
        return True

    def _read_arrow(self) -> bool:
        """What stands before an arrow is a source, what stands behind it destinations."""
        if self.move.source is None:
            self.move.source = self.loose[-1][1] if self.loose else self._unknown_before(self.at)
        self.loose.clear()
        self.verb = Verb.SEND
        self.move.span = self.move.span or (self.tokens[self.at].start, self.tokens[self.at].end)
        arrow = self.at
        place = self._phrase(arrow + 1) or self._known_behind(self.tokens[arrow].end)
        self.at += 1
        if place is not None:
            self._add_destination(place, self.at)
        return True

    def _known_behind(self, position: int) -> Place | None:
        at = bisect_left(self.known, position, key=lambda place: place.start)
        return self.known[at] if at < len(self.known) else None

    def _unknown_before(self, at: int, *, proper: bool = False) -> Place | None:
        """The unknown place between the clause's beginning and token `at`."""
        place = self._phrase(self.start)
        if place is None or place.end > self.tokens[at].start or (proper and place.end < self.tokens[at - 1].end):
            return None
        return place if not proper or is_proper(place.name) else None

    def _settle(self) -> None:
        """A place that nothing has claimed: another destination of a list, or the heading itself."""
        said, last = self.tokens[self.start : self.end], self.tokens[self.end - 1]
        if self.loose and (self.awaits_destination or (self.verb is Verb.SEND and self.move.destinations)):
            self.move.destinations += [place for _, place in self.loose]
        elif not self.move.empty:
            return
        elif self.loose and is_heading(said, self.known, colon=last.kind in ":-" or self.tokens[self.end].kind in ":-"):
            self._head(self.loose[0][1])
        elif not self.known and self.start == 0:
            self.move.bare = (self._unknown_heading(last) if last.kind in ":-" else None) or self._unknown_title()

    def _head(self, place: Place) -> None:
        words = {t.word for t in self.tokens[self.start : self.end]}
        self.move.span = (place.start, place.end)
        if words & TAKE_NOUNS and place.drop_off:
            self.move.actor, self.move.verb = place, Verb.TAKE
        else:
            self.move.bare = place

    def _unknown_heading(self, last: Token) -> Place | None:
        place = self._phrase(self.start)
        if place is None or place.known or not self.tokens[self.end - 2].end <= place.end <= last.start:
            return None
        first = not self.text[: self.tokens[0].start].strip()
        named = is_unknown_place(place.name) or (first and is_plain_place(place.name.lower().split()))
        return place if named else None

    def _unknown_title(self) -> Place | None:
        place = self._phrase(0)
        titled = place is not None and not place.known and is_title(self.text, self.tokens[: self.end], place)
        return place if titled else None

    def _is_aside(self) -> bool:
        if self.first_verb_at < 0 or self.tokens[self.end - 1].kind in ":-":
            return False
        places = [*self.known[:MAX_TOKENS], *filter(None, [self.move.actor, self.move.source])]
        return is_aside(self.tokens[self.start : self.first_verb_at], places)


def _gives(place: Place) -> bool:
    return place.rescue and not place.home
