"""Runs, their history, and the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "trainer"


def upgrade() -> None:
    create_runs()
    create_history()
    create_outbox()


def downgrade() -> None:
    for table in ("outbox", "run_history", "runs"):
        op.drop_table(table, schema=SCHEMA)


def create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("key", sa.String, nullable=False, unique=True),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("base", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("dataset", JSONB),
        sa.Column("machine", sa.String),
        sa.Column("deadline", sa.DateTime(timezone=True)),
        sa.Column("cancel_requested", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("ending", JSONB),
        sa.Column("progress", JSONB, nullable=False),
        sa.Column("lease_owner", sa.Uuid),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        schema=SCHEMA,
    )
    brought_an_adapter = sa.text("state NOT IN ('failed', 'cancelled')")
    unfinished = sa.text("state NOT IN ('done', 'failed', 'cancelled')")
    op.create_index(
        "runs_one_version", "runs", ["version"], unique=True, schema=SCHEMA, postgresql_where=brought_an_adapter
    )
    op.create_index("runs_one_a_target", "runs", ["target"], unique=True, schema=SCHEMA, postgresql_where=unfinished)


def create_history() -> None:
    op.create_table(
        "run_history",
        sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("run_id", sa.String, sa.ForeignKey(f"{SCHEMA}.runs.id"), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
    )
    op.create_index("ix_trainer_run_history_run_id", "run_history", ["run_id"], schema=SCHEMA)


def create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("id", sa.Uuid, nullable=False, unique=True),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("refused", sa.String),
        schema=SCHEMA,
    )
    unpublished = sa.text("published_at IS NULL")
    op.create_index("outbox_unpublished", "outbox", ["number"], schema=SCHEMA, postgresql_where=unpublished)
