"""What an auditor does once an audit is handed in: decide about lines of the case note, ask for the PDF (G06, G07)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from audit.case_note import Choice
from audit.refusals import Refusal
from desk import filing
from dialogs import scoring
from dialogs.scoring import Desk
from dialogs.screens import HandedIn, Problem, Screen

VERBS = ("pdf", "note")
"""Verbs of the card of a finished audit."""
_INPUT = "note."
_CHOICES = {one.value: one for one in Choice}


def pressed(at: Desk, verb: str, value: Mapping[str, Any]) -> Screen:
    """A press on the card of a finished audit. The same card answers, a refusal beside the line that it is about.

    What was typed beside other lines is still there, whatever was pressed.
    """
    typed = {key: str(said) for key, said in value.items() if key.startswith(_INPUT) and said}
    if verb == "pdf":
        auditor = at.ledger.directory.person(at.audit.auditor_id)
        filing.owe_pdf(at.ledger, at.audit, auditor, "auditor", at.now)
        return _card(at, typed)
    key, choice = str(value.get("line", "")), _CHOICES.get(str(value.get("choice", "")))
    if choice is None:
        return _card(at, typed)
    try:
        who, instead = f"person/{at.audit.auditor_id}", typed.get(_INPUT + key, "")
        filing.decide(at.ledger, at.audit, key, choice, at.now, who, instead)
    except Refusal as refusal:
        return _card(at, typed, Problem(refusal.sentence, refusal.field))
    return _card(at, typed)


def _card(at: Desk, typed: Mapping[str, str], problem: Problem | None = None) -> Screen:
    screen = scoring.review(at)
    return replace(screen, problem=problem, typed=typed) if isinstance(screen, HandedIn) else screen
