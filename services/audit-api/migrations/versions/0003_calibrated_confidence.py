"""Each version keeps the calibration that its held-out audits gave, and how far it can be trusted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("calibration", "confidence"):
        kind = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
        op.add_column("model_versions", sa.Column(column, kind, nullable=True))


def downgrade() -> None:
    for column in ("confidence", "calibration"):
        op.drop_column("model_versions", column)
