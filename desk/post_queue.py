"""Letters that need a person: what waits, and what somebody of the QA team does about one (G02).

Each verb is kept in the letter's trail with who did it and why, and none of them moves a letter's raw copy. On the
keyboard and on the card in Teams they are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from audit.answers import Audit
from audit.council import Council
from audit.escalation import ConcernState
from audit.people import Person
from audit.refusals import NotOfTheTeam, ReasonNeeded
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


def one_waiting(ledger: Ledger, number: int, lock: bool = False) -> tuple[Waiting, Letter]:
    """One of them, kept from others until the end of the transaction if `lock`. Raises NotWaiting."""
    letter = _letter(ledger, number, lock)
    return _line(ledger, letter), letter


def of_the_team(ledger: Ledger, council: Council, address: str) -> Person:
    """Who acts: somebody with the QA lead's role or one that may see every concern (L02). Raises NotOfTheTeam."""
    person = ledger.directory.by_email(address.strip().lower())
    if person is None or not may_deal(ledger, council, person):
        raise NotOfTheTeam(qa_team=council.policy.qa_team)
    return person


def may_deal(ledger: Ledger, council: Council, person: Person) -> bool:
    """Whether a person may see what waits and deal with it (L02)."""
    roles = (council.policy.qa_lead, *council.policy.may_see_concern)
    return any(access.holds(ledger, person, role, None) for role in roles)


# what is done about one


def retry(ledger: Ledger, number: int, by: Person, now: datetime, why: str = "") -> bool:
    """Have a letter read once more. False where it is about to be anyway. Raises NotWaiting."""
    _letter(ledger, number, lock=True)
    if is_in_hand(ledger, number):
        return False
    _owe_reading(ledger, number, by, {}, now)
    ledger.trail.add(_chain(number), "letter to be read again", f"person/{by.id}", now, {"why": why} if why else {})
    return True


def assign(ledger: Ledger, number: int, audit: Audit, by: Person, why: str, now: datetime) -> None:
    """Have a letter's tools filed as what the auditor of `audit` returned, whoever sent them and whatever they say.

    Raises NotWaiting, ReasonNeeded. Its alert ends once they are filed, and goes on if they cannot be.
    """
    reason = _reason(why)
    _letter(ledger, number, lock=True)
    _owe_reading(ledger, number, by, {"assigned": {"audit": audit.id, "by": by.id, "why": reason}}, now)
    content = {"letter": number, "audit": audit.reference, "why": reason}
    for chain in (_chain(number), f"audit/{audit.id}"):
        ledger.trail.add(chain, "letter assigned", f"person/{by.id}", now, content)


def discard(ledger: Ledger, number: int, by: Person, why: str, now: datetime) -> None:
    """Nothing is to be done about a letter: it stays where it lies, and its alert ends.

    Raises NotWaiting, ReasonNeeded.
    """
    reason = _reason(why)
    letter = _letter(ledger, number, lock=True)
    ledger.obligations.cancel(_duty(number))
    ledger.letters.settle(number, DISCARDED, letter.sorted_as, reason, letter.audit_id)
    ledger.trail.add(_chain(number), "letter discarded", f"person/{by.id}", now, {"why": reason})
    _stop(ledger, number, reason, by.id, now)


def assigned(ledger: Ledger, number: int) -> Assigned | None:
    """Whose tools a letter brings, where somebody has said so since it was last read."""
    duty = ledger.obligations.find(_duty(number))
    told = duty.data.get("assigned") if duty and duty.state == "waiting" else None
    return Assigned(int(told["audit"]), int(told["by"]), str(told["why"])) if told else None


def settled(ledger: Ledger, number: int, told: Assigned | None, now: datetime) -> None:
    """A letter that needed a person was read again, and nothing is left to do: its alert ends."""
    reason, by = "It was read again, and nothing is left to do.", asked_by(ledger, number)
    if told is not None:
        reference = ledger.audits.audit(told.audit_id).reference
        reason, by = f"Filed for {reference}. {told.why}", told.by
    _stop(ledger, number, reason, by, now)


