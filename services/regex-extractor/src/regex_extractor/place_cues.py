"""Place cues: what a preposition or an arrow says of the place behind it (`from the market -> the shelter`)."""

from typing import Final

from regex_extractor.headings import is_proper
from regex_extractor.lexicon import GIVERS, NOT_TO, TIMES
from regex_extractor.places import Place
from regex_extractor.scan import Scan
from regex_extractor.verbs import Verb

_BEFORE_SOURCE: Final = frozenset({"from", "frm", "fr", "form"})
_BEFORE_DESTINATION: Final = frozenset({"to", "into", "onto"})
_BEFORE_EITHER: Final = frozenset({"at", "@", "in", "by"})
_BEFORE_COMPANY: Final = frozenset({"with", "w", "via", "near", "like"})
CUES: Final = _BEFORE_SOURCE | _BEFORE_DESTINATION | _BEFORE_EITHER | _BEFORE_COMPANY | {"out", "for"}
"""Every word that `read_preposition` may do something at."""


def read_preposition(scan: Scan) -> bool:
    """Whether the token is a preposition with a place; the scan then stands behind the place."""
    word, following = scan.token.word, scan.tokens[scan.at + 1]
    out_of = word == "out" and following.word == "of" and scan.verb is not None
    if out_of or word in _BEFORE_SOURCE:
        return _read_source(scan, scan.at + 1 + out_of)
    if word in _BEFORE_DESTINATION and scan.tokens[scan.at - 1].word not in NOT_TO:
        return _read_destination(scan, scan.at + 1)
    if word in _BEFORE_EITHER:
        named = word == "@" and following.start == scan.token.end
        return _read_either(scan, scan.at + 1, "in" if named else word)  # "@maria" is a person
    if word == "for":
        return _read_beneficiary(scan, scan.at + 1)
    return word in _BEFORE_COMPANY and _skip_company(scan, scan.at + 1)


def read_arrow(scan: Scan) -> bool:
    """What stands before an arrow is a source, what stands behind it destinations."""
    arrow = scan.token
    if scan.move.source is None:
        scan.move.source = scan.loose[-1][1] if scan.loose else scan.unknown_before(scan.at)
    scan.loose.clear()
    scan.verb = Verb.SEND
    scan.say(arrow.start, arrow.end)
    scan.at += 1
    place = scan.phrase(scan.at) or scan.known_behind(arrow.end)
    if place is not None:
        scan.send(place, scan.at)
    return True


def _read_source(scan: Scan, at: int) -> bool:
    person = _is_person(scan, scan.at - 1)
    at += scan.tokens[at].kind == ":"
    place = scan.phrase(at)
    if place is None or not (place.known or is_proper(place.name) or scan.ends_with(place)):
        return False
    scan.at = at
    scan.go_behind(place)
    acts = scan.token.kind == "w" and scan.token.word not in TIMES
    if person and acts and (place.drop_off or not place.known):
        scan.move.actor = place  # "<PERSON> from the shelter was here"
    else:
        scan.give(_at_home(scan, place))
    return True


def _is_person(scan: Scan, at: int) -> bool:
    """A mention, or `@maria`."""
    if at <= scan.start:
        return at == scan.start and scan.tokens[at].kind == "u"
    return scan.tokens[at].kind == "u" or (scan.tokens[at - 1].kind == "@" and scan.tokens[at].kind == "w")


def _at_home(scan: Scan, place: Place) -> Place:
    """Without a directory, what an organisation takes something from is the group's own warehouse."""
    taken = scan.move.verb is Verb.TAKE and scan.move.actor is not None and not scan.gazetteer.homes
    gives = place.known or not GIVERS.isdisjoint(place.name.lower().split())
    return place._replace(home=True) if taken and not gives else place


def _read_destination(scan: Scan, at: int) -> bool:
    at += scan.tokens[at].kind == ":"
    place = scan.phrase(at)
    heads = scan.tokens[scan.end - 1].kind == ":" and scan.at == scan.start
    if place is None or not (place.known or heads or scan.is_target(place)):
        scan.awaits_destination = scan.verb is not None
        return False
    if scan.verb is None:
        _give_what_stands_before(scan)
    if place.only_gives and scan.verb is Verb.SEND and scan.move.source is None:  # "went to Corner Market"
        scan.give(place)
        scan.move.verb, scan.at = Verb.PICK, at
        scan.go_behind(place)
    else:
        scan.send(place, at)
    return True


def _give_what_stands_before(scan: Scan) -> None:
    """`Corner Market to the barn`."""
    if scan.loose:
        scan.give(scan.loose.pop()[1])
    elif scan.opens and scan.move.source is None:
        scan.move.source = scan.unknown_before(scan.at, whole=True)


def _read_either(scan: Scan, at: int, word: str) -> bool:
    """`picked up at the market`, `dropped at the barn`, `picked up by the shelter`."""
    place = scan.phrase(at)
    if place is None or (word in ("in", "by") and not place.known):
        return False
    gives = place.rescue and not place.home
    if word == "by":
        scan.move.actor = scan.move.actor or place
    elif Verb.PICK in (scan.verb, scan.led) or (gives and scan.verb in (None, Verb.TAKE)):
        scan.give(place)
    elif place.known or ((scan.led or scan.at - scan.verb_at <= 2) and scan.is_target(place)):
        scan.move.destinations.append(place)
    else:
        return False
    scan.at = at
    scan.go_behind(place)
    return True


def _read_beneficiary(scan: Scan, at: int) -> bool:
    place = scan.phrase(at)
    if place is None or (not place.known and (scan.move.actor or not scan.is_target(place))):
        return False
    scan.send(place, at)
    return True


def _skip_company(scan: Scan, at: int) -> bool:
    place = scan.phrase(at)
    if place is None or not place.known:
        return False
    scan.at = at
    scan.go_behind(place)
    return True
