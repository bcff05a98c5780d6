"""The rows of one table on its pages: which words belong to which question, and what is doubtful about that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from audit.tools import Field, FieldKind
from documents import layout
from documents.returned_tool.alike import SURE, norm
from documents.returned_tool.page_tables import Portion, Table
from documents.returned_tool.pages import UNREADABLE, Line, Mark, Word, lines

STRADDLES = "On the page it runs across two columns, so I cannot tell what belongs to it."
BESIDE = "Beside it, outside the table, more is written."
BETWEEN_ROWS = "It stands between two questions, so I cannot tell which it answers."
PILED = "On the page words stand on top of each other there."
FOREIGN = "Beside or below its question stand words that are not the tool's."
UNKNOWN_ROW = "Below it is a row that I do not know."
OUT_OF_ORDER = "The questions of this part stand in another order, or twice."
GAP = "A page seems to be missing after it begins."
UNREADABLE_SIGN = "It holds a sign that I cannot read."

_MOST_LABEL_LINES = 6
_NOTE_SURE = 80
_EXACT = 101.0
_LEVEL = 0.7
"""How far apart, in heights of a word, a question and the start of its answer may stand where no rules are drawn."""
_CLEAR = 4
"""How much better than the next the best of labels must be that are not quite the tool's."""


@dataclass(slots=True, eq=False)
class Row:
    """A question and what stands beside it: lines a column, in reading order, page after page.

    `doubts` count only where something is answered; `alarms` count in any case.
    """

    fields: tuple[Field, ...]
    label: str
    page: int
    notes: str = ""
    cells: list[list[Line]] = field(default_factory=list)
    doubts: dict[str, None] = field(default_factory=dict)
    alarms: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a row starts, or (None) where one ends and none that is known starts.

    `label` is the top of its label where no rule shows where the row starts.
    """

    y: float
    row: Row | None
    label: float | None = None


def rows(table: Table) -> tuple[list[Row], bool]:
    """Its questions in the order of the page, each with what stands beside it; and whether it holds others too."""
    reading = _Rows(table)
    placed = [_sorted(portion) for portion in table.portions]
    following = [*(lines(one.columns[0]) for one in placed[1:]), []]
    for portion, here, below in zip(table.portions, placed, following, strict=True):
        reading.portion(portion, here, below)
    if table.cut and reading.found:
        reading.found[-1].doubts[GAP] = None
    if table.doubt:
        for row in reading.found:
            row.doubts[table.doubt] = None
    return reading.found, reading.others


@dataclass(slots=True)
class _Sorted:
    """The words of a portion by column, and those that fit none."""

    columns: list[list[Word]]
    across: list[Line]
    stray: list[tuple[Word, str]]


def _sorted(portion: Portion) -> _Sorted:
    edges = portion.edges
    found = _Sorted([[] for _ in edges], [], [])
    end = _right_end(portion)
    for line in lines(portion.words):
        for piece in line.pieces():
            slack = 0.5 * piece.height
            if any(piece.left < edge - slack and piece.right > edge + slack for edge in edges[1:]):
                found.across.append(piece)
                continue
            for word in piece.words:
                if word.right < edges[0] - slack or word.left > end:
                    found.stray.append((word, BESIDE))
                    continue
                place = max((k for k, edge in enumerate(edges) if word.left >= edge - 0.3 * word.height), default=0)
                if place + 1 < len(edges) and word.right > edges[place + 1] + 0.2 * word.height:
                    found.stray.append((word, STRADDLES))
                else:
                    found.columns[place].append(word)
    return found


def _right_end(portion: Portion) -> float:
    """How far the table goes to the right, by its rules; without end where none is drawn."""
    full = [rule for rule in portion.page.rules if rule.left <= portion.edges[0] and rule.right > portion.edges[-1]]
    return max((rule.right for rule in full), default=float("inf"))


class _Rows:
    """Goes down a table and knows which question it is at."""

    def __init__(self, table: Table) -> None:
        self.found: list[Row] = []
        self.others = False
        self._table = table
        self._named = dict(_expected(table))
        self._order = {label: place for place, label in enumerate(self._named)}
        self._conditions = [norm(one) for one in _conditions(table)]
        self._row: Row | None = None
        self._left = ""
        """What the tool still says below the question that we are at."""
        self._closing = ""

    def portion(self, portion: Portion, placed: _Sorted, below: Sequence[Line]) -> None:
        """Take in what stands on one page. `below` is how the first column goes on, on the next."""
        carried = self._row
        starts = [_Start(float("-inf"), carried), *self._starts(portion, placed, below)]
        starts = _with_ends(starts, portion, placed)
        for column, words in enumerate(placed.columns[1:]):
            self._fill(column, words, starts)
        for word, why in placed.stray:
            for row in _at(starts, word):
                row.alarms[why] = None
        _marked(starts, portion)

    def _starts(self, portion: Portion, placed: _Sorted, below: Sequence[Line]) -> Iterator[_Start]:
        """Where the rows of this page start, from top to bottom."""
        labels = lines(placed.columns[0])
        across = [(one.base, one, True) for one in placed.across]
        events = sorted([*((line.base, line, False) for line in labels), *across], key=lambda event: event[0])
        place, last_base = 0, float("-inf")
        while place < len(events):
            _, line, is_across = events[place]
            if not is_across and self._is_note(line.text, 100):
                place, last_base = place + 1, line.base
                continue
            further = [(line.base, line, False) for line in below]
            label, many, sure = ("", 0, 0.0) if is_across else self._label([*events[place:], *further])
            if sure < _EXACT and not is_across and self._is_note(line.text, _NOTE_SURE):
                place, last_base = place + 1, line.base
                continue
            if label:
                row = self._open(label, portion.page.number)
                rules = _rules_between(portion, last_base, line)
                yield _Start(max(rules), row) if rules else _Start(line.top - 0.2 * line.height, row, line.top)
                over = below[: max(0, place + many - len(events))]  # a label that is cut by the end of the page
                self._left = norm(" ".join((*(line.text for line in over), row.notes)))
                place = min(place + many, len(events))
                last_base = events[place - 1][0]
                continue
            if self._is_condition(line.text):
                self._row = None
                yield _Start(line.top, None)
                place, last_base = place + 1, line.base
                continue
            self.others = True
            if not is_across and (rules := _rules_between(portion, last_base, line)):
                self._row = None  # a row that somebody put in
                yield _Start(max(rules), None)
            elif self._row is not None:
                self._row.alarms[STRADDLES if is_across else FOREIGN] = None
            place, last_base = place + 1, line.base

    def _open(self, label: str, page: int) -> Row:
        fields, notes = self._named[label]
        row = Row(fields, label, page, notes, [[] for _ in self._table.portions[0].edges[1:]])
        if any(self._order[one.label] >= self._order[label] for one in self.found):
            for one in (*self.found, row):
                one.doubts[OUT_OF_ORDER] = None
        self.found.append(row)
        self._row, self._left, self._closing = row, notes, ""
        return row

    def _label(self, events: Sequence[tuple[float, Line, bool]]) -> tuple[str, int, float]:
        """The question that starts here, over how many lines it goes, and how sure that is."""
        best: dict[str, tuple[float, int]] = {}
        text = ""
        for count, (_, line, is_across) in enumerate(events[:_MOST_LABEL_LINES], 1):
            if is_across:
                break
            text = norm(f"{text} {line.text}")
            if text in self._named:
                best[text] = (_EXACT, count)  # the longest that is exact
            elif not isinstance(self._table.block, layout.Grid):
                for label in self._named:
                    best[label] = max(best.get(label, (0.0, 0)), (fuzz.ratio(text, label), count))
        ranked = sorted(((*found, label) for label, found in best.items()), reverse=True)
        if not ranked or ranked[0][0] < SURE:
            return "", 0, 0.0
        sure, many, label = ranked[0]
        if sure < _EXACT and len(events) > 1 and self._label(events[1:])[2] > sure:
            return "", 0, 0.0  # it starts a line further down
        if sure < _EXACT and len(ranked) > 1 and sure - ranked[1][0] < _CLEAR:
            return "", 0, 0.0
        return label, many, sure

    def _is_note(self, text: str, sure: float) -> bool:
        """Whether the tool itself says this below the question."""
        said = norm(text)
        if not said:
            return True  # a mark of a grade alone
        rest = _without_start(self._left, said, sure)
        if rest is None:
            return False
        self._left = rest
        return True

    def _is_condition(self, text: str) -> bool:
        """Whether this is the tool's own line above the grid that follows."""
        said = norm(text)
        for whole in (self._closing, *self._conditions):
            rest = _without_start(whole, said, _NOTE_SURE)
            if rest is not None:
                self._closing = rest
                return True
        return False

    def _fill(self, column: int, words: Iterable[Word], starts: Sequence[_Start]) -> None:
        kept: dict[int, list[Word]] = {}
        for word in words:
            owners = _at(starts, word)
            if len(owners) > 1:
                for row in owners:
                    row.doubts[BETWEEN_ROWS] = None
            for row in owners[:1]:
                kept.setdefault(id(row), []).append(word)
        above: Row | None = None
        for start in starts:
            if start.row is None:
                continue
            row = start.row
            found = lines(kept.pop(id(row), ()))
            row.cells[column] += found
            for line in found:
                _odd(row, line)
            if start.label is not None and found and abs(found[0].top - start.label) > _LEVEL * found[0].height:
                row.doubts[BETWEEN_ROWS] = None  # an answer starts where its question does, and this one does not
                if above:
                    above.doubts[BETWEEN_ROWS] = None
            above = row


