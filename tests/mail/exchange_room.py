"""A post room whose inbox is on an Exchange server and whose letters leave through it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mail.exchange import ExchangePost
from mail.exchange_login import ExchangePlace, Password
from mail.sending import MailSender
from tests.mail.room import INBOX
from tests.mail.server_room import ServerRoom, Trouble
from tests.standins.ews.mailbox import StoredMailbox
from tests.standins.ews.server import Busy, CutOff, ExchangeServer, Refused, Silence, Status, exchange_server
from tests.standins.ews.server import Trouble as Answer

ACCOUNT, PASSWORD = "COUNCIL\\auditbot", "correct horse"
IMPATIENT = 1.5
_OPERATIONS = {
    "folders": "FindFolder",
    "changes": "SyncFolderItems",
    "list": "FindItem",
    "fetch": "GetItem",
    "move": "MoveItem",
    "find": "FindItem",
    "draft": "CreateItem",
    "send": "SendItem",
}
_ANSWERS: dict[Trouble, Answer] = {
    Trouble.THROTTLED: Busy(3000),
    Trouble.DROPPED_BEFORE: CutOff(done=False),
    Trouble.DROPPED_AFTER: CutOff(done=True),
    Trouble.SILENT: Silence(),
    Trouble.FAILED: Refused("ErrorInternalServerError"),
    Trouble.UNKNOWN_LOGIN: Status(401),
    Trouble.RIGHT_MISSING: Refused("ErrorAccessDenied"),
    Trouble.BAD_ADDRESS: Refused("ErrorInvalidRecipients"),
}


class ExchangeRoom(ServerRoom):
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
        login = Password(ACCOUNT, PASSWORD)
        place = ExchangePlace(self.server.url, INBOX)
        patience = self.patience or patience
        self.post = ExchangePost(place, login, self.folder / "raw", patience, clock=lambda: self.now.timestamp())
        self.sender = MailSender(self.post)
        self.starts()

    def posts(self, sender: str, raw: bytes, to: str = "") -> None:
        self.server.post.deliver(to or INBOX, raw, inside=True)

    def left(self) -> list[tuple[bytes, Sequence[str]]]:
        return [(sent.mime, sent.recipients) for sent in self.server.post.sent]

    def lies_in(self, name: str) -> int:
        return sum(len(box.items) for box in self.mailbox.boxes.values() if box.name == name)

    # what the server does wrong

    def goes_wrong(self, call: str, *troubles: Trouble) -> None:
        self.server.misbehave(_OPERATIONS[call], *(_ANSWERS[one] for one in troubles))

    def still_to_go_wrong(self) -> int:
        return sum(len(one) for one in self.server.troubles.values())

    def copies_come_late(self) -> None:
        self.server.post.copies_come_late = True

    def settles(self) -> None:
        self.server.post.copies_come_late = False
        self.server.settle()

    def forgets_cursors(self) -> None:
        self.server.forget_states()

    def reorders(self) -> None:
        self.server.post.newest_first = True

    def renders_anew(self) -> None:
        self.server.post.renders_anew = True

    def renames(self) -> None:
        self.server.post.writes_message_ids = True

    def moves_out_and_back(self, silently: bool) -> None:
        inbox, bin_ = self.mailbox.boxes["inbox"], self.mailbox.boxes["deleteditems"]
        for item in list(inbox.items):
            self.mailbox.move(self.mailbox.move(item, bin_, silently).id, inbox, silently)

    def loses_folders(self) -> None:
        for box in self.mailbox.below(self.mailbox.boxes["inbox"]):
            self.mailbox.bin_box(box)

    def cannot_show(self, words: bytes, shows: bool = False) -> None:
        self.server.post.cannot_show = b"" if shows else words


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
