"""How Alembic runs: always on a connection that the store hands in."""

from alembic import context

from storage.rows import Row

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Row.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
