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
STRUCK = f"{W}struckWords"
"""Our own name for the text of a run that is struck out, so that no reader of plain text meets it by chance."""
BOXED = "boxed"
"""Our own attribute of a paragraph or table that stood in a text box."""

_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_FOOTER = re.compile(r"(^|/)(?:footer|header)\d*\.xml$", re.IGNORECASE)
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DELETED = (f"{W}del", f"{W}moveFrom")
_BOX = f"{W}txbxContent"
_STRIKES = (f"{W}strike", f"{W}dstrike")
_HIDDEN = f"{W}vanish"
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    huge_tree=False,
    load_dtd=False,
    remove_comments=True,
    remove_pis=True,
    collect_ids=False,  # nothing is looked up by its XML id
)


@dataclass(frozen=True, slots=True)
class Opened:
    """The parts of a Word file that can hold answers or say whose they are.

    The body is what a reader sees once every change is accepted: deletions are out of it, text boxes stand behind the
    paragraph that holds them, and struck-out text goes by the name of STRUCK.
    """

    body: etree._Element
    footers: tuple[etree._Element, ...]
    """Headers and footers."""
    properties: dict[str, str]
    controls: Mapping[str, Sequence[etree._Element]]
    """Content controls by tag. A copied section brings the same tag twice."""
    bookmarks: Mapping[str, etree._Element]
    """Where each bookmark starts, by name."""
    comments: Mapping[str, str]
    """The words of each comment in the margin, by its id."""
    notes: tuple[str, ...] = ()
    """The words of footnotes and endnotes."""
    deleted: tuple[tuple[etree._Element, str], ...] = ()
    """Tracked deletions: the cell or paragraph that each was in, and its words."""
    hidden: tuple[str, ...] = ()
    """Words that are set as hidden text."""
    has_strikes: bool = False


def opened(data: bytes, name: str) -> Opened:
    """Vet and parse. Raises Unreadable."""
    parts = guard.vet(data, name)
    related = _related(parts)
    main = _first(related, "/officeDocument") or "word/document.xml"
    if main not in parts:
        raise Unreadable("it is damaged: its text is missing.")
    body = _tree(parts[main]).find(f"{W}body")
    if body is None:
        raise Unreadable("it is damaged: its text is missing.")
    footers = tuple(_tree(parts[part]) for part in sorted(parts) if _FOOTER.search(part))
    for footer in footers:
        _as_seen(footer)
    comments = _comments(parts)
    _apply_styles(body, parts.get("word/styles.xml", b""))
    deleted, hidden, has_strikes = _as_seen(body)
    notes = _notes(parts)
    return Opened(
        body, footers, _properties(parts, related), *_named(body), comments, notes, deleted, hidden, has_strikes
    )


def _as_seen(root: etree._Element) -> tuple[tuple[tuple[etree._Element, str], ...], tuple[str, ...], bool]:
    """Make a tree what a reader sees; what was deleted, what is hidden, and whether anything is struck out."""
    deleted: list[tuple[etree._Element, str]] = []
    hidden: list[str] = []
    boxes: list[etree._Element] = []
    has_strikes = False
    for node in list(root.iter(*_DELETED, _FALLBACK, _BOX, _HIDDEN, *_STRIKES)):
        tag = node.tag
        if tag == _BOX:
            boxes.append(node)
        elif tag in _STRIKES:
            has_strikes = _strike(node) or has_strikes
        elif tag == _HIDDEN:
            hidden.append(_hide(node))
        else:
            if _is_of_a_row(node):
                continue
            if tag in _DELETED:
                deleted.append((_around(node), _all_text(node)))
            _remove(node)
    for box in reversed(boxes):
        _unbox(box)
    return tuple(one for one in deleted if one[1].strip()), tuple(filter(str.strip, hidden)), has_strikes


def _is_of_a_row(node: etree._Element) -> bool:
    """Whether a deletion is a whole row's: its words still stand there, and whoever reads them asks."""
    parent = node.getparent()
    return node.tag in _DELETED and parent is not None and parent.tag == f"{W}trPr"


