"""Live Slack: events, channels, members' names, answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "slack_events",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("deleted_ts", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_slack_events")),
        sa.UniqueConstraint("number", name=op.f("uq_slack_events_number")),
    )
    op.create_index("ix_slack_events_open", "slack_events", ["number"], postgresql_where=sa.text("body IS NOT NULL"))
    op.create_index("ix_slack_events_deleted_ts", "slack_events", ["deleted_ts"])
    op.create_table(
        "slack_channels",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.Column("reading", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("posting", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("history", sa.String(), server_default="none", nullable=False),
        sa.Column("cursor", sa.String(), server_default="", nullable=False),
        sa.Column("fetched", sa.Integer(), server_default="0", nullable=False),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_channels")),
    )
    op.create_table(
        "slack_users",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_users")),
    )
    op.create_table(
        "slack_posts",
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_slack_posts")),
    )
    op.create_index("ix_messages_channel_id_posted_at", "messages", ["channel_id", "posted_at"])


def downgrade() -> None:
    op.drop_index("ix_messages_channel_id_posted_at", "messages")
    for table in ("slack_posts", "slack_users", "slack_channels", "slack_events"):
        op.drop_table(table)
