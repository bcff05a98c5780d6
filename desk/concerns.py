"""Concerns: raised, confirmed, climbing, acknowledged, withdrawn. A child's safety may hang on these (F01 to F24).

Raising writes the concern, the first notices and the timers in one transaction. No missing comment, action or submit
holds one back, and nothing here decides anything: people do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from audit.answers import Audit
from audit.council import Council
from audit.escalation import Concern, ConcernState, may_stop
from audit.policy import Policy
from audit.refusals import CannotAcknowledge, NotYours, ReasonNeeded
from desk import councils, gathering
from desk.climbing import barred_from, climb, notify, policy_of, queue_letters, refresh_auditor, subject_of, write
from storage.ledger import Ledger

DONE = (ConcernState.ACKNOWLEDGED, ConcernState.WITHDRAWN)


# raising


def raise_by_hand(
    ledger: Ledger, audit: Audit, limb: str, words: str, by: int, press: str, now: datetime, door: str
) -> Concern:
    """*Raise a concern now*: choosing it is the confirmation, so people are told at once.

    `press` is the card's own key: pressing twice raises once. Other words, or a form that was used before, are another
    concern: an old card must never swallow a new one.
    """
    said = hashlib.sha256(f"{limb}|{words}".encode()).hexdigest()[:16]
    key = f"{audit.id}/{press[:40]}/{said}"
    known = ledger.concerns.by_press(key)
    if known and known.state is not ConcernState.WITHDRAWN:
        return known
    if known:
        key = f"{key}/{len(ledger.concerns.of_audit(audit.id))}"
    concern = ledger.concerns.add(
        limb=limb,
        words=words,
        raised_by=by,
        at=now,
        door=door,
        confirmed=True,
        council_hash=audit.council_hash,
        audit_id=audit.id,
        press=key,
    )
    write(ledger, concern, "concern raised", f"person/{by}", now, {"limb": limb, "words": words, "door": door})
    return _start(ledger, concern, now)


def raise_by_answer(
    ledger: Ledger, audit: Audit, limb: str, by: int, now: datetime, door: str, words: str = ""
) -> Concern:
    """An overall inadequate, or a child not safe: asks the auditor once, and goes out by itself if nobody answers."""
    for known in ledger.concerns.of_audit(audit.id):
        if known.limb == limb and _still_stands(known):
            return ledger.concerns.change(known, lapsed=False) if known.lapsed else known
    concern = ledger.concerns.add(
        limb=limb,
        words=words,
        raised_by=by,
        at=now,
        door=door,
        confirmed=False,
        council_hash=audit.council_hash,
        audit_id=audit.id,
        by_answer=True,
    )
    write(ledger, concern, "concern noticed", f"person/{by}", now, {"limb": limb, "door": door})
    policy = councils.by_hash(ledger, audit.council_hash).policy
    owe_confirmation(ledger, concern, now, policy)
    return concern


def _still_stands(concern: Concern) -> bool:
    """Whether a concern already says what the answer says now. One that was acknowledged says it only for as long as
    the answer has been the same since: said again, it is new."""
    if concern.state is ConcernState.ACKNOWLEDGED:
        return concern.by_answer and not concern.lapsed
    return concern.state in (ConcernState.UNCONFIRMED, ConcernState.OPEN)


def raise_for_letter(
    ledger: Ledger, council: Council, letter_id: int, urgent: bool, now: datetime, proven: bool = False
) -> Concern:
    """A letter that a person must look at climbs a ladder of its own; one that sounds alarming climbs a faster one.

    Of a flood, one ladder stands for many letters. `proven`: whether its sender is vouched for. One that turns out to
    sound alarming when it is read again climbs the faster one too, whoever has acknowledged the other.
    """
    known = ledger.concerns.of_letter(letter_id)
    fast = council.policy.kept_letter_urgent
    if known and (not urgent or any(one.limb == fast for one in known)):
        return known[0]
    crowd = gathering.crowd(ledger, letter_id, proven, now)
    if crowd and (joined := gathering.join(ledger, crowd, urgent, letter_id, now)):
        return joined
    limb = fast if urgent else council.policy.kept_letter
    alone = f"{gathering.alone(ledger, letter_id, proven)}{'/urgent' if known else ''}"
    concern = ledger.concerns.add(
        limb=limb,
        words="",
        raised_by=None,
        at=now,
        door="mail",
        confirmed=True,
        council_hash=council.hash,
        letter_id=letter_id,
        press=gathering.together(crowd, urgent, letter_id) if crowd else alone,
    )
    write(ledger, concern, "letter needs a person", "bot", now, {"limb": limb})
    if crowd:
        gathering.put_under(ledger, concern, letter_id, now)
    return _start(ledger, concern, now)


def owe_confirmation(ledger: Ledger, concern: Concern, asked_at: datetime, policy: Policy) -> None:
    """Owe the moment at which an unconfirmed concern goes out by itself."""
    due = asked_at + policy.confirm_within
    ledger.obligations.owe(f"concern/{concern.id}/confirm", "confirm", "clock", due, {"concern": concern.id})


def _start(ledger: Ledger, concern: Concern, now: datetime) -> Concern:
    """Open the concern and tell the first rung, in this transaction."""
    ledger.obligations.cancel(f"concern/{concern.id}/confirm")
    opened = ledger.concerns.change(concern, state=ConcernState.OPEN, started=now)
    climbed = climb(ledger, opened.id, now)
    queue_letters(ledger, climbed, now)
    return climbed


# confirming


def confirm(ledger: Ledger, concern: Concern, by: int, now: datetime) -> Concern:
    """The auditor says that they meant it. Confirming twice changes nothing."""
    if concern.confirmed or concern.state in DONE:
        return concern
    write(ledger, concern, "concern confirmed", f"person/{by}", now, {})
    confirmed = ledger.concerns.change(concern, confirmed=True)
    if confirmed.state is ConcernState.UNCONFIRMED:
        return _start(ledger, confirmed, now)
    return confirmed


def go_unconfirmed(ledger: Ledger, concern_id: int, now: datetime) -> None:
    """Nobody answered in time: the notice goes out, marked *not yet confirmed*."""
    concern = ledger.concerns.concern(concern_id)
    if concern.state is not ConcernState.UNCONFIRMED:
        return
    write(ledger, concern, "concern not confirmed in time", "clock", now, {})
    _start(ledger, concern, now)


def take_back(ledger: Ledger, audit: Audit, limb: str, by: int, now: datetime) -> None:
    """The answer was changed. Before anyone was told that ends it; after that it takes a reason (`withdraw`)."""
    for concern in ledger.concerns.of_audit(audit.id):
        if concern.limb != limb or not concern.by_answer or concern.lapsed:
            continue
        if concern.state is ConcernState.UNCONFIRMED:
            ledger.obligations.cancel(f"concern/{concern.id}/confirm")
            ledger.concerns.change(concern, state=ConcernState.WITHDRAWN, reason="the answer was changed")
            write(ledger, concern, "concern taken back", f"person/{by}", now, {})
        elif concern.state in (ConcernState.OPEN, ConcernState.ACKNOWLEDGED):
            ledger.concerns.change(concern, lapsed=True)
            write(ledger, concern, "answer changed since", f"person/{by}", now, {})


def withdraw(ledger: Ledger, concern: Concern, by: int, reason: str, now: datetime) -> Concern:
    """Raised by mistake (F24): kept, with the reason; everyone who was told is told. Raises ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded(field="reason")
    if concern.raised_by != by:
        raise NotYours(qa_team=policy_of(ledger, concern).qa_team)
    if concern.state is ConcernState.WITHDRAWN:
        return concern
    gone = ledger.concerns.change(concern, state=ConcernState.WITHDRAWN, reason=reason.strip(), stopped_at=now)
    write(ledger, concern, "concern withdrawn", f"person/{by}", now, {"reason": reason.strip()})
    _stop_climbing(ledger, gone)
    _tell_the_end(ledger, gone, now)
    return gone


