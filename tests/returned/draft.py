"""A tool on its way back: its XML, and beside it what should be read from it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from lxml import etree

from audit.answers import Value
from audit.tools import Field, FieldKind, Step, Tool
from documents import layout
from tests.documents import filling
from tests.documents.filling import W14, W
from tests.returned import tools

REFERENCE = "AB-0417"
PREFIX = "AB"
NOT_RELEVANT = ":not_relevant"
"""Stands for a field's id: whether the whole step was marked as not relevant."""


@dataclass(frozen=True, slots=True)
class Right:
    """A careful colleague would have no doubt: it is this.

    `any_order`: on the pages of a PDF a table inside a comment stands line by line, and its words may come so.
    """

    value: Value
    any_order: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing was written. `or_asked`: though something nearby makes it fair to ask ("I'd grade it good")."""

    or_asked: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A careful colleague would ask. `options` must be among those offered; `words` must be shown to the auditor.

    `or_right`: some colleagues would not need to ask; if it is read, then as this and nothing else.
    """

    options: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    or_right: Value | None = None


Expected = Right | Missing | Ask


@dataclass(slots=True)
class Draft:
    """A filled tool that editors and people go on to change, with what should be read from it in the end."""

    tool: Tool
    root: etree._Element
    parts: dict[str, bytes | None] = field(default_factory=dict)
    expected: dict[layout.Key, Expected] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    """Words that answer no field and must still reach somebody."""
    references: tuple[str, ...] = (REFERENCE,)

    def control(self, key: layout.Key, choice_id: str = "") -> etree._Element:
        step, one = self.step_and_field(key)
        return self.tagged(layout.tag(step, one, choice_id))

    def tagged(self, tag: str) -> etree._Element:
        for found in self.root.iter(f"{W}tag"):
            if found.get(f"{W}val") == tag:
                return next(found.iterancestors(f"{W}sdt"))
        raise KeyError(tag)

    def step_and_field(self, key: layout.Key) -> tuple[Step, Field]:
        step = self.tool.step(key[0])
        return step, step.field(key[1])

    def cell(self, key: layout.Key) -> etree._Element:
        _step, one = self.step_and_field(key)
        choice_id = one.choices[0].id if one.kind is FieldKind.MANY else ""
        return next(self.control(key, choice_id).iterancestors(f"{W}tc"))

    def row(self, key: layout.Key) -> etree._Element:
        return next(self.cell(key).iterancestors(f"{W}tr"))

    def label(self, key: layout.Key) -> etree._Element:
        """The cell to the left."""
        return self.row(key).find(f"{W}tc")

    def table(self, key: layout.Key) -> etree._Element:
        return next(self.cell(key).iterancestors(f"{W}tbl"))

    def heading(self, step: Step) -> etree._Element:
        for paragraph in self.root.find(f"{W}body").findall(f"{W}p"):
            style = paragraph.find(f"{W}pPr/{W}pStyle")
            if style is not None and style.get(f"{W}val") == "Heading1" and said(paragraph) == layout.heading(step):
                return paragraph
        raise KeyError(step.id)

    def section(self, step: Step) -> list[etree._Element]:
        """The heading of a step and all that follows, up to the next heading."""
        found = [self.heading(step)]
        for block in found[0].itersiblings():
            style = block.find(f"{W}pPr/{W}pStyle")
            if block.tag == f"{W}sectPr" or (style is not None and style.get(f"{W}val") == "Heading1"):
                break
            found.append(block)
        return found

    def clear(self, key: layout.Key) -> None:
        """An empty control, with its placeholder."""
        empty(self.control(key), layout.placeholders(self.tool)[key])

    def write(self, key: layout.Key, words: str) -> None:
        filling.write(self.control(key), words)

    def keys(self, *kinds: FieldKind, answered: bool = True, grids: bool = False) -> list[layout.Key]:
        """The fields of these kinds, those with a plain right answer only, and without the action rows."""
        return [
            (step.id, one.id)
            for step in self.tool.steps
            for one in step.fields
            if one.kind in kinds
            and (grids or not re.search(r"_\d$", one.id) or step.id != "actions")
            and (not answered or isinstance(self.expected.get((step.id, one.id)), Right))
        ]

    def bytes(self) -> bytes:
        return filling.with_parts(_blank(self.tool), {**self.parts, filling.BODY: etree.tostring(self.root)})

    def part(self, name: str) -> bytes:
        return self.parts.get(name) or filling.parts(_blank(self.tool))[name]


