"""What the blank tool says by itself: labels, notes, hints and what the grades mean are nobody's answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from audit.tools import Field, FieldKind, Step
from documents import layout, look
from documents.returned_tool.alike import SURE, norm

_NOT_RELEVANT = norm(layout.NOT_RELEVANT)
_HEADERS = frozenset(norm(header) for header in layout.HEADERS)


def of_field(step: Step, one: Field) -> tuple[str, ...]:
    """The lines that stand with a field's label, as `norm` gives them."""
    lines = list(layout.notes(step, one))
    if one.kind is FieldKind.GRADE:
        lines += [layout.descriptor(choice) for choice in one.choices]
    return tuple(norm(line) for line in lines if line)


def of_step(step: Step, grids: Sequence[layout.Grid]) -> tuple[str, ...]:
    """The lines that stand above a step's first question, and the headers of its tables."""
    lines = [
        layout.heading(step), step.title, step.look_at, step.guidance, *step.prompts,
        *(layout.only_if(step, grid.rows[0].fields[0]) for grid in grids),
        *(name for grid in grids for name in (grid.name, *grid.columns)),
    ]  # fmt: skip
    return tuple(norm(line) for line in lines if line)


def is_not_relevant(line: str) -> bool:
    """Whether a line is the one that says that a step does not apply."""
    return norm(line).startswith(_NOT_RELEVANT)


def is_header(line: str) -> bool:
    """Whether a line is the header of a column."""
    return norm(line) in _HEADERS


def without(lines: Iterable[str], known: Iterable[str]) -> list[str]:
    """The lines that the blank tool does not say. Each of its own lines is taken out once: an answer may repeat one."""
    left = list(known)
    kept = []
    for line in lines:
        said = norm(line)
        if said in left:
            left.remove(said)
            continue
        near = process.extractOne(said, left, scorer=fuzz.ratio, score_cutoff=SURE) if len(said) > 12 else None
        if near is not None:
            left.remove(near[0])
        elif said or any(mark in line for mark in "☒☑✓✔✗✘✕√☐"):
            kept.append(line)
    return kept


def shape(one: Field, choice_id: str) -> str:
    """The mark that is printed beside a choice."""
    choice = one.choice(choice_id)
    return look.MARKS[choice.shape] if choice else ""
