"""People may be forgotten: audits can be changed and deleted where a transaction says that it forgets."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_REFUSE_CHANGES = """
CREATE OR REPLACE FUNCTION refuse_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {exception}RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""
_WHILE_FORGETTING = """IF TG_TABLE_NAME = 'audits' AND current_setting('larder.forgetting', true) = 'on' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    """


def upgrade() -> None:
    op.create_table(
        "forgotten_people",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_forgotten_people")),
    )
    op.execute(_REFUSE_CHANGES.format(exception=_WHILE_FORGETTING))


def downgrade() -> None:
    op.execute(_REFUSE_CHANGES.format(exception=""))
    op.drop_table("forgotten_people")
