"""The case note of a finished audit: what took place and which actions follow, and no grade (G06).

It is built from an allow-list: there is no place in it for a grade, a comment or learning. Only the actions hold words
that somebody wrote, and each is looked at; one that may speak of a grade is held until a person has decided.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from audit.answers import Action, Audit, actions
from audit.council import Words
from audit.deadlines import LONDON
from audit.grade_words import Talk, names_of, talk
from audit.tools import Tool

HELD = "[1 action is held: please read it before copying]"
"""What stands in the place of an action that waits for a decision. It quotes nothing."""


class Choice(StrEnum):
    """What a person decided about a line that was held."""

    KEEP = "keep"
    LEAVE_OUT = "leave out"
    REWORD = "reword"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision about an action. It counts for exactly these words: others in their place are looked at afresh."""

    words: str
    choice: Choice
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """An action that waits, with its place in the note. `certain`: a grade beyond doubt, never kept as it is."""

    number: int
    words: str
    certain: bool

    @property
    def key(self) -> str:
        """What a button carries: the same for the same words, wherever they stand by then."""
        return hashlib.sha256(self.words.encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class CaseNote:
    """The text to copy, line by line, and beside it what was held back from it."""

    lines: tuple[str, ...]
    held: tuple[Held, ...]

    @property
    def text(self) -> str:
        """The note as one text."""
        return "\n".join(self.lines)


def write(
    tool: Tool,
    words: Words,
    audit: Audit,
    auditor: str,
    period_from: date,
    decided: Sequence[Decided] = (),
) -> CaseNote:
    """The note of an audit that was handed in. Pure: the same arguments give the same note."""
    names = names_of(tool)
    rows = actions(audit.answer("actions"))
    shown = [line for row in rows if (line := _action(row, names, decided))]
    lines = (
        *_what_took_place(words, audit, auditor, period_from, names),
        "",
        *_listed([HELD if isinstance(line, Held) else line for line in shown], bool(rows)),
    )
    held = (replace(line, number=number) for number, line in enumerate(shown, 1) if isinstance(line, Held))
    return CaseNote(lines, tuple(held))


def _what_took_place(
    words: Words, audit: Audit, auditor: str, period_from: date, names: frozenset[str]
) -> Iterator[str]:
    """Reference, when, by whom, what was looked at. Names that could be read as a grade give way to plain words."""
    called = _calm(words.audit, names) or "practice audit"
    store = _calm(words.document_store, names) or "the document store"
    day = f" on {_long(audit.submitted_at)}" if audit.submitted_at else ""
    yield f"Case audit {audit.reference}"
    yield ""
    yield f"{called[:1].upper()}{called[1:]}, finished{day}."
    yield f"Auditor: {_calm(auditor, names) or 'named in the whole audit'}."
    yield f"Work looked at: from {period_from.day} {period_from:%B %Y}."
    met = audit.answer("meeting").text("met")
    if met == "yes":
        yield "The auditor met the worker."
    elif met == "no":
        yield "The auditor did not meet the worker."
    yield f"The whole audit is in {store} under {audit.reference}."


def _listed(lines: Sequence[str], any_actions: bool) -> Iterator[str]:
    if not lines:
        yield "Actions: none in this note." if any_actions else "No actions were needed."
        return
    yield "Actions"
    for number, line in enumerate(lines, 1):
        yield f"{number}. {line}"


def _action(row: Action, names: frozenset[str], decided: Sequence[Decided]) -> str | Held:
    """The line of an action; `Held` where somebody has to decide; empty where somebody left it out."""
    line = action_line(row)
    found = _worst((talk(row.what, names), talk(line, names)))
    if found is Talk.NONE and not all(talk(part, names) is Talk.NONE for part in (row.who, row.by)):
        found = Talk.PERHAPS  # somebody may be called Good, or RI for short
    if found is Talk.NONE:
        return line
    mine = next((one for one in reversed(decided) if one.words == line), None)
    if mine and mine.choice is Choice.LEAVE_OUT:
        return ""
    if mine and mine.choice is Choice.REWORD and talk(mine.instead, names) is Talk.NONE:
        return mine.instead
    if mine and mine.choice is Choice.KEEP and found is Talk.PERHAPS:
        return line
    return Held(0, line, found is Talk.GRADE)


def _worst(found: Iterable[Talk]) -> Talk:
    """A word on its own may say more than the same word in a line, and words of two boxes more than each."""
    all_of_it = set(found)
    return next((one for one in (Talk.GRADE, Talk.PERHAPS) if one in all_of_it), Talk.NONE)


def action_line(row: Action) -> str:
    """An action on one line: what, who, by when."""
    what, who, by = _sentence(row.what), _sentence(row.who), _sentence(_by(row.by))
    parts = (what, f"Who: {who}" if who else "", f"By: {by}" if by else "")
    return " ".join(part for part in parts if part)


def reworded(words: str) -> str:
    """Words typed in the place of an action, on one line."""
    return _sentence(words)


def _sentence(words: str) -> str:
    """On one line, without control characters, with a stop at its end."""
    line = " ".join("".join(char for char in words if char.isprintable() or char.isspace()).split())
    return line if not line or line[-1] in ".!?…" else f"{line}."


def _by(words: str) -> str:
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return words
    return f"{day.day} {day:%B %Y}"


def _calm(words: str, names: frozenset[str]) -> str:
    """A name for a sentence of ours; nothing where it could be read as a grade: somebody may be called Good."""
    return " ".join(words.split()) if talk(words, names) is Talk.NONE else ""


def _long(at: datetime) -> str:
    local = at.astimezone(LONDON)
    return f"{local.day} {local:%B %Y}"
