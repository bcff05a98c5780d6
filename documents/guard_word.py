"""Vets the parts of a Word file: no macros, nothing embedded, nothing fetched from outside, plain markup."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from documents import packages
from documents.packages import Parts
from documents.unreadable import Unreadable

A_WORD = "a Word document"
_MACROS = re.compile(r"(^|/)(vbaproject[^/]*|vbadata\.xml)$", re.IGNORECASE)
_EMBEDDED = re.compile(r"(^|/)(embeddings|ctrlprops)/|(^|/)oleobject|\.(exe|dll|js|vbs|bat|cmd|ps1|lnk)$", re.I)
_ACTIVE = re.compile(r"(^|/)activex/", re.IGNORECASE)


def vetted(data: bytes, may_hold_macros: bool = False) -> Parts:
    """The parts of a Word package that is safe to parse. Raises Unreadable."""
    parts = packages.unpacked(data, A_WORD)
    for part, content in parts.items():
        packages.harmless_name(part)
        if not (may_hold_macros and _MACROS.search(part)):
            _no_files_inside(part)
        if packages.is_markup(part, content):
            packages.plain_markup(content, A_WORD)
    if "_rels/.rels" not in parts:
        raise Unreadable("it is damaged: its list of parts is missing.")
    for part, content in parts.items():
        if part.lower().endswith(".rels"):
            _no_outside_parts(content)
    return parts


def _no_files_inside(part: str) -> None:
    if _MACROS.search(part):
        raise Unreadable("it holds macros. Please save it as a Word document (.docx) without them.")
    if _ACTIVE.search(part):
        raise Unreadable("it holds ActiveX controls, which are small programs. Please take them out and send it again.")
    if _EMBEDDED.search(part):
        raise Unreadable("another file is embedded in it. Please take that out and send it again.")


def _no_outside_parts(content: bytes) -> None:
    try:
        root = ET.fromstring(content)  # noqa: S314 - a DOCTYPE was refused before
    except (ET.ParseError, ValueError, LookupError) as fault:
        raise Unreadable("it is damaged: its list of parts cannot be read.") from fault
    for relation in root.iter():
        outside = relation.get("TargetMode", "").strip().lower() == "external"
        if not outside or relation.get("Type", "").endswith("/hyperlink"):
            continue
        if relation.get("Type", "").endswith("/attachedTemplate"):
            raise Unreadable("it fetches its template from outside. Please save it with Word's own template.")
        raise Unreadable("it fetches something from outside. Please take out linked pictures or files.")
