"""What the audit workspace needs: a ranked, searchable queue, leases, second opinions, and items of readings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for column in _record_columns():
        op.add_column("records", column)
    for name, columns, where in _INDEXES:
        op.create_index(name, "records", columns, postgresql_where=sa.text(where))
    op.create_index("ix_records_places", "records", ["places"], postgresql_using="gin")
    op.create_index(
        "ix_records_search",
        "records",
        ["search"],
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.add_column("audits", sa.Column("via", sa.String(), nullable=True))
    op.create_table(
        "second_opinions",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("extraction", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("agrees", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audits.id"], name=op.f("fk_second_opinions_audit_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_second_opinions")),
    )
    op.create_index("ix_second_opinions_audit_id", "second_opinions", ["audit_id"])
    op.create_table(
        "leases",
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_leases_record_id")),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_leases")),
    )
    op.create_index("ix_leases_record_id", "leases", ["record_id"])
    op.create_table(
        "to_rank",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_to_rank")),
    )
    op.execute("INSERT INTO to_rank (record_id) SELECT id FROM records WHERE NOT retired")
    op.create_table(
        "read_items",
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("subcategory", sa.String(), nullable=True),
        sa.Column("pounds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_read_items_record_id")),
        sa.PrimaryKeyConstraint("record_id", "position", name=op.f("pk_read_items")),
    )


def downgrade() -> None:
    for table in ("read_items", "to_rank", "leases", "second_opinions"):
        op.drop_table(table)
    op.drop_column("audits", "via")
    for column in reversed(_record_columns()):
        op.drop_column("records", column.name)
    op.execute("DROP INDEX IF EXISTS ix_records_channel_order")


def _record_columns() -> list[sa.Column]:
    search = "lower(id || ' ' || author || ' #' || channel || ' ' || text)"
    return [
        sa.Column("shuffle", sa.Integer(), sa.Computed("hashtext(id)", persisted=True), nullable=False),
        sa.Column("search", sa.String(), sa.Computed(search, persisted=True), nullable=False),
        sa.Column("risk", sa.Double(), server_default="0", nullable=False),
        sa.Column("needs_look", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("places", sa.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("read_pounds", sa.Double(), nullable=True),
        sa.Column("second", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    ]


_UNAUDITED = "NOT retired AND decision IS NULL"
_INDEXES = (
    ("ix_records_channel_order", ["channel_id", "posted_at", "id"], "NOT retired"),
    ("ix_records_risk", ["risk", "id"], "NOT retired"),
    ("ix_records_unaudited_risk", ["risk", "id"], _UNAUDITED),
    ("ix_records_shuffle", ["shuffle", "id"], "NOT retired"),
    ("ix_records_unaudited_shuffle", ["shuffle", "id"], _UNAUDITED),
    ("ix_records_look", ["posted_at", "id"], "NOT retired AND needs_look"),
    ("ix_records_look_risk", ["risk", "id"], "NOT retired AND needs_look"),
    ("ix_records_second", ["posted_at", "id"], "NOT retired AND second"),
)
