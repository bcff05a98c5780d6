"""First layer: content controls, found by their tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from lxml import etree

from audit.tools import Field, FieldKind, Step, Tool
from documents import layout
from documents.returned_tool.found import Found, boxes, in_place
from documents.returned_tool.opening import Opened, W

Controls = Mapping[str, Sequence[etree._Element]]


def by_tag(file: Opened) -> Controls:
    """Every content control by its tag. A copied section brings the same tag twice."""
    found: defaultdict[str, list[etree._Element]] = defaultdict(list)
    for control in file.body.iter(f"{W}sdt"):
        tag = control.find(f"{W}sdtPr/{W}tag")
        if tag is not None:
            found[tag.get(f"{W}val", "")].append(control)
    return found


def find(file: Opened, tool: Tool, placeholders: dict[layout.Key, str]) -> dict[layout.Key, list[Found]]:
    """What the controls of each field hold."""
    controls = by_tag(file)
    return {
        (step.id, one.id): _held(controls, step, one, placeholders[step.id, one.id])
        for step in tool.steps
        for one in step.fields
    }


def _held(controls: Controls, step: Step, one: Field, placeholder: str) -> list[Found]:
    if one.kind is FieldKind.MANY:
        mine = [
            (choice.id, box) for choice in one.choices for box in controls.get(layout.tag(step, one, choice.id), ())
        ]
        held = boxes("control", mine, one.choices)
        return [held] if held else []
    return [in_place("control", control, one, placeholder) for control in controls.get(layout.tag(step, one), ())]