def _remove(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _all_text(node: etree._Element) -> str:
    return "".join(one.text or "" for one in node.iter(f"{W}t", f"{W}delText"))


def _around(node: etree._Element) -> etree._Element:
    """The cell that something stands in, or its paragraph."""
    cell = next(node.iterancestors(f"{W}tc"), None)
    return cell if cell is not None else next(node.iterancestors(f"{W}p"), node)


_LOOKS = (f"{W}strike", f"{W}dstrike", f"{W}vanish")


def _apply_styles(body: etree._Element, content: bytes) -> None:
    """Write what a style strikes out or hides into the runs that have the style, unless a run says otherwise."""
    if not any(name in content for name in (b"strike", b"vanish")):
        return
    looks = _looks_of_styles(content)
    for style in body.iter(f"{W}rStyle", f"{W}pStyle") if looks else ():
        properties = style.getparent()
        holder = properties.getparent() if properties is not None else None
        if holder is None or holder.tag not in (f"{W}r", f"{W}p"):
            continue
        for run in [holder] if holder.tag == f"{W}r" else list(holder.iter(f"{W}r")):
            own = run.find(f"{W}rPr")
            if own is None:
                own = etree.Element(f"{W}rPr")
                run.insert(0, own)
            for look in looks.get(style.get(f"{W}val", ""), ()):
                if own.find(look) is None:
                    etree.SubElement(own, look)


def _looks_of_styles(content: bytes) -> dict[str, frozenset[str]]:
    """What each style strikes out or hides, by its id, with what it takes from the one that it is based on."""
    own: dict[str, tuple[str, dict[str, bool]]] = {}
    for style in _tree(content).iter(f"{W}style"):
        base = style.find(f"{W}basedOn")
        flags = {look: _is_on(flag) for look in _LOOKS if (flag := style.find(f"{W}rPr/{look}")) is not None}
        own[style.get(f"{W}styleId", "")] = (base.get(f"{W}val", "") if base is not None else "", flags)
    found: dict[str, frozenset[str]] = {}
    for name in own:
        flags, at = {}, name
        seen: set[str] = set()
        while at in own and at not in seen:
            seen.add(at)
            flags = {**own[at][1], **flags}
            at = own[at][0]
        if looks := frozenset(look for look, on in flags.items() if on):
            found[name] = looks
    return found


def _is_on(flag: etree._Element) -> bool:
    return flag.get(f"{W}val", "1").lower() not in ("0", "false", "off", "none")


def _run_of(flag: etree._Element) -> etree._Element | None:
    """The run that a property belongs to; None for that of a paragraph's mark."""
    properties = flag.getparent()
    run = properties.getparent() if properties is not None else None
    return run if run is not None and run.tag == f"{W}r" else None


def _strike(flag: etree._Element) -> bool:
    run = _run_of(flag)
    if run is None or not _is_on(flag):
        return False
    for text in run.findall(f"{W}t"):
        text.tag = STRUCK
    return True


def _hide(flag: etree._Element) -> str:
    run = _run_of(flag)
    if run is None or not _is_on(flag):
        return ""
    words = _all_text(run)
    _remove(run)
    return words


def _unbox(box: etree._Element) -> None:
    """Put what a text box holds behind the paragraph that it hangs on."""
    anchor = next(box.iterancestors(f"{W}p"), None)
    if anchor is None:
        return
    for block in reversed(box):
        block.set(BOXED, "1")
        anchor.addnext(block)


def _named(body: etree._Element) -> tuple[dict[str, list[etree._Element]], dict[str, etree._Element]]:
    controls: dict[str, list[etree._Element]] = {}
    bookmarks: dict[str, etree._Element] = {}
    for node in body.iter(f"{W}tag", f"{W}bookmarkStart"):
        if node.tag == f"{W}bookmarkStart":
            bookmarks.setdefault(node.get(f"{W}name", ""), node)
            continue
        properties = node.getparent()
        control = properties.getparent() if properties is not None else None
        if control is not None and control.tag == f"{W}sdt":
            controls.setdefault(node.get(f"{W}val", ""), []).append(control)
    return controls, bookmarks


def _comments(parts: Parts) -> dict[str, str]:
    content = parts.get("word/comments.xml")
    if content is None:
        return {}
    return {comment.get(f"{W}id", ""): _flat_text(comment) for comment in _tree(content).iter(f"{W}comment")}


def _flat_text(element: etree._Element) -> str:
    lines = ("".join(text.text or "" for text in line.iter(f"{W}t")) for line in element.iter(f"{W}p"))
    return " ".join(" ".join(lines).split())


def _notes(parts: Parts) -> tuple[str, ...]:
    found: list[str] = []
    for part in ("word/footnotes.xml", "word/endnotes.xml"):
        if part in parts:
            found += (_flat_text(note) for note in _tree(parts[part]).iter(f"{W}footnote", f"{W}endnote"))
    return tuple(filter(None, found))


def _tree(content: bytes) -> etree._Element:
    if _STRICT in content:  # the strict variant differs only in its names
        content = content.replace(_STRICT, W[1:-1].encode())
    try:
        return etree.fromstring(content, _PARSER)
    except (etree.XMLSyntaxError, ValueError, LookupError) as fault:
        raise Unreadable("it is damaged: its text cannot be read.") from fault


def _related(parts: Parts) -> list[tuple[str, str]]:
    """The kinds of content that the package names, each with its part."""
    return [(one.get("Type", ""), one.get("Target", "")) for one in _tree(parts["_rels/.rels"]).iter()]


def _first(related: Sequence[tuple[str, str]], kind: str) -> str:
    for said, target in related:
        if said.endswith(kind):
            return posixpath.normpath(unquote(target)).lstrip("/")
    return ""


def _properties(parts: Parts, related: Sequence[tuple[str, str]]) -> dict[str, str]:
    part = _first(related, "/custom-properties") or _first(related, "/customProperties")
    if part not in parts:
        return {}
    return {
        entry.get("name", ""): "".join(child.text or "" for child in entry).strip()
        for entry in _tree(parts[part])
        if entry.get("name")
    }
