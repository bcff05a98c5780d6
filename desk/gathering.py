"""One alert for many letters: a sender who floods the inbox rings a person often enough, and not for every letter.

Each letter is kept, waits in the queue and is dealt with by itself. The alert goes on until none of them waits.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from audit.escalation import Concern
from desk.climbing import notify, write
from storage.ledger import Ledger

MOST_ALONE = 20
"""Letters of one sender in a day that each raise an alert of their own. Nobody who works with us sends more."""
MOST_OF_STRANGERS = 100
"""The same for all together whom nobody vouches for: who invents one address can invent five hundred."""
_DAY = timedelta(days=1)


def crowd(ledger: Ledger, letter_id: int, proven: bool, now: datetime) -> str:
    """With whose letters this one is gathered; empty where it has an alert of its own.

    `proven`: whether its sender is vouched for. Letters under a forged address are no part of its owner's.
    """
    sender = hashlib.sha256(ledger.letters.letter(letter_id).sender.encode()).hexdigest()[:32]
    whose = f"{'known' if proven else 'unproven'}/{sender}"
    since = now - _DAY
    if ledger.concerns.pressed(f"letter/{whose}/", since) >= MOST_ALONE:
        return whose
    if not proven and ledger.concerns.pressed("letter/unproven/", since) >= MOST_OF_STRANGERS:
        return "unproven/all"
    return ""


def alone(ledger: Ledger, letter_id: int, proven: bool) -> str:
    """The mark of an alert for one letter, by which those of one sender are counted."""
    sender = hashlib.sha256(ledger.letters.letter(letter_id).sender.encode()).hexdigest()[:32]
    return f"letter/{'known' if proven else 'unproven'}/{sender}/{letter_id}"


def together(whose: str, urgent: bool, letter_id: int) -> str:
    """The mark of an alert for many letters, of which this one is the first."""
    return f"letters/{whose}/{'urgent' if urgent else 'plain'}/{letter_id}"


def join(ledger: Ledger, whose: str, urgent: bool, letter_id: int, now: datetime) -> Concern | None:
    """Put a letter under the alert that is open for letters like it; nothing where there is none.

    Who was told of an urgent one hears that more came, at once and then with each round of its ladder.
    """
    concern = ledger.concerns.open_pressed(f"letters/{whose}/{'urgent' if urgent else 'plain'}/")
    if concern is None:
        return None
    put_under(ledger, concern, letter_id, now)
    joined = ledger.concerns.change(concern, letter_id=concern.letter_id)  # or it could end at this moment
    if urgent:
        _tell_that_more_came(ledger, joined, now)
    return joined


def put_under(ledger: Ledger, concern: Concern, letter_id: int, now: datetime) -> None:
    """Write down that a letter waits for a person under this alert."""
    ledger.obligations.owe(_key(letter_id), f"concern/{concern.id}", "person", now, {"concern": concern.id})
    ledger.trail.add(f"letter/{letter_id}", "letter gathered", "bot", now, {"concern": concern.id})


def goes_on(ledger: Ledger, concern: Concern, letter_id: int, now: datetime) -> bool:
    """A letter has been dealt with: whether its alert goes on, for others that wait under it."""
    if not concern.gathers:
        return False
    ledger.obligations.cancel(_key(letter_id))
    others = ledger.concerns.gathered(concern.id)
    if not others:
        return False
    names = concern.letter_id if concern.letter_id in others else others[0]
    changed = ledger.concerns.change(concern, letter_id=names)
    write(ledger, changed, "alert goes on", "bot", now, {"dealt with": letter_id, "waiting": len(others)})
    return True


def not_told_of(ledger: Ledger, concern: Concern, person_id: int) -> tuple[int, ...]:
    """The letters that joined an alert after the last time that it went to this person."""
    if not concern.gathers:
        return ()
    alerts = ledger.obligations.notices(concern_id=concern.id, person_id=person_id)
    sent = [one.sent_at for one in alerts if one.kind == "alert" and one.sent_at]
    joined = {number: ledger.obligations.find(_key(number)) for number in ledger.concerns.gathered(concern.id)}
    return tuple(number for number, duty in joined.items() if sent and duty and duty.due_at > max(sent))


def anew(ledger: Ledger, concern: Concern, letter_id: int) -> str:
    """The mark of another alert like this one, of which a letter that had joined it is the first."""
    return f"{ledger.concerns.press(concern.id).rpartition('/')[0]}/{letter_id}"


def _tell_that_more_came(ledger: Ledger, concern: Concern, now: datetime) -> None:
    """Once in each round: the alert says how many there are, and the next round says it again."""
    for one in ledger.concerns.told(concern.id):
        key = f"concern/{concern.id}/round/{concern.round}/more/to/{one.held.person.id}"
        if one.active and one.may_stop and ledger.obligations.notice(f"{key}/mail") is None:
            data: dict[str, object] = {"round": concern.round, "again": True}
            notify(ledger, concern, key, "alert", one.held.person.id, now, data)


def _key(letter_id: int) -> str:
    return f"letter/{letter_id}/gathered"
