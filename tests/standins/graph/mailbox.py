"""A mailbox as Exchange Online keeps one: two ids a letter, a log to answer delta from, drafts that become letters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count

KNOWN = {"msgfolderroot": "Top of Information Store", "inbox": "Inbox", "drafts": "Drafts", "outbox": "Outbox"}
KNOWN |= {"sentitems": "Sent Items", "deleteditems": "Deleted Items"}
FIRST = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
AS_IT_IS = SMTP.clone(refold_source="none")


class Wrong(Exception):
    """What the server answers instead."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass
class Folder:
    id: str
    name: str
    parent: str


@dataclass
class Kept:
    """A letter, or a draft of one."""

    serial: int
    mime: bytes
    received: datetime
    folder: str
    internet_id: str
    draft: bool
    plain: str
    """The id that ends with each move."""
    lasting: str
    files: list[tuple[str, str, bytes]] = field(default_factory=list)

    def whole(self) -> bytes:
        """With its files, as it leaves."""
        if not self.files:
            return self.mime
        letter = message_from_bytes(self.mime, policy=AS_IT_IS)
        assert isinstance(letter, EmailMessage)
        for name, kind, data in self.files:
            main, _, sub = kind.partition("/")
            letter.add_attachment(data, maintype=main, subtype=sub, filename=name)
        return letter.as_bytes()


class StoredMailbox:
    """One mailbox with its folders. Not locked: the server lets one request at a time to it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._numbers = count(1)
        self.ids_never_last = False
        """Whether even the lasting ids end with a move, as after a drag in Outlook."""
        self.renames_drafts = False
        """Whether drafts get a Message-ID of the server's own."""
        self.copies_come_late = False
        """Whether what was sent shows among the letters sent only once `settle` is called."""
        self.folders: dict[str, Folder] = {}
        self.known: dict[str, str] = {}
        self.letters: dict[int, Kept] = {}
        self.log: list[tuple[int, str, int]] = []
        """(when, folder, letter): what delta answers from."""
        for name, shown in KNOWN.items():
            self.known[name] = self._folder(shown, self.known.get("msgfolderroot", "")).id

    # folders

    def folder(self, name: str) -> Folder:
        """By its id or its well-known name."""
        found = self.folders.get(self.known.get(name, name))
        if found is None:
            raise Wrong(404, "ErrorItemNotFound")
        return found

    def named(self, shown: str) -> Folder:
        return next(one for one in self.folders.values() if one.name == shown)

    def below(self, parent: str) -> list[Folder]:
        return [one for one in self.folders.values() if one.parent == parent]

    def make_folder(self, parent: str, name: str) -> Folder:
        if any(one.name == name for one in self.below(parent)):
            raise Wrong(409, "ErrorFolderExists")
        return self._folder(name, parent)

    def _folder(self, name: str, parent: str) -> Folder:
        made = Folder(f"AAMkFolder{next(self._numbers)}=", name, parent)
        self.folders[made.id] = made
        return made

    # letters

    def put(self, folder: str, mime: bytes, draft: bool = False) -> Kept:
        number = next(self._numbers)
        said = str(message_from_bytes(mime)["Message-ID"] or "").strip()
        own = f"<{number}@prod.exchange.example>"
        kept = Kept(
            serial=number,
            mime=mime,
            received=FIRST + timedelta(seconds=number),
            folder=self.folder(folder).id,
            internet_id=own if not said or (draft and self.renames_drafts) else said,
            draft=draft,
            plain=f"AAMkPlain{number}=",
            lasting=f"AAkALasting/{number}=",
        )
        self.letters[number] = kept
        self._note(kept.folder, kept)
        return kept

    def lying_in(self, folder: str) -> list[Kept]:
        """Oldest first."""
        place = self.folder(folder).id
        return sorted((one for one in self.letters.values() if one.folder == place), key=lambda one: one.received)

    def letter(self, id_: str) -> Kept:
        if not id_.startswith("AA"):
            raise Wrong(400, "ErrorInvalidIdMalformed")
        for one in self.letters.values():
            if id_ in (one.plain, one.lasting):
                return one
        raise Wrong(404, "ErrorItemNotFound")

    def move(self, kept: Kept, to: str, silently: bool = False) -> None:
        """`silently`: delta says nothing of it."""
        left, kept.folder = kept.folder, self.folder(to).id
        kept.plain = f"AAMkPlain{next(self._numbers)}="
        if self.ids_never_last:
            kept.lasting = f"AAkALasting/{next(self._numbers)}="
        if not silently:
            self._note(left, kept)
            self._note(kept.folder, kept)

    def delete(self, kept: Kept) -> None:
        del self.letters[kept.serial]
        self._note(kept.folder, kept)

    def send(self, kept: Kept) -> bytes:
        """A draft leaves: once. What left."""
        if not kept.draft:
            raise Wrong(404, "ErrorItemNotFound")
        kept.mime, kept.draft, kept.files = kept.whole(), False, []
        self.move(kept, "outbox" if self.copies_come_late else "sentitems")
        return kept.mime

    def settle(self) -> None:
        for kept in self.lying_in("outbox"):
            self.move(kept, "sentitems")

    def _note(self, folder: str, kept: Kept) -> None:
        self.log.append((next(self._numbers), folder, kept.serial))

    # delta

    def now(self) -> int:
        return self.log[-1][0] if self.log else 0

    def since(self, folder: str, when: int) -> list[tuple[int, Kept | None]]:
        """What changed in a folder: the letter, or None where it is no longer there."""
        place = self.folder(folder).id
        changed = dict.fromkeys(serial for at, where, serial in self.log if where == place and at > when)
        found: list[tuple[int, Kept | None]] = []
        for serial in changed:
            kept = self.letters.get(serial)
            found.append((serial, kept if kept and kept.folder == place else None))
        return found
