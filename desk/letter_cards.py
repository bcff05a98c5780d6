"""Letters that need a person as the QA team's card shows them, and which cards show which letter (G02).

Nothing here holds a word of what a letter says, nor what its files are called (L01).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from audit.answers import Audit
from audit.council import Council
from audit.deadlines import clock
from audit.escalation import Concern, ConcernState
from audit.notices import AlertFacts, Asks, Candidate, LetterFacts, LetterLine, Sender
from audit.process import Stage
from desk import post_queue, showing
from desk.post_queue import WAITING, NotWaiting
from storage.ledger import Ledger
from storage.letters import Letter
from storage.trail import Event

MOST_CANDIDATES = 8
_ACTS = ("letter assigned", "letter to be read again")


def facts(ledger: Ledger, council: Council, number: int, reader: int | None, now: datetime) -> LetterFacts:
    """A letter that needs a person, or needed one: as `reader` sees it now. Raises NotWaiting where it never did."""
    letter = _letter(ledger, number)
    waits = letter.state == WAITING
    events = ledger.trail.events(f"letter/{number}")
    settled = "" if waits else _settled(ledger, letter, events, now)
    if not waits and not settled:
        raise NotWaiting(number)
    alert = _alert(ledger, number, reader)
    read = _last(events, ("letter read",))
    noted = dict(read.content or {}) if read else {}
    named = tuple(str(one) for one in noted.get("named", ()))
    return LetterFacts(
        number=number,
        kind=_kind(council, alert),
        received_at=letter.received_at,
        sender=letter.sender,
        known=Sender(noted.get("sender", Sender.KNOWN)),
        asks=_asks(noted),
        why=letter.why,
        files=int(noted.get("files", 0)),
        candidates=_candidates(ledger, letter.sender, named) if waits else (),
        drawn=post_queue.drawn(ledger, number),
        in_hand=_in_hand(ledger, number, events),
        came_of=_came_of(ledger, events, now) if waits else "",
        settled=settled,
        alert=alert,
    )


def lines(ledger: Ledger, council: Council, most: int) -> tuple[LetterLine, ...]:
    """The oldest letters that need a person, a line each."""
    return tuple(_line(ledger, council, letter) for letter in ledger.letters.in_state(WAITING)[:most])


def count(ledger: Ledger) -> int:
    """How many letters need a person."""
    return ledger.letters.count_in_state(WAITING)


# which card shows which letter


def note_card(
    ledger: Ledger, council: Council, person_id: int, activity_id: str, letter: LetterFacts | None, now: datetime
) -> None:
    """A person's card shows this letter from now on, or none any more: the end of its alert is drawn there too."""
    key = f"letter/card/{person_id}/{hashlib.sha256(activity_id.encode()).hexdigest()[:32]}"
    if letter is None and ledger.obligations.notice(key) is None:
        return
    ledger.obligations.notify(
        key=key,
        kind="letter",
        channel="teams",
        at=now,
        person_id=person_id,
        concern_id=letter.alert.concern_id if letter and letter.alert else None,
        letter_id=letter.number if letter else None,
        data={"council": council.hash},
    )
    ledger.obligations.mark_notice(key, "sent", now, activity_id)  # it is there: nothing is left to send
    ledger.obligations.cancel(key)


def cards_of(ledger: Ledger, concern: Concern, person_id: int | None) -> tuple[str, ...]:
    """The cards of a person in which the end of a concern is to be drawn.

    An acknowledgement is no end for a letter: a card on which somebody may be writing is left as it is.
    """
    notices = ledger.obligations.notices(concern_id=concern.id, person_id=person_id)
    there = [one for one in notices if one.channel == "teams" and one.provider_ref]
    alerts = [one.provider_ref for one in there if one.kind == "alert"]
    letters = [one.provider_ref for one in there if one.kind == "letter"]
    if concern.state is ConcernState.WITHDRAWN:
        return tuple(dict.fromkeys((*alerts, *letters)))
    return tuple(one for one in alerts if one not in letters)


def cards_of_letter(ledger: Ledger, concern_id: int, person_id: int | None, number: int) -> tuple[str, ...]:
    """The cards of a person that show this very letter."""
    notices = ledger.obligations.notices(concern_id=concern_id, person_id=person_id)
    cards = (one for one in notices if one.kind == "letter" and one.letter_id == number)
    return tuple(dict.fromkeys(one.provider_ref for one in cards if one.provider_ref))


# what a card holds


