"""How records and audits are shown."""

from datetime import datetime
from typing import Literal

from audit_api.audit.history import Decision
from audit_api.models import Audit as AuditRow
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


class RecordPage(Answer):
    """A part of a list; `total` counts the whole list."""

    total: int
    items: list[RecordSummary]


class Message(Answer):
    """One message of a record."""

    ts: str
    author: str
    text: str
    posted_at: datetime


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


def audit_view(row: AuditRow) -> Audit:
    """A stored audit as it is shown."""
    return Audit.model_validate(
        {
            "id": str(row.id),
            "extraction": shown(row.extraction) if row.extraction else None,
            **{n: getattr(row, n) for n in ("decision", "revision", "by", "at", "draft_method", "draft_version")},
        }
    )
