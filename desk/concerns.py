"""Concerns: raised, confirmed, climbing, acknowledged, withdrawn. A child's safety may hang on these (F01 to F24).

Raising writes the concern, the first notices and the timers in one transaction. No missing comment, action or submit
holds one back, and nothing here decides anything: people do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from audit.answers import Audit
from audit.council import Council
from audit.escalation import Concern, ConcernState, Ladder, may_stop
from audit.notices import CHANNELS
from audit.people import CASE_ROLES, Case, Held
from audit.policy import Policy
from audit.refusals import CannotAcknowledge, NotYours, ReasonNeeded
from desk import councils
from storage.ledger import Ledger

DONE = (ConcernState.ACKNOWLEDGED, ConcernState.WITHDRAWN)


# raising


def raise_by_hand(
    ledger: Ledger, audit: Audit, limb: str, words: str, by: int, press: str, now: datetime, door: str
) -> Concern:
    """*Raise a concern now*: choosing it is the confirmation, so people are told at once.

    `press` is the card's own key: pressing twice raises once.
    """
    known = ledger.concerns.by_press(press)
    if known:
        return known
    concern = ledger.concerns.add(
        limb=limb,
        words=words,
        raised_by=by,
        at=now,
        door=door,
        confirmed=True,
        council_hash=audit.council_hash,
        audit_id=audit.id,
        press=press,
    )
    _write(ledger, concern, "concern raised", f"person/{by}", now, {"limb": limb, "words": words, "door": door})
    return _start(ledger, concern, now)


def raise_by_answer(
    ledger: Ledger, audit: Audit, limb: str, by: int, now: datetime, door: str, words: str = ""
) -> Concern:
    """An overall inadequate, or a child not safe: asks the auditor once, and goes out by itself if nobody answers."""
    for known in ledger.concerns.of_audit(audit.id):
        if known.limb == limb and known.state is not ConcernState.WITHDRAWN:
            return known
    concern = ledger.concerns.add(
        limb=limb,
        words=words,
        raised_by=by,
        at=now,
        door=door,
        confirmed=False,
        council_hash=audit.council_hash,
        audit_id=audit.id,
    )
    _write(ledger, concern, "concern noticed", f"person/{by}", now, {"limb": limb, "door": door})
    policy = councils.by_hash(ledger, audit.council_hash).policy
    owe_confirmation(ledger, concern, policy)
    return concern


def raise_for_letter(ledger: Ledger, council: Council, letter_id: int, urgent: bool, now: datetime) -> Concern:
    """A letter that a person must look at climbs a ladder of its own; one that sounds alarming climbs a faster one."""
    for known in ledger.concerns.of_letter(letter_id):
        return known
    limb = council.policy.kept_letter_urgent if urgent else council.policy.kept_letter
    concern = ledger.concerns.add(
        limb=limb,
        words="",
        raised_by=None,
        at=now,
        door="mail",
        confirmed=True,
        council_hash=council.hash,
        letter_id=letter_id,
    )
    _write(ledger, concern, "letter needs a person", "bot", now, {"limb": limb})
    return _start(ledger, concern, now)


def owe_confirmation(ledger: Ledger, concern: Concern, policy: Policy) -> None:
    """Owe the moment at which an unconfirmed concern goes out by itself."""
    due = concern.raised_at + policy.confirm_within
    ledger.obligations.owe(f"concern/{concern.id}/confirm", "confirm", "clock", due, {"concern": concern.id})


def _start(ledger: Ledger, concern: Concern, now: datetime) -> Concern:
    """Open the concern and tell the first rung, in this transaction."""
    ledger.obligations.cancel(f"concern/{concern.id}/confirm")
    opened = ledger.concerns.change(concern, state=ConcernState.OPEN, started=now)
    climbed = climb(ledger, opened.id, now)
    _queue_letters(ledger, climbed, now)
    return climbed


# confirming


def confirm(ledger: Ledger, concern: Concern, by: int, now: datetime) -> Concern:
    """The auditor says that they meant it. Confirming twice changes nothing."""
    if concern.confirmed or concern.state in DONE:
        return concern
    _write(ledger, concern, "concern confirmed", f"person/{by}", now, {})
    confirmed = ledger.concerns.change(concern, confirmed=True)
    if confirmed.state is ConcernState.UNCONFIRMED:
        return _start(ledger, confirmed, now)
    return confirmed


def go_unconfirmed(ledger: Ledger, concern_id: int, now: datetime) -> None:
    """Nobody answered in time: the notice goes out, marked *not yet confirmed*."""
    concern = ledger.concerns.concern(concern_id)
    if concern.state is not ConcernState.UNCONFIRMED:
        return
    _write(ledger, concern, "concern not confirmed in time", "clock", now, {})
    _start(ledger, concern, now)


def take_back(ledger: Ledger, audit: Audit, limb: str, by: int, now: datetime) -> None:
    """The answer was changed before anyone was told. One that people were told of is withdrawn only with a reason."""
    for concern in ledger.concerns.of_audit(audit.id):
        if concern.limb == limb and concern.state is ConcernState.UNCONFIRMED:
            ledger.obligations.cancel(f"concern/{concern.id}/confirm")
            ledger.concerns.change(concern, state=ConcernState.WITHDRAWN, reason="the answer was changed")
            _write(ledger, concern, "concern taken back", f"person/{by}", now, {})


def withdraw(ledger: Ledger, concern: Concern, by: int, reason: str, now: datetime) -> Concern:
    """Raised by mistake (F24): kept, with the reason; everyone who was told is told. Raises ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded(field="reason")
    if concern.raised_by != by:
        raise NotYours(qa_team=_policy(ledger, concern).qa_team)
    if concern.state is ConcernState.WITHDRAWN:
        return concern
    gone = ledger.concerns.change(concern, state=ConcernState.WITHDRAWN, reason=reason.strip(), stopped_at=now)
    _write(ledger, concern, "concern withdrawn", f"person/{by}", now, {"reason": reason.strip()})
    _stop_climbing(ledger, concern)
    _tell_the_end(ledger, gone, now)
    return gone


