"""How an auditor raises a concern, confirms one, or takes one back. Never a substitute for a phone call (L09)."""

from __future__ import annotations

import re
from datetime import datetime

from audit import words as meanings
from audit.escalation import ConcernState
from audit.policy import Limb
from audit.refusals import ConcernNeedsWords, Refusal
from desk import answers, concerns, councils
from dialogs.scoring import Desk, draw, onward
from dialogs.screens import Problem, Screen


def by_hand(at: Desk) -> tuple[Limb, ...]:
    """The kinds of concern that an auditor can choose."""
    policy = councils.of_audit(at.ledger, at.audit).policy
    return tuple(limb for limb in policy.limbs.values() if limb.by_hand)


def form(at: Desk, step_id: str = "") -> Screen:
    """*Raise a concern now*. The key of this form makes pressing twice raise once, and says where to go back to."""
    return draw(at, f"concern?{_press(at)}{f'@{step_id}' if step_id else ''}")


def step_of(press: str) -> str:
    """The step in which a form was opened, if it was one."""
    return press.partition("@")[2]


def _back(at: Desk, press: str) -> Screen:
    """Where the auditor was when they opened the form."""
    step = step_of(press)
    return draw(at, step) if step in {one.id for one in at.tool.steps} else onward(at)


def _press(at: Desk) -> str:
    count = len(at.ledger.concerns.of_audit(at.audit.id))
    return f"{at.audit.id}-{count + 1}"


def raise_now(at: Desk, limb_id: str, words: str, press: str) -> Screen:
    """Tell people now; then back to where the auditor was, with the alert at the top of the card."""
    limbs = {limb.id for limb in by_hand(at)}
    if limb_id not in limbs:
        held = _keep_words(at, words)
        refusal = ConcernNeedsWords(field="limb")
        return draw(held, f"concern?{press}", Problem(refusal.sentence, "limb"), words=_words_so_far(held))
    once = press.partition("@")[0] or _press(at)
    concerns.raise_by_hand(at.ledger, at.audit, limb_id, words.strip(), at.audit.auditor_id, once, at.now, at.door)
    for kept in at.audit.kept:
        if kept.why == "concern":
            answers.dismiss_kept(at.ledger, at.audit, kept, at.now)
    at.ledger.obligations.cancel(_left_unsent(at))
    return _back(at.holding(at.ledger.audits.audit(at.audit.id)), press)


def _keep_words(at: Desk, words: str) -> Desk:
    """Words of a concern whose kind is still to be chosen. Left like that, the QA lead is asked to ring."""
    if not words.strip():
        return at
    audit = answers.keep(at.ledger, at.audit, "", None, words.strip(), "concern", at.now, at.door)
    due = at.now + councils.of_audit(at.ledger, audit).policy.confirm_within
    at.ledger.obligations.owe(_left_unsent(at), "words", "clock", due, {"audit": audit.id}, urgent=True)
    return at.holding(audit)


def _left_unsent(at: Desk) -> str:
    return f"audit/{at.audit.id}/concern-words"


def typed(at: Desk, press: str, text: str) -> Screen:
    """Words typed while the form is open: "2" or "2 no visit for nine weeks" chooses the kind; others are kept."""
    limbs = by_hand(at)
    match = re.match(r"\s*(\d)\b[\s.:,)-]*(.*)", text, re.DOTALL)
    before = _words_so_far(at)
    if match and 1 <= int(match[1]) <= len(limbs):
        words = "\n".join(part for part in (before, match[2].strip()) if part)
        return raise_now(at, limbs[int(match[1]) - 1].id, words, press)
    if meanings.plain(text) in ("no", "cancel", "never mind"):
        at.ledger.obligations.cancel(_left_unsent(at))
        return _back(at, press)
    held = _keep_words(at, text)
    sentence = "I have kept your words. Which kind is it? Choose it below, or type its number; people are told at once."
    return draw(held, f"concern?{press}", problem=Problem(sentence, "limb"), words=_words_so_far(held))


def _words_so_far(at: Desk) -> str:
    return "\n".join(kept.words for kept in at.audit.kept if kept.why == "concern")


def confirm(at: Desk) -> Screen:
    """*Yes, that is what I mean*: everyone on the first rung is told now."""
    for concern in at.ledger.concerns.of_audit(at.audit.id):
        if not concern.confirmed and concern.state in (ConcernState.UNCONFIRMED, ConcernState.OPEN):
            concerns.confirm(at.ledger, concern, at.audit.auditor_id, at.now)
    return onward(at)


def withdraw(at: Desk, concern_id: int, reason: str, now: datetime) -> Screen:
    """Raised by mistake: everyone who was told is told (F24)."""
    for concern in at.ledger.concerns.of_audit(at.audit.id):
        if concern.id == concern_id:
            try:
                concerns.withdraw(at.ledger, concern, at.audit.auditor_id, reason, now)
            except Refusal as refusal:
                return onward(at, problem=Problem(refusal.sentence))
    return onward(at)
