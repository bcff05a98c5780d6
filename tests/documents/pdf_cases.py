"""Tools as LibreOffice is to print them, plain or changed as people change them, and how they are read."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from lxml import etree

from audit.tools import Tool
from documents import layout, returned_tool
from documents.returned_tool import Reading
from tests.documents import filling
from tests.documents.filling import TOOL, W

Answers = dict[layout.Key, str | tuple[str, ...]]
Change = Callable[[etree._Element], None]

COUNCILS = filling.councils_tools()
COUNTING = "\n".join(
    f"Paragraph {number}: the worker spoke with the child alone and wrote down what was said, and the plan was changed "
    "with the family, who agreed to it in writing on the same day."
    for number in range(60)
)
TRAPS = (
    "Grade for this area\nGood\nWhere is this recorded?\nInadequate\nExceeds good: Beyond good\nQuestion Your answer\n"
    "3 Meeting the worker\n2 Voice of the child\nQuestion\nYour answer\n☒ Not relevant here\nPage 2 of 5\n"
    "AB-0417  ·  small/3\nIf you can"
)

FULL = filling.full_answers()
LONG: Answers = {**FULL, ("planning", "comment"): COUNTING, ("voice", "comment"): COUNTING}
TRAPPED: Answers = {
    **FULL,
    ("planning", "comment"): TRAPS,
    ("voice", "worker_view"): TRAPS,
    ("health", "grade"): "good",
    ("actions", "what_1"): f"https://records.example/{'case-notes/' * 8}",
    ("planning", "evidence"): "W" * 90,
}
LEFT_OUT = (("planning", "grade"), ("voice", "comment"), ("health", "kinds"), ("voice", "statements"))
PART: Answers = {key: value for key, value in FULL.items() if key not in LEFT_OUT}
PASSED: Answers = {key: value for key, value in FULL.items() if key[0] != "health"}


def filled(answers: Answers, tool: Tool = TOOL, change: Change | None = None) -> bytes:
    typed = {key: filling.as_typed(tool, key, value) for key, value in answers.items()}
    data = filling.fill(filling.blank(tool), tool, typed)
    return filling.with_xml(data, change) if change else data


def control(root: etree._Element, tag: str) -> etree._Element:
    return next(node.getparent().getparent() for node in root.iter(f"{W}tag") if node.get(f"{W}val") == tag)


def hedge(root: etree._Element) -> None:
    filling.write(control(root, "planning.grade"), "Requires improvement to Good")
    filling.write(control(root, "voice.grade"), "not good")
    filling.write(control(root, "health.grade"), "Good-")


def strike(root: etree._Element) -> None:
    for tag in ("planning.grade", "voice.comment"):
        run = control(root, tag).find(f"{W}sdtContent/{W}r")
        style = etree.Element(f"{W}rPr")
        etree.SubElement(style, f"{W}strike")
        run.insert(0, style)


def unruled(root: etree._Element) -> None:
    for node in list(root.iter(f"{W}tblBorders", f"{W}tcBorders", f"{W}shd", f"{W}tblStyle")):
        node.getparent().remove(node)


def centred(root: etree._Element) -> None:
    for node in root.iter(f"{W}tcPr"):
        etree.SubElement(node, f"{W}vAlign").set(f"{W}val", "center")


def landscape(root: etree._Element) -> None:
    for node in root.iter(f"{W}pgSz"):
        wide, high = node.get(f"{W}w"), node.get(f"{W}h")
        node.set(f"{W}w", high)
        node.set(f"{W}h", wide)


def more_rows(root: etree._Element) -> None:
    """A row of the auditor's own below the first of every table."""
    for table in root.iter(f"{W}tbl"):
        rows = table.findall(f"{W}tr")
        if len(rows) > 2 and len(rows[0].findall(f"{W}tc")) == 2:
            row = copy.deepcopy(rows[1])
            for text in row.iter(f"{W}t"):
                text.text = ""
            for cell, words in zip(row.findall(f"{W}tc"), ("Something we ask here", "My own words"), strict=True):
                next(cell.iter(f"{W}t")).text = words
            rows[1].addnext(row)


