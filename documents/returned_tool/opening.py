"""Opens a vetted Word file as trees of XML. Nothing is fetched, nothing is expanded."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from documents import guard
from documents.guard import Parts, Unreadable

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_FOOTER = re.compile(r"(^|/)footer\d*\.xml$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Opened:
    """The parts of a Word file that can hold answers or say whose they are."""

    body: etree._Element
    footers: tuple[etree._Element, ...]
    properties: dict[str, str]


def opened(data: bytes, name: str) -> Opened:
    """Vet and parse. Raises Unreadable."""
    parts = guard.vet(data, name)
    main = _related(parts, "/officeDocument") or "word/document.xml"
    if main not in parts:
        raise Unreadable("it is damaged: its text is missing.")
    body = _tree(parts[main]).find(f"{W}body")
    if body is None:
        raise Unreadable("it is damaged: its text is missing.")
    footers = tuple(_tree(parts[part]) for part in sorted(parts) if _FOOTER.search(part))
    return Opened(body, footers, _properties(parts))


def _tree(content: bytes) -> etree._Element:
    if _STRICT in content:  # the strict variant differs only in its names
        content = content.replace(_STRICT, W[1:-1].encode())
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as fault:
        raise Unreadable("it is damaged: its text cannot be read.") from fault


def _related(parts: Parts, kind: str) -> str:
    """The part that the package names for this kind of content."""
    for relation in _tree(parts["_rels/.rels"]).iter():
        if relation.get("Type", "").endswith(kind):
            return posixpath.normpath(unquote(relation.get("Target", ""))).lstrip("/")
    return ""


def _properties(parts: Parts) -> dict[str, str]:
    part = _related(parts, "/custom-properties") or _related(parts, "/customProperties")
    if part not in parts:
        return {}
    return {
        entry.get("name", ""): "".join(child.text or "" for child in entry).strip()
        for entry in _tree(parts[part])
        if entry.get("name")
    }