def _letter(ledger: Ledger, number: int) -> Letter:
    try:
        return ledger.letters.letter(number)
    except LookupError:
        raise NotWaiting(number) from None


def _alert(ledger: Ledger, number: int, reader: int | None) -> AlertFacts | None:
    """The alert of a letter, which may stand for many letters."""
    about = ledger.concerns.of_letter(number)
    return showing.alert_facts(ledger, about[-1], reader) if about else None


def _kind(council: Council, alert: AlertFacts | None) -> str:
    return alert.kind if alert else council.policy.limb(council.policy.kept_letter).kind


def _line(ledger: Ledger, council: Council, letter: Letter) -> LetterLine:
    read = _last(ledger.trail.events(f"letter/{letter.id}"), ("letter read",))
    alert = _alert(ledger, letter.id, None)
    return LetterLine(
        number=letter.id,
        received_at=letter.received_at,
        sender=letter.sender,
        asks=_asks((read.content if read else None) or {}),
        kind=_kind(council, alert),
        holder=alert.stopped_by if alert else "",
        in_hand=post_queue.is_in_hand(ledger, letter.id),
    )


def _asks(noted: Mapping[str, Any]) -> Asks:
    """The question that fits. Nothing can be filed of a letter that brings no document."""
    asks = Asks(noted.get("asks", Asks.READ))
    return Asks.READ if asks is Asks.WHOSE and not noted.get("files") else asks


def _candidates(ledger: Ledger, sender: str, named: Iterable[str]) -> tuple[Candidate, ...]:
    """The audits that it may be about: the sender's own that are open, then those that it names."""
    person = ledger.directory.by_email(sender) if sender else None
    own = ledger.audits.of_auditor(person.id) if person else ()
    names = [audit for audit in map(ledger.audits.by_reference, named) if audit]
    found: dict[int, Audit] = {one.id: one for one in own if one.stage is not Stage.SUBMITTED}
    found.update({one.id: one for one in names if one.id not in found})
    return tuple(
        Candidate(
            audit.reference,
            ledger.directory.person(audit.auditor_id).name,
            audit.due,
            audit.stage is Stage.SUBMITTED,
            person is not None and audit.auditor_id == person.id,
            audit.id in {one.id for one in names},
        )
        for audit in list(found.values())[:MOST_CANDIDATES]
    )


def _in_hand(ledger: Ledger, number: int, events: Sequence[Event]) -> str:
    """Who had it read again and what for, while that has not been done yet."""
    if not post_queue.is_in_hand(ledger, number):
        return ""
    act = _last(events, _ACTS)
    if act is None:
        return "It is being read."
    who = _name(ledger, act.who)
    if act.what == "letter assigned":
        return f"{who} has said that it is for {(act.content or {}).get('audit', 'an audit')}. It is being filed there."
    return f"{who} has asked for it to be read again."


def _came_of(ledger: Ledger, events: Sequence[Event], now: datetime) -> str:
    """What became of the last time that somebody had it read, where it still needs a person."""
    act, read = _last(events, _ACTS), _last(events, ("letter read",))
    if act is None or read is None or read.seq < act.seq:
        return ""
    who, at = _name(ledger, act.who), clock(act.at, now)
    if act.what == "letter assigned":
        audit = (act.content or {}).get("audit", "an audit")
        return f"{who} said at {at} that it is for {audit}, and it could not all be filed there."
    return f"{who} had it read again at {at}, and it still needs a person."


def _settled(ledger: Ledger, letter: Letter, events: Sequence[Event], now: datetime) -> str:
    """Who has dealt with a letter and how; empty where it never needed a person."""
    act, read = _last(events, ("letter discarded", *_ACTS)), _last(events, ("letter read",))
    if letter.state not in ("done", post_queue.DISCARDED) or act is None or read is None:
        return ""
    said, by = act.content or {}, _name(ledger, act.who)
    if act.what == "letter to be read again":
        return f"{by} had it read again at {clock(act.at, now)}, and nothing is left to do."
    filed = f"Filed for {said.get('audit', 'an audit')}. " if act.what == "letter assigned" else ""
    at = max(act.at, read.at) if filed else act.at
    return f"Dealt with at {clock(at, now)} by {by}. {filed}{said.get('why', '')}".rstrip()


def _name(ledger: Ledger, who: str) -> str:
    return ledger.directory.person(int(who.removeprefix("person/"))).name


def _last(events: Sequence[Event], what: tuple[str, ...]) -> Event | None:
    return next((one for one in reversed(events) if one.what in what), None)
