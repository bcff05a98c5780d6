"""What stands on pages as a source, wherever the words come from: a PDF's text, or a picture that was read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from rapidfuzz import fuzz

from audit.tools import Field, FieldKind, Step, Tool
from audit.words import references
from documents import layout
from documents.returned_tool import page_rows, page_tables
from documents.returned_tool.alike import best, norm
from documents.returned_tool.found import Found, box, boxes_in_lines, in_order, ticked, without_placeholder
from documents.returned_tool.page_rows import Row
from documents.returned_tool.pages import SHAKY, UNREADABLE, Line, Page, lines, prose, without_running
from documents.returned_tool.values import Identity, Layer

_FIRST_LINES = 5
_HEADS = (norm(" ".join(layout.HEADERS)),)
_TOOL = re.compile(r"([A-Za-z0-9][\w.-]*)/([\w.-]+)")
_ALMOST = 85
_TWICE = "This question stands there twice."
FROM_PICTURE = "I read this from a picture; is it right?"
NO_TICKS = "I cannot read ticks from a picture."
NOT_FOUND = "This part of the page is not laid out as the tool is, and I cannot find this question there."
_MOST_SHAKY = 0.2
"""Of the words of an answer, how many may be hard to make out."""
_ONE_LETTER = "Only one letter of it can be seen on the page."
_PLACEHOLDER = "It is much like the words that stand in an empty answer."


@dataclass(frozen=True)
class OnPages:
    """Words on pages. `properties` are what the file says of itself beside its pages."""

    pages: tuple[Page, ...]
    layer: Layer = "page"
    properties: Mapping[str, str] = field(default_factory=dict)
    _sheets: dict[str, page_tables.Sheet] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def _parted(self) -> tuple[Page, ...]:
        return page_tables.side_by_side(self.pages)

    @cached_property
    def _lines(self) -> list[list[Line]]:
        return [lines(page.words) for page in self._parted]

    def identity(self, prefix: str) -> Identity:
        """By title and properties, by the first lines, and by what runs along the edges of the pages."""
        bare = without_running(self._parted, self._lines, _HEADS)
        edges = "\n".join((*bare.running, *_last_lines(bare.pages)))
        named = self.properties
        tool_id, version = named.get(layout.TOOL_PROPERTY, ""), named.get(layout.VERSION_PROPERTY, "")
        if not (tool_id and version) and (match := _TOOL.search("\n".join(bare.running) or edges)):
            tool_id, version = match[1], match[2]
        return Identity(
            references("\n".join(named.values()), prefix),
            references("\n".join(_first_lines(bare.pages)), prefix),
            references(edges, prefix),
            tool_id,
            version,
        )

    def found(self, tool: Tool) -> Mapping[layout.Key, Sequence[Found]]:
        """What stands beside each question, with whatever is doubtful about it."""
        sheet = self._sheet(tool)
        hollow = layout.placeholders(tool)
        found: dict[layout.Key, list[Found]] = {}
        changed = {step_id for step_id, texts in sheet.between.items() if any(texts)}
        changed -= {table.step.id for table in sheet.tables}
        for table in sheet.tables:
            rows, others = page_rows.rows(table)
            changed |= {table.step.id} if others else set()
            edges = _right_edges(rows)
            for row in rows:
                if why := sheet.doubts.get(table.step.id):
                    row.doubts[why] = None
                for one, cell, edge in zip(row.fields, row.cells, edges, strict=True):
                    key = table.step.id, one.id
                    place = self._in_cell(table.step, one, row, cell, edge, hollow[key])
                    found.setdefault(key, []).append(place)
        for step in tool.steps:
            if step.id in changed:
                for one in step.fields:
                    found.setdefault((step.id, one.id), [Found(self.layer, "", doubt=NOT_FOUND)])
        return {key: _once(places) for key, places in found.items()}

    def not_relevant(self, tool: Tool) -> tuple[str, ...]:
        """By the ticked box below each step's heading; on a picture no tick is believed."""
        if self.layer == "scan":
            return ()
        between = self._sheet(tool).between
        return tuple(
            step.id
            for step in tool.steps
            if step.may_be_not_relevant
            and any(layout.NOT_RELEVANT in text and ticked(box(text)[0]) for text in between.get(step.id, ()))
        )

    def _sheet(self, tool: Tool) -> page_tables.Sheet:
        key = f"{tool.id}/{tool.version}"
        if key not in self._sheets:
            bare = without_running(self._parted, self._lines, page_tables.heads(tool))
            self._sheets[key] = page_tables.sheet(bare, tool)
        return self._sheets[key]

    def _in_cell(self, step: Step, one: Field, row: Row, cell: Sequence[Line], edge: float, hollow: str) -> Found:
        where = f"page {row.page}"
        if self.layer == "scan":
            return _offered(one, row, cell, edge, hollow)
        if one.kind is FieldKind.MANY:
            place = _boxes(self.layer, cell, one)
        else:
            text = prose(cell, edge)
            rest = _answered(text, hollow)
            place = Found(self.layer, rest)
            if rest and fuzz.ratio(_squeezed(rest), _squeezed(hollow)) >= _ALMOST:
                row = replace(row, alarms={**row.alarms, _PLACEHOLDER: None})
            if len(rest) == 1 and not one.picked and rest.isalpha():
                row = replace(row, alarms={**row.alarms, _ONE_LETTER: None})
        said = bool(place.words or place.ticks or place.doubtful)
        doubts = [*row.alarms, *(row.doubts if said else ())]
        return replace(place, where=where, doubt=doubts[0] if doubts else "")


