"""Nothing silent: what should be pending is derived anew from the business tables, repaired, and said aloud."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from audit.council import Council
from audit.escalation import Concern, ConcernState
from desk import concerns, councils
from storage.ledger import Ledger

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
    for duty in ledger.obligations.overdue(("teams", "mail", "clock"), now - UNSENT):
        standing[f"late/{duty.key}"] = f"{duty.key} has waited since {duty.due_at:%H:%M}, tried {duty.attempts} times."
    for letter in ledger.letters.unread():
        if letter.received_at < now - UNREAD:
            standing[f"unread/{letter.id}"] = f"Letter {letter.id} came at {letter.received_at:%H:%M} and is unread."
    for key, says in standing.items():
        if ledger.obligations.alarm(key, says, now):
            _tell_lead(ledger, council, key, says, now)
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


def _tell_lead(ledger: Ledger, council: Council, key: str, says: str, now: datetime) -> None:
    for held in concerns.holders(ledger, council.policy.qa_lead, None):
        ledger.obligations.notify(
            key=f"alarm/{key}/{int(now.timestamp())}/to/{held.person.id}/mail",
            kind="alarm",
            channel="mail",
            at=now,
            person_id=held.person.id,
            data={
                "council": council.hash,
                "title": "The audit service needs a look",
                "lines": [says, "Please ask whoever runs the service to look. If a child is concerned, phone."],
            },
        )
