"""What each EWS operation does to the mailboxes, and the answer in the order that the schema wants."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.utils import getaddresses

from lxml import etree

from tests.standins.ews.mailbox import Box, Item, StoredMailbox, Wrong
from tests.standins.ews.wire import NAMES, TYPES, M, T, failed, message, response

MOST_CHANGES = 512
_SINGLE_ERRORS_WITH_ITEMS = ("GetItem", "MoveItem", "CreateItem")


@dataclass(frozen=True)
class Caller:
    """Who asks, and whom they say they are."""

    account: str
    impersonates: str = ""


@dataclass(frozen=True)
class Sent:
    """A letter that left."""

    mime: bytes
    recipients: tuple[str, ...]


@dataclass
class Post:
    """All mailboxes of the server, what left, and how it behaves."""

    mailboxes: dict[str, StoredMailbox] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    late: list[Callable[[], object]] = field(default_factory=list)
    copies_come_late: bool = False
    newest_first: bool = False
    renders_anew: bool = False
    writes_message_ids: bool = False
    """Its own over those that letters bring."""
    keeps_properties: bool = True
    """Those that are the caller's own."""
    cannot_show: bytes = b""
    """A letter that holds this is listed, and not shown."""
    subscriptions: dict[str, Box] = field(default_factory=dict)
    arrived: Callable[[Box, Item], None] = lambda box, item: None

    def deliver(self, address: str, mime: bytes, inside: bool = False) -> Item:
        """Into an inbox; what only Exchange may say of a letter is said by it alone."""
        letter = message_from_bytes(mime, policy=policy.compat32)
        for name in [one for one in letter if one.lower().startswith("x-ms-exchange-organization-")]:
            del letter[name]
        says = b"X-MS-Exchange-Organization-AuthAs: " + (b"Internal" if inside else b"Anonymous") + b"\r\n"
        kept = mime if b"x-ms-exchange-organization-" not in mime.lower() else letter.as_bytes()
        inbox = self.mailboxes[address].boxes["inbox"]
        item = self.mailboxes[address].put(inbox, says + kept)
        self.arrived(inbox, item)
        return item

    def answer(self, asked: etree._Element, caller: Caller) -> etree._Element:
        """The answer to one operation."""
        return Answering(self, caller).answer(asked)


