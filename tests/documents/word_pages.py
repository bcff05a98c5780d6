"""A tool changed as people change it in Word, and how it is read then."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from documents import layout, returned_tool
from documents.returned_tool import FieldRead, Reading
from tests.documents import filling
from tests.documents.filling import TOOL, W

GRADES = ("Exceeds good", "Good", "Requires improvement", "Inadequate")
LABEL = "Grade for this area"
Change = Callable[[etree._Element], None]


def read(data: bytes) -> Reading:
    return returned_tool.read(data, "tool.docx", lambda *_: TOOL, "AB")


def plain(change: Change, answers: dict[layout.Key, str | tuple[str, ...]] | None = None) -> bytes:
    """The tool with answers, changed on the page, without the tags and bookmarks that nobody sees."""
    data = filling.with_xml(filling.fill(filling.blank(), TOOL, answers or {}), change)
    return filling.without_bookmarks(filling.without_tags(data))


def grade_of(data: bytes, step_id: str = "planning") -> FieldRead:
    return read(data).field(step_id, "grade")


def said(one: FieldRead) -> tuple[str, object, tuple[str, ...]]:
    return one.state, one.value, one.options


ASKED_BOTH = ("unsure", None, ("good", "inadequate"))


def run(words: str, *looks: str) -> etree._Element:
    one = etree.Element(f"{W}r")
    properties = etree.SubElement(one, f"{W}rPr")
    for look in looks:
        name, _, value = look.partition(":")
        etree.SubElement(properties, f"{W}{name}").attrib.update({f"{W}val": value} if value else {})
    for place, part in enumerate(words.split("\n")):
        if place:
            etree.SubElement(one, f"{W}br")
        etree.SubElement(one, f"{W}t").text = part
    return one


def para(*content: str | etree._Element, style: str = "") -> etree._Element:
    one = etree.Element(f"{W}p")
    if style:
        etree.SubElement(etree.SubElement(one, f"{W}pPr"), f"{W}pStyle").set(f"{W}val", style)
    one.extend(run(part) if isinstance(part, str) else part for part in content)
    return one


def table(*rows: tuple[str | etree._Element, ...], spans: dict[tuple[int, int], int] | None = None) -> etree._Element:
    made = etree.Element(f"{W}tbl")
    for place, row in enumerate(rows):
        tr = etree.SubElement(made, f"{W}tr")
        for column, content in enumerate(row):
            tc = etree.SubElement(tr, f"{W}tc")
            if span := (spans or {}).get((place, column)):
                etree.SubElement(etree.SubElement(tc, f"{W}tcPr"), f"{W}gridSpan").set(f"{W}val", str(span))
            tc.append(para(content) if isinstance(content, str) else content)
    return made


def control(root: etree._Element, tag: str) -> etree._Element:
    name = next(one for one in root.iter(f"{W}tag") if one.get(f"{W}val") == tag)
    return next(name.iterancestors(f"{W}sdt"))


def cell(root: etree._Element, tag: str) -> etree._Element:
    return next(control(root, tag).iterancestors(f"{W}tc"))


def row(root: etree._Element, tag: str) -> etree._Element:
    return next(control(root, tag).iterancestors(f"{W}tr"))


def around(root: etree._Element, tag: str) -> etree._Element:
    return next(control(root, tag).iterancestors(f"{W}tbl"))


def heading(root: etree._Element, words: str) -> etree._Element:
    return next(
        one for one in root.iter(f"{W}p") if "".join(one.itertext()) == words and one.find(f"{W}pPr") is not None
    )


def typed(*content: etree._Element, tag: str = "planning.grade") -> Change:
    """These paragraphs in place of an answer."""

    def change(root: etree._Element) -> None:
        place = cell(root, tag)
        for one in place.findall(f"{W}p"):
            place.remove(one)
        place.extend(content)

    return change


def in_a_list(*lines: tuple[str, str]) -> Change:
    """A line a grade, each with its look."""
    return typed(*(para(run(words, *filter(None, [look]))) for words, look in lines))
