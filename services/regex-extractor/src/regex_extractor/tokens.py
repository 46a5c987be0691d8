"""Lines and tokens. Invariant: one pass, linear in the text; positions are those of the clean text.

A token's kind is one letter: `n` number, `d` date, `t` time, `w` word, `u` a person, `a` an arrow, `-` a dash, `.` the
end of a sentence or an ellipsis, `x` a times sign, `$` the end of the line; any other kind is the character itself.
"""

import re
from typing import Final, NamedTuple

from regex_extractor.text import ARROW, PERSON

SENTINELS: Final = 6
_new = tuple.__new__  # half the time of the named tuple's own constructor, which fills most of a line's reading


class Token(NamedTuple):
    kind: str
    word: str
    """Lower case."""
    start: int
    end: int


class Line(NamedTuple):
    """A line without its bullet; `tokens` ends with sentinels."""

    tokens: list[Token]
    start: int
    end: int
    indent: int
    bullet: bool


_LINE = re.compile(r"[^\n\r\u2028]+")
_BULLET = re.compile(
    r"[ \t\u00a0]*+(?:(?:[•◦▪●·‣∙○■‐⁃☐]|o(?=[ \t])|[-–—](?!>)(?=[ \t]*+[^\s\d-]|[ \t]*+\d)|\+(?=\s)|>(?=\s))\s*+){0,3}+"
)
_GLUED_SIZE: Final = (
    r"(?<=\d)-(?:lbs?|pounds?|oz|ounces?|ct|count|packs?|pk|gal|gallons?|l|liters?|qt|quarts?|pints?|inch|kg)\b"
)
"""The dash of `12-pack` and `40-lb` joins; it is no token."""
_TOKEN = re.compile(
    rf"""
    (?=\S)(?:
      (?P<w>(?![xX×]\s?[\d.]|[xX×]\s++\.?\d|[Il]/\d(?!\d))
            (?![½¼¾⅓⅔⅛])[^\W\d_](?:(?:\.[^\W\d_]\b)++|\w*+(?:['’`-](?=[^\W\d_])\w++)*+))
    | (?P<d>\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}+(?![\w/]))
    | (?P<t>\d{{1,2}}:\d\d\b(?:\s?[ap]m\b)?+|\d{{1,2}}\s?[ap]m\b)
    | (?P<ordinal>\d++(?:st|nd|rd|th)\b|\d++(?:\.\d++)?\s?%)
    | (?P<n>\d{{1,3}}(?:,\d{{3}})++(?![\d,])|\d++(?:\.\d++)?(?:\s?[/⁄]\s?\d++)?[½¼¾⅓⅔⅛]?|\.\d++|[½¼¾⅓⅔⅛]|[Il]/\d(?!\d))
    | (?P<x>[xX×])
    | (?P<a>[-=–—]++>++|>>++|(?<=[^\W\d][ ])>(?=[ ][^\W\d])|[{ARROW}➡⇒➔➜►])
    | (?P<u>{PERSON})
    | (?P<dash>(?!{_GLUED_SIZE})[-–—]++)
    | (?P<stop>…|\.++)
    | (?P<other>(?!{_GLUED_SIZE})[^\s\w]|_)
    )
    """,
    re.VERBOSE,
)  # fmt: skip
_KINDS: Final = {kind: kind for kind in "dtnxwau"} | {
    "ordinal": "w", "dash": "-", "stop": ".", "other": ""
}  # fmt: skip
_MAYBE_GLUED = re.compile(r"[^\W\d_][xX]\d")
_GLUED_TIMES = re.compile(r"^([^\W\d_]{2,})[xX](\d+)$")


def line_spans(text: str) -> list[tuple[int, int]]:
    """The lines of the clean text that are not empty, without the spaces at their ends."""
    spans = ((match.start(), match.start() + len(match[0].rstrip())) for match in _LINE.finditer(text))
    return [(start, end) for start, end in spans if end > start]


def read_line(text: str, start: int, end: int) -> Line:
    """The tokens of the line `text[start:end]`."""
    match = _BULLET.match(text, start, end)
    first = match.end() if match else start
    tokens = _tokens(text, first, end)
    if _MAYBE_GLUED.search(text, first, end):
        tokens = [part for token in tokens for part in _unglued(token)]
    tokens += sentinels(end)
    marked = text[start:first].strip()
    indent = first - start - len(marked)
    return Line(tokens, start, end, indent, bullet=bool(marked))


def sentinels(position: int) -> list[Token]:
    """What ends every list of tokens, so that looking a few tokens ahead needs no check."""
    return [Token("$", "", position, position)] * SENTINELS


def end_of(tokens: list[Token]) -> int:
    """The position of the first sentinel."""
    return len(tokens) - SENTINELS


def _tokens(text: str, start: int, end: int) -> list[Token]:
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text, start, end):
        word = match[0].lower()
        tokens.append(_new(Token, (_KINDS[match.lastgroup] or word, word, match.start(), match.end())))  # type: ignore[index]
    return tokens


def _unglued(token: Token) -> list[Token]:
    """`Breadx4` is three tokens."""
    match = _GLUED_TIMES.match(token.word) if token.kind == "w" else None
    if match is None:
        return [token]
    middle = token.start + match.end(1)
    return [
        Token("w", match[1], token.start, middle),
        Token("x", "x", middle, middle + 1),
        Token("n", match[2], middle + 1, token.end),
    ]