class Answering:
    """One request of one caller."""

    def __init__(self, post: Post, caller: Caller) -> None:
        self.post = post
        self.caller = caller

    def answer(self, asked: etree._Element) -> etree._Element:
        name = etree.QName(asked).localname
        do = getattr(self, f"_{name}", None)
        if do is None:
            raise Wrong("ErrorInvalidRequest")
        return response(name, *do(asked))

    def _each(self, operation: str, asked: Sequence[etree._Element], do: Callable[[etree._Element], tuple]) -> list:
        """A message for each; one that goes wrong spoils no other."""
        made = []
        for one in asked:
            try:
                made.append(message(operation, *do(one)))
            except Wrong as wrong:
                extra = (M.Items(),) if operation in _SINGLE_ERRORS_WITH_ITEMS else ()
                made.append(failed(operation, wrong.code, *extra))
        return made

    # folders

    def _GetFolder(self, asked: etree._Element) -> list:
        ids = asked.find("m:FolderIds", NAMES)
        return self._each("GetFolder", ids, lambda one: (M.Folders(_folder(self._box(one)[1])),))

    def _FindFolder(self, asked: etree._Element) -> list:
        def find(one: etree._Element) -> tuple:
            mailbox, parent = self._box(one)
            below = mailbox.below(parent)
            return (
                M.RootFolder(
                    T.Folders(*(_folder(box) for box in below)),
                    TotalItemsInView=str(len(below)),
                    IncludesLastItemInRange="true",
                ),
            )

        return self._each("FindFolder", asked.find("m:ParentFolderIds", NAMES), find)

    def _CreateFolder(self, asked: etree._Element) -> list:
        mailbox, parent = self._box(asked.find("m:ParentFolderId", NAMES)[0])

        def make(one: etree._Element) -> tuple:
            return (M.Folders(_folder(mailbox.make_box(parent, one.findtext("t:DisplayName", "", NAMES)))),)

        return self._each("CreateFolder", asked.find("m:Folders", NAMES), make)

    # items

    def _SyncFolderItems(self, asked: etree._Element) -> list:
        def sync(one: etree._Element) -> tuple:
            mailbox, box = self._box(one)
            most = min(int(asked.findtext("m:MaxChangesReturned", "", NAMES)), MOST_CHANGES)
            changes, state, whole = mailbox.sync(box, asked.findtext("m:SyncState", "", NAMES), most)
            if self.post.newest_first:
                changes = changes[::-1]
            shown = [
                T.Delete(T.ItemId(Id=item)) if kind == "Delete" else T(kind, _item(box.items[item]))
                for kind, item in changes
            ]
            return M.SyncState(state), M.IncludesLastItemInRange(str(whole).lower()), M.Changes(*shown)

        return self._each("SyncFolderItems", asked.find("m:SyncFolderId", NAMES), sync)

    def _FindItem(self, asked: etree._Element) -> list:
        fields = _extra(asked.find("m:ItemShape", NAMES))
        view = asked.find("m:IndexedPageItemView", NAMES)
        offset, most = int(view.get("Offset")), int(view.get("MaxEntriesReturned"))
        wanted = _wanted(asked.find("m:Restriction", NAMES))
        sort = asked.find("m:SortOrder", NAMES)
        backwards = (sort is None) != self.post.newest_first  # Exchange shows the newest first where nothing is said

        def find(one: etree._Element) -> tuple:
            _mailbox, box = self._box(one)
            here = sorted(box.items.values(), key=lambda item: item.received, reverse=backwards)
            found = [item for item in here if not wanted or any(is_it(item) for is_it in wanted)]
            page = found[offset : offset + most]
            return (
                M.RootFolder(
                    T.Items(*(_item(item, fields) for item in page)),
                    IndexedPagingOffset=str(offset + len(page)),
                    TotalItemsInView=str(len(found)),
                    IncludesLastItemInRange=str(offset + len(page) >= len(found)).lower(),
                ),
            )

        return self._each("FindItem", asked.find("m:ParentFolderIds", NAMES), find)

    def _GetItem(self, asked: etree._Element) -> list:
        fields = _extra(asked.find("m:ItemShape", NAMES))

        def get(one: etree._Element) -> tuple:
            _mailbox, _box, item = self._item(one)
            if "item:MimeContent" in fields and self.post.cannot_show and self.post.cannot_show in item.mime:
                raise Wrong("ErrorMimeContentConversionFailed")
            return (M.Items(_item(item, fields, self.post.renders_anew)),)

        return self._each("GetItem", asked.find("m:ItemIds", NAMES), get)

    def _MoveItem(self, asked: etree._Element) -> list:
        try:
            mailbox, to = self._box(asked.find("m:ToFolderId", NAMES)[0])
        except Wrong:
            raise Wrong("ErrorToFolderNotFound") from None

        def move(one: etree._Element) -> tuple:
            self._item(one)
            return (M.Items(_item(mailbox.move(one.get("Id"), to))),)

        return self._each("MoveItem", asked.find("m:ItemIds", NAMES), move)

    def _DeleteItem(self, asked: etree._Element) -> list:
        def delete(one: etree._Element) -> tuple:
            mailbox, _box, item = self._item(one)
            mailbox.delete(item.id)
            return ()

        return self._each("DeleteItem", asked.find("m:ItemIds", NAMES), delete)

    def _CreateItem(self, asked: etree._Element) -> list:
        """As a draft only. What is attached apart from the MIME is lost without a word, as with some servers."""
        if asked.get("MessageDisposition") != "SaveOnly":
            raise Wrong("ErrorInvalidRequest")
        mailbox, box = self._box(asked.find("m:SavedItemFolderId", NAMES)[0])

        def create(one: etree._Element) -> tuple:
            mime = base64.b64decode(one.findtext("t:MimeContent", "", NAMES))
            if not mime:
                raise Wrong("ErrorMimeContentInvalid")
            importance = one.findtext("t:Importance", "", NAMES)
            mark = one.findtext("t:ExtendedProperty/t:Value", "", NAMES) if self.post.keeps_properties else ""
            item = mailbox.put(box, mime, draft=True, importance=importance, mark=mark)
            return (M.Items(_item(item)),)

        return self._each("CreateItem", asked.find("m:Items", NAMES), create)

    def _SendItem(self, asked: etree._Element) -> list:
        def send(one: etree._Element) -> tuple:
            mailbox, _box, item = self._item(one)
            if not one.get("ChangeKey"):
                raise Wrong("ErrorChangeKeyRequired")
            if one.get("ChangeKey") != item.change_key:
                raise Wrong("ErrorStaleObject")
            self._leave(mailbox, item)
            return ()

        return self._each("SendItem", asked.find("m:ItemIds", NAMES), send)

    def _leave(self, mailbox: StoredMailbox, item: Item) -> None:
        letter = item.whole
        named = [str(one) for name in ("To", "Cc", "Bcc") for one in letter.get_all(name, [])]
        recipients = tuple(address for _name, address in getaddresses(named))
        [(_name, sender)] = getaddresses([str(letter["From"])])
        if not recipients or not all("@" in one for one in recipients):
            raise Wrong("ErrorInvalidRecipients")
        allowed = {mailbox.address, *mailbox.send_as, self.caller.impersonates and self.caller.account}
        if sender != mailbox.address or self.caller.account not in allowed:
            raise Wrong("ErrorSendAsDenied")
        if self.post.writes_message_ids:
            item.mime = item.mime.replace(item.message_id.encode(), f"<{len(self.post.sent)}@server>".encode())
        mime = _rendered(item, self.post.renders_anew)
        mailbox.delete(item.id)
        self.post.sent.append(Sent(mime, recipients))
        keep: Callable[[], object] = lambda: mailbox.put(  # noqa: E731
            mailbox.boxes["sentitems"], item.mime, mark=item.mark
        )
        if self.post.copies_come_late:
            self.post.late.append(keep)
        else:
            keep()
        for address in recipients:
            if address in self.post.mailboxes:
                self.post.deliver(address, mime, inside=True)

    # news

    def _Subscribe(self, asked: etree._Element) -> list:
        [ids] = asked.findall("m:StreamingSubscriptionRequest/t:FolderIds", NAMES)
        number = base64.b64encode(f"subscription {len(self.post.subscriptions)}".encode()).decode()
        self.post.subscriptions[number] = self._box(ids[0])[1]
        return [message("Subscribe", M.SubscriptionId(number))]

    # what is named

    def _box(self, named: etree._Element) -> tuple[StoredMailbox, Box]:
        if etree.QName(named).localname == "DistinguishedFolderId":
            address = named.findtext("t:Mailbox/t:EmailAddress", "", NAMES) or self._own()
            mailbox = self._open(address)
            return mailbox, mailbox.boxes[named.get("Id")]
        mailbox = self._open(_address_in(named.get("Id")))
        return mailbox, mailbox.box(named.get("Id"))

    def _item(self, named: etree._Element) -> tuple[StoredMailbox, Box, Item]:
        mailbox = self._open(_address_in(named.get("Id")))
        return (mailbox, *mailbox.where(named.get("Id")))

    def _own(self) -> str:
        return self.caller.impersonates or self.caller.account

    def _open(self, address: str) -> StoredMailbox:
        mailbox = self.post.mailboxes.get(address)
        if mailbox is None:
            raise Wrong("ErrorNonExistentMailbox")
        if self.caller.impersonates:
            if self.caller.impersonates != address or self.caller.account not in mailbox.impersonators:
                raise Wrong("ErrorImpersonateUserDenied")
        elif self.caller.account not in (address, *mailbox.rights):
            raise Wrong("ErrorAccessDenied")
        return mailbox