# climbing


def climb(ledger: Ledger, concern_id: int, now: datetime) -> Concern:
    """Tell every rung that is due by `now`, repeat to those who have not answered, and owe the next round."""
    concern = ledger.concerns.concern(concern_id)
    if concern.state is not ConcernState.OPEN or concern.started is None:
        return concern
    ladder = _policy(ledger, concern).ladder_of(concern.limb)
    number = max(ladder.round_by(concern.started, now), 0)
    if number <= concern.round:
        _owe_next_round(ledger, concern, ladder, concern.round)
        return concern
    for reached in range(concern.round + 1, min(number, len(ladder.rungs) - 1) + 1):
        _tell_rung(ledger, concern, ladder, reached, now)
    _write_alerts(ledger, concern, number, now)
    climbed = ledger.concerns.change(concern, round=number)
    _write(ledger, concern, "told" if number == 0 else "concern climbed", "bot", now, {"round": number})
    _owe_next_round(ledger, climbed, ladder, number)
    refresh_auditor(ledger, climbed, now)
    return climbed


def _tell_rung(ledger: Ledger, concern: Concern, ladder: Ladder, number: int, now: datetime) -> None:
    """Note who this rung tells. A rung without a holder falls up the ladder, and the QA lead hears of it."""
    audit, case = _subject(ledger, concern)
    barred = _barred(audit, case)
    rung = ladder.rungs[number]
    for role in rung.to:
        found = [held for held in holders(ledger, role, case) if held.person.id not in barred]
        if not found:
            found = _further_up(ledger, concern, ladder, number, case, barred)
            _tell_of_gap(ledger, concern, role, number, case, now)
        ledger.concerns.tell(concern.id, found, number, True, now)
    for role in rung.inform:
        informed = [held for held in holders(ledger, role, case) if not audit or held.person.id != audit.auditor_id]
        ledger.concerns.tell(concern.id, informed, number, False, now)


