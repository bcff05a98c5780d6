"""What is in a winmail.dat: the attachments and the words of a letter that Outlook or Exchange packed as TNEF.

By [MS-OXTNEF]: a signature, a key, then attributes, each with a level, a name, a length, its data and a checksum
(2.1.3.1); attachments begin at attAttachRenddata (2.1.3.3.12), and attMsgProps and attAttachment hold lists of
properties (2.1.3.4). Standard library only. Whatever does not add up is refused whole: a tool may be missing from it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from documents.attached import ELSEWHERE_MARK, UNREAD_WORDS, Attached, Opened, from_page, opened
from documents.unreadable import Unreadable

SIGNATURE = struct.pack("<I", 0x223E9F78)
DAMAGED = (
    "it is what Outlook packs a letter into (winmail.dat), and it is damaged. Please send your letter again as plain "
    "text or HTML."
)
_MOST_ATTRIBUTES = 20_000
_MOST_PROPERTIES = 20_000

_ATTRIBUTE = struct.Struct("<BII")
_BODY, _RENDERED, _DATA, _TITLE, _PROPERTIES, _OF_ATTACHMENT = 0x800C, 0x9002, 0x800F, 0x8010, 0x9003, 0x9005

TAG_BODY, TAG_RTF, TAG_HTML = 0x1000, 0x1009, 0x1013
TAG_DATA, TAG_SHORT_NAME, TAG_METHOD, TAG_LONG_NAME, TAG_TYPE = 0x3701, 0x3704, 0x3705, 0x3707, 0x370E
TAG_CONTENT_ID, TAG_FLAGS, TAG_HIDDEN = 0x3712, 0x3714, 0x7FFE
BY_REFERENCE = (2, 3, 4, 7)
"""Ways to attach that hold a path or a link instead of the file ([MS-OXCMSG] 2.2.2.9)."""
IN_THE_PAGE = 0x4
"""The flag of what is shown in the letter's own page ([MS-OXCMSG] 2.2.2.18)."""

