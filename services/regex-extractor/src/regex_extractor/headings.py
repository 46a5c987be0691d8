"""Headings: when a place is the whole clause, and when a sentence is none.

Invariant: only the first tokens of a clause are looked at; a long sentence is no heading.
"""

from collections.abc import Sequence
from typing import Final

from regex_extractor.lexicon import (
    ASKING,
    BEFORE_UNIT,
    CUTS,
    DETERMINERS,
    GENERIC,
    ORGANISATIONS,
    PREPOSITIONS,
    PRONOUNS,
    RESCUE_NOUNS,
    SIZES,
    STOCK,
    STORAGE,
    TAKE_NOUNS,
    TIMES,
    VERBS,
    WANTED,
    WHOLES,
)
from regex_extractor.places import Place
from regex_extractor.tokens import Token
from regex_extractor.units import is_food, is_unit

MAX_TOKENS: Final = 30
_MAX_OTHER_WORDS: Final = 3
_MAX_ACTOR_WORDS: Final = 5
_words = str.split

_NO_PLACE: Final = (
    STOCK
    | WANTED
    | frozenset(
        _words(
            "update note fyi psa total totals also items list thanks cold dry other others misc left remaining more "
            "summary log logs new rescue drop pickup edit correction reminder question heads hi hello hey big small"
        )
    )
)
_ALSO: Final = frozenset(_words("also and then hi hey all hello sorry so for delay"))
_OPENING: Final = (
    _ALSO
    | TIMES
    | DETERMINERS
    | PRONOUNS
    | frozenset(
        _words(
            "ve have has had just again late log logs update from at on in stopped by came day morning good happy food "
            "stuff some forgot here is are what already finally recently actually quickly only"
        )
    )
)
_PLAIN: Final = (
    TIMES | SIZES | STORAGE | DETERMINERS | RESCUE_NOUNS | TAKE_NOUNS | frozenset(_words("food up off bonus of and"))
)
_BESIDE_ACTORS: Final = TIMES | DETERMINERS | _ALSO
_NO_SOURCE: Final = STORAGE | TAKE_NOUNS
_BESIDE_NAMES: Final = (_PLAIN | _NO_PLACE | TIMES) - ORGANISATIONS - {"new"}
_PERSONAL: Final = PRONOUNS | {"i've", "we've", "everyone", "who"}
_ADJECTIVES: Final = BEFORE_UNIT | frozenset(
    _words(
        "quick light late early first second third another final bonus surprise regular usual weekly daily best "
        "awesome amazing lovely wonderful fantastic crazy solid decent nice busy slow fresh real super"
    )
)
_FUNCTIONS: Final = (
    _OPENING | PREPOSITIONS | CUTS | STOCK | WANTED | RESCUE_NOUNS | VERBS | ASKING | GENERIC | WHOLES | STORAGE
    | _ADJECTIVES | _NO_PLACE
)  # fmt: skip
_GREETINGS: Final = frozenset(_words("good thank thanks happy dear welcome great today yesterday ok yes no sorry"))
_NO_ACTOR: Final = frozenset({"OK", "I", "PSA", "FYI"})


def is_heading(tokens: Sequence[Token], known: Sequence[Place], *, colon: bool) -> bool:
    """Whether `tokens` say little more than the known places in them."""
    if len(tokens) > MAX_TOKENS:
        return False
    others = [t for t in tokens if t.kind == "w" and t.word not in _PLAIN and not _is_inside(t, known)]
    return len(others) <= _MAX_OTHER_WORDS * (2 if colon else 1)


def is_list_heading(tokens: Sequence[Token], words: frozenset[str]) -> bool:
    """Whether a heading's first tokens hold one of `words`: `Inventory:`, `Up for grabs:`."""
    colon = bool(tokens) and tokens[-1].kind in ":-"
    return (colon or len(tokens) <= _MAX_OTHER_WORDS) and any(token.word in words for token in tokens[:8])


def is_aside(before_verb: Sequence[Token], places: Sequence[Place]) -> bool:
    """Words before the verb that are neither who did it nor when: `many soups, but then brought`."""
    others = [t for t in before_verb if t.kind == "w" and t.word not in _OPENING]
    return len([t for t in others[:MAX_TOKENS] if not _is_inside(t, places)]) >= 2