def stop_for_letter(ledger: Ledger, letter_id: int, reason: str, by: int | None, now: datetime) -> None:
    """Somebody has dealt with a letter that needed a person, acknowledged or not: whoever was told of it is told that,
    by whom and why."""
    for concern in ledger.concerns.of_letter(letter_id):
        if concern.state is ConcernState.WITHDRAWN or gathering.goes_on(ledger, concern, letter_id, now):
            continue
        gone = ledger.concerns.change(
            concern, state=ConcernState.WITHDRAWN, reason=reason, stopped_by=by, stopped_at=now
        )
        write(ledger, concern, "concern withdrawn", f"person/{by}" if by else "post", now, {"reason": reason})
        _stop_climbing(ledger, gone)
        _tell_the_end(ledger, gone, now)


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
    audit, case = subject_of(ledger, concern)
    who = " or ".join(councils.title(council, role) for role in _stopping_roles(ledger, concern))
    if person_id in barred_from(audit, case) or not told:
        why = "Thank you for answering. An acknowledgement has to come from somebody this alert was sent to."
        if person_id in barred_from(audit, case):
            why = "Thank you for answering. The auditor and the worker cannot acknowledge an alert about this audit."
        raise CannotAcknowledge(why=why, who=who)
    roles = [one.held.role for one in told]
    stops = may_stop(person_id, roles, [one.held.role for one in told if one.may_stop], barred_from(audit, case))
    ledger.concerns.acknowledge(concern.id, person_id, now, door, stops)
    write(ledger, concern, "acknowledged", f"person/{person_id}", now, {"door": door, "stops": stops})
    if not stops:
        refresh_auditor(ledger, concern, now)
        sentence = f"Thank you, that is noted. The alert goes on until {who} acknowledges it."
        return Heard(ledger.concerns.concern(concern.id), False, sentence)
    stopped = ledger.concerns.change(concern, state=ConcernState.ACKNOWLEDGED, stopped_by=person_id, stopped_at=now)
    _stop_climbing(ledger, stopped)
    _tell_the_end(ledger, stopped, now)
    sentence = "Thank you. Nobody else will be rung about this, and those already told will hear."
    if many := _raise_for_the_rest(ledger, stopped, person_id, now):
        more = "one more came" if many == 1 else f"{many} more came"
        sentence += f" Since you were told, {more}: please acknowledge the alert for that too."
    return Heard(stopped, True, sentence)


