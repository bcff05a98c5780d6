"""First layer: content controls, found by their tags."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from audit.tools import Field, FieldKind, Step, Tool
from documents import layout
from documents.returned_tool.found import Found, boxes, is_hollow, without_placeholder
from documents.returned_tool.opening import Opened, W
from documents.returned_tool.prose import words

Held = tuple[Found, etree._Element | None]
"""What a control holds, and the cell that it stands in."""


def find(file: Opened, tool: Tool, placeholders: dict[layout.Key, str]) -> dict[layout.Key, list[Held]]:
    """What the controls of each field hold."""
    return {
        (step.id, one.id): list(_held(file, step, one, placeholders[step.id, one.id]))
        for step in tool.steps
        for one in step.fields
    }


def _held(file: Opened, step: Step, one: Field, placeholder: str) -> Iterator[Held]:
    where = f"{layout.heading(step)}: {one.label}"
    if one.kind is FieldKind.MANY:
        mine = [
            (choice.id, box)
            for choice in one.choices
            for box in file.controls.get(layout.tag(step, one, choice.id), ())
        ]
        copies: dict[etree._Element | None, list[tuple[str, etree._Element]]] = {}
        for choice_id, box in mine:
            copies.setdefault(_cell(box), []).append((choice_id, box))
        for cell, own in copies.items():
            held = boxes("control", own, one.choices, where)
            if held:
                yield held, cell
        return
    for control in file.controls.get(layout.tag(step, one), ()):
        said = without_placeholder(words(control), placeholder)
        hollow = bool(said) and not one.picked and is_hollow(control, placeholder)
        yield Found("control", said, hollow=hollow, where=where), _cell(control)


def _cell(control: etree._Element) -> etree._Element | None:
    return next(control.iterancestors(f"{W}tc"), None)
