"""Nothing silent: what should be pending is derived anew from the business tables, repaired, and said aloud."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from audit.council import Council
from audit.escalation import Concern, ConcernState
from desk import concerns, councils, lead
from storage.ledger import Ledger

WATCH_TITLE = "The audit service needs a look"
WATCH_NEXT = "Please ask whoever runs the service to look. If a child is concerned, phone."
UNSENT = timedelta(minutes=5)
"""A notice that waits longer than this is late: sends are tried every few seconds."""
UNREAD = timedelta(minutes=10)
"""A letter that was kept but not read for longer than this is stuck."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the watch found: sentences, and whether all is well."""

    faults: tuple[str, ...]

    @property
    def well(self) -> bool:
        """Whether the heartbeat may go out."""
        return not self.faults


def look(ledger: Ledger, council: Council, now: datetime) -> Found:
    """Compare what should be pending with what is; mend it, raise alarms, tell the QA lead of new ones."""
    standing: dict[str, str] = {}
    for concern in ledger.concerns.live():
        says = _repair(ledger, concern, now)
        if says:
            standing[f"concern/{concern.id}/unwatched"] = says
        if _nobody_can_answer(ledger, concern):
            standing[f"concern/{concern.id}/nobody"] = (
                f"Concern {concern.id} has nobody who can acknowledge it. Please phone, and mend the directory."
            )
    for kept in ledger.obligations.unsent(now - UNSENT):
        standing[f"unsent/{kept.number}"] = (
            f"Notice {kept.number} ({kept.kind} by {kept.channel}) was written at {kept.made_at:%H:%M} UTC "
            "and has not gone out yet."
        )
    for duty in ledger.obligations.overdue(("clock", "post"), now - UNSENT):
        standing[f"late/{duty.key}"] = f"{duty.key} has waited since {duty.due_at:%H:%M}, tried {duty.attempts} times."
    for letter in ledger.letters.unread():
        if letter.received_at < now - UNREAD:
            standing[f"unread/{letter.id}"] = f"Letter {letter.id} came at {letter.received_at:%H:%M} and is unread."
    for key, says in standing.items():
        if ledger.obligations.alarm(key, says, now):
            lead.tell(ledger, council, f"{key}/{int(now.timestamp())}", WATCH_TITLE, (says, WATCH_NEXT), now)
    ledger.obligations.clear_alarms(tuple(standing), now)
    ledger.directory.forget_turns(now - timedelta(days=2))
    return Found(tuple(standing.values()))


def _repair(ledger: Ledger, concern: Concern, now: datetime) -> str:
    """Every concern that nobody has acknowledged has a live duty. If not, owe it again and say so."""
    if concern.state is ConcernState.UNCONFIRMED:
        if ledger.obligations.waiting(f"concern/{concern.id}/confirm"):
            return ""
        policy = councils.by_hash(ledger, ledger.concerns.council_hash(concern.id)).policy
        concerns.owe_confirmation(ledger, concern, policy)
        return f"Concern {concern.id} had lost its timer; it has been set again."
    if any(duty.kind == "climb" for duty in ledger.obligations.waiting(f"concern/{concern.id}/round/")):
        return ""
    concerns.climb(ledger, concern.id, now)
    return f"Concern {concern.id} had stopped climbing; it climbs again."


def _nobody_can_answer(ledger: Ledger, concern: Concern) -> bool:
    told = ledger.concerns.told(concern.id)
    return concern.state is ConcernState.OPEN and not any(one.may_stop for one in told)
