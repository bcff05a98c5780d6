"""Letters as mail programs pack them: winmail.dat, .msg, .eml, smime.p7m; written after Microsoft's pages."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_MESSAGE_ID = bytes.fromhex("0703020000000000c000000000000046")

Tree = Mapping[str, "bytes | Tree"]


@dataclass(frozen=True)
class File:
    """An attachment. `method` 7 is a link; `letter` one that is attached, of the same kind as what it is put into."""

    name: str = "tool.docx"
    data: bytes = b""
    method: int = 1
    inline: bool = False
    letter: Letter | None = None
    content_type: str = ""


@dataclass(frozen=True)
class Letter:
    words: str = ""
    files: Sequence[File] = field(default_factory=tuple)
    formatted: bytes = b""
    """The words as compressed rich text, which nobody here reads."""
    page: str = ""
    """The words as HTML alone."""


# TNEF


def attribute(level: int, tag: int, data: bytes, checksum: int | None = None, length: int | None = None) -> bytes:
    true = sum(data) & 0xFFFF
    size = len(data) if length is None else length
    return struct.pack("<BII", level, tag, size) + data + struct.pack("<H", true if checksum is None else checksum)


def properties(*values: tuple[int, int, object]) -> bytes:
    """Type, tag and value of each, as attMsgProps and attAttachment hold them."""
    found = struct.pack("<I", len(values))
    for kind, tag, value in values:
        found += struct.pack("<HH", kind, tag)
        if tag >= 0x8000:  # a name of its own: a GUID, and a number or words
            found += bytes(16) + (struct.pack("<II", 0, 7) if tag % 2 else struct.pack("<II", 1, 6) + b"a\0b\0\0\0\0\0")
        if isinstance(value, int):
            found += struct.pack("<q", value) if kind in (0x14, 0x40) else struct.pack("<i", value)
            continue
        raw = f"{value}\0".encode("utf-16-le") if isinstance(value, str) else value
        assert isinstance(raw, bytes)
        found += struct.pack("<II", 1, len(raw)) + raw + bytes(-len(raw) % 4)
    return found


def tnef(letter: Letter) -> bytes:
    """A winmail.dat. A letter in it is packed in the same way."""
    parts = [
        struct.pack("<IH", 0x223E9F78, 17),
        attribute(1, 0x00089006, struct.pack("<I", 0x00010000)),
        attribute(1, 0x00069007, struct.pack("<II", 1252, 0)),
        attribute(1, 0x00078008, b"IPM.Microsoft Mail.Note\0"),
    ]
    own: list[tuple[int, int, object]] = [(0x14, 0x0E08, 5), (0x3, 0x8001, 1), (0x1F, 0x8002, "x"), (0xB, 0x0E1F, 1)]
    if letter.words:
        own.append((0x1F, 0x1000, letter.words))
    if letter.formatted:
        own.append((0x102, 0x1009, letter.formatted))
    if letter.page:
        own.append((0x102, 0x1013, letter.page.encode()))
    parts.append(attribute(1, 0x00069003, properties(*own)))
    for one in letter.files:
        rendered = struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)
        parts += (attribute(2, 0x00069002, rendered), attribute(2, 0x00018010, b"SHORT~1.DOC\0"))
        its: list[tuple[int, int, object]] = [(0x1F, 0x3707, one.name), (0x3, 0x3705, 5 if one.letter else one.method)]
        if one.inline:
            its += ((0x3, 0x3714, 4), (0x1F, 0x3712, "image001@x"))
        if one.content_type:
            its.append((0x1F, 0x370E, one.content_type))
        if one.letter:
            its.append((0x0D, 0x3701, _MESSAGE_ID + tnef(one.letter)))
        elif one.method == 1:
            parts.append(attribute(2, 0x0006800F, one.data))
        parts.append(attribute(2, 0x00069005, properties(*its)))
    return b"".join(parts)


# .msg


def msg(letter: Letter) -> bytes:
    """An item saved by Outlook."""
    return compound(_item(letter, head=32))


def _item(letter: Letter, head: int) -> Tree:
    """The letter's folder; its list of properties begins with how many attachments follow ([MS-OXMSG] 2.4.1)."""
    counts = struct.pack("<8xIIII", 0, len(letter.files), 0, len(letter.files)).ljust(head, b"\0")
    words = {0x1000001F: _wide(letter.words), 0x10090102: letter.formatted, 0x10130102: letter.page.encode()}
    found = _listed_properties(counts, {0x001A001F: _wide("IPM.Note"), **words}, {})
    if head == 32:
        found["__nameid_version1.0"] = {f"__substg1.0_{tag:04X}0102": b"" for tag in (2, 3, 4)}
    for place, one in enumerate(letter.files):
        found[f"__attach_version1.0_#{place:08X}"] = _attachment(one)
    return found


def _attachment(one: File) -> Tree:
    numbers = {0x37050003: 5 if one.letter else one.method, 0x37140003: 4 if one.inline else 0}
    values = {0x3707001F: _wide(one.name), 0x370E001F: _wide(one.content_type)}
    if one.method == 1 and not one.letter:
        values[0x37010102] = one.data
    found = _listed_properties(bytes(8), values, numbers)
    if one.letter:
        found["__substg1.0_3701000D"] = _item(one.letter, head=24)
    return found


