"""What stands on the card of a finished audit: the case note to copy, lines that wait for a decision, and the PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audit.case_note import CaseNote, Choice, Held
from audit.notices import Finished, LiveFacts
from bot.cards.parts import (
    Json,
    box,
    buttons,
    capital,
    mail,
    plain,
    press,
    quiet_box,
    shortened,
    size,
    small,
    subheading,
    text,
    toggle,
    words_of,
    writing,
)
from dialogs.screens import HandedIn, Problem

_MOST_HELD = 2
"""So many held lines are asked about at once; the others follow when these are decided."""
_LARGEST_NOTE = 5000
"""Bytes of a note that a card can carry beside all else."""
_LONGEST_LINE = 300


def filing(screen: HandedIn, data: Mapping[str, Any]) -> Iterator[Json | None]:
    """The case note with what is held back from it, and the PDF."""
    live = screen.live
    finished = live.finished
    if finished is None:
        return
    yield subheading("For the record", spacing="medium")
    yield text(_who_files(live), spacing="small")
    for held in finished.note.held[:_MOST_HELD]:
        yield _question(held, screen, data)
    more = len(finished.note.held) - _MOST_HELD
    if more > 0:
        yield small(f"{more} more {'is' if more == 1 else 'are'} asked about when you have decided.", spacing="small")
    yield buttons(
        toggle("Case note", "case_note"),
        None if finished.letter else press("E-mail me the PDF", "pdf", data),
        spacing="medium",
    )
    yield from _letter(finished, live)
    yield _note(finished.note)


def _who_files(live: LiveFacts) -> str:
    policy, words = live.council.policy, live.council.words
    if policy.case_note_by == "auditor":
        return f"Please add the case note to {plain(words.case_system)}. It gives the actions and holds no grade."
    return (
        f"{capital(plain(policy.qa_team))} adds the case note to {plain(words.case_system)} "
        f"and keeps the PDF in {plain(words.document_store)}. The note gives the actions and holds no grade."
    )


def _question(held: Held, screen: HandedIn, data: Mapping[str, Any]) -> Json:
    """One line that may speak of a grade, with what can be done about it."""
    name = f"note.{held.key}"
    mine = screen.problem if screen.problem and screen.problem.field == name else None
    asks = "This speaks of a grade" if held.certain else "Does this speak of a grade?"
    carried = {**data, "line": held.key}
    return quiet_box(
        subheading(
            f"{asks} Action {held.number} is held" if not held.certain else f"{asks}: action {held.number} is held"
        ),
        words_of(shortened(held.words, _LONGEST_LINE)),
        _beside(mine),
        writing(name, "Say in other words what is to be done", screen.typed.get(name, "")[:_LONGEST_LINE], lines=False),
        buttons(
            press("Use my words", "note", {**carried, "choice": Choice.REWORD.value}),
            None if held.certain else press("No, keep it", "note", {**carried, "choice": Choice.KEEP.value}),
            press("Leave it out", "note", {**carried, "choice": Choice.LEAVE_OUT.value}),
        ),
        spacing="medium",
    )


def _beside(problem: Problem | None) -> Json | None:
    return text(plain(problem.sentence), color="attention", spacing="small") if problem else None


def _letter(finished: Finished, live: LiveFacts) -> Iterator[Json]:
    if not finished.letter:
        return
    to = mail(live.of.auditor.email)
    said = {
        "waiting": f"The PDF is on its way to {to}.",
        "sent": f"The PDF was sent to {to}.",
    }
    yield text(
        said.get(
            finished.letter, f"The PDF could not be sent to {to}. Please ask {plain(live.council.policy.qa_team)}."
        ),
        spacing="small",
    )


def _note(note: CaseNote) -> Json:
    """Hidden until it is asked for; a block for each line, so that all of it can be selected and copied."""
    if size({"note": note.text}) > _LARGEST_NOTE:
        sentence = "The note is too long for a card. Press E-mail me the PDF: the letter holds the note as well."
        return quiet_box(text(sentence), id="case_note", isVisible=False, spacing="medium")
    return quiet_box(
        small("Select the text and copy it."),
        box(
            *(words_of(line, "small" if line[:1].isdigit() else "none") for line in note.lines if line), spacing="small"
        ),
        id="case_note",
        isVisible=False,
        spacing="medium",
    )
