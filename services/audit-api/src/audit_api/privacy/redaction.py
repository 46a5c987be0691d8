"""Taking a person's name out of what others wrote. Pure.

Each letter becomes one `FILL`, so that the places in a text to which readings and audits point stay right. A name of
several words is found in any spelling of its letters, one of a single word only as it is written, so that somebody
called Rice does not take the rice out of the ledger.
"""

import re
from collections.abc import Collection
from typing import Any

from audit_api.privacy.strings import each_string

FILL = "█"


class Redaction:
    """Of these ids and names."""

    def __init__(self, ids: Collection[str], names: Collection[str]) -> None:
        self.needles = sorted({*ids, *names}, key=len, reverse=True)
        spellings = [f"(?i:{re.escape(one)})" if " " in one else re.escape(one) for one in self.needles]
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(spellings)})(?!\w)")

    def value(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        """The same value without them."""
        return each_string(value, self._text)

    def _text(self, text: str) -> str:
        return self._pattern.sub(lambda found: FILL * len(found[0]), text)


def is_same_but_redacted(text: str, redacted: str) -> bool:
    """Whether `redacted` is `text` with some of its letters taken out."""
    return len(text) == len(redacted) and all(b in (a, FILL) for a, b in zip(text, redacted, strict=True))