def _listed_properties(head: bytes, values: Mapping[int, bytes], numbers: Mapping[int, int]) -> dict[str, bytes | Tree]:
    held = {tag: value for tag, value in values.items() if value or tag == 0x37010102}
    entries = [struct.pack("<IIII", tag, 6, number, 0) for tag, number in numbers.items()]
    entries += [struct.pack("<IIII", tag, 6, len(value) + 2 * (tag & 0xFFFF == 0x1F), 0) for tag, value in held.items()]
    return {"__properties_version1.0": head + b"".join(entries)} | {
        f"__substg1.0_{tag:08X}": value for tag, value in held.items()
    }


def _wide(words: str) -> bytes:
    return words.encode("utf-16-le")


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    child: int = _NONE
    right: int = _NONE
    start: int = _END


def compound(tree: Tree) -> bytes:
    """A compound file of version 3 ([MS-CFB]) with these streams and folders."""
    entries = [_Entry("Root Entry", 5)]
    entries[0].child = _listed(tree, entries)
    small = b""
    sectors: list[bytes] = []
    fat: list[int] = []

    def put(data: bytes) -> int:
        start, many = len(sectors), -(-len(data) // 512)
        sectors.extend(data[place * 512 : place * 512 + 512].ljust(512, b"\0") for place in range(many))
        fat.extend([*range(start + 1, start + many), _END] if many else ())
        return start if many else _END

    small_fat: list[int] = []
    for one in entries[1:]:
        if one.kind == 2 and len(one.data) >= 4096:
            one.start = put(one.data)
        elif one.kind == 2 and one.data:
            one.start, many = len(small) // 64, -(-len(one.data) // 64)
            small_fat += [*range(one.start + 1, one.start + many), _END]
            small += one.data.ljust(many * 64, b"\0")
    entries[0].start, entries[0].data = put(small), small
    small_start = put(struct.pack(f"<{len(small_fat)}I", *small_fat).ljust(-(-len(small_fat) // 128) * 512, b"\xff"))
    listed = b"".join(map(_entry, entries))
    listed_start = put(listed + _entry(_Entry("", 0)) * (-len(entries) % 4))
    tables = 1
    while tables * 128 < len(sectors) + tables:
        tables += 1
    assert tables <= 109
    first = len(sectors)
    fat += [_FAT] * tables + [_FREE] * (tables * 128 - len(sectors) - tables)
    head = OLE + struct.pack(
        "<16xHHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, listed_start, 0, 4096,
        small_start, -(-len(small_fat) // 128), _END, 0,
    )  # fmt: skip
    head += struct.pack("<109I", *[*range(first, first + tables), *([_FREE] * (109 - tables))])
    return head + b"".join(sectors) + struct.pack(f"<{len(fat)}I", *fat)


def _listed(tree: Tree, entries: list[_Entry]) -> int:
    """The entries of a folder, each to the right of the one before; the number of the first."""
    before: _Entry | None = None
    first = _NONE
    for name in sorted(tree, key=lambda one: (len(one), one.upper())):
        content = tree[name]
        entry = _Entry(name, 2, content) if isinstance(content, bytes) else _Entry(name, 1)
        place = len(entries)
        entries.append(entry)
        if before:
            before.right = place
        else:
            first = place
        before = entry
        if not isinstance(content, bytes):
            entry.child = _listed(content, entries)
    return first


def _entry(one: _Entry) -> bytes:
    name = _wide(one.name)
    start = one.start if one.kind in (2, 5) else 0
    return struct.pack(
        "<64sHBBIII16xI16xIQ", name, len(name) + 2 if name else 0, one.kind, 1, _NONE, one.right, one.child, 0,
        start, len(one.data),
    )  # fmt: skip


# .eml and S/MIME


def eml(letter: Letter, sender: str = "somebody@elsewhere.example") -> bytes:
    """A letter as it travels."""
    return _mime(letter, sender).as_bytes(policy=SMTP)


def _mime(letter: Letter, sender: str) -> EmailMessage:
    found = EmailMessage()
    found["From"], found["Subject"] = sender, "What I was sent"
    found.set_content(letter.page or letter.words, subtype="html" if letter.page else "plain")
    for one in letter.files:
        if one.letter:
            found.add_attachment(_mime(one.letter, sender))
        else:
            main, sub = (one.content_type or "application/octet-stream").split("/")
            found.add_attachment(one.data, main, sub, filename=one.name, cid="<a@b>" if one.inline else None)
    return found


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _open(tag: int, content: bytes) -> bytes:
    """Of a length that is not told, as BER allows."""
    return bytes((tag, 0x80)) + content + b"\0\0"


def cms(number: int, content: bytes) -> bytes:
    """A content of CMS that holds this under 1.2.840.113549.1.7.`number`."""
    return der(0x30, der(6, bytes.fromhex("2a864886f70d0107") + bytes((number,))) + der(0xA0, content))


def signed(inner: bytes, in_pieces: bool = False) -> bytes:
    """A smime.p7m with this signed; `in_pieces` as OpenSSL and Outlook stream it."""
    kind = der(6, bytes.fromhex("2a864886f70d010701"))
    if not in_pieces:
        held = der(0x30, kind + der(0xA0, der(4, inner)))
        return cms(2, der(0x30, der(2, b"\1") + der(0x31, b"") + held + der(0x31, b"")))
    pieces = b"".join(der(4, inner[place : place + 1000]) for place in range(0, len(inner), 1000))
    held = _open(0x30, kind + _open(0xA0, _open(0x24, pieces)))
    body = _open(0x30, der(2, b"\1") + der(0x31, b"") + held + der(0x31, b""))
    return _open(0x30, der(6, bytes.fromhex("2a864886f70d010702")) + _open(0xA0, body))
