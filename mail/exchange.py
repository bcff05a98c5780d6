"""A mailbox on an Exchange server, and the way out through it. Import this only where Exchange is set up.

Nothing here remembers what the server already knows: an item is the server's own id, which ends with each move.
"""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from exchangelib import ExtendedProperty, Message, errors
from exchangelib.fields import FieldOrder, FieldPath
from exchangelib.folders import Folder, Root
from exchangelib.items import HARD_DELETE, ID_ONLY, SAVE_ONLY, SEND_TO_NONE, SHALLOW
from exchangelib.properties import DistinguishedFolderId, FolderId, ItemId, Mailbox
from exchangelib.restriction import Q, Restriction
from exchangelib.services import (
    CreateFolder,
    CreateItem,
    DeleteItem,
    FindFolder,
    FindItem,
    GetFolder,
    GetItem,
    MoveItem,
    SendItem,
    SyncFolderItems,
)
from exchangelib.services.sync_folder_hierarchy import SyncFolder
from exchangelib.util import MNS, TNS

from desk.outbox import TryLater
from mail import disk, unshown
from mail.exchange_line import Line, Result, results
from mail.exchange_login import PATIENCE, ExchangePlace, Login, RightMissing
from mail.exchange_stream import Listener
from mail.mailbox import FOLDERS, INBOX, NAMES, Page, Unreadable
from mail.sending_once import send_once

PAGE = 500
"""Changes to a page; the server gives 512 at most."""
LIST_PAGE = 1000
_DRAFTS, _SENT = "drafts", "sentitems"
_ITEM_ID = f"{{{TNS}}}ItemId"
_OURS = (f"{{{TNS}}}MimeContent", f"{{{TNS}}}ExtendedProperty")


_SPOILT = (
    errors.ErrorMimeContentConversionFailed,
    errors.ErrorContentConversionFailed,
    errors.ErrorUnsupportedMimeConversion,
    errors.ErrorCorruptData,
    errors.ErrorItemCorrupt,
    errors.ErrorMessageSizeExceeded,
)


class _Mark(ExtendedProperty):  # type: ignore[misc]
    """The Message-ID once more, where no server on the way out may write another one over it."""

    distinguished_property_set_id = "PublicStrings"
    property_name = "auditbot-letter"
    property_type = "String"


Message.register("auditbot_letter", _Mark)


