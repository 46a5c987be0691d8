"""A message as every source gives it, and what is said of a file that cannot be read.

Invariant: texts hold no NUL and no lone surrogate (PostgreSQL stores neither), and lines end with one newline.
"""

from dataclasses import dataclass
from datetime import datetime

IMPORT_CHANNEL = "import"
"""The channel of rows that come without one; their `ts` is the row's id."""
FORGOTTEN = "forgotten"
"""The author of a message of which nothing is kept but that it stood there (`privacy`)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message at its newest known version, identified by (channel_id, ts)."""

    channel_id: str
    channel: str
    ts: str
    author_id: str
    author: str
    source: str
    """The text as the source spells it; two versions of a message differ only when this differs."""
    text: str
    """The text as a person reads it."""
    posted_at: datetime
    thread_ts: str | None = None
    """The thread's parent, for replies only."""
    edited_ts: str | None = None
    deleted: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.channel_id, self.ts


class BadFile(Exception):
    """A file cannot be imported; names the file and the place in it, and says what to do."""

    def __init__(self, file: str, place: str | None, problem: str) -> None:
        super().__init__(f"{file}{', ' + place if place else ''}: {problem}")
        self._told = file, place, problem

    def __reduce__(self) -> tuple[type["BadFile"], tuple[str, str | None, str]]:
        """So that it can come from another process."""
        return BadFile, self._told


def storable(text: str) -> str:
    """`text` without what a database refuses: NUL is dropped, lone surrogates become U+FFFD, CRLF becomes LF."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
