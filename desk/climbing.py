"""How a concern climbs: who is told in which round, whom it falls to when nobody holds a role, what is owed next.

Every round looks the roles up afresh: who holds one now is told, and who has left is rung no more.
"""

from __future__ import annotations

from datetime import datetime

from audit.answers import Audit
from audit.escalation import Concern, ConcernState, Ladder
from audit.notices import CHANNELS
from audit.people import CASE_ROLES, Case, Held
from audit.policy import Policy
from desk import councils
from storage.ledger import Ledger


def climb(ledger: Ledger, concern_id: int, now: datetime) -> Concern:
    """Tell every rung that is due by `now`, repeat to those who have not answered, and owe the next round."""
    concern = ledger.concerns.concern(concern_id)
    if concern.state is not ConcernState.OPEN or concern.started is None:
        return concern
    ladder = policy_of(ledger, concern).ladder_of(concern.limb)
    # A duty that fires always rings: a clock that once ran ahead must not buy silence now.
    number = max(ladder.round_by(concern.started, now), concern.round + 1)
    _tell_rungs(ledger, concern, ladder, number, now)
    _write_alerts(ledger, concern, number, now)
    climbed = ledger.concerns.change(concern, round=number)
    write(ledger, concern, "told" if number == 0 else "concern climbed", "bot", now, {"round": number})
    _owe_next_round(ledger, climbed, ladder, number, now)
    refresh_auditor(ledger, climbed, now)
    return climbed


def tell_new_holders(ledger: Ledger, now: datetime) -> None:
    """The directory has changed: whoever holds a role of a rung already reached hears of each open concern now."""
    for concern in ledger.concerns.live():
        if concern.state is ConcernState.OPEN:
            before = {one.held.person.id for one in ledger.concerns.told(concern.id)}
            ladder = policy_of(ledger, concern).ladder_of(concern.limb)
            _tell_rungs(ledger, concern, ladder, concern.round, now)
            for told in ledger.concerns.told(concern.id):
                if told.held.person.id not in before and told.active:
                    before.add(told.held.person.id)
                    key = f"concern/{concern.id}/round/{concern.round}/to/{told.held.person.id}"
                    notify(ledger, concern, key, "alert", told.held.person.id, now, {"round": concern.round})


def _tell_rungs(ledger: Ledger, concern: Concern, ladder: Ladder, number: int, now: datetime) -> None:
    """Note everyone whom the rungs up to this round tell, as their roles are held now."""
    for place in range(min(number, len(ladder.rungs) - 1) + 1):
        _tell_rung(ledger, concern, ladder, place, number, now)


def _tell_rung(ledger: Ledger, concern: Concern, ladder: Ladder, place: int, number: int, now: datetime) -> None:
    """Note who one rung tells. A rung without a holder falls up the ladder, and the QA lead hears of it."""
    audit, case = subject_of(ledger, concern)
    barred = barred_from(audit, case)
    rung = ladder.rungs[place]
    for role in rung.to:
        found = [held for held in holders(ledger, role, case) if held.person.id not in barred]
        if not found:
            found = _further_up(ledger, concern, ladder, place, case, barred)
            _tell_of_gap(ledger, concern, role, place, number, case, now)
        ledger.concerns.tell(concern.id, found, number, True, now)
    for role in rung.inform:
        informed = [held for held in holders(ledger, role, case) if not audit or held.person.id != audit.auditor_id]
        ledger.concerns.tell(concern.id, informed, number, False, now)


def _further_up(
    ledger: Ledger, concern: Concern, ladder: Ladder, place: int, case: Case | None, barred: set[int]
) -> list[Held]:
    """The next rung above that has somebody, else one below, the QA lead, or whoever else may see concerns."""
    policy = policy_of(ledger, concern)
    above, below = ladder.rungs[place + 1 :], ladder.rungs[:place]
    others = [(policy.qa_lead,), *((role,) for role in policy.may_see_concern)]
    for roles in (*(rung.to for rung in (*above, *reversed(below))), *others):
        for scope in (case, None):
            found = [held for role in roles for held in holders(ledger, role, scope) if held.person.id not in barred]
            if found:
                return found
    return []


def _tell_of_gap(
    ledger: Ledger, concern: Concern, role: str, place: int, number: int, case: Case | None, now: datetime
) -> None:
    lead = holders(ledger, policy_of(ledger, concern).qa_lead, case)
    ledger.concerns.tell(concern.id, lead, number, False, now)
    if place > concern.round:  # once, when the rung is first reached
        write(ledger, concern, "role without holder", "bot", now, {"role": role, "round": number})


