"""The tables of live Slack. An event's body is kept only until it is worked on."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, false, func
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from audit_api.models import Base, Json


class SlackEvent(Base):
    """One event, by Slack's own id, so that a retry is the same row."""

    __tablename__ = "slack_events"
    __table_args__ = (
        Index("ix_slack_events_open", "number", postgresql_where=sql("body IS NOT NULL")),
        Index("ix_slack_events_deleted_ts", "deleted_ts"),
    )

    event_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    body: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    deleted_ts: Mapped[str | None]
    """Of a deletion: `channel-ts`, so that a message that comes after its own deletion stays deleted."""
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class SlackChannel(Base):
    """A channel that the bot sees; read only when an admin chose so."""

    __tablename__ = "slack_channels"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_member: Mapped[bool]
    reading: Mapped[bool] = mapped_column(server_default=false())
    posting: Mapped[bool] = mapped_column(server_default=false())
    """Whether the bot answers in the thread with what it read."""
    reports: Mapped[bool] = mapped_column(server_default=false())
    """Whether the bot says there what the autopilot trained."""
    history: Mapped[str] = mapped_column(server_default="none")
    """none, wanted, running, done"""
    cursor: Mapped[str] = mapped_column(server_default="")
    """Slack's place of the next page of history."""
    fetched: Mapped[int] = mapped_column(server_default="0")
    wait_until: Mapped[datetime | None]
    problem: Mapped[str | None]
    last_event_at: Mapped[datetime | None]


class SlackUser(Base):
    """A member's name, for mentions."""

    __tablename__ = "slack_users"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class SlackPost(Base):
    """The bot's answer to a record: one for each record, changed when the record is read anew."""

    __tablename__ = "slack_posts"

    record_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    ts: Mapped[str]


class SlackReport(Base):
    """What a channel is to hear of a run that the autopilot started; once."""

    __tablename__ = "slack_reports"

    run_id: Mapped[str] = mapped_column(primary_key=True)
    channel_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    reason: Mapped[str | None]
    """Why the run brought no version; None when it did."""
    ts: Mapped[str | None]
    """Of the post; None until then."""