def _without_start(whole: str, said: str, sure: float) -> str | None:
    """What follows `said` in `whole`, where it starts with that."""
    start = whole[: len(said)]
    if start and (start == said or (sure < 100 and fuzz.ratio(start, said) >= sure)):
        return whole[len(said) :].strip()
    return None


def _odd(row: Row, line: Line) -> None:
    if line.piled:
        row.alarms[PILED] = None
    for word in line.words:
        if word.odd:
            row.alarms[word.odd] = None
        elif UNREADABLE in word.text and row.fields[0].kind is not FieldKind.MANY:
            row.alarms[UNREADABLE_SIGN] = None


def _expected(table: Table) -> Iterator[tuple[str, tuple[tuple[Field, ...], str]]]:
    """What the first column says, row by row, with the fields of the row and what stands below the label."""
    if isinstance(table.block, layout.Grid):
        for row in table.block.rows:
            yield norm(row.title), (row.fields, "")
        return
    for one in table.block:
        graded = one.choices if one.kind is FieldKind.GRADE else ()
        notes = (*layout.notes(table.step, one), *(f"{choice.label} {choice.short}" for choice in graded))
        yield norm(one.label), ((one,), norm(" ".join(notes)))


def _conditions(table: Table) -> Iterator[str]:
    for block in layout.blocks(table.step):
        if isinstance(block, layout.Grid):
            yield layout.only_if(table.step, block.rows[0].fields[0])


