"""Which part of a Word file belongs to which step: by its numbered heading, as a person would look for it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from audit.tools import Step, Tool
from documents import layout
from documents.returned_tool.alike import SURE, begins, likeness, norm, numbered
from documents.returned_tool.word.outline import Block, Paragraph, Table

_LONGEST_HEADING = 160
_NAMED = re.compile(
    r"\s*(?:section|part|area|standard|step|chapter)\s+(\d+(?:\.\d+)*[a-z]?)\s*[:.)–—-]*\s*", re.IGNORECASE
)
_NUMBER = re.compile(r"^\s*\d+(?:\.\d+)*[a-z]?[.):\s]\s*")
_PARTED = re.compile(r"\s+[–—-]\s+|\s*[:(]")


@dataclass(slots=True)
class Section:
    """What stands below one heading, up to the next. `doubt`: why the heading may not be one."""

    step: Step
    heading: Paragraph
    doubt: str = ""
    blocks: list[Block] = field(default_factory=list)
    misleading: list[Paragraph] = field(default_factory=list)
    """Lines in it that read like a heading and are not taken for one."""

    @property
    def heading_rest(self) -> str:
        """What stands in the heading behind its title."""
        named = _NAMED.match(self.heading.text)
        text = self.heading.text[named.end() :] if named else self.heading.text
        known = {norm(layout.heading(self.step)): self.step, norm(self.step.title): self.step}
        begun = begins(text, known) or begins(_NUMBER.sub("", text), known)
        return begun[1].lstrip("?").strip(" :–—-.()\t\n") if begun else ""


@dataclass(slots=True)
class _Candidate:
    place: int
    step: Step
    rank: tuple[bool, bool, float]
    paragraph: Paragraph

    @property
    def styled(self) -> bool:
        """Whether it is in a heading's style."""
        return self.rank[1]

    @property
    def kind(self) -> tuple[bool, bool]:
        """How surely it is a heading: by its style first, then by its number."""
        return self.rank[1], self.rank[0]


def sections(blocks: Sequence[Block], tool: Tool) -> tuple[Section, ...]:
    """Every section that was found, in the order of the file. A heading that stands twice gives two."""
    candidates = _candidates(blocks, tool)
    heads = _best(candidates)
    doubts = _doubts(heads, tool)
    named = {one.place: one for one in heads}
    others = {one.place for one in candidates} - set(named)
    styles = {one.paragraph.heads for one in heads if one.styled}
    found: list[Section] = []
    open_section: Section | None = None
    for place, block in enumerate(blocks):
        if place in named:
            head = named[place]
            open_section = Section(head.step, head.paragraph, doubts.get(place, ""))
            found.append(open_section)
            if block is not head.paragraph:
                open_section.blocks.append(block)  # the heading is a row of the table
        elif isinstance(block, Paragraph) and block.text and block.heads and block.heads in styles:
            open_section = None  # a heading like ours that nobody knows: what follows belongs to no step
        elif open_section is not None:
            open_section.blocks.append(block)
            if place in others and isinstance(block, Paragraph):
                open_section.misleading.append(block)
    return tuple(_with_orphans(found, tool))


def _with_orphans(found: list[Section], tool: Tool) -> Iterator[Section]:
    """The sections, and those whose heading is gone: tables that ask the same again below the heading before."""
    by_step: dict[str, list[Section]] = {}
    for section in found:
        by_step.setdefault(section.step.id, []).append(section)
    orphans: dict[int, Section] = {}
    for before, step in itertools.pairwise(tool.steps):
        above = by_step.get(before.id, [])
        if step.id in by_step or len(above) != 1:
            continue
        cut = _again(above[0], step)
        if cut:
            doubt = f"The heading “{layout.heading(step)}” is gone, so I cannot be sure which part it belongs to."
            orphan = Section(step, above[0].heading, doubt, above[0].blocks[cut:])
            above[0].blocks = above[0].blocks[:cut]
            above[0].doubt = above[0].doubt or doubt
            by_step[step.id] = [orphan]
            orphans[id(above[0])] = orphan
    for section in found:
        yield section
        while (after := orphans.get(id(section))) is not None:
            yield after
            section = after


