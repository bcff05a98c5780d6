"""What reading a returned tool gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from audit.answers import Value
from audit.tools import Tool

Layer = Literal["control", "bookmark", "heading", "column", "form", "page", "letter", "scan", "none"]
"""How an answer was found: by its tag, by its bookmark, by heading and label, by the column that a mark stands in, in a
PDF's form or on its pages, in the words of a letter, on a picture of a page, or not at all.
"""

State = Literal["read", "unsure", "missing"]

ToolFor = Callable[[str, str], Tool | None]
"""The tool with this id in this version, if there is one."""


@dataclass(frozen=True, slots=True)
class FieldRead:
    """What a file says for one field.

    `words` are as found, for the person to recognise. `value` is ready to store. When unsure, `options` are the choices
    that the words might mean, and `value` is what would be stored if the auditor says so, where there is one; `doubt`
    says why it is asked, as a sentence for the auditor ("Two grades are marked."). `where` says where it was found, in
    words ("page 2").
    """

    step_id: str
    field_id: str
    words: str
    value: Value | None
    options: tuple[str, ...]
    layer: Layer
    state: State
    where: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which audit and which tool a file says it is, by the place that says so."""

    by_property: tuple[str, ...]
    by_body: tuple[str, ...]
    by_footer: tuple[str, ...]
    tool_id: str
    version: str

    @property
    def references(self) -> tuple[str, ...]:
        """Every reference that the file names, each once. More than one is a question, never a guess."""
        return tuple(dict.fromkeys((*self.by_property, *self.by_body, *self.by_footer)))

    @property
    def reference(self) -> str:
        """The reference, where the file names exactly one."""
        return self.references[0] if len(self.references) == 1 else ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file. Without a `tool` nothing but the identity could be read.

    `not_relevant` are the steps ticked as such and left empty; `contradicted` those ticked and answered all the same.
    `beside` are the words in it that belong to no field, each with where it stands: nothing that was said gets lost.
    """

    name: str
    identity: Identity
    tool: Tool | None
    fields: tuple[FieldRead, ...] = ()
    not_relevant: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def field(self, step_id: str, field_id: str) -> FieldRead:
        """What was read for a field. Raises KeyError."""
        for one in self.fields:
            if (one.step_id, one.field_id) == (step_id, field_id):
                return one
        raise KeyError((step_id, field_id))

    def those(self, state: State) -> tuple[FieldRead, ...]:
        """The fields in this state, in the tool's order."""
        return tuple(one for one in self.fields if one.state == state)
