"""Verbs of moving: what somebody did with the food, in four kinds.

Invariant: `verb_of` looks at most three words ahead.
"""

from enum import StrEnum
from typing import Final

from regex_extractor.lexicon import DROP, HOURS, NEGATIONS, PICK, PRONOUNS, REQUESTS, SEND, TAKE
from regex_extractor.tokens import Token, end_of


class Verb(StrEnum):
    """`take` out of the warehouse, `pick` up somewhere, `drop` off, `send` or bring to somebody."""

    TAKE = "take"
    PICK = "pick"
    DROP = "drop"
    SEND = "send"


_VERB_OF: Final = {
    word: verb
    for verb, words in ((Verb.SEND, SEND), (Verb.DROP, DROP), (Verb.PICK, PICK), (Verb.TAKE, TAKE))
    for word in words
}
VERB_WORDS: Final = _VERB_OF.keys() | {"left", "came", "new"}
_NEW_TO: Final = frozenset({"to", "in", "at", "arrivals", "arrival"})
_IDLE: Final = frozenset({"got", "get", "take", "taking", "took", "left"})
_IDLE_OBJECTS: Final = frozenset(
    {"there", "here", "home", "picture", "pictures", "pic", "pics", "photo", "photos", "look", "care", "note", "place"}
)


def verb_of(tokens: list[Token], at: int) -> Verb | None:
    """The verb at token `at`."""
    token = tokens[at]
    if token.kind != "w":
        return None
    verb = _VERB_OF.get(token.word)
    if verb is not None:
        return None if _is_idle(tokens, at) else verb
    if token.word == "left":  # "Left 3 boxes at the pantry", "we left 2"; but "2 boxes left"
        return Verb.SEND if tokens[at + 1].kind == "n" and (at == 0 or tokens[at - 1].word in PRONOUNS) else None
    arrived = token.word == "came" and tokens[at + 1].word == "in"
    new = token.word == "new" and at == 0 and tokens[1].word in _NEW_TO
    return Verb.DROP if arrived or new else None


def _is_idle(tokens: list[Token], at: int) -> bool:
    """`when I got there`, `take a picture`; `set aside` moves only as a heading."""
    word = tokens[at].word
    if word == "aside":
        return tokens[end_of(tokens) - 1].kind not in ":-"
    return word in _IDLE and any(tokens[k].word in _IDLE_OBJECTS for k in range(at + 1, at + 4))


def is_not_said(tokens: list[Token], end: int) -> bool:
    """Negations, requests, and plans move nothing; in a parenthesis they do not count."""
    if _NOT_SAID_OR_PLANNED.isdisjoint([token.word for token in tokens[:end]]):
        return tokens[end - 1].kind == "?"
    depth = 0
    for at, token in enumerate(tokens[:end]):
        depth += (token.kind == "(") - (token.kind == ")")
        if depth <= 0 and (
            is_negation(tokens, at) or token.word in _NOT_SAID or (token.word == "going" and _is_plan(tokens, at))
        ):
            return True
    return tokens[end - 1].kind == "?"


def is_negation(tokens: list[Token], at: int) -> bool:
    """But Food Not Bombs is a kitchen."""
    return tokens[at].word in NEGATIONS and tokens[at - 1].word != "food"


def _is_plan(tokens: list[Token], at: int) -> bool:
    """`going to drop off`; but `Going to the pantry:` brings something there."""
    return tokens[at + 1].word == "to" and (tokens[at + 2].word in _VERB_OF or tokens[at + 2].word in ("be", "try"))


_NOT_SAID: Final = REQUESTS | HOURS
_NOT_SAID_OR_PLANNED: Final = _NOT_SAID | NEGATIONS | {"going"}