def _rules_between(portion: Portion, base: float, line: Line) -> list[float]:
    """Rules below a line with this base and above another line."""
    return [y for y in _full_rules(portion) if base < y <= line.top + 0.3 * line.height]


def _full_rules(portion: Portion) -> list[float]:
    """Rules that go through both of the first two columns."""
    edges, found = portion.edges, []
    for rule in portion.page.rules:
        if rule.left <= edges[0] and rule.right >= edges[-1]:
            found.append(rule.y)
    return sorted(found)


def _with_ends(starts: list[_Start], portion: Portion, placed: _Sorted) -> list[_Start]:
    """Rules that start no row which we know end the row above them. What answers follow then is in doubt."""
    words = [word for column in placed.columns for word in column]
    if not words:
        return starts
    first = min(word.middle for word in words)
    known = [start.y for start in starts]
    near = 0.3 * words[0].height
    ends = [
        _Start(y, None) for y in _full_rules(portion) if y > first and all(abs(y - other) > near for other in known)
    ]
    found = sorted([*starts, *ends], key=lambda start: start.y)
    for place, start in enumerate(found):
        if start in ends and place and (above := found[place - 1].row):
            bottom = found[place + 1].y if place + 1 < len(found) else float("-inf")
            if any(start.y < word.middle < bottom for column in placed.columns[1:] for word in column):
                above.doubts[UNKNOWN_ROW] = None
    return found


def _at(starts: Sequence[_Start], word: Word) -> list[Row]:
    """The row that a word stands in; both where it stands on the line between two."""
    owner: Row | None = None
    for start in starts:
        near = 0.2 * word.height
        if start.y > word.middle + near:
            break
        if start.y > word.middle - near and owner is not start.row:
            return [row for row in (owner, start.row) if row]
        owner = start.row
    return [owner] if owner else []


def _marked(starts: Sequence[_Start], portion: Portion) -> None:
    """Rows that something is drawn on."""
    for place, start in enumerate(starts):
        if start.row is None:
            continue
        bottom = starts[place + 1].y if place + 1 < len(starts) else _bottom(portion)
        for mark in portion.page.marks:
            if _covers(mark, start.y, bottom, portion):
                start.row.alarms[mark.doubt] = None


def _bottom(portion: Portion) -> float:
    return max((word.bottom for word in portion.words), default=0.0)


def _covers(mark: Mark, top: float, bottom: float, portion: Portion) -> bool:
    overlap = min(mark.bottom, bottom) - max(mark.top, top)
    return overlap > 0.25 * min(mark.bottom - mark.top, 12.0) and mark.right > portion.edges[0] - 40
