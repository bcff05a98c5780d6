"""A returned tool, read in layers; each layer is a module. Everything starts as missing; what is in doubt is asked."""

from __future__ import annotations

from audit.tools import Tool
from documents.guard import Kind, Unreadable, kind
from documents.returned_tool.letter import open_letter
from documents.returned_tool.pdf_file import open_pdf
from documents.returned_tool.settling import settle
from documents.returned_tool.source import SaysMore, Source
from documents.returned_tool.values import FieldRead, Identity, Reading, ToolFor
from documents.returned_tool.word_file import open_word

__all__ = [
    "FieldRead", "Identity", "Reading", "Source", "ToolFor", "Unreadable", "identify", "opened", "read", "read_fields",
    "read_source",
]  # fmt: skip


def opened(data: bytes, name: str = "") -> Source:
    """Vet a file and open it by what it is. Raises Unreadable."""
    found = kind(data, name)
    if found is Kind.LETTER:
        return open_letter(data)
    return open_pdf(data) if found is Kind.PDF else open_word(data, name)


def identify(data: bytes, prefix: str, name: str = "") -> Identity:
    """Which audit and which tool the file says it is. Raises Unreadable."""
    return opened(data, name).identity(prefix)


def read(data: bytes, name: str, tool_for: ToolFor, prefix: str) -> Reading:
    """The whole file. Raises Unreadable."""
    return read_source(opened(data, name), name, tool_for, prefix)


def read_source(source: Source, name: str, tool_for: ToolFor, prefix: str) -> Reading:
    """The whole of an opened file."""
    who = source.identity(prefix)
    tool = tool_for(who.tool_id, who.version)
    if tool is None:
        return Reading(name, who, None)
    fields = _fields(source, tool)
    answered = {one.step_id for one in fields if one.state != "missing"}
    passed = source.not_relevant(tool)
    return Reading(
        name,
        who,
        tool,
        fields,
        not_relevant=tuple(step for step in passed if step not in answered),
        contradicted=tuple(step for step in passed if step in answered),
        beside=source.beside(tool) if isinstance(source, SaysMore) else (),
    )


def read_fields(data: bytes, tool: Tool, name: str = "") -> tuple[FieldRead, ...]:
    """Every field of the tool in its order, missing or not. Raises Unreadable."""
    return _fields(opened(data, name), tool)


def _fields(source: Source, tool: Tool) -> tuple[FieldRead, ...]:
    found = source.found(tool)
    return tuple(settle(step, one, found.get((step.id, one.id), ())) for step in tool.steps for one in step.fields)
