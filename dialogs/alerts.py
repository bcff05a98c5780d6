"""How managers and heads of service answer an alert: *Acknowledge*, *Show what was recorded* (F22)."""

from __future__ import annotations

from datetime import datetime

from audit.answers import Audit, actions
from audit.escalation import Concern
from audit.people import Person
from audit.refusals import Refusal
from audit.tools import Role, Tool
from desk import access, climbing, concerns, councils, showing
from dialogs.screens import Alerted, Say, Screen, WhatWasRecorded
from storage.ledger import Ledger


def acknowledge(ledger: Ledger, person: Person, concern_id: int, now: datetime) -> Screen:
    """*Acknowledge* on a card. Pressing twice, or late, shows who has it."""
    try:
        concern = access.concern_for(ledger, person, concern_id)
    except Refusal as refusal:
        return Say(refusal.sentence)
    try:
        sentence = concerns.acknowledge(ledger, concern, person.id, now, "teams").sentence
    except Refusal as refusal:
        sentence = refusal.sentence
    return alerted(ledger, ledger.concerns.concern(concern_id), person, now, sentence)


def alerted(ledger: Ledger, concern: Concern, person: Person, now: datetime, sentence: str = "") -> Screen:
    """The alert as this person sees it now."""
    council = councils.by_hash(ledger, ledger.concerns.council_hash(concern.id))
    return Alerted(showing.alert_facts(ledger, concern, person.id), council, now, sentence)


def show(ledger: Ledger, person: Person, concern_id: int, now: datetime) -> Screen:
    """What the auditor recorded, for those whose role allows it; that they looked is in the trail."""
    try:
        concern = access.concern_for(ledger, person, concern_id)
    except Refusal as refusal:
        return Say(refusal.sentence)
    ledger.trail.add(climbing.chain_of(concern), "record shown", f"person/{person.id}", now, {"concern": concern.id})
    council = councils.by_hash(ledger, ledger.concerns.council_hash(concern.id))
    facts = showing.alert_facts(ledger, concern, person.id)
    if concern.audit_id is None:
        letter = ledger.letters.letter(concern.letter_id or 0)
        return WhatWasRecorded(facts, council, now, letter.why, (), (), "")
    audit = ledger.audits.audit(concern.audit_id)
    tool = councils.tool_of(ledger, audit)
    return WhatWasRecorded(
        facts=facts,
        council=council,
        now=now,
        words=concern.words,
        findings=_findings(tool, audit),
        actions=tuple(
            f"{row.what} ({row.who or 'nobody named'}, {row.by or 'no date'})"
            for row in actions(audit.answer("actions"))
        ),
        learning=audit.answer("learning").text("learning"),
    )


def _findings(tool: Tool, audit: Audit) -> tuple[tuple[str, str, str], ...]:
    """Every graded step with its comment, the serious ones first."""
    rows = []
    for step in tool.steps:
        grade, answer = step.role(Role.GRADE), audit.answer(step.id)
        choice = grade.choice(answer.text(grade.id)) if grade else None
        comment = step.role(Role.COMMENT)
        words = answer.text(comment.id) if comment else ""
        if choice and not answer.not_relevant:
            rows.append((not choice.serious, step.title, choice.label, words))
    return tuple((title, label, words) for _calm, title, label, words in sorted(rows, key=lambda row: row[0]))
