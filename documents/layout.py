"""Where a field stands in the Word tool and what it is called there: shared by the writing and the reading of it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from audit.scales import Choice
from audit.tools import Field, FieldKind, Step, Tool

Key = tuple[str, str]
"""Step id and field id."""

REFERENCE_PROPERTY, TOOL_PROPERTY, VERSION_PROPERTY = "AuditReference", "ToolId", "ToolVersion"
REFERENCE_BOOKMARK = "pa_reference"
HEADERS = ("Question", "Your answer")
NOT_RELEVANT = "Not relevant here"

TICKED, UNTICKED = "☒", "☐"

_TAG_LIMIT = 64  # Word's own limits
_BOOKMARK_LIMIT = 40


def tag(step: Step, one: Field, choice_id: str = "") -> str:
    """The tag of a field's content control; of one of its choices where each has a box of its own."""
    return _tag(step.id, one.id, choice_id)


@lru_cache(maxsize=4096)
def _tag(*parts: str) -> str:
    return _within(".".join(part for part in parts if part), _TAG_LIMIT)


def not_relevant_tag(step: Step) -> str:
    """The tag of the box that says that a step does not apply. No field id can hold a colon's place."""
    return _within(f"{step.id}:not_relevant", _TAG_LIMIT)


@lru_cache(maxsize=4096)
def bookmark(tag_text: str) -> str:
    """The bookmark that stands around the control with this tag; it survives editors that drop tags."""
    return _within("pa_" + re.sub(r"\W", "_", tag_text.replace(":", "__"), flags=re.ASCII), _BOOKMARK_LIMIT)


def _within(name: str, limit: int) -> str:
    if len(name) <= limit:
        return name
    return f"{name[: limit - 9]}_{crc32(name.encode()):08x}"


def heading(step: Step) -> str:
    """A step's heading, its number written out so that it survives every editor."""
    return f"{step.number} {step.title}"


def descriptor(choice: Choice) -> str:
    """A grade and what it means in a line, without its mark."""
    return f"{choice.label}: {choice.short}" if choice.short else choice.label


def placeholders(tool: Tool) -> dict[Key, str]:
    """The words that stand in each empty control, different everywhere so that they tell the fields apart.

    Short where that is enough; with the step's title where it is not; numbered where even that is not.
    """
    fields = [(step, one) for step in tool.steps for one in step.fields]
    short = Counter(_placeholder(one.kind, one.label, "") for _, one in fields)
    found: dict[Key, str] = {}
    seen: Counter[str] = Counter()
    for step, one in fields:
        words = _placeholder(one.kind, one.label, "")
        if one.kind is FieldKind.GRADE or short[words] > 1:
            words = _placeholder(one.kind, one.label, step.title)
        seen[words] += 1
        found[step.id, one.id] = words if seen[words] == 1 else f"{words} ({seen[words]})"
    return found


@lru_cache(maxsize=4096)
def _placeholder(kind: FieldKind, label: str, title: str) -> str:
    about, place = _short(label), f" for {title}" if title else ""
    if kind is FieldKind.GRADE:
        return f"Choose one grade{place}"
    if kind is FieldKind.CHOICE:
        return f"Choose one answer{place}: {about}"
    if kind is FieldKind.DATE:
        return f"{about}{place}: choose a day"
    if about[-1:].isalnum():
        return f"{about}{place}: write here"
    return f"{title}: {about} Write here" if title else f"{about} Write here"


def _short(label: str) -> str:
    head, _, rest = label.partition(": ")
    numbered = bool(re.search(r"\d$", head))
    words = label.replace(": ", ", ") if numbered and rest else head
    return words if len(words) <= 70 else words[:70].rsplit(" ", 1)[0] + "…"


@dataclass(frozen=True, slots=True)
class Row:
    """One numbered row of a grid: its name and a field a column."""

    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Fields that repeat by number (what_1, who_1, what_2 ...), shown as a table of rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def blocks(step: Step) -> tuple[tuple[Field, ...] | Grid, ...]:
    """A step's fields as what follows one another on the page: runs of single fields, and grids."""
    found: list[tuple[Field, ...] | Grid] = []
    loose: list[Field] = []
    place = 0
    while place < len(step.fields):
        grid = _grid(step.fields[place:])
        if grid is None:
            loose.append(step.fields[place])
            place += 1
            continue
        if loose:
            found.append(tuple(loose))
            loose = []
        found.append(grid)
        place += len(grid.rows) * len(grid.columns)
    return (*found, tuple(loose)) if loose else tuple(found)


_NUMBERED = re.compile(r"(.+)_(\d+)")


def _grid(fields: tuple[Field, ...]) -> Grid | None:
    """The grid that starts with the first of these fields, if one does."""
    rows: list[Row] = []
    stems: tuple[str, ...] = ()
    rest = fields
    while rest:
        row, names = _row(rest, str(len(rows) + 1))
        if len(names) < 2 or (stems and names != stems):
            break
        stems = names
        rows.append(row)
        rest = rest[len(names) :]
    if len(rows) < 2:
        return None
    columns = tuple(one.label.partition(": ")[2].capitalize() for one in rows[0].fields)
    return Grid(rows[0].title.rstrip(" 0123456789"), columns, tuple(rows))


def _row(fields: tuple[Field, ...], number: str) -> tuple[Row, tuple[str, ...]]:
    row: list[Field] = []
    stems: list[str] = []
    title = fields[0].label.partition(": ")[0]
    for one in fields:
        match = _NUMBERED.fullmatch(one.id)
        written = one.kind in (FieldKind.LINE, FieldKind.TEXT, FieldKind.DATE)
        if not match or match[2] != number or not written or not one.label.startswith(f"{title}: "):
            break
        row.append(one)
        stems.append(match[1])
    return Row(title, tuple(row)), tuple(stems)


def notes(step: Step, one: Field) -> tuple[str, ...]:
    """What stands in small print below a field's label."""
    needed = only_if(step, one) or ("" if one.required else "If you can")
    return tuple(note for note in (needed, one.hint) if note)


def only_if(step: Step, one: Field) -> str:
    """When a field counts, in words; empty where it always does."""
    if one.when is None:
        return ""
    other = step.field(one.when[0])
    wanted = " or ".join(f"“{choice.label}”" for choice in other.choices if choice.id in one.when[1])
    return f"Only if “{other.label}” is {wanted}"
