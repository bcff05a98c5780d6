"""The tables below the numbered headings of a tool, found by where words stand on pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from audit.tools import Field, Step, Tool
from documents import layout
from documents.returned_tool.alike import SURE, likeness, norm, numbered
from documents.returned_tool.pages import Line, Mark, Page, Pages, Word, halves, lines

Block = tuple[Field, ...] | layout.Grid

_LONGEST_HEADING = 160

TWICE = "The heading of this part stands there twice."
MORE_TABLES = "There are more tables in this part than the tool has."
SIDE_BY_SIDE = "Two pages are printed on one sheet, and I cannot tell them apart."
OTHER_PAGE = "Its table goes on over a page of another size."


@dataclass(slots=True)
class Portion:
    """The part of a table that stands on one page; `edges` are the left sides of its columns."""

    page: Page
    edges: tuple[float, ...]
    words: list[Word] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A table of questions, or a grid, with what is doubtful about the whole of it."""

    step: Step
    block: Block
    portions: list[Portion]
    turn: int
    """Below which heading it stands, by its place among all headings found."""
    doubt: str = ""
    cut: bool = False
    """Whether a page seems to be missing after it."""


@dataclass(slots=True)
class Sheet:
    """A whole tool on its pages: its tables, and the lines between them, by step."""

    tables: list[Table] = field(default_factory=list)
    between: dict[str, list[str]] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)


def heads(tool: Tool) -> frozenset[str]:
    """The head rows of all its tables, as `norm` gives them."""
    blocks = (block for step in tool.steps for block in layout.blocks(step))
    return frozenset(norm(" ".join(_names(block))) for block in blocks)


def side_by_side(pages: Sequence[Page]) -> tuple[Page, ...]:
    """Pages that were printed two on a sheet, parted again. One that cannot be parted is marked all over."""
    wanted = norm(" ".join(layout.HEADERS))
    starts = [[some[0].left for line in lines(page.words) for some in _head_rows(line, wanted)] for page in pages]
    apart = ((max(some) - min(some)) / page.width for page, some in zip(pages, starts, strict=True) if some)
    if not any(0.4 < one < 0.6 for one in apart):
        return tuple(pages)
    parted: list[Page] = []
    for page in pages:
        x = _white(page)
        whole = replace(page, marks=(*page.marks, Mark(0, 0, page.width, page.height, SIDE_BY_SIDE)))
        parted += halves(page, x) if x else (whole,)
    return tuple(parted)


def _head_rows(line: Line, wanted: str) -> Iterator[list[Word]]:
    start, many = wanted.split()[0], len(wanted.split())
    if not any(word.text.lower().startswith(start) for word in line.words):
        return
    for place in range(len(line.words) - many + 1):
        some = line.words[place : place + many]
        if norm(" ".join(word.text for word in some)) == wanted:
            yield some


def _white(page: Page) -> float:
    """The middle of the white strip that goes down the middle of a page; 0 where there is none."""
    middle = page.width / 2
    left = max((word.right for word in page.words if word.left < middle), default=0.0)
    right = min((word.left for word in page.words if word.left >= middle), default=page.width)
    return (left + right) / 2 if right - left > 0.02 * page.width else 0.0


def sheet(bare: Pages, tool: Tool) -> Sheet:
    """What stands where."""
    reading = _Scan(tool)
    for page in bare.pages:
        reading.page(page)
    if bare.cut and reading.found.tables:
        reading.found.tables[-1].cut = True
    return reading.found


