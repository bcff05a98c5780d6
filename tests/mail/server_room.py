"""A post room whose inbox is on a server and whose letters leave through it; and what any such server may do wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from enum import StrEnum

from desk.outbox import TryLater
from mail.mailbox import NAMES
from mail.visits import Visits
from tests.mail.room import AUDITOR, INBOX, Room

EVERY = timedelta(seconds=30)
CALLS = ("folders", "changes", "list", "fetch", "move", "find", "draft", "send")
"""What we ask a server to do, by names that fit both."""


class Trouble(StrEnum):
    """What a server may answer instead."""

    THROTTLED = "throttled"
    DROPPED_BEFORE = "dropped before"
    DROPPED_AFTER = "dropped after"
    SILENT = "silent"
    FAILED = "failed"
    UNKNOWN_LOGIN = "unknown login"
    RIGHT_MISSING = "right missing"
    BAD_ADDRESS = "bad address"


class ServerRoom(Room, ABC):
    """The same room, another door."""

    visits: Visits
    patience: float = 0.0
    """Seconds to wait for an answer; 0: as long as the room has it."""

    @abstractmethod
    def restarts(self) -> None:
        """Another process: nothing is remembered but what is in the ledger."""

    @abstractmethod
    def left(self) -> list[tuple[bytes, Sequence[str]]]:
        """The letters that left, and to whom."""

    @abstractmethod
    def lies_in(self, name: str) -> int:
        """How many letters lie in a folder, by the name that people see."""

    # what the server does wrong

    @abstractmethod
    def goes_wrong(self, call: str, *troubles: Trouble) -> None:
        """The next times that this is asked."""

    @abstractmethod
    def still_to_go_wrong(self) -> int:
        """How often something would still go wrong."""

    @abstractmethod
    def copies_come_late(self) -> None:
        """From now on, copies of what was sent lie nowhere until `settles`."""

    @abstractmethod
    def settles(self) -> None:
        """What was late happens now."""

    @abstractmethod
    def forgets_cursors(self) -> None:
        """How far anybody had read is not known any more."""

    @abstractmethod
    def reorders(self) -> None:
        """Pages come in another order."""

    @abstractmethod
    def renders_anew(self) -> None:
        """Letters are never twice the same bytes."""

    @abstractmethod
    def renames(self) -> None:
        """Letters that leave bear a Message-ID of the server's own, where it can; lasting ids do not last."""

    @abstractmethod
    def moves_out_and_back(self, silently: bool) -> None:
        """Somebody takes all letters out of the inbox, and puts them back. `silently`: the changes do not tell."""

    @abstractmethod
    def loses_folders(self) -> None:
        """Somebody deletes the folders below the inbox."""

    @abstractmethod
    def cannot_show(self, words: bytes, shows: bool = False) -> None:
        """The letter that holds these words cannot be rendered; it can again, if `shows`."""

    # what the service does

    def starts(self) -> None:
        """What every process begins with."""
        self.visits = Visits(self.post, EVERY)

    def tries(self) -> None:
        """Everything that is due now, as the worker's lanes do it: where the server will not, later."""
        for do in (self.reads, self.sends):
            with suppress(TryLater):
                do()

    def polls(self) -> None:
        """As `tries`, with the visits that a process makes."""
        while self.visits.take_in(self.store, self.now):
            pass
        while self.reads_once():
            pass
        self.sends()

    # what can be seen

    def letters_out(self, kind: str = "", to: str = "") -> list[EmailMessage]:
        """Those that left; their kind is not written on them."""
        found = []
        for mime, recipients in self.left():
            message = message_from_bytes(mime, policy=default)
            assert isinstance(message, EmailMessage)
            if not to or to in recipients:
                found.append(message)
        return found

    def rests(self, letters: int) -> bool:
        """Whether so many letters are taken in and filed, and none is on its way out."""
        filed = sum(self.lies_in(name) for name in NAMES.values())
        return len(self.letters()) == filed == letters and not self.lies_in("Drafts") and bool(self.left())


def outward(number: int = 1, files: dict[str, bytes] | None = None, to: str = AUDITOR) -> bytes:
    """A notice as it leaves."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = INBOX, to, "TW-0001: an alert"
    made["Message-ID"] = f"<notice-{number}.0123abcd@telford.example>"
    made["Importance"] = "high"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content("Please look at the card.\n")
    for name, data in (files or {"note.pdf": b"%PDF-1.7"}).items():
        made.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    long = b"<" + b"x" * 120 + b"@mail.example>"
    return b"In-Reply-To: " + long + b"\r\nReferences: " + long + b"\r\n" + made.as_bytes(policy=SMTP)


def sends(room: ServerRoom, mime: bytes = b"", tries: int = 1) -> int:
    """How many of so many tries went well, each a little later."""
    good = 0
    for _ in range(tries):
        try:
            room.post.send_mime(mime or outward(), (AUDITOR,), 1, "alert")  # type: ignore[attr-defined]
            good += 1
        except TryLater as later:
            room.now += timedelta(seconds=max(later.after, 1))
    return good