def relabel(old: str, new: str) -> Change:
    def change(root: etree._Element) -> None:
        for text in root.iter(f"{W}t"):
            if text.text == old:
                text.text = new

    return change


def _place(root: etree._Element, words: str) -> int:
    return next(
        at for at, node in enumerate(root.find(f"{W}body")) if node.tag == f"{W}p" and words in "".join(node.itertext())
    )


def headless(root: etree._Element) -> None:
    body = root.find(f"{W}body")
    body.remove(body[_place(root, "2 Voice")])


def twice(root: etree._Element) -> None:
    body = root.find(f"{W}body")
    start, end = _place(root, "2 Voice"), _place(root, "2a Health")
    for offset, node in enumerate([copy.deepcopy(one) for one in body[start:end]]):
        body.insert(end + offset, node)


def not_relevant(root: etree._Element) -> None:
    filling.tick(control(root, layout.not_relevant_tag(TOOL.step("health"))))


def both(*changes: Change) -> Change:
    def change(root: etree._Element) -> None:
        for one in changes:
            one(root)

    return change


def tokens(root: etree._Element) -> None:
    """A short word in each control, different everywhere, to find its place on the page by."""
    for place, node in enumerate(root.iter(f"{W}sdt")):
        filling.write(node, f"q{place:03}q")


def hollow(root: etree._Element) -> None:
    for node in root.iter(f"{W}sdt"):
        filling.write(node, " ")


CASES: dict[str, tuple[Tool, Answers, Change | None]] = {
    "blank": (TOOL, {}, None),
    "full": (TOOL, FULL, None),
    "long": (TOOL, LONG, None),
    "trapped": (TOOL, TRAPPED, None),
    "part": (TOOL, PART, None),
    "passed": (TOOL, PASSED, not_relevant),
    "hedged": (TOOL, {key: value for key, value in FULL.items() if key[1] != "grade"}, hedge),
    "struck": (TOOL, FULL, strike),
    "unruled": (TOOL, FULL, unruled),
    "trapped, unruled": (TOOL, TRAPPED, unruled),
    "centred": (TOOL, FULL, centred),
    "centred, unruled": (TOOL, FULL, both(centred, unruled)),
    "landscape": (TOOL, LONG, landscape),
    "more rows": (TOOL, FULL, more_rows),
    "more rows, unruled": (TOOL, FULL, both(more_rows, unruled)),
    "relabelled": (TOOL, FULL, relabel("Where is this recorded?", "Evidence")),
    "relabelled, unruled": (TOOL, FULL, both(relabel("Where is this recorded?", "Evidence"), unruled)),
    "answered in the label": (TOOL, FULL, relabel("Grade for this area", "Grade for this area: Inadequate, I think")),
    "headless": (TOOL, FULL, headless),
    "headless, unruled": (TOOL, FULL, both(headless, unruled)),
    "twice": (TOOL, FULL, twice),
    "tokens": (TOOL, {}, tokens),
    "hollow": (TOOL, {}, hollow),
    **{tool.id: (tool, filling.full_answers(tool), None) for tool, _ in COUNCILS},
}
UNAMBIGUOUS = (
    "blank", "full", "long", "trapped", "part", "passed", "unruled", "centred", "landscape", "more rows",
    *(tool.id for tool, _ in COUNCILS),
)  # fmt: skip
NEVER_WRONG = tuple(name for name in CASES if name not in ("tokens", "hollow"))


def read(data: bytes, tool: Tool = TOOL) -> Reading:
    return returned_tool.read(data, "Scan of tool (2).pdf", lambda *_: tool, "AB")


def flat(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def values(reading: Reading) -> Mapping[layout.Key, object]:
    return {(one.step_id, one.field_id): flat(one.value) for one in reading.those("read")}


def wrong(reading: Reading, answers: Answers) -> dict[layout.Key, object]:
    """What was read without a question and is not what was answered."""
    return {key: value for key, value in values(reading).items() if value != flat(answers.get(key))}