def is_unknown_place(name: str) -> bool:
    """`Elm Grocers:` above a list; every word has a capital, and none is food or talk; `New Elm grocers:`."""
    words = name.split()
    organised = _is_organisation(words)
    begins = words[0][0].isupper() or words[0][0].isdigit()
    capitals = begins and (organised or not any(word[0].islower() for word in words))
    talk = _NO_PLACE & {word.lower() for word in words[organised and words[0] == "New" :]}
    return len(words) <= _MAX_OTHER_WORDS and capitals and not talk and (organised or not is_food(name.lower()))


def _is_organisation(words: Sequence[str]) -> bool:
    """`Elm Bakery`, also where its words name food."""
    return len(words) > 1 and words[-1].lower() in ORGANISATIONS


def is_title(text: str, tokens: Sequence[Token], place: Place) -> bool:
    """`Elm Grocers 4/6` as a message's first line, `Elm Kitchen` as any: a name, and behind it no more than a date."""
    words = place.name.split()
    if not (_is_organisation(words) or not text[: tokens[0].start].strip()):
        return False
    dated = all(token.kind in "nd:-.!" or token.word in TIMES for token in tokens if token.start >= place.end)
    plain = is_plain_place(place.name.lower().split()) and not text[: tokens[0].start].strip()
    return dated and not _GREETINGS & {word.lower() for word in words} and (plain or is_unknown_place(place.name))


def unknown_actor(text: str, before_verb: Sequence[Token], *, took: bool) -> Place | None:
    """`Some Mutual Aid took`, `BLM took`: words before the verb that look like an organisation.

    `took`: the verb is taking, and what follows is a list (`elders took:`, `oak house took 3 boxes`), so that whoever
    stands before it took what follows.
    """
    before_verb = _without_notes(before_verb[:MAX_TOKENS])
    words = [t for t in before_verb if t.kind in "w&" and t.word not in _BESIDE_ACTORS]
    if not words or len(words) > _MAX_ACTOR_WORDS or any(t.kind == "u" for t in before_verb):
        return None
    written = text[words[0].start : words[-1].end]
    acronym = len(words) == 1 and len(written) > 1 and written.isupper() and written not in _NO_ACTOR
    organisation = len(words) > 1 and any(t.word in ORGANISATIONS for t in words) and not _PERSONAL & {words[0].word}
    return (
        Place(written, words[0].start, words[-1].end, known=False)
        if acronym or organisation or (took and _is_somebody(words))
        else None
    )


def _without_notes(tokens: Sequence[Token]) -> list[Token]:
    """Without what stands in parentheses."""
    depth, kept = 0, []
    for token in tokens:
        depth += token.kind == "("
        if depth <= 0:
            kept.append(token)
        depth -= token.kind == ")"
    return kept


def _is_somebody(words: Sequence[Token]) -> bool:
    """A name of up to three words, none of which only joins or tells the time."""
    return len(words) <= _MAX_OTHER_WORDS and all(t.word not in _FUNCTIONS and len(t.word) > 1 for t in words)


def unknown_source(text: str, before_noun: Sequence[Token]) -> Place | None:
    """`5/30 Elm Grocers food rescue`: the words with a capital right before the noun."""
    words = [t for t in before_noun[:MAX_TOKENS] if t.kind in "w&" and t.word not in _BESIDE_NAMES]
    if all(t.word in _NO_SOURCE for t in words) or any(t.kind == "u" for t in before_noun[:MAX_TOKENS]):
        return None
    written = text[words[0].start : words[-1].end]
    named = is_unknown_place(written) or is_plain_place([t.word for t in words])
    return Place(written, words[0].start, words[-1].end, known=False) if named else None


def is_plain_place(words: Sequence[str]) -> bool:
    """`oak grocers` where only a place can stand: no word that is food, joins, describes, or tells the time."""
    named = words[:-1] if len(words) > 1 and words[-1] in ORGANISATIONS else words
    short = len(words) <= _MAX_OTHER_WORDS and all(len(word) > 1 and word not in _FUNCTIONS for word in named)
    return short and not any(is_food(word) or is_unit(word) for word in named)


def is_proper(name: str) -> bool:
    """A capital begins it (behind a number), or a word like `fridge` ends it."""
    words = name.split()
    named = words[1] if name[0].isdigit() and len(words) > 1 else words[0]
    initials = [part[0] for part in named.split("/") if part]
    return any(initial.isupper() for initial in initials) or words[-1].lower() in ORGANISATIONS


def _is_inside(token: Token, places: Sequence[Place]) -> bool:
    return any(place.start <= token.start < place.end for place in places)
