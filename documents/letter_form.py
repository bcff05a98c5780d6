"""The form in plain words that stands in a mail and is answered there: a line a question, each with a code of its own.

Every line is made so that it can be found again whatever a mail program does to it: it begins with its code, and its
only colon is the last thing printed. What follows the colon was written by somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from audit.scales import Choice
from audit.tools import Field, FieldKind, Step, Tool
from documents import layout

ROWS = 3
"""Rows of a table, such as that of actions. Who needs more has the Word tool."""

NOT_RELEVANT = "not relevant"
BOX = "[ ]"
_LETTERS = 26
_NUMBER = re.compile(r"\d+[a-z]?(?:\.\d+)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the form. More than one field where a row of a table is asked in one line, parted by semicolons."""

    code: str
    step: Step
    fields: tuple[Field, ...]
    label: str
    note: str

    @property
    def line(self) -> str:
        """What is printed; the answer follows."""
        if self.note:
            return f"{self.code} {self.label} ({self.note}):"
        return f"{self.code} {self.label} Answer:" if self.label.endswith("?") else f"{self.code} {self.label}:"

    @property
    def boxes(self) -> tuple[Choice, ...]:
        """The statements that follow, each with a box."""
        return self.fields[0].choices if self.fields[0].kind is FieldKind.MANY else ()


def lines(tool: Tool, reference: str) -> tuple[str, ...]:
    """The whole form, from its first line to its last."""
    asked = questions(tool)
    found = [start(tool, reference), ""]
    for step in tool.steps:
        found.append(heading(step))
        for question in asked:
            if question.step.id == step.id:
                found.append(question.line)
                found += (f"{BOX} {choice.label}" for choice in question.boxes)
        found.append("")
    return (*found, end(reference))


def start(tool: Tool, reference: str) -> str:
    """The line that the form begins with: whose it is."""
    return f"Form {reference} {tool.id}/{tool.version}"


def end(reference: str) -> str:
    """The line that the form ends with."""
    return f"End of form {reference}"


def heading(step: Step) -> str:
    """The line above a step's questions."""
    return f"{step.number}. {step.title}"


def questions(tool: Tool) -> tuple[Question, ...]:
    """Every question in its order."""
    numbers = [step.number for step in tool.steps]
    plain = len(set(numbers)) == len(numbers) and all(_NUMBER.fullmatch(number) for number in numbers)
    found: list[Question] = []
    for place, step in enumerate(tool.steps, 1):
        number = step.number if plain else str(place)
        found += (
            Question(f"{number}{_letter(nth)}", step, fields, _without_colons(label), note)
            for nth, (fields, label, note) in enumerate(_asked(step))
        )
    return tuple(found)


def _letter(place: int) -> str:
    return "z" * (place // _LETTERS) + chr(ord("a") + place % _LETTERS)


def _asked(step: Step) -> Iterator[tuple[tuple[Field, ...], str, str]]:
    for block in layout.blocks(step):
        if isinstance(block, layout.Grid):
            columns = "; ".join(column.lower() for column in block.columns)
            yield from ((row.fields, row.title, columns) for row in block.rows[:ROWS])
        else:
            yield from (((one,), one.label, _note(step, one)) for one in block)


def _note(step: Step, one: Field) -> str:
    """The possible answers, and when it is asked at all."""
    return "; ".join(part for part in (_only_if(step, one), _how(one)) if part)


def _only_if(step: Step, one: Field) -> str:
    if one.when is None or one.label.lower().startswith("if "):
        return ""
    labels = (choice.label.lower() for choice in step.field(one.when[0]).choices if choice.id in one.when[1])
    return _without_colons(f"if {' or '.join(labels)}")


def _how(one: Field) -> str:
    if one.kind is FieldKind.MANY:
        return "put an x into the brackets"
    if one.kind is FieldKind.DATE:
        return "day/month/year"
    return _without_colons(" / ".join(_small(choice.label) for choice in one.choices))


def _small(label: str) -> str:
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _without_colons(label: str) -> str:
    return " ".join(label.replace(": ", " – ").replace(":", " ").split())
