"""A post room whose inbox is on an Exchange server and whose letters leave through it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from desk.outbox import TryLater
from mail.exchange import NAMES, ExchangePost
from mail.exchange_login import ExchangePlace, Password
from mail.sending import MailSender
from tests.mail.room import INBOX, Room
from tests.standins.ews.mailbox import StoredMailbox
from tests.standins.ews.server import ExchangeServer, exchange_server

ACCOUNT, PASSWORD = "COUNCIL\\auditbot", "correct horse"
IMPATIENT = 1.5


class ExchangeRoom(Room):
    """The same room, another door."""

    server: ExchangeServer
    mailbox: StoredMailbox

    def opens(self, server: ExchangeServer) -> None:
        self.server = server
        self.mailbox = server.mailbox(INBOX)
        self.mailbox.rights.add("auditbot")
        self.mailbox.send_as.add("auditbot")
        server.accounts.passwords["auditbot"] = PASSWORD
        self.restarts()

    def restarts(self, patience: float = 10.0) -> None:
        """Another process: nothing is remembered but what is in the ledger."""
        login = Password(ACCOUNT, PASSWORD)
        place = ExchangePlace(self.server.url, INBOX)
        self.post = ExchangePost(place, login, self.folder / "raw", patience, clock=lambda: self.now.timestamp())
        self.sender = MailSender(self.post)

    def posts(self, sender: str, raw: bytes, to: str = "") -> None:
        self.server.post.deliver(to or INBOX, raw, inside=True)

    def tries(self) -> None:
        """Everything that is due now, as the worker's lanes do it: where the server will not, later."""
        for do in (self.reads, self.sends):
            with suppress(TryLater):
                do()

    def letters_out(self, kind: str = "", to: str = "") -> list[EmailMessage]:
        """Those that left; their kind is not written on them."""
        found = []
        for sent in self.server.post.sent:
            message = message_from_bytes(sent.mime, policy=default)
            assert isinstance(message, EmailMessage)
            if not to or to in sent.recipients:
                found.append(message)
        return found

    def rests(self, letters: int) -> bool:
        """Whether so many letters are taken in and filed, and none is on its way out."""
        filed = sum(self.lies_in(name) for name in NAMES.values())
        return len(self.letters()) == filed == letters and not self.lies_in("Drafts") and bool(self.server.post.sent)

    def lies_in(self, name: str) -> int:
        """How many letters lie in a folder, by the name that people see."""
        return sum(len(box.items) for box in self.mailbox.boxes.values() if box.name == name)


@contextmanager
def exchange_room(folder: Path) -> Iterator[ExchangeRoom]:
    folder.mkdir(exist_ok=True)
    room = ExchangeRoom(folder)
    with exchange_server() as server:
        room.opens(server)
        try:
            yield room
        finally:
            room.post.stop()
            room.close()
            assert not server.violations, server.violations
