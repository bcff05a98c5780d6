"""Answers in a section whose table was turned into paragraphs: a label, then its answer, up to the next label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from audit.tools import Field, FieldKind, Step
from audit.words import day, meaning
from documents import layout
from documents.returned_tool.alike import begins, norm
from documents.returned_tool.found import without_placeholder
from documents.returned_tool.prose import tidy
from documents.returned_tool.word import furniture
from documents.returned_tool.word.outline import Table
from documents.returned_tool.word.sections import Section


@dataclass(slots=True)
class Written:
    """The lines below one label."""

    one: Field
    place: int
    lines: list[str] = field(default_factory=list)
    doubt: str = ""


def read(
    section: Section,
    grids: Sequence[layout.Grid],
    above: Sequence[str],
    tabled: frozenset[str],
    placeholders: Mapping[layout.Key, str],
) -> tuple[list[Written], list[str]]:
    """What stands below each label that is a paragraph, and the paragraphs that belong to none.

    `tabled` are the fields whose label stands in a table of this section.
    """
    step = section.step
    own = tuple(placeholders[step.id, one.id] for one in step.fields)
    labels = {norm(one.label): one for one in step.fields if one.id not in tabled}
    order = {one.id: place for place, one in enumerate(step.fields)}
    rows = {norm(row.title): row for grid in grids for row in grid.rows if row.fields[0].id not in tabled}
    found: list[Written] = []
    loose: list[str] = []
    current: Written | None = None
    row: layout.Row | None = None
    row_lines: list[str] = []
    for block in section.blocks:
        if isinstance(block, Table):
            current = row = None
            continue
        if not block.text or block.boxed:
            if block.text:
                loose.append(block.text)
            elif current is not None and current.lines and row is None:
                current.lines.append("")
            continue
        named = rows.get(norm(block.text))
        if named is not None:
            _close(row, row_lines, found)
            row, row_lines, current = named, [], None
            continue
        begun = None if block.text.startswith(own) else _label(block.text, labels)
        if begun is not None:
            _close(row, row_lines, found)
            row, row_lines = None, []
            one, rest = begun
            late = bool(found) and order[one.id] < max(order[other.one.id] for other in found)
            again = any(other.one is one for other in found)
            doubt = "A line in what is written reads like a question of the tool." if late or again else ""
            if doubt and current is not None:
                current.doubt = doubt
            if again:
                first = next(place for place, other in enumerate(found) if other.one is one)
                for other in found[max(0, first - 1) :]:
                    other.doubt = doubt
            current = Written(one, len(found), [rest] if rest else [], doubt)
            found.append(current)
        elif row is not None:
            row_lines += block.text.split("\n")
        elif current is not None:
            current.lines += block.text.split("\n")
            if block in section.misleading:
                current.doubt = f"The line “{block.text}” in it reads like a heading."
        else:
            loose.append(block.text)
    _close(row, row_lines, found)
    for written in found:
        _clean(written, step, above, placeholders)
    return [written for written in found if written.lines or written.doubt], loose


def _label(text: str, labels: Mapping[str, Field]) -> tuple[Field, str] | None:
    one = labels.get(norm(text))
    if one is not None:
        return one, ""
    begun = begins(text, labels)
    if begun is None:
        return None
    one, rest = begun
    stripped = rest.lstrip()
    if stripped.startswith((":", "-", "–", "—", "\t")) or "\n" in rest or rest[:1] in "?":
        return one, stripped.lstrip(":-–—? \t\n").strip()
    if one.picked and meaning(stripped, one.choices).choice:
        return one, stripped
    return None


def _clean(written: Written, step: Step, above: Sequence[str], placeholders: Mapping[layout.Key, str]) -> None:
    """Leave the lines that somebody wrote, and the empty ones between them."""
    text = without_placeholder("\n".join(written.lines), placeholders[step.id, written.one.id])
    lines = [line for line in text.split("\n") if not (line and furniture.is_header(line))]
    known = [*furniture.of_field(step, written.one), *above]
    kept = furniture.without([line for line in lines if line], known)
    left = list(kept)
    shown: list[str] = []
    for line in lines:
        if not line or (left and line == left[0]):
            shown.append(line)
            left = left[1:] if line else left
    said = tidy("\n".join(shown))
    written.lines = said.split("\n") if said else []


def _close(row: layout.Row | None, lines: Sequence[str], found: list[Written]) -> None:
    """Share the lines below a row's title among its fields: one each, or by what they are, or to be asked about."""
    said = [line for line in lines if line]
    if row is None or not said:
        return
    if len(said) == len(row.fields):
        found += [Written(one, len(found), [line]) for one, line in zip(row.fields, said, strict=True)]
        return
    dated = [one for one in row.fields if one.kind is FieldKind.DATE]
    doubt = f"“{row.title}” has {len(row.fields)} answers, and I found {len(said)} line{'s' if len(said) > 1 else ''}."
    rest = [line for line in said if not (dated and day(line))]
    days = [line for line in said if dated and day(line)]
    if days:
        found.append(Written(dated[0], len(found), days[:1], doubt))
    if rest:
        found.append(Written(row.fields[0], len(found), rest, doubt))
