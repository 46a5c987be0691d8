"""Names of items: where a name begins, and which word, sign, or number ends it.

Invariant: the name is one run of tokens as written; nothing is added or left out in its middle.
"""

from typing import NamedTuple

from reading.units import canonical_unit
from regex_extractor.lexicon import (
    ABBREVIATIONS,
    CUTS,
    DATED,
    DETERMINERS,
    HYPERNYMS,
    INFINITIVES,
    LEADING,
    MEASURES,
    NUMBERED,
    OF,
    PREPOSITIONS,
    REMARKS,
    SIZES,
    STORAGE,
    TIMES,
    TRAILING_UNITS,
    VAGUE,
    VERBS,
)
from regex_extractor.quantities import Quantity, read_quantity
from regex_extractor.tokens import Token
from regex_extractor.units import Unit, closing, read_unit

_JOINTS = "/&+'\"%“”’‘,"
_JOINING_WORDS = frozenset({"and", "n", "or", "of", "in", "with", "on", "w", "plus", "to"})
_STOCK_WORDS = frozenset({"cob", "vine"})


_NO_NAME = DETERMINERS - {"some"}
_RESTS = frozenset({"rest", "remainder", "last", "remaining"})
_MAX_FILLERS = 4
"""Bounds every look over fillers, so that a line of nothing but `and` is still read in linear time."""


class Name(NamedTuple):
    """Tokens `[first, last)`; reading went on to `stop`."""

    first: int
    last: int
    stop: int

    @property
    def empty(self) -> bool:
        return self.last <= self.first


def read_name(tokens: list[Token], at: int, *, behind_unit: bool = False) -> Name:
    """The name that begins at token `at`; empty when none does."""
    first = _beginning(tokens, at, behind_unit=behind_unit)
    if tokens[first].word in PREPOSITIONS:
        return Name(first, first, first)
    last = at = first
    while not ends_name(tokens, at, first):
        token = tokens[at]
        at += 1
        if token.kind in "'’" or not (token.kind in _JOINTS or token.kind == "." or token.word in _JOINING_WORDS):
            last = at
    return Name(first, last, at)


def _beginning(tokens: list[Token], at: int, *, behind_unit: bool) -> int:
    """Behind `of`, quotation marks, and the pack sizes of `24 cases of 18 count ...`."""
    for _ in range(_MAX_FILLERS):
        if tokens[at].kind not in "\"“”'./" and tokens[at].word not in LEADING and tokens[at].word != "of":
            break
        at += 1
    if tokens[at].word in _RESTS and tokens[at + 1].word == "of":
        at += 2 + (tokens[at + 2].word in DETERMINERS)
    if tokens[at].kind == "x" and tokens[at + 1].kind == "n":  # "21 x 12 ..."
        return at + 2 + (tokens[at + 2].word in MEASURES or tokens[at + 2].word == "dozen")
    if behind_unit and tokens[at].kind == "n":
        return _behind_pack_size(tokens, at)
    return at


def _behind_pack_size(tokens: list[Token], at: int) -> int:
    following = tokens[at + 1]
    if following.kind == "(":
        return closing(tokens, at + 1) + 1
    if following.word in MEASURES or following.word == "dozen":
        end = at + 2 + (tokens[at + 2].kind == ".")
        return end + (tokens[end].word in OF)
    glued = following.start == tokens[at].end
    return at + 1 if following.kind == "w" and not glued else at


def ends_name(tokens: list[Token], at: int, first: int) -> bool:
    """Whether the name that began at token `first` ends before token `at`."""
    token = tokens[at]
    if token.kind == "w":
        return _word_ends(tokens, at, first)
    if token.kind == "n":
        return _number_ends(tokens, at, first)
    if token.kind == ",":
        return _comma_ends(tokens, at, first)
    if token.kind in "&+/":
        following = tokens[at + 1]
        joins = following.kind in 'wn"“(' and not (token.kind == "+" and following.word in VAGUE)
        return not joins or starts_item(tokens, at + 1, bare=token.kind != "/")
    if token.kind == ".":
        return len(token.word) > 1 or at == first or not _is_abbreviation(tokens, at)
    return token.kind not in _JOINTS


def _comma_ends(tokens: list[Token], at: int, first: int) -> bool:
    if at == first + 1 and tokens[first].word in HYPERNYMS:
        return True
    if tokens[at + 1].word in REMARKS:
        return True
    return starts_item(tokens, at + 1, bare=True) or _is_cut(tokens, behind_connectors(tokens, at + 1))


def _word_ends(tokens: list[Token], at: int, first: int) -> bool:
    word = tokens[at].word
    if word in ("and", "n", "plus"):
        following = behind_connectors(tokens, at + 1)
        return (
            starts_item(tokens, at + 1)
            or _is_cut(tokens, following)
            or word == "plus"
            or tokens[following].kind in "$.("
        )
    if word in PREPOSITIONS and at > first:
        return _preposition_ends(tokens, at)
    if word == "all" and at > first and tokens[at + 1].word in ("the", "of", "from"):
        return True
    if word in ("use", "best", "sell") and tokens[at + 1].word in ("by", "before"):
        return True
    return _is_cut(tokens, at)


def _is_cut(tokens: list[Token], at: int) -> bool:
    word = tokens[at].word
    if word in ("this", "last", "next") and tokens[at + 1].word in TIMES:  # "soup this morning"
        return True
    if word == "dated":
        return tokens[at + 1].kind in "nd$" or tokens[at + 1].word in DATED
    return tokens[at].kind == "w" and (word in CUTS or word in VERBS) and not (word == "left" and at == 0)