class ExchangePost:
    """One mailbox on an Exchange server: a Mailbox and a Transport (mail/mailbox.py)."""

    def __init__(
        self,
        place: ExchangePlace,
        login: Login,
        raw: Path,
        patience: float = PATIENCE,
        page: int = PAGE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Opens nothing yet. `raw`: the folder of ours that keeps letters as they came; `clock`: as for a Line."""
        self.address = place.address
        self.raw = raw
        disk.make_folder(raw)
        self._line = Line(place, login, patience, clock=clock)
        self._news_line = Line(place, login, patience, sessions=1, clock=clock)
        self._listener: Listener | None = None
        self._page = page
        self._root = Root(account=self._line.account, _distinguished_id=self._distinguished("root"))
        self._folders: dict[str, Any] = {}
        self._lock = Lock()

    def start(self, arrived: Callable[[], None] = lambda: None) -> None:
        """Listen for news; `arrived` is called, from a thread of its own, whenever something may have come in."""
        self._listener = Listener(self._news_line, self._known(INBOX), arrived)
        self._listener.start()

    def stop(self) -> None:
        """Stop listening, and close the connections; the next call opens new ones."""
        if self._listener:
            self._listener.stop()
            self._listener = None
        self._line.close()

    def check(self) -> None:
        """Open it now, and make its folders where they are missing. Raises MailboxShut or TryLater."""

        def look() -> None:
            places = [self._known(name) for name in (INBOX, _DRAFTS, _SENT)]
            results(GetFolder(account=self._line.account).call(places, _fields(Folder, "name"), ID_ONLY))
            self._refresh_folders()

        try:
            self._line.ask(look, insist=True)
        except LookupError:  # how some servers say that a delegate sees no such folder
            raise RightMissing(
                "The account does not see the folders of this mailbox. Please grant it Full Access to this mailbox "
                "(docs/exchange.md).",
                60,
            ) from None

    # Mailbox

    def changes(self, cursor: str = "") -> Page:
        """What came into the inbox since; from the beginning where there is no cursor or the server forgot it."""
        if not cursor:
            self._ask(self._refresh_folders)

        def look() -> Page:
            try:
                return self._changes(cursor)
            except errors.ErrorInvalidSyncStateData:
                return self._changes("")

        return self._ask(look)

    def fetch_raw(self, item: str) -> bytes:
        """The letter as the server renders it: not byte for byte as it came. Raises LookupError, or Unreadable."""

        def fetch() -> bytes:
            get = _GetMime(account=self._line.account)
            try:
                [mime] = results(get.call([ItemId(item, None)], _fields(Message, "mime_content"), ID_ONLY))
            except _SPOILT as fault:
                raise Unreadable(type(fault).__name__) from None
            if not mime:
                raise Unreadable("nothing in it")
            return bytes(mime)

        def is_there() -> None:
            get = _GetName(account=self._line.account)
            results(get.call([ItemId(item, None)], _fields(Message, "datetime_received"), ID_ONLY))

        return unshown.fetch(lambda: self._ask(fetch), lambda: self._ask(is_there))

    def list_folder(self, folder: str) -> tuple[str, ...]:
        """The items in a folder, oldest first. Raises what `changes` raises."""
        return tuple(dict.fromkeys(one.id for one in self._ask(lambda: self._find([self._folder(folder)]))))

    def oldest(self, folder: str) -> datetime | None:
        """When the letter came that has lain longest in a folder, in UTC; None where the folder is empty."""
        extra = _fields(Message, "datetime_received")
        found = self._ask(lambda: self._find([self._folder(folder)], extra=extra, most=1))
        return found[0].received if found else None

    def find_by_message_id(self, message_id: str) -> tuple[str, ...]:
        """Every copy of a letter, in whatever folder of ours; not the one that its sender has among those sent."""

        def find() -> list[_Found]:
            return self._find([self._folder(name) for name in FOLDERS], Q(message_id=message_id))

        return tuple(dict.fromkeys(one.id for one in self._ask(find)))

    def move(self, item: str, folder: str) -> str:
        """Move an item; hands back its new id, for the old one ends. Raises LookupError where it is gone."""

        def move() -> str:
            try:
                return self._move(item, folder)
            except (errors.ErrorToFolderNotFound, errors.ErrorFolderNotFound):
                self._refresh_folders()  # somebody deleted it
                return self._move(item, folder)

        return self._ask(move)

    # Transport

    def send_mime(self, mime: bytes, to: Sequence[str], number: int, kind: str, may_have_left: bool = False) -> None:
        """Send it once, and keep a copy among those sent (mail/sending_once.py). To whom is written in the letter."""
        send_once(self, mime, may_have_left)

    def drafts_of(self, message_id: str) -> Sequence[ItemId]:
        """The drafts of a letter."""
        return [ItemId(one.id, one.changekey) for one in self._lying_in(_DRAFTS, message_id)]

    def is_among_sent(self, message_id: str) -> bool:
        """Whether a copy lies among the letters sent, also under a Message-ID of the server's own."""
        return bool(self._lying_in(_SENT, message_id))

    def _lying_in(self, folder: str, message_id: str) -> list[_Found]:
        same = Q(auditbot_letter=message_id) | Q(message_id=message_id)
        return self._ask(lambda: self._find([self._known(folder)], same))

    def draft(self, mime: bytes, message_id: str, there: Sequence[ItemId]) -> ItemId:
        """A whole draft of the letter: one of those that are there, or a new one."""
        return there[0] if there else self._ask(lambda: self._draft(mime, message_id))

    def hand_over(self, draft: ItemId) -> None:
        """Have a draft sent, with a copy among the letters sent."""
        self._ask(lambda: results(self._service(SendItem).call([draft], self._known(_SENT))))

    def delete(self, draft: ItemId) -> None:
        """Take a draft away."""
        self._ask(lambda: results(self._delete(draft)))

    def _draft(self, mime: bytes, message_id: str) -> Any:
        draft = Message(account=self._line.account, mime_content=mime, auditbot_letter=message_id)
        [made] = results(
            _CreateWhole(account=self._line.account).call([draft], self._known(_DRAFTS), SAVE_ONLY, SEND_TO_NONE)
        )
        return ItemId(made.id, made.changekey)

    def _delete(self, draft: Any) -> Any:
        return self._service(DeleteItem).call(
            [draft],
            delete_type=HARD_DELETE,
            send_meeting_cancellations=SEND_TO_NONE,
            affected_task_occurrences="AllOccurrences",
            suppress_read_receipts=True,
        )

    # what the server is asked

    def _ask(self, do: Callable[[], Result]) -> Result:
        return self._line.ask(do)

    def _service(self, kind: Any) -> Any:
        return kind(account=self._line.account)

    def _changes(self, cursor: str) -> Page:
        sync = _Sync(account=self._line.account)
        found = results(
            sync.call(
                folder=self._known(INBOX),
                shape=ID_ONLY,
                additional_fields=None,
                sync_state=cursor or None,
                ignore=None,
                max_changes_returned=self._page,
                sync_scope="NormalItems",
            )
        )
        here = (item for kind, item in found if kind in (sync.CREATE, sync.UPDATE))
        return Page(tuple(dict.fromkeys(here)), sync.sync_state, not sync.includes_last_item_in_range)

    def _move(self, item: str, folder: str) -> str:
        [moved] = results(self._service(MoveItem).call([ItemId(item, None)], self._folder(folder)))
        return str(moved[0])

    def _find(self, folders: list[Any], query: Any = None, extra: Any = None, most: int | None = None) -> list[_Found]:
        order = [FieldOrder.from_string("datetime_received", folder=folders[0])]
        found = _Find(account=self._line.account, page_size=LIST_PAGE).call(
            folders=folders,
            additional_fields=extra,
            restriction=Restriction(query, folders=folders, applies_to=Restriction.ITEMS) if query else None,
            order_fields=None if query else order,
            shape=ID_ONLY,
            query_string=None,
            depth=SHALLOW,
            calendar_view=None,
            max_items=most,
            offset=0,
        )
        return results(found)

    # folders

    def _folder(self, name: str) -> Any:
        if name == INBOX:
            return self._known(INBOX)
        if name not in self._folders:
            self._refresh_folders()
        return self._folders[name]

    def _refresh_folders(self) -> None:
        """Look which of our folders lie below the inbox, and make those that are missing.

        Again at each sweep: a folder that somebody deletes goes on below the deleted items, under the same id.
        """
        with self._lock:
            there = self._below_inbox()
            for name in NAMES.values():
                if name not in there:
                    self._make(name)
            if set(NAMES.values()) - set(there):
                there = self._below_inbox()
            if set(NAMES.values()) - set(there):
                raise TryLater("the folders below the inbox are not there yet")
            self._folders = {ours: there[name] for ours, name in NAMES.items()}

    def _below_inbox(self) -> dict[str, Any]:
        found = self._service(FindFolder).call(
            folders=[self._known(INBOX)],
            additional_fields=_fields(Folder, "name"),
            restriction=None,
            shape=ID_ONLY,
            depth=SHALLOW,
            max_items=None,
            offset=0,
        )
        return {
            str(one.name): Folder(root=self._root, _id=FolderId(one.id, one.changekey), name=one.name)
            for one in results(found)
        }

    def _make(self, name: str) -> None:
        with suppress(errors.ErrorFolderExists):  # another replica was faster
            results(self._service(CreateFolder).call(self._known(INBOX), [Folder(root=self._root, name=name)]))

    def _known(self, name: str) -> Any:
        return Folder(root=self._root, _distinguished_id=self._distinguished(name))

    def _distinguished(self, name: str) -> Any:
        """By the mailbox's address: the account's own inbox is another one."""
        return DistinguishedFolderId(id=name, mailbox=Mailbox(email_address=self.address))


class _Sync(SyncFolderItems):  # type: ignore[misc]
    """What changed, by id. exchangelib looks for the state before it looks for an error, which need not hold one."""

    def _elem_to_obj(self, elem: Any) -> tuple[str, str]:
        return self.change_types_map[elem.tag], elem.find(f".//{_ITEM_ID}").get("Id")

    def _get_element_container(self, message: Any, name: str | None = None) -> Any:
        if message.find(f"{{{MNS}}}SyncState") is None:
            return super(SyncFolder, self)._get_element_container(message=message, name=name)
        return super()._get_element_container(message=message, name=name)


@dataclass(frozen=True, slots=True)
class _Found:
    """An item by id, whatever kind it is: exchangelib refuses a page that holds a kind it does not know."""

    id: str
    changekey: str
    received: datetime | None


class _Find(FindItem):  # type: ignore[misc]
    def _elem_to_obj(self, elem: Any) -> _Found:
        named, came = elem.find(_ITEM_ID), elem.findtext(f"{{{TNS}}}DateTimeReceived")
        return _Found(named.get("Id"), named.get("ChangeKey"), datetime.fromisoformat(came) if came else None)


class _GetMime(GetItem):  # type: ignore[misc]
    def _elem_to_obj(self, elem: Any) -> bytes:
        return b64decode(elem.findtext(f"{{{TNS}}}MimeContent") or "")


class _GetName(GetItem):  # type: ignore[misc]
    def _elem_to_obj(self, elem: Any) -> str:
        return str(elem.find(_ITEM_ID).get("Id"))


class _CreateWhole(CreateItem):  # type: ignore[misc]
    """exchangelib adds its own importance and the like, which the server would put over what the letter says."""

    def get_payload(self, *args: Any, **more: Any) -> Any:
        payload = super().get_payload(*args, **more)
        for item in payload.find(f"{{{MNS}}}Items"):
            for one in list(item):
                if one.tag not in _OURS:
                    item.remove(one)
        return payload


def _fields(kind: Any, *names: str) -> set[Any]:
    return {FieldPath(field=kind.get_field_by_fieldname(name)) for name in names}
