"""Chains of shops that give food in many towns, and how one of their shops is told from the others.

A group's own directory comes first; these serve it on its first day. Names that are also food or everyday words
(sprouts, giant, target) are not here: a capital and a cue find those.
"""

import re
from typing import Final

from contracts import Directory, Place, PlaceKind
from regex_extractor.lexicon import (
    CUTS,
    DETERMINERS,
    DROP,
    GENERIC,
    PICK,
    PREPOSITIONS,
    PRONOUNS,
    PURPOSES,
    RESCUE_NOUNS,
    SEND,
    SIZES,
    STORAGE,
    TAKE,
    TIMES,
    VERBS,
)
from regex_extractor.units import is_food, is_unit

STORES: Final = (
    "7-eleven", "albertsons", "aldi", "asda", "bj's wholesale", "costco", "cub foods", "food 4 less", "food lion",
    "fred meyer", "giant eagle", "gopuff", "go puff", "greggs", "grocery outlet", "h-e-b", "harris teeter", "hy-vee",
    "hyvee", "imperfect foods", "jewel-osco", "jewel osco", "kroger", "lidl", "mariano's", "meijer", "misfits market",
    "morrisons", "natural grocers", "panera", "piggly wiggly", "pret a manger", "price chopper", "publix", "qfc",
    "raley's", "restaurant depot", "safeway", "sainsbury's", "sam's club", "save a lot", "save-a-lot", "shoprite",
    "smart & final", "stater bros", "stop & shop", "sysco", "tesco", "tj's", "trader joe's", "waitrose", "walmart",
    "wegmans", "whole foods", "winco",
)  # fmt: skip
_MAX_WORDS: Final = 3
_BEFORE: Final = re.compile(r"(?<!\S)[A-Z][\w']*[ ]$")
_BEHIND: Final = re.compile(r"[ ](?:(?:on|in)[ ])?((?:[A-Z][\w']*|\d{1,3}(?:st|nd|rd|th))(?![\w']))")
_REST_OF_HEADING: Final = re.compile(r"[ ]([a-z][\w']*+(?:[ ][a-z][\w']*+)?+)(?=[ ]?(?:[:\n]|[-–—]|$))")
_NO_PART: Final = (
    CUTS | DETERMINERS | DROP | GENERIC | PICK | PREPOSITIONS | PRONOUNS | PURPOSES | RESCUE_NOUNS | SEND | SIZES
    | STORAGE | TAKE | TIMES | VERBS
)  # fmt: skip
_LONGEST_WORD: Final = 24


def with_stores(directory: Directory) -> Directory:
    """The directory and behind it the chains, so that its own spellings win."""
    stores = {name: Place(kind=(PlaceKind.RESCUE,)) for name in STORES if name not in directory.places}
    return Directory(places={**directory.places, **stores})


def branch(text: str, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    """The chain at `[first, last)` with what tells its shop: `South Loop Marianos`, `aldi hodgkins:`."""
    for _ in range(_MAX_WORDS):
        before = _BEFORE.search(text, max(start, first - _LONGEST_WORD), first)
        if before is None or not _is_part(before[0]):
            break
        first = before.start()
    for _ in range(_MAX_WORDS):
        behind = _BEHIND.match(text, last, end)
        if behind is None or not _is_part(behind[1]):
            break
        last = behind.end()
    rest = _REST_OF_HEADING.match(text, last, end)
    return first, rest.end() if rest is not None and _is_part(rest[1]) else last


def _is_part(written: str) -> bool:
    words = written.lower().split()
    return _NO_PART.isdisjoint(words) and not any(is_food(word) or is_unit(word) for word in words)
