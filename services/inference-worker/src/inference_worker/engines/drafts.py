"""Guesses what the model writes next, from a draft of its answer. Pure; knows no model.

The draft is followed token by token while the model agrees. Where it does not, the draft is found again: at the line
that begins as the model's line does, or else at the same field of the line that was expected, since a wrong value says
little about the one after it. Until then the guess is what follows the last token in the prompt, as values are copied
from there, up to where a value may well end.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol


class Signs(Protocol):
    """The tokens that structure an answer, and those with which a copied value seldom goes on."""

    @property
    def line_ends(self) -> frozenset[int]: ...

    @property
    def separators(self) -> frozenset[int]: ...

    @property
    def breaks(self) -> frozenset[int]: ...


Line = tuple[int, ...]


class Draft:
    """One draft and how far it was followed. A copy can be asked what would follow tokens that are guesses still."""

    def __init__(self, ids: Sequence[int], signs: Signs, prompt: Sequence[int] = ()) -> None:
        self._lines = tuple(_split(ids, signs.line_ends))
        self._signs = signs
        self._prompt = tuple(prompt)
        self._expected = 0
        """The first draft line that no line of the answer was."""
        self._at: tuple[int, int] | None = (0, 0)
        """Draft line and place in it that come next; None where the draft says nothing."""
        self._line: Line = ()
        """What was written of the line."""
        self.was_wrong = False

    def copy(self) -> "Draft":
        other = object.__new__(Draft)
        other.__dict__.update(self.__dict__)
        return other

    def next(self) -> int | None:
        """The token that probably comes next; None when neither draft nor prompt says anything here."""
        if self._at is None:
            return self._copied()
        line, place = self._at
        if line < len(self._lines) and place < len(self._lines[line]):
            return self._lines[line][place]
        return next(iter(self.line_ends), None)

    @property
    def line_ends(self) -> frozenset[int]:
        """What ends the line, where the draft has lines to come."""
        return self._signs.line_ends if self._expected + 1 < len(self._lines) else frozenset()

    @property
    def is_followed(self) -> bool:
        return self._at is not None

    def saw(self, token: int) -> None:
        """Take note of the token that the model wrote, or would have written."""
        if token in self._signs.line_ends:
            self._end_line()
            return
        self._line += (token,)
        if self._at is not None and self._draft_has(token, *self._at):
            self._at = self._at[0], self._at[1] + 1
            return
        self.was_wrong = True
        self._at = self._found_again(token)

    def _draft_has(self, token: int, line: int, place: int) -> bool:
        return line < len(self._lines) and place < len(self._lines[line]) and self._lines[line][place] == token

    def _found_again(self, token: int) -> tuple[int, int] | None:
        same_field = self._same_field() if token in self._signs.separators else None
        return same_field or self._same_beginning()

    def _same_field(self) -> tuple[int, int] | None:
        """Behind as many separators of the expected line as were written of this one."""
        if self._expected >= len(self._lines):
            return None
        written = sum(token in self._signs.separators for token in self._line)
        line = self._lines[self._expected]
        places = [n for n, token in enumerate(line) if token in self._signs.separators]
        return (self._expected, places[written - 1] + 1) if written <= len(places) else None

    def _same_beginning(self) -> tuple[int, int] | None:
        """A line that begins as this one does: one to come, or else one that is written a second time."""
        length = len(self._line)
        for line in (*range(self._expected, len(self._lines)), *range(self._expected)):
            if self._lines[line][:length] == self._line:
                return line, length
        return None

    def _end_line(self) -> None:
        """The draft's next line is expected, unless this one was none of the draft's."""
        if self._at is not None and self._lines[self._at[0] : self._at[0] + 1] == (self._line,):
            self._expected = max(self._expected, self._at[0] + 1)
        elif self._expected < len(self._lines) and self._is_meant(self._lines[self._expected]):
            self._expected += 1
        self._line, self._at = (), (self._expected, 0)

    def _is_meant(self, line: Line) -> bool:
        """Whether a draft line begins or ends as the written one does."""
        return line[:1] == self._line[:1] or line[-1:] == self._line[-1:]

    def _copied(self) -> int | None:
        """What follows in the prompt: where the last two tokens stand, or else the last one."""
        if not self._line or self._line[-1] in self._signs.separators:
            return None
        last, before = self._line[-1], self._line[-2:-1]
        places = [n for n, token in enumerate(self._prompt[:-1]) if token == last]
        place = next((n for n in places if self._prompt[n - 1 : n] == before), next(iter(places), None))
        following = None if place is None else self._prompt[place + 1]
        return None if following in self._signs.breaks else following


def _split(ids: Sequence[int], signs: frozenset[int]) -> Iterator[Line]:
    begin = 0
    for n, token in enumerate(ids):
        if token in signs:
            yield tuple(ids[begin:n])
            begin = n + 1
    yield tuple(ids[begin:])
