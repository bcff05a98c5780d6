"""A Word file as a source: controls, bookmarks, then headings and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.tools import Tool
from documents import layout
from documents.returned_tool import bookmarks, controls, headings, identity, not_relevant
from documents.returned_tool.found import Found, in_place
from documents.returned_tool.opening import Opened, opened
from documents.returned_tool.values import Identity


@dataclass(frozen=True, slots=True)
class WordFile:
    """A vetted Word file."""

    file: Opened

    def identity(self, prefix: str) -> Identity:
        """By property, first lines and footer."""
        return identity.identity(self.file, prefix)

    def found(self, tool: Tool) -> Mapping[layout.Key, Sequence[Found]]:
        """What the three layers hold for each field."""
        hollow = layout.placeholders(tool)
        tagged = controls.find(self.file, tool, hollow)
        marked = bookmarks.find(self.file, tool)
        labelled = headings.find(headings.sections(self.file, tool), tool)
        found: dict[layout.Key, Sequence[Found]] = {}
        for step in tool.steps:
            for one in step.fields:
                key = step.id, one.id
                mine = list(tagged[key])
                if key in marked:
                    mine.append(in_place("bookmark", marked[key], one, hollow[key]))
                for cell in labelled.get(key, ()):
                    if cell is not marked.get(key):  # mostly they are the same
                        mine.append(in_place("heading", cell, one, hollow[key]))
                found[key] = mine
        return found

    def not_relevant(self, tool: Tool) -> tuple[str, ...]:
        """By the ticked box of each step."""
        return not_relevant.steps(self.file, tool, headings.sections(self.file, tool))


def open_word(data: bytes, name: str) -> WordFile:
    """Vet and parse. Raises Unreadable."""
    return WordFile(opened(data, name))
