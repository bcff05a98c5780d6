"""Unpacks a zip within caps, whatever its headers claim, and looks over the names and the markup in it."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence

from documents.unreadable import Unreadable

Parts = Mapping[str, bytes]
"""The parts of a vetted package by name."""

MOST_UNPACKED = 100_000_000
MOST_XML = 8_000_000
MOST_ELEMENTS = 150_000
MOST_PARTS = 2_000
MOST_RATIO = 150
_RATIO_FROM = 1_000_000  # small parts of white space pack better than that and harm nobody

ZIP = b"PK\x03\x04"
_END = b"PK\x05\x06"
_ENCODING = re.compile(rb"^[^>]{0,200}?encoding\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
_PLAIN_ENCODINGS = (b"utf-8", b"utf8", b"us-ascii", b"utf-16", b"utf-16le", b"utf-16be")
_MARKUP = (".xml", ".rels", ".vml", ".xhtml", ".html", ".svg", ".rdf")

_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError, ValueError,
    NotImplementedError, RuntimeError, OverflowError, IndexError, KeyError, AttributeError, TypeError,
)  # fmt: skip
"""What zipfile is known to raise on broken archives."""


def opening(data: bytes, wanted: Sequence[str]) -> tuple[tuple[str, ...], dict[str, bytes]]:
    """The names of all parts, and the start of those wanted parts that are there. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            held = tuple(entry.filename for entry in archive.infolist())
            return held, {name: _start(archive, name) for name in wanted if name in held}
    except _BROKEN as fault:
        raise Unreadable("it is damaged, or it is not a Word document.") from fault


def _start(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        return stream.read(200_000)


def unpacked(data: bytes, noun: str) -> dict[str, bytes]:
    """Every part. `noun` is what the file should be, as in "a Word document". Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _entries(archive, noun)
    except Unreadable:
        raise
    except _BROKEN as fault:
        raise Unreadable(f"it is damaged, or it is not {noun}.") from fault


def _entries(archive: zipfile.ZipFile, noun: str) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MOST_PARTS:
        raise Unreadable(f"it holds far more parts than {noun} does.")
    called = [entry.filename for entry in entries]
    if len({name.lower() for name in called}) != len(called):
        raise Unreadable("it holds two parts of the same name.")
    _apart(entries)
    parts: dict[str, bytes] = {}
    left = MOST_UNPACKED
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise Unreadable("it is locked with a password. Please save it without one.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable(f"it is packed in a way that no {noun.partition(' ')[2]} is.")
        if not entry.is_dir():
            parts[entry.filename] = _content(archive, entry, left, noun)
            left -= len(parts[entry.filename])
    return parts


def _apart(entries: list[zipfile.ZipInfo]) -> None:
    """No two entries may share their packed bytes: that is how a small file unpacks to a huge one."""
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end:
            raise Unreadable("its parts lie over each other, which no honest file does.")
        end = entry.header_offset + 30 + entry.compress_size


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, noun: str) -> bytes:
    """One part, read no further than the caps: the sizes that an archive states may be lies."""
    cap = min(left, max(_RATIO_FROM, entry.compress_size * MOST_RATIO))
    with archive.open(entry) as stream:
        content = stream.read(cap + 1)
    if len(content) > cap:
        raise Unreadable(f"it unpacks to far more than {noun} does.")
    return content


def harmless_name(part: str) -> None:
    """Raises Unreadable where a name leads out of the file."""
    if part.startswith(("/", "\\")) or "\\" in part or ":" in part or ".." in part.split("/"):
        raise Unreadable("one of its parts has a path that leads out of the file.")


def is_markup(part: str, content: bytes) -> bool:
    """Whether a parser might take it for XML, by its name or by how it begins."""
    if part.lower().endswith(_MARKUP):
        return True
    return content[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def plain_markup(content: bytes, noun: str) -> None:
    """XML without entities and in an encoding that hides nothing. Raises Unreadable."""
    if len(content) > MOST_XML or content.count(b"<") > 2 * MOST_ELEMENTS:
        raise Unreadable("it holds far more text than a tool does.")
    flat = content.replace(b"\0", b"") if b"\0" in content else content  # UTF-16 hides nothing that way
    if b"<!DOCTYPE" in flat or b"<!ENTITY" in flat:
        raise Unreadable(f"it holds a document type definition, which no {noun.partition(' ')[2]} needs.")
    declared = _ENCODING.match(flat) if flat[:64].lstrip(b"\xef\xbb\xbf\xff\xfe").startswith(b"<?xml") else None
    if declared and declared[1].lower() not in _PLAIN_ENCODINGS:
        raise Unreadable(f"its text is in an encoding that no {noun.partition(' ')[2]} uses.")


def ends_as_a_zip(data: bytes) -> bool:
    """Whether a program that looks for a zip from behind would find one here."""
    return _END in data[-66_000:]
