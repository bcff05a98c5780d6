"""What every format gives: whose file it is, what stands for each field, and which steps do not apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from audit.tools import Tool
from documents import layout
from documents.returned_tool.found import Found
from documents.returned_tool.values import Identity


class Source(Protocol):
    """An opened file: a module a format. It says what it found where; what that means is settled elsewhere."""

    def identity(self, prefix: str) -> Identity:
        """Which audit and which tool it says it is."""
        ...

    def found(self, tool: Tool) -> Mapping[layout.Key, Sequence[Found]]:
        """What stands for each field, layer by layer, the surest first. A field that is not named is missing."""
        ...

    def not_relevant(self, tool: Tool) -> tuple[str, ...]:
        """The ids of the steps that are marked as not relevant."""
        ...


@runtime_checkable
class SaysMore(Protocol):
    """A source that can tell which of its words belong to no field."""

    def beside(self, tool: Tool) -> tuple[str, ...]:
        """Those words, each with where it stands."""
        ...
