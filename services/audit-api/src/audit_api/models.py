"""The tables. Only this service writes them.

Append-only: audits, activations, reference_versions, message_revisions, record_revisions (a trigger refuses changes of
audits and activations); only `privacy` deletes. `records.audit_id` points at the audit in force for the record's
current revision; it is the only thing about an audit that ever changes.
"""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    MetaData,
    String,
    UniqueConstraint,
    Uuid,
    false,
    func,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from servicekit.outbox import outbox_table

Json = dict[str, Any]


class Base(DeclarativeBase):
    """Names every constraint, so that a migration can name it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        Json: JSONB,
        uuid.UUID: Uuid,
        str: String,
        list[str]: ARRAY(String),
    }


outbox = outbox_table(Base.metadata)


class Import(Base):
    """One import job. Its progress is written while the import's own transaction is still open."""

    __tablename__ = "imports"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[str]
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int] = mapped_column(server_default="0")
    messages: Mapped[int] = mapped_column(server_default="0")
    records: Mapped[int] = mapped_column(server_default="0")
    revisions: Mapped[int] = mapped_column(server_default="0")
    audits: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class Record(Base):
    """What an auditor sees as one thing, at its current revision. Retired: all its messages went elsewhere."""

    __tablename__ = "records"
    __table_args__ = (
        Index("ix_records_order", "posted_at", "id", postgresql_where=sql("NOT retired")),
        Index("ix_records_unaudited", "posted_at", "id", postgresql_where=sql("NOT retired AND decision IS NULL")),
        Index("ix_records_audited", "posted_at", "id", postgresql_where=sql("NOT retired AND decision IS NOT NULL")),
        Index("ix_records_channel_id", "channel_id"),
        Index("ix_records_channel_order", "channel_id", "posted_at", "id", postgresql_where=sql("NOT retired")),
        Index("ix_records_risk", "risk", "id", postgresql_where=sql("NOT retired")),
        Index("ix_records_unaudited_risk", "risk", "id", postgresql_where=sql("NOT retired AND decision IS NULL")),
        Index("ix_records_shuffle", "shuffle", "id", postgresql_where=sql("NOT retired")),
        Index(
            "ix_records_unaudited_shuffle", "shuffle", "id", postgresql_where=sql("NOT retired AND decision IS NULL")
        ),
        Index("ix_records_look", "posted_at", "id", postgresql_where=sql("NOT retired AND needs_look")),
        Index("ix_records_look_risk", "risk", "id", postgresql_where=sql("NOT retired AND needs_look")),
        Index("ix_records_second", "posted_at", "id", postgresql_where=sql("NOT retired AND second")),
        Index("ix_records_places", "places", postgresql_using="gin"),
        Index("ix_records_search", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    channel_id: Mapped[str]
    channel: Mapped[str]
    author_id: Mapped[str]
    author: Mapped[str]
    posted_at: Mapped[datetime]
    text: Mapped[str]
    retired: Mapped[bool] = mapped_column(server_default=false())
    audit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("audits.id", use_alter=True))
    decision: Mapped[str | None]
    """Of the audit in force, so that the queue needs no join."""
    shuffle: Mapped[int] = mapped_column(Computed("hashtext(id)", persisted=True))
    """The place in the random stream: the same for ever, and independent of everything a reader could see."""
    search: Mapped[str] = mapped_column(
        Computed("lower(id || ' ' || author || ' #' || channel || ' ' || text)", persisted=True)
    )
    risk: Mapped[float] = mapped_column(server_default="0")
    """Pounds expected to be wrong if nobody looks; this and what follows are written by `audit/ranking.py`."""
    needs_look: Mapped[bool] = mapped_column(server_default=false())
    reasons: Mapped[list[str]] = mapped_column(server_default="{}")
    """Why it needs a look: `audit.risk.Reason`."""
    places: Mapped[list[str]] = mapped_column(server_default="{}")
    """Of the audit in force, else of the best reading."""
    read_pounds: Mapped[float | None]
    """By the best reading, also when it was audited since."""
    second: Mapped[bool] = mapped_column(server_default=false())
    """Audited, and drawn for a second auditor's opinion that is not there yet."""


class RecordRevision(Base):
    __tablename__ = "record_revisions"

    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MessageRow(Base):
    """A message at its newest known version."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_record_id", "record_id"),
        Index("ix_messages_channel_id_posted_at", "channel_id", "posted_at"),
    )

    channel_id: Mapped[str] = mapped_column(primary_key=True)
    ts: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    thread_ts: Mapped[str | None]
    author_id: Mapped[str]
    author: Mapped[str]
    source: Mapped[str]
    text: Mapped[str]
    posted_at: Mapped[datetime]
    edited_ts: Mapped[str | None]
    deleted: Mapped[bool] = mapped_column(server_default=false())
    revision: Mapped[int]
    record_id: Mapped[str | None] = mapped_column(ForeignKey("records.id"))


class MessageRevision(Base):
    __tablename__ = "message_revisions"
    __table_args__ = (ForeignKeyConstraint(["channel_id", "ts"], ["messages.channel_id", "messages.ts"]),)

    channel_id: Mapped[str] = mapped_column(primary_key=True)
    ts: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    text: Mapped[str]
    deleted: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Reading(Base):
    """One result for each record revision, method and version: an extraction, or why there is none."""

    __tablename__ = "readings"
    __table_args__ = (
        ForeignKeyConstraint(["record_id", "revision"], ["record_revisions.record_id", "record_revisions.revision"]),
        Index("ix_readings_version", "method", "version"),
    )

    record_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    extraction: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    failure: Mapped[str | None]
    generation: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    reference_number: Mapped[int]
    """The place of its reference version in `reference_versions`; a newer one replaces the reading."""
    ms: Mapped[float | None]
    read_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Audit(Base):
    """A person's decision on a record revision. Append-only; `undone` takes back the one before."""

    __tablename__ = "audits"
    __table_args__ = (
        ForeignKeyConstraint(["record_id", "revision"], ["record_revisions.record_id", "record_revisions.revision"]),
        Index("ix_audits_record_id", "record_id", "number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    key: Mapped[uuid.UUID] = mapped_column(unique=True)
    """The client's own: the same key again is the same audit."""
    record_id: Mapped[str]
    revision: Mapped[int]
    decision: Mapped[str]
    extraction: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    draft_method: Mapped[str | None]
    draft_version: Mapped[str | None]
    via: Mapped[str | None]
    """The order in which the auditor came to it; only `random` is a fair sample."""
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class ToRank(Base):
    """Records whose place in the queue is to be found anew. A record may stand here several times."""

    __tablename__ = "to_rank"

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    record_id: Mapped[str]


class SecondOpinion(Base):
    """What another auditor said of an audited record, without having seen the audit. Changes nothing but figures."""

    __tablename__ = "second_opinions"
    __table_args__ = (Index("ix_second_opinions_audit_id", "audit_id"),)

    key: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """The client's own, as of an audit."""
    audit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("audits.id"))
    extraction: Mapped[Json]
    agrees: Mapped[Json]
    """For each field, whether both say the same."""
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class Lease(Base):
    """Which record is open in which window; a window holds one at a time."""

    __tablename__ = "leases"
    __table_args__ = (Index("ix_leases_record_id", "record_id"),)

    holder: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"))
    by: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]


class ReadItem(Base):
    """The items of a record's best reading, flat, so that what nobody audited yet can be estimated."""

    __tablename__ = "read_items"

    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    location: Mapped[str | None]
    subcategory: Mapped[str | None]
    pounds: Mapped[float | None]


class AuditItem(Base):
    """The items of an audit, flat, so that statistics need not open extractions."""

    __tablename__ = "audit_items"

    audit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("audits.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    location: Mapped[str | None]
    subcategory: Mapped[str | None]
    pounds: Mapped[float | None]


class ReferenceVersion(Base):
    """The directory and tables over time; the highest number is current."""

    __tablename__ = "reference_versions"
    __table_args__ = (Index("ix_reference_versions_version", "version"),)

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    version: Mapped[str]
    reference: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Dataset(Base):
    """A frozen dataset's manifest."""

    __tablename__ = "datasets"
    __table_args__ = (Index("ix_datasets_sha256", "sha256"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    train: Mapped[int]
    held_out: Mapped[int]
    reference_version: Mapped[str]
    frozen_at: Mapped[datetime]


class DatasetRow(Base):
    """One audited record as it was when the dataset was frozen."""

    __tablename__ = "dataset_rows"

    dataset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    held_out: Mapped[bool]
    record_id: Mapped[str]
    revision: Mapped[int]
    audit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("audits.id"))
    text: Mapped[str]
    extraction: Mapped[Json]


class ModelVersion(Base):
    """A published adapter under its name."""

    __tablename__ = "model_versions"

    version: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    run_id: Mapped[str]
    dataset_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("datasets.id"))
    dataset_sha256: Mapped[str]
    manifest: Mapped[Json]
    about: Mapped[Json]
    """The recipe's `metadata.json`."""
    metrics: Mapped[Json]
    evaluating: Mapped[bool]
    """Whether readings of the held-out records are still awaited; a version may be active meanwhile."""
    opponent: Mapped[str | None]
    """The version that it must not be worse than: the active one; None for the bare base model."""
    reference_number: Mapped[int]
    """Readings older than this reference do not count for the evaluation."""
    scores: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    calibration: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    """What makes confidence of what this version's readings say of themselves (`reading.calibration`)."""
    confidence: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    """How far that can be trusted (`reading.judging.Confidence`)."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Activation(Base):
    """Which version was made active when, by whom and why. Append-only; the highest number is in force."""

    __tablename__ = "activations"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str | None] = mapped_column(ForeignKey("model_versions.version"))
    rollback: Mapped[bool]
    by: Mapped[str]
    why: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class Backlog(Base):
    """Reading all records again, in the order of their ids; the newest of a method supersedes the others."""

    __tablename__ = "backlogs"
    __table_args__ = (Index("ix_backlogs_open", "id", postgresql_where=sql("finished_at IS NULL")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    method: Mapped[str]
    number: Mapped[int]
    """The activation (peft) or the reference (regex) that the readings must have."""
    cursor: Mapped[str] = mapped_column(server_default="")
    """Records up to this id have been asked for."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    """Since when nothing more is asked for; what was asked for is still read."""


class DeadLetterRow(Base):
    """A message that could not be processed."""

    __tablename__ = "dead_letters"
    __table_args__ = (
        UniqueConstraint("digest"),
        Index("ix_dead_letters_open", "at", postgresql_where=sql("replayed_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    digest: Mapped[str]
    """Over the letter, so that a second delivery is the same row."""
    subject: Mapped[str]
    consumer: Mapped[str]
    reason: Mapped[str]
    deliveries: Mapped[int]
    payload: Mapped[str]
    """Base64."""
    at: Mapped[datetime]
    replayed_at: Mapped[datetime | None]
