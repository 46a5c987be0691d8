"""Clauses: the sentences of a line, each with its lead (`Dropped off`), its items, and what is said behind them.

Invariant: every token belongs to one clause; a clause of requests, plans, or talk has no items.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from reading.quantities import NUMBER_WORDS
from reading.units import canonical_unit, spellings
from regex_extractor.found import Found
from regex_extractor.items import has_unit, read_item, read_list
from regex_extractor.lexicon import ABBREVIATIONS, ABOUT, ASKING, CONNECTORS, GENERIC, UNCOUNTABLE, VAGUE, VERBS
from regex_extractor.names import starts_item
from regex_extractor.places import Place
from regex_extractor.tokens import Line, Token, end_of, sentinels
from regex_extractor.trailing import read_name_first
from regex_extractor.units import is_food
from regex_extractor.verbs import verb_of

Mentions: TypeAlias = Callable[[int, int], Sequence[Place]]
_MAX_LEAD: Final = 40
_MAX_OPENING: Final = 4
_STANDS: Final = frozenset({"have", "has", "there", "there's"})
_OFFERS: Final = frozenset({"if", "please", "anyone", "someone", "somebody", "who", "interested", "need", "needs"})
_QUESTIONS: Final = frozenset({"who", "who's", "what", "where", "when", "how", "did", "does", "do", "is", "are", "any"})
_VOWELS: Final = frozenset("aeiou")
_BEFORE_ADDRESS: Final = frozenset({"at", "from", "to", "on", "near", "in", "by"})
_COUNTING: Final = (
    NUMBER_WORDS
    | VAGUE
    | ABOUT
    | frozenset({"a", "an", "i", "l", "quarter"})
    | frozenset(word for spelling in spellings() for word in spelling.split())
)


class Clause(NamedTuple):
    """`lead` ends where the first item begins; `tails[i]` are the tokens behind item `i` up to the next one."""

    tokens: list[Token]
    lead: int
    items: list[Found]
    tails: list[tuple[int, int]]

    @property
    def end(self) -> int:
        return end_of(self.tokens)


def read_clauses(line: Line, places: Mentions) -> list[Clause]:
    """The clauses of a line; `places(start, end)` gives the known places in that range of the text."""
    return [_clause(tokens, places) for tokens in _sentences(line.tokens)]


def _sentences(tokens: list[Token]) -> list[list[Token]]:
    ends = [
        at + 1
        for at, token in enumerate(tokens[: end_of(tokens)])
        if token.kind in ".!?" and _ends_sentence(tokens, at)
    ]
    if not ends:
        return [tokens]
    starts = [0, *ends]
    parts = [tokens[a:b] for a, b in zip(starts, [*ends, end_of(tokens)], strict=True)]
    return [[*part, *sentinels(part[-1].end)] for part in parts if part]


def _ends_sentence(tokens: list[Token], at: int) -> bool:
    before, behind = tokens[at - 1], tokens[at + 1]
    if at == 0 or behind.kind in "$.!?)" or behind.start == tokens[at].end:
        return False
    if tokens[at].kind != "." or len(tokens[at].word) > 1:
        return True
    return not (
        before.kind == "n"
        or before.word in ABBREVIATIONS
        or (before.kind == "w" and len(before.word) == 1)
        or _is_short_unit(before)
    )


def _is_short_unit(token: Token) -> bool:
    short = len(token.word) <= 3 or not _VOWELS & set(token.word)
    return short and canonical_unit(token.word) is not None


def _clause(tokens: list[Token], places: Mentions) -> Clause:
    opening = _behind_opening(tokens)
    lead, found = _items(tokens, opening, places)
    found = [] if tokens[0].kind == "(" and lead > 1 else found
    found = [item for item in found if item.quantity != 0 and not _is_generic(tokens, item)]
    if found and (_is_question(tokens) or _is_offer(tokens, lead, found[-1].stop)):
        found = []
    return Clause(tokens, lead if found else end_of(tokens), found, _tails(tokens, found))


def _is_question(tokens: list[Token]) -> bool:
    """`Who took the 3 cases of pears?`"""
    return tokens[end_of(tokens) - 1].kind == "?" and tokens[0].word in _QUESTIONS


def _is_offer(tokens: list[Token], lead: int, behind: int) -> bool:
    """`We have 3 boxes of pears if anyone wants them`: nothing has moved yet."""
    stands = any(token.word in _STANDS for token in tokens[:lead])
    return stands and any(token.word in _OFFERS for token in tokens[behind : behind + _MAX_LEAD])


def _behind_opening(tokens: list[Token]) -> int:
    """Behind connectors and an enumeration's number or letter (`3.`, `a)`)."""
    at = 0
    while at < _MAX_OPENING and (tokens[at].word in CONNECTORS or tokens[at].kind in "-,:\"“&+'!)_|"):
        at += 1
    if (
        tokens[at].kind == "n"
        and tokens[at + 1].kind in ".)"
        and tokens[at + 1].word in (".", ")")
        and "." not in tokens[at].word
    ):
        return at + 2
    lettered = tokens[at].kind == "w" and len(tokens[at].word) == 1 and tokens[at + 1].kind == ")"
    return at + 2 if lettered else at


