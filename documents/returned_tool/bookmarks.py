"""Second layer: the cell around each field's bookmark. Bookmarks survive editors that drop tags."""

from __future__ import annotations

from lxml import etree

from audit.tools import Tool
from documents import layout
from documents.returned_tool.opening import Opened, W


def find(file: Opened, tool: Tool) -> dict[layout.Key, etree._Element]:
    """The bookmarked cells: the whole of each, because people also type beside a control."""
    found: dict[layout.Key, etree._Element] = {}
    for step in tool.steps:
        for one in step.fields:
            place = around(file, layout.tag(step, one))
            if place is not None:
                found[step.id, one.id] = place
    return found


def around(file: Opened, tag: str) -> etree._Element | None:
    """The cell that a control's bookmark starts in, or its paragraph where tables were taken apart."""
    start = file.bookmarks.get(layout.bookmark(tag))
    if start is None:
        return None
    cell = next(start.iterancestors(f"{W}tc"), None)
    return cell if cell is not None else next(start.iterancestors(f"{W}p"), None)