def _address_in(named: str) -> str:
    try:
        return base64.b64decode(named, validate=True).decode().split("/")[3]
    except (ValueError, IndexError):
        raise Wrong("ErrorInvalidIdMalformed") from None


def _folder(box: Box) -> etree._Element:
    return T.Folder(T.FolderId(Id=box.id, ChangeKey="AQAAAA=="), T.FolderClass("IPF.Note"), T.DisplayName(box.name))


def _extra(shape: etree._Element) -> set[str]:
    if shape.findtext("t:BaseShape", "", NAMES) != "IdOnly":
        raise Wrong("ErrorInvalidRequest")
    return {one.get("FieldURI") for one in shape.iter(f"{{{TYPES}}}FieldURI")}


def _wanted(restriction: etree._Element | None) -> list[Callable[[Item], bool]]:
    """What is looked for, by Message-ID or by our own property or by either; nothing else can be."""
    if restriction is None:
        return []
    [test] = restriction
    return [_test(one) for one in (test if test.tag == f"{{{TYPES}}}Or" else [test])]


def _test(one: etree._Element) -> Callable[[Item], bool]:
    if one.tag != f"{{{TYPES}}}IsEqualTo":
        raise Wrong("ErrorUnsupportedPathForQuery")
    value = str(one.find("t:FieldURIOrConstant/t:Constant", NAMES).get("Value"))
    extended = one.find("t:ExtendedFieldURI", NAMES)
    if extended is not None:
        assert extended.get("PropertyName") == "auditbot-letter"
        return lambda item: item.mark == value
    if one.find("t:FieldURI", NAMES).get("FieldURI") != "message:InternetMessageId":
        raise Wrong("ErrorUnsupportedPathForQuery")
    return lambda item: item.message_id == value


def _item(item: Item, fields: set[str] = frozenset(), anew: bool = False) -> etree._Element:
    shown = T(item.kind)
    if "item:MimeContent" in fields:
        content = base64.b64encode(_rendered(item, anew)).decode()
        shown.append(T.MimeContent(content, CharacterSet="UTF-8"))
    shown.append(T.ItemId(Id=item.id, ChangeKey=item.change_key))
    if "item:DateTimeReceived" in fields:
        shown.append(T.DateTimeReceived(item.received.strftime("%Y-%m-%dT%H:%M:%SZ")))
    if "message:InternetMessageId" in fields:
        shown.append(T.InternetMessageId(item.message_id))
    return shown


def _rendered(item: Item, anew: bool) -> bytes:
    """The MIME as the server makes it, each time with other boundaries and folds where it renders anew."""
    letter = message_from_bytes(item.mime, policy=policy.compat32)
    if item.importance:
        del letter["Importance"], letter["X-Priority"]
        letter["Importance"] = item.importance.lower()
    if anew:
        letter["X-MS-Has-Attach"] = "yes" if letter.is_multipart() else ""
        for part in letter.walk():
            if part.is_multipart():
                part.set_boundary(f"_000_{base64.b16encode(str(id(letter)).encode()).decode()}_{id(part)}")
    return letter.as_bytes() if anew or item.importance else item.mime
