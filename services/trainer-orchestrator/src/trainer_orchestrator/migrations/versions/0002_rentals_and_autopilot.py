"""What a run rented, who asked for it, and the autopilot's one row."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "trainer"


def upgrade() -> None:
    nothing = sa.text("'[]'::jsonb")
    op.add_column("runs", sa.Column("rentals", JSONB, nullable=False, server_default=nothing), schema=SCHEMA)
    op.add_column("runs", sa.Column("by", sa.String, nullable=False, server_default="person"), schema=SCHEMA)
    one = sa.Column(
        "one", sa.Boolean, sa.CheckConstraint("one", name="autopilot_one"), primary_key=True, server_default=sa.true()
    )
    op.create_table(
        "autopilot",
        one,
        sa.Column("settings", JSONB, nullable=False),
        sa.Column("report", JSONB),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("autopilot", schema=SCHEMA)
    op.drop_column("runs", "by", schema=SCHEMA)
    op.drop_column("runs", "rentals", schema=SCHEMA)
