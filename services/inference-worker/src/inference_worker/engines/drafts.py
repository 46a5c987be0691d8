"""Guesses what the model writes next, from a draft of its answer. Pure; knows no model.

The draft is followed token by token while the model agrees. After a disagreement it goes on with the next field once
the model has ended its own, or with the next line once it has ended that: a wrong value says little about the one after
it. Until then the guess is what follows the last token in the prompt, since values are copied from there.
"""

from collections.abc import Sequence
from typing import Protocol

AFTER_A_MISTAKE = 6
"""Guessed tokens a step once the draft was wrong: about a line's quantity, unit and the first word of its name."""
COPIED = 3
"""Guessed tokens that only the prompt suggests: the rest of a name."""


class Signs(Protocol):
    """The tokens that structure an answer."""

    @property
    def line_ends(self) -> frozenset[int]: ...

    @property
    def separators(self) -> frozenset[int]: ...


class Draft:
    """One draft and how far it was followed."""

    def __init__(self, ids: Sequence[int], signs: Signs, prompt: Sequence[int] = ()) -> None:
        self._ids = tuple(ids)
        self._signs = signs
        self._prompt = tuple(prompt)
        self._at = 0
        self._agrees = True
        self._was_wrong = False
        self._last: int | None = None

    def guess(self, most: int) -> tuple[int, ...]:
        """At most so many tokens that may come next; empty when neither draft nor prompt says anything here."""
        if most <= 0:
            return ()
        if not self._agrees or self._at >= len(self._ids):
            return self._copied(min(most, COPIED))
        return self._ids[self._at : self._at + (min(most, AFTER_A_MISTAKE) if self._was_wrong else most)]

    def saw(self, token: int) -> None:
        """Take note of the token that the model wrote."""
        self._last = token
        if self._agrees and self._at < len(self._ids) and self._ids[self._at] == token:
            self._at += 1
            return
        self._was_wrong = True
        self._agrees = self._resumed(token)

    def _resumed(self, token: int) -> bool:
        """Whether the draft goes on behind `token`: at its next field, or at its next line."""
        if token in self._signs.line_ends:
            self._skip_to(self._signs.line_ends)
            return True
        if token in self._signs.separators:
            return self._skip_to(self._signs.separators, unless=self._signs.line_ends)
        return False

    def _skip_to(self, signs: frozenset[int], unless: frozenset[int] = frozenset()) -> bool:
        for at in range(self._at, len(self._ids)):
            if self._ids[at] in unless:
                return False
            if self._ids[at] in signs:
                self._at = at + 1
                return True
        if not unless:
            self._at = len(self._ids)
        return False

    def _copied(self, most: int) -> tuple[int, ...]:
        if self._last is None or self._last in self._signs.separators | self._signs.line_ends:
            return ()
        found = next((n for n, token in enumerate(self._prompt) if token == self._last), None)
        return () if found is None else self._prompt[found + 1 : found + 1 + most]
