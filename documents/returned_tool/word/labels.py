"""The answers beside, below and behind a field's label in the tables of a section."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from audit.tools import Field, FieldKind, Step
from audit.words import meaning
from documents import layout
from documents.returned_tool.alike import begins, best, norm
from documents.returned_tool.found import without_placeholder
from documents.returned_tool.word import furniture
from documents.returned_tool.word.outline import Block, Cell, Row, Table

_GRADE_COLUMNS = frozenset(("grade", "score", "rating", "judgement", "judgment"))
_NUMBERED = re.compile(r"^\s*(?:\(?\d+(?:\.\d+)*[a-z]?\)?|[a-z]\))[.):]?\s+", re.IGNORECASE)
_INSTRUCTS = re.compile(r"(?:please|required|optional|mandatory|guidance|note to|remember)\b", re.IGNORECASE)
"""How a line begins that somebody put beside a question for others to follow."""
_ANSWER_COLUMNS = frozenset(("your answer", "answer", "your answers", "answers"))


@dataclass(slots=True)
class Place:
    """Where an answer may stand: a cell, or some lines. `sure` where the label leaves no doubt, apart from `doubt`."""

    cell: Cell | None = None
    lines: tuple[str, ...] = ()
    doubt: str = ""
    label: Cell | None = None


@dataclass(slots=True)
class Labelled:
    """What was found in a section's tables: places by field, whole tables with columns, and what belongs to nobody."""

    step: Step
    places: dict[str, list[Place]] = field(default_factory=dict)
    loose: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    """Words of other columns: kept, and never taken for an answer."""

    def add(self, one: Field, place: Place) -> None:
        """Keep a place."""
        self.places.setdefault(one.id, []).append(place)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A row that asks a field."""

    one: Field
    cell: Cell
    rest: str
    exact: bool
    line: int
    also: tuple[Field, ...]
    """Other fields whose labels stand in the same cell."""


class Reader:
    """Reads the tables of one step, again and again where its heading stands more than once."""

    def __init__(self, step: Step, placeholders: Mapping[layout.Key, str]) -> None:
        blocks = layout.blocks(step)
        self.placeholders = placeholders
        self.step = step
        self.labels = {norm(one.label): one for block in blocks if not isinstance(block, layout.Grid) for one in block}
        self.grids = [block for block in blocks if isinstance(block, layout.Grid)]
        self.above = furniture.of_step(step, self.grids)

    def tables(self, blocks: Sequence[Block], found: Labelled) -> Iterator[tuple[Table, list[_Asked | None]]]:
        """Every table with what each of its rows asks; grids are read on the way."""
        for block in blocks:
            if not isinstance(block, Table) or not block.rows:
                continue
            if self._grid(block, found):
                continue
            yield block, [self._asked(row) for row in block.rows]

    def _asked(self, row: Row) -> _Asked | None:
        """What a row asks: by the first line of its first cell, or by the second where a word was put above it."""
        cell = row.cells[0] if row.cells else None
        lines = cell.lines if cell else []
        for place, line in enumerate(lines[:2]):
            found = self._named(line)
            if cell is not None and found is not None and (place == 0 or len(lines[0].split()) < 4):
                also = [one for more in lines[place + 1 :] if (one := self.labels.get(norm(more))) is not None]
                return _Asked(found[0], cell, found[1], found[2], place, tuple(also))
        return None

    def _named(self, line: str) -> tuple[Field, str, bool] | None:
        """The field whose label a line is, what stands behind it, and whether it is exactly that."""
        one = self.labels.get(norm(line))
        if one is not None:
            return one, "", True
        bare = _NUMBERED.sub("", line)
        one = self.labels.get(norm(bare))
        if one is not None:
            return one, "", False
        begun = begins(line, self.labels) or begins(bare, self.labels)
        if begun is not None:
            return begun[0], _behind(begun[0].label, begun[1]), False
        near = best(line, self.labels)
        if near is not None:
            return near, "", False
        for colon in re.finditer(":", line):
            near = best(line[: colon.start()], self.labels)
            if near is not None:
                return near, line[colon.end() :].strip(), False
        return None

    def table(self, table: Table, asked: Sequence[_Asked | None], found: Labelled, taken: set[int]) -> None:
        """The answers of all rows but those that were taken by their columns."""
        exact = {one.one.id for one in asked if one is not None and one.exact}
        header = {cell.start: norm(cell.text) for cell in table.rows[0].cells} if asked and asked[0] is None else {}
        last: Place | None = None
        last_field: Field | None = None
        for row, one in zip(table.rows, asked, strict=True):
            if id(row) in taken:
                last = None
                continue
            if one is not None and (one.exact or one.one.id not in exact):
                last, last_field = self._row(row, one, header, found), one.one
            elif row is table.rows[0] and header and not last:
                self._header(row, found)
            elif last is not None and last_field is not None and self._goes_on(row):
                last = self._below(row, last, last_field, found)
            else:
                found.loose += _told(row)

    def _header(self, row: Row, found: Labelled) -> None:
        said = [line for cell in row.cells for line in cell.lines if not furniture.is_header(line)]
        found.loose += furniture.without(said, self.above)

    def _row(self, row: Row, asked: _Asked, header: Mapping[int, str], found: Labelled) -> Place | None:
        one = asked.one
        beside = row.cells[row.cells.index(asked.cell) + 1 :]
        behind = self._behind(asked)
        told = [line for line in behind if _INSTRUCTS.match(line)]
        found.aside += told
        behind = [line for line in behind if line not in told]
        if one.kind in (FieldKind.GRADE, FieldKind.CHOICE) and behind and not _may_mean(behind, one):
            found.loose += behind
            behind = []
        cell, doubt, others = self._answer(beside, header, one)
        if asked.also and (cell is None or self._empty(cell, one)):
            doubt = "A line in what is written reads like a question of the tool."
            found.add(one, Place(cell, tuple(behind), doubt if behind else "", asked.cell))
            return None
        if asked.also:
            doubt = "Its row was merged with another, so I cannot tell the answers apart."
            for other in asked.also:
                found.add(other, Place(cell, (), doubt, asked.cell))
        found.aside += [line for other in others for line in other.lines]
        place = Place(cell, (), doubt, asked.cell)
        if behind and (cell is None or self._empty(cell, one)):
            place = Place(cell, tuple(behind), "", asked.cell)
        elif asked.also:
            pass
        elif behind and one.kind in (FieldKind.GRADE, FieldKind.CHOICE):
            found.add(one, Place(None, tuple(behind), "", asked.cell))
        elif behind:
            found.loose += behind
        if cell is None and not behind:
            place = Place(None, (), "", asked.cell)
        found.add(one, place)
        return place

    def _behind(self, asked: _Asked) -> list[str]:
        """What somebody wrote into the cell of the label itself."""
        lines = asked.cell.lines[asked.line + 1 :]
        nested = [
            line for table in asked.cell.tables for row in table.rows for cell in row.cells for line in cell.lines
        ]
        kept = furniture.without([*lines, *nested], furniture.of_field(self.step, asked.one))
        if asked.rest:
            picked = asked.one.picked and meaning(asked.rest, asked.one.choices).choice
            first = asked.cell.lines[asked.line]
            parted = ":" in first[-len(asked.rest) - 2 : -len(asked.rest)] if asked.rest in first else False
            if picked or (parted and not asked.one.picked) or len(asked.rest.split()) > 6:
                kept.insert(0, asked.rest)
        return kept

    def _answer(
        self, beside: Sequence[Cell], header: Mapping[int, str], one: Field
    ) -> tuple[Cell | None, str, list[Cell]]:
        """Which of the cells beside a label holds the answer, why that may be wrong, and the other cells."""
        if len(beside) < 2:
            return (beside[0] if beside else None), "", []
        wanted = _ANSWER_COLUMNS | (_GRADE_COLUMNS if one.kind is FieldKind.GRADE else frozenset())
        named = [cell for cell in beside if header.get(cell.start, "") in wanted]
        filled = [cell for cell in beside if not self._empty(cell, one)]
        if len(named) == 1:
            chosen = named[0]
            others = [cell for cell in filled if cell is not chosen]
            picked = one.kind in (FieldKind.GRADE, FieldKind.CHOICE)
            if chosen in filled or len(others) != 1 or (picked and not _may_mean(others[0].lines, one)):
                return chosen, "", others
            return others[0], _elsewhere(header, others[0]), []
        if len(filled) < 2:
            chosen = filled[0] if filled else beside[0]
            doubt = _elsewhere(header, chosen) if chosen is not beside[0] else ""
            return chosen, doubt, []
        if one.kind in (FieldKind.GRADE, FieldKind.CHOICE):
            sure = [cell for cell in filled if meaning(cell.text, one.choices).choice]
            if len(sure) == 1:
                return sure[0], "", [cell for cell in filled if cell is not sure[0]]
        return filled[0], "More than one cell of its row is filled in.", filled[1:]

    def _empty(self, cell: Cell, one: Field) -> bool:
        """Whether a cell holds nothing but boxes, or a placeholder of ours."""
        said = without_placeholder(cell.text, self.placeholders[self.step.id, one.id])
        return not any(char.isalnum() for char in said)

    def _goes_on(self, row: Row) -> bool:
        """Whether a row without a question goes on with the one above: its label is empty, or there is none."""
        if not row.cells:
            return False
        first = row.cells[0]
        return first.goes_on or len(row.cells) == 1 or not first.text

    def _below(self, row: Row, last: Place, one: Field, found: Labelled) -> Place:
        cells = row.cells if len(row.cells) == 1 else row.cells[1:]
        lines = [line for cell in cells for line in cell.lines]
        if not lines:
            return last
        hollow = self.placeholders[self.step.id, one.id]
        bare = without_placeholder("\n".join(lines), hollow)
        if one.kind in (FieldKind.GRADE, FieldKind.CHOICE) and bare and not _may_mean([bare], one):
            found.loose += _told(row)
            return last
        written = last.cell is not None and not self._empty(last.cell, one)
        merged = row.cells[0].goes_on and len(row.cells) > 1
        if len(row.cells) == 1 and (written or last.lines):
            found.loose += lines
            return last
        if not (written or last.lines) or (merged and not one.picked):
            before = (*last.cell.lines,) if written and last.cell is not None else last.lines
            last.lines = (*before, *lines)
            return last
        if one.picked:
            found.add(one, Place(None, tuple(lines), "", last.label))
        else:
            doubt = "It goes on in a row of its own, which I put with it."
            before = (*last.cell.lines,) if last.cell is not None else last.lines
            found.add(one, Place(None, (*before, *lines), doubt, last.label))
        return last

    def _grid(self, table: Table, found: Labelled) -> bool:
        """Whether this table is one of numbered rows; if so, what its cells hold is found."""
        for grid in self.grids:
            titled = [_titled(grid, row) for row in table.rows]
            columns = _columns(grid, table.rows[0])
            if columns is None and sum(one is not None for one in titled) < 2:
                continue
            if columns is None:
                columns = {place: place - 1 for place in range(1, len(grid.columns) + 1)}
            elif titled[0] is None:
                titled[0] = _HEADER
            self._grid_rows(table, titled, columns, found)
            self._numberless(table, grid, titled, columns, found)
            return True
        return False

    def _grid_rows(
        self, table: Table, titled: Sequence[layout.Row | None], columns: Mapping[int, int], found: Labelled
    ) -> None:
        wanted = {cell.start for cell in table.rows[0].cells}
        for row, title in zip(table.rows, titled, strict=True):
            if title is None or title is _HEADER:
                continue
            even = {cell.start for cell in row.cells} == wanted
            for cell in row.cells[1:]:
                if cell.start not in columns:
                    found.aside += cell.lines
                    continue
                doubt = "" if even else "Cells of this row were merged or split."
                found.add(title.fields[columns[cell.start]], Place(cell, (), doubt, row.cells[0]))

    def _numberless(
        self,
        table: Table,
        grid: layout.Grid,
        titled: Sequence[layout.Row | None],
        columns: Mapping[int, int],
        found: Labelled,
    ) -> None:
        """Rows that somebody added: in the first rows that are free, to be asked about; beside all, where none is."""
        free = [row for row in grid.rows if not any(self._filled(one, found) for one in row.fields)]
        for row, title in zip(table.rows, titled, strict=True):
            if title is not None or not any(cell.text for cell in row.cells):
                continue
            if not free or not any(cell.text and cell.start in columns for cell in row.cells):
                found.loose += _told(row)
                continue
            into = free.pop(0)
            found.aside += [line for cell in row.cells if cell.start not in columns for line in cell.lines]
            for cell in row.cells:
                if cell.start in columns and cell.text:
                    doubt = "It stands in a row that was added."
                    found.add(into.fields[columns[cell.start]], Place(None, tuple(cell.lines), doubt, row.cells[0]))

    def _filled(self, one: Field, found: Labelled) -> bool:
        return any(
            place.lines or (place.cell is not None and not self._empty(place.cell, one))
            for place in found.places.get(one.id, ())
        )


_HEADER = layout.Row("", ())
"""Stands for the row that names the columns."""


def _titled(grid: layout.Grid, row: Row) -> layout.Row | None:
    """Which row of the grid a row's title names: "Action 3", "3." or "3"."""
    said = norm(next(iter(row.cells[0].lines), "")) if row.cells else ""
    for one in grid.rows:
        title = norm(one.title)
        if said and said in (title, title.rsplit(" ", 1)[-1]):
            return one
    return None


