"""Rows for machines that are not the group's own, without the names of its members. Pure.

Names and mentions, e-mail addresses and telephone numbers are replaced, alike in the text and in its labels, so that
the rows still teach the same.

Not covered: a person whom nobody in Slack is called, a misspelt name, and what a message tells of somebody in other
words. A name that is also one of the group's places stays.
"""

import hashlib
import re
from collections.abc import Collection

from audit_api.privacy.strings import each_string
from contracts import Extraction, LabelledRow

MIN_NAME = 3
"""Shorter names are too often words or units."""
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.])\+?\d(?:[ ().-]{0,2}\d){8,14}(?!\w)")


class Pseudonyms:
    """Replaces `names`, each by the same stand-in everywhere; `places` are left alone. `salt` orders the stand-ins."""

    def __init__(self, names: Collection[str], places: Collection[str], salt: str) -> None:
        kept = {place.casefold() for place in places}
        wanted = {part for name in names for part in _parts(name) if part.casefold() not in kept}
        ordered = sorted(wanted, key=lambda name: hashlib.sha256(f"{salt}\n{name}".encode()).digest())
        self._stand_ins = {name: f"Person{number}" for number, name in enumerate(ordered, start=1)}
        longest_first = sorted(wanted, key=len, reverse=True)
        named = "|".join(map(re.escape, longest_first))
        self._name = re.compile(rf"(?<!\w)(?:{named})(?!\w)") if named else None

    def text(self, text: str) -> str:
        """`text` without names."""
        text = _PHONE.sub("555-0100", _MAIL.sub("person@example.org", text))
        return self._name.sub(lambda found: self._stand_ins[found[0]], text) if self._name else text

    def row(self, row: LabelledRow) -> LabelledRow:
        """A labelled row without names; where values stood in the text is left out, since that moved."""
        labels = row.extraction.model_dump(mode="json", exclude={"evidence"})
        return LabelledRow(
            id=row.id, text=self.text(row.text), extraction=Extraction.model_validate(each_string(labels, self.text))
        )


def _parts(name: str) -> set[str]:
    """The whole name, and its first and last word: people are called by either."""
    words = name.split()
    return {part for part in (name.strip(), *words[:1], *words[-1:]) if len(part) >= MIN_NAME}
