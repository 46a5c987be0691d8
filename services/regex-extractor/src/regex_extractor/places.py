"""Places in a line: known ones from the directory, with typos forgiven; unknown ones by where they stand.

Invariant: a place is a run of tokens as written. Storage (`the freezer`), times, and purposes (`for distro`) are none.
"""

from bisect import bisect_left
from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from contracts import Directory, PlaceKind
from reading.places import Mention, Places, key
from regex_extractor.lexicon import (
    CUTS,
    DETERMINERS,
    ORGANISATIONS,
    PREPOSITIONS,
    PURPOSES,
    RESCUE_NOUNS,
    STORAGE,
    TIMES,
    VERBS,
    WEEKDAYS,
    WHOLES,
)
from regex_extractor.stores import branch, with_stores
from regex_extractor.tokens import Token, end_of

_SHORTEST_TYPO: Final = 5
_LONG: Final = 10
"""From here on two letters may differ, one before."""
_MAX_WORDS: Final = 8


class Place(NamedTuple):
    """A place as written in the clean text, `[start, end)`."""

    name: str
    start: int
    end: int
    known: bool
    rescue: bool = False
    drop_off: bool = False
    home: bool = False
    chain: bool = False
    """A shop of a chain that the directory does not know: named as written."""

    @property
    def only_gives(self) -> bool:
        """A shop or a farm: food comes from there, and never goes there."""
        return self.rescue and not self.drop_off and not self.home


class Gazetteer:
    """The group's places, ready for reading lines."""

    def __init__(self, directory: Directory) -> None:
        known = with_stores(directory)
        self._places = Places(known)
        self._kinds = {name: frozenset(place.kind) for name, place in known.places.items()}
        self._stores = known.places.keys() - directory.places.keys()
        self._spellings = {
            key(spelling): name
            for name, place in directory.places.items()
            for spelling in (*place.aliases, name)
            if len(spelling) >= _SHORTEST_TYPO
        }
        self._like = lru_cache(maxsize=4096)(self._most_like)

    @property
    def homes(self) -> tuple[str, ...]:
        """Every warehouse of the group; none where the directory does not say."""
        return self._places.homes

    @property
    def home(self) -> str | None:
        return self._places.home

    def mentions(self, text: str, start: int, end: int) -> list[Place]:
        """The known places written in `text[start:end]`, in order."""
        found: list[Mention] = []
        for name, first, last in ((m.name, start + m.start, start + m.end) for m in self._places.find(text[start:end])):
            mention = Mention(first, last, name)
            if found and not text[found[-1].end : mention.start].strip():
                found.append(_compound(found.pop(), mention))
            else:
                found.append(mention)
        return [
            self._store(mention, text, start, end) if mention.name in self._stores else self._known(mention)
            for mention in found
        ]

    def phrase(self, text: str, tokens: list[Token], at: int, known: list[Place]) -> Place | None:
        """The place that begins at token `at`: one of `known`, or the unknown name written there."""
        if tokens[at].word in DETERMINERS and not _begins(known, tokens[at].start):
            at += tokens[at].word != "some"
        end = _phrase_end(tokens, at)
        if end == at:
            return None
        start, stop = tokens[at].start, tokens[end - 1].end
        first = bisect_left(known, start, key=lambda place: place.start)
        if first < len(known) and known[first].start < stop:
            if known[first].chain:  # "from south loop Marianos"
                return known[first]._replace(name=text[start : known[first].end], start=start)
            return self._fuller(known[first], text, start, stop)
        return self._unknown(text[start:stop], start, stop, tokens[at:end])

    def _fuller(self, place: Place, text: str, start: int, stop: int) -> Place:
        """`Corner Markt North` is that place, though `Corner` alone is another one."""
        like = self._like(key(text[start:stop])) if place.start == start and place.end < stop else None
        return place if like is None else self._known(Mention(start, stop, like))

    def _store(self, mention: Mention, text: str, start: int, end: int) -> Place:
        first, last = branch(text, mention.start, mention.end, start, end)
        return Place(text[first:last], first, last, known=True, rescue=True, chain=True)

    def _known(self, mention: Mention) -> Place:
        kinds = self._kinds[mention.name]
        return Place(
            mention.name,
            mention.start,
            mention.end,
            known=True,
            rescue=PlaceKind.RESCUE in kinds,
            drop_off=PlaceKind.DROP_OFF in kinds,
            home=PlaceKind.HOME in kinds,
        )

    def _unknown(self, written: str, start: int, end: int, tokens: list[Token]) -> Place | None:
        like = self._like(key(written))
        if like is not None:
            return self._known(Mention(start, end, like))
        if not _is_name(tokens):
            return None
        if len(tokens) > 1 and tokens[-1].word in _PURPOSE:  # "the Elm distro"
            tokens, end = tokens[:-1], tokens[-2].end
            written = written[: end - start]
        own = all(token.word in _OWN for token in tokens)
        return Place((own and self.home) or written, start, end, known=False, home=own)

    def _most_like(self, spelling: str) -> str | None:
        if len(spelling) < _SHORTEST_TYPO or not self._spellings:
            return None
        typos = 2 if len(spelling) >= _LONG else 1
        found = process.extractOne(spelling, self._spellings.keys(), scorer=OSA.distance, score_cutoff=typos)
        return self._spellings[found[0]] if found else None


