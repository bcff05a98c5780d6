"""Letters that need a person: what waits, and what somebody of the QA team does about one (G02).

Each verb is kept in the letter's trail with who did it and why, and none of them moves a letter's raw copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from audit.answers import Audit
from audit.council import Council
from audit.people import Person
from audit.refusals import NotYours, ReasonNeeded
from desk import access, concerns
from storage.ledger import Ledger
from storage.letters import Letter

WAITING = "needs_a_person"
DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter that needs a person. `reference`: the audit that it is about, where that is certain; `in_hand`: it is
    about to be read again."""

    number: int
    received_at: datetime
    sender: str
    why: str
    reference: str
    in_hand: bool


@dataclass(frozen=True, slots=True)
class Assigned:
    """Somebody said whose tools a letter brings."""

    audit_id: int
    by: int
    why: str


class NotWaiting(Exception):
    """No letter with this number needs a person."""


def waiting(ledger: Ledger) -> tuple[Waiting, ...]:
    """All letters that need a person, oldest first."""
    return tuple(_line(ledger, one) for one in ledger.letters.in_state(WAITING))


def one_waiting(ledger: Ledger, number: int) -> tuple[Waiting, Letter]:
    """One of them. Raises NotWaiting."""
    letter = _letter(ledger, number)
    return _line(ledger, letter), letter


def of_the_team(ledger: Ledger, council: Council, address: str) -> Person:
    """Who acts: somebody with the QA lead's role or one that may see every concern (L02). Raises NotYours."""
    person = ledger.directory.by_email(address.strip().lower())
    roles = (council.policy.qa_lead, *council.policy.may_see_concern)
    if person is None or not any(access.holds(ledger, person, role, None) for role in roles):
        raise NotYours(qa_team=council.policy.qa_team)
    return person


# what is done about one


def retry(ledger: Ledger, number: int, by: Person, now: datetime) -> bool:
    """Have a letter read once more. False where it is about to be anyway. Raises NotWaiting."""
    _letter(ledger, number)
    if _is_in_hand(ledger, number):
        return False
    _owe_reading(ledger, number, {}, now)
    ledger.trail.add(_chain(number), "letter to be read again", f"person/{by.id}", now, {})
    return True


def assign(ledger: Ledger, number: int, audit: Audit, by: Person, why: str, now: datetime) -> None:
    """Have a letter's tools filed as what the auditor of `audit` returned, whoever sent them and whatever they say.

    Raises NotWaiting, ReasonNeeded. Its alert ends once they are filed, and goes on if they cannot be.
    """
    reason = _reason(why)
    _letter(ledger, number)
    _owe_reading(ledger, number, {"assigned": {"audit": audit.id, "by": by.id, "why": reason}}, now)
    content = {"letter": number, "audit": audit.reference, "why": reason}
    for chain in (_chain(number), f"audit/{audit.id}"):
        ledger.trail.add(chain, "letter assigned", f"person/{by.id}", now, content)


def discard(ledger: Ledger, number: int, by: Person, why: str, now: datetime) -> None:
    """Nothing is to be done about a letter: it stays where it lies, and its alert ends.

    Raises NotWaiting, ReasonNeeded.
    """
    reason = _reason(why)
    letter = _letter(ledger, number)
    ledger.obligations.cancel(_duty(number))
    ledger.letters.settle(number, DISCARDED, letter.sorted_as, reason, letter.audit_id)
    ledger.trail.add(_chain(number), "letter discarded", f"person/{by.id}", now, {"why": reason})
    concerns.stop_for_letter(ledger, number, reason, f"person/{by.id}", now)


def assigned(ledger: Ledger, number: int) -> Assigned | None:
    """Whose tools a letter brings, where somebody has said so since it was last read."""
    duty = ledger.obligations.find(_duty(number))
    told = duty.data.get("assigned") if duty and duty.state == "waiting" else None
    return Assigned(int(told["audit"]), int(told["by"]), str(told["why"])) if told else None


def settled(ledger: Ledger, number: int, told: Assigned | None, now: datetime) -> None:
    """A letter that needed a person was read again, and nothing is left to do: its alert ends."""
    if told is None:
        reason, who = "It was read again, and nothing is left to do.", "post"
    else:
        reference = ledger.audits.audit(told.audit_id).reference
        reason, who = f"Filed for {reference}. {told.why}", f"person/{told.by}"
    concerns.stop_for_letter(ledger, number, reason, who, now)


def item_of(ledger: Ledger, number: int) -> str:
    """What the mailbox called the letter when it came."""
    duty = ledger.obligations.find(_duty(number))
    return str(duty.data.get("item", "")) if duty else ""


# asking


def _letter(ledger: Ledger, number: int) -> Letter:
    try:
        letter = ledger.letters.letter(number)
    except LookupError:
        raise NotWaiting(number) from None
    if letter.state != WAITING:
        raise NotWaiting(number)
    return letter


def _line(ledger: Ledger, letter: Letter) -> Waiting:
    reference = ledger.audits.audit(letter.audit_id).reference if letter.audit_id else ""
    in_hand = _is_in_hand(ledger, letter.id)
    return Waiting(letter.id, letter.received_at, letter.sender, letter.why, reference, in_hand)


def _is_in_hand(ledger: Ledger, number: int) -> bool:
    duty = ledger.obligations.find(_duty(number))
    return duty is not None and duty.state == "waiting"


def _owe_reading(ledger: Ledger, number: int, more: dict[str, object], now: datetime) -> None:
    data = {"letter": number, "item": item_of(ledger, number), **more}
    ledger.obligations.owe(_duty(number), "read", "post", now, data)


def _reason(why: str) -> str:
    reason = " ".join(why.split())
    if not reason:
        raise ReasonNeeded(field="why")
    return reason


def _duty(number: int) -> str:
    return f"letter/{number}/read"


def _chain(number: int) -> str:
    return f"letter/{number}"
