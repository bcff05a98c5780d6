"""The cards that follow a tool that came back with questions: each kind at length, and a later tool that differs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from audit.tools import Field, FieldKind, Step
from desk import submissions
from dialogs.screens import Questions, Screen
from documents.returned_tool import FieldRead
from tests.cards.gallery import LONG, cast, story_of
from tests.stories.story import Story


def questions(tmp_path: Path, folder: Path) -> Iterator[tuple[str, Screen]]:
    """The card of questions, before and after an answer, and with a later tool."""
    auditor, case, tool_id = cast(folder)
    story = story_of(tmp_path, folder, "returned")
    ref = story.allocate(case, auditor, tool_id)
    story.presses(auditor, "start", audit=ref)
    steps = story.council.tools[tool_id].steps
    _file(story, ref, [_unsure(step, one) for step in steps[:3] for one in step.fields], "first")
    card = story.presses(auditor, "questions", audit=ref)
    yield "questions", card
    yield "questions asked again", _first_answered(story, auditor, ref, card)
    _file(story, ref, [_read(step, one, 0) for step in steps[4:7] for one in step.fields], "second")
    _file(story, ref, [_read(step, one, 1) for step in steps[4:7] for one in step.fields], "third")
    yield "questions about a later tool", story.presses(auditor, "questions", audit=ref)


def _file(story: Story, ref: str, reads: list[FieldRead], file: str) -> None:
    with story.store.open() as ledger:
        audit = ledger.audits.by_reference(ref, lock=True)
        assert audit
        submissions.file(ledger, audit, reads, None, file, story.now)


def _first_answered(story: Story, auditor: str, ref: str, card: Screen) -> Screen:
    assert isinstance(card, Questions)
    bound = [one.plain() for one in card.asked]
    answers = {f"q.{place}": one.choices[0].id for place, one in enumerate(card.asked) if one.choices}
    return story.presses(auditor, "answer", audit=ref, step="", version=0, asked=bound, **answers)


def _unsure(step: Step, one: Field) -> FieldRead:
    """Something that only its writer can settle."""
    options = tuple(choice.id for choice in one.choices[:2])
    value = None if one.picked or one.kind is FieldKind.DATE else LONG
    words = "this or that" if one.picked else LONG
    return FieldRead(step.id, one.id, words, value, options, "scan", "unsure", "", "I read this from a picture.")


def _read(step: Step, one: Field, place: int) -> FieldRead:
    ids = [choice.id for choice in one.choices if not choice.serious]
    if one.kind is FieldKind.MANY:
        return FieldRead(step.id, one.id, "", (ids[place],), (), "control", "read")
    written = f"2026-12-1{place}" if one.kind is FieldKind.DATE else f"{place}: {LONG}"
    value = ids[place % len(ids)] if one.picked else written
    return FieldRead(step.id, one.id, value, value, (), "control", "read")
