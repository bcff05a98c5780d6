"""The migrations make exactly the tables that the code speaks of, on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from storage.ledger import Store
from storage.rows import Row


def test_the_migrations_make_the_tables_of_the_code(store: Store) -> None:
    store.migrate()
    store.migrate()
    with store.engine.connect() as connection:
        assert not compare_metadata(MigrationContext.configure(connection), Row.metadata)