def _columns(grid: layout.Grid, header: Row) -> dict[int, int] | None:
    """Which grid column of a table stands for which column of the grid, by the header; None if it names them not."""
    names = {norm(name): place for place, name in enumerate(grid.columns)}
    found: dict[int, int] = {}
    for cell in header.cells[1:]:
        place = best(cell.text, names) if cell.text else None
        if place is not None and place not in found.values():
            found[cell.start] = place
    if len(found) == len(grid.columns):
        return found
    if len(found) >= len(grid.columns) - 1 and len(header.cells) == len(grid.columns) + 1:
        return {cell.start: place for place, cell in enumerate(header.cells[1:])}
    return None


def _told(row: Row) -> list[str]:
    """A row that nobody asked for, in a line."""
    said = [" ".join(cell.lines) for cell in row.cells]
    return [" | ".join(filter(None, said))] if any(said) else []


def _elsewhere(header: Mapping[int, str], cell: Cell) -> str:
    name = header.get(cell.start, "")
    return f"It stands in the column “{name.capitalize()}”." if name else "It stands in a column that was added."


def _behind(label: str, rest: str) -> str:
    """What stands behind a label, without the label's own last signs and the colon or dash between."""
    own = re.search(r"\W*$", label)
    rest = rest.strip()
    for sign in own[0].strip() if own else "":
        rest = rest.removeprefix(sign).lstrip()
    return re.sub(r"^[?.*]*\s*(?:[:–—-]+\s*)?", "", rest)


def _may_mean(lines: Sequence[str], one: Field) -> bool:
    """Whether some lines name any of a field's choices."""
    said = meaning("\n".join(lines), one.choices)
    return bool(said.choice or said.options)
