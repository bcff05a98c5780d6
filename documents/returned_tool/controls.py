"""First layer: content controls, found by their tags."""

from __future__ import annotations

from audit.tools import Field, FieldKind, Step, Tool
from documents import layout
from documents.returned_tool.found import Found, boxes, in_place
from documents.returned_tool.opening import Opened


def find(file: Opened, tool: Tool, placeholders: dict[layout.Key, str]) -> dict[layout.Key, list[Found]]:
    """What the controls of each field hold."""
    return {
        (step.id, one.id): _held(file, step, one, placeholders[step.id, one.id])
        for step in tool.steps
        for one in step.fields
    }


def _held(file: Opened, step: Step, one: Field, placeholder: str) -> list[Found]:
    if one.kind is FieldKind.MANY:
        mine = [
            (choice.id, box)
            for choice in one.choices
            for box in file.controls.get(layout.tag(step, one, choice.id), ())
        ]
        held = boxes("control", mine, one.choices)
        return [held] if held else []
    return [in_place("control", control, one, placeholder) for control in file.controls.get(layout.tag(step, one), ())]
