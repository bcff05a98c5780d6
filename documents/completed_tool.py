"""A council's tool with its answers as they stand, for those who are to read it: nothing in it can be filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.answers import Answer, Audit, Value
from audit.council import Words
from audit.tools import Field, FieldKind, Step, Tool
from documents import layout, look, standing, wordml
from documents.wordml import TEXT_WIDTH, cell, paragraph, run, says

_LABEL = 3750
_ANSWER = TEXT_WIDTH - _LABEL
_FACT = 2300
_QUIET = f'<w:color w:val="{look.QUIET}"/>'
_GAP = says("", "Gap")


def make(tool: Tool, words: Words, council_name: str, audit: Audit, auditor: str, as_of: str) -> bytes:
    """The .docx. `as_of` says when this was so. The same arguments give the same bytes."""
    sheet = _Sheet(tool, audit)
    body = "".join((*_cover(tool, council_name, audit, auditor, as_of, sheet), *sheet.parts()))
    mark = run(f"{audit.reference}  ·  {tool.id}/{tool.version}  ·  as it stood {as_of}")
    return wordml.package(
        wordml.Document(
            title=f"{audit.reference} {tool.title}",
            author=council_name,
            subject=f"{words.tool.capitalize()} as it stood {as_of}",
            body=body,
            footer=paragraph(f"{mark}{wordml.tab()}{wordml.page_number()}", "Footer"),
            properties=((layout.REFERENCE_PROPERTY, audit.reference),),
        )
    )


def _cover(tool: Tool, council_name: str, audit: Audit, auditor: str, as_of: str, sheet: _Sheet) -> Iterator[str]:
    yield says(f"{audit.reference}  ·  as it stood {as_of}", "Reference")
    yield says(tool.title, "Title")
    yield says(council_name, "Subtitle")
    state = "Handed in." if audit.submitted_at else "Not handed in yet: the auditor may still add to it."
    facts = (("Case", audit.case_id), ("Filled in by", auditor), ("State", state))
    widths = (_FACT, TEXT_WIDTH - _FACT)
    rows = (
        wordml.row((cell(widths[0], says(name, "Label")), cell(widths[1], says(value, "Answer"))))
        for name, value in facts
    )
    yield wordml.table(
        widths,
        (wordml.header_row(widths, ("Reference", audit.reference)), *rows),
        f"About {audit.reference}",
        "Reference, case, who filled this in, and whether it was handed in.",
    )
    serious = standing.serious(sheet.tool, sheet.audit)
    if serious:
        yield says("Please read first", "Heading2")
        yield from (says(line, "Step") for line in serious)


@dataclass(frozen=True)
class _Sheet:
    """The steps with their answers."""

    tool: Tool
    audit: Audit

    def parts(self) -> Iterator[str]:
        """Every step that the tool has, answered or not."""
        for step in self.tool.steps:
            yield says(layout.heading(step), "Heading1")
            answer = self.audit.answer(step.id)
            if answer.not_relevant:
                yield says(layout.NOT_RELEVANT, "LookAt")
                continue
            drawn = [part for block in layout.blocks(step) if (part := self._block(step, answer, block))]
            yield _GAP.join(drawn) if drawn else paragraph(run("Not answered yet", extra=_QUIET), "LookAt")

    def _block(self, step: Step, answer: Answer, block: tuple[Field, ...] | layout.Grid) -> str:
        if isinstance(block, layout.Grid):
            return self._grid(step, answer, block)
        asked = [one for one in block if standing.is_shown(self.audit, step, one, answer)]
        rows = [self._row(step, one, answer.value(one.id)) for one in asked]
        if not rows:
            return ""
        widths = (_LABEL, _ANSWER)
        return wordml.table(
            widths,
            (wordml.header_row(widths, ("Question", "Answer")), *rows),
            layout.heading(step),
            f"Questions on the left, answers on the right: {step.title}.",
        )

    def _row(self, step: Step, one: Field, value: Value) -> str:
        shown = _marked(one, value) if value else paragraph(run("Not answered yet", extra=_QUIET), "Answer")
        if standing.is_serious(self.audit, step, one):
            shown += says("Please read first", "Label")
        for kept in standing.kept(self.audit, step, one):
            shown += says(f"Also said, and not settled yet: {kept.words}", "Note")
        return wordml.row(
            (cell(_LABEL, says(one.label, "Label")), cell(_ANSWER, shown, look.TINT)),
        )

    def _grid(self, step: Step, answer: Answer, grid: layout.Grid) -> str:
        """The rows that hold anything."""
        filled = [row for row in grid.rows if any(answer.value(one.id) for one in row.fields)]
        if not filled:
            return ""
        first = 1250
        wide = (TEXT_WIDTH - first) // len(grid.columns)
        widths = (first, *(wide for _ in grid.columns))
        rows = (
            wordml.row(
                (
                    cell(first, says(row.title, "Label")),
                    *(
                        cell(wide, says(standing.shown(one, answer.value(one.id)), "Answer"), look.TINT)
                        for one in row.fields
                    ),
                )
            )
            for row in filled
        )
        return wordml.table(
            widths,
            (wordml.header_row(widths, (grid.name, *grid.columns)), *rows),
            f"{layout.heading(step)}: {grid.name}",
            f"A row each, with columns for {', '.join(grid.columns).lower()}.",
        )


def _marked(one: Field, value: Value) -> str:
    """An answer as a paragraph; a grade with its mark, which never stands alone."""
    choice = one.choice(value) if isinstance(value, str) else None
    if one.kind is FieldKind.GRADE and choice:
        mark = look.MARKS[choice.shape]
        shown = run(f"{mark}  ", extra=f'<w:color w:val="{look.ACCENT}"/>') if mark else ""
        return paragraph(shown + run(choice.label), "GradeName")
    parts = value if isinstance(value, tuple) else (value,)
    return "".join(says(standing.shown(one, part), "Answer") for part in parts)
