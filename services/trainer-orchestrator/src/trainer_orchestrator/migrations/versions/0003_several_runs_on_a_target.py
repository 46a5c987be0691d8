"""How many runs a target may have at once is a setting; the acceptance lock holds it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "trainer"
UNFINISHED = sa.text("state NOT IN ('done', 'failed', 'cancelled')")


def upgrade() -> None:
    op.drop_index("runs_one_a_target", "runs", schema=SCHEMA)


def downgrade() -> None:
    op.create_index("runs_one_a_target", "runs", ["target"], unique=True, schema=SCHEMA, postgresql_where=UNFINISHED)
