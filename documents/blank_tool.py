"""The council's audit tool as a Word file that can be filled in, on paper's order and in the council's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from audit.council import Words
from audit.scales import Choice, Guide
from audit.tools import Field, FieldKind, Step, Tool
from documents import cover, layout, look, wordml
from documents.wordml import TEXT_WIDTH, cell, paragraph, run, says

_LABEL = 3750
_ANSWER = TEXT_WIDTH - _LABEL
_FACT = 2300
_TALL = {FieldKind.TEXT: 1250, FieldKind.LINE: 560}
_GAP = says("", "Gap")  # two tables in a row would grow together


def make(
    tool: Tool,
    guide: Guide | None,
    words: Words,
    council_name: str,
    reference: str,
    case_id: str,
    auditor: str,
    due: str,
    qa_address: str,
) -> bytes:
    """The .docx. `due` is shown as it is given. The same arguments give the same bytes."""
    sheet = _Sheet(tool, words, layout.placeholders(tool), wordml.Writer())
    cover = _Cover(sheet, guide, council_name, reference, case_id, auditor, due, qa_address)
    body = "".join((*cover.parts(), *(part for step in tool.steps for part in sheet.step(step))))
    return wordml.package(
        wordml.Document(
            title=f"{reference} {tool.title}",
            author=council_name,
            subject=words.tool.capitalize(),
            body=body,
            footer=_footer(tool, reference),
            properties=(
                (layout.REFERENCE_PROPERTY, reference),
                (layout.TOOL_PROPERTY, tool.id),
                (layout.VERSION_PROPERTY, tool.version),
            ),
            links=tuple(sheet.writer.links),
        )
    )


def _footer(tool: Tool, reference: str) -> str:
    mark = run(f"{reference}  ·  {tool.id}/{tool.version}")
    return paragraph(f"{mark}{wordml.tab()}{wordml.page_number()}", "Footer")


@dataclass(frozen=True)
class _Cover:
    """What stands before the first section."""

    sheet: _Sheet
    guide: Guide | None
    council_name: str
    reference: str
    case_id: str
    auditor: str
    due: str
    qa_address: str

    def parts(self) -> Iterator[str]:
        """Reference, title, facts, how to fill it in and send it back, and what the grades mean."""
        tool, words = self.sheet.tool, self.sheet.words
        mark = self.sheet.writer.bookmarked(layout.REFERENCE_BOOKMARK, run(self.reference))
        yield paragraph(mark + run(cover.RETURN_BY.format(reference="", due=self.due)), "Reference")
        yield says(tool.title, "Title")
        yield says(self.council_name, "Subtitle")
        if tool.purpose:
            yield says(tool.purpose)
        yield self._facts()
        yield says(cover.FILLING_TITLE, "Heading2")
        yield from self._filling(words.area)
        yield says(cover.SENDING_TITLE, "Heading2")
        yield from self._sending()
        yield says(cover.RISK_TITLE, "Heading2")
        yield says(cover.RISK.format(tool=_last_word(words.tool)))
        yield from self._grades()

    def _facts(self) -> str:
        looks_back = f"The last {self.sheet.tool.months} months"
        first, *names = cover.FACTS
        facts = zip(names, (self.case_id, self.auditor, self.due, looks_back), strict=True)
        widths = (_FACT, TEXT_WIDTH - _FACT)
        rows = (
            wordml.row((cell(widths[0], says(name, "Label")), cell(widths[1], says(value, "Answer"))))
            for name, value in facts
        )
        return wordml.table(
            widths,
            (wordml.header_row(widths, (first, self.reference)), *rows),
            f"About {self.reference}",
            "Reference, case, who fills this in, when it is due back, and how far to look back.",
        )

    def _filling(self, area: str) -> Iterator[str]:
        yield from (says(line.format(area=area), "Step") for line in cover.FILLING)

    def _sending(self) -> Iterator[str]:
        subject = quote(self.reference)
        link = self.sheet.writer.link(f"mailto:{quote(self.qa_address, safe='@')}?subject={subject}", self.qa_address)
        before, after = cover.SEND_TO.format(address="\n", reference=self.reference).split("\n")
        yield paragraph(run(before) + link + run(after))
        yield from (says(line) for line in cover.SENDING)

    def _grades(self) -> Iterator[str]:
        guide = self.guide
        choices = _graded_with(self.sheet.tool, guide)
        if not guide or not choices:
            return
        yield paragraph(run(cover.GRADES_TITLE), "Heading1", "<w:pageBreakBefore/>")
        yield says(guide.title, "LookAt")
        widths = (_FACT, TEXT_WIDTH - _FACT)
        rows = (
            wordml.row(
                (
                    cell(widths[0], paragraph(_marked(choice), "GradeName")),
                    cell(widths[1], "".join(says(words, "Meaning") for words in self._means(guide, choice))),
                )
            )
            for choice in choices
        )
        yield wordml.table(
            widths,
            (wordml.header_row(widths, cover.GRADES_HEADERS), *rows),
            cover.GRADES_TITLE,
            f"Each grade and its meaning: {guide.title}.",
        )
        if guide.link:
            yield _GAP
            yield paragraph(
                run(cover.MORE.format(link="")) + self.sheet.writer.link(guide.link, guide.link), "Guidance"
            )

    def _means(self, guide: Guide, choice: Choice) -> tuple[str, ...]:
        keys = (choice.id, *(f"{status}_{choice.id}" for status in self.sheet.tool.statuses))
        return (guide.means[choice.id], *(guide.more[key] for key in keys if key in guide.more))


def _last_word(words: str) -> str:
    return words.split()[-1] if words.split() else "file"


def _graded_with(tool: Tool, guide: Guide | None) -> tuple[Choice, ...]:
    """The choices of the first grade that this guide explains."""
    if guide is None:
        return ()
    grades = (one.choices for step in tool.steps for one in step.fields if one.kind is FieldKind.GRADE)
    return next((choices for choices in grades if {choice.id for choice in choices} <= set(guide.means)), ())


def _marked(choice: Choice) -> str:
    """A grade's mark and word, the mark in a column of its own."""
    mark = look.MARKS[choice.shape]
    shown = run(mark, extra=f'<w:color w:val="{look.ACCENT}"/>') + wordml.tab() if mark else ""
    return shown + run(choice.label)


