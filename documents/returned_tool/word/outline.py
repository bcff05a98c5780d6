"""A Word file's body as paragraphs and tables, walked once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from documents.returned_tool.opening import BOXED, STRUCK, W
from documents.returned_tool.prose import SAYING, said, tidy

_P, _TBL, _TR, _TC = f"{W}p", f"{W}tbl", f"{W}tr", f"{W}tc"
_STYLE, _OUTLINED = f"{W}pStyle", f"{W}outlineLvl"
_VALUE = f"{W}val"
_SPAN, _MERGE, _BEFORE = f"{W}gridSpan", f"{W}vMerge", f"{W}gridBefore"
_SAYING = frozenset((*SAYING, STRUCK))
_MOST_COLUMNS = 63  # Word's own limit


@dataclass(slots=True)
class Paragraph:
    """A paragraph, with what is struck out in it."""

    element: etree._Element
    text: str
    heads: str
    """Its style, where that is a heading's."""
    boxed: bool
    """Whether it stood in a text box."""


@dataclass(slots=True)
class Cell:
    """A table cell: the columns of the grid that it covers, and whether it goes on from the row above."""

    element: etree._Element
    start: int
    span: int
    goes_on: bool
    blocks: list[Paragraph | Table] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that stands in it, struck out or not."""
        if len(self.blocks) == 1 and isinstance(self.blocks[0], Paragraph):
            return self.blocks[0].text  # tidy already
        return tidy("\n".join(_texts(self.blocks)))

    @property
    def lines(self) -> list[str]:
        """The texts of its own paragraphs that are not empty."""
        return [one.text for one in self.blocks if isinstance(one, Paragraph) and one.text]

    @property
    def tables(self) -> list[Table]:
        """The tables inside it."""
        return [one for one in self.blocks if isinstance(one, Table)]


@dataclass(slots=True)
class Row:
    """A table row; `width` is the number of grid columns that it covers."""

    cells: list[Cell] = field(default_factory=list)
    width: int = 0


@dataclass(slots=True)
class Table:
    """A table."""

    element: etree._Element
    rows: list[Row] = field(default_factory=list)


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole body. A table of one cell that holds tables is a frame, and what is in it stands by itself."""

    blocks: list[Block]
    cells: dict[etree._Element, Cell]


def outline(body: etree._Element) -> Outline:
    """The outline of a body."""
    walk = _Walk(body)
    return Outline(list(_flat(walk.blocks)), walk.cells)


def _texts(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.text
        else:
            for row in block.rows:
                yield from (cell.text for cell in row.cells)


def _flat(blocks: list[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Table) and len(block.rows) == 1 and len(block.rows[0].cells) == 1:
            inner = block.rows[0].cells[0].blocks
            if any(isinstance(one, Table) for one in inner):
                yield from _flat(inner)
                continue
        yield block


class _Walk:
    """One pass over everything in a body. What stands where is looked up by the element that holds it."""

    def __init__(self, body: etree._Element) -> None:
        self.blocks: list[Block] = []
        self._body = body
        self.cells: dict[etree._Element, Cell] = {}
        self._rows: dict[etree._Element, Row] = {}
        self._tables: dict[etree._Element, Table] = {}
        self._paragraph: Paragraph | None = None
        self._said: list[str] = []
        starts = {_P: self._start, _TBL: self._table, _TR: self._row, _TC: self._cell}
        for node in body.iter(*starts, *_SAYING, _STYLE, _OUTLINED, _SPAN, _MERGE, _BEFORE):
            tag = node.tag
            if tag in _SAYING:
                self._said.append(said(node))
            elif tag in starts:
                starts[tag](node)
            elif tag != _STYLE or node.get(_VALUE, "")[:7].lower() == "heading":  # most styles are no heading's
                self._property(node, tag)
        self._end()

    def _end(self) -> None:
        if self._paragraph is not None and self._said:
            self._paragraph.text = tidy("".join(self._said))
        self._said.clear()

    def _start(self, node: etree._Element) -> None:
        self._end()
        self._paragraph = Paragraph(node, "", "", node.get(BOXED) is not None)
        self._around(node).append(self._paragraph)

    def _around(self, node: etree._Element) -> list[Block]:
        holder = node.getparent()
        while holder is not None and holder is not self._body:
            if holder.tag == _TC:
                cell = self.cells.get(holder)
                return cell.blocks if cell is not None else self.blocks
            holder = holder.getparent()
        return self.blocks

    def _table(self, node: etree._Element) -> None:
        self._tables[node] = table = Table(node)
        self._around(node).append(table)

    def _row(self, node: etree._Element) -> None:
        table = self._tables.get(_up(node, _TBL))
        if table is not None:
            self._rows[node] = row = Row()
            table.rows.append(row)

    def _cell(self, node: etree._Element) -> None:
        row = self._rows.get(_up(node, _TR))
        if row is not None:
            self.cells[node] = cell = Cell(node, row.width, 1, False)
            row.cells.append(cell)
            row.width += 1

    def _property(self, node: etree._Element, tag: str) -> None:
        if tag in (_STYLE, _OUTLINED):
            name = "" if tag == _OUTLINED else node.get(_VALUE, "").lower()
            if self._paragraph is not None and _up(node, _P) is self._paragraph.element:
                self._paragraph.heads = name or self._paragraph.heads or "outlined"
            return
        row = self._rows.get(_up(node, _TR))
        if row is None:
            return
        if tag == _BEFORE:
            row.width += _columns(node)
        elif row.cells and tag == _MERGE:
            row.cells[-1].goes_on = node.get(_VALUE, "continue") == "continue"
        elif row.cells:
            row.cells[-1].span = max(1, _columns(node))
            row.width = row.cells[-1].start + row.cells[-1].span


def _up(node: etree._Element, tag: str) -> etree._Element:
    """The nearest of this kind around it; itself where there is none."""
    holder = node.getparent()
    while holder is not None and holder.tag != tag:
        holder = holder.getparent()
    return node if holder is None else holder


def _columns(element: etree._Element) -> int:
    value = element.get(_VALUE, "")
    return min(int(value), _MOST_COLUMNS) if value.isdecimal() else 1
