"""How records and audits are shown."""

from datetime import datetime
from typing import Literal

from audit_api.audit.history import Decision
from audit_api.audit.risk import Reason
from audit_api.models import Audit as AuditRow
from audit_api.models import SecondOpinion as OpinionRow
from audit_api.models_registry.combining import CombinedReading
from audit_api.schemas import Answer, ReadExtraction, Reading, shown
from contracts import Method


class Audit(Answer):
    """A decision on a record revision."""

    id: str
    decision: Decision
    extraction: ReadExtraction | None
    revision: int
    by: str
    at: datetime
    draft_method: Method | None
    draft_version: str | None
    via: str | None


class RecordSummary(Answer):
    """A record in a list. `audited`: it has an extraction to learn from; a skipped one has a decision and none."""

    id: str
    revision: int
    channel: str
    author: str
    posted_at: datetime
    text: str
    audited: bool
    decision: Literal["confirmed", "corrected", "skipped"] | None
    risk: float
    """Pounds expected to be wrong if nobody looks."""
    reasons: list[Reason]
    """Why it needs a look; empty when it does not."""
    held_by: str | None
    """Who has it open in another window, if anybody."""


class RecordPage(Answer):
    """A part of a list. `total` counts the whole list; a longer one is said by `more_than_total`."""

    total: int
    more_than_total: bool
    items: list[RecordSummary]
    next: str | None
    """What to ask for the page after this one with; null when this page is empty."""


class Message(Answer):
    """One message of a record."""

    ts: str
    author: str
    text: str
    posted_at: datetime
    in_thread: bool
    """An answer in a thread."""
    edited: bool


class Mention(Answer):
    """A number or a food in the record's text, `[start, end)` in characters: some item should claim it."""

    start: int
    end: int
    kind: Literal["number", "food"]


class Readings(Answer):
    """What each method read in this revision; `peft` is the active model's, `combined` the likelier of both."""

    regex: Reading | None
    peft: Reading | None
    combined: CombinedReading | None


class Failures(Answer):
    """Why a method has no reading."""

    regex: str | None
    peft: str | None


class RecordDetail(RecordSummary):
    """One record with everything that an auditor needs."""

    messages: list[Message]
    readings: Readings
    failures: Failures
    audit: Audit | None
    """The decision in force for this revision."""
    earlier_audit: Audit | None
    """The last decision on an earlier revision, while this one has none: the message was edited."""
    earlier_text: str | None
    """The text that the earlier audit was made of."""
    mentions: list[Mention]
    audits: int
    """How many decisions there have been, undone ones included."""


class Revision(Answer):
    """The record's text as it was at a time."""

    revision: int
    text: str
    at: datetime


class Opinion(Answer):
    """What a second auditor said of an audit, not having seen it."""

    audit_id: str
    extraction: ReadExtraction
    agrees: dict[str, bool]
    """By field."""
    by: str
    at: datetime


class History(Answer):
    """All that was written and decided, oldest first."""

    revisions: list[Revision]
    audits: list[Audit]
    opinions: list[Opinion]


def audit_view(row: AuditRow) -> Audit:
    """A stored audit as it is shown."""
    return Audit.model_validate(
        {
            "id": str(row.id),
            "extraction": shown(row.extraction) if row.extraction else None,
            **{
                n: getattr(row, n) for n in ("decision", "revision", "by", "at", "draft_method", "draft_version", "via")
            },
        }
    )


def opinion_view(row: OpinionRow) -> Opinion:
    """A stored second opinion as it is shown."""
    return Opinion(
        audit_id=str(row.audit_id), extraction=shown(row.extraction), agrees=row.agrees, by=row.by, at=row.at
    )