@dataclass(frozen=True)
class _Sheet:
    """The steps of one tool on paper."""

    tool: Tool
    words: Words
    placeholders: dict[layout.Key, str]
    writer: wordml.Writer

    def step(self, step: Step) -> Iterator[str]:
        """A heading, what to look at, guidance, then the tables of its fields."""
        yield says(layout.heading(step), "Heading1")
        if step.look_at:
            yield says(step.look_at, "LookAt")
        if step.guidance:
            yield says(step.guidance, "Guidance")
        yield from (says(prompt, "Prompt") for prompt in step.prompts)
        if step.may_be_not_relevant:
            yield self._not_relevant(step)
        else:
            yield paragraph("", "Gap", "<w:keepNext/>")
        for place, block in enumerate(layout.blocks(step)):
            if place:
                yield _GAP
            yield self._grid(step, block) if isinstance(block, layout.Grid) else self._table(step, block)

    def _not_relevant(self, step: Step) -> str:
        tag = layout.not_relevant_tag(step)
        box = self.writer.checkbox(tag, f"{layout.NOT_RELEVANT}: {step.title}")
        return paragraph(
            self.writer.bookmarked(layout.bookmark(tag), box + run(f"  {layout.NOT_RELEVANT}"))
            + run(" (then leave the rest of this part empty)", extra=f'<w:color w:val="{look.QUIET}"/>'),
            "NotRelevant",
        )

    def _table(self, step: Step, fields: Iterable[Field]) -> str:
        widths = (_LABEL, _ANSWER)
        rows = (
            wordml.row(
                (cell(_LABEL, self._label(step, one)), cell(_ANSWER, self._control(step, one), look.TINT)),
                height=_TALL.get(one.kind, 0),
            )
            for one in fields
        )
        return wordml.table(
            widths,
            (wordml.header_row(widths, layout.HEADERS), *rows),
            layout.heading(step),
            f"Questions on the left, your answers on the right: {step.title}.",
        )

    def _label(self, step: Step, one: Field) -> str:
        parts = [says(one.label, "Label"), *(says(note, "Note") for note in layout.notes(step, one))]
        if one.kind is FieldKind.GRADE:
            parts += [
                paragraph(_marked(choice) + run(f": {choice.short}" if choice.short else ""), "Grade")
                for choice in one.choices
            ]
        return "".join(parts)

    def _control(self, step: Step, one: Field) -> str:
        if one.kind is FieldKind.MANY:
            return self._boxes(step, one)
        tag, alias, empty = layout.tag(step, one), f"{step.title}: {one.label}", self.placeholders[step.id, one.id]
        match one.kind:
            case FieldKind.GRADE | FieldKind.CHOICE:
                items = ((choice.id, choice.label) for choice in one.choices)
                control = self.writer.dropdown(tag, alias, empty, items)
            case FieldKind.DATE:
                control = self.writer.date_control(tag, alias, empty)
            case _:
                control = self.writer.text_control(tag, alias, empty)
        return paragraph(self.writer.bookmarked(layout.bookmark(tag), control), "Answer")

    def _boxes(self, step: Step, one: Field) -> str:
        """A box and its words a line, all within one bookmark."""
        start, end = self.writer.bookmark_ends(layout.bookmark(layout.tag(step, one)))
        lines = [
            self.writer.checkbox(layout.tag(step, one, choice.id), choice.label) + run(f"  {choice.label}")
            for choice in one.choices
        ]
        lines[0] = start + lines[0]
        lines[-1] += end
        return "".join(paragraph(line, "Statement") for line in lines)

    def _grid(self, step: Step, grid: layout.Grid) -> str:
        """Repeated fields as rows; a condition that all share stands above them, once."""
        first = 1250
        dated = [row.kind is FieldKind.DATE for row in grid.rows[0].fields]
        narrow = 2300
        wide = (TEXT_WIDTH - first - narrow * sum(dated)) // max(1, len(dated) - sum(dated))
        widths = (first, *(narrow if is_date else wide for is_date in dated))
        rows = (
            wordml.row(
                (
                    cell(first, says(row.title, "Label")),
                    *(
                        cell(width, self._control(step, one), look.TINT)
                        for width, one in zip(widths[1:], row.fields, strict=True)
                    ),
                )
            )
            for row in grid.rows
        )
        drawn = wordml.table(
            widths,
            (wordml.header_row(widths, (grid.name, *grid.columns)), *rows),
            f"{layout.heading(step)}: {grid.name}",
            f"A row each, with columns for {', '.join(grid.columns).lower()}.",
        )
        condition = layout.only_if(step, grid.rows[0].fields[0])
        return (says(condition, "Guidance") if condition else "") + drawn
