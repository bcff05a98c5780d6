"""What an audit says as it stands, in words: shared by all documents that are read and not filled in."""

from __future__ import annotations

from datetime import date

from audit.answers import Answer, Audit, KeptWords, Value, counts
from audit.tools import Field, FieldKind, Step, Tool
from documents import layout


def serious(tool: Tool, audit: Audit) -> tuple[str, ...]:
    """The answers that gave cause to tell people, settled or not, and where they stand (F02)."""
    lines = []
    for step in tool.steps:
        for one in step.fields:
            where = f"{layout.heading(step)} – {one.label}{'' if one.label.endswith('?') else ':'}"
            if is_serious(audit, step, one):
                lines.append(f"{where} {shown(one, audit.answer(step.id).value(one.id))}")
            elif any(_may_be_serious(one, words) for words in kept(audit, step, one)):
                lines.append(f"{where} not settled yet")
    return tuple(lines)


def is_serious(audit: Audit, step: Step, one: Field) -> bool:
    """Whether a field's answer is marked serious, in a step that counts."""
    answer = audit.answer(step.id)
    choice = one.choice(answer.text(one.id))
    return bool(choice and choice.serious and not answer.not_relevant)


def _may_be_serious(one: Field, words: KeptWords) -> bool:
    possible = (*words.options, *((words.value,) if isinstance(words.value, str) else words.value))
    return any((choice := one.choice(part)) is not None and choice.serious for part in possible)


def kept(audit: Audit, step: Step, one: Field) -> tuple[KeptWords, ...]:
    """The words that wait beside a field."""
    return tuple(words for words in audit.kept if (words.step, words.field) == (step.id, one.id))


def is_shown(audit: Audit, step: Step, one: Field, answer: Answer) -> bool:
    """Whether a field has a place on the page: it holds something, or it should."""
    if answer.value(one.id) or kept(audit, step, one):
        return True
    return one.required and counts(one, answer.values)


def shown(one: Field, value: Value) -> str:
    """A value in words: labels for choices, a day written out."""
    if isinstance(value, tuple):
        return ", ".join(shown(one, part) for part in value)
    choice = one.choice(value)
    if choice:
        return choice.label
    return day_in_words(value) if one.kind is FieldKind.DATE else value


def day_in_words(value: str) -> str:
    """2026-12-18 as 18 December 2026; words that are no such day as they are."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{day.day} {day:%B %Y}"
