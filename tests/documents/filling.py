"""Fills a blank tool as Word does, by the tags of its controls, and rebuilds files part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from lxml import etree

from audit import council, scales, tools
from audit.council import Words
from audit.scales import Guide
from audit.tools import FieldKind, Tool
from documents import blank_tool, layout

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
BODY = "word/document.xml"

WORDS = Words("practice check", "practice checks", "practice tool", "worker", "area", "areas", "Recorder", "the store")

SCALES = scales.parse(
    """
[scale.four]
version = "1"
title = "Four grades"
grade = [
  { id = "exceeds_good", label = "Exceeds good", short = "Beyond good", says = ["outstanding"], shape = "star" },
  { id = "good", label = "Good", short = "Works well", shape = "tick" },
  { id = "requires_improvement", label = "Requires improvement", says = ["ri"], shape = "triangle" },
  { id = "inadequate", label = "Inadequate", shape = "cross", serious = true },
]
[scale.yes_no]
version = "1"
title = "Yes or no"
grade = [{ id = "yes", label = "Yes", says = ["y"] }, { id = "no", label = "No", says = ["n"] }]
[guide.all]
version = "1"
title = "What good looks like"
scale = "four"
[guide.all.means]
exceeds_good = "More than good."
good = "Good work."
requires_improvement = "Nearly there."
inadequate = "Not there."
[guide.all.more]
CL_good = "For care leavers: their own plan."
"""
)

TOOL = tools.parse(
    """
id = "small"
version = "3"
title = "A small tool"
purpose = "To learn."
statuses = ["CL"]
scale = "four"
guide = "all"
worker_view_in_each_section = true
closing_words = { meeting = "Meet the worker first.", learning = "There is always some." }

[[section]]
id = "planning"
title = "Planning"
look_at = "Is there a plan & does it work?"
guidance = "A plan that the family knows. A good plan is <short>."
prompts = ["Who does what?", "By when?"]
check = [{ id = "current", text = "Is there a current plan?", scale = "yes_no" }]
ask = [{ id = "agreed_on", text = "When was it agreed?", kind = "date", hint = "The latest one" }]

[[section]]
id = "voice"
title = "Voice of the child"
always_asked = true
statement = [
  { id = "seen", text = "The child is seen alone" },
  { id = "heard", text = "The child's view changed something" },
  { id = "told", text = "The child was told what was decided" },
]

[[section]]
id = "health"
number = "2a"
title = "Health"
comment = "optional"
ask = [{ id = "kinds", text = "Which checks were made?", kind = "many", choice = [
  { id = "eyes", text = "Eyes" }, { id = "teeth", text = "Teeth" }] }]
""",
    SCALES,
)
GUIDE = SCALES.guides["all"]


def blank(tool: Tool = TOOL, guide: Guide | None = GUIDE, reference: str = "AB-0417") -> bytes:
    return blank_tool.make(
        tool,
        guide,
        WORDS,
        "Anyshire Council",
        reference,
        "C-1001",
        "Sam Reed",
        "Fri 18 Dec 2026",
        "qa@anyshire.example",
    )


def full_answers(tool: Tool = TOOL) -> dict[layout.Key, str | tuple[str, ...]]:
    """An answer to every field, as it should be read back."""
    answers: dict[layout.Key, str | tuple[str, ...]] = {}
    fields = [(step, one) for step in tool.steps for one in step.fields]
    for place, (step, one) in enumerate(fields):
        match one.kind:
            case FieldKind.MANY:
                answers[step.id, one.id] = tuple(choice.id for choice in one.choices[::2])
            case FieldKind.GRADE | FieldKind.CHOICE:
                answers[step.id, one.id] = one.choices[place % len(one.choices)].id
            case FieldKind.DATE:
                answers[step.id, one.id] = f"2026-12-{place % 27 + 1:02}"
            case FieldKind.TEXT:
                answers[step.id, one.id] = f"Seen on file, {place}.\n\nThe mother said “it helps” & <asked> for more."
            case FieldKind.LINE:
                answers[step.id, one.id] = f"Case note {place}"
    return answers


def as_typed(tool: Tool, key: layout.Key, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """What stands in the control for a stored value."""
    one = tool.step(key[0]).field(key[1])
    if isinstance(value, str):
        choice = one.choice(value)
        return choice.label if choice else value
    return value


def fill(data: bytes, tool: Tool, answers: Mapping[layout.Key, str | tuple[str, ...]]) -> bytes:
    """The file with these words in its controls (for MANY, these choice ids ticked)."""

    def filled(root: etree._Element) -> None:
        controls = {tag.get(f"{W}val"): sdt for sdt in root.iter(f"{W}sdt") for tag in sdt.findall(f"{W}sdtPr/{W}tag")}
        for (step_id, field_id), words in answers.items():
            step = tool.step(step_id)
            one = step.field(field_id)
            if isinstance(words, str):
                write(controls[layout.tag(step, one)], words)
                continue
            for choice_id in words:
                tick(controls[layout.tag(step, one, choice_id)])

    return with_xml(data, filled)


def write(control: etree._Element, words: str) -> None:
    """Words in place of a placeholder, as Word leaves them."""
    showing = control.find(f"{W}sdtPr/{W}showingPlcHdr")
    if showing is not None:
        showing.getparent().remove(showing)
    content = control.find(f"{W}sdtContent")
    for run in content.findall(f"{W}r"):
        content.remove(run)
    run = etree.SubElement(content, f"{W}r")
    for place, line in enumerate(words.split("\n")):
        if place:
            etree.SubElement(run, f"{W}br")
        etree.SubElement(run, f"{W}t").text = line


def tick(control: etree._Element) -> None:
    control.find(f"{W}sdtPr/{W14}checkbox/{W14}checked").set(f"{W14}val", "1")
    control.find(f".//{W}t").text = "☒"


def with_xml(data: bytes, change: Callable[[etree._Element], None], part: str = BODY) -> bytes:
    root = etree.fromstring(parts(data)[part])
    change(root)
    return with_parts(data, {part: etree.tostring(root)})


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_parts(data: bytes, changed: Mapping[str, bytes | None]) -> bytes:
    """The file with parts added, changed or (None) taken out."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts(data), **changed}.items():
            if content is not None:
                archive.writestr(name, content)
    return file.getvalue()


def without_tags(data: bytes) -> bytes:
    """What other editors do to it: the controls stay, their tags go."""

    def untag(root: etree._Element) -> None:
        for tag in list(root.iter(f"{W}tag")):
            tag.getparent().remove(tag)

    return with_xml(data, untag)


def without_bookmarks(data: bytes) -> bytes:
    def unmark(root: etree._Element) -> None:
        for mark in list(root.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd")):
            mark.getparent().remove(mark)

    return with_xml(data, unmark)


def councils_tools() -> list[tuple[Tool, Guide | None]]:
    """Every tool of every council in the repository."""
    found: list[tuple[Tool, Guide | None]] = []
    for folder in sorted(path.parent for path in Path("councils").glob("*/policy.toml")):
        texts = {
            str(file.relative_to(folder)): file.read_text()
            for file in (*folder.glob("*.toml"), *folder.glob("tools/*.toml"))
        }
        try:
            one = council.parse(texts)
        except council.BadCouncil:
            continue  # its own tests say so
        found += [(tool, one.guide(tool)) for tool in one.tools.values()]
    return found
