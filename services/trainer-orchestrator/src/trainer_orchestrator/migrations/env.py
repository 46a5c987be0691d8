"""Runs the migrations on the connection that `store.migrate` hands over, with a version table of this service's own."""

from alembic import context

from trainer_orchestrator.tables import SCHEMA, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
