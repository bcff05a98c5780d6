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
_CHOICES = {one.value: one for one in Choice}


def pressed(at: Desk, verb: str, value: Mapping[str, Any]) -> Screen:
    """A press on the card of a finished audit. The same card answers, a refusal beside the line that it is about."""
    if verb == "pdf":
        auditor = at.ledger.directory.person(at.audit.auditor_id)
        filing.owe_pdf(at.ledger, at.audit, auditor, "auditor", at.now)
        return scoring.review(at)
    key, choice = str(value.get("line", "")), _CHOICES.get(str(value.get("choice", "")))
    instead = str(value.get(f"note.{key}", "") or "")
    if choice is None:
        return scoring.review(at)
    try:
        filing.decide(at.ledger, at.audit, key, choice, at.now, f"person/{at.audit.auditor_id}", instead)
    except Refusal as refusal:
        screen = scoring.review(at)
        problem = Problem(refusal.sentence, refusal.field)
        return replace(screen, problem=problem, typed=instead) if isinstance(screen, HandedIn) else screen
    return scoring.review(at)
