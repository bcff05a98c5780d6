"""The words that stand in a piece of a Word file, as a reader of the page would see them."""

from __future__ import annotations

import re

from lxml import etree

from documents.returned_tool.opening import STRUCK, W14, W

_T, _P, _TAB = f"{W}t", f"{W}p", f"{W}tab"
_BREAKS = frozenset((f"{W}br", f"{W}cr"))
_EQUATIONS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/math}t",
    "{http://purl.oclc.org/ooxml/officeDocument/math}t",
)
SAYING = (_T, _TAB, *_BREAKS, f"{W}noBreakHyphen", f"{W}sym", f"{W}ffData", *_EQUATIONS)
"""What stands for something that a reader sees."""

_SYMBOLS = {  # private characters of the symbol fonts that people tick with
    0x4A: "☺", 0x4B: "😐", 0x4C: "☹",
    0x52: "☑", 0xFC: "✓", 0xFE: "☑", 0xFD: "☒", 0xFB: "✕", 0xA8: "☐", 0x6F: "☐", 0x71: "☐", 0x50: "✓", 0x4F: "✕",
}  # fmt: skip
_UNKNOWN = "\ufffd"
"""Stands for a sign that nobody here knows: it may say the opposite of the words beside it."""
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SYMBOL_FONTS = ("wingdings", "webdings", "symbol", "marlett", "zapf", "dingbat")
_MAY_BE_SYMBOL = frozenset("RüþýûP£¨oqO\uf052\uf0fc\uf0fe\uf0fd\uf0fb\uf0a8\uf06f\uf071\uf050\uf04f")

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\ufffc]")


def words(element: etree._Element, struck: bool = False) -> str:
    """The text with its paragraphs and line breaks; without what is struck out, unless that is wanted too."""
    found: list[str] = []
    for node in element.iter(*SAYING, _P, STRUCK) if struck else element.iter(*SAYING, _P):
        if node.tag != _P:
            found.append(said(node))
        elif found and node is not element:
            found.append("\n")
    return tidy("".join(found)) if found else ""


def struck_words(element: etree._Element) -> str:
    """What is struck out in it."""
    return tidy(" ".join(node.text or "" for node in element.iter(STRUCK)))


def said(node: etree._Element) -> str:
    """What one of these says."""
    tag = node.tag
    if tag in (_T, STRUCK):
        text = node.text or ""
        if len(text) == 1 and text in _MAY_BE_SYMBOL:
            return _in_symbols(node, text)
        return text if text.isascii() else _PRIVATE.sub(lambda sign: _SYMBOLS.get(ord(sign[0]) & 0xFF, _UNKNOWN), text)
    if tag in _BREAKS:
        return "\n"
    if tag == _TAB:
        around = node.getparent()
        return "\t" if around is not None and around.tag != f"{W}tabs" else ""
    if tag == f"{W}sym":
        return _symbol(node.get(f"{W}char", ""))
    if tag in _EQUATIONS:
        return node.text or ""
    return _legacy(node) if tag == f"{W}ffData" else "-"


def _symbol(code: str) -> str:
    try:
        return _SYMBOLS.get(int(code, 16) & 0xFF, _UNKNOWN)
    except ValueError:
        return _UNKNOWN


def _in_symbols(node: etree._Element, text: str) -> str:
    """A letter set in a symbol font is the sign that it shows."""
    run = node.getparent()
    fonts = run.find(f"{W}rPr/{W}rFonts") if run is not None else None
    named = " ".join(str(value) for value in fonts.attrib.values()).lower() if fonts is not None else ""
    if any(font in named for font in _SYMBOL_FONTS):
        return _SYMBOLS.get(ord(text) & 0xFF, "")
    return _SYMBOLS.get(ord(text) & 0xFF, "") if "\ue000" <= text <= "\uf8ff" else text


def _legacy(data: etree._Element) -> str:
    """What a form field of old shows: its tick, or the entry chosen. The words of a text field stand behind it."""
    box = data.find(f"{W}checkBox")
    if box is not None:
        state = box.find(f"{W}checked")
        state = box.find(f"{W}default") if state is None else state
        return "☒ " if state is not None and _is_on(state.get(f"{W}val", "1")) else "☐ "
    entries = [entry.get(f"{W}val", "") for entry in data.iterfind(f"{W}ddList/{W}listEntry")]
    chosen = data.find(f"{W}ddList/{W}result")
    chosen = data.find(f"{W}ddList/{W}default") if chosen is None else chosen
    place = chosen.get(f"{W}val", "") if chosen is not None else "0"
    return entries[int(place)] if place.isdecimal() and int(place) < len(entries) else ""


def _is_on(value: str) -> bool:
    return value.lower() in ("1", "true", "on")


def tidy(text: str) -> str:
    """No invisible characters, single spaces at most between words, at most one empty line in a row."""
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    if "\n" not in text:
        return " ".join(text.split())
    text = "\n".join([" ".join(line.split()) for line in text.split("\n")]).strip()
    return re.sub(r"\n{3,}", "\n\n", text) if "\n\n\n" in text else text


def is_checked(control: etree._Element) -> bool | None:
    """Whether a box's own state is ticked; None where it keeps none."""
    state = control.find(f"{W}sdtPr/{W14}checkbox/{W14}checked")
    return _is_on(state.get(f"{W14}val", "1")) if state is not None else None
