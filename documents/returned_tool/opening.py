"""Opens a vetted Word file as trees of XML. Nothing is fetched, nothing is expanded."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
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
    controls: Mapping[str, Sequence[etree._Element]]
    """Content controls by tag. A copied section brings the same tag twice."""
    bookmarks: Mapping[str, etree._Element]
    """Where each bookmark starts, by name."""


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
    return Opened(body, footers, _properties(parts), *_named(body))


def _named(body: etree._Element) -> tuple[dict[str, list[etree._Element]], dict[str, etree._Element]]:
    controls: dict[str, list[etree._Element]] = {}
    bookmarks: dict[str, etree._Element] = {}
    for node in body.iter(f"{W}tag", f"{W}bookmarkStart"):
        if node.tag == f"{W}bookmarkStart":
            bookmarks[node.get(f"{W}name", "")] = node
            continue
        control = next(node.iterancestors(f"{W}sdt"), None)
        if control is not None:
            controls.setdefault(node.get(f"{W}val", ""), []).append(control)
    return controls, bookmarks


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