def _items(tokens: list[Token], at: int, places: Mentions) -> tuple[int, list[Found]]:
    """Where the lead ends, and the items."""
    if not any(_may_count(token) for token in tokens):
        return end_of(tokens), []
    found = read_list(tokens, at)
    if found:
        return at, found
    first = read_name_first(tokens, at)
    if first is not None and not _is_titled(tokens, first, places):
        return at, [first, *_following(tokens, first.stop)]
    return _behind_lead(tokens, at, places)


def _is_titled(tokens: list[Token], item: Found, places: Mentions) -> bool:
    """`Corner Market: 8 boxes ...`: what stands before the colon is a place, not food."""
    first, last = item.name.first, item.name.last
    named = places(tokens[first].start, tokens[last - 1].end) if tokens[last].kind == ":" else []
    return bool(named) and (named[0].start, named[-1].end) == (tokens[first].start, tokens[last - 1].end)


def _may_count(token: Token) -> bool:
    """Whether a quantity or a unit can begin here; most headings have no such word."""
    return token.kind in "nx#" or token.word in _COUNTING or token.word.endswith("of")


def _following(tokens: list[Token], stop: int) -> list[Found]:
    """More items after a name-first one: `Pears 2 boxes, apples 3 boxes`."""
    found: list[Found] = []
    while tokens[stop].kind in ",;&+" or tokens[stop].word in ("and", "plus"):
        item = read_name_first(tokens, stop + 1)
        if item is None:
            return [*found, *read_list(tokens, stop + 1)]
        found.append(item)
        stop = item.stop
    return found


def _behind_lead(tokens: list[Token], at: int, places: Mentions) -> tuple[int, list[Found]]:
    """`We received 3 boxes of ...`: items behind a lead that moves something, ends in a colon, or is `there were`."""
    moved = False
    last = min(end_of(tokens), at + _MAX_LEAD)
    for start in range(at, last):
        token = tokens[start]
        if token.word in ASKING or (token.kind == "?" and not moved):
            return start, []
        if (
            start > at
            and _may_count(token)
            and _begins_items(tokens, start, moved=moved)
            and not _is_listing(tokens, start)
        ):
            told = (
                moved
                or tokens[start - 1].kind in ":-a"
                or _is_there(tokens, start)
                or places(tokens[at].start, tokens[start - 1].end)
            )
            return start, read_list(tokens, start) if told else []
        moved = moved or verb_of(tokens, start) is not None or token.word in ("from", "frm")
        if token.word in VERBS or (token.kind == ":" and places(tokens[at].start, tokens[start].end)):
            behind = _behind_particles(tokens, start + 1)
            named = None if starts_item(tokens, behind) else read_name_first(tokens, behind)
            if named is not None:
                return start + 1, [named, *_following(tokens, named.stop)]
    return last, []


def _begins_items(tokens: list[Token], at: int, *, moved: bool) -> bool:
    """A number behind a preposition is an address (`at 12 Elm`) unless a unit follows it."""
    if starts_item(tokens, at):
        return tokens[at - 1].word not in _BEFORE_ADDRESS or tokens[at].kind != "n" or has_unit(tokens, at)
    bare = read_item(tokens, at) if moved or tokens[at - 1].kind == ":" else []
    if not bare or bare[0].unit is None or bare[0].quantity is None:
        return False
    return bare[0].unit.of or tokens[at - 1].word in VERBS or tokens[at - 1].word in ("off", "up", ":")


def _behind_particles(tokens: list[Token], at: int) -> int:
    for _ in range(_MAX_OPENING):
        if tokens[at].word in ("off", "up", "out", "in", "some", "the", "also", "more"):
            at += 1
    return at


def _is_listing(tokens: list[Token], start: int) -> bool:
    """`We also set aside a pallet of things:` announces a list; what it counts is no item of its own."""
    return tokens[end_of(tokens) - 1].kind == ":" and tokens[start].kind == "w" and end_of(tokens) - 1 - start > 3


def _is_there(tokens: list[Token], start: int) -> bool:
    return start >= 2 and tokens[start - 2].word == "there" and tokens[start - 1].word in ("is", "are", "was", "were")


def _is_generic(tokens: list[Token], item: Found) -> bool:
    words = [token.word for token in tokens[item.name.first : item.name.last] if token.kind == "w"]
    if not words or words[0] in UNCOUNTABLE:
        return True
    empty = all(word in GENERIC or len(word) == 1 or canonical_unit(word) for word in words)
    return empty and not is_food(" ".join(words))  # "60 rolls", "2 bags rolls"


def _tails(tokens: list[Token], found: list[Found]) -> list[tuple[int, int]]:
    starts = [*(_first_token(item) for item in found[1:]), end_of(tokens)]
    return [(item.stop, max(start, item.stop)) for item, start in zip(found, starts, strict=False)]


def _first_token(item: Found) -> int:
    return min(item.name.first, item.counted[0] if item.counted else item.name.first)