def _write_alerts(ledger: Ledger, concern: Concern, number: int, now: datetime) -> None:
    """One notice per person and channel in each round: to those new in it, and again to those whose word counts."""
    told = [one for one in ledger.concerns.told(concern.id) if one.active]
    stoppers = {one.held.person.id for one in told if one.may_stop}
    for person_id in dict.fromkeys(one.held.person.id for one in told):
        known = min(one.round for one in told if one.held.person.id == person_id) <= concern.round
        if known and person_id not in stoppers:
            continue  # informed once is enough
        key = f"concern/{concern.id}/round/{number}/to/{person_id}"
        notify(ledger, concern, key, "alert", person_id, now, {"round": number, "again": known})


def notify(
    ledger: Ledger,
    concern: Concern,
    key: str,
    kind: str,
    person_id: int,
    now: datetime,
    data: dict[str, object],
    channels: tuple[str, ...] = CHANNELS,
) -> None:
    """Write a notice about a concern to one person, a row a channel."""
    for channel in channels:
        ledger.obligations.notify(
            key=f"{key}/{channel}",
            kind=kind,
            channel=channel,
            at=now,
            person_id=person_id,
            audit_id=concern.audit_id,
            concern_id=concern.id,
            letter_id=concern.letter_id,
            data=data,
        )


def _owe_next_round(ledger: Ledger, concern: Concern, ladder: Ladder, number: int, now: datetime) -> None:
    """The next round, never further off than the ladder itself leaves between these two."""
    assert concern.started
    following = ladder.due_at(number + 1, concern.started)
    latest = now + (following - ladder.due_at(number, concern.started))
    owe_climb(ledger, concern, number + 1, min(following, latest))


def owe_climb(ledger: Ledger, concern: Concern, number: int, at: datetime) -> None:
    """Owe a round of a concern's climb."""
    ledger.obligations.owe(
        f"concern/{concern.id}/round/{number}", "climb", "clock", at, {"concern": concern.id}, urgent=True
    )


def queue_letters(ledger: Ledger, concern: Concern, now: datetime) -> None:
    """The separate letters with the tool as it stands, to the roles that policy names (F02, F10, F11)."""
    audit, case = subject_of(ledger, concern)
    if audit is None:
        return
    sent: set[int] = set()
    for number, roles in enumerate(policy_of(ledger, concern).limb(concern.limb).letter_to, 1):
        people = {held.person.id: role for role in roles for held in holders(ledger, role, case)}
        for person_id, role in people.items():
            if person_id in sent or person_id == audit.auditor_id:
                continue
            sent.add(person_id)
            ledger.obligations.notify(
                key=f"concern/{concern.id}/letter/{number}/to/{person_id}/mail",
                kind="completed",
                channel="mail",
                at=now,
                person_id=person_id,
                audit_id=audit.id,
                concern_id=concern.id,
                data={"role": role},
            )


# asking


def holders(ledger: Ledger, role: str, case: Case | None) -> tuple[Held, ...]:
    """Who holds a role for a case; without a case, for the council."""
    if role in CASE_ROLES:
        person_id = None
        if case is not None:
            person_id = case.worker_id if role == "social_worker" else case.iro_id
        return (Held(role, ledger.directory.person(person_id)),) if person_id else ()
    return ledger.directory.holders(role, case)


def refresh_auditor(ledger: Ledger, concern: Concern, now: datetime) -> None:
    """The auditor's live card shows who has and has not acknowledged: draw it again."""
    if concern.audit_id is None:
        return
    audit = ledger.audits.audit(concern.audit_id)
    if ledger.audits.screen(audit.id, audit.auditor_id) is not None:
        owe_refresh(ledger, audit.id, audit.auditor_id, now)


def owe_refresh(ledger: Ledger, audit_id: int, person_id: int, at: datetime) -> None:
    """Owe a fresh drawing of the live card of an audit in a person's chat."""
    ledger.obligations.owe(
        f"screen/{audit_id}/{person_id}", "refresh", "teams", at, {"audit": audit_id, "person": person_id}
    )


def subject_of(ledger: Ledger, concern: Concern) -> tuple[Audit | None, Case | None]:
    """The audit that a concern is about and its case; nothing for one about a letter."""
    if concern.audit_id is None:
        return None, None
    audit = ledger.audits.audit(concern.audit_id)
    return audit, ledger.directory.case(audit.case_id)


def barred_from(audit: Audit | None, case: Case | None) -> set[int]:
    """Never the auditor's own word, never the audited worker's."""
    people = {audit.auditor_id if audit else None, case.worker_id if case else None}
    return {person for person in people if person is not None}


def policy_of(ledger: Ledger, concern: Concern) -> Policy:
    """The policy that a concern was raised under."""
    return councils.by_hash(ledger, ledger.concerns.council_hash(concern.id)).policy


def chain_of(concern: Concern) -> str:
    """The trail that a concern belongs to."""
    return f"audit/{concern.audit_id}" if concern.audit_id else f"letter/{concern.letter_id}"


def write(ledger: Ledger, concern: Concern, what: str, who: str, now: datetime, content: dict[str, object]) -> None:
    """Write an event of a concern into its trail."""
    ledger.trail.add(chain_of(concern), what, who, now, {"concern": concern.id, **content})