def _raise_for_the_rest(ledger: Ledger, stopped: Concern, by: int, now: datetime) -> int:
    """Nobody has what they were not told of: urgent letters that joined an alert since then get one of their own.
    How many they are.
    """
    rest = gathering.not_told_of(ledger, stopped, by)
    if not rest or stopped.limb != policy_of(ledger, stopped).kept_letter_urgent:
        return 0
    concern = ledger.concerns.add(
        limb=stopped.limb,
        words="",
        raised_by=None,
        at=now,
        door="mail",
        confirmed=True,
        council_hash=ledger.concerns.council_hash(stopped.id),
        letter_id=rest[0],
        press=gathering.anew(ledger, stopped, rest[0]),
    )
    write(ledger, concern, "letter needs a person", "bot", now, {"limb": stopped.limb})
    for letter_id in rest:
        gathering.put_under(ledger, concern, letter_id, now)
    _start(ledger, concern, now)
    return len(rest)


def _stop_climbing(ledger: Ledger, concern: Concern) -> None:
    if concern.state is ConcernState.WITHDRAWN:
        ledger.obligations.cancel_notices(f"concern/{concern.id}/letter/")
    ledger.obligations.cancel(f"concern/{concern.id}/confirm")
    ledger.obligations.cancel_notices(f"concern/{concern.id}/round/")


def _tell_the_end(ledger: Ledger, concern: Concern, now: datetime) -> None:
    """Everyone who was told, and the auditor, hear that it was acknowledged or withdrawn."""
    people = dict.fromkeys(one.held.person.id for one in ledger.concerns.told(concern.id) if one.active)
    for person_id in people:
        key = f"concern/{concern.id}/{concern.state.value}/to/{person_id}"
        notify(ledger, concern, key, "ended", person_id, now, {})
    if concern.raised_by and concern.raised_by not in people:
        key = f"concern/{concern.id}/{concern.state.value}/to/{concern.raised_by}"
        notify(ledger, concern, key, "ended", concern.raised_by, now, {}, ("mail",))
    refresh_auditor(ledger, concern, now)


# asking


def chat_opened(ledger: Ledger, person_id: int, now: datetime) -> None:
    """A person's chat can be reached from now on: alerts that only mail carried so far go there too."""
    for concern in ledger.concerns.open_told_to(person_id):
        key = f"concern/{concern.id}/round/{concern.round}/to/{person_id}"
        known = ledger.obligations.notice(f"{key}/teams")
        if known is None or known.state != "sent":
            notify(ledger, concern, key, "alert", person_id, now, {"round": concern.round}, ("teams",))


def _stopping_roles(ledger: Ledger, concern: Concern) -> Iterable[str]:
    return dict.fromkeys(one.held.role for one in ledger.concerns.told(concern.id) if one.may_stop)