@cache
def _blank(tool: Tool) -> bytes:
    guide = next((guide for one, guide in tools.EVERY if one is tool), None)
    return filling.blank(tool, guide, REFERENCE)


@cache
def _blank_body(tool: Tool) -> bytes:
    return filling.parts(_blank(tool))[filling.BODY]


def blank(tool: Tool) -> Draft:
    """The tool as it was sent out."""
    expected: dict[layout.Key, Expected] = {(step.id, one.id): Missing() for step in tool.steps for one in step.fields}
    expected |= {(step.id, NOT_RELEVANT): Missing() for step in tool.steps if step.may_be_not_relevant}
    return Draft(tool, etree.fromstring(_blank_body(tool)), expected=expected)


def chance(*names: object) -> random.Random:
    """A random source that is the same every time for the same case."""
    return random.Random("/".join(str(name) for name in names))


def said(element: etree._Element) -> str:
    """The words of a piece of XML, as they stand."""
    return "".join(text.text or "" for text in element.iter(f"{W}t"))


def run(words: str, *looks: str) -> etree._Element:
    """A run; looks are names of its properties, with a value behind a colon ("b", "highlight:yellow")."""
    made = etree.Element(f"{W}r")
    if looks:
        made.append(run_properties(looks))
    for place, line in enumerate(words.split("\n")):
        if place:
            etree.SubElement(made, f"{W}br")
        text = etree.SubElement(made, f"{W}t")
        text.text = line
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return made


def run_properties(looks: Iterable[str]) -> etree._Element:
    made = etree.Element(f"{W}rPr")
    for look in looks:
        name, _, value = look.partition(":")
        one = etree.SubElement(made, f"{W}{name}")
        if value:
            one.set(f"{W}val", value)
    return made


def para(*content: str | etree._Element, style: str = "") -> etree._Element:
    """A paragraph of words and runs."""
    made = etree.Element(f"{W}p")
    if style:
        etree.SubElement(etree.SubElement(made, f"{W}pPr"), f"{W}pStyle").set(f"{W}val", style)
    made.extend(run(one) if isinstance(one, str) else one for one in content)
    return made


def table(rows: Iterable[Iterable[str | etree._Element]]) -> etree._Element:
    """A plain table, as somebody draws it."""
    made = etree.Element(f"{W}tbl")
    etree.SubElement(made, f"{W}tblPr")
    etree.SubElement(made, f"{W}tblGrid")
    for row in rows:
        line = etree.SubElement(made, f"{W}tr")
        for one in row:
            etree.SubElement(line, f"{W}tc").append(para(one) if isinstance(one, str) else one)
    return made


def add(cell: etree._Element, *blocks: etree._Element) -> None:
    """Blocks at the end of a cell, which must end in a paragraph."""
    cell.extend(blocks)
    if blocks and blocks[-1].tag != f"{W}p":
        cell.append(para())


def empty(control: etree._Element, placeholder: str) -> None:
    """A control that shows its placeholder again."""
    properties, content = control.find(f"{W}sdtPr"), control.find(f"{W}sdtContent")
    if properties.find(f"{W}showingPlcHdr") is None:
        lock = properties.find(f"{W}lock")
        shows = etree.Element(f"{W}showingPlcHdr")
        lock.addnext(shows) if lock is not None else properties.append(shows)
    for child in list(content):
        content.remove(child)
    hollow = run(placeholder, "rStyle:PlaceholderText", "color:56606E")
    content.append(hollow if control.getparent().tag == f"{W}p" else para(hollow))


def untick(control: etree._Element) -> None:
    control.find(f"{W}sdtPr/{W14}checkbox/{W14}checked").set(f"{W14}val", "0")
    control.find(f".//{W}t").text = "☐"


def wipe(cell: etree._Element) -> None:
    """A cell without anything in it, ready to be written in."""
    for child in list(cell):
        if child.tag != f"{W}tcPr":
            cell.remove(child)


def is_box(control: etree._Element) -> bool:
    return control.find(f"{W}sdtPr/{W14}checkbox") is not None


def controls(root: etree._Element) -> Iterator[etree._Element]:
    """Every control, the innermost first, so that they can be taken apart on the way."""
    return iter(reversed(list(root.iter(f"{W}sdt"))))


def unwrap(control: etree._Element) -> None:
    """What stands in a control stays; the control goes."""
    content = control.find(f"{W}sdtContent")
    for child in list(content):
        control.addprevious(child)
    control.getparent().remove(control)


def drop(root: etree._Element, *names: str) -> None:
    for node in list(root.iter(*(f"{W}{name}" for name in names))):
        node.getparent().remove(node)
