"""Units in a line: sizes before them, `of` and its typos behind them.

Invariant: bounded look-ahead. Spellings and canonical names are `reading.units`' work.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from reading.derive import DEFAULT_TABLES, deriver
from reading.quantities import NUMBER_WORDS
from reading.units import AMBIGUOUS, canonical_unit, spellings
from regex_extractor.lexicon import ABOUT, BARE_UNITS, BEFORE_UNIT, MEASURES, OF, SIZES, TRAILING_UNITS, WEIGHTS
from regex_extractor.quantities import number
from regex_extractor.tokens import Token, end_of

_FIRST_OF_TWO: Final = frozenset({"banana", "shopping", "grocery", "half", "clam"})
_TYPO_TARGETS: Final = tuple(s for s in spellings() if len(s) >= 4 and " " not in s)
_MAX_SIZES: Final = 4
_MAX_PARENTHESIS: Final = 8


class Unit(NamedTuple):
    """Tokens `[start, end)` are its spelling; the name begins at `next`."""

    name: str
    start: int
    end: int
    next: int
    of: bool
    stated_lbs: float | None = None
    """Pounds of one unit, where the message gives them: `2 (25lb) bags`."""


def read_unit(tokens: list[Token], at: int, *, counted: bool) -> Unit | None:
    """The unit at token `at`, behind sizes and pack sizes; `counted` when a quantity stands before it."""
    sized, pounds = skip_sizes(tokens, at)
    unit = _unit(tokens, sized, counted=counted) or (_behind_adjectives(tokens, sized) if counted else None)
    if unit is None:
        return None
    return unit._replace(stated_lbs=pounds)


def _unit(tokens: list[Token], at: int, *, counted: bool) -> Unit | None:
    name, end = _spelling(tokens, at, counted=counted)
    if name is None:
        return None
    following, of = _behind(tokens, end, glued_of=tokens[at].word.endswith("of") and len(tokens[at].word) > 3)
    if name in AMBIGUOUS and not of and name != "head":
        return None
    if not counted and not of and name not in BARE_UNITS:
        return None
    return Unit(name, at, end, following, of)


def _spelling(tokens: list[Token], at: int, *, counted: bool) -> tuple[str | None, int]:
    token = tokens[at]
    if token.kind == "#":
        return "lb", at + 1
    if (
        counted
        and tokens[at + 1].word in ("pack", "packs", "pk", "pks")
        and (token.kind == "n" or token.word in NUMBER_WORDS)
    ):
        return "pack", at + 2
    if token.kind == "n":
        halves = token.word in ("1/2", "½") and canonical_unit(tokens[at + 1].word) == "gallon"
        return ("half gallon", at + 2) if halves else (None, at)
    if token.kind != "w":
        return None, at
    if token.word in _FIRST_OF_TWO:
        name = canonical_unit(f"{token.word} {tokens[at + 1].word}")
        if name is not None:
            return name, at + 2
    name = canonical_unit(token.word) or _glued(token.word)
    if name is None and counted and tokens[at + 1].kind == "w":
        name = typo(token.word)
    return name, at + 1


def is_unit(word: str) -> bool:
    """Whether a word is a unit, also with a glued `of`."""
    return canonical_unit(word) is not None or _glued(word) is not None


def _glued(word: str) -> str | None:
    if word.endswith(("-pack", "-packs")):
        return "pack"
    return canonical_unit(word[:-2]) if word.endswith("of") and len(word) > 3 else None


@lru_cache(maxsize=4096)
def is_food(words: str) -> bool:
    """Whether the shipped tables know a food in these words."""
    return deriver(DEFAULT_TABLES).category(words) is not None


@lru_cache(maxsize=4096)
def typo(word: str) -> str | None:
    """The unit that `word` misspells by one letter (`bpxes`), unless it is food (`cakes` is no `cases`)."""
    if len(word) < 5 or is_food(word):
        return None
    found = process.extractOne(word, _TYPO_TARGETS, scorer=OSA.distance, score_cutoff=1)
    return canonical_unit(found[0]) if found else None


def _behind(tokens: list[Token], at: int, *, glued_of: bool) -> tuple[int, bool]:
    """Where the name begins, and whether an `of` stands before it."""
    at = _behind_marks(tokens, at)
    word = tokens[at].word
    if word == "full":
        after = _behind_note(tokens, at + 1 + (tokens[at + 1].word == "of"))
        return after + (tokens[after].word == "of"), True
    if word in OF and tokens[at + 1].kind in 'wnu"“':
        return at + 1, True
    if word == "or" or (word == "and" and tokens[at + 1].word == "f"):  # "bag or carrots", "cases and f beans"
        return at + 1 + (word == "and"), True
    return at, glued_of


def _behind_marks(tokens: list[Token], at: int) -> int:
    """Behind `.` of an abbreviation, `/cases`, and a parenthesis before the name: `1 case (12 boxes) ...`."""
    if tokens[at].kind == "." and len(tokens[at].word) == 1 and tokens[at + 1].kind in "wn":
        at += 1
    if tokens[at].kind == "/" and canonical_unit(tokens[at + 1].word):
        at += 2
    return _behind_note(tokens, at)


def _behind_note(tokens: list[Token], at: int) -> int:
    """Behind a short parenthesis that a name follows."""
    if tokens[at].kind != "(":
        return at
    close = closing(tokens, at)
    counts = (tokens[at + 1].kind in "n#~" or tokens[at + 1].word in ABOUT) and tokens[close + 1].kind == "w"
    return close + 1 if tokens[close].kind == ")" and (counts or tokens[close + 1].word == "of") else at


def noted_unit(tokens: list[Token], at: int) -> Unit | None:
    """The unit that fills the parenthesis behind a name: `10 apples (cs)`."""
    if tokens[at].kind != "(" or tokens[at + 2].kind != ")":
        return None
    name = canonical_unit(tokens[at + 1].word)
    return None if name is None or name in AMBIGUOUS else Unit(name, at + 1, at + 2, at + 3, of=False)


def closing(tokens: list[Token], opening: int) -> int:
    """The position of the `)` near `opening`, or of the last token looked at."""
    last = min(opening + _MAX_PARENTHESIS, end_of(tokens))
    return next((at for at in range(opening + 1, last) if tokens[at].kind == ")"), min(last, end_of(tokens) - 1))


def skip_sizes(tokens: list[Token], at: int, *, before_name: bool = False) -> tuple[int, float | None]:
    """The position behind `large`, `(25lb)`, `18 ct`; and the pounds of one unit if they are among them.

    A pack size is skipped before a unit only; `before_name` skips it before anything.
    """
    pounds: float | None = None
    for _ in range(_MAX_SIZES):
        size = _size(tokens, at) or (_pack_size(tokens, at) if before_name else None)
        if size is None:
            break
        at, found = size
        pounds = found or pounds
    return at, pounds


def _size(tokens: list[Token], at: int) -> tuple[int, float | None] | None:
    token = tokens[at]
    if token.kind == "w" and token.word in SIZES:
        return at + 1 + (tokens[at + 1].kind == "." and tokens[at + 2].kind == "w"), None
    if token.kind == "(":
        close = closing(tokens, at)
        if tokens[at + 1].word in SIZES and tokens[at + 2].kind == ")":
            return at + 3, None
        inner = _pack_size(tokens, at + 1)
        return (close + 1, inner[1]) if tokens[close].kind == ")" and inner and inner[0] == close else None
    inner = _pack_size(tokens, at)
    if inner is not None and _spelling(tokens, inner[0], counted=True)[0] is not None:
        return inner
    return None


def _pack_size(tokens: list[Token], at: int) -> tuple[int, float | None] | None:
    """`25 lb`, `18ct`, `6 pack` as a size: its end, and its pounds."""
    if tokens[at].kind != "n":
        return None
    measure = tokens[at + 1]
    if measure.word not in MEASURES:
        return None
    end = at + 2 + (tokens[at + 2].kind == "." and tokens[at + 3].kind == "w")
    return end, number(tokens[at].word) if measure.word in WEIGHTS else None


def _behind_adjectives(tokens: list[Token], at: int) -> Unit | None:
    """`4 assorted boxes of meat`, `six garbage bags full of greens`: up to two words, then a unit."""
    for skipped in (1, 2):
        if tokens[at + skipped - 1].kind != "w":
            return None
        unit = _unit(tokens, at + skipped, counted=True) if at + skipped < len(tokens) else None
        known = all(tokens[at + k].word in BEFORE_UNIT for k in range(skipped))
        if unit is not None and (unit.of or known) and unit.name in TRAILING_UNITS:
            return unit if unit.of or known else None
    return None
