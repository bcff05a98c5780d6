"""A returned tool, read in layers; each layer is a module. Everything starts as missing; what is in doubt is asked."""

from __future__ import annotations

from audit.tools import Field, Step, Tool
from documents import layout
from documents.guard import Unreadable
from documents.returned_tool import bookmarks, controls, headings, not_relevant
from documents.returned_tool.found import in_place
from documents.returned_tool.identity import identity
from documents.returned_tool.opening import Opened, opened
from documents.returned_tool.settling import settle
from documents.returned_tool.values import FieldRead, Identity, Reading, ToolFor

__all__ = ["FieldRead", "Identity", "Reading", "ToolFor", "Unreadable", "identify", "read", "read_fields"]


def identify(data: bytes, prefix: str, name: str = "") -> Identity:
    """Which audit and which tool the file says it is. Raises Unreadable."""
    return identity(opened(data, name), prefix)


def read_fields(data: bytes, tool: Tool, name: str = "") -> tuple[FieldRead, ...]:
    """Every field of the tool in its order, missing or not. Raises Unreadable."""
    file = opened(data, name)
    return _fields(file, tool, headings.sections(file, tool))


def read(data: bytes, name: str, tool_for: ToolFor, prefix: str) -> Reading:
    """The whole file. Raises Unreadable."""
    file = opened(data, name)
    who = identity(file, prefix)
    tool = tool_for(who.tool_id, who.version)
    if tool is None:
        return Reading(name, who, None)
    below = headings.sections(file, tool)
    fields = _fields(file, tool, below)
    answered = {one.step_id for one in fields if one.state != "missing"}
    passed = not_relevant.steps(file, tool, below)
    return Reading(
        name,
        who,
        tool,
        fields,
        not_relevant=tuple(step for step in passed if step not in answered),
        contradicted=tuple(step for step in passed if step in answered),
    )


def _fields(file: Opened, tool: Tool, below: dict[str, headings.Section]) -> tuple[FieldRead, ...]:
    hollow = layout.placeholders(tool)
    tagged = controls.find(file, tool, hollow)
    marked, labelled = bookmarks.find(file, tool), headings.find(below, tool)

    def field(step: Step, one: Field) -> FieldRead:
        key = step.id, one.id
        found = list(tagged[key])
        if key in marked:
            found.append(in_place("bookmark", marked[key], one, hollow[key]))
        for cell in labelled.get(key, ()):
            if cell is not marked.get(key):  # mostly they are the same
                found.append(in_place("heading", cell, one, hollow[key]))
        return settle(step, one, found)

    return tuple(field(step, one) for step in tool.steps for one in step.fields)
