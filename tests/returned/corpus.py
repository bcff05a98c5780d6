"""The corpus: what people wrote x what they did to the file x what their editor did to it.

What should be read stands beside each.

Everything is drawn from the case's own name, so that a case is the same every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from audit.tools import Tool
from documents import layout
from tests.returned import content, damage, editors, tools
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
