"""Verb cues: what a verb, or a noun like `haul`, makes of the places around it (`SWC took`, `Corner Market haul`)."""

from typing import Final

from regex_extractor.headings import unknown_actor, unknown_source
from regex_extractor.lexicon import ASKING, CUTS, GIVERS, ORGANISATIONS, PRONOUNS, RESCUE_NOUNS, RUNS, TIMES
from regex_extractor.scan import Scan
from regex_extractor.verbs import VERB_WORDS, Verb, verb_of

_RECEIVES: Final = frozenset({"received", "receive", "receives", "recieved"})
CUES: Final = VERB_WORDS | RUNS
"""Every word that `read_verb` may do something at."""
_TALK: Final = ASKING | CUTS | PRONOUNS
_GIVES: Final = frozenset({"gave", "donated"})
_STOCKS: Final = frozenset({"stocked", "restocked", "filled"})


def read_verb(scan: Scan) -> bool:
    """Whether the token is a verb of moving; the scan then stands behind it."""
    verb = verb_of(scan.tokens, scan.at)
    if verb is None:
        return _read_run(scan)
    word, following = scan.token.word, scan.tokens[scan.at + 1].word
    if word in RESCUE_NOUNS and _claim_source(scan):
        verb = Verb.PICK
    to_us = following == "us" and verb in (Verb.SEND, Verb.DROP)
    verb = Verb.DROP if to_us else verb
    if scan.move.verb is None:
        _begin(scan, verb)
        _claim_actor(scan)
        _let_actor_give(scan, to_us=to_us)
        if word in _RECEIVES and scan.move.actor is not None:
            scan.move.destinations.append(scan.move.actor)
            scan.move.actor = None
    _go_on(scan, verb)
    if word in _STOCKS:
        _read_stocked(scan)
    return True


def _read_run(scan: Scan) -> bool:
    """`Corner Market run 3/14`: a noun that moves something only behind a place."""
    if scan.token.word not in RUNS or any(token.word in _TALK for token in scan.tokens[scan.start : scan.at]):
        return False
    if not _claim_source(scan):
        return False
    _begin(scan, Verb.PICK)
    _go_on(scan, Verb.PICK)
    return True


def _begin(scan: Scan, verb: Verb) -> None:
    token = scan.token
    scan.move.verb, scan.move.span = verb, (token.start, token.end)
    scan.move.under_way = token.word.endswith(("ing", "headed"))
    scan.first_verb_at = scan.at


def _go_on(scan: Scan, verb: Verb) -> None:
    scan.verb, scan.verb_at = verb, scan.at
    scan.at += 1


def _read_stocked(scan: Scan) -> None:
    """`stocked the free fridge`: an unknown place right behind the verb."""
    place = scan.phrase(scan.at)
    if place is not None and not place.known and place.name.split()[-1].lower() in ORGANISATIONS:
        scan.send(place, scan.at)


def _claim_source(scan: Scan) -> bool:
    """`Corner Market haul`: the noun makes the place before it a source, unless it only ever receives."""
    if _acts(scan):
        return False
    return _claim_known_source(scan) or _claim_unknown_source(scan)


def _claim_known_source(scan: Scan) -> bool:
    if not scan.loose:
        return False
    at, place = scan.loose[-1]
    behind = next((k for k in range(at, scan.end) if scan.tokens[k].start >= place.end), scan.end)
    if scan.at - behind > 2 or not (place.rescue or not place.drop_off) or place.home:
        return False
    scan.loose.pop()
    scan.give(place)
    return True


def _claim_unknown_source(scan: Scan) -> bool:
    if scan.known or scan.verb is not None or scan.move.source is not None:
        return False
    scan.move.source = unknown_source(scan.text, scan.tokens[scan.start : scan.at])
    return scan.move.source is not None


def _acts(scan: Scan) -> bool:
    """`SWC pick up for the fridge`: the place before does the picking up."""
    words = [scan.tokens[k].word for k in range(scan.at + 1, min(scan.at + 4, scan.end))]
    return "for" in words or "from" in words


def _claim_actor(scan: Scan) -> None:
    if scan.loose:
        place = scan.loose[0][1]
        scan.loose.clear()
        if place.only_gives:
            scan.give(place)
        else:
            scan.move.actor = place
    elif scan.move.source is None:
        behind = scan.tokens[scan.at + 1]
        takes = scan.move.verb is Verb.TAKE or scan.token.word in _GIVES
        took = takes and (behind.kind in ":-$n" or behind.word in TIMES)
        scan.move.actor = unknown_actor(scan.text, scan.tokens[scan.start : scan.at], took=took)


def _let_actor_give(scan: Scan, *, to_us: bool) -> None:
    """`Elm Bakery gave us`, `Elm Orchard dropped`, `mercado gave:`: who gives is the source."""
    actor, gave = scan.move.actor, scan.token.word in _GIVES
    if actor is None or not (scan.move.verb is Verb.DROP or gave) or scan.move.source is not None:
        return
    gives = not actor.known and (gave or not GIVERS.isdisjoint(actor.name.lower().split()))
    if gives or (to_us and not actor.home):
        scan.move.source, scan.move.actor = actor, None
