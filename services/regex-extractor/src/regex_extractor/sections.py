"""Legs: what was moved from where to where, in the order of the message. One leg becomes one section.

Invariant: every item of every clause is in exactly one leg; items before the first heading are in a leg without a
move. A heading that no items follow says something about the leg before it (`Dropped at the barn`).
"""

from dataclasses import dataclass, field
from typing import Final

from reading.derive import Deriver
from regex_extractor.clauses import Clause, read_clauses
from regex_extractor.found import Found
from regex_extractor.headings import is_list_heading, is_proper
from regex_extractor.lexicon import AMOUNTS, PREPOSITIONS, STOCK, VAGUE, WANTED, WHOLES
from regex_extractor.move import Move, give_role, merged
from regex_extractor.moves import read_move
from regex_extractor.names import Name, behind_connectors, read_name
from regex_extractor.places import Gazetteer, Place
from regex_extractor.plain import read_plain
from regex_extractor.rows import Row, make_row
from regex_extractor.text import Text
from regex_extractor.tokens import Line, Token, line_spans, read_line
from regex_extractor.verbs import Verb

_UNMOVED: Final = STOCK | WANTED
_NO_FOOD: Final = WHOLES | PREPOSITIONS
_COLUMN: Final = 8
_MAX_UNCOUNTED_TOKENS: Final = 7


@dataclass(slots=True)
class Leg:
    """Items that were moved together."""

    move: Move
    rows: list[Row] = field(default_factory=list)
    spread: list[Place] = field(default_factory=list)
    """Destinations that single items or later sentences name."""


def read_legs(message: Text, gazetteer: Gazetteer, rules: Deriver) -> list[Leg]:
    """The legs of a message; the last may be without items when only places were told."""
    assembler = _Assembler(message.clean, gazetteer, rules)
    for start, end in line_spans(message.clean):
        assembler.read_line(start, end)
    return assembler.finish()


