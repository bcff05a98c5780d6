"""A post room whose inbox is in Exchange Online and whose letters leave through Graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import getaddresses
from pathlib import Path

from desk.outbox import TryLater
from mail.graph import GraphPost
from mail.sending import MailSender
from tests.mail.room import AUDITOR, INBOX, Room
from tests.standins.graph.mailbox import StoredMailbox
from tests.standins.graph.server import GraphServer, graph_server

PATIENCE = 1.0


class GraphRoom(Room):
    """The same room, another door."""

    server: GraphServer
    mailbox: StoredMailbox

    def opens(self, server: GraphServer) -> None:
        self.server = server
        self.mailbox = server.mailbox(INBOX)
        self.restarts()

    def restarts(self, page: int = 3, patience: float = PATIENCE) -> None:
        """Another process: nothing is remembered but what is in the ledger."""
        self.post = GraphPost(
            INBOX,
            self.server.login(),
            self.folder / "raw",
            self.server.url,
            patience,
            page,
            clock=lambda: self.now.timestamp(),
        )
        self.sender = MailSender(self.post)

    def posts(self, sender: str, raw: bytes, to: str = "") -> None:
        self.mailbox.put("inbox", raw)

    def tries(self) -> None:
        """Everything that is due now, as the worker's lanes do it: where the server will not, later."""
        for do in (self.reads, self.sends):
            with suppress(TryLater):
                do()

    def letters_out(self, kind: str = "", to: str = "") -> list[EmailMessage]:
        """Those that left; their kind is not written on them."""
        found = []
        for raw in self.server.sent:
            message = message_from_bytes(raw, policy=default)
            assert isinstance(message, EmailMessage)
            if not to or to in {address for _name, address in getaddresses([str(message["To"])])}:
                found.append(message)
        return found

    def lies_in(self, name: str) -> int:
        """How many letters lie in a folder, by the name that people see."""
        return sum(
            len(self.mailbox.lying_in(one.id)) for one in list(self.mailbox.folders.values()) if one.name == name
        )


@contextmanager
def graph_room(folder: Path) -> Iterator[GraphRoom]:
    folder.mkdir(exist_ok=True)
    room = GraphRoom(folder)
    with graph_server() as server:
        room.opens(server)
        try:
            yield room
        finally:
            room.post.stop()
            room.close()
            assert not server.violations, server.violations


def outward(number: int = 1, files: dict[str, bytes] | None = None) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = INBOX, AUDITOR, "TW-0001: an alert"
    made["Message-ID"] = f"<notice-{number}@telford.example>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content("Please look at the card.\n")
    for name, data in (files or {"note.pdf": b"%PDF-1.7"}).items():
        made.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    long = b"<" + b"x" * 120 + b"@mail.example>"
    return b"In-Reply-To: " + long + b"\r\nReferences: " + long + b"\r\n" + made.as_bytes(policy=SMTP)


def sends(room: GraphRoom, mime: bytes = b"", tries: int = 1) -> int:
    """How many of so many tries went well, each a little later."""
    good = 0
    for _ in range(tries):
        try:
            room.post.send_mime(mime or outward(), (AUDITOR,), 1, "alert")
            good += 1
        except TryLater as later:
            room.now += timedelta(seconds=max(later.after, 1))
    return good
