"""Which steps were ticked as not relevant."""

from __future__ import annotations

from collections.abc import Sequence

from audit.tools import Step, Tool
from documents import layout
from documents.returned_tool.bookmarks import around
from documents.returned_tool.found import box, ticked
from documents.returned_tool.opening import Opened
from documents.returned_tool.prose import is_checked, words
from documents.returned_tool.word.outline import Paragraph
from documents.returned_tool.word.sections import Section


def steps(file: Opened, tool: Tool, below: Sequence[Section]) -> tuple[str, ...]:
    """The ids of steps whose box is ticked, wherever it says so."""

    def is_ticked(step: Step) -> bool:
        tag = layout.not_relevant_tag(step)
        boxes, place = file.controls.get(tag, ()), around(file, tag)
        lines = [
            block.text
            for section in below
            if section.step is step
            for block in section.blocks
            if isinstance(block, Paragraph)
        ]
        lines.append(words(place) if place is not None else "")
        return any(ticked(words(one)) or is_checked(one) for one in boxes) or any(_says_so(line) for line in lines)

    return tuple(step.id for step in tool.steps if step.may_be_not_relevant and is_ticked(step))


def _says_so(text: str) -> bool:
    """Whether a line has a tick before or right behind its words."""
    for line in text.split("\n") if layout.NOT_RELEVANT in text else ():
        before, found, behind = line.partition(layout.NOT_RELEVANT)
        if found and (ticked(box(f"{before} ")[0]) or ticked(box(behind.partition("(")[0].strip() + " ")[0])):
            return True
    return False
