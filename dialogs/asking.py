"""What a returned tool left open, on one card: answered together, as many or as few as the auditor likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from audit.tools import Tool
from audit.understanding import LETTERS
from desk import questions, replying
from desk.questions import ON_A_CARD, Question, Takes
from desk.replying import Outcome
from dialogs import scoring
from dialogs.questions import AT_ONCE, waiting
from dialogs.scoring import Desk
from dialogs.screens import Problem, Questions, Screen


def show(at: Desk) -> Screen:
    """The questions, or the next open step when there are none."""
    return scoring.draw(at, ON_A_CARD) if waiting(at.tool, at.audit) else scoring.onward(at)


def save(at: Desk, value: Mapping[str, Any]) -> Screen:
    """Take what was answered; what is left is asked again, below what came of the rest."""
    at, said = keep(at, value)
    if not waiting(at.tool, at.audit):
        return scoring.onward(at, problem=Problem(" ".join(said)) if said else None)
    drawn = scoring.draw(at, ON_A_CARD)
    return replace(drawn, said=said) if isinstance(drawn, Questions) else drawn


def keep(at: Desk, value: Mapping[str, Any]) -> tuple[Desk, tuple[str, ...]]:
    """Whatever a pressed card of questions held; and a sentence for each answer that was not simply taken.

    The card remembers in "asked" what its questions were, in order; the answers are called "q.0", "q.1" ...
    """
    said: list[str] = []
    for place, question in enumerate(_remembered(at.tool, value.get("asked"))):
        words, choice = _answer(question, value.get(f"q.{place}"), value.get(f"q.{place}.words"))
        if words or choice:
            done = replying.answer(at.ledger, at.audit, question, words, at.now, at.door, choice)
            at = at.holding(done.audit)
            if done.outcome is not Outcome.TAKEN:
                said.append(done.says)
    return at, tuple(said)


def _remembered(tool: Tool, asked: object) -> Sequence[Question]:
    """What a card remembers; a card that was tampered with remembers nothing."""
    if not isinstance(asked, list):
        return ()
    try:
        return [questions.remembered(tool, one) for one in asked[:AT_ONCE]]
    except (KeyError, TypeError, ValueError):
        return ()


def _answer(question: Question, picked: object, written: object) -> tuple[str, str]:
    """Words and the id of a choice. What was written goes before what was picked: it says more."""
    own = written.strip() if isinstance(written, str) else ""
    if own:
        return own, ""
    ids = picked.strip() if isinstance(picked, str) else ""
    if not ids:
        return "", ""
    if question.takes is Takes.SEVERAL:
        known = [choice.id for choice in question.choices]
        return ", ".join(LETTERS[known.index(one)] for one in ids.split(",") if one in known), ""
    if question.takes in (Takes.DAY, Takes.WORDS):
        return ids, ""
    return "", ids
