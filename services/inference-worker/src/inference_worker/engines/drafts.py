"""Guesses what the model writes next, from a draft of its answer. Pure; knows no model.

The draft is followed token by token while the model agrees. After a disagreement nothing is guessed until the model
ends its line; then the draft goes on with its next line, because a wrong line says little about the one after it.
"""

from collections.abc import Sequence

AFTER_A_MISTAKE = 6
"""Guessed tokens a step once the draft was wrong: about a line's quantity, unit and the first word of its name."""


class Draft:
    """One draft and how far it was followed."""

    def __init__(self, ids: Sequence[int], line_ends: frozenset[int]) -> None:
        self._ids = tuple(ids)
        self._line_ends = line_ends
        self._at = 0
        self._agrees = True
        self._was_wrong = False

    def guess(self, most: int) -> tuple[int, ...]:
        """At most so many tokens that may come next; empty when the draft says nothing here."""
        width = min(most, AFTER_A_MISTAKE) if self._was_wrong else most
        return self._ids[self._at : self._at + width] if self._agrees else ()

    def saw(self, token: int) -> None:
        """Take note of the token that the model wrote."""
        if self._agrees and self._at < len(self._ids) and self._ids[self._at] == token:
            self._at += 1
            return
        self._was_wrong = True
        if token in self._line_ends:
            self._skip_line()
            self._agrees = True
        else:
            self._agrees = False

    def _skip_line(self) -> None:
        while self._at < len(self._ids):
            self._at += 1
            if self._ids[self._at - 1] in self._line_ends:
                return
