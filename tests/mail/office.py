"""A post office for tests: the post in a process that may die, a council's mail server behind it, patient senders."""

from __future__ import annotations

import multiprocessing
import shutil
import signal
import smtplib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp.test_utils import unused_port
from aiosmtpd.controller import Controller
from sqlalchemy import text

from audit.answers import Audit
from mail import collect
from storage.ledger import Ledger, Store
from tests.mail import post_process
from tests.mail.post_process import Death, Orders
from tests.mail.room import AUDITOR, INBOX, MONDAY, STRANGER, Room

PATIENCE = 60.0
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.mail.post_process", "tests.mail.serving", "mail.exchange"])


@dataclass(frozen=True)
class Furnished:
    """A council's folder with audits allocated, their mails sent, and each one's tool filled in."""

    folder: Path
    audits: tuple[Audit, ...]
    tools: tuple[bytes, ...]


def furnish(folder: Path, audits: int, url: str = "") -> Furnished:
    """Allocate so many audits and fill in their tools."""
    folder.mkdir(exist_ok=True)
    room = Room(folder, url=url)
    try:
        given = tuple(room.allocates() for _ in range(audits))
        return Furnished(folder, given, tuple(room.filled(audit) for audit in given))
    finally:
        room.close()


class Relay:
    """The council's own mail server: it takes what is sent and remembers it. It outlives the post."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.taken.append(message_from_bytes(envelope.content))  # type: ignore[arg-type]
        return "250 OK"

    def answers_to(self, letter: str) -> Counter[str]:
        """Message-IDs of what was sent in answer to a letter, and how often each came."""
        return Counter(str(one["Message-ID"]) for one in self.taken if str(one["In-Reply-To"]).strip() == letter)


@dataclass
class Office:
    """The post of one council, through deaths and troubles."""

    folder: Path
    furnished: Furnished
    relay: Relay
    relay_port: int
    url: str = ""
    disk: int = 0
    tries: int = collect.MOST_TRIES
    port: int = 0
    since: float = field(default_factory=time.monotonic)
    process: Any = None
    untaken: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.disk:
            shutil.copytree(self.furnished.folder, self.folder, dirs_exist_ok=True)

    # the process

    def opens(self, death: Death | None = None, lanes: tuple[str, ...] = ("post", "mail"), idle: bool = False) -> bool:
        """Start the process. False where it cannot have the disk that it should."""
        ours, theirs = FORKED.Pipe()
        orders = Orders(
            self.folder,
            self.url,
            self.relay_port,
            self.since,
            lanes,
            self.tries,
            death,
            idle,
            self.disk,
            self.furnished.folder,
        )
        self.process = FORKED.Process(target=post_process.main, args=(orders, theirs), daemon=True)
        self.process.start()
        theirs.close()
        try:
            said = ours.recv() if ours.poll(PATIENCE) else "0"
        except EOFError:  # it died before it was open
            said = "0"
        self.port, self._talk = int(said or 0), ours
        return said != ""

    def works(self) -> None:
        """Tell an idle one to begin."""
        self._talk.send(post_process.WORK)

    def is_killed(self) -> None:
        """Kill it from outside, at whatever it does."""
        self.process.kill()
        self.dies()

    def dies(self) -> None:
        """Wait until it is dead: killed, and not ended by itself."""
        self.process.join(PATIENCE)
        assert self.process.exitcode == -signal.SIGKILL, f"it ended with {self.process.exitcode}"

    def closes(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join(PATIENCE)

    # the senders

    def writes(self, place: int) -> str:
        """The auditor sends the tool of an audit. Its Message-ID."""
        reference = self.furnished.audits[place].reference
        return self.written(AUDITOR, f"{reference} done", f"<tool-{place}@sender.example>", self.furnished.tools[place])

    def stranger_writes(self, number: int = 0) -> str:
        return self.written(STRANGER, "Hello", f"<stranger-{number}@sender.example>")

    def written(self, sender: str, subject: str, message_id: str, data: bytes = b"", name: str = "Copy.docx") -> str:
        self.untaken[message_id] = (sender, self.letter(sender, subject, message_id, data, name))
        self.is_sent_again()
        return message_id

    def letter(self, sender: str, subject: str, message_id: str, data: bytes = b"", name: str = "Copy.docx") -> bytes:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = sender, INBOX, subject
        letter["Date"], letter["Message-ID"] = format_datetime(MONDAY), message_id
        letter.set_content("Done, see attached.\n")
        if data:
            letter.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
        return letter.as_bytes(policy=SMTP)

    def is_sent_again(self) -> int:
        """What the post has not said 250 to is sent once more, as mail servers do. The last code; 0 for no answer."""
        code = 0
        for message_id, (sender, raw) in list(self.untaken.items()):
            try:
                with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as server:
                    server.sendmail(sender, [INBOX], raw)
                del self.untaken[message_id]
                code = 250
            except smtplib.SMTPResponseException as answer:
                code = answer.smtp_code
                assert 400 <= code < 500, f"{code} tells the sender to throw the letter away"
            except (OSError, smtplib.SMTPServerDisconnected):
                code = 0
        return code

    # what can be seen

    @property
    def seen(self) -> Path:
        """The folder as the process sees it."""
        return Path(f"/proc/{self.process.pid}/root{self.folder}") if self.disk else self.folder

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        store = Store(self.url or f"sqlite:///{self.folder / 'auditbot.db'}")
        try:
            with store.open() as ledger:
                yield ledger
        finally:
            store.close()

    def asked(self, sql: str) -> list[Any]:
        if self.disk:
            self._talk.send(sql)
            return list(self._talk.recv())
        with self.ledger() as ledger:
            return list(ledger._session.execute(text(sql)).all())

    def minute_passes(self) -> None:
        """The leases of the dead run out."""
        passes = "UPDATE obligations SET lease_until = NULL WHERE state = 'waiting'"
        if self.disk:
            self.asked(passes)
            return
        with self.ledger() as ledger:
            ledger._session.execute(text(passes))

    def lies_in(self, folder: str) -> list[str]:
        box = self.seen / "mail" / folder
        return [path.name for part in ("cur", "new") for path in (box / part).iterdir()]

    def left(self) -> list[Any]:
        """What is still to be done: nothing, when the post is at rest."""
        duties = self.asked(
            "SELECT key, attempts, last_fault FROM obligations WHERE state = 'waiting' AND lane IN ('post', 'mail')"
        )
        return [*duties, *self.asked("SELECT id, state FROM letters WHERE state = 'kept'"), *self.lies_in("inbox")]

    def comes_to_rest(self, patience: float = PATIENCE) -> None:
        """Letters are sent again until they are taken, and worked on until nothing is left."""
        by = time.monotonic() + patience
        while True:
            self.is_sent_again()
            left = [*self.untaken, *self.left()]
            if not left:
                return
            assert self.process.is_alive(), "the process died"
            assert time.monotonic() < by, f"still to be done: {left[:5]}, {len(left)} in all"
            self.process.join(0.1)


@contextmanager
def office(folder: Path, furnished: Furnished, **more: Any) -> Iterator[Office]:
    """A post office, not open yet; whatever is left of it ends with the test."""
    relay = Relay()
    port = unused_port()
    server = Controller(relay, hostname="127.0.0.1", port=port)
    server.start()
    made = Office(folder, furnished, relay, port, **more)
    try:
        yield made
    finally:
        made.closes()
        server.stop()
