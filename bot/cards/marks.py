"""Grades as people see them: a mark that differs in shape, and always the word (L06)."""

from __future__ import annotations

from audit.answers import Answer
from audit.scales import Choice
from audit.tools import Field, Role, Step
from bot.cards.parts import plain

SHAPES = {"star": "★", "tick": "✓", "triangle": "▲", "cross": "✕", "ring": "○", "none": ""}


IN_A_LIST = 24
"""A longer answer than this is not repeated in a list."""


def marked(choice: Choice) -> str:
    """A choice with its mark before it."""
    return f"{SHAPES[choice.shape]} {choice.label}".strip()


def offered(choice: Choice) -> str:
    """A choice as a radio button says it: mark, word, and what it means in a line."""
    return f"{marked(choice)} – {choice.short}" if choice.short else marked(choice)


def deciding(step: Step) -> Field | None:
    """The field whose answer stands for a step in a list: its grade, or the first thing to pick."""
    one = step.role(Role.GRADE)
    if one or not step.closing:
        return one
    return next((field for field in step.fields if field.picked), None)


def outcome(step: Step, answer: Answer) -> str:
    """What was decided for a step, in a word or two that stay on one line with their mark, or nothing."""
    if answer.not_relevant:
        return "not relevant"
    one = deciding(step)
    choice = one.choice(answer.text(one.id)) if one else None
    if choice is None or len(choice.label) > IN_A_LIST:
        return ""
    return f"{SHAPES[choice.shape]}\u00a0{plain(choice.label)}".strip("\u00a0")
