"""What goes with the records in `gone_records` and the messages in `gone_messages`, as statements.

A new table that holds something of a record belongs here; the test that looks through every column says so.
"""

from typing import Final

from sqlalchemy import column, delete, select, table, tuple_, update
from sqlalchemy.sql.base import Executable

from audit_api.intake.message import FORGOTTEN
from audit_api.models import (
    Audit,
    AuditItem,
    DatasetRow,
    Lease,
    MessageRevision,
    MessageRow,
    ModelVersion,
    Reading,
    ReadItem,
    Record,
    RecordRevision,
    SecondOpinion,
    outbox,
)
from audit_api.slack.tables import SlackPost

GONE_RECORDS: Final = table("gone_records", column("id"))
GONE_MESSAGES: Final = table("gone_messages", column("channel_id"), column("ts"))
GONE: Final = select(GONE_RECORDS.c.id)
_MESSAGES = select(GONE_MESSAGES.c.channel_id, GONE_MESSAGES.c.ts)
_AUDITS = select(Audit.id).where(Audit.record_id.in_(GONE))

VERSIONS: Final = (
    select(ModelVersion.version)
    .join(DatasetRow, DatasetRow.dataset_id == ModelVersion.dataset_id)
    .where(~DatasetRow.held_out, DatasetRow.record_id.in_(GONE))
    .distinct()
    .order_by(ModelVersion.version)
)
"""Those that were trained on what goes."""

STEPS: Final[dict[str, Executable]] = {
    "audits in force": update(Record).where(Record.id.in_(GONE)).values(audit_id=None),
    "leases": delete(Lease).where(Lease.record_id.in_(GONE)),
    "read items": delete(ReadItem).where(ReadItem.record_id.in_(GONE)),
    "answers in Slack": delete(SlackPost).where(SlackPost.record_id.in_(GONE)),
    "second opinions": delete(SecondOpinion).where(SecondOpinion.audit_id.in_(_AUDITS)),
    "audit items": delete(AuditItem).where(AuditItem.audit_id.in_(_AUDITS)),
    "dataset_rows": delete(DatasetRow).where(DatasetRow.record_id.in_(GONE)),
    "audits": delete(Audit).where(Audit.record_id.in_(GONE)),
    "readings": delete(Reading).where(Reading.record_id.in_(GONE)),
    "record revisions": delete(RecordRevision).where(RecordRevision.record_id.in_(GONE)),
    "outbox": delete(outbox).where(outbox.c.payload["record_id"].astext.in_(GONE)),
    "message revisions": delete(MessageRevision).where(
        tuple_(MessageRevision.channel_id, MessageRevision.ts).in_(_MESSAGES)
    ),
    "messages": update(MessageRow)
    .where(tuple_(MessageRow.channel_id, MessageRow.ts).in_(_MESSAGES))
    .values(author_id=FORGOTTEN, author="", source="", text="", edited_ts=None, deleted=True, record_id=None),
    "records": delete(Record).where(Record.id.in_(GONE)),
}
"""In this order, since each is pointed at by what stands before it."""
