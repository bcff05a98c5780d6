"""What editors do to a Word tool when it is opened, filled in and saved: by what was measured and seen."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable

from lxml import etree

from documents import layout
from tests.documents.filling import W
from tests.returned.draft import Draft, controls, drop, empty, is_box, run, unwrap

Editor = Callable[[Draft, random.Random], None]

MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
WPS = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
V = "urn:schemas-microsoft-com:vml"


def word(draft: Draft, chance: random.Random) -> None:
    """Word on a desk keeps everything, and cuts text into runs wherever it was edited or spelled oddly."""
    cut_runs(draft, chance, 0.15)
    for content in draft.root.iter(f"{W}sdtContent"):
        if chance.random() < 0.2 and content.getparent().getparent().tag == f"{W}p":
            content.insert(0, _proof("spellStart"))
            content.append(_proof("spellEnd"))


def _proof(kind: str) -> etree._Element:
    made = etree.Element(f"{W}proofErr")
    made.set(f"{W}type", kind)
    return made


def retyped(draft: Draft, chance: random.Random) -> None:
    """Word, used by somebody who types beside the controls and leaves the placeholders where they are."""
    _by_hand(draft, chance, keep=True)


def browser(draft: Draft, chance: random.Random) -> None:
    """Word in a browser or on a phone, or an old app: text stays where controls were, placeholders beside or glued."""
    _by_hand(draft, chance, keep=False)
    _flatten(draft)


def phone(draft: Draft, chance: random.Random) -> None:
    """An app that keeps neither controls nor bookmarks."""
    browser(draft, chance)
    drop(draft.root, "bookmarkStart", "bookmarkEnd")


def _by_hand(draft: Draft, chance: random.Random, keep: bool) -> None:
    """What was picked or typed moves out of its control; the placeholder goes, or stays beside or glued to it."""
    hollow = {layout.tag(draft.tool.step(key[0]), draft.tool.step(key[0]).field(key[1])): words
              for key, words in layout.placeholders(draft.tool).items()}  # fmt: skip
    for control in controls(draft.root):
        tag = control.find(f"{W}sdtPr/{W}tag")
        placeholder = hollow.get(tag.get(f"{W}val"), "") if tag is not None else ""
        is_block = control.getparent().tag != f"{W}p"
        if not placeholder or is_box(control) or is_block or control.find(f"{W}sdtPr/{W}showingPlcHdr") is not None:
            continue
        how = chance.choice(
            ("before", "behind", "before, spaced", "below") if keep else ("gone", "gone", "before", "behind")
        )
        if how == "gone":
            continue
        words = [copy.deepcopy(child) for child in control.find(f"{W}sdtContent")]
        empty(control, placeholder)
        if how == "below":
            below = etree.Element(f"{W}p")
            below.extend(words)
            control.getparent().addnext(below)
        elif how == "behind":
            for one in reversed(words):
                control.addnext(one)
        else:
            for one in words:
                control.addprevious(one)
            if "spaced" in how:
                control.addprevious(run(" "))


def _flatten(draft: Draft) -> None:
    for control in controls(draft.root):
        unwrap(control)


def libreoffice(draft: Draft, chance: random.Random) -> None:
    """LibreOffice: controls without tags, here and there a list glued to its placeholder; bookmarks stay."""
    hollow = {layout.tag(draft.tool.step(step), draft.tool.step(step).field(one)): words
              for (step, one), words in layout.placeholders(draft.tool).items()}  # fmt: skip
    for control in controls(draft.root):
        tag = control.find(f"{W}sdtPr/{W}tag")
        glued = control.find(f"{W}sdtPr/{W}dropDownList") is not None and chance.random() < 0.3
        if glued and control.find(f"{W}sdtPr/{W}showingPlcHdr") is None:
            text = next(control.find(f"{W}sdtContent").iter(f"{W}t"))
            text.text = f"{text.text}{hollow[tag.get(f'{W}val')]}"
    drop(draft.root, "tag", "alias", "lock", "tblCaption", "tblDescription")
    for place, start in enumerate(draft.root.iter(f"{W}bookmarkStart")):
        end = next(one for one in draft.root.iter(f"{W}bookmarkEnd") if one.get(f"{W}id") == start.get(f"{W}id"))
        end.set(f"{W}id", str(place + 5000))
        start.set(f"{W}id", str(place + 5000))


def google(draft: Draft, chance: random.Random) -> None:
    """Google Docs: no controls, bookmarks or custom properties, its own style names, its own wrappers, a run a word."""
    _by_hand(draft, chance, keep=False)
    _flatten(draft)
    drop(draft.root, "bookmarkStart", "bookmarkEnd", "tblCaption", "tblDescription", "tblHeader", "cantSplit")
    for style in draft.root.iter(f"{W}pStyle"):
        if not style.get(f"{W}val", "").startswith("Heading"):
            style.set(f"{W}val", "Normal")
    cut_runs(draft, chance, 1.0)
    for place, paragraph in enumerate(list(draft.root.iter(f"{W}p"))):
        if paragraph.find(f"{W}r") is not None and chance.random() < 0.1:
            _wrapped(paragraph, place)
    draft.parts["docProps/custom.xml"] = None


def _wrapped(paragraph: etree._Element, place: int) -> None:
    """The control that Google puts around what was edited."""
    made = etree.Element(f"{W}sdt")
    properties = etree.SubElement(made, f"{W}sdtPr")
    etree.SubElement(properties, f"{W}id").set(f"{W}val", str(-place - 1))
    etree.SubElement(properties, f"{W}tag").set(f"{W}val", f"goog_rdk_{place}")
    content = etree.SubElement(made, f"{W}sdtContent")
    first = paragraph.find(f"{W}r")
    first.addprevious(made)
    content.append(first)


def pages(draft: Draft, chance: random.Random) -> None:
    """Pages and the like: names of styles are its own, headings included, and some comments float in text boxes."""
    _by_hand(draft, chance, keep=False)
    _flatten(draft)
    drop(draft.root, "bookmarkStart", "bookmarkEnd", "tblCaption", "tblDescription", "tblHeader")
    for style in draft.root.iter(f"{W}pStyle"):
        style.set(f"{W}val", "Heading" if style.get(f"{W}val", "").startswith("Heading") else "Body")
    draft.parts["docProps/custom.xml"] = None
    for cell in list(draft.root.iter(f"{W}tc")):
        is_answer = cell.getprevious() is not None and cell.getprevious().tag == f"{W}tc"
        if is_answer and cell.find(f".//{W}tbl") is None and chance.random() < 0.1:
            in_text_box(cell, cell.findall(f"{W}p"))


def in_text_box(place: etree._Element, blocks: list[etree._Element]) -> None:
    """Blocks moved into a text box anchored in this cell, with the second copy that Word keeps for old readers."""
    anchor = etree.Element(f"{W}p")
    choice_run = etree.SubElement(anchor, f"{W}r")
    either = etree.SubElement(choice_run, f"{{{MC}}}AlternateContent")
    choice = etree.SubElement(either, f"{{{MC}}}Choice", Requires="wps")
    inline = etree.SubElement(etree.SubElement(choice, f"{W}drawing"), f"{{{WP}}}anchor")
    data = etree.SubElement(etree.SubElement(inline, f"{{{A}}}graphic"), f"{{{A}}}graphicData", uri=WPS)
    box = etree.SubElement(etree.SubElement(data, f"{{{WPS}}}wsp"), f"{{{WPS}}}txbx")
    inside = etree.SubElement(box, f"{W}txbxContent")
    old = etree.SubElement(etree.SubElement(either, f"{{{MC}}}Fallback"), f"{W}pict")
    inside_old = etree.SubElement(
        etree.SubElement(etree.SubElement(old, f"{{{V}}}shape"), f"{{{V}}}textbox"), f"{W}txbxContent"
    )
    inside_old.extend(copy.deepcopy(block) for block in blocks)
    inside.extend(blocks)
    place.append(anchor)


def cut_runs(draft: Draft, chance: random.Random, share: float) -> None:
    """A run a word, for this share of the runs."""
    for one in list(draft.root.iter(f"{W}r")):
        texts = one.findall(f"{W}t")
        if len(texts) != 1 or len(one) > 2 or not texts[0].text or chance.random() >= share:
            continue
        pieces = re.findall(r"\s*\S+|\s+$", texts[0].text)
        for piece in pieces[1:][::-1]:
            other = copy.deepcopy(one)
            other.find(f"{W}t").text = piece
            other.find(f"{W}t").set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            one.addnext(other)
        if pieces:
            texts[0].text = pieces[0]
            texts[0].set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def nothing(draft: Draft, chance: random.Random) -> None:
    """Saved as it is."""


EVERY: dict[str, Editor] = {
    "Word on a desk": word,
    "Word, typed beside the controls": retyped,
    "Word in a browser": browser,
    "Word on a phone": phone,
    "LibreOffice (as measured)": libreoffice,
    "Google Docs": google,
    "Pages": pages,
}
