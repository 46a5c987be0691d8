"""Guesses what the model writes next, from a draft of its answer. Pure; knows no model.

The draft is followed token by token while the model agrees. After a disagreement nothing is guessed until the model
ends its line; then the draft goes on with its next line, because a wrong line says little about the one after it.
"""

from collections.abc import Sequence

WIDEST = 24
"""Guessed tokens a step: on two cores, checking more costs as much as the steps that it might save."""


class Draft:
    """One draft and how far it was followed."""

    def __init__(self, ids: Sequence[int], line_ends: frozenset[int]) -> None:
        self._ids = tuple(ids)
        self._line_ends = line_ends
        self._at = 0
        self._agrees = True

    def guess(self) -> tuple[int, ...]:
        """The tokens that may come next; empty when the draft says nothing here."""
        return self._ids[self._at : self._at + WIDEST] if self._agrees else ()

    def saw(self, token: int) -> None:
        """Take note of the token that the model wrote."""
        if self._agrees and self._at < len(self._ids) and self._ids[self._at] == token:
            self._at += 1
        elif token in self._line_ends:
            self._skip_line()
            self._agrees = True
        else:
            self._agrees = False

    def _skip_line(self) -> None:
        while self._at < len(self._ids):
            self._at += 1
            if self._ids[self._at - 1] in self._line_ends:
                return
