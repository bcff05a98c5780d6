"""Third layer: numbered headings, and the label rows of the tables below them, as a person would look for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from audit.tools import Field, Step, Tool
from documents import layout
from documents.returned_tool.alike import SURE, best, likeness, norm, numbered
from documents.returned_tool.opening import Opened, W
from documents.returned_tool.prose import words

_LONGEST_HEADING = 160


@dataclass(slots=True)
class Section:
    """What stands below one heading, up to the next."""

    step: Step
    rank: tuple[bool, bool, float]
    paragraphs: list[str] = field(default_factory=list)
    tables: list[etree._Element] = field(default_factory=list)


def sections(file: Opened, tool: Tool) -> dict[str, Section]:
    """The part of the file below each step's heading. A heading that stands twice equally well counts for neither."""
    titles = [(step, step.number.lower(), norm(step.title)) for step in tool.steps]
    found: list[Section] = []
    for block in file.body.iter(f"{W}p", f"{W}tbl"):
        if next(block.iterancestors(f"{W}tbl"), None) is not None:
            continue
        if block.tag == f"{W}tbl":
            if found:
                found[-1].tables.append(block)
            continue
        text = words(block)
        section = _heading(text, _is_heading(block), titles)
        if section:
            found.append(section)
        elif found:
            found[-1].paragraphs.append(text)
    return _clear(found)


def _is_heading(paragraph: etree._Element) -> bool:
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    return style is not None and style.get(f"{W}val", "").lower().startswith("heading")


def _heading(text: str, styled: bool, titles: Iterable[tuple[Step, str, str]]) -> Section | None:
    if not text or len(text) > _LONGEST_HEADING:
        return None
    number, rest = numbered(text)
    whole = norm(text)
    ranked = []
    for step, its_number, title in titles:
        same_number = number == its_number
        if title in (rest, whole):
            ranked.append(Section(step, (same_number, styled, 100.0)))
        elif styled or same_number:
            score = max(likeness(rest, title), likeness(whole, title))
            if score >= SURE:
                ranked.append(Section(step, (same_number, styled, score)))
    return max(ranked, key=lambda section: section.rank, default=None)


def _clear(found: list[Section]) -> dict[str, Section]:
    clear: dict[str, Section] = {}
    for section in sorted(found, key=lambda one: one.rank, reverse=True):
        other = clear.get(section.step.id)
        if other is None:
            clear[section.step.id] = section
        elif other.rank[:2] == section.rank[:2]:
            other.tables.clear()
            other.paragraphs.clear()
    return clear


def find(below: dict[str, Section], tool: Tool) -> dict[layout.Key, list[etree._Element]]:
    """The cells beside each field's label, below its step's heading."""
    found: dict[layout.Key, list[etree._Element]] = {}
    for step in tool.steps:
        if step.id in below:
            for one, cell in _cells(step, below[step.id].tables):
                found.setdefault((step.id, one.id), []).append(cell)
    return found


def _cells(step: Step, tables: Iterable[etree._Element]) -> Iterator[tuple[Field, etree._Element]]:
    blocks = layout.blocks(step)
    loose = {norm(one.label): one for block in blocks if not isinstance(block, layout.Grid) for one in block}
    grids = [block for block in blocks if isinstance(block, layout.Grid)]
    for table in tables:
        rows = [list(_row(row)) for row in table.iter(f"{W}tr") if _within(row, table)]
        grid = next((one for one in grids if rows and _heads(one, rows[0])), None)
        if grid:
            yield from _grid_cells(grid, rows)
            continue
        for row in rows:
            one = best(_label(row[0]), loose) if len(row) == 2 else None
            if one:
                yield one, row[1]


def _within(row: etree._Element, table: etree._Element) -> bool:
    return next(row.iterancestors(f"{W}tbl"), None) is table


def _row(row: etree._Element) -> Iterator[etree._Element]:
    return (cell for cell in row.iter(f"{W}tc") if next(cell.iterancestors(f"{W}tr"), None) is row)


def _label(cell: etree._Element) -> str:
    """A label is the first paragraph of its cell; what follows are notes."""
    paragraph = next(cell.iter(f"{W}p"), None)
    return words(paragraph) if paragraph is not None else ""


def _heads(grid: layout.Grid, row: list[etree._Element]) -> bool:
    return [norm(words(cell)) for cell in row[1:]] == [norm(column) for column in grid.columns]


def _grid_cells(grid: layout.Grid, rows: list[list[etree._Element]]) -> Iterator[tuple[Field, etree._Element]]:
    named = {norm(row.title): row for row in grid.rows}
    for cells in rows[1:]:
        row = named.get(norm(_label(cells[0]))) if len(cells) == len(grid.columns) + 1 else None
        if row:
            yield from zip(row.fields, cells[1:], strict=True)
