"""A council whose `auditbot serve` is killed: its letters, its mailbox on each kind of server, what came of it all."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from aiohttp.test_utils import unused_port
from aiosmtpd.controller import Controller
from sqlalchemy import text

from audit.answers import Audit
from bot.wiring import WATCH_EVERY
from desk.allocation import allocate
from documents import blank_tool
from mail.mailbox import FILED, INBOX, NEEDS_A_PERSON
from mail.together import MOST_RECEIPTS
from tests.mail import serving
from tests.mail.office import FORKED, PATIENCE, Furnished, Office, Relay
from tests.mail.room import AUDITOR, COUNCILS, Room
from tests.mail.room import INBOX as ADDRESS
from tests.mail.serving import Death, Served
from tests.standins.ews.server import ExchangeServer, exchange_server
from tests.standins.graph.entra import APP, TENANT
from tests.standins.graph.server import GraphServer, graph_server

_SUBREAPER = 36
NAMES = {INBOX: "Inbox", FILED: "Audit filed", NEEDS_A_PERSON: "Audit needs a person"}
"""Folders as people see them."""


class Today(Room):
    """A post room that was busy until five minutes ago."""

    def allocates(self, auditor: str = AUDITOR, case: str = "4021", tool: str = "tw-cp-cin") -> Audit:
        due = self.now.date() + timedelta(days=20)
        with self.store.open() as ledger:
            audit = allocate(
                ledger, self.council, case_id=case, auditor_email=auditor, tool_id=tool, now=self.now, due=due
            )
        self.sends()
        return audit

    def close(self) -> None:
        """Its chats count as told: nobody has one here, and the watch would ring for that."""
        with self.store.open() as ledger:
            ledger._session.execute(text("UPDATE obligations SET state = 'done' WHERE lane = 'teams'"))
            ledger._session.execute(text("UPDATE notices SET state = 'sent' WHERE channel = 'teams'"))
        super().close()

    def blank(self, audit: Audit) -> bytes:
        """As it is attached to the allocation, without looking through all that was sent."""
        words = self.council.words
        return blank_tool.make(
            self.tool(audit), None, words, "Council", audit.reference, audit.case_id, AUDITOR, "soon", ADDRESS
        )


def today(folder: Path, url: str = "") -> Today:
    """A room at a moment that the service on this machine's clock takes for the past."""
    folder.mkdir(exist_ok=True)
    return Today(folder, url=url, now=datetime.now(UTC) - timedelta(minutes=5))


def furnish(folder: Path, audits: int, url: str = "") -> Furnished:
    """Allocate so many audits, and fill in their tools."""
    room = today(folder, url)
    try:
        given = tuple(room.allocates() for _ in range(audits))
        return Furnished(folder, given, tuple(room.filled(audit) for audit in given))
    finally:
        room.close()


class Mailbox(Protocol):
    """A mailbox on a server, which outlives whoever reads it."""

    @property
    def environment(self) -> dict[str, str]:
        """The settings that lead there."""
        ...

    graph: str

    def deliver(self, raw: bytes) -> None:
        """A letter comes in from inside the council."""
        ...

    def lying_in(self, name: str) -> list[str]:
        """What lies in a folder, by the name that people see."""
        ...

    def sent(self) -> list[bytes]:
        """What left."""
        ...


@dataclass
class OnExchange:
    server: ExchangeServer
    graph: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AUDITBOT_MAIL": "exchange",
            "AUDITBOT_EXCHANGE_URL": self.server.url,
            "AUDITBOT_EXCHANGE_USER": "COUNCIL\\auditbot",
            "AUDITBOT_EXCHANGE_PASSWORD": "correct horse",
        }

    def deliver(self, raw: bytes) -> None:
        self.server.post.deliver(ADDRESS, raw, inside=True)

    def lying_in(self, name: str) -> list[str]:
        boxes = list(self.server.mailbox(ADDRESS).boxes.values())
        return [item for box in boxes if box.name == name for item in list(box.items)]

    def sent(self) -> list[bytes]:
        return [one.mime for one in self.server.post.sent]


@dataclass
class OnGraph:
    server: GraphServer

    @property
    def graph(self) -> str:
        return self.server.root

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AUDITBOT_MAIL": "graph",
            "AUDITBOT_MAIL_TENANT_ID": TENANT,
            "AUDITBOT_MAIL_CLIENT_ID": APP,
            "AUDITBOT_MAIL_SECRET": "a long secret",
        }

    def deliver(self, raw: bytes) -> None:
        inside = b"X-MS-Exchange-Organization-AuthAs: Internal\r\n"
        self.server.mailbox(ADDRESS).put("inbox", inside + raw)

    def lying_in(self, name: str) -> list[str]:
        box = self.server.mailbox(ADDRESS)
        here = [folder.id for folder in list(box.folders.values()) if folder.name == name]
        return [one.lasting for one in list(box.letters.values()) if one.folder in here]

    def sent(self) -> list[bytes]:
        return list(self.server.sent)


@dataclass
class Sent(Relay):
    """What left through a mailbox on a server."""

    mailbox: Mailbox

    def __post_init__(self) -> None:
        self.taken = []

    def answers_to(self, letter: str) -> Counter[str]:
        self.taken = [message_from_bytes(one) for one in self.mailbox.sent()]  # type: ignore[misc]
        return super().answers_to(letter)


