"""A Word file as a source: controls, bookmarks, then headings and labels, columns and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from audit.tools import Tool
from documents import layout
from documents.returned_tool import identity, not_relevant
from documents.returned_tool.found import Found
from documents.returned_tool.opening import Opened, opened
from documents.returned_tool.values import Identity
from documents.returned_tool.word.evidence import Evidence


@dataclass(frozen=True, slots=True)
class WordFile:
    """A vetted Word file."""

    file: Opened
    _read: dict[tuple[str, str], Evidence] = field(default_factory=dict)

    def identity(self, prefix: str) -> Identity:
        """By property, first lines, headers and footers."""
        return identity.identity(self.file, prefix)

    def found(self, tool: Tool) -> Mapping[layout.Key, Sequence[Found]]:
        """What the layers hold for each field."""
        return self._evidence(tool).found

    def not_relevant(self, tool: Tool) -> tuple[str, ...]:
        """By the ticked box of each step."""
        return not_relevant.steps(self.file, tool, self._evidence(tool).sections)

    def beside(self, tool: Tool) -> tuple[str, ...]:
        """The words that belong to no field: comments in the margin, rows that somebody added, and their like."""
        return tuple(self._evidence(tool).beside)

    def _evidence(self, tool: Tool) -> Evidence:
        key = tool.id, tool.version
        if key not in self._read:
            self._read[key] = Evidence(self.file, tool)
        return self._read[key]


def open_word(data: bytes, name: str) -> WordFile:
    """Vet and parse. Raises Unreadable."""
    return WordFile(opened(data, name))
