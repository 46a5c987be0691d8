"""Items: `2 cs pears`, `Box of pears x2`, `Pears - 2 boxes`, `10 produce boxes`, and lists of them.

Invariant: an item has a name; a quantity that counts nothing named (`dropped 2 pallets:`, `7 at the barn`) is none.
Items of a clause do not overlap, and reading them is linear: each reader goes on where the one before it stopped.
"""

from typing import Final, NamedTuple

from reading.units import canonical_unit
from regex_extractor.lexicon import (
    ASKING,
    BARE_UNITS,
    BEFORE_BARE_UNIT,
    BEFORE_UNIT,
    CUTS,
    PREPOSITIONS,
    PRONOUNS,
    TIMES,
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
from regex_extractor.units import Unit, closing, is_food, read_unit, skip_sizes

_MAX_SOURCE: Final = 8
_MAX_BEFORE_BARE: Final = 3
_POUNDS: Final = {"lb": 1.0, "oz": 1 / 16, "kg": 2.205, "g": 0.002205}


class Found(NamedTuple):
    """An item as token ranges; `stop` is the token behind all that was read of it."""

    name: Name
    quantity: float | None
    counted: tuple[int, int] | None
    """The tokens of the quantity, where one is written."""
    unit: Unit | None
    stop: int
    pounds: float | None = None
    """The item's total, where the message states it."""
    name_first: bool = False
    source: tuple[int, int] | None = None
    """The tokens of a source between unit and name."""


def read_item(tokens: list[Token], at: int, elided: Unit | None = None) -> list[Found]:
    """The item that begins at token `at`, or the items where several containers share a name; empty when none does.

    `elided` is the unit of the item before, for `and one of pears`.
    """
    quantity = read_quantity(tokens, at)
    if quantity is not None:
        return _counted(tokens, quantity, elided)
    bare = _bare(tokens, at)
    return [bare] if bare else []


def _counted(tokens: list[Token], quantity: Quantity, elided: Unit | None) -> list[Found]:
    start = behind_more(tokens, quantity)
    unit = read_unit(tokens, start, counted=True)
    if unit is None:
        return _without_unit(tokens, quantity, start, elided)
    if unit.name == "dozen" and quantity.weak and quantity.value is not None:
        packed = read_unit(tokens, unit.end, counted=True)  # "a dozen boxes of ..."
        if packed is not None and packed.name in TRAILING_UNITS and is_name_word(tokens, packed.next):
            quantity, unit = quantity._replace(value=quantity.value * 12, end=unit.end), packed
    shared = _shared(tokens, quantity, unit)
    if shared:
        return shared
    sized = _as_size(tokens, quantity, unit)
    if sized is not None:
        return [sized]
    if tokens[unit.end].word == "each":
        return _each(tokens, quantity, unit)
    begin = _behind_source(tokens, unit.next)
    name = read_name(tokens, begin, behind_unit=True)
    if unit.name == "case" and tokens[unit.start].word == "ca":  # "ca" is a unit only when no other one is written
        shorter, behind = trailing_unit(tokens, Name(unit.start, name.last, name.stop))
        name, unit = (shorter, behind) if behind else (name, unit)
    if name.empty:
        return _without_unit(tokens, quantity, start, elided) if unit.start > start else []
    value = _multiplied(tokens, quantity, name)
    pounds = value * unit.stated_lbs if value is not None and unit.stated_lbs else None
    source = (unit.next, begin) if begin > unit.next else None
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


def _each(tokens: list[Token], quantity: Quantity, unit: Unit) -> list[Found]:
    """`1 box each: carrots, beets and turnips`."""
    at = unit.end + 1
    at += tokens[at].kind in ":-" or tokens[at].word == "of"
    found: list[Found] = []
    while tokens[at].kind == "w":
        end = at
        while tokens[end].kind == "w" and tokens[end].word not in PREPOSITIONS | CUTS:
            end += 1
        if end == at:
            break
        found.append(Found(Name(at, end, end), quantity.value, (quantity.start, quantity.end), unit, end))
        if tokens[end].kind not in ",&+" and tokens[end].word != "and":
            break
        at = behind_connectors(tokens, end + 1)
    return found


def _as_size(tokens: list[Token], quantity: Quantity, unit: Unit) -> Found | None:
    """`40 oz box of ...`: a measure before a container is its size, and there is one of it."""
    if unit.name not in _POUNDS or unit.of:
        return None
    container = read_unit(tokens, unit.end, counted=True)
    if container is None or container.name in _POUNDS:
        return None
    name = read_name(tokens, container.next, behind_unit=True)
    if name.empty:
        return None
    pounds = round((quantity.value or 0) * _POUNDS[unit.name], 3) if unit.name in ("lb", "kg") else None
    return Found(name, 1.0, None, container, name.stop, pounds or None)


def _shared(tokens: list[Token], quantity: Quantity, unit: Unit) -> list[Found]:
    """`1 tote & 6 small boxes of pears`."""
    joint = tokens[unit.end]
    if joint.kind not in "&+" and joint.word != "and":
        return []
    rest = read_item(tokens, unit.end + 1)
    if not rest or rest[0].unit is None or rest[0].counted is None:
        return []
    return [Found(rest[0].name, quantity.value, (quantity.start, quantity.end), unit, rest[0].stop), *rest]


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
    if unit is elided and unit is not None:
        unit = unit._replace(start=start, end=start)  # not written here
    return [Found(name, quantity.value, (quantity.start, quantity.end), unit, name.stop)]


def _behind_pack_size(tokens: list[Token], at: int) -> int:
    """Behind `large 64 oz`; a size alone (`small steak`) may be a part of the name."""
    behind, _ = skip_sizes(tokens, at, before_name=True)
    return behind if any(token.kind == "n" for token in tokens[at:behind]) else at


def _unknown_unit(tokens: list[Token], at: int) -> Unit | None:
    """`5 slabs of ribs`: an unknown plural or `thing` before `of` counts like a unit."""
    token, following = tokens[at], tokens[at + 1]
    if token.kind != "w" or following.word != "of" or not is_name_word(tokens, at + 2) or token.word in _NO_UNIT:
        return None
    word = token.word
    singular = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    return Unit(singular, at, at + 1, at + 2, of=True)


_NO_UNIT: Final = frozenset(
    [
        "cream",
        "hearts",
        "heart",
        "lots",
        "kinds",
        "types",
        "sorts",
        "rest",
        "leg",
        "legs",
        "cuts",
        "cut",
        "breast",
        "fillet",
        "fillets",
    ]
)


def _bare(tokens: list[Token], at: int) -> Found | None:
    """`Case pears`, `Big bag of pears`, `Boxes of pears x3`: one, several by a trailing count, or uncounted."""
    unit = _bare_unit(tokens, at)
    if unit is None:
        return None
    name = read_name(tokens, unit.next, behind_unit=True)
    if name.empty:
        return None
    count = read_count(tokens, name.stop)
    if count is not None:
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


class Count(NamedTuple):
    """A quantity behind the name."""

    value: float
    tokens: tuple[int, int]
    unit: Unit | None
    stop: int


def read_count(tokens: list[Token], at: int) -> Count | None:
    """The trailing quantity at token `at`: `x3`, `(10)`, `- 4 boxes`, `1/2`, to the end of what is said."""
    at = _behind_note(tokens, at)
    inside = tokens[at].kind == "("
    start = at + 1 if tokens[at].kind in "(-:=" else at
    quantity = read_quantity(tokens, start)
    if quantity is None or quantity.value is None or quantity.weak or tokens[at].word in PREPOSITIONS:
        return None
    unit = read_unit(tokens, quantity.end, counted=True)
    stop = unit.next if unit else quantity.end
    if unit is None and inside and tokens[stop].kind == "w" and tokens[stop + 1].kind == ")":
        stop += 1  # "(10 ears)"
    if inside:
        stop += tokens[stop].kind == "." and tokens[stop + 1].kind == ")"
        return (
            Count(quantity.value, (quantity.start, quantity.end), unit, stop + 1) if tokens[stop].kind == ")" else None
        )
    dashed = tokens[at].kind in "-:="
    return Count(quantity.value, (quantity.start, quantity.end), unit, stop) if _is_over(tokens, stop, dashed) else None


def _behind_note(tokens: list[Token], at: int) -> int:
    """Behind a parenthesis that holds words and is followed by a count: `things (cards, ...) Box x1`."""
    if tokens[at].kind != "(" or tokens[at + 1].kind != "w":
        return at
    close = closing(tokens, at)
    counted = tokens[close + 1].kind in "xn-:" or read_unit(tokens, close + 1, counted=True) is not None
    return close + 1 if tokens[close].kind == ")" and counted else at


def _is_over(tokens: list[Token], at: int, dashed: bool) -> bool:  # noqa: FBT001
    token = tokens[at]
    if token.kind in "$(,;.!?-" or token.word in PREPOSITIONS or token.word in CUTS:
        return True
    if token.kind in "&+" and starts_item(tokens, at + 1):
        return True
    return dashed and token.word in ("all", "aid", "each", "total")


def read_name_first(tokens: list[Token], at: int) -> Found | None:
    """`Pears - 4 boxes`, `Garlic (1) container`, `Pears 2 boxes`, `Salmon box x1`."""
    if tokens[at].kind != "w":
        return None
    name = read_name(tokens, at)
    stop = name.stop
    if name.empty or any(_is_talk(token) for token in tokens[name.first : name.last]):
        return None
    noted = _behind_note(tokens, stop)
    if noted != stop and tokens[noted].kind == "w":
        return _boxed_note(tokens, name, noted)
    count = read_count(tokens, stop)
    if count is None:
        return None
    unit, stop = count.unit, count.stop
    if unit is None:
        if stop == count.tokens[1] and tokens[name.stop].kind == "n" and not is_food(text_of(tokens, name)):
            return None  # "van 2", "scale 120"
        behind = read_unit(tokens, stop, counted=True)
        if behind is not None and tokens[behind.next].kind == "$":  # "Garlic(1) container"
            unit, stop = behind, behind.next
    shorter, inner = trailing_unit(tokens, name)
    if inner is not None and (unit is None or unit.name == inner.name):
        name, unit = shorter, unit or inner
    return Found(name, count.value, count.tokens, unit, stop, name_first=True)


def _is_talk(token: Token) -> bool:
    return token.word in ASKING or token.word in TIMES or token.word in PRONOUNS or token.word == "bring"


def text_of(tokens: list[Token], name: Name) -> str:
    return " ".join(token.word for token in tokens[name.first : name.last])


def _boxed_note(tokens: list[Token], name: Name, at: int) -> Found | None:
    unit = read_unit(tokens, at, counted=True)
    count = read_count(tokens, unit.end) if unit else None
    if unit is None or count is None:
        return None
    return Found(name, count.value, count.tokens, unit, count.stop, name_first=True)


def read_list(tokens: list[Token], at: int) -> list[Found]:
    """All items from token `at` to the end of the clause; the first must begin right there."""
    found: list[Found] = []
    elided: Unit | None = None
    while True:
        items = read_item(tokens, at, elided)
        if not items:
            return found
        found += items
        elided = items[-1].unit
        at = next_start(tokens, items[-1].stop)
        if at < 0:
            return found


def next_start(tokens: list[Token], at: int) -> int:
    """Where the next item of the clause begins, or -1: behind a separator, or at a number with a unit."""
    separated = False
    while tokens[at].kind != "$":
        token = tokens[at]
        if token.kind == "(":
            at = _behind_parenthesis(tokens, at)
            continue
        if token.kind in ",;&+." or token.word in _SEPARATORS:
            separated = True
        elif (separated and starts_item(tokens, at, bare=True)) or (
            token.kind == "n" and starts_item(tokens, at) and has_unit(tokens, at)
        ):
            return at
        else:
            separated = token.word in VERBS
        at += 1
    return -1


_SEPARATORS: Final = frozenset({"and", "plus", "also"})


def has_unit(tokens: list[Token], at: int) -> bool:
    """Whether a quantity with a unit begins at token `at`."""
    quantity = read_quantity(tokens, at)
    return quantity is not None and read_unit(tokens, behind_more(tokens, quantity), counted=True) is not None


def _behind_parenthesis(tokens: list[Token], at: int) -> int:
    """Behind the matching `)`, or at the end of the line when it is never closed."""
    depth = 0
    while tokens[at].kind != "$":
        depth += (tokens[at].kind == "(") - (tokens[at].kind == ")")
        at += 1
        if depth <= 0:
            break
    return at
