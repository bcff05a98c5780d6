"""What an audit is now, as plain data: `audit show`, `status`, and the facts that notices are drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audit.answers import Audit, actions, done_count, gaps
from audit.council import Council
from audit.escalation import Concern, ConcernState
from audit.notices import AlertFacts, AuditFacts, LiveFacts, ToldLine
from audit.people import Person
from audit.process import Stage
from audit.tools import Role, Step
from desk import councils, filing
from desk.calendar import today
from storage.concerns import Told
from storage.ledger import Ledger
from storage.obligations import Kept


def audit_facts(ledger: Ledger, audit: Audit) -> AuditFacts:
    """An audit with the people around it."""
    case = ledger.directory.case(audit.case_id)
    assert case
    tool = councils.tool_of(ledger, audit)
    return AuditFacts(
        audit,
        tool,
        case,
        ledger.directory.person(audit.auditor_id),
        ledger.directory.person(case.worker_id) if case.worker_id else None,
        ledger.directory.person(audit.moderator_id) if audit.moderator_id else None,
        audit.due,
        filing.period_from(tool, audit),
    )


def live_facts(ledger: Ledger, audit: Audit, shows: str, now: datetime) -> LiveFacts:
    """An audit with the concerns on it, for its auditor's card."""
    alerts = tuple(
        alert_facts(ledger, concern, audit.auditor_id)
        for concern in ledger.concerns.of_audit(audit.id)
        if concern.state is not ConcernState.WITHDRAWN
    )
    facts, council = audit_facts(ledger, audit), councils.of_audit(ledger, audit)
    return LiveFacts(facts, council, shows, alerts, now, filing.finished(ledger, audit))


# concerns


def alert_facts(ledger: Ledger, concern: Concern, reader: int | None, repeated: bool = False) -> AlertFacts:
    """A concern as one of its readers sees it now: who was told and when, who has it, what comes next."""
    council = councils.by_hash(ledger, ledger.concerns.council_hash(concern.id))
    told = ledger.concerns.told(concern.id)
    mine = [one for one in told if one.held.person.id == reader]
    raiser = ledger.directory.person(concern.raised_by) if concern.raised_by else None
    ring = _ring(told, raiser, reader)
    stopper = ledger.directory.person(concern.stopped_by) if concern.stopped_by else None
    following = _next_round(council, concern)
    return AlertFacts(
        concern_id=concern.id,
        reference=reference_of(ledger, concern),
        kind=council.policy.limb(concern.limb).kind,
        state=concern.state,
        raised_by=raiser.name if raiser else "",
        raised_role="auditor" if raiser else "",
        raised_at=concern.raised_at,
        confirmed=concern.confirmed,
        to_role=councils.title(council, mine[0].held.role) if mine else "",
        may_stop=any(one.may_stop for one in mine),
        repeated=repeated,
        told=told_lines(ledger, council, concern, told),
        next_at=following[0],
        next_roles=tuple(councils.title(council, role) for role in following[1]),
        ring_name=ring.name if ring else "",
        ring_phone=ring.phone if ring else "",
        out_of_hours=council.policy.out_of_hours,
        stopped_by=stopper.name if stopper else "",
        stopped_at=concern.stopped_at,
        reason=concern.reason,
        gap=_gap(ledger, council, concern),
        about_letter=concern.letter_id is not None,
        gathered=len(ledger.concerns.gathered(concern.id)) if concern.gathers else 0,
    )


def reference_of(ledger: Ledger, concern: Concern) -> str:
    """The audit's reference, or the letter's number."""
    if concern.audit_id is None:
        return f"Letter {concern.letter_id}"
    return ledger.audits.audit(concern.audit_id).reference


def told_lines(ledger: Ledger, council: Council, concern: Concern, told: tuple[Told, ...]) -> tuple[ToldLine, ...]:
    """A line for each person who was told, in the order in which they were."""
    notices = [one for one in ledger.obligations.notices(concern_id=concern.id) if one.kind == "alert"]
    acknowledged = {given.person_id: given.at for given in concern.acknowledgements}
    lines = []
    for person_id in dict.fromkeys(one.held.person.id for one in told):
        mine = [one for one in told if one.held.person.id == person_id]
        person = mine[0].held.person
        lines.append(
            ToldLine(
                person.name,
                councils.title(council, mine[0].held.role),
                mine[0].at,
                _reached([one for one in notices if one.person_id == person_id]),
                any(one.may_stop for one in mine),
                acknowledged.get(person_id),
                person.phone,
            )
        )
    return tuple(lines)


