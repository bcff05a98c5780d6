"""The words that stand in a piece of a Word file, as a reader of the page would see them."""

from __future__ import annotations

import re

from lxml import etree

from documents.returned_tool.opening import W14, W

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DROPPED = frozenset((f"{W}del", f"{W}moveFrom", f"{W}pPr", _FALLBACK))
"""What was struck out, tab stops, and the second copy of a text box."""

_SAYING = ("t", "br", "cr", "tab", "noBreakHyphen", "sym", "p")
_SEEN = (*(f"{W}{name}" for name in _SAYING), *_DROPPED)

_SYMBOLS = {  # private characters of the symbol fonts that people tick with
    0x52: "☑", 0xFC: "✓", 0xFE: "☑", 0xFD: "☒", 0xFB: "✕", 0xA8: "☐", 0x6F: "☐", 0x71: "☐",
}  # fmt: skip


_INVISIBLE = dict.fromkeys((*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0xAD, 0xFFFC))


def words(element: etree._Element) -> str:
    """The text with its paragraphs and line breaks: insertions kept, tracked deletions dropped."""
    found: list[str] = []
    walker = etree.iterwalk(element, events=("start", "end"), tag=_SEEN)
    for event, node in walker:
        if event == "start":
            if node.tag in _DROPPED:
                walker.skip_subtree()
            else:
                found.append(_said(node))
        elif node.tag == f"{W}p" and node is not element:
            found.append("\n")
    return tidy("".join(found))


def _said(node: etree._Element) -> str:
    tag = node.tag
    if tag == f"{W}t":
        return node.text or ""
    if tag in (f"{W}br", f"{W}cr"):
        return "\n"
    if tag == f"{W}tab":
        return "\t"
    if tag == f"{W}noBreakHyphen":
        return "-"
    if tag == f"{W}sym":
        return _symbol(node.get(f"{W}char", ""))
    return ""


def _symbol(code: str) -> str:
    try:
        return _SYMBOLS.get(int(code, 16) & 0xFF, "")
    except ValueError:
        return ""


def tidy(text: str) -> str:
    """No invisible characters, single spaces at most between words, at most one empty line in a row."""
    lines = (" ".join(line.split()) for line in text.translate(_INVISIBLE).split("\n"))
    text = "\n".join(lines).strip()
    return re.sub(r"\n{3,}", "\n\n", text) if "\n\n\n" in text else text


def is_checked(control: etree._Element) -> bool | None:
    """Whether a box's own state is ticked; None where it keeps none."""
    state = control.find(f"{W}sdtPr/{W14}checkbox/{W14}checked")
    if state is None:
        return None
    return state.get(f"{W14}val", "1").lower() in ("1", "true", "on")
