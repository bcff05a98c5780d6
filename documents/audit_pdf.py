"""The finished audit as a PDF for the child's file: tagged, titled and in English, checked against PDF/UA-1 (G07)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.answers import Answer, Audit, counts
from audit.council import Words
from audit.deadlines import LONDON
from audit.tools import Field, FieldKind, Role, Step, Tool
from documents import layout, look, standing
from documents.printable import FAMILIES, FONTS, paragraphs, printable

if TYPE_CHECKING:  # typst takes a moment to load, and most commands make no PDF
    from typst import Fonts

_PAGE = Path(__file__).parent / "audit.typ"
_WIDE, _NARROW = 3, 2
"""Parts of a row that the first column of a table takes, and each other one."""


class CannotBeMade(RuntimeError):
    """The page was refused. What was on it is not in the message: that goes to logs."""


def make(tool: Tool, words: Words, council_name: str, audit: Audit, auditor: str, as_of: datetime) -> bytes:
    """The PDF. `as_of` says when this was so, and counts only while the audit is not handed in.

    The same arguments give the same bytes; once handed in, only the audit counts. Raises CannotBeMade.
    """
    at = audit.submitted_at or as_of
    page = json.dumps(_page(tool, words, council_name, audit, auditor, at), ensure_ascii=False)
    from typst import TypstError, compile

    try:
        return compile(
            _PAGE.read_bytes(),
            font_paths=_fonts(),
            sys_inputs={"audit": page},
            pdf_standards=["ua-1"],
            timestamp=int(at.timestamp()),
        )
    except TypstError:
        raise CannotBeMade("The PDF of an audit was refused by the typesetter") from None


@cache
def _fonts() -> Fonts:
    """Ours and those inside typst, never the machine's: the same page everywhere."""
    from typst import Fonts

    return Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])


def _page(tool: Tool, words: Words, council: str, audit: Audit, auditor: str, at: datetime) -> dict[str, Any]:
    """Everything that stands on the pages, as plain data."""
    local = at.astimezone(LONDON)
    when = f"{local:%H:%M} on {local.day} {local:%B %Y}"
    handed_in = audit.submitted_at is not None
    about = f"{_capital(words.tool)} for {audit.reference}"
    sheet = _Sheet(tool, audit)
    return {
        "look": _LOOK,
        "reference": audit.reference,
        "title": printable(tool.title),
        "council": printable(council),
        "about": printable(f"{about}, {f'handed in {when}' if handed_in else f'as it stood {when}'}"),
        "draft": "" if handed_in else f"Not handed in yet. This is how {audit.reference} stood at {when}.",
        "footer": printable(f"{audit.reference}  ·  {tool.id}/{tool.version}  ·  {words.audit}"),
        "facts": [
            (name, printable(value))
            for name, value in (
                ("Reference", audit.reference),
                ("Case", audit.case_id),
                ("Auditor", auditor),
                ("Allocated", standing.day_in_words(audit.allocated_at.astimezone(LONDON).date().isoformat())),
                (
                    "Handed in",
                    when.replace(" on ", ", ") if handed_in else f"Not yet. This is how it stood at {when}",
                ),
                ("Made with", f"{tool.id}, version {tool.version}"),
            )
        ],
        "serious": [printable(line) for line in standing.serious(tool, audit)],
        "grades": {
            "title": "The grades",
            "head": [_capital(words.area), "Grade"],
            "rows": list(sheet.grades()),
        },
        "parts": list(sheet.parts(words)),
        "after": "" if not (handed_in and audit.kept) else "What came after handing in is kept and is no part of this.",
    }


_LOOK = {
    "accent": look.ACCENT,
    "ink": look.INK,
    "quiet": look.QUIET,
    "rule": look.RULE,
    "tint": look.TINT,
    "tiny": look.TINY,
    "small": look.SMALL,
    "body": look.BODY,
    "large": look.LARGE,
    "heading": look.HEADING,
    "title": look.TITLE,
    "fonts": list(FAMILIES),
}


class _Sheet:
    """The steps with their answers, as data."""

    def __init__(self, tool: Tool, audit: Audit) -> None:
        self._tool = tool
        self._audit = audit

    def grades(self) -> Iterator[dict[str, Any]]:
        """A row for each step that is graded."""
        for step in self._tool.steps:
            grade, answer = step.role(Role.GRADE), self._audit.answer(step.id)
            if grade is None:
                continue
            choice = None if answer.not_relevant else grade.choice(answer.text(grade.id))
            nothing = layout.NOT_RELEVANT if answer.not_relevant else "Not graded yet"
            yield {
                "area": printable(layout.heading(step)),
                "grade": printable(choice.label) if choice else nothing,
                "mark": look.MARKS[choice.shape] if choice else "",
                "strong": step.closing,
                "quiet": choice is None,
            }

    def parts(self, words: Words) -> Iterator[dict[str, Any]]:
        """The areas, then what closes the tool; every step that it has, answered or not."""
        areas = [step for step in self._tool.steps if not step.closing]
        closing = [step for step in self._tool.steps if step.closing]
        for title, steps in ((_capital(words.areas), areas), (f"The {words.audit} as a whole", closing)):
            if steps:
                yield {"title": printable(title), "steps": [self._step(step) for step in steps]}

    def _step(self, step: Step) -> dict[str, Any]:
        answer = self._audit.answer(step.id)
        answers = [] if answer.not_relevant else list(self._answers(step, answer))
        instead = layout.NOT_RELEVANT if answer.not_relevant else "" if answers else "Not answered yet"
        return {"title": printable(layout.heading(step)), "instead": instead, "answers": answers}

    def _answers(self, step: Step, answer: Answer) -> Iterator[dict[str, Any]]:
        for block in layout.blocks(step):
            if isinstance(block, layout.Grid):
                yield from self._rows(answer, block)
                continue
            for one in block:
                if standing.is_shown(self._audit, step, one, answer):
                    yield self._answer(step, one, answer)

    def _answer(self, step: Step, one: Field, answer: Answer) -> dict[str, Any]:
        value = answer.value(one.id)
        said = value if isinstance(value, tuple) else (value,)
        lines = [line for part in said for line in paragraphs(standing.shown(one, part))]
        choice = one.choice(value) if isinstance(value, str) else None
        kind = "list" if isinstance(value, tuple) and value else "words"
        if one.kind is FieldKind.GRADE and choice:
            kind = "grade"
        waiting = () if self._audit.submitted_at else standing.kept(self._audit, step, one)
        return {
            "kind": kind,
            "label": printable(one.label),
            "lines": lines,
            "mark": look.MARKS[choice.shape] if choice else "",
            "serious": standing.is_serious(self._audit, step, one),
            "kept": [paragraphs(words.words) for words in waiting],
        }

    def _rows(self, answer: Answer, grid: layout.Grid) -> Iterator[dict[str, Any]]:
        """The rows that count and hold anything, as one table."""
        filled = [
            row for row in grid.rows if any(answer.value(one.id) and counts(one, answer.values) for one in row.fields)
        ]
        if filled:
            yield {
                "kind": "rows",
                "head": [printable(name) for name in grid.columns],
                "widths": [_WIDE, *(_NARROW for _ in grid.columns[1:])],
                "rows": [
                    [" ".join(paragraphs(standing.shown(one, answer.value(one.id)))) for one in row.fields]
                    for row in filled
                ],
            }


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