def _preposition_ends(tokens: list[Token], at: int) -> bool:
    word, following = tokens[at].word, tokens[at + 1]
    if word in ("of", "and", "out", "off"):
        return following.kind == "$"
    if word == "to":
        return following.word not in INFINITIVES
    if word == "in":
        near = [tokens[k].word for k in range(at + 1, min(at + 4, len(tokens)))]
        return following.kind == "n" or following.word in ("the", "our") or any(word in STORAGE for word in near)
    if word == "on":
        return not any(tokens[k].word in _STOCK_WORDS for k in range(at + 1, min(at + 3, len(tokens))))
    if word == "with":
        unit_before = canonical_unit(tokens[at - 1].word) in TRAILING_UNITS
        dated = any(tokens[k].word in ("use", "best", "exp", "sell") for k in range(at + 1, min(at + 3, len(tokens))))
        return unit_before or dated or following.kind not in "wn"
    return True


def _number_ends(tokens: list[Token], at: int, first: int) -> bool:
    """A number belongs to a name only when it is glued to a word (`7up`) or begins the name (`7 layer dip`)."""
    following = tokens[at + 1]
    glued = following.kind == "w" and following.start == tokens[at].end and following.word not in MEASURES
    if tokens[at - 1].word in NUMBERED and at > first:
        return False
    worded = glued and following.word != "x" and canonical_unit(following.word) is None
    return not worded and not (at == first and following.kind == "w")


def _is_abbreviation(tokens: list[Token], at: int) -> bool:
    before, behind = tokens[at - 1], tokens[at + 1]
    return behind.kind == "w" and (
        before.word in ABBREVIATIONS or len(before.word) == 1 or behind.start == tokens[at].end
    )


def behind_connectors(tokens: list[Token], at: int) -> int:
    """Behind `and`, `plus`, `also`."""
    for _ in range(_MAX_FILLERS):
        if tokens[at].word not in ("and", "plus", "also", "n") and tokens[at].kind not in "&+":
            break
        at += 1
    return at


def starts_item(tokens: list[Token], at: int, *, bare: bool = False) -> bool:
    """Whether an item with a quantity begins at token `at`, or with `bare` one with only a unit (`, box of pears`)."""
    at = behind_connectors(tokens, at)
    quantity = read_quantity(tokens, at)
    unit = read_unit(tokens, behind_more(tokens, quantity), counted=True) if quantity else None
    if quantity is None:
        bare_unit = read_unit(tokens, at, counted=False) if bare else None
        return bare_unit is not None and is_name_word(tokens, bare_unit.next)
    if unit is not None:
        return is_name_word(tokens, unit.next)
    return _counts_bare_name(tokens, quantity)


def _counts_bare_name(tokens: list[Token], quantity: Quantity) -> bool:
    if quantity.weak:
        return False
    at = behind_more(tokens, quantity)
    if tokens[at].word == "of":
        return is_name_word(tokens, at + 1)
    return tokens[at].start > tokens[at - 1].end and is_name_word(tokens, at)


def is_name_word(tokens: list[Token], at: int) -> bool:
    """Whether a name can begin at token `at`."""
    token = tokens[at]
    if token.kind == "w":
        skipped = token.word in LEADING or token.word == "of"
        return skipped or (token.word not in PREPOSITIONS and not _is_cut(tokens, at) and token.word not in _NO_NAME)
    return (token.kind in "\"“n'" and tokens[at + 1].kind == "w") or (token.kind == "x" and tokens[at + 1].kind == "n")


def behind_more(tokens: list[Token], quantity: Quantity | None) -> int:
    """Behind the fillers after a quantity: `2 x box`, `five more boxes`."""
    at = quantity.end if quantity else 0
    if tokens[at].kind == "-" and tokens[at + 1].kind == "w" and read_unit(tokens, at + 1, counted=True):
        return at + 1  # "12 - bags of"
    if tokens[at].word in ("x", "×") and tokens[at + 1].kind != "n":
        at += 1
    if tokens[at].word in ("more", "additional"):
        at += 1
    if tokens[at].word in ("extra", "other", "total") and read_unit(tokens, at + 1, counted=True):
        at += 1
    return at


def trailing_unit(tokens: list[Token], name: Name) -> tuple[Name, Unit | None]:
    """`produce boxes` is produce, counted in boxes: the name without its unit, and the unit."""
    if name.last - name.first < 2:
        return name, None
    last = name.last - 1
    unit = canonical_unit(tokens[last].word) if tokens[last].kind == "w" else None
    if unit not in TRAILING_UNITS or tokens[last - 1].kind in "/&" or unit is None:
        return name, None
    if last - 1 > name.first and canonical_unit(f"{tokens[last - 1].word} {tokens[last].word}"):
        last -= 1  # "shopping bags"
    shorter = Name(name.first, _without_sizes(tokens, name.first, last), name.stop)
    return (name, None) if shorter.empty else (shorter, Unit(unit, last, name.last, name.stop, of=False))


def _without_sizes(tokens: list[Token], first: int, last: int) -> int:
    """`mixed produce large boxes`: the size belongs to the unit."""
    while last - 1 > first and tokens[last - 1].word in SIZES:
        last -= 1
    return last
