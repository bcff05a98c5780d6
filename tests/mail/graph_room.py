"""A post room whose inbox is in Exchange Online and whose letters leave through Graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes
from email.utils import getaddresses
from pathlib import Path

from mail.graph import GraphPost
from mail.sending import MailSender
from tests.mail.room import INBOX
from tests.mail.server_room import ServerRoom, Trouble
from tests.standins.graph.mailbox import StoredMailbox
from tests.standins.graph.server import Fault, GraphServer, graph_server

PATIENCE = 1.0
_ROUTES = {
    "folders": "folders",
    "changes": "delta",
    "list": "list",
    "fetch": "value",
    "move": "move",
    "find": "list",
    "draft": "draft",
    "send": "send",
}
_ANSWERS = {
    Trouble.THROTTLED: Fault(429, "ApplicationThrottled", wait="3"),
    Trouble.DROPPED_BEFORE: Fault(drops=True),
    Trouble.DROPPED_AFTER: Fault(drops=True, after=True),
    Trouble.SILENT: Fault(stalls=True, after=True),
    Trouble.FAILED: Fault(500, "ErrorInternalServerError"),
    Trouble.UNKNOWN_LOGIN: Fault(401, "InvalidAuthenticationToken"),
    Trouble.RIGHT_MISSING: Fault(403, "ErrorAccessDenied"),
    Trouble.BAD_ADDRESS: Fault(400, "ErrorInvalidRecipients"),
}


class GraphRoom(ServerRoom):
    """The same room, another door."""

    server: GraphServer
    mailbox: StoredMailbox

    def opens(self, server: GraphServer) -> None:
        self.server = server
        self.mailbox = server.mailbox(INBOX)
        self.restarts()

    def restarts(self, page: int = 3, patience: float = PATIENCE) -> None:
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
        self.starts()

    def posts(self, sender: str, raw: bytes, to: str = "") -> None:
        self.mailbox.put("inbox", raw)

    def left(self) -> list[tuple[bytes, Sequence[str]]]:
        return [(raw, _recipients(raw)) for raw in self.server.sent]

    def lies_in(self, name: str) -> int:
        return sum(
            len(self.mailbox.lying_in(one.id)) for one in list(self.mailbox.folders.values()) if one.name == name
        )

    # what the server does wrong

    def goes_wrong(self, call: str, *troubles: Trouble) -> None:
        for one in troubles:
            self.server.misbehaves(_ROUTES[call], _ANSWERS[one])

    def still_to_go_wrong(self) -> int:
        return sum(len(one) for one in self.server.faults.values())

    def copies_come_late(self) -> None:
        self.mailbox.copies_come_late = True

    def settles(self) -> None:
        self.mailbox.copies_come_late = False
        self.mailbox.settle()

    def forgets_cursors(self) -> None:
        self.server.stale_before = self.mailbox.now() + 1

    def reorders(self) -> None:
        self.server.reorders = self.server.repeats = True

    def renders_anew(self) -> None:
        self.server.renders_anew = True

    def renames(self) -> None:
        self.mailbox.renames_drafts = self.mailbox.ids_never_last = True

    def moves_out_and_back(self, silently: bool) -> None:
        for letter in self.mailbox.lying_in("inbox"):
            self.mailbox.move(letter, "deleteditems", silently)
            self.mailbox.move(letter, "inbox", silently)

    def loses_folders(self) -> None:
        for folder in self.mailbox.below(self.mailbox.known["inbox"]):
            folder.parent = self.mailbox.known["deleteditems"]

    def cannot_show(self, words: bytes, shows: bool = False) -> None:
        self.server.cannot_show = b"" if shows else words


def _recipients(raw: bytes) -> Sequence[str]:
    letter = message_from_bytes(raw)
    named = [str(one) for name in ("To", "Cc") for one in letter.get_all(name, [])]
    return tuple(address for _name, address in getaddresses(named))


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