_OBJECT, _STRING8, _UNICODE, _BINARY = 0x0D, 0x1E, 0x1F, 0x102
_IS_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")
_WORD_INSIDE = tuple(name.encode("utf-16-le") for name in ("WordDocument", "Package"))
"""What an object holds that is a document, and no picture that was pasted in."""
_FIXED = {0x2: 4, 0x3: 4, 0x4: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes that a value takes with its padding."""

Properties = Mapping[int, bytes | str | int]
"""Values by the upper half of their tag; the first of several."""


@dataclass(slots=True)
class _Attachment:
    data: bytes | None = None
    title: str = ""
    properties: dict[int, bytes | str | int] = field(default_factory=dict)


def read(data: bytes) -> Opened:
    """The files and the words. A letter that was attached is one of the files, packed as before. Raises Unreadable."""
    try:
        return _read(data)
    except (struct.error, IndexError, ValueError) as fault:
        raise Unreadable(DAMAGED) from fault


def _read(data: bytes) -> Opened:
    body, own = "", dict[int, bytes | str | int]()
    found: list[_Attachment] = []
    for level, name, content in _attributes(data):
        if level == 1 and name == _BODY:
            body = _ansi(content)
        elif level == 1 and name == _PROPERTIES:
            own.update(_properties(content))
        elif level == 2 and name == _RENDERED:
            found.append(_Attachment())
        elif level == 2 and found:
            _take(found[-1], name, content)
        elif level == 2 and name in (_DATA, _TITLE, _OF_ATTACHMENT):
            raise ValueError("an attachment that has not begun")
    return opened([_attached(one) for one in found], body.strip() or words_of(own))


def _attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Level, name and data of each."""
    if not data.startswith(SIGNATURE) or len(data) < 6:
        raise ValueError("no signature")
    place = 6
    for _ in range(_MOST_ATTRIBUTES):
        if not data[place : place + 64].strip(b"\0\r\n "):  # what gateways add behind the end
            if data[place:].strip(b"\0\r\n "):
                raise ValueError("more behind the end")
            return
        level, tag, length = _ATTRIBUTE.unpack_from(data, place)
        start, end = place + _ATTRIBUTE.size, place + _ATTRIBUTE.size + length
        if level not in (1, 2) or end + 2 > len(data):
            raise ValueError("no attribute")
        content = data[start:end]
        if struct.unpack_from("<H", data, end)[0] != sum(content) & 0xFFFF:
            raise ValueError("a checksum that does not fit")
        yield level, tag & 0xFFFF, content
        place = end + 2
    raise ValueError("no end")


def _take(into: _Attachment, name: int, content: bytes) -> None:
    if name == _DATA:
        if into.data is not None:
            raise ValueError("two files in one attachment")
        into.data = content
    elif name == _TITLE:
        into.title = _ansi(content)
    elif name == _OF_ATTACHMENT:
        into.properties.update(_properties(content))


def _attached(one: _Attachment) -> Attached:
    its = one.properties
    name = text(its, TAG_LONG_NAME) or text(its, TAG_SHORT_NAME) or one.title
    data, packed = one.data, its.get(TAG_DATA)
    if isinstance(packed, bytes) and packed[:16] == _IS_MESSAGE and packed[16:20] == SIGNATURE:
        return Attached("letter.dat", "application/ms-tnef", packed[16:])
    if number(its, TAG_METHOD) in BY_REFERENCE:
        data = ELSEWHERE_MARK
    if data is None and isinstance(packed, bytes):
        data = packed[16:] if any(one in packed for one in _WORD_INSIDE) else packed
    if data is None:
        raise ValueError("an attachment without a file")
    return Attached(name, text(its, TAG_TYPE), data, is_in_the_page(its))


def is_in_the_page(its: Properties) -> bool:
    """Whether an attachment is shown in the page of the letter, as the logo of a signature is."""
    return bool(number(its, TAG_FLAGS) & IN_THE_PAGE or number(its, TAG_HIDDEN) or text(its, TAG_CONTENT_ID))


def words_of(its: Properties) -> str:
    """The words of a letter, or a mark where they are there as rich text alone."""
    page = its.get(TAG_HTML, b"")
    words = text(its, TAG_BODY).strip() or from_page(page if isinstance(page, bytes) else str(page).encode())
    return words or (UNREAD_WORDS if its.get(TAG_RTF) else "")


def text(its: Properties, tag: int) -> str:
    """A property as text; empty where it is none."""
    value = its.get(tag, "")
    return value if isinstance(value, str) else ""


def number(its: Properties, tag: int) -> int:
    """A property as a number; 0 where it is none."""
    value = its.get(tag, 0)
    return value if isinstance(value, int) else 0


def _properties(data: bytes) -> Iterator[tuple[int, bytes | str | int]]:
    """The first value of each property, by the number of its kind."""
    count = struct.unpack_from("<I", data)[0]
    if count > _MOST_PROPERTIES:
        raise ValueError("too many properties")
    place = 4
    for _ in range(count):
        kind, tag = struct.unpack_from("<HH", data, place)
        place += 4
        named = tag >= 0x8000
        if named:
            place = _after_the_name(data, place)
        several, kind = bool(kind & 0x1000), kind & 0xEFFF
        values, place = _values(data, place, kind, several)
        if values and not named:
            yield tag, values[0]


def _after_the_name(data: bytes, place: int) -> int:
    by_words, length = struct.unpack_from("<II", data, place + 16)
    return place + 24 + (_padded(length) if by_words else 0)


def _values(data: bytes, place: int, kind: int, several: bool) -> tuple[list[bytes | str | int], int]:
    varies = kind in (_OBJECT, _STRING8, _UNICODE, _BINARY)
    many = 1
    if several or varies:
        many = struct.unpack_from("<I", data, place)[0]
        place += 4
    if many > _MOST_PROPERTIES:
        raise ValueError("too many values")
    values: list[bytes | str | int] = []
    for _ in range(many):
        size = _FIXED.get(kind, 0)
        if varies:
            size = struct.unpack_from("<I", data, place)[0]
            place += 4
        elif not size:
            raise ValueError("a property of no known kind")
        if place + size > len(data):
            raise ValueError("a value beyond the end")
        if not values:
            values.append(_value(data[place : place + size], kind))
        place += _padded(size)
    return values, place


def _value(raw: bytes, kind: int) -> bytes | str | int:
    if kind == _UNICODE:
        return raw.decode("utf-16-le", "replace").rstrip("\0")
    if kind == _STRING8:
        return _ansi(raw)
    if kind in (0x2, 0xB):
        return int.from_bytes(raw[:2], "little")
    return int.from_bytes(raw, "little") if kind == 0x3 else raw


def _ansi(raw: bytes) -> str:
    """Text of before Unicode. Which code page it is in matters to no name's ending and no warning word."""
    return raw.split(b"\0", 1)[0].decode("cp1252", "replace")


def _padded(size: int) -> int:
    return size + -size % 4
