"""What the model is asked: a message in pieces, each with the end marker after which the target follows.

Invariant: pieces depend on the text alone, and every line of the message is in exactly one `lines` piece. A tiny model
loses its place in long messages (item F1 .79 under 150 characters, .35 above 600), so it reads one `head` piece
(direction and places, from the lines that speak of them) and a few lines at a time under their heading.

How the tokens are made: `bos` if the tokenizer has one, then `Piece.prompt` without special tokens added, then the
target of `reading.target.encode_pieces`, then `eos`. Decoding is greedy, to `eos` or `Piece.max_tokens`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reading.cleaning import Clean, clean

HEAD_MARK: Final = "<|head|>"
LINES_MARK: Final = "<|lines|>"
CONTEXT_END: Final = "<|from|>"
READ_MARK: Final = "<|read|>"
MARKS: Final = (HEAD_MARK, LINES_MARK, CONTEXT_END, READ_MARK)

LINES_PER_PIECE: Final = 4
CHARACTERS_PER_PIECE: Final = 240
_LONG_LINE: Final = 140
_CONTEXT_WIDTH: Final = 120
_HEAD_LINES: Final = 8
_HEAD_WIDTH: Final = 200

_HEAD_TOKENS: Final = 48
_LINES_TOKENS: Final = 160

_BULLET = r"^[-+#>o]*\s*(?:\[[ x]?\]\s*)?"
_COUNTED = re.compile(
    _BULLET + r"(?:~|about |approx\.? )?(?:\d|\.\d|x\d|(?:an?|i)\s+(?:cs|case|box|bag|crate|few|couple)|"
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|half|few|some|misc|asst|assorted|mixed|"
    r"cs|cases?|box(?:es)?|bags?|crates?|pallets?)\b)",
    re.I,
)
_MOVES = re.compile(
    r"\b(?:to+k|takes?|taking|grab\w*|pick\w*|pu|got|drop\w*|deliver\w*|receiv\w*|rescue\w*|from|haul|sent|send|"
    r"brought|bring\w*|distro\w*|stocked|moved?|collected|donat\w*|going|headed|heading|left|for|to|at|in|out|run)\b|->",
    re.I,
)
_STRONG = re.compile(
    r"\b(?:to+k|grabbed|picked|pick ?ups?|dropped|drop ?offs?|delivered|received|rescued?|from|haul|sent|brought|"
    r"stocked|collected)\b|->",
    re.I,
)
_CUT = re.compile(r"(?<=[.;!?])\s+|(?<=,)\s*|\s+(?=and\s+\d)")


class PieceKind(StrEnum):
    HEAD = "head"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Piece:
    """One question to the model. `start`, `end` delimit the lines asked about, in the clean text."""

    kind: PieceKind
    prompt: str
    start: int
    end: int
    context_start: int
    context_end: int
    """The heading that governs the first line, in the clean text; empty when there is none before it."""

    @property
    def max_tokens(self) -> int:
        """The longest target that is decoded, in tokens."""
        return _HEAD_TOKENS if self.kind is PieceKind.HEAD else _LINES_TOKENS


@dataclass(frozen=True, slots=True)
class Segment:
    """A line of the clean text, or a part of a long one."""

    start: int
    end: int
    text: str
    is_heading: bool


def prompt(text: str) -> str:
    """The first piece's prompt, which asks for direction and places; see `pieces` for all."""
    return pieces(text)[0].prompt


def pieces(text: str) -> tuple[Piece, ...]:
    """The questions that together read `text`: the head, then its lines in order. Linear in the text."""
    return pieces_of(clean(text))


def pieces_of(message: Clean) -> tuple[Piece, ...]:
    found = segments(message.text)
    return (_head(found, len(message.text)), *_lines(found))


def segments(text: str) -> list[Segment]:
    """The lines of a clean text, long ones cut at sentences and commas, with what looks like a heading marked."""
    ranges = [part for line in re.finditer(r"[^\n]+", text) for part in _parts(line.start(), line[0])]
    texts = [text[start:end] for start, end in ranges]
    following = [*texts, ""][1:]
    return [
        Segment(start, end, part, _is_heading(part, after) or (start == 0 and _COUNTED.match(part) is None))
        for (start, end), part, after in zip(ranges, texts, following, strict=True)
    ]


def _parts(start: int, line: str) -> list[tuple[int, int]]:
    if len(line) <= _LONG_LINE:
        return [(start, start + len(line))]
    cuts = [match.end() for match in _CUT.finditer(line)]
    afters = [*cuts[1:], len(line)][: len(cuts)]
    ranges, begin = [], 0
    for cut, after in zip(cuts, afters, strict=True):
        if after - begin > _LONG_LINE:
            ranges.append((begin, cut))
            begin = cut
    ranges.append((begin, len(line)))
    return [(start + a, start + b) for a, b in ranges if b > a]


def _is_heading(line: str, following: str) -> bool:
    """Over-generous: a wrong heading costs the model a line of context."""
    if _COUNTED.match(line):
        return False
    if line.rstrip().endswith(":") or _STRONG.search(line):
        return True
    short = len(line.split()) <= 6 and not re.search(r"\d", line)
    return short and _COUNTED.match(following) is not None and not line.startswith("-")


def _head(found: list[Segment], end: int) -> Piece:
    chosen = [s for i, s in enumerate(found) if i == 0 or s.is_heading or _MOVES.search(s.text)]
    if len(chosen) > _HEAD_LINES:
        strong = [s for i, s in enumerate(chosen) if i == 0 or s.is_heading or _STRONG.search(s.text)]
        chosen = strong[:_HEAD_LINES]
    body = "\n".join(s.text[:_HEAD_WIDTH].strip() for s in chosen)
    return Piece(PieceKind.HEAD, f"{HEAD_MARK}{body}{READ_MARK}", 0, end, 0, 0)


def _lines(found: list[Segment]) -> list[Piece]:
    made, begin, heading = [], 0, None
    while begin < len(found):
        stop, width = begin, 0
        while stop < len(found) and stop - begin < LINES_PER_PIECE and (stop == begin or width < CHARACTERS_PER_PIECE):
            width += len(found[stop].text)
            stop += 1
        made.append(_lines_piece(found[begin:stop], heading))
        heading = next((s for s in reversed(found[begin:stop]) if s.is_heading), heading)
        begin = stop
    return made


def _lines_piece(asked: list[Segment], heading: Segment | None) -> Piece:
    context = heading.text[:_CONTEXT_WIDTH].strip() if heading else ""
    body = "\n".join(s.text.strip() for s in asked)
    start, end = (heading.start, heading.start + min(len(heading.text), _CONTEXT_WIDTH)) if heading else (0, 0)
    return Piece(
        PieceKind.LINES,
        f"{LINES_MARK}{context}{CONTEXT_END}{body}{READ_MARK}",
        asked[0].start,
        asked[-1].end,
        start,
        end,
    )
