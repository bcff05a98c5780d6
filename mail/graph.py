"""A mailbox in Exchange Online, and the way out through it, by Microsoft Graph. docs/graph.md says how to set it up."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import quote

from mail import disk, unshown
from mail.exchange_login import PATIENCE
from mail.graph_line import GRAPH, AlreadyThere, Forgotten, GraphLine, Login, NotUnderstood
from mail.graph_watch import Watch
from mail.mailbox import FOLDERS, INBOX, NAMES, Page
from mail.sending_once import send_once

POLL = 10.0
PAGE = 100
LIST_PAGE = 500
WHOLE = 3_900_000
"""Characters of Base64 that go in one request; Graph takes 4 MB."""
_SMALL_FILE = 3_000_000
"""Bytes: up to here a file goes in one request, above it must go in pieces. Graph changes over at about 3 MB."""
_PIECE = 12 * 320 * 1024
_DRAFTS, _SENT = "drafts", "sentitems"
_FIELDS = "id,receivedDateTime,internetMessageId"
_AS_IT_IS = SMTP.clone(refold_source="none")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, order=True)
class _Item:
    """How we name a letter: the server's id, and what finds it again where the id has changed nevertheless."""

    received: str
    message_id: str
    id: str

    @staticmethod
    def of(values: Mapping[str, Any]) -> _Item:
        received, message_id = str(values.get("receivedDateTime", "-")), str(values.get("internetMessageId", ""))
        return _Item(received, message_id.strip(), str(values["id"]))

    @staticmethod
    def parse(item: str) -> _Item:
        id_, _, rest = item.partition(" ")
        received, _, message_id = rest.partition(" ")
        return _Item(received, message_id, id_)

    def __str__(self) -> str:
        return f"{self.id} {self.received} {self.message_id}"


