"""Tables whose columns are the choices: the column that a mark stands in is the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.scales import Choice
from audit.tools import Field, FieldKind
from audit.words import meaning
from documents.returned_tool.found import Found
from documents.returned_tool.word.outline import Cell, Row, Table

_MARKS = frozenset("xX✓✔√☒☑✗✘✕×•●*")
_SAID = frozenset(("yes", "y", "tick", "ticked"))
"""Words that stand for a mark."""
_EMPTY = frozenset("☐□○-–—.")
_LONGEST_HEADER = 60
_ASIDE = re.compile(r"\s*\([^()]*\)\s*$")
"""What stands in brackets behind a column's name: "YES (tick)"."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a table stand for, for one field: choices by the grid columns that their header covers."""

    choices: tuple[tuple[range, Choice], ...]
    width: int

    def over(self, cell: Cell) -> list[Choice]:
        """The choices whose columns a cell touches."""
        mine = range(cell.start, cell.start + cell.span)
        return [choice for columns, choice in self.choices if columns.start < mine.stop and mine.start < columns.stop]


def columns(header: Row, one: Field) -> Columns | None:
    """The columns that this row names for a field; None if it names fewer than two of its choices."""
    if one.kind not in (FieldKind.GRADE, FieldKind.CHOICE):
        return None
    named = []
    for cell in header.cells:
        text = " ".join(cell.lines[:1])
        text = _ASIDE.sub("", text).strip("★✓▲✕○ ")
        meant = meaning(text, one.choices).choice if 0 < len(text) <= _LONGEST_HEADER else None
        if meant is not None:
            named.append((range(cell.start, cell.start + cell.span), meant))
    if len(named) < 2 or len({choice.id for _, choice in named}) != len(named):
        return None
    return Columns(tuple(named), header.width)


def read(row: Row, label: Cell | None, one: Field, by: Columns) -> tuple[Found, list[str]]:
    """What the marks of a row say, and the words in it that are none."""
    marked: list[Choice] = []
    doubt, other, said = "", [], []
    for cell in row.cells:
        text = cell.text
        if cell is label or not text or _is_empty(text):
            continue
        over, is_mark = by.over(cell), _is_mark(text)
        if not over:
            if is_mark:
                doubt = "A mark stands in a column that is no answer."
            other += cell.lines
            continue
        meant = meaning(text, one.choices)
        says_so = len(over) == 1 and (meant.choice is over[0] or text.lower() in _SAID)
        if not is_mark and not says_so:
            doubt = f"“{text[:60]}” stands in the column “{over[0].label}”."
        if len(over) > 1:
            doubt = f"The mark stands across the columns {' and '.join(f'“{choice.label}”' for choice in over)}."
        marked += over
        said.append(text)
    if marked and row.width != by.width and not doubt:
        doubt = "Cells of its row were merged or split, so the mark may stand in another column."
    ticks = tuple(choice.id for choice in one.choices if choice in marked)
    return Found("column", "\n".join(said) if said else "", ticks or None, doubt=doubt), other


def _is_mark(text: str) -> bool:
    shown = [char for char in text if not char.isspace() and char not in "[]().\ufe0f"]
    return 0 < len(shown) <= 3 and all(char in _MARKS for char in shown)


def headers(rows: Sequence[Row], fields: Mapping[str, Field]) -> dict[str, Columns]:
    """For each field, the columns that the first rows of a table name."""
    found: dict[str, Columns] = {}
    for row in rows[:2]:
        if len(row.cells) < 3:
            continue
        for field_id, one in fields.items():
            by = columns(row, one) if field_id not in found else None
            if by is not None:
                found[field_id] = by
    return found


def inside(table: Table, one: Field) -> Found | None:
    """What a small table in an answer says: a row of choices and a mark below one, or a row a choice and its mark."""
    by = columns(table.rows[0], one) if len(table.rows) > 1 else None
    if by is None:
        return _rows(table, one)
    found = [read(row, None, one, by) for row in table.rows[1:]]
    marked = [seen for seen, _ in found if seen.ticks or seen.doubt]
    if len(marked) != 1 or any(other for _, other in found):
        return None
    return marked[0]


def _rows(table: Table, one: Field) -> Found | None:
    """Rows of two cells each, a choice and a place for its mark."""
    named: list[Choice] = []
    marked: list[Choice] = []
    for row in table.rows:
        choices = [choice for cell in row.cells if (choice := meaning(cell.text, one.choices).choice)]
        rest = [cell.text for cell in row.cells if cell.text and not meaning(cell.text, one.choices).choice]
        if len(row.cells) != 2 or len(choices) != 1 or not all(_is_mark(text) or _is_empty(text) for text in rest):
            return None
        named += choices
        marked += choices if any(_is_mark(text) for text in rest) else []
    if len({choice.id for choice in named}) != len(named) or len(named) < 2 or not marked:
        return None
    return Found("column", "", tuple(choice.id for choice in one.choices if choice in marked))


def _is_empty(text: str) -> bool:
    return all(char in _EMPTY or char.isspace() or char in "[]()" for char in text)
