"""Vets what LibreOffice will convert: OpenDocument, old Word files, rich text, and Word files with macros."""

from __future__ import annotations

import re
from xml.parsers import expat

from documents import guard_word, packages
from documents.kinds import Kind
from documents.unreadable import Unreadable

MOST_DEPTH = 2_000

_A_TEXT = "an OpenDocument text"
_MACROS = "it holds macros. Please save it as a Word document (.docx) without them."
_EMBEDDED = "another file is embedded in it. Please take that out and send it again."
_OUTSIDE = "it fetches something from outside. Please take out linked pictures or files."
_LOCKED = "it is locked with a password. Please save it without one."

_ODF_MACROS = re.compile(r"^(basic|scripts|dialogs)/", re.IGNORECASE)
_ODF_OBJECTS = re.compile(r"^object ?\d+($|/)|\.(exe|dll|js|vbs|bat|cmd|ps1|lnk|jar|py)$", re.IGNORECASE)
_XLINK = "http://www.w3.org/1999/xlink href"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0 "
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_META = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0 "
_LINKS = (f"{_TEXT}a", "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0 a", f"{_META}template")
"""What a person has to press, and where a template once came from: neither fetches anything."""
_ELSEWHERE = re.compile(r"^\s*([a-z][a-z0-9+.-]*:|//|\\\\|/|\.\.)", re.IGNORECASE)

_OLE_OBJECT = re.compile(rb"_\0(?:[0-9]\0){8,10}")
"""The names that Word gives to what is embedded: a line and a number."""
_RTF_OBJECT = re.compile(rb"\\(object|objdata|objemb|objlink|objautlink|objocx)(?![a-z])", re.IGNORECASE)
_RTF_OUTSIDE = re.compile(
    rb"\\\*\s*\\template(?![a-z])|INCLUDEPICTURE|INCLUDETEXT|DDEAUTO|\\fldinst\W{0,80}(LINK|DDE)\b", re.IGNORECASE
)


def vet_for_conversion(data: bytes, kind: Kind) -> None:
    """Refuse what LibreOffice should not even see. Raises Unreadable."""
    if kind is Kind.OPEN_DOCUMENT:
        _open_document(data)
    elif kind is Kind.OFFICE_OLD:
        _old_word(data)
    elif kind is Kind.RICH_TEXT:
        _rich_text(data)
    elif kind is Kind.WORD_WITH_MACROS:
        _with_macros(data)
    else:
        raise ValueError(kind)


def _with_macros(data: bytes) -> None:
    """The rules of a plain Word file, but for the macros themselves, which conversion leaves behind."""
    guard_word.vetted(data, may_hold_macros=True)


def _open_document(data: bytes) -> None:
    parts = packages.unpacked(data, _A_TEXT)
    for part, content in parts.items():
        packages.harmless_name(part)
        if _ODF_MACROS.search(part):
            raise Unreadable(_MACROS)
        if _ODF_OBJECTS.search(part):
            raise Unreadable(_EMBEDDED)
        if packages.is_markup(part, content):
            packages.plain_markup(content, _A_TEXT)
            _Elements(content)
    if "content.xml" not in parts:
        raise Unreadable("it is damaged: its text is missing.")


class _Elements:
    """Walks through one part without building a tree, so that depth and number cost nothing."""

    def __init__(self, content: bytes) -> None:
        self.depth = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, ValueError, LookupError) as fault:
            raise Unreadable("it is damaged: its text cannot be read.") from fault

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise Unreadable("it is nested far more deeply than a tool is.")
        if tag == f"{_MANIFEST}encryption-data":
            raise Unreadable(_LOCKED)
        if tag.startswith(_OFFICE) and tag.endswith(("dde-source", "binary-data")):
            raise Unreadable(_OUTSIDE if tag.endswith("dde-source") else _EMBEDDED)
        target = attributes.get(_XLINK, "")
        if target.startswith("vnd.sun.star.script:"):
            raise Unreadable(_MACROS)
        if tag not in _LINKS and _ELSEWHERE.search(target):
            raise Unreadable(_OUTSIDE)

    def _end(self, tag: str) -> None:
        self.depth -= 1


def _old_word(data: bytes) -> None:
    for start in range(512, len(data) - 12, 512):
        if data[start : start + 2] == b"\xec\xa5" and data[start + 11] & 0x01:  # the header's bit for encryption
            raise Unreadable(_LOCKED)
    if _wide("_VBA_PROJECT") in data:
        raise Unreadable(_MACROS)
    if _wide("ObjectPool") in data and _OLE_OBJECT.search(data):
        raise Unreadable(_EMBEDDED)


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")


def _rich_text(data: bytes) -> None:
    if _RTF_OBJECT.search(data):
        raise Unreadable(_EMBEDDED)
    if _RTF_OUTSIDE.search(data):
        raise Unreadable(_OUTSIDE)
    if data.count(b"{") > packages.MOST_ELEMENTS:
        raise Unreadable("it holds far more text than a tool does.")