def _reached(notices: list[Kept]) -> tuple[tuple[str, str], ...]:
    """Per channel the best that happened so far: sent beats waiting beats given up. Where one came back, what was sent
    to the same place may not have arrived either.
    """
    order = {"sent": 3, "waiting": 2, "gave_up": 1, "cancelled": 0}
    best: dict[str, str] = {}
    for one in notices:
        if order[one.state] >= order.get(best.get(one.channel, "cancelled"), 0):
            best[one.channel] = one.state
    best |= {one.channel: "gave_up" for one in notices if came_back(one)}
    return tuple((channel, best[channel]) for channel in ("teams", "mail") if channel in best)


def came_back(one: Kept) -> bool:
    """Whether a notice went out and was not delivered after all."""
    return one.state == "gave_up" and one.sent_at is not None


def _ring(told: tuple[Told, ...], raiser: Person | None, reader: int | None) -> Person | None:
    """Readers ring the auditor; the auditor rings the first person whose word counts."""
    if raiser and raiser.id != reader:
        return raiser
    return next((one.held.person for one in told if one.may_stop and one.held.person.id != reader), None)


def _next_round(council: Council, concern: Concern) -> tuple[datetime | None, tuple[str, ...]]:
    if concern.state is not ConcernState.OPEN or concern.started is None:
        return None, ()
    ladder = council.policy.ladder_of(concern.limb)
    number = concern.round + 1
    roles = ladder.rungs[number].to if number < len(ladder.rungs) else ladder.stoppers(number)
    return ladder.due_at(number, concern.started), roles


def _gap(ledger: Ledger, council: Council, concern: Concern) -> str:
    chain = f"audit/{concern.audit_id}" if concern.audit_id else f"letter/{concern.letter_id}"
    if concern.state is ConcernState.UNCONFIRMED:
        return ""
    roles = [
        councils.title(council, str(event.content["role"]))
        for event in ledger.trail.events(chain)
        if event.what == "role without holder" and event.content and event.content.get("concern") == concern.id
    ]
    return ", ".join(dict.fromkeys(roles))


# plain data


def whole_audit(ledger: Ledger, audit: Audit) -> dict[str, Any]:
    """Everything about an audit, for `audit show --json`; the keys are documented in docs/interface.md."""
    council = councils.of_audit(ledger, audit)
    facts = audit_facts(ledger, audit)
    overall, learning = audit.answer("overall"), audit.answer("learning")
    return {
        "reference": audit.reference,
        "state": audit.stage.value,
        "council": council.policy.council,
        "council_version": council.policy.version,
        "case": audit.case_id,
        "tool": {"id": audit.tool_id, "version": audit.tool_version, "hash": audit.tool_hash},
        "auditor": {"name": facts.auditor.name, "email": facts.auditor.email},
        "worker": facts.worker.email if facts.worker else None,
        "moderator": facts.moderator.email if facts.moderator else None,
        "due": audit.due.isoformat(),
        "allocated_at": _iso(audit.allocated_at),
        "submitted_at": _iso(audit.submitted_at),
        "sections": [_section(audit, step) for step in facts.tool.sections],
        "met_worker": _plain_values(audit, "meeting"),
        "overall": {"grade": overall.text("grade") or None, "why": overall.text("why")},
        "child_safe": audit.answer("safe").text("safe") or None,
        "learning": {key: learning.text(key) for key in ("strengths", "learning", "for_worker")},
        "actions": [{"what": row.what, "who": row.who, "by": row.by} for row in actions(audit.answer("actions"))],
        "no_actions_needed": audit.answer("actions").text("needed") == "none",
        "worker_view": _plain_values(audit, "worker_view"),
        "missing": [gap.says for gap in gaps(facts.tool, audit)],
        "kept_words": [
            {
                "step": kept.step,
                "field": kept.field,
                "words": kept.words,
                "why": kept.why,
                "options": list(kept.options),
            }
            for kept in audit.kept
        ],
        "versions": [{**one, "at": _iso(one["at"])} for one in ledger.audits.submissions(audit.id)],
        "concerns": [_concern(ledger, concern) for concern in ledger.concerns.of_audit(audit.id)],
        "notices": [_notice(ledger, one) for one in ledger.obligations.notices(audit_id=audit.id)],
    }


