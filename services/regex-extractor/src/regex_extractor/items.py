"""Items: `2 cs pears`, `Box of pears x2`, `10 produce boxes`, `1 box each: ...`, and lists of them.

Invariant: an item has a name; a quantity that counts nothing named (`dropped 2 pallets:`, `7 at the barn`) is none.
Items of a clause do not overlap, and reading them is linear: each reader goes on where the one before it stopped.
"""

from typing import Final

from reading.units import canonical_unit, singular
from regex_extractor.found import Found
from regex_extractor.lexicon import (
    BARE_UNITS,
    BEFORE_BARE_UNIT,
    BEFORE_UNIT,
    CUTS,
    PREPOSITIONS,
    TRAILING_UNITS,
    VERBS,
)
from regex_extractor.names import (
    Name,
    behind_connectors,
    behind_more,
    is_name_word,
    read_name,
    starts_item,
    trailing_unit,
)
from regex_extractor.quantities import Quantity, read_quantity
from regex_extractor.tokens import Token, end_of
from regex_extractor.trailing import read_count
from regex_extractor.units import Unit, is_food, noted_unit, read_unit, skip_sizes

_MAX_SOURCE: Final = 8
_MAX_BEFORE_BARE: Final = 3
_POUNDS: Final = {"lb": 1.0, "oz": 1 / 16, "kg": 2.205, "g": 0.002205}
_SEPARATORS: Final = frozenset({"and", "plus", "also"})
_ENDS: Final = PREPOSITIONS | CUTS
_NO_UNIT: Final = frozenset(
    {"cream", "heart", "hearts", "lots", "kinds", "types", "sorts", "rest", "leg", "legs", "cut", "cuts", "breast"}
)
"""Words before `of` that belong to the name: `cream of ...`."""


def read_list(tokens: list[Token], at: int) -> list[Found]:
    """All items from token `at` to the end of the clause; the first must begin right there."""
    found: list[Found] = []
    elided: Unit | None = None
    while at >= 0:
        items = read_item(tokens, at, elided)
        if not items:
            break
        found += items
        elided = items[-1].unit
        at = next_start(tokens, items[-1].stop)
    return found


def next_start(tokens: list[Token], at: int) -> int:
    """Where the next item of the clause begins, or -1: behind a separator, or at a number with a unit."""
    separated = False
    while tokens[at].kind != "$":
        token = tokens[at]
        if token.kind == "(":
            at = _behind_parenthesis(tokens, at)
            continue
        if token.kind in ",;&+./|" or token.word in _SEPARATORS:
            separated = True
        elif (separated and starts_item(tokens, at, bare=True)) or (
            token.kind == "n" and starts_item(tokens, at) and (has_unit(tokens, at) or is_food(tokens[at + 1].word))
        ):
            return at
        else:
            separated = token.word in VERBS
        at += 1
    return -1


def _behind_parenthesis(tokens: list[Token], at: int) -> int:
    """Behind the matching `)`, or at the end of the line when it is never closed."""
    depth = 0
    while tokens[at].kind != "$":
        depth += (tokens[at].kind == "(") - (tokens[at].kind == ")")
        at += 1
        if depth <= 0:
            break
    return at


def has_unit(tokens: list[Token], at: int) -> bool:
    """Whether a quantity with a unit begins at token `at`."""
    quantity = read_quantity(tokens, at)
    return quantity is not None and read_unit(tokens, behind_more(tokens, quantity), counted=True) is not None


def read_item(tokens: list[Token], at: int, elided: Unit | None = None) -> list[Found]:
    """The item that begins at token `at`, or the items where several containers share a name; empty when none does.

    `elided` is the unit of the item before, for `and one of pears`.
    """
    quantity = read_quantity(tokens, at)
    if quantity is None:
        bare = _bare(tokens, at)
        return [bare] if bare else []
    start = behind_more(tokens, quantity)
    unit = read_unit(tokens, start, counted=True)
    if unit is None:
        return _sized_first(tokens, quantity) or _without_unit(tokens, quantity, start, elided)
    quantity, unit = _packed_dozen(tokens, quantity, unit)
    return (
        _shared(tokens, quantity, unit)
        or _as_size(tokens, quantity, unit)
        or _each(tokens, quantity, unit)
        or _counted(tokens, quantity, unit)
        or (_without_unit(tokens, quantity, start, elided) if unit.start > start else [])
    )


