"""Second layer: the cell around each field's bookmark. Bookmarks survive editors that drop tags."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from audit.tools import Tool
from documents import layout
from documents.returned_tool.opening import Opened, W


def by_name(file: Opened) -> Mapping[str, etree._Element]:
    """Where each bookmark starts."""
    return {start.get(f"{W}name", ""): start for start in file.body.iter(f"{W}bookmarkStart")}


def find(file: Opened, tool: Tool) -> dict[layout.Key, etree._Element]:
    """The bookmarked cells: the whole of each, because people also type beside a control."""
    starts = by_name(file)
    found: dict[layout.Key, etree._Element] = {}
    for step in tool.steps:
        for one in step.fields:
            start = starts.get(layout.bookmark(layout.tag(step, one)))
            place = around(start) if start is not None else None
            if place is not None:
                found[step.id, one.id] = place
    return found


def around(start: etree._Element) -> etree._Element | None:
    """The cell that a bookmark starts in, or its paragraph where tables were taken apart."""
    cell = next(start.iterancestors(f"{W}tc"), None)
    return cell if cell is not None else next(start.iterancestors(f"{W}p"), None)