def _section(audit: Audit, step: Step) -> dict[str, Any]:
    answer = audit.answer(step.id)
    grade = step.role(Role.GRADE)
    known = {"grade", "comment", "evidence", "statements"}
    statements = answer.value("statements")
    return {
        "id": step.id,
        "number": step.number,
        "title": step.title,
        "grade": (answer.text("grade") or None) if grade else None,
        "comment": answer.text("comment"),
        "evidence": answer.text("evidence"),
        "statements": list(statements) if isinstance(statements, tuple) else [],
        "not_relevant": answer.not_relevant,
        "other": {one.id: answer.text(one.id) for one in step.fields if one.id not in known and answer.value(one.id)},
        "version": answer.version,
    }


def _plain_values(audit: Audit, step_id: str) -> dict[str, str]:
    answer = audit.answer(step_id)
    return {key: answer.text(key) for key in answer.values}


def _concern(ledger: Ledger, concern: Concern) -> dict[str, Any]:
    return {
        "id": concern.id,
        "limb": concern.limb,
        "state": concern.state.value,
        "confirmed": concern.confirmed,
        "raised_at": _iso(concern.raised_at),
        "door": concern.door,
        "words": concern.words,
        "round": concern.round,
        "told": [
            {"to": one.held.person.email, "role": one.held.role, "round": one.round, "may_stop": one.may_stop}
            for one in ledger.concerns.told(concern.id)
        ],
        "acknowledgements": [
            {
                "by": ledger.directory.person(given.person_id).email,
                "at": _iso(given.at),
                "door": given.door,
                "stops": given.stops,
            }
            for given in concern.acknowledgements
        ],
        "reason": concern.reason,
    }


def _notice(ledger: Ledger, one: Kept) -> dict[str, Any]:
    to = ledger.directory.person(one.person_id).email if one.person_id else one.address
    return {
        "number": one.number,
        "kind": one.kind,
        "to": to,
        "channel": one.channel,
        "state": one.state,
        "made_at": _iso(one.made_at),
        "sent_at": _iso(one.sent_at),
        "why": one.why,
        "concern": one.concern_id,
    }


def status(ledger: Ledger, now: datetime) -> dict[str, Any]:
    """All audits in a line each, open concerns, letters that wait for a person, and what the watch found."""
    audits = [ledger.audits.audit(audit_id) for audit_id in ledger.audits.all_ids()]
    return {
        "at": _iso(now),
        "allocated": len(audits),
        "handed_in": sum(1 for audit in audits if audit.stage is Stage.SUBMITTED),
        "late": sum(1 for audit in audits if audit.stage is not Stage.SUBMITTED and audit.due < today(now)),
        "audits": [_line(ledger, audit) for audit in audits],
        "open_concerns": [
            {"id": concern.id, "reference": reference_of(ledger, concern), "state": concern.state.value}
            for concern in ledger.concerns.live()
        ],
        "letters_that_need_a_person": [
            {"id": letter.id, "why": letter.why} for letter in ledger.letters.in_state("needs_a_person")
        ],
        "words_that_need_a_person": [
            {
                "from": ledger.directory.person(one.person_id).email if one.person_id else "not in the directory",
                "at": _iso(one.at),
                "door": one.door,
                "words": one.words,
            }
            for one in ledger.audits.unplaced_words()
        ],
        "alarms": list(ledger.obligations.alarms()),
        "faults": ledger.directory.fault_count(),
    }


def _line(ledger: Ledger, audit: Audit) -> Mapping[str, Any]:
    tool = councils.tool_of(ledger, audit)
    return {
        "reference": audit.reference,
        "state": audit.stage.value,
        "due": audit.due.isoformat(),
        "auditor": ledger.directory.person(audit.auditor_id).email,
        "done": done_count(tool, audit),
        "of": len(tool.steps),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
