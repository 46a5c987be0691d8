"""Runs the migrations on the connection that `audit_api.database.migrate` gives."""

from alembic import context

from audit_api.accounts import tables as _accounts  # noqa: F401 - registers its tables
from audit_api.models import Base
from audit_api.privacy import tables as _privacy  # noqa: F401
from audit_api.slack import tables as _slack  # noqa: F401

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
