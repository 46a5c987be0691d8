"""Moves: who moves what where, as one clause says it (`SWC took from the barn for the shelter`).

Invariant: a place enters a move only by a cue (a preposition, a verb, an arrow, being the whole heading); a place that
only occurs moves nothing. A clause with a negation or a request moves nothing.
"""

from typing import Final

from regex_extractor import place_cues, verb_cues
from regex_extractor.headings import (
    MAX_TOKENS,
    is_aside,
    is_heading,
    is_plain_place,
    is_title,
    is_unknown_place,
)
from regex_extractor.lexicon import NEGATIONS, REASONS, REQUESTS, TAKE_NOUNS
from regex_extractor.move import Move
from regex_extractor.place_cues import read_arrow, read_preposition
from regex_extractor.places import Gazetteer, Place
from regex_extractor.scan import Scan
from regex_extractor.tokens import Token
from regex_extractor.verb_cues import read_verb
from regex_extractor.verbs import Verb, is_negation, is_not_said

_STOPS: Final = REASONS | REQUESTS | NEGATIONS
_CUES: Final = verb_cues.CUES | place_cues.CUES
_NEAR: Final = 4
"""How many tokens behind its verb an object stands at most: `dropped off the Corner Market ...`."""


def read_move(
    text: str, tokens: list[Token], start: int, end: int, gazetteer: Gazetteer, led: Verb | None = None
) -> Move:
    """The move in tokens `[start, end)`; behind an item (`start` > 0) only what stands before a negation counts.

    `led` is the verb before that item: `dropped 3 cases pears at the shelter`.
    """
    if start >= end or (start == 0 and is_not_said(tokens, end)):
        return Move()
    scan = Scan(text, tokens, start, end, gazetteer, led)
    places = iter(scan.known)
    following = next(places, None)
    while scan.at < end and not _is_stop(scan):
        token = scan.token
        while following is not None and following.end <= token.start:
            following = next(places, None)
        if following is not None and following.start <= token.start:
            _read_known(scan, following)
        elif not _read_cue(scan):
            scan.at += 1
    _settle(scan)
    scan.move.aside = _is_aside(scan)
    return scan.move


def _is_stop(scan: Scan) -> bool:
    word = scan.token.word
    return word in _STOPS and (word not in NEGATIONS or is_negation(scan.tokens, scan.at))


def _read_known(scan: Scan, place: Place) -> None:
    """A known place without a preposition."""
    near = scan.at - scan.verb_at <= _NEAR
    if near and scan.verb in (Verb.DROP, Verb.SEND) and not scan.move.destinations:
        _read_object(scan, place)
    elif near and scan.verb is Verb.PICK and (place.only_gives or scan.tokens[scan.at - 1].kind == ":"):
        scan.give(place)  # "Pickup: Corner Market", "Pick up #2 Corner Market"
    else:
        scan.loose.append((scan.at, place))
    scan.go_behind(place)


def _read_object(scan: Scan, place: Place) -> None:
    """`dropped Corner Market`, `stocked the fridge`."""
    if scan.verb is Verb.DROP and place.rescue and not place.home:
        scan.give(place)
    else:
        scan.move.destinations.append(place)


def _read_cue(scan: Scan) -> bool:
    kind, word = scan.token.kind, scan.token.word
    if kind == "(":
        return _skip_parenthesis(scan)
    if kind == "a":
        return read_arrow(scan)
    return word in _CUES and (read_verb(scan) or read_preposition(scan))


def _skip_parenthesis(scan: Scan) -> bool:
    if scan.at == 0:
        return False
    while scan.at < scan.end and scan.token.kind != ")":
        scan.at += 1
    return True


def _settle(scan: Scan) -> None:
    """A place that nothing has claimed: another destination of a list, or the heading itself."""
    said, behind, move = scan.tokens[scan.start : scan.end], scan.tokens[scan.end], scan.move
    if scan.loose and (scan.awaits_destination or (scan.verb is Verb.SEND and move.destinations)):
        move.destinations += [place for _, place in scan.loose]
    elif not move.empty:
        return
    elif scan.loose and is_heading(said, scan.known, colon=said[-1].kind in ":-" or behind.kind in ":-"):
        _head(scan, scan.loose[0][1])
    elif not scan.known and scan.opens:
        move.bare = _unknown_heading(scan) or _unknown_title(scan)


def _head(scan: Scan, place: Place) -> None:
    words = {token.word for token in scan.tokens[scan.start : scan.end]}
    scan.move.span = (place.start, place.end)
    if words & TAKE_NOUNS and place.drop_off:
        scan.move.actor, scan.move.verb = place, Verb.TAKE
    else:
        scan.move.bare = place


def _unknown_heading(scan: Scan) -> Place | None:
    """`Elm Grocers:`; as a message's first words also `elm grocers:`."""
    last = scan.tokens[scan.end - 1]
    place = scan.phrase(scan.start) if last.kind in ":-" else None
    if place is None or place.known or not scan.tokens[scan.end - 2].end <= place.end <= last.start:
        return None
    first = not scan.text[: scan.tokens[0].start].strip()
    named = is_unknown_place(place.name) or (first and is_plain_place(place.name.lower().split()))
    return place if named else None


def _unknown_title(scan: Scan) -> Place | None:
    place = scan.phrase(0)
    titled = place is not None and not place.known and is_title(scan.text, scan.tokens[: scan.end], place)
    return place if titled else None


def _is_aside(scan: Scan) -> bool:
    if scan.first_verb_at < 0 or scan.tokens[scan.end - 1].kind in ":-":
        return False
    places = [*scan.known[:MAX_TOKENS], *filter(None, [scan.move.actor, scan.move.source])]
    return is_aside(scan.tokens[scan.start : scan.first_verb_at], places)