class _Scan:
    """Goes down the pages line by line and knows which table it is in."""

    def __init__(self, tool: Tool) -> None:
        self.found = Sheet()
        self._titles = [(step, step.number.lower(), norm(step.title)) for step in tool.steps]
        self._numbers = frozenset(number for _, number, _ in self._titles)
        self._blocks = {step.id: layout.blocks(step) for step in tool.steps}
        self._step: Step | None = None
        self._table: Table | None = None
        self._turn = 0

    def page(self, page: Page) -> None:
        """Take in one more page. After a page that is missing nothing is known until the next heading."""
        if page.gap:
            if self._table:
                self._table.cut = True
            self._step = self._table = None
        all_lines = lines(page.words)
        place = 0
        while place < len(all_lines):
            line, below = all_lines[place], all_lines[place + 1 : place + 2]
            step, many = self._heading(line, below)
            if step:
                self._step, self._table, self._turn = step, None, self._turn + 1
                place += many
                continue
            self._line(page, line, first=place == 0)
            place += 1

    def _line(self, page: Page, line: Line, first: bool) -> None:
        if self._step is None:
            return
        block, edges = self._head(line)
        if block is not None:
            self._open(page, block, edges, first)
        elif self._table is None:
            self.found.between.setdefault(self._step.id, []).append(line.text)
        else:
            self._portion(self._table, page).words.extend(line.words)

    def _heading(self, line: Line, below: Sequence[Line]) -> tuple[Step | None, int]:
        """The step whose heading this line is, alone or with the line below it."""
        if self._table is not None:
            edges = self._table.portions[-1].edges
            if line.left > edges[0] + line.height or len(line.pieces()) > 1:
                return None, 0
        for text, many in [(line.text, 1), *((f"{line.text} {one.text}", 2) for one in below)]:
            if len(text) <= _LONGEST_HEADING and (step := self._titled(text)):
                return step, many
        return None, 0

    def _titled(self, text: str) -> Step | None:
        number, rest = numbered(text)
        if self._table is not None and number not in self._numbers:
            return None
        for step, its_number, title in self._titles:
            if number == its_number and likeness(rest, title) >= SURE:
                return step
            if self._table is None and norm(text) == title and step is not self._step:
                return step
        return None

    def _head(self, line: Line) -> tuple[Block | None, tuple[float, ...]]:
        """The table whose head row this line is, and where its columns start."""
        assert self._step
        if self._table is not None and line.left > self._table.portions[-1].edges[1] - line.height:
            return None, ()  # words in an answer that look like a head row
        for block in self._blocks[self._step.id]:
            edges = _edges(line, _names(block))
            if edges:
                return block, edges
        return None, ()

    def _open(self, page: Page, block: Block, edges: tuple[float, ...], first: bool) -> None:
        assert self._step
        table = self._table
        if table and first and _names(table.block) == _names(block):
            table.portions.append(Portion(page, edges))  # a head row repeated on the next page
            return
        alike = [one for one in self._blocks[self._step.id] if _names(one) == _names(block)]
        used = [one for one in self.found.tables if one.step is self._step and _names(one.block) == _names(block)]
        if any(one.turn != self._turn for one in self.found.tables if one.step is self._step):
            self.found.doubts[self._step.id] = TWICE
        elif len(used) >= len(alike):
            self.found.doubts[self._step.id] = MORE_TABLES
        block = alike[min(len(used), len(alike) - 1)]
        self._table = Table(self._step, block, [Portion(page, edges)], self._turn)
        self.found.tables.append(self._table)

    def _portion(self, table: Table, page: Page) -> Portion:
        """Where words of this page go; a page that does not repeat the head row has its columns where they were."""
        last = table.portions[-1]
        if last.page is page:
            return last
        if abs(last.page.width - page.width) > 0.02 * page.width:
            table.doubt = table.doubt or OTHER_PAGE
        table.portions.append(Portion(page, last.edges))
        return table.portions[-1]


def _names(block: Block) -> tuple[str, ...]:
    """What the head row says."""
    return (block.name, *block.columns) if isinstance(block, layout.Grid) else layout.HEADERS


def _edges(line: Line, names: Iterable[str]) -> tuple[float, ...]:
    """Where each name starts, if the line says just these names."""
    edges: list[float] = []
    place = 0
    for name in names:
        wanted, start, said = norm(name), place, ""
        while place < len(line.words) and len(said) < len(wanted):
            place += 1
            said = norm(" ".join(word.text for word in line.words[start:place]))
        if place == start or (likeness(said, wanted) < SURE):
            return ()
        edges.append(line.words[start].left)
    return tuple(edges) if place == len(line.words) else ()