def _packed_dozen(tokens: list[Token], quantity: Quantity, unit: Unit) -> tuple[Quantity, Unit]:
    """`a dozen boxes of ...` is twelve boxes, `half a dozen boxes` six."""
    if unit.name == "dozen" and quantity.value is not None and (quantity.weak or tokens[quantity.start].word == "half"):
        packed = read_unit(tokens, unit.end, counted=True)
        if packed is not None and packed.name in TRAILING_UNITS and is_name_word(tokens, packed.next):
            return quantity._replace(value=quantity.value * 12, end=unit.end), packed
    return quantity, unit


def _counted(tokens: list[Token], quantity: Quantity, unit: Unit) -> list[Found]:
    dashed = tokens[unit.next].kind == "-" and tokens[unit.next + 1].kind == "w"  # "12 cs - pears"
    begin = _behind_source(tokens, unit.next + dashed)
    name = read_name(tokens, begin, behind_unit=True)
    if tokens[unit.start].word == "ca":  # a unit only when no other one is written
        shorter, behind = trailing_unit(tokens, Name(unit.start, name.last, name.stop))
        name, unit = (shorter, behind) if behind else (name, unit)
    if name.empty:
        return []
    value = _multiplied(tokens, quantity, name)
    pounds = value * unit.stated_lbs if value is not None and unit.stated_lbs else None
    source = (unit.next, begin) if begin > unit.next + dashed else None
    return [Found(name, value, (quantity.start, quantity.end), unit, name.stop, pounds, source=source)]


def _behind_source(tokens: list[Token], at: int) -> int:
    """`100 boxes from the pantry with pears`: the name stands behind the place."""
    if tokens[at].word != "from":
        return at
    for behind in range(at + 2, min(at + _MAX_SOURCE, end_of(tokens))):
        if tokens[behind].word in ("with", "of"):
            return behind + 1
    return at


def _multiplied(tokens: list[Token], quantity: Quantity, name: Name) -> float | None:
    """`1 bag of bread x4` is four bags."""
    if quantity.value == 1 and tokens[name.stop].kind == "x":
        count = read_count(tokens, name.stop)
        return count.value if count else 1.0
    return quantity.value


def _shared(tokens: list[Token], quantity: Quantity, unit: Unit) -> list[Found]:
    """`1 tote & 6 small boxes of pears`."""
    joint = tokens[unit.end]
    second = read_quantity(tokens, unit.end + 1) if joint.kind in "&+" or joint.word == "and" else None
    other = read_unit(tokens, behind_more(tokens, second), counted=True) if second else None
    if second is None or other is None:
        return []
    named = _counted(tokens, second, other)
    return (
        [named[0]._replace(quantity=quantity.value, counted=(quantity.start, quantity.end), unit=unit), *named]
        if named
        else []
    )


def _as_size(tokens: list[Token], quantity: Quantity, unit: Unit) -> list[Found]:
    """`40 oz box of ...`: a measure before a container is its size, and there is one of it."""
    if unit.name not in _POUNDS or unit.of:
        return []
    container = read_unit(tokens, unit.end, counted=True)
    if container is None or container.name in _POUNDS:
        return []
    name = read_name(tokens, container.next, behind_unit=True)
    if name.empty:
        return []
    pounds = round((quantity.value or 0) * _POUNDS[unit.name], 3) if unit.name in ("lb", "kg") else None
    return [Found(name, 1.0, None, container, name.stop, pounds or None)]