def _offered(one: Field, row: Row, cell: Sequence[Line], edge: float, hollow: str) -> Found:
    """What a picture seems to say. However clear it looks, it is asked about; what a pen has ticked is not read."""
    where = f"page {row.page}"
    if one.kind is FieldKind.MANY:
        return Found("scan", "", where=where, doubt=NO_TICKS)
    text = prose(cell, edge)
    rest = _answered(text, hollow)
    if fuzz.ratio(_squeezed(rest), _squeezed(hollow)) >= _ALMOST or not any(char.isalnum() for char in rest):
        return Found("scan", "", where=where)
    words = [word for line in cell for word in line.words]
    shaky = sum(word.odd == SHAKY for word in words)
    if shaky and (one.picked or one.kind is FieldKind.DATE or shaky > _MOST_SHAKY * len(words)):
        return Found("scan", "", where=where, doubt=SHAKY)
    doubts = [why for why in (*row.alarms, *row.doubts) if why != SHAKY]
    return Found("scan", rest, where=where, doubt=doubts[0] if doubts else FROM_PICTURE)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _answered(text: str, hollow: str) -> str:
    """The words without our own placeholder, wherever its lines were broken."""
    if not text:
        return ""
    pattern = r"\s*".join(re.escape(char) for char in _squeezed(hollow))
    rest = re.sub(pattern, " ", text) if _squeezed(hollow) in _squeezed(text) else text
    return without_placeholder(rest.strip(), hollow)


def _boxes(layer: Layer, cell: Sequence[Line], one: Field) -> Found:
    """Boxes and the words behind them. A box that cannot be read, or is not there, is in doubt and no empty box."""
    text = "\n".join(_boxed(cell))
    place = boxes_in_lines(layer, text, one.choices)
    if place.ticks is None:
        return place
    named = {norm(choice.label): choice for choice in one.choices}
    clear = set()
    for line in text.split("\n"):
        mark, label = box(line)
        choice = best(label, named)
        if choice and UNREADABLE not in line and ticked(mark) is not None:
            clear.add(choice.id)
    unclear = [choice.id for choice in one.choices if choice.id not in clear]
    ticks = tuple(choice_id for choice_id in place.ticks if choice_id in clear)
    return replace(place, ticks=ticks, doubtful=in_order((*place.doubtful, *unclear), one.choices))


def _boxed(cell: Sequence[Line]) -> Iterator[str]:
    """Lines that start with a box, each with what it goes on with below."""
    text, start = "", 0.0
    for line in cell:
        own = bool(box(line.text)[0].strip()) or UNREADABLE in line.text[:2]
        if text and (own or line.left < start + 0.3 * line.height):
            yield text
            text = ""
        if not text:
            start = line.left
        text = f"{text} {line.text}" if text else line.text
    if text:
        yield text


def _right_edges(rows: Sequence[Row]) -> list[float]:
    """How far the words of each column go."""
    columns = zip(*(row.cells for row in rows), strict=True)
    return [max((line.right for cell in column for line in cell), default=0.0) for column in columns]


def _once(places: Sequence[Found]) -> list[Found]:
    """A question that stands there twice, and is answered more than once, is asked about."""
    said = [place for place in places if place.words or place.ticks or place.doubtful]
    if len(said) < 2:
        return list(places)
    return [replace(place, doubt=place.doubt or _TWICE) for place in said]


def _first_lines(pages: Sequence[Page]) -> Iterator[str]:
    for page in pages[:1]:
        yield from (line.text for line in lines(page.words)[:_FIRST_LINES])


def _last_lines(pages: Sequence[Page]) -> Iterator[str]:
    """The last line of a lone page: nothing repeats there that would show it as a footer."""
    if len(pages) == 1:
        yield from (line.text for line in lines(pages[0].words)[-1:])
