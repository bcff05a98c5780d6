"""Comments in the margin: nobody's answer, but one that names another grade puts the grade beside it in doubt."""

from __future__ import annotations

from lxml import etree

from documents.returned_tool.opening import Opened, W


def anchored(file: Opened) -> dict[etree._Element, list[str]]:
    """The comments by the cell, or the paragraph, that they hang on."""
    found: dict[etree._Element, list[str]] = {}
    if not file.comments:
        return found
    seen: set[str] = set()
    for node in file.body.iter(f"{W}commentRangeStart", f"{W}commentReference"):
        name = node.get(f"{W}id", "")
        if name in seen or not file.comments.get(name):
            continue
        seen.add(name)
        cell = next(node.iterancestors(f"{W}tc"), None)
        place = cell if cell is not None else next(node.iterancestors(f"{W}p"), None)
        if place is not None:
            found.setdefault(place, []).append(file.comments[name])
    return found