class _Assembler:
    def __init__(self, text: str, gazetteer: Gazetteer, rules: Deriver) -> None:
        self.text, self.gazetteer, self.rules = text, gazetteer, rules
        self.legs: list[Leg] = [Leg(Move())]
        self.pending: Move | None = None
        self.actor: Place | None = None
        self.closed = False
        """The leg has got its source behind its items; what follows is another leg."""
        self.named_first: Row | None = None
        self.unmoved = False
        """The list is of what somebody wants, or of what is there: nothing in it moves, and its items are left out."""

    @property
    def leg(self) -> Leg:
        return self.legs[-1]

    def read_line(self, start: int, end: int) -> None:
        plain = read_plain(self.text, start, end) if self.named_first is None else None
        if plain is not None:
            self._read_row(plain)
            return
        line = read_line(self.text, start, end)
        for clause in read_clauses(line, self._places):
            if clause.items and not self._is_retold(clause):
                self._read_items(clause, line)
            else:
                self._read_words(clause, line)

    def _is_retold(self, clause: Clause) -> bool:
        """`3 boxes figs. Left 2 boxes at the barn`: where some of the items went that were told before."""
        return bool(self.leg.rows) and clause.tokens[max(clause.lead - 1, 0)].word == "left"

    def _places(self, start: int, end: int) -> list[Place]:
        return self.gazetteer.mentions(self.text, start, end)

    def finish(self) -> list[Leg]:
        self._flush()
        return self.legs

    # Headings

    def _read_words(self, clause: Clause, line: Line) -> None:
        led = Verb.SEND if clause.items else None
        move = read_move(self.text, clause.tokens, 0, clause.end, self.gazetteer, led)
        said = clause.tokens[: clause.end]
        if move.verb is None and is_list_heading(said, _UNMOVED):
            self._open_unmoved()
        elif not move.empty:
            self.unmoved = False
            self._head(move, clause)
        else:
            self._read_uncounted(clause, line)

    def _open_unmoved(self) -> None:
        self._flush()
        self.pending, self.unmoved = Move(), True

    def _head(self, move: Move, clause: Clause) -> None:
        if move.aside and self.leg.rows:
            self.leg.spread += move.destinations
        elif self._is_source_behind(move, clause):
            self.leg.move.source = move.source
            self.closed = True
        elif self.pending is None:
            self.pending = move
        elif move.verb and not self._completes(self.pending, move):
            self._flush()
            self.pending = move
        else:
            self.pending = merged(self.pending, move)

    def _is_source_behind(self, move: Move, clause: Clause) -> bool:
        """`from the market` on a line of its own, under items that were picked up or dropped."""
        leg = self.leg
        begins = clause.tokens[0].word in ("from", "frm")
        only = move.source is not None and move.verb is None and not move.destinations
        open_leg = bool(leg.rows) and leg.move.source is None and leg.move.verb in (Verb.DROP, Verb.PICK)
        return begins and only and open_leg and self.pending is None

    def _completes(self, pending: Move, move: Move) -> bool:
        """Whether two headings in a row say different things of the same leg."""
        if self.leg.rows and pending.verb is Verb.SEND and pending.destinations:
            return False
        return not (pending.source and move.source) and not (pending.destinations and move.destinations)

    def _flush(self) -> None:
        """A heading that no items followed belongs to what stands before it."""
        move, self.pending = self.pending, None
        if move is None:
            return
        leg = self.leg
        if move.bare is not None and move.bare.known and leg.rows and leg.move.empty:
            give_role(move)
        if (
            leg.rows
            and leg.move.source is None
            and move.source
            and leg.move.verb is not Verb.TAKE
            and not move.source.home
        ):
            leg.move.source = move.source
        if leg.move.verb is None and leg.move.source is None and not leg.move.destinations and leg.rows:
            leg.move.verb, leg.move.actor, leg.move.span = move.verb, move.actor, move.span
        elif not leg.rows:
            leg.move = merged(leg.move, move)
            return
        leg.spread += move.destinations

    # Items

    def _read_items(self, clause: Clause, line: Line) -> None:
        lead = read_move(self.text, clause.tokens, 0, clause.lead, self.gazetteer) if clause.lead else Move()
        said = clause.tokens[: clause.lead]
        if lead.verb is None and is_list_heading(said, _UNMOVED):
            self._open_unmoved()
        elif not lead.empty:
            self.unmoved = False
            self._head(lead, clause)
        if self.unmoved:
            return
        self._open_leg()
        for whole, tail in zip(clause.items, clause.tails, strict=True):
            *before, last = _split(whole, clause)
            for item in before:
                self._add(item, clause, (0, 0), line)
            self._add(last, clause, last.source or tail, line, led=lead.verb)

    def _read_row(self, row: Row) -> None:
        if not self.unmoved:
            self._open_leg()
            self.leg.rows.append(row)

    def _open_leg(self) -> None:
        if self.pending is not None:
            move, self.pending = self.pending, None
            self._start(move)
        elif self.closed:
            before = self.leg.move
            self._start(Move(verb=before.verb, span=before.span, actor=before.actor))
        self.closed = False

    def _start(self, move: Move) -> None:
        if move.bare is not None:
            give_role(move)
        if move.actor is None and move.verb is not None:
            move.actor = self.actor
        self.actor = move.actor or self.actor
        if self.leg.rows or not self.leg.move.empty:
            self.legs.append(Leg(move))
        else:
            self.legs[-1] = Leg(move, spread=self.leg.spread)

    def _add(self, item: Found, clause: Clause, tail: tuple[int, int], line: Line, *, led: Verb | None = None) -> None:
        if self.closed:
            self._open_leg()
        said = _says(clause.tokens, *tail)
        told = read_move(self.text, clause.tokens, *tail, self.gazetteer, led) if said else None
        row = self._row(item, clause.tokens, line)
        if told is not None and told.source is not None:
            self._place_source(told.source, led=led is not None)
        self.leg.rows.append(row)
        if told is not None and told.actor is not None and self.leg.move.verb is None and self.leg.move.actor is None:
            self.leg.move.verb, self.leg.move.actor, self.leg.move.span = Verb.TAKE, told.actor, told.span
        if told is not None:
            self.leg.spread += [place for place in told.destinations if place.known or is_proper(place.name)]
        if told is not None and told.source is not None and self.leg.move.source is told.source:
            self.closed = True

    def _place_source(self, source: Place, *, led: bool) -> None:
        """A source behind an item holds for the items before it, unless they have another or leave the warehouse.

        `led`: the sentence tells the whole move (`took 3 boxes of ... from the market`).
        """
        move = self.leg.move
        leaves = move.verb in (Verb.TAKE, Verb.SEND) or (move.source is None and bool(move.destinations))
        if (leaves and not led) or (source.home and not led):
            return
        if move.source is None:
            move.source = source
        elif source.known and move.source.name != source.name and not source.home:
            self._start(Move(verb=move.verb, span=move.span, actor=move.actor, source=source))

    def _row(self, item: Found, tokens: list[Token], line: Line) -> Row:
        row = make_row(self.text, item, tokens)
        if self.named_first is not None and line.indent >= _COLUMN and not item.name_first:
            return row._replace(name=self.named_first.name, name_span=self.named_first.name_span)
        self.named_first = row if item.name_first else None
        return row

    def _read_uncounted(self, clause: Clause, line: Line) -> bool:
        """`Applesauce` on a line of its own among items: food without a quantity."""
        tokens = clause.tokens
        if not (self.leg.rows or self.pending) or clause.end > _MAX_UNCOUNTED_TOKENS or self.unmoved:
            return False
        start = _behind_amount(tokens)
        name = read_name(tokens, start)
        if (
            name.empty
            or name.first != start
            or tokens[name.stop].kind not in "$.!(,"
            or tokens[0].kind != "w"
            or tokens[start].word in _NO_FOOD
        ):
            return False
        row = make_row(self.text, Found(name, None, None, None, name.stop), tokens)
        if self.rules.category(row.name) is None or not (line.bullet or self.leg.rows or self.pending):
            return False
        self._open_leg()
        self.leg.rows.append(row)
        return True


