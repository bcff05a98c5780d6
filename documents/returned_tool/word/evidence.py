"""What every layer found for each field, and where the layers contradict one another about whose answer it is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from audit.tools import Field, FieldKind, Role, Step, Tool
from audit.words import meaning
from documents import layout
from documents.returned_tool import bookmarks, controls
from documents.returned_tool.alike import norm
from documents.returned_tool.found import Found, boxes_in_lines, is_hollow, without_placeholder
from documents.returned_tool.opening import Opened, W
from documents.returned_tool.prose import struck_words, words
from documents.returned_tool.values import Layer
from documents.returned_tool.word import around, columns, first_page, flat, furniture, margin, marks
from documents.returned_tool.word.labels import Labelled, Place, Reader
from documents.returned_tool.word.outline import Block, Outline, Paragraph, Table, outline
from documents.returned_tool.word.sections import Section, sections

_PICKED = (FieldKind.GRADE, FieldKind.CHOICE)
_PICTURES = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip", "{urn:schemas-microsoft-com:vml}imagedata",
    f"{W}object",
)  # fmt: skip
_LONGEST = 400
_MOST = 60


@dataclass(frozen=True, slots=True)
class _Seen:
    """Something found, and the cell or paragraph that it was found in."""

    found: Found
    place: etree._Element | None = None


@dataclass(slots=True)
class Evidence:
    """Everything that a Word file says to a tool."""

    file: Opened
    tool: Tool
    outline: Outline = field(init=False)
    sections: tuple[Section, ...] = field(init=False)
    found: dict[layout.Key, list[Found]] = field(init=False, default_factory=dict)
    beside: list[str] = field(init=False, default_factory=list)
    """The words that belong to no field, each with where it stands."""
    _hollow: dict[layout.Key, str] = field(init=False)
    _hollow_norms: frozenset[str] = field(init=False)
    _labels: frozenset[str] = field(init=False)
    _claims: dict[etree._Element, set[layout.Key]] = field(init=False, default_factory=dict)
    _owners: dict[etree._Element, layout.Key] = field(init=False, default_factory=dict)
    _labelled: dict[layout.Key, list[_Seen]] = field(init=False, default_factory=dict)
    _seen: dict[tuple[etree._Element, str], Found] = field(init=False, default_factory=dict)
    _loosely: dict[layout.Key, list[Found]] = field(init=False, default_factory=dict)
    """What may be meant for a field, and counts only where nothing else was said."""
    _cells_of: dict[layout.Key, list[etree._Element]] = field(init=False, default_factory=dict)
    _own_words: dict[str, list[str]] = field(init=False, default_factory=dict)
    """What somebody added to a section, by its id."""
    _front: list[str] = field(init=False, default_factory=list)
    """What somebody added to the first page."""

    def __post_init__(self) -> None:
        self._hollow = layout.placeholders(self.tool)
        self._labels = frozenset(norm(one.label) for step in self.tool.steps for one in step.fields)
        self._hollow_norms = frozenset(norm(said) for said in self._hollow.values())
        self.outline = outline(self.file.body)
        self.sections = sections(self.outline.blocks, self.tool)
        tagged = controls.find(self.file, self.tool, self._hollow)
        marked = bookmarks.find(self.file, self.tool)
        self._claim(marked)
        self._read_sections()
        self._read_front()
        comments, odd = margin.anchored(self.file), around.doubts(self.file)
        for step in self.tool.steps:
            for one in step.fields:
                key = step.id, one.id
                strong = [_Seen(held, place) for held, place in tagged[key]]
                if key in marked and (one.kind is not FieldKind.MANY or marked[key].tag == f"{W}tc"):
                    strong.append(
                        _Seen(self._in(marked[key], "bookmark", step, one, self._shared(key, marked[key])), marked[key])
                    )
                mine = self._weighed(key, one, strong)
                mine = self._commented(step, one, mine, comments)
                near = (*self._cells_of.get(key, ()), *([marked[key]] if key in marked else ()))
                mine = around.at(self.file, step, one, mine, near, odd) if odd else mine
                own = self._own_words.get(step.id, ())
                self.found[key] = around.elsewhere(one, mine, own, self._front)
        self._beside(comments)

    # what stands where

    def _claim(self, marked: Mapping[layout.Key, etree._Element]) -> None:
        """Which fields a cell is marked for, by tags and bookmarks in it."""
        for key, place in marked.items():
            self._claims.setdefault(place, set()).add(key)
        for step in self.tool.steps:
            for one in step.fields:
                for control in self.file.controls.get(layout.tag(step, one), ()):
                    cell = next(control.iterancestors(f"{W}tc"), None)
                    if cell is not None:
                        self._claims.setdefault(cell, set()).add((step.id, one.id))

    def _shared(self, key: layout.Key, place: etree._Element) -> str:
        """Why a cell that is marked for two fields is in doubt, unless its label says whose it is."""
        if self._owners.get(place) == key:
            return ""
        if len(self._claims.get(place, ())) > 1:
            return "More than one answer stands in one cell."
        row = place.getparent()
        first = self.outline.cells.get(next(iter(row), place)) if row is not None and place.tag == f"{W}tc" else None
        asks = norm(first.lines[0]) if first is not None and first.lines and first.element is not place else ""
        mine = norm(self.tool.step(key[0]).field(key[1]).label)
        return "It stands beside another question." if asks != mine and asks in self._labels else ""

    def _text(self, place: etree._Element) -> str:
        cell = self.outline.cells.get(place)
        return cell.text if cell is not None and not self.file.has_strikes else words(place)

    def _in(self, place: etree._Element, layer: Layer, step: Step, one: Field, doubt: str = "") -> Found:
        """What stands in a cell or a paragraph, all of it. Mostly its bookmark and its label lead to the same one."""
        before = self._seen.get((place, one.id))
        if before is None:
            before = self._seen[place, one.id] = self._inside(place, layer, step, one)
        doubt = before.doubt or ("" if _is_blank(before) else doubt)
        return before if (layer, doubt) == (before.layer, before.doubt) else replace(before, layer=layer, doubt=doubt)

    def _inside(self, place: etree._Element, layer: Layer, step: Step, one: Field) -> Found:
        doubt = ""
        hollow = self._hollow[step.id, one.id]
        text = without_placeholder(self._text(place), hollow)
        if not text and next(place.iter(*_PICTURES), None) is not None:
            return Found(layer, "", where=_where(step, one), doubt="A picture stands there, which I cannot read.")
        struck = without_placeholder(struck_words(place), hollow) if self.file.has_strikes else ""
        where = _where(step, one)
        if one.kind is FieldKind.MANY:
            found = boxes_in_lines(layer, text, one.choices)
            doubt = doubt or ("Something there is struck out." if struck else "")
            return replace(found, where=where, doubt=doubt)
        if one.kind in _PICKED:
            whole = f"{text}\n{struck}" if struck else text
            listed = self._listed(place, one, whole, hollow) if whole and not _is_label(whole, one) else None
            if listed is not None:
                return replace(listed, layer=layer, where=where, doubt=doubt or listed.doubt)
            if struck and not text:
                doubt = doubt or f"“{struck[:60]}” is struck out, and nothing stands in its place."
            return Found(layer, text, where=where, doubt=doubt)
        if struck:
            doubt = doubt or "Some of it is struck out. I left that out."
        return Found(layer, text, hollow=bool(text) and is_hollow(place, hollow), where=where, doubt=doubt)

    def _listed(self, place: etree._Element, one: Field, whole: str, hollow: str) -> Found | None:
        """What a list of choices, or a small table of them, says in an answer."""
        cell = self.outline.cells.get(place)
        if cell is not None and cell.tables and not [line for line in cell.lines if line != hollow]:
            seen = columns.inside(cell.tables[0], one) if len(cell.tables) == 1 else None
            if seen is not None:
                return replace(seen, words=whole)
        return marks.read(place, one, whole, hollow)

    # sections

    def _read_sections(self) -> None:
        places: dict[layout.Key, list[tuple[Section, Place]]] = {}
        for section in self.sections:
            found = Labelled(section.step)
            reader = Reader(section.step, self._hollow)
            for table, asked in reader.tables(section.blocks, found):
                taken = self._columns(section, table, asked, found)
                reader.table(table, asked, found, taken)
            for field_id, mine in found.places.items():
                places.setdefault((section.step.id, field_id), []).extend((section, place) for place in mine)
            self._flat(section, found, reader)
            self._loose(section, found, reader)
        for key, held in places.items():
            self._label(key, held)

    def _columns(self, section: Section, table: Table, asked: Sequence[object], found: Labelled) -> set[int]:
        """Answer what the columns of a table answer; the rows that are done by that."""
        step = section.step
        picked = {one.id: one for one in step.fields if one.kind in _PICKED}
        by = columns.headers(table.rows, picked)
        taken: set[int] = set()
        if not by:
            return taken
        heads = [row for row in table.rows[:2] if any(columns.columns(row, picked[name]) for name in by)]
        taken |= {id(row) for row in heads}
        last = None
        for row, ask in zip(table.rows, asked, strict=True):
            one = getattr(ask, "one", None)
            if one is None and last is not None and row.cells and not row.cells[0].text:
                one = last
            if one is None or one.id not in by:
                last = None
                continue
            if columns.columns(row, one) is not None:
                last = one
                taken.add(id(row))
                continue
            label = row.cells[0] if getattr(ask, "one", None) is one or not row.cells[0].text else None
            seen, other = columns.read(row, label, one, by[one.id])
            seen = replace(seen, where=_where(step, one), doubt=seen.doubt or section.doubt)
            self._labelled.setdefault((step.id, one.id), []).append(_Seen(seen))
            found.aside += other
            taken.add(id(row))
        return taken

    def _label(self, key: layout.Key, held: Sequence[tuple[Section, Place]]) -> None:
        """The cells that stand beside a field's label. The same label twice below one heading is in doubt."""
        step = held[0][0].step
        one = step.field(key[1])
        own = [(section, place) for section, place in held if not self._is_anothers(key, place)]
        own = own if own else list(held)
        cells = [place.cell.element for _, place in own if place.cell is not None]
        self._cells_of[key] = cells + [place.label.element for _, place in own if place.label is not None]
        for section, place in own:
            twins = len(own) > 1 and any(other[0] is section and other[1].label is not place.label for other in own)
            doubt = place.doubt or section.doubt
            if twins and not doubt and place.cell is not None and key not in self._claims.get(place.cell.element, ()):
                doubt = f"“{one.label}” stands more than once in this part."
            if place.lines:
                said = without_placeholder("\n".join(place.lines), self._hollow[key])
                seen = Found("heading", said, where=_where(step, one), doubt=doubt if said else "")
                if one.kind is FieldKind.MANY:
                    seen = replace(boxes_in_lines("heading", said, one.choices), where=seen.where, doubt=seen.doubt)
                self._labelled.setdefault(key, []).append(_Seen(seen, place.cell.element if place.cell else None))
            elif place.cell is not None:
                element = place.cell.element
                seen = self._in(element, "heading", step, one, doubt)
                seen = self._foreign(key, seen, element)
                self._labelled.setdefault(key, []).append(_Seen(seen, element))
                if not doubt and not twins:
                    self._owners[element] = key
                if _is_blank(seen) and one.kind is FieldKind.GRADE and place.label is not None:
                    self._printed(key, step, one, place.label.element)

    def _printed(self, key: layout.Key, step: Step, one: Field, label: etree._Element) -> None:
        """A grade marked in the list of meanings beside its question."""
        seen = marks.printed(list(label.iter(f"{W}p")), one)
        if seen is not None:
            self._labelled.setdefault(key, []).append(_Seen(replace(seen, layer="heading", where=_where(step, one))))

    def _is_anothers(self, key: layout.Key, place: Place) -> bool:
        """Whether a cell is marked for another field and not for this one."""
        if place.cell is None:
            return False
        claims = self._claims.get(place.cell.element, set())
        return bool(claims) and key not in claims

    def _foreign(self, key: layout.Key, seen: Found, element: etree._Element) -> Found:
        """The words without other fields' placeholders, in doubt where one stood or where the cell is marked for
        another.
        """
        claims = self._claims.get(element, set())
        others = self._other_placeholders(key, seen.words)
        said = seen.words
        for other in others:
            said = without_placeholder(said, self._hollow[other])
        if others:
            claims = claims | set(others)
        alien = claims and key not in claims
        if (alien or others) and (said or seen.ticks) and not seen.doubt:
            name = self._name(next(iter(sorted(claims - {key})), key))
            return replace(seen, words=said, doubt=f"Its place is marked as that of {name}.")
        return replace(seen, words=said) if said != seen.words else seen

    def _other_placeholders(self, key: layout.Key, said: str) -> list[layout.Key]:
        if not any(start in said for start in ("write here", "Write here", "Choose one", "choose a day")):
            return []
        return [other for other, hollow in self._hollow.items() if other != key and hollow in said]

    def _name(self, key: layout.Key) -> str:
        step = self.tool.step(key[0])
        return f"“{step.field(key[1]).label}” in “{step.title}”"

    def _flat(self, section: Section, found: Labelled, reader: Reader) -> None:
        tabled = frozenset(found.places)
        written, loose = flat.read(section, reader.grids, reader.above, tabled, self._hollow)
        found.loose += loose
        for one in written:
            key = section.step.id, one.one.id
            said = "\n".join(one.lines)
            where, doubt = _where(section.step, one.one), one.doubt or section.doubt
            if one.one.kind is FieldKind.MANY:
                seen = replace(boxes_in_lines("heading", said, one.one.choices), where=where, doubt=doubt)
            else:
                seen = Found("heading", said, where=where, doubt=doubt)
            self._labelled.setdefault(key, []).append(_Seen(seen))

    def _loose(self, section: Section, found: Labelled, reader: Reader) -> None:
        """Words of a section that answer nothing. A grade among them is no answer, but it is asked about."""
        step = section.step
        lines = [without_placeholder(line, "") for line in found.loose if not furniture.is_not_relevant(line)]
        lines = [line for line in furniture.without(lines, reader.above) if norm(line) not in self._hollow_norms]
        rest = section.heading_rest
        if rest:
            lines.insert(0, rest)
        self._below(section, lines)
        self._own_words.setdefault(step.id, []).extend((*lines, *found.aside))
        self.beside += [f"{step.title}: {line}" for line in found.aside if any(char.isalnum() for char in line)]
        graded = next((one for one in step.fields if one.kind is FieldKind.GRADE), None)
        for line in lines:
            if not any(char.isalnum() for char in line):
                continue
            self.beside.append(f"{step.title}: {line}")
            if graded is not None and meaning(line.strip(" |–—-:"), graded.choices).choice:
                doubt = f"“{line[:60]}” stands in this part, but not beside “{graded.label}”."
                seen = Found("heading", line.strip(" |–—-:"), where=step.title, doubt=doubt)
                self._labelled.setdefault((step.id, graded.id), []).append(_Seen(seen))

    def _below(self, section: Section, lines: Sequence[str]) -> None:
        """Sentences below a section's tables may be the comment that is empty."""
        step = section.step
        comment = step.role(Role.COMMENT) or next((one for one in step.fields if one.kind is FieldKind.TEXT), None)
        tables = [place for place, block in enumerate(section.blocks) if isinstance(block, Table)]
        if comment is None or not tables:
            return
        after = [block.text for block in section.blocks[tables[0] :] if isinstance(block, Paragraph) and block.text]
        said = [line for line in after if line in lines and len(line.split()) > 2]
        if said:
            doubt = f"It stands below the table, and not beside “{comment.label}”."
            seen = Found("heading", "\n".join(said), where=step.title, doubt=doubt)
            self._loosely.setdefault((step.id, comment.id), []).append(seen)

    # weighing

    def _weighed(self, key: layout.Key, one: Field, strong: list[_Seen]) -> list[Found]:
        """All that speaks for a field. What stands in another field's cell counts only to be asked about."""
        weak = self._labelled.get(key, [])
        own = [seen for seen in strong if self._owner(seen, key) == key]
        own_weak = [seen for seen in weak if self._owner(seen, key) == key]
        if one.kind is FieldKind.MANY:
            return _ticked(own + weak)
        mine = [seen.found for seen in own]
        sure = [seen.found for seen in (*own, *own_weak) if not seen.found.doubt]
        said = {_saying(found) for found in sure if not _is_blank(found)}
        for alien in strong if len(own) < len(strong) else ():
            if self._owner(alien, key) != key and not _is_blank(alien.found) and _saying(alien.found) not in said:
                doubt = f"It stands as the answer to {self._name(self._owner(alien, key))}."
                mine.append(replace(alien.found, doubt=alien.found.doubt or doubt))
        for seen in weak:
            found = seen.found
            if found.doubt and (_saying(found) in said or (_is_blank(found) and said) or self._same(one, found, sure)):
                continue
            mine.append(found)
        if not one.picked and _differ(own + own_weak):
            mine = [replace(found, doubt=found.doubt or _DIFFERENT) if found.words else found for found in mine]
        if all(_is_blank(found) and not found.doubt for found in mine):
            mine += self._loosely.get(key, ())
        return mine

    def _owner(self, seen: _Seen, otherwise: layout.Key) -> layout.Key:
        """The field beside whose label something stands."""
        return self._owners.get(seen.place, otherwise) if seen.place is not None else otherwise

    def _same(self, one: Field, found: Found, sure: Sequence[Found]) -> bool:
        """Whether a doubtful grade only repeats what is certain."""
        if one.kind not in _PICKED or found.ticks:
            return False
        meant = meaning(found.words, one.choices).choice
        return meant is not None and any(
            (other.ticks == (meant.id,)) if other.ticks else meaning(other.words, one.choices).choice is meant
            for other in sure
        )

    def _commented(
        self, step: Step, one: Field, found: list[Found], comments: Mapping[etree._Element, list[str]]
    ) -> list[Found]:
        """A comment at a grade that names another grade puts it in doubt."""
        if not comments or one.kind not in _PICKED:
            return found
        for place in self._cells_of.get((step.id, one.id), ()):
            for said in comments.get(place, ()):
                meant = meaning(said, one.choices)
                options = (meant.choice,) if meant.choice else meant.options
                if options and not any(around.means(one, held) in options for held in found if meant.choice):
                    label = f"A comment beside it says “{said[:80]}”."
                    return [replace(held, doubt=held.doubt or label) if not _is_blank(held) else held for held in found]
        return found

    # what belongs to no field

    def _beside(self, comments: Mapping[etree._Element, list[str]]) -> None:
        said = list(dict.fromkeys(f"A comment in the margin: {text}" for text in self.file.comments.values() if text))
        said += [f"A footnote: {text}" for text in self.file.notes]
        hidden = [f"Hidden text: {text.strip()}" for text in self.file.hidden]
        unknown = [f"In a part that I do not know: {line}" for line in self._unknown()]
        front = [f"On the first page: {line}" for line in self._front]
        every = [*said, *front, *self.beside, *unknown, *hidden]
        self.beside = [one if len(one) <= _LONGEST else f"{one[: _LONGEST - 1]}…" for one in every[:_MOST]]

    def _read_front(self) -> None:
        first = next(
            (block for block in self.outline.blocks if any(block is one.heading for one in self.sections)), None
        )
        cover = list(itertools.takewhile(lambda block: block is not first, self.outline.blocks)) if first else []
        self._front = list(first_page.added(cover, self.tool))

    def _unknown(self) -> Iterator[str]:
        """Paragraphs below a heading that nobody knows."""
        known = {id(block) for section in self.sections for block in section.blocks}
        heads = {id(section.heading) for section in self.sections}
        begun = False
        for block in self.outline.blocks:
            begun = begun or id(block) in heads
            if begun and id(block) not in known and id(block) not in heads:
                yield from _lines(block)


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        if block.text:
            yield block.text
        return
    for row in block.rows:
        said = [" ".join(cell.lines) for cell in row.cells]
        if any(said):
            yield " | ".join(filter(None, said))


_DIFFERENT = "It says different things in two places. I kept what each says."


def _differ(seen: Sequence[_Seen]) -> bool:
    """Whether different places, each with words of its own, say different things."""
    if len({one.found.words for one in seen}) < 2:
        return False
    said: dict[int, str] = {}
    for one in seen:
        if one.place is not None and one.found.words:
            flat_ = " ".join(one.found.words.split())
            said[id(one.place)] = max(said.get(id(one.place), ""), flat_, key=len)
    return len(set(said.values())) > 1


def _ticked(seen: Sequence[_Seen]) -> list[Found]:
    """Boxes by their places: an empty copy of a section says nothing against a filled one."""
    filled = {id(one.place) for one in seen if not _is_blank(one.found)}
    return [one.found for one in seen if not filled or id(one.place) in filled]


def _where(step: Step, one: Field) -> str:
    return f"{layout.heading(step)}: {one.label}"


def _is_label(text: str, one: Field) -> bool:
    return any(choice.label == text for choice in one.choices)


def _is_blank(found: Found) -> bool:
    return not (found.words or found.ticks or found.doubtful)


def _saying(found: Found) -> tuple[object, ...]:
    return found.words, found.ticks, found.doubtful
