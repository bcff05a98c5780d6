"""A letter of ours came back: the notice counts as undelivered, an alert climbs at once, the QA team hears (L10).

Anybody can forge a bounce. So nothing is acknowledged, cancelled or put off by one, and it hurries an alert once for
each person who was told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from audit.council import Council
from audit.escalation import ConcernState
from desk import climbing, lead, showing
from storage.ledger import Ledger
from storage.obligations import Kept

TITLE = "A letter of ours came back"


def note(
    ledger: Ledger,
    council: Council,
    notice: Kept,
    addresses: Sequence[str],
    status: str,
    letter_id: int,
    now: datetime,
) -> bool:
    """Write down that a notice was not delivered. `addresses`: whom it did not reach; its own reader if none is named.

    Whether anything changed: not for a notice that never went out by mail, or that is known to be lost. One that may
    have left although nobody said so has left: only whoever saw it knows its seal.
    """
    if notice.channel != "mail" or not (notice.state == "sent" or _may_have_left(ledger, notice)):
        return False
    missed = tuple(one for one in dict.fromkeys(addresses) if one in _in_copy(ledger, notice))
    if not missed or len(missed) < len(set(addresses)):
        _lost(ledger, notice, status, letter_id, now)
        missed = (_address(ledger, notice), *missed)
    for address in missed:
        _tell_the_team(ledger, council, notice, address, status, now)
    return True


def note_copies(ledger: Ledger, council: Council, notice: Kept, addresses: Sequence[str], now: datetime) -> None:
    """A letter left, but not to these in copy: the QA team hears of it."""
    for address in addresses:
        _tell_the_team(ledger, council, notice, address, "", now)


def _may_have_left(ledger: Ledger, notice: Kept) -> bool:
    duty = ledger.obligations.find(notice.key)
    return notice.state == "waiting" and duty is not None and duty.state == "waiting" and duty.attempts > 0


def _lost(ledger: Ledger, notice: Kept, status: str, letter_id: int, now: datetime) -> None:
    why = f"it came back{f' ({status})' if status else ''}"
    if notice.state == "waiting":
        ledger.obligations.cancel(notice.key)  # it is neither looked for nor sent any more
    ledger.obligations.mark_notice(notice.key, "gave_up", notice.sent_at or now, why=why)
    content = {"notice": notice.number, "to": notice.person_id or 0, "why": why, "letter": letter_id}
    ledger.trail.add(_chain(notice, letter_id), f"{notice.kind} came back", "post", now, content)
    if notice.concern_id is None:
        return
    if notice.kind == "alert" and _hurries(ledger, notice):
        climbing.climb(ledger, notice.concern_id, now)
    climbing.refresh_auditor(ledger, ledger.concerns.concern(notice.concern_id), now)


def _hurries(ledger: Ledger, notice: Kept) -> bool:
    """Whether the ladder goes on at once: the first time for this person, in the round that is now, and only where no
    chat has reached them. An address that is dead for good must not ring everybody without end.
    """
    assert notice.concern_id is not None
    concern = ledger.concerns.concern(notice.concern_id)
    if concern.state is not ConcernState.OPEN or notice.data.get("round") != concern.round:
        return False
    others = [
        one
        for one in ledger.obligations.notices(concern_id=notice.concern_id, person_id=notice.person_id)
        if one.kind == "alert" and one.number != notice.number
    ]
    reached = any(one.channel == "teams" and one.state == "sent" for one in others)
    return not reached and not any(map(showing.came_back, others))


def _tell_the_team(ledger: Ledger, council: Council, notice: Kept, address: str, status: str, now: datetime) -> None:
    """Once for each address and day."""
    person = ledger.directory.by_email(address)
    about = ledger.audits.audit(notice.audit_id).reference if notice.audit_id else ""
    what = f"Notice {notice.number} ({notice.kind}{f', {about}' if about else ''})"
    who = f"{person.name} at {address}" if person else address
    lines = [f"{what} did not reach {who}{f': the answer was {status}' if status else ''}."]
    if person:
        lines.append(f"Please ring them: {person.phone}." if person.phone else "Please reach them in another way.")
    lines.append("If the address is wrong, mend the directory; what comes next goes to the new one.")
    key = f"undelivered/{hashlib.sha256(address.encode()).hexdigest()[:32]}/{now.date().isoformat()}"
    lead.tell(ledger, council, key, TITLE, tuple(lines), now)


def _address(ledger: Ledger, notice: Kept) -> str:
    return ledger.directory.person(notice.person_id).email if notice.person_id else notice.address


def _in_copy(ledger: Ledger, notice: Kept) -> tuple[str, ...]:
    """Who has an allocation in copy (B06)."""
    if notice.kind != "allocation" or not notice.audit_id:
        return ()
    worker = showing.audit_facts(ledger, ledger.audits.audit(notice.audit_id)).worker
    return (worker.email,) if worker and worker.id != notice.person_id else ()


def _chain(notice: Kept, letter_id: int) -> str:
    return f"audit/{notice.audit_id}" if notice.audit_id else f"letter/{notice.letter_id or letter_id}"
