"""The corpus: what people wrote x what they did to the file x what their editor did to it.

What should be read stands beside each.

Everything is drawn from the case's own name, so that a case is the same every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from audit.tools import Tool
from documents import layout
from tests.returned import content, damage, editors, marks, tools
from tests.returned.draft import REFERENCE, Draft, Expected, chance

EDITORS_A_CONTENT = 3
"""How many editors each kind of content goes through for each tool; in turns, so that all of them meet all."""


@dataclass(frozen=True, slots=True)
class Return:
    """One file that came back. `group` is the row of the table that it counts in."""

    name: str
    group: str
    tool: Tool
    data: bytes
    file_name: str
    expected: Mapping[layout.Key, Expected]
    remarks: tuple[str, ...] = ()
    references: tuple[str, ...] = (REFERENCE,)


@dataclass(frozen=True, slots=True)
class Case:
    """The recipe of a return, made when it is wanted."""

    name: str
    group: str
    make: Callable[[], Return]


def returned(name: str, group: str, draft: Draft, file_name: str = "Copy of tool FINAL v2 (1).docx") -> Return:
    """A finished draft as a file."""
    return Return(
        name, group, draft.tool, draft.bytes(), file_name, dict(draft.expected), tuple(draft.remarks), draft.references
    )


def _by_editor(tool: Tool, written: str, editor: str) -> Case:
    name = f"{tool.id}/{tool.version}, {written}, {editor}"

    def make() -> Return:
        draft = content.EVERY[written](tool, chance(name))
        editors.EVERY[editor](draft, chance(name, "editor"))
        return returned(name, editor, draft)

    return Case(name, editor, make)


def _by_damage(tool: Tool, done: str, editor: str) -> Case:
    name = f"{tool.id}/{tool.version}, {done}, {editor}"

    def make() -> Return:
        draft = content.full(tool, chance(name))
        damage.EVERY[done](draft, chance(name, "damage"))
        editors.EVERY[editor](draft, chance(name, "editor"))
        return returned(name, done, draft)

    return Case(name, done, make)


FIRST = (
    "headings renumbered", "headings in plain bold", "section moved", "section twice, one blank", "table torn in two",
    "header row deleted", "slips in labels", "words added to labels", "row inserted", "column added",
    "old reference in the footer", "section deleted",
)  # fmt: skip
SECOND = (
    *marks.EVERY, "text boxes", "tracked changes", "in red beside placeholders", "answer in the left cell",
    "answer in the row below", "answer behind the label",
)  # fmt: skip
BEFORE = (
    "full", "partial", "grade words", "hedged", "tricky comments", "long comments", "pasted tables", "pasted text",
    "days", "not relevant", "grade in the comment",
)  # fmt: skip
MIXED = 160
MIXED_GROUP = "two things at once"


def mixed() -> Iterator[Case]:
    """What is worse than one thing: other content, damage to the form, damage to the answers, and any editor."""
    for place in range(MIXED):
        drawn = chance("mixed", place)
        first, second = drawn.choice(FIRST), drawn.choice(SECOND)
        if first == "words added to labels" and second in ("answer in the left cell", "answer behind the label"):
            continue  # nobody could tell which words are whose
        yield _mixed(
            tools.TOOLS[place % len(tools.TOOLS)],
            drawn.choice(BEFORE),
            first,
            second,
            drawn.choice(tuple(editors.EVERY)),
        )


def _mixed(tool: Tool, written: str, first: str, second: str, editor: str) -> Case:
    name = f"{tool.id}/{tool.version}, {written}, {first}, {second}, {editor}"

    def make() -> Return:
        draft = content.EVERY[written](tool, chance(name))
        damage.EVERY[first](draft, chance(name, "first"))
        damage.EVERY[second](draft, chance(name, "second"))
        editors.EVERY[editor](draft, chance(name, "editor"))
        return returned(name, MIXED_GROUP, draft)

    return Case(name, MIXED_GROUP, make)


def matrix() -> Iterator[Case]:
    """Every content through some editors, and every damage through one, for every tool; in turns."""
    names = tuple(editors.EVERY)
    for first, tool in enumerate(tools.TOOLS):
        for second, written in enumerate(content.EVERY):
            for place in range(EDITORS_A_CONTENT):
                yield _by_editor(tool, written, names[(first + second + place * 2) % len(names)])
        for second, done in enumerate(damage.EVERY):
            yield _by_damage(tool, done, names[(first + second) % len(names)])


def sample() -> Iterator[Case]:
    """The short form: each editor and each damage once, and each kind of content, over the tools in turns."""
    small = [tool for tool in tools.TOOLS if len(tool.steps) < 10]
    names = tuple(editors.EVERY)
    for place, written in enumerate(content.EVERY):
        yield _by_editor(small[place % len(small)], written, names[place % len(names)])
    for place, done in enumerate(damage.EVERY):
        yield _by_damage(small[place % len(small)], done, names[place % len(names)])