def _further_up(
    ledger: Ledger, concern: Concern, ladder: Ladder, number: int, case: Case | None, barred: set[int]
) -> list[Held]:
    """The next rung above that has somebody, else one below, the QA lead, or whoever else may see concerns."""
    policy = _policy(ledger, concern)
    above, below = ladder.rungs[number + 1 :], ladder.rungs[:number]
    others = [(policy.qa_lead,), *((role,) for role in policy.may_see_concern)]
    for roles in (*(rung.to for rung in (*above, *reversed(below))), *others):
        for place in (case, None):
            found = [held for role in roles for held in holders(ledger, role, place) if held.person.id not in barred]
            if found:
                return found
    return []


def _tell_of_gap(ledger: Ledger, concern: Concern, role: str, number: int, case: Case | None, now: datetime) -> None:
    lead = holders(ledger, _policy(ledger, concern).qa_lead, case)
    ledger.concerns.tell(concern.id, lead, number, False, now)
    _write(ledger, concern, "role without holder", "bot", now, {"role": role, "round": number})


def _write_alerts(ledger: Ledger, concern: Concern, number: int, now: datetime) -> None:
    """One notice per person and channel in each round: to those new in it, and again to those who have not answered."""
    answered = {given.person_id for given in concern.acknowledgements}
    told = ledger.concerns.told(concern.id)
    stoppers = {one.held.person.id for one in told if one.may_stop}
    for person_id in dict.fromkeys(one.held.person.id for one in told):
        first = min(one.round for one in told if one.held.person.id == person_id)
        if first <= concern.round and (person_id not in stoppers or person_id in answered):
            continue  # informed once is enough; and who has answered is not rung again
        _notify(
            ledger,
            concern,
            f"concern/{concern.id}/round/{number}/to/{person_id}",
            "alert",
            person_id,
            now,
            {"round": number, "again": first <= concern.round},
        )


def _notify(
    ledger: Ledger,
    concern: Concern,
    key: str,
    kind: str,
    person_id: int,
    now: datetime,
    data: dict[str, object],
    channels: tuple[str, ...] = CHANNELS,
) -> None:
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


def _owe_next_round(ledger: Ledger, concern: Concern, ladder: Ladder, number: int) -> None:
    assert concern.started
    following = ladder.due_at(number + 1, concern.started)
    ledger.obligations.owe(
        f"concern/{concern.id}/round/{number + 1}", "climb", "clock", following, {"concern": concern.id}
    )


def _queue_letters(ledger: Ledger, concern: Concern, now: datetime) -> None:
    """The separate letters with the tool as it stands, to the roles that policy names (F02, F10, F11)."""
    audit, case = _subject(ledger, concern)
    if audit is None:
        return
    sent: set[int] = set()
    for number, roles in enumerate(_policy(ledger, concern).limb(concern.limb).letter_to, 1):
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


# acknowledging


@dataclass(frozen=True, slots=True)
class Heard:
    """What an acknowledgement came to: whether it stopped the climb, and a sentence for the person."""

    concern: Concern
    stops: bool
    sentence: str