class GraphPost:
    """One mailbox in Exchange Online: a Mailbox and a Transport (mail/mailbox.py)."""

    def __init__(
        self,
        address: str,
        login: Login,
        raw: Path,
        url: str = GRAPH,
        patience: float = PATIENCE,
        page: int = PAGE,
        clock: Callable[[], float] = time.monotonic,
        poll: float = POLL,
    ) -> None:
        """Opens nothing yet. `address`: the mailbox's primary one; `raw`: the folder of ours that keeps letters as they
        came; `clock`: as for a GraphLine; `poll`: seconds between two looks for news."""
        self.address = address
        self.raw = raw
        disk.make_folder(raw)
        self._line = GraphLine(address, login, url, patience, clock)
        self._poll = poll
        self._watch: Watch | None = None
        self._page = page
        self._folders: dict[str, str] = {}
        self._lock = Lock()

    def start(self, arrived: Callable[[], None] = lambda: None) -> None:
        """Look for news; `arrived` is called, from a thread of its own, whenever something may have come in."""
        self._watch = Watch(self._newest, arrived, self._poll)
        self._watch.start()

    def stop(self) -> None:
        """Look no more, and close the connections; the next call opens new ones."""
        if self._watch:
            self._watch.stop()
            self._watch = None
        self._line.close()

    def check(self) -> None:
        """Open it now, and make its folders where they are missing. Raises MailboxShut or TryLater."""
        for name in (INBOX, _DRAFTS, _SENT):
            self._line.ask("GET", f"/mailFolders/{name}", insist=True)
        self._refresh_folders()

    # Mailbox

    def changes(self, cursor: str = "") -> Page:
        """What came into the inbox since; from the beginning where there is no cursor or the server forgot it.

        Only a hint: the server may keep quiet about a letter that left and came back, and name one on two pages.
        `list_folder` is the truth.
        """
        whose, _, path = cursor.partition(" ")
        if whose == self.address and path.startswith("/users"):
            try:
                return self._changes(self._line.get_page(path, self._page))
            except (Forgotten, NotUnderstood, LookupError):
                pass  # too old, or not ours
        self._refresh_folders()
        path = f"/mailFolders/{INBOX}/messages/delta"
        return self._changes(self._line.get_page(path, self._page, select=_FIELDS))

    def _changes(self, found: Mapping[str, Any]) -> Page:
        here: dict[str, _Item] = {}
        for one in found.get("value", ()):
            if "@removed" in one:
                here.pop(str(one["id"]), None)
            else:
                here[str(one["id"])] = _Item.of(one)
        more = "@odata.nextLink" in found
        link = str(found["@odata.nextLink"] if more else found.get("@odata.deltaLink", ""))
        items = tuple(str(one) for one in sorted(here.values()))
        return Page(items, f"{self.address} {self._line.path_of(link)}" if link else "", more)

    def fetch_raw(self, item: str) -> bytes:
        """The letter as the server renders it: not byte for byte as it came. Raises LookupError, or Unreadable."""
        return self._at(item, self._fetch)

    def _fetch(self, id_: str) -> bytes:
        path = f"/messages/{quote(id_, safe='')}"
        return unshown.fetch(
            lambda: self._line.ask("GET", f"{path}/$value").content, lambda: self._line.get(path, select="id")
        )

    def list_folder(self, folder: str) -> tuple[str, ...]:
        """The items in a folder, oldest first. Raises what `changes` raises."""
        found = self._line.pages(
            f"/mailFolders/{self._folder(folder)}/messages",
            select=_FIELDS,
            orderby="receivedDateTime",
            top=str(LIST_PAGE),
        )
        return _named(found)

    def oldest(self, folder: str) -> datetime | None:
        """When the letter came that has lain longest in a folder, in UTC; None where the folder is empty."""
        path = f"/mailFolders/{self._folder(folder)}/messages"
        found = self._line.get(path, select=_FIELDS, orderby="receivedDateTime", top="1")["value"]
        return datetime.fromisoformat(str(found[0]["receivedDateTime"])) if found else None

    def _newest(self) -> str:
        path = f"/mailFolders/{INBOX}/messages"
        found = self._line.get(path, select="id", orderby="receivedDateTime desc", top="1")["value"]
        return str(found[0]["id"]) if found else ""

    def find_by_message_id(self, message_id: str) -> tuple[str, ...]:
        """Every copy of a letter, in whatever folder of ours; not the one that its sender has among those sent."""
        places = [self._folder(name) for name in FOLDERS]
        return _named(one for place in places for one in self._find(place, message_id))

    def move(self, item: str, folder: str) -> str:
        """Move an item, which may change its id. Raises LookupError where somebody took it away."""
        try:
            return self._at(item, lambda id_: self._move(id_, item, folder))
        except LookupError:
            self._refresh_folders()  # somebody may have deleted where it should go
            return self._at(item, lambda id_: self._move(id_, item, folder))

    # Transport

    def send_mime(self, mime: bytes, to: Sequence[str], number: int, kind: str, may_have_left: bool = False) -> None:
        """Send it once, and keep a copy among those sent (mail/sending_once.py). To whom is written in the letter."""
        send_once(self, mime, may_have_left)

    def drafts_of(self, message_id: str) -> Sequence[str]:
        """The drafts of a letter."""
        return [str(one["id"]) for one in self._find(_DRAFTS, message_id)]

    def is_among_sent(self, message_id: str) -> bool:
        """Whether a copy lies among the letters sent."""
        return bool(self._find(_SENT, message_id))

    def draft(self, mime: bytes, message_id: str, there: Sequence[str]) -> str:
        """A whole draft of the letter: one of those that are there, or a new one."""
        fits = (len(mime) + 2) // 3 * 4 <= WHOLE
        for spare in there[1 if fits else 0 :]:  # nobody knows whether all files of a large one were there
            self.delete(spare)
        return there[0] if there and fits else self._draft(mime, message_id, fits)

    def hand_over(self, draft: str) -> None:
        """Have a draft sent, with a copy among the letters sent."""
        self._line.ask("POST", f"/messages/{quote(draft, safe='')}/send")

    def delete(self, draft: str) -> None:
        """Take a draft away."""
        self._line.ask("DELETE", f"/messages/{quote(draft, safe='')}")

    def _draft(self, mime: bytes, message_id: str, fits: bool) -> str:
        """A draft of the whole letter. The files of a large one follow one by one."""
        bare, files = (mime, []) if fits else _apart(mime)
        plain = {"Content-Type": "text/plain"}
        made = self._line.ask("POST", "/messages", headers=plain, data=b64encode(bare)).json()
        draft = str(made["id"])
        path = f"/messages/{quote(draft, safe='')}"
        if made.get("internetMessageId") != message_id:
            self._line.ask("PATCH", path, json={"internetMessageId": message_id})
        for file in files:
            self._attach(path, file)
        return draft

    def _attach(self, path: str, file: EmailMessage) -> None:
        data = file.get_payload(decode=True)
        assert isinstance(data, bytes)
        name, kind = file.get_filename() or "file", file.get_content_type()
        if len(data) <= _SMALL_FILE:
            values = {"@odata.type": "#microsoft.graph.fileAttachment", "name": name, "contentType": kind}
            self._line.post(f"{path}/attachments", **values, contentBytes=b64encode(data).decode())
            return
        about = {"attachmentType": "file", "name": name, "size": len(data), "contentType": kind}
        url = str(self._line.post(f"{path}/attachments/createUploadSession", AttachmentItem=about)["uploadUrl"])
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            place = f"bytes {start}-{start + len(piece) - 1}/{len(data)}"
            self._line.put(url, piece, {"Content-Range": place, "Content-Type": "application/octet-stream"})

    # where things are

    def _at(self, item: str, do: Callable[[str], Result]) -> Result:
        """Do something with a letter, under its new id where the old one has ended. Raises LookupError."""
        named = _Item.parse(item)
        try:
            return do(named.id)
        except LookupError:
            return do(self._found_again(named))

    def _found_again(self, named: _Item) -> str:
        if not named.message_id:
            raise LookupError("no such letter")
        found = [_Item.parse(one) for one in self.find_by_message_id(named.message_id)]
        same = {one.id for one in found if one.received == named.received}
        if len(same) != 1:  # somebody may have sent another letter under the same Message-ID
            raise LookupError("no such letter")
        return same.pop()

    def _move(self, id_: str, item: str, folder: str) -> str:
        path = f"/messages/{quote(id_, safe='')}"
        lies_in = str(self._line.get(path, select="parentFolderId")["parentFolderId"])
        if lies_in not in [self._folder(name) for name in FOLDERS]:
            raise LookupError("somebody took it away")
        to = self._folder(folder)
        if lies_in == to:
            return item
        return str(_Item.of(self._line.post(f"{path}/move", destinationId=to)))

    def _find(self, folder: str, message_id: str) -> list[dict[str, Any]]:
        words = message_id.replace("'", "''")
        path = f"/mailFolders/{folder}/messages"
        return list(self._line.pages(path, select=_FIELDS, filter=f"internetMessageId eq '{words}'"))

    def _folder(self, name: str) -> str:
        if name not in self._folders:
            self._refresh_folders()
        return self._folders[name]

    def _refresh_folders(self) -> None:
        """Look which of our folders lie below the inbox, and make those that are missing.

        Again at each sweep: a folder that somebody deletes goes on below the deleted items, under the same id.
        """
        with self._lock:
            inbox = self._folders.get(INBOX) or str(self._line.get(f"/mailFolders/{INBOX}", select="id")["id"])
            there = self._below_inbox()
            missing = [name for name in NAMES.values() if name not in there]
            for name in missing:
                with suppress(AlreadyThere):  # another replica was faster
                    self._line.post(f"/mailFolders/{INBOX}/childFolders", displayName=name)
            if missing:
                there = self._below_inbox()
            self._folders = {INBOX: inbox, **{ours: there[name] for ours, name in NAMES.items()}}

    def _below_inbox(self) -> dict[str, str]:
        found = self._line.pages(f"/mailFolders/{INBOX}/childFolders", select="id,displayName", top="250")
        return {str(one["displayName"]): str(one["id"]) for one in found}


def _named(found: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """As items, each once, oldest first."""
    return tuple(str(one) for one in sorted({_Item.of(values) for values in found}))


def _apart(mime: bytes) -> tuple[bytes, list[EmailMessage]]:
    """A letter without its files, its headers untouched, and the files."""
    letter = message_from_bytes(mime, policy=_AS_IT_IS)
    parts = letter.get_payload()
    if not isinstance(parts, list):
        return mime, []
    files = [part for part in parts if isinstance(part, EmailMessage) and part.is_attachment()]
    letter.set_payload([part for part in parts if part not in files])
    return letter.as_bytes(), files
