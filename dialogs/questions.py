"""Which questions stand on the card of what a returned tool left open, from values alone."""

from __future__ import annotations

from audit.answers import Audit
from audit.notices import LiveFacts
from audit.tools import Tool
from desk import questions
from desk.questions import Question
from dialogs.screens import Questions

AT_ONCE = 6
"""So many questions on one card; the others follow when these are answered."""


def screen(live: LiveFacts) -> Questions | None:
    """The card of what is unclear, from values alone; None when nothing is."""
    unclear = waiting(live.of.tool, live.of.audit)
    parts = {one.key for one in unclear if one.part_of}
    first = [one for one in unclear if one.key not in parts] + [one for one in unclear if one.key in parts]
    asked = tuple(first[:AT_ONCE])
    more = sum(1 for one in first[AT_ONCE:] if one.key not in parts)
    return Questions(live, asked, more) if asked else None


def waiting(tool: Tool, audit: Audit) -> tuple[Question, ...]:
    """The questions about words that wait. What is merely empty is asked by the sections themselves."""
    return tuple(one for one in questions.asked_of(tool, audit) if one.kept)