def _each(tokens: list[Token], quantity: Quantity, unit: Unit) -> list[Found]:
    """`1 box each: carrots, beets and turnips`."""
    if tokens[unit.end].word != "each":
        return []
    at = unit.end + 1
    at += tokens[at].kind in ":-" or tokens[at].word == "of"
    found: list[Found] = []
    while tokens[at].kind == "w":
        end = at
        while tokens[end].kind == "w" and tokens[end].word not in _ENDS:
            end += 1
        if end == at:
            break
        found.append(Found(Name(at, end, end), quantity.value, (quantity.start, quantity.end), unit, end))
        if tokens[end].kind not in ",&+" and tokens[end].word != "and":
            break
        at = behind_connectors(tokens, end + 1)
    return found


def _without_unit(tokens: list[Token], quantity: Quantity, start: int, elided: Unit | None) -> list[Found]:
    if quantity.weak:
        return []
    start = _behind_pack_size(tokens, start)
    of = tokens[start].word == "of"
    if not is_name_word(tokens, start + 1 if of else start):
        return []
    measured = _unknown_unit(tokens, start)
    name = read_name(tokens, measured.next if measured else start)
    if name.empty:
        return []
    unit = measured or (elided if of else None)
    if unit is None:
        name, unit = trailing_unit(tokens, name)
        unit = unit or noted_unit(tokens, name.stop)
    if unit is elided and unit is not None:
        unit = unit._replace(start=start, end=start)  # not written here
    return [Found(name, quantity.value, (quantity.start, quantity.end), unit, name.stop)]


def _sized_first(tokens: list[Token], quantity: Quantity) -> list[Found]:
    """`12ct eggs - 6`: the first number is a size, and the count stands behind the name."""
    if tokens[quantity.end].word not in ("ct", "count", "cnt"):
        return []
    name = read_name(tokens, quantity.end + 1)
    count = None if name.empty else read_count(tokens, name.stop)
    return [Found(name, count.value, count.tokens, count.unit, count.stop)] if count else []


def _behind_pack_size(tokens: list[Token], at: int) -> int:
    """Behind `large 64 oz`; a size alone (`small steak`) may be a part of the name."""
    behind, _ = skip_sizes(tokens, at, before_name=True)
    return behind if any(token.kind == "n" for token in tokens[at:behind]) else at


def _unknown_unit(tokens: list[Token], at: int) -> Unit | None:
    """`5 slabs of ribs`: an unknown plural or `thing` before `of` counts like a unit."""
    token, following = tokens[at], tokens[at + 1]
    if token.kind != "w" or following.word != "of" or not is_name_word(tokens, at + 2) or token.word in _NO_UNIT:
        return None
    return Unit(singular(token.word), at, at + 1, at + 2, of=True)


def _bare(tokens: list[Token], at: int) -> Found | None:
    """`Case pears`, `Big bag of pears`, `Boxes of pears x3`: one, several by a trailing count, or uncounted."""
    unit = _bare_unit(tokens, at)
    if unit is None:
        return None
    name = read_name(tokens, unit.next, behind_unit=True)
    if name.empty:
        return None
    count = read_count(tokens, name.stop)
    packed = count is not None and count.unit is not None and count.unit.name != unit.name  # "Case eggs (15 doz)"
    if count is not None and not packed:
        return Found(name, count.value, count.tokens, unit, count.stop)
    if not unit.of and unit.name not in BARE_UNITS:  # "bottle water"
        return None
    plural = tokens[unit.end - 1].word.endswith("s") and tokens[unit.end - 1].word not in ("cs", "cass")
    return Found(name, None if plural else 1.0, None, unit, name.stop)


def _bare_unit(tokens: list[Token], at: int) -> Unit | None:
    start = at
    for _ in range(_MAX_BEFORE_BARE):
        at += tokens[at].kind == "w" and tokens[at].word in BEFORE_BARE_UNIT
    unit = read_unit(tokens, at, counted=False)
    if unit is None and tokens[at].word in BEFORE_UNIT:  # "assorted cans of"
        unit = read_unit(tokens, at + 1, counted=False)
        unit = unit if unit is not None and unit.of else None
    if unit is None and at == start and tokens[at].kind == "w" and canonical_unit(tokens[at].word):
        unit = read_unit(tokens, at, counted=True)
    return unit if unit is not None and (at == start or unit.of) else None
