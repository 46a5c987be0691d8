"""What the autopilot trained is said in Slack, in channels where an admin asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    off = sa.text("false")
    op.add_column("slack_channels", sa.Column("reports", sa.Boolean(), server_default=off, nullable=False))
    op.create_table(
        "slack_reports",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("ts", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "channel_id", name=op.f("pk_slack_reports")),
    )


def downgrade() -> None:
    op.drop_table("slack_reports")
    op.drop_column("slack_channels", "reports")