def acknowledge(ledger: Ledger, concern: Concern, person_id: int, now: datetime, door: str) -> Heard:
    """Somebody says that they have it. Raises CannotAcknowledge for those whose word cannot count (F22)."""
    council = councils.by_hash(ledger, ledger.concerns.council_hash(concern.id))
    if concern.state is ConcernState.WITHDRAWN:
        return Heard(concern, False, "This was withdrawn, so there is nothing left to acknowledge.")
    if concern.state is ConcernState.ACKNOWLEDGED:
        return Heard(concern, False, "Thank you. This has been acknowledged already.")
    told = [one for one in ledger.concerns.told(concern.id) if one.held.person.id == person_id]
    audit, case = _subject(ledger, concern)
    who = " or ".join(councils.title(council, role) for role in _stopping_roles(ledger, concern))
    if person_id in _barred(audit, case) or not told:
        why = "Thank you for answering. An acknowledgement has to come from somebody this alert was sent to."
        if person_id in _barred(audit, case):
            why = "Thank you for answering. The auditor and the worker cannot acknowledge an alert about this audit."
        raise CannotAcknowledge(why=why, who=who)
    roles = [one.held.role for one in told]
    stops = may_stop(person_id, roles, [one.held.role for one in told if one.may_stop], _barred(audit, case))
    ledger.concerns.acknowledge(concern.id, person_id, now, door, stops)
    _write(ledger, concern, "acknowledged", f"person/{person_id}", now, {"door": door, "stops": stops})
    if not stops:
        refresh_auditor(ledger, concern, now)
        sentence = f"Thank you, that is noted. The alert goes on until {who} acknowledges it."
        return Heard(ledger.concerns.concern(concern.id), False, sentence)
    stopped = ledger.concerns.change(concern, state=ConcernState.ACKNOWLEDGED, stopped_by=person_id, stopped_at=now)
    _stop_climbing(ledger, stopped)
    _tell_the_end(ledger, stopped, now)
    return Heard(stopped, True, "Thank you. Nobody else will be rung about this, and those already told will hear.")


def _stop_climbing(ledger: Ledger, concern: Concern) -> None:
    ledger.obligations.cancel(f"concern/{concern.id}/confirm")
    ledger.obligations.cancel_notices(f"concern/{concern.id}/round/")


def _tell_the_end(ledger: Ledger, concern: Concern, now: datetime) -> None:
    """Everyone who was told, and the auditor, hear that it was acknowledged or withdrawn."""
    people = dict.fromkeys(one.held.person.id for one in ledger.concerns.told(concern.id))
    for person_id in people:
        key = f"concern/{concern.id}/{concern.state.value}/to/{person_id}"
        _notify(ledger, concern, key, "ended", person_id, now, {})
    if concern.raised_by and concern.raised_by not in people:
        key = f"concern/{concern.id}/{concern.state.value}/to/{concern.raised_by}"
        _notify(ledger, concern, key, "ended", concern.raised_by, now, {}, ("mail",))
    refresh_auditor(ledger, concern, now)


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


def chat_opened(ledger: Ledger, person_id: int, now: datetime) -> None:
    """A person's chat can be reached from now on: alerts that only mail carried so far go there too."""
    for concern in ledger.concerns.open_told_to(person_id):
        key = f"concern/{concern.id}/round/{concern.round}/to/{person_id}"
        known = ledger.obligations.notice(f"{key}/teams")
        if known is None or known.state != "sent":
            _notify(ledger, concern, key, "alert", person_id, now, {"round": concern.round}, ("teams",))


def _stopping_roles(ledger: Ledger, concern: Concern) -> Iterable[str]:
    return dict.fromkeys(one.held.role for one in ledger.concerns.told(concern.id) if one.may_stop)


def _subject(ledger: Ledger, concern: Concern) -> tuple[Audit | None, Case | None]:
    if concern.audit_id is None:
        return None, None
    audit = ledger.audits.audit(concern.audit_id)
    return audit, ledger.directory.case(audit.case_id)


def _barred(audit: Audit | None, case: Case | None) -> set[int]:
    """Never the auditor's own word, never the audited worker's."""
    people = {audit.auditor_id if audit else None, case.worker_id if case else None}
    return {person for person in people if person is not None}


def _policy(ledger: Ledger, concern: Concern) -> Policy:
    return councils.by_hash(ledger, ledger.concerns.council_hash(concern.id)).policy


def chain_of(concern: Concern) -> str:
    """The trail that a concern belongs to."""
    return f"audit/{concern.audit_id}" if concern.audit_id else f"letter/{concern.letter_id}"


def _write(ledger: Ledger, concern: Concern, what: str, who: str, now: datetime, content: dict[str, object]) -> None:
    ledger.trail.add(chain_of(concern), what, who, now, {"concern": concern.id, **content})
