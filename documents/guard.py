"""A file from outside is vetted here before anything parses it. Standard library only."""

from __future__ import annotations

import io
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

Parts = Mapping[str, bytes]
"""The parts of a vetted package by name."""

MOST_BYTES = 25_000_000
MOST_UNPACKED = 100_000_000
MOST_XML = 8_000_000
MOST_ELEMENTS = 400_000
MOST_PARTS = 2_000
MOST_RATIO = 150
_RATIO_FROM = 1_000_000  # small parts of white space pack better than that and harm nobody

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OTHER_KINDS = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a rich text file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"MZ", "a program"),
)
_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MACROS = re.compile(r"(^|/)(vbaproject[^/]*|vbadata\.xml)$", re.IGNORECASE)
_EMBEDDED = re.compile(r"(^|/)(embeddings|activex|ctrlprops)/|(^|/)oleobject|\.(exe|dll|js|vbs|bat|cmd|ps1|lnk)$", re.I)
_ENCODING = re.compile(rb"^[^>]{0,200}?encoding\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
_PLAIN_ENCODINGS = (b"utf-8", b"utf8", b"us-ascii", b"utf-16", b"utf-16le", b"utf-16be")


class Unreadable(Exception):
    """A file that we will not or cannot read. The message says why, as the end of "I could not read it: "."""


def vet(data: bytes, name: str) -> Parts:
    """The parts of a Word file that is safe to parse. Raises Unreadable."""
    _size_and_kind(data, name)
    parts = _unpacked(data)
    for part, content in parts.items():
        _harmless_name(part)
        if _is_markup(part, content):
            _plain_markup(content)
    _a_word_document(parts)
    for part, content in parts.items():
        if part.lower().endswith(".rels"):
            _no_outside_parts(content)
    return parts


def _size_and_kind(data: bytes, name: str) -> None:
    ending = PurePosixPath(name.lower().replace("\\", "/")).suffix
    if not data:
        raise Unreadable("it is empty.")
    if len(data) > MOST_BYTES:
        raise Unreadable(f"it is larger than {MOST_BYTES // 1_000_000} MB.")
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Unreadable("it is locked with a password. Please save it without one.")
        raise Unreadable("it is in an old Office format. Please save it as a Word document (.docx).")
    for start, kind in _OTHER_KINDS:
        if data.startswith(start):
            raise Unreadable(f"it is {kind} and not a Word document (.docx).")
    if ending in (".docm", ".dotm"):
        raise Unreadable("its name says that it holds macros. Please save it as a Word document (.docx).")
    if ending not in (".docx", ""):
        raise Unreadable(f"its name ends in {ending}, and a Word document ends in .docx.")


def _unpacked(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _entries(archive)
    except Unreadable:
        raise
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        struct.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        OverflowError,
        IndexError,
        KeyError,
        AttributeError,
        TypeError,
    ) as fault:  # fmt: skip - what zipfile is known to raise on broken archives
        raise Unreadable("it is damaged, or it is not a Word document.") from fault


def _entries(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MOST_PARTS:
        raise Unreadable("it holds far more parts than a Word document does.")
    names = [entry.filename for entry in entries]
    if len({name.lower() for name in names}) != len(names):
        raise Unreadable("it holds two parts of the same name.")
    parts: dict[str, bytes] = {}
    left = MOST_UNPACKED
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise Unreadable("it is locked with a password. Please save it without one.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable("it is packed in a way that no Word document is.")
        if not entry.is_dir():
            parts[entry.filename] = _content(archive, entry, left)
            left -= len(parts[entry.filename])
    return parts


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """One part, read no further than the caps: the sizes that an archive states may be lies."""
    cap = min(left, max(_RATIO_FROM, entry.compress_size * MOST_RATIO))
    with archive.open(entry) as stream:
        content = stream.read(cap + 1)
    if len(content) > cap:
        raise Unreadable("it unpacks to far more than a Word document does.")
    return content


def _harmless_name(part: str) -> None:
    if part.startswith(("/", "\\")) or "\\" in part or ":" in part or ".." in part.split("/"):
        raise Unreadable("one of its parts has a path that leads out of the file.")
    if _MACROS.search(part):
        raise Unreadable("it holds macros. Please save it as a Word document (.docx) without them.")
    if _EMBEDDED.search(part):
        raise Unreadable("another file is embedded in it. Please take that out and send it again.")


def _is_markup(part: str, content: bytes) -> bool:
    if part.lower().endswith((".xml", ".rels", ".vml", ".xhtml", ".html", ".svg")):
        return True
    return content[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def _plain_markup(content: bytes) -> None:
    if len(content) > MOST_XML or content.count(b"<") > 2 * MOST_ELEMENTS:
        raise Unreadable("it holds far more text than a tool does.")
    flat = content.replace(b"\0", b"") if b"\0" in content else content  # UTF-16 hides nothing that way
    if b"<!DOCTYPE" in flat or b"<!ENTITY" in flat:
        raise Unreadable("it holds a document type definition, which no Word document needs.")
    declared = _ENCODING.match(flat) if flat[:64].lstrip(b"\xef\xbb\xbf\xff\xfe").startswith(b"<?xml") else None
    if declared and declared[1].lower() not in _PLAIN_ENCODINGS:
        raise Unreadable("its text is in an encoding that no Word document uses.")


def _a_word_document(parts: Parts) -> None:
    content_types = parts.get("[Content_Types].xml")
    if content_types is None or "_rels/.rels" not in parts:
        raise Unreadable("it is an archive and not a Word document.")
    flat = content_types.replace(b"\0", b"")
    if b"macroEnabled" in flat:
        raise Unreadable("it holds macros. Please save it as a Word document (.docx) without them.")
    if b"spreadsheetml.sheet.main" in flat or b"presentationml.presentation.main" in flat:
        raise Unreadable("it is a workbook or a presentation and not a Word document (.docx).")
    if _DOCUMENT.encode() not in flat:
        raise Unreadable("what is in it is not a Word document, whatever its name says.")


def _no_outside_parts(content: bytes) -> None:
    try:
        root = ET.fromstring(content)  # noqa: S314 - a DOCTYPE was refused before
    except (ET.ParseError, ValueError, LookupError) as fault:
        raise Unreadable("it is damaged: its list of parts cannot be read.") from fault
    for relation in root.iter():
        outside = relation.get("TargetMode", "").strip().lower() == "external"
        if outside and not relation.get("Type", "").endswith("/hyperlink"):
            raise Unreadable("it fetches something from outside. Please take out linked pictures or templates.")