def _begins(known: list[Place], position: int) -> bool:
    at = bisect_left(known, position, key=lambda place: place.start)
    return at < len(known) and known[at].start == position


def _compound(first: Mention, last: Mention) -> Mention:
    """Two places side by side are one: `Northside Fridge` is a fridge, `12 Elm Corner Market` the market on Elm."""
    repeats = set(key(last.name).split()) & set(key(first.name).split())
    return Mention(first.start, last.end, first.name if repeats else last.name)


def _phrase_end(tokens: list[Token], at: int) -> int:
    """A place's words go on over `&`, `and`, `/`, `'`; a verb, a preposition, a time, or any other sign ends them."""
    end, last = at, min(at + _MAX_WORDS, end_of(tokens))
    while end < last and _goes_on(tokens, end, at):
        end += 1
    while end > at and (tokens[end - 1].kind in "&/" or tokens[end - 1].word in ("and", "our", "the")):
        end -= 1
    return end


def _goes_on(tokens: list[Token], end: int, first: int) -> bool:
    token = tokens[end]
    if token.kind == "w":
        return _word_goes_on(tokens, end)
    if token.kind == "n":
        return end == first or tokens[end - 1].word in ("district", "store", "#") or tokens[end + 1].kind == "w"
    if token.kind == ".":
        return end > first and tokens[end - 1].word in _TITLES and tokens[end + 1].kind == "w"
    if token.kind == "$":  # "the p/$ fridge"
        return token.word == "$" and tokens[end - 1].kind == "/"
    return token.kind in "/'’" or (token.kind == "&" and tokens[end + 1].word not in _REST)


def _word_goes_on(tokens: list[Token], end: int) -> bool:
    word = tokens[end].word
    if word in VERBS or word in CUTS:
        return False
    if word in TIMES:
        return word in WEEKDAYS and tokens[end + 1].word in _MARKETS
    return _joins_names(tokens, end) if word == "and" else word not in PREPOSITIONS or word == "of"


def _joins_names(tokens: list[Token], conjunction: int) -> bool:
    """`Bread and Roses`; but `Elm Pantry and the rest`, `Elm Fridge and Oak Fridge` go on with something else."""
    following = tokens[conjunction + 1]
    return (
        following.kind == "w" and following.word not in _GOES_ON and tokens[conjunction - 1].word not in ORGANISATIONS
    )


def _is_name(tokens: list[Token]) -> bool:
    words = [token.word for token in tokens if token.kind == "w"]
    if len(words) > 1 and ((words[-2] in _PUBLIC and words[-1] in ORGANISATIONS) or words[0] in WEEKDAYS):
        return True  # "the free fridge", "Saturday market"
    return bool(words) and not all(word in _PLAIN for word in words) and words[0] not in _NO_PLACE


_PLAIN: Final = PURPOSES | TIMES | STORAGE | DETERMINERS | RESCUE_NOUNS | WHOLES
_REST: Final = DETERMINERS | WHOLES
_GOES_ON: Final = VERBS | PREPOSITIONS | _REST | {"used", "i"}
"""Behind `and` they go on with something else than the name."""
_PUBLIC: Final = frozenset({"free", "community", "public", "street"})
"""They make a fridge, a pantry, a kitchen a place, and no storage of the group."""
_MARKETS: Final = frozenset({"market", "mkt", "farmers", "farmer's", "farmers'"})
"""Behind a weekday they make it a name: `Saturday Market`."""
_TITLES: Final = frozenset({"st", "ms", "mr", "mrs", "dr", "mt", "ft"})
"""Abbreviations inside a place's name: `St. Mary's`."""
_PURPOSE: Final = RESCUE_NOUNS | {"distro", "distros", "distribution", "distributions"}
"""Behind a place's name they say what is done there."""
_OWN: Final = frozenset({"depot", "hq", "hub", "headquarters", "base"})
"""What a group calls its own warehouse, when its directory does not name it so."""
_NO_PLACE: Final = frozenset(
    [
        "here",
        "there",
        "it",
        "them",
        "him",
        "her",
        "that",
        "this",
        "which",
        "what",
        "where",
        "who",
        "someone",
        "somebody",
        "various",
    ]
)
