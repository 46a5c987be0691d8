"""Quantities behind the name: `Pears - 4 boxes`, `Garlic (1) container`, `Boxes of bread x3`, `Pears 2 boxes`.

Invariant: a count ends what is said; a number in the middle of a sentence, or behind a word that is no food (`van 2`),
counts nothing.
"""

from typing import Final

from regex_extractor.found import Count, Found
from regex_extractor.lexicon import ASKING, CUTS, PREPOSITIONS, PRONOUNS, RESCUE_NOUNS, TIMES
from regex_extractor.names import Name, read_name, starts_item, trailing_unit
from regex_extractor.quantities import read_quantity
from regex_extractor.tokens import Token
from regex_extractor.units import closing, is_food, noted_unit, read_unit

_TALK: Final = ASKING | TIMES | PRONOUNS | {"bring"}


def read_name_first(tokens: list[Token], at: int) -> Found | None:
    """`Pears - 4 boxes`, `Garlic (1) container`, `Pears 2 boxes`, `Salmon box x1`."""
    if tokens[at].kind != "w":
        return None
    name = read_name(tokens, at)
    if name.empty or _is_no_food(tokens, name):
        return None
    stop = name.stop + (tokens[name.stop].kind == ",")  # "produce, 3 boxes"
    noted = _behind_note(tokens, stop)
    if noted != stop and tokens[noted].kind == "w":
        return _boxed_note(tokens, name, noted)
    count = read_count(tokens, stop)
    if count is None:
        return None
    unit, stop = count.unit, count.stop
    if unit is None:
        if tokens[name.stop].kind == "n" and not _is_food(tokens, name):
            return None
        behind = read_unit(tokens, stop, counted=True)
        if behind is not None and tokens[behind.next].kind == "$":  # "Garlic(1) container"
            unit, stop = behind, behind.next
        unit = unit or noted_unit(tokens, name.stop)
    shorter, inner = trailing_unit(tokens, name)
    if inner is not None and (unit is None or unit.name == inner.name):
        name, unit = shorter, unit or inner
    return Found(name, count.value, count.tokens, unit, stop, name_first=True)


def _is_no_food(tokens: list[Token], name: Name) -> bool:
    """Talk, or a heading: `Elm Market donation: 1 pallet`."""
    heads = tokens[name.last - 1].word in RESCUE_NOUNS and tokens[name.stop].kind == ":"
    return heads or any(token.word in _TALK for token in tokens[name.first : name.last])


def _boxed_note(tokens: list[Token], name: Name, at: int) -> Found | None:
    unit = read_unit(tokens, at, counted=True)
    count = read_count(tokens, unit.end) if unit else None
    if unit is None or count is None:
        return None
    return Found(name, count.value, count.tokens, unit, count.stop, name_first=True)


def read_count(tokens: list[Token], at: int) -> Count | None:
    """The trailing quantity at token `at`: `x3`, `(10)`, `- 4 boxes`, `1/2`, to the end of what is said."""
    at = _behind_note(tokens, at)
    inside = tokens[at].kind == "("
    start = at + 1 if tokens[at].kind in "(-:=" else at
    quantity = read_quantity(tokens, start)
    if quantity is None or quantity.value is None or quantity.weak or tokens[at].word in PREPOSITIONS:
        return None
    unit = read_unit(tokens, quantity.end, counted=True)
    stop = unit.next if unit else quantity.end + (tokens[quantity.end].word == "x")  # "pears 3x"
    if unit is None and inside and tokens[stop].kind == "w" and tokens[stop + 1].kind == ")":
        stop += 1  # "(10 ears)"
    if inside:
        stop += tokens[stop].kind == "." and tokens[stop + 1].kind == ")"
        over = tokens[stop].kind == ")"
    else:
        over = _is_over(tokens, stop, dashed=tokens[at].kind in "-:=")
    return Count(quantity.value, (quantity.start, quantity.end), unit, stop + inside) if over else None


def _behind_note(tokens: list[Token], at: int) -> int:
    """Behind a parenthesis that is followed by a count: `things (cards, ...) Box x1`, `Butter (1 lb) - 40`."""
    if tokens[at].kind != "(":
        return at
    close = closing(tokens, at)
    worded = tokens[at + 1].kind == "w"
    counted = tokens[close + 1].kind in ("xn-:" if worded else "x-:")
    counted = counted or (worded and read_unit(tokens, close + 1, counted=True) is not None)
    return close + 1 if tokens[close].kind == ")" and counted else at


def _is_over(tokens: list[Token], at: int, *, dashed: bool) -> bool:
    token = tokens[at]
    if token.kind in "$(,;.!?-" or token.word in PREPOSITIONS or token.word in CUTS:
        return True
    if token.kind in "&+" and starts_item(tokens, at + 1):
        return True
    return dashed and token.word in ("all", "aid", "each", "total")


def _is_food(tokens: list[Token], name: Name) -> bool:
    return is_food(" ".join(token.word for token in tokens[name.first : name.last]))
