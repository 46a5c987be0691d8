"""The tables of schema `trainer`. The migrations make the database agree with them; a test compares the two."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    String,
    Table,
    Uuid,
    false,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from servicekit.outbox import outbox_table

SCHEMA: Final = "trainer"

metadata: Final = MetaData()

runs: Final = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("version", String, nullable=False),
    Column("target", String, nullable=False),
    Column("base", String, nullable=False),
    Column("state", String, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("dataset", JSONB),
    Column("machine", String),
    Column("deadline", DateTime(timezone=True)),
    Column("cancel_requested", Boolean, nullable=False, server_default=false()),
    Column("ending", JSONB),
    Column("progress", JSONB, nullable=False),
    Column("rentals", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("by", String, nullable=False, server_default="person"),
    Column("lease_owner", Uuid),
    Column("lease_until", DateTime(timezone=True)),
    schema=SCHEMA,
)

Index("runs_one_version", runs.c.version, unique=True, postgresql_where=text("state NOT IN ('failed', 'cancelled')"))
"""A version's name is free again only when its run brought no adapter."""

run_history: Final = Table(
    "run_history",
    metadata,
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("run_id", String, ForeignKey(runs.c.id), nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("reason", String),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    schema=SCHEMA,
)

autopilot: Final = Table(
    "autopilot",
    metadata,
    Column("one", Boolean, CheckConstraint("one", name="autopilot_one"), primary_key=True, server_default=true()),
    Column("settings", JSONB, nullable=False),
    Column("report", JSONB),
    schema=SCHEMA,
)
"""One row: how the autopilot is set, and what it decided last."""

outbox: Final = outbox_table(metadata, SCHEMA)