def _stop(ledger: Ledger, number: int, reason: str, by: int | None, now: datetime) -> None:
    """End a letter's alert. Cards that show the letter and do not hear of that end are drawn again."""
    about = ledger.concerns.of_letter(number)
    concerns.stop_for_letter(ledger, number, reason, by, now)
    for before in about:
        ended = ledger.concerns.concern(before.id).state is ConcernState.WITHDRAWN
        told = {one.held.person.id for one in ledger.concerns.told(before.id)} if ended else set()
        cards = (one for one in ledger.obligations.notices(concern_id=before.id) if one.kind == "letter")
        people = {one.person_id for one in cards if one.letter_id == number and one.provider_ref}
        for person_id in sorted(one for one in people if one and one not in told):
            ledger.obligations.notify(
                key=f"letter/{number}/dealt with/to/{person_id}/teams",
                kind="letter",
                channel="teams",
                at=now,
                person_id=person_id,
                concern_id=before.id,
                letter_id=number,
                data={"redraws": True},
            )


def still_waits(ledger: Ledger, council: Council, number: int, now: datetime) -> None:
    """A letter was read again and still needs a person: whoever asked for it is told what came of it, in Teams where
    their chat is open and else by mail."""
    by, duty = asked_by(ledger, number), ledger.obligations.find(_duty(number))
    if by is None or duty is None:
        return
    channel = "teams" if ledger.directory.has_conversation(by) else "mail"
    about = ledger.concerns.of_letter(number)
    lines = (
        f"Letter {number} was read again, as you asked, and it still needs a person.",
        "Type letters in the chat to see why, and what can be done.",
    )
    ledger.obligations.notify(
        key=f"letter/{number}/again/{duty.epoch}/to/{by}/{channel}",
        kind="letter" if channel == "teams" else "news",
        channel=channel,
        at=now,
        person_id=by,
        concern_id=about[0].id if about else None,
        letter_id=number,
        data={"council": council.hash, "title": f"Letter {number} still needs a person", "lines": list(lines)},
    )


def asked_by(ledger: Ledger, number: int) -> int | None:
    """Who had a letter read again last, if anybody did."""
    duty = ledger.obligations.find(_duty(number))
    by = duty.data.get("by") if duty else None
    return int(by) if by else None


def drawn(ledger: Ledger, number: int) -> int:
    """A number that changes with everything that is done about a letter: a card that bears an older one is stale."""
    duty = ledger.obligations.find(_duty(number))
    return duty.epoch if duty else 0


def item_of(ledger: Ledger, number: int) -> str:
    """What the mailbox called the letter when it was moved last, or when it came."""
    moved = ledger.obligations.find(f"{_chain(number)}/move")
    duty = moved if moved and moved.state == "done" else ledger.obligations.find(_duty(number))
    return str(duty.data.get("item", "")) if duty else ""


# asking


def _letter(ledger: Ledger, number: int, lock: bool = False) -> Letter:
    try:
        letter = ledger.letters.letter(number, lock=lock)
    except LookupError:
        raise NotWaiting(number) from None
    if letter.state != WAITING:
        raise NotWaiting(number)
    return letter


def _line(ledger: Ledger, letter: Letter) -> Waiting:
    reference = ledger.audits.audit(letter.audit_id).reference if letter.audit_id else ""
    in_hand = is_in_hand(ledger, letter.id)
    return Waiting(letter.id, letter.received_at, letter.sender, letter.why, reference, in_hand)


def is_in_hand(ledger: Ledger, number: int) -> bool:
    """Whether a letter is about to be read again."""
    duty = ledger.obligations.find(_duty(number))
    return duty is not None and duty.state == "waiting"


def _owe_reading(ledger: Ledger, number: int, by: Person, more: dict[str, object], now: datetime) -> None:
    data = {"letter": number, "item": item_of(ledger, number), "by": by.id, **more}
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