def _again(section: Section, step: Step) -> int:
    """Where a table stands that asks what one above it asked, or what only the other step asks; 0 where none does."""
    mine = {norm(one.label) for one in section.step.fields}
    others = {norm(one.label) for one in step.fields} - mine
    asked: set[str] = set()
    for place, block in enumerate(section.blocks):
        if not isinstance(block, Table):
            continue
        labels = {norm(row.cells[0].lines[0]) for row in block.rows if row.cells and row.cells[0].lines}
        if asked and (labels & asked & mine or labels & others):
            return place
        asked |= labels & mine
    return 0


def _candidates(blocks: Sequence[Block], tool: Tool) -> list[_Candidate]:
    titles = [(step, step.number.lower(), norm(step.title)) for step in tool.steps]
    known = {title for _, _, title in titles}
    numbers = {number for _, number, _ in titles}
    found = []
    for place, block in enumerate(blocks):
        line = _line(block)
        if line is None or not line.text or len(line.text) > _LONGEST_HEADING:
            continue
        number, rest = _numbered(line.text)
        whole = norm(line.text)
        if not (line.heads or number in numbers or rest in known or whole in known):
            continue
        ranked = list(_ranked(number, (rest, whole, *_before(line.text)), bool(line.heads), titles))
        if ranked:
            rank, step = max(ranked, key=lambda pair: pair[0])
            found.append(_Candidate(place, step, rank, line))
    return found


def _line(block: Block) -> Paragraph | None:
    """The line that may be a heading: a paragraph, or the only words in the first row of a table."""
    if isinstance(block, Paragraph):
        return block
    first = block.rows[0].cells if block.rows else []
    filled = [cell for cell in first if cell.text]
    if len(filled) == 1 and filled[0] is first[0] and len(block.rows) > 1 and len(filled[0].blocks) == 1:
        only = filled[0].blocks[0]
        return only if isinstance(only, Paragraph) else None
    return None


def _numbered(text: str) -> tuple[str, str]:
    """A heading's number and its words: "3 Planning", "3. Planning" or "Section 3: Planning"."""
    named = _NAMED.match(text)
    return (named[1].lower(), norm(text[named.end() :])) if named else numbered(text)


def _before(text: str) -> tuple[str, ...]:
    """The words of a heading before a dash, colon or bracket, behind which somebody may have added to it."""
    named = _NAMED.match(text)
    text = text[named.end() :] if named else text
    return tuple(
        said for cut in _PARTED.finditer(text) for said in (norm(text[: cut.start()]), numbered(text[: cut.start()])[1])
    )


def _ranked(
    number: str, said: Sequence[str], styled: bool, titles: Sequence[tuple[Step, str, str]]
) -> Iterator[tuple[tuple[bool, bool, float], Step]]:
    rest, whole, *before = said
    exact = next((step for step, its, title in titles if number == its and title in (rest, whole)), None)
    if exact is not None:  # nothing can be likelier
        yield (True, styled, 100.0), exact
        return
    for step, its_number, title in titles:
        same_number = number == its_number
        if title in (rest, whole):
            yield (same_number, styled, 100.0), step
        elif styled or same_number:
            score = max(likeness(rest, title), likeness(whole, title))
            if score >= SURE or title in before:
                yield (same_number, styled, max(score, 95.0 if title in before else 0.0)), step


def _best(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """For each step the likeliest heading; all of them where some are equally likely."""
    best: dict[str, tuple[bool, bool]] = {}
    for one in candidates:
        best[one.step.id] = max(best.get(one.step.id, (False, False)), one.kind)
    return [one for one in candidates if one.kind == best[one.step.id]]


def _doubts(heads: Sequence[_Candidate], tool: Tool) -> dict[int, str]:
    """Why a heading may not be one, by its place: plain text out of order, or the same twice while another is gone."""
    order = {step.id: place for place, step in enumerate(tool.steps)}
    steps = [one.step.id for one in heads]
    gone = [step for step in tool.steps if step.id not in steps]
    found: dict[int, str] = {}
    for index, one in enumerate(heads):
        before = order[steps[index - 1]] if index else -1
        after = order[steps[index + 1]] if index + 1 < len(heads) else len(order)
        name = one.paragraph.text
        if not one.styled and not before < order[one.step.id] < after:
            found[one.place] = f"It stands below a line that may not be the heading “{name}”."
        elif gone and steps.count(one.step.id) > 1:
            found[one.place] = f"The heading “{name}” stands more than once, and “{gone[0].title}” is gone."
    return found