@dataclass
class Council(Office):
    """An office in which the whole service runs, on this machine's clock."""

    mailbox: Mailbox | None = None
    web_port: int = field(default_factory=unused_port)
    born: set[int] = field(default_factory=set)
    watch: float = WATCH_EVERY
    receipts: int = MOST_RECEIPTS

    def __post_init__(self) -> None:
        super().__post_init__()
        self.port = 0 if self.mailbox else unused_port()
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)  # what a killed process leaves behind becomes a child of ours
        ensure_running()
        self.born = _children()

    @property
    def environment(self) -> dict[str, str]:
        made = {
            "AUDITBOT_LOCAL": "1",
            "AUDITBOT_DATA_DIR": str(self.folder),
            "AUDITBOT_PORT": str(self.web_port),
            "AUDITBOT_COUNCIL": str(COUNCILS / "telford_and_wrekin"),
        }
        if self.url:
            made["AUDITBOT_DATABASE_URL"] = self.url
        if self.mailbox:
            return {**made, **self.mailbox.environment}
        relay = f"127.0.0.1:{self.relay_port}"
        return {**made, "AUDITBOT_MAIL": "local", "AUDITBOT_SMTP_PORT": str(self.port), "AUDITBOT_SMTP_RELAY": relay}

    # the process

    def serves(self, death: Death | None = None, words: tuple[str, ...] = ("serve",), waits: bool = True) -> bool:
        """Start it, and wait until it is ready. False where it died before that."""
        ours, theirs = FORKED.Pipe()
        served = Served(
            environment=self.environment,
            words=words,
            death=death,
            tries=self.tries,
            graph=self.mailbox.graph if self.mailbox else "",
            watch=self.watch,
            receipts=self.receipts,
            disk=self.disk,
            furniture=self.furnished.folder,
        )
        self.process = FORKED.Process(target=serving.main, args=(served, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self._talk = ours
        return not waits or self._is_ready()

    def _is_ready(self) -> bool:
        if not self._talk.poll(PATIENCE):
            raise AssertionError("it was not ready in time")
        try:
            said = os.read(self._talk.fileno(), 1000)
        except OSError:
            return False
        if said == serving.NO_DISK:
            pytest.skip("this machine lets no process mount a small disk of its own")
        return said.startswith(b"Ready")

    def is_killed(self) -> None:
        """Kill it with its group, at whatever it does."""
        with contextlib.suppress(ProcessLookupError):  # just started: it has no group of its own yet
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.dies()

    def dies(self) -> None:
        """Wait until it is dead, and all that it started: readers of files, LibreOffice and whatever else."""
        super().dies()
        by = time.monotonic() + GRACE
        while left := self.left_alive():
            assert time.monotonic() < by, f"still there: {left}"
            time.sleep(0.02)

    def left_alive(self) -> list[str]:
        """What a killed process has left behind, by its command line."""
        found = []
        for pid in _children() - self.born:
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0]:
                    continue
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found.append(f"{pid} {words[:200]}")
        return found

    def says(self, page: str) -> int:
        """The status of one of its two pages for those who watch it."""
        try:
            with urlopen(f"http://127.0.0.1:{self.web_port}/{page}", timeout=15) as answer:
                return int(answer.status)
        except HTTPError as answer:
            return answer.code

    def heartbeat(self) -> str:
        """When all was well last; "" where it never was."""
        path = self.seen / "heartbeat"
        return path.read_text("utf-8") if path.exists() else ""

    # the senders and what can be seen

    def written(self, sender: str, subject: str, message_id: str, data: bytes = b"", name: str = "Copy.docx") -> str:
        if not self.mailbox:
            return super().written(sender, subject, message_id, data, name)
        self.mailbox.deliver(self.letter(sender, subject, message_id, data, name))
        return message_id

    def lies_in(self, folder: str) -> list[str]:
        return self.mailbox.lying_in(NAMES[folder]) if self.mailbox else super().lies_in(folder)


GRACE = 10.0
"""Seconds for what was started to notice that nobody is left to read for."""


def _children(of: int | str = "self") -> set[int]:
    found = set()
    for task in Path(f"/proc/{of}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found |= {int(one) for one in task.read_text("ascii").split()}
    return found


def family(pid: int) -> set[int]:
    """A process and all that descend from it."""
    return {pid}.union(*(family(child) for child in _children(pid)))


@contextmanager
def council(folder: Path, furnished: Furnished, **more: Any) -> Iterator[Council]:
    """A council on this machine's own mail, behind a mail server. Not open yet; all of it ends with the test."""
    relay, port = Relay(), unused_port()
    server = Controller(relay, hostname="127.0.0.1", port=port)
    server.start()
    made = Council(folder, furnished, relay, port, **more)
    try:
        yield made
    finally:
        _close(made)
        server.stop()


@contextmanager
def on_exchange(folder: Path, furnished: Furnished) -> Iterator[Council]:
    with exchange_server() as server:
        box = server.mailbox(ADDRESS)
        box.rights.add("auditbot")
        box.send_as.add("auditbot")
        server.accounts.passwords["auditbot"] = "correct horse"
        mailbox = OnExchange(server)
        made = Council(folder, furnished, Sent(mailbox), 0, mailbox=mailbox)
        try:
            yield made
        finally:
            _close(made)
        assert not server.violations, server.violations


@contextmanager
def on_graph(folder: Path, furnished: Furnished) -> Iterator[Council]:
    with graph_server() as server:
        mailbox = OnGraph(server)
        server.mailbox(ADDRESS)
        made = Council(folder, furnished, Sent(mailbox), 0, mailbox=mailbox)
        try:
            yield made
        finally:
            _close(made)
        assert not server.violations, server.violations


def _close(made: Council) -> None:
    made.closes()
    by = time.monotonic() + GRACE
    while made.left_alive() and time.monotonic() < by:
        time.sleep(0.02)
    ctypes.CDLL(None).prctl(_SUBREAPER, 0, 0, 0, 0)
