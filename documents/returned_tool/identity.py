"""Which audit a file belongs to: its property, its first lines, headers and footers are asked; nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from audit.words import references
from documents import cover, layout
from documents.returned_tool.opening import Opened, W
from documents.returned_tool.prose import words
from documents.returned_tool.values import Identity

_FIRST_LINES = 6
_RETURN_BY = re.compile(r"[^\W\d]{2,4}-\d{4,6}\s+·\s+(?:return by|as it stood)\s", re.IGNORECASE)
_TOOL = re.compile(r"([A-Za-z0-9][\w.-]*)/([\w.-]+)")


def identity(file: Opened, prefix: str) -> Identity:
    """What the file says of itself. Words further down, such as a comment on another audit, do not count."""
    footers = [words(footer) for footer in file.footers]
    tool_id = file.properties.get(layout.TOOL_PROPERTY, "")
    version = file.properties.get(layout.VERSION_PROPERTY, "")
    if not (tool_id and version):
        tool_id, version = next(_tools(footers), (tool_id, version))
    return Identity(
        references(file.properties.get(layout.REFERENCE_PROPERTY, ""), prefix),
        references("\n".join((*_first_lines(file), _marked(file), *_fronts(file, prefix))), prefix),
        references("\n".join(footers), prefix),
        tool_id,
        version,
    )


def _first_lines(file: Opened) -> Iterator[str]:
    for place, paragraph in enumerate(file.body.iter(f"{W}p")):
        if place == _FIRST_LINES or next(paragraph.iterancestors(f"{W}tbl"), None) is not None:
            return
        yield words(paragraph)


def _marked(file: Opened) -> str:
    """The paragraph that our own bookmark stands in, wherever it is now."""
    start = file.bookmarks.get(layout.REFERENCE_BOOKMARK)
    place = next(start.iterancestors(f"{W}p"), None) if start is not None else None
    return words(place) if place is not None else ""


def _fronts(file: Opened, prefix: str) -> Iterator[str]:
    """Our own first page, wherever in the file it stands: another one further down is another tool."""
    if len(references("".join(one.text or "" for one in file.body.iter(f"{W}t")), prefix)) < 2:
        return
    for paragraph in file.body.iter(f"{W}p"):
        if _RETURN_BY.match(said := words(paragraph)):
            yield said
    for row in file.body.iter(f"{W}tr"):
        cells = row.findall(f"{W}tc")
        if len(cells) > 1 and words(cells[0]).strip(" :") == cover.FACTS[0]:
            yield words(cells[1])


def _tools(footers: list[str]) -> Iterator[tuple[str, str]]:
    for footer in footers:
        for match in _TOOL.finditer(footer):
            yield match[1], match[2]
