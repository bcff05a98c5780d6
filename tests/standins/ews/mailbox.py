"""A mailbox as Exchange keeps one: ids that end with each move, change keys, a log for each folder to sync from."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count

DISTINGUISHED = {"root": "", "msgfolderroot": "Top of Information Store", "inbox": "Inbox", "drafts": "Drafts"}
DISTINGUISHED |= {"sentitems": "Sent Items", "deleteditems": "Deleted Items"}
FIRST = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Wrong(Exception):
    """What the server answers instead; `code` is one of the schema's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Item:
    id: str
    change_key: str
    mime: bytes
    received: datetime
    since: int
    draft: bool = False
    importance: str = ""
    kind: str = "Message"
    mark: str = ""
    """Our own property of it."""

    @property
    def message_id(self) -> str:
        return str(message_from_bytes(self.mime)["Message-ID"] or "").strip()

    @property
    def whole(self) -> EmailMessage:
        found = message_from_bytes(self.mime, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found


@dataclass
class Box:
    """A folder: what lies in it, and who came and went since when."""

    id: str
    name: str
    parent: str
    items: dict[str, Item] = field(default_factory=dict)
    log: list[tuple[int, str, int]] = field(default_factory=list)
    """(when, item, since when it had been here; 0 where it came just then)"""


class StoredMailbox:
    """One mailbox with its folders. Not locked: the server asks for one thing at a time."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.rights: set[str] = set()
        """Accounts that may open it."""
        self.send_as: set[str] = set()
        self.impersonators: set[str] = set()
        self.boxes: dict[str, Box] = {}
        self.states: set[str] = set()
        """Sync states that are still known."""
        self._counter = count(1)
        for name, shown in DISTINGUISHED.items():
            self.boxes[name] = Box(self._new_id("folder"), shown, "" if name == "root" else "msgfolderroot")

    # folders

    def box(self, folder_id: str) -> Box:
        for box in self.boxes.values():
            if folder_id == box.id:
                return box
        raise Wrong("ErrorFolderNotFound")

    def named(self, name: str) -> Box:
        """A folder by the name that people see."""
        return next(box for box in self.boxes.values() if box.name == name)

    def make_box(self, parent: Box, name: str) -> Box:
        if any(box.name == name for box in self.below(parent)):
            raise Wrong("ErrorFolderExists")
        box = Box(self._new_id("folder"), name, parent.id)
        self.boxes[box.id] = box
        return box

    def below(self, parent: Box) -> list[Box]:
        return [box for box in self.boxes.values() if box.parent == parent.id]

    def bin_box(self, box: Box) -> None:
        """What Outlook does with a folder that somebody deletes: it goes on, with its id, in the deleted items."""
        box.parent = self.boxes["deleteditems"].id

    # items

    def put(self, box: Box, mime: bytes, draft: bool = False, importance: str = "", mark: str = "") -> Item:
        number = next(self._counter)
        came = FIRST + timedelta(seconds=number)
        item = Item(self._new_id("item"), f"CQAA{number}", mime, came, 0, draft, importance, mark=mark)
        self._enter(box, item)
        return item

    def where(self, item_id: str) -> tuple[Box, Item]:
        for box in self.boxes.values():
            if item_id in box.items:
                return box, box.items[item_id]
        raise Wrong("ErrorItemNotFound")

    def move(self, item_id: str, to: Box, silently: bool = False) -> Item:
        """Under a new id, always. `silently`: leave nothing in the log, as a lossy delta would."""
        box, item = self.where(item_id)
        self._leave(box, item, silently)
        changed = {"id": self._new_id("item"), "change_key": f"CQAB{next(self._counter)}", "draft": False}
        moved = replace(item, **changed)
        self._enter(to, moved, silently)
        return moved

    def delete(self, item_id: str) -> None:
        box, item = self.where(item_id)
        self._leave(box, item)

    def touch(self, item_id: str) -> None:
        """Somebody set a flag."""
        box, item = self.where(item_id)
        item.change_key = f"CQAC{next(self._counter)}"
        box.log.append((next(self._counter), item.id, item.since))

    def _enter(self, box: Box, item: Item, silently: bool = False) -> None:
        item.since = next(self._counter)
        box.items[item.id] = item
        if not silently:
            box.log.append((item.since, item.id, 0))

    def _leave(self, box: Box, item: Item, silently: bool = False) -> None:
        del box.items[item.id]
        if not silently:
            box.log.append((next(self._counter), item.id, item.since))

    def _new_id(self, kind: str) -> str:
        return base64.b64encode(f"AAMk/{kind}/{next(self._counter):08d}/{self.address}".encode()).decode()

    # synchronising

    def sync(self, box: Box, state: str, most: int) -> tuple[list[tuple[str, str]], str, bool]:
        """Changes since a state: (Create | Update | Delete, item), the next state, and whether that was all."""
        since, walking = self._since(box, state)
        changes = list(self._everything(box, since) if walking else self._changes(box, since))
        page, rest = changes[:most], changes[most:]
        until = page[-1][2] if page else since
        if walking and not rest:
            until = max([until, *(when for when, _item, _since in box.log)])
        return [(kind, item) for kind, item, _when in page], self._state(box, until, walking and bool(rest)), not rest

    def _everything(self, box: Box, since: int) -> Iterator[tuple[str, str, int]]:
        """For whoever has no state yet: what lies here."""
        for item in sorted(box.items.values(), key=lambda one: one.since):
            if item.since > since:
                yield "Create", item.id, item.since

    def _changes(self, box: Box, since: int) -> Iterator[tuple[str, str, int]]:
        """Each item once, at its last change, in the order of these."""
        last = {item: when for when, item, _since in box.log if when > since}
        first: dict[str, bool] = {}
        for when, item, earlier in box.log:
            if when > since:
                first.setdefault(item, bool(earlier) and earlier <= since)
        for item, when in sorted(last.items(), key=lambda one: one[1]):
            was_here, is_here = first[item], item in box.items
            if is_here:
                yield ("Update" if was_here else "Create"), item, when
            elif was_here:
                yield "Delete", item, when

    def _since(self, box: Box, state: str) -> tuple[int, bool]:
        if not state:
            return 0, True
        if state not in self.states:
            raise Wrong("ErrorInvalidSyncStateData")
        known = json.loads(base64.b64decode(state))
        if known["folder"] != box.id:
            raise Wrong("ErrorInvalidSyncStateData")
        return int(known["when"]), bool(known["walking"])

    def _state(self, box: Box, when: int, walking: bool) -> str:
        state = {"folder": box.id, "when": when, "walking": walking}
        made = base64.b64encode(json.dumps(state).encode()).decode()
        self.states.add(made)
        return made
