"""The ledger: one transaction at a time, opened by a door, used by the desk, committed by nobody by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from storage.audits import Audits, ChangedMeanwhile
from storage.concerns import Concerns
from storage.directory import Directory
from storage.letters import Letters
from storage.obligations import Obligations
from storage.one_writer import OneWriter
from storage.requests import Requests
from storage.trail import Trail

Given = TypeVar("Given")

TRIES = 6
"""Two presses at once may clash; the loser does it again and finds what the winner did."""
_PATIENCE = 10.0
"""Seconds to wait for whoever writes to SQLite at the moment."""


class Conflict(Exception):
    """Two transactions wanted the same thing at once. The door opens a new one and does it again."""


class Unavailable(Exception):
    """The database cannot be reached, or its disk is full: the world's failure, not ours. Later it may go."""


class Ledger:
    """One open transaction. Its parts are sentences of the trade; every query lives behind them."""

    def __init__(self, session: Session, dialect: str) -> None:
        """`dialect`: "sqlite" or "postgresql"."""
        connection = session.connection()
        self.directory = Directory(session, connection)
        self.audits = Audits(connection, dialect)
        self.concerns = Concerns(session, connection)
        self.obligations = Obligations(session, connection, dialect)
        self.letters = Letters(session)
        self.requests = Requests(session)
        self.trail = Trail(connection, dialect)
        self._session = session
        self._dialect = dialect

    def write(self) -> None:
        """Write what was gathered to be written together. The store does so before it commits."""
        self.audits.write()
        self.trail.write()

    def clock(self) -> datetime:
        """The database's own time: what leases are measured with, whichever replica asks."""
        if self._dialect == "sqlite":
            shown = self._session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f','now')")).scalar_one()
            return datetime.fromisoformat(shown).replace(tzinfo=UTC)
        found: datetime = self._session.execute(text("SELECT clock_timestamp()")).scalar_one()
        return found.astimezone(UTC)


class Store:
    """A database by its URL. `open` gives one transaction; `migrate` brings the tables up to date."""

    def __init__(self, url: str) -> None:
        """`url`: a SQLAlchemy URL; SQLite or PostgreSQL through psycopg 3."""
        self.url = url
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name
        self._door = OneWriter() if self.dialect == "sqlite" else None

    @contextmanager
    def open(self) -> Iterator[Ledger]:
        """One transaction: committed at the end, rolled back on any exception.

        Raises Conflict where another transaction was faster: the door opens a new one then. Raises Unavailable where
        the database cannot be had at all.
        """
        try:
            with (
                self._alone() if self._door else nullcontext(),
                Session(self.engine, expire_on_commit=False) as session,
                session.begin(),
            ):
                ledger = Ledger(session, self.dialect)
                yield ledger
                ledger.write()
        except (StaleDataError, IntegrityError, ChangedMeanwhile) as clash:
            raise Conflict(type(clash).__name__) from clash
        except (OperationalError, InterfaceError) as fault:
            if is_passing(fault):
                raise Conflict("the database was busy") from fault
            raise Unavailable(type(fault.orig).__name__) from fault

    @contextmanager
    def _alone(self) -> Iterator[None]:
        assert self._door
        if not self._door.enter(_PATIENCE):
            raise Conflict("the database was busy")
        try:
            yield
        finally:
            self._door.leave()

    def run(self, work: Callable[[Ledger], Given]) -> Given:
        """Do `work` in one transaction, anew where another was faster. Raises Conflict when it clashes every time."""
        for _ in range(TRIES - 1):
            try:
                with self.open() as ledger:
                    return work(ledger)
            except Conflict:
                continue
        with self.open() as ledger:
            return work(ledger)

    def migrate(self) -> None:
        """Run the migrations that are missing. Two replicas may start at once: one waits for the other.

        Raises Unavailable where the database cannot be had.
        """
        from alembic import command
        from alembic.config import Config

        here = Path(__file__).parent / "migrations"
        config = Config()
        config.set_main_option("script_location", str(here))
        try:
            with self.engine.begin() as connection:
                if self.dialect == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(7031901)"))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except (OperationalError, InterfaceError) as fault:
            raise Unavailable(type(fault.orig).__name__) from fault

    def is_reachable(self) -> bool:
        """Whether the database answers now."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except DBAPIError:
            return False
        return True

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def is_passing(fault: DBAPIError) -> bool:
    """Whether the database will be itself again shortly: locked, deadlocked or a serialization failure."""
    state = getattr(fault.orig, "sqlstate", None)
    return state in ("40001", "40P01", "55P03") or "database is locked" in str(fault.orig)


def _engine(url: str) -> Engine:
    options: dict[str, Any] = {"hide_parameters": True}
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": _PATIENCE, "check_same_thread": False}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10, **options)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Write-ahead log, every commit on the disk, foreign keys on; and no BEGIN of the driver's own."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at the start: two readers who both want to write would otherwise deadlock."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