def _behind_amount(tokens: list[Token]) -> int:
    """Behind `some`, `small assortment of`, `a ton of`."""
    for of in (1, 2, 3):
        if tokens[of].word == "of" and tokens[of - 1].word in AMOUNTS:
            return of + 1
    return 1 if tokens[0].word in VAGUE and tokens[0].word != "assorted" else 0


def _split(item: Found, clause: Clause) -> list[Found]:
    """In a line of several counted items, what stands behind a comma is an item of its own."""
    name, tokens = item.name, clause.tokens
    commas = [at for at in range(name.first, name.last) if tokens[at].kind == ","]
    if not commas or not _is_comma_list(clause):
        return [item]
    parts = [item._replace(name=Name(name.first, commas[0], commas[0]))]
    for comma in commas:
        start = behind_connectors(tokens, comma + 1)
        rest = read_name(tokens, start + (tokens[start].word in VAGUE))
        if not rest.empty:
            part = Name(rest.first, min(rest.last, next((c for c in commas if c > comma), rest.last)), rest.stop)
            parts.append(Found(part, None, None, None, item.stop))
    return parts


def _is_comma_list(clause: Clause) -> bool:
    """Whether a comma stands before a counted item."""
    firsts = [item.counted[0] for item in clause.items[1:] if item.counted]
    return any(
        clause.tokens[first - 1].kind == "," or clause.tokens[first - 2].kind == "," for first in firsts if first >= 2
    )


def _says(tokens: list[Token], start: int, end: int) -> bool:
    """Whether more than a parenthesis or punctuation stands behind an item."""
    noted = end > start and tokens[start].kind == "(" and tokens[end - 1].kind == ")"
    return not noted and any(token.kind in "wa@" for token in tokens[start:end])
