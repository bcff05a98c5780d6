"""Nothing silent: what should be pending is derived anew from the business tables, repaired, and said aloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from audit.council import Council
from audit.escalation import Concern, ConcernState
from desk import climbing, concerns, lead
from storage.ledger import Ledger

WATCH_TITLE = "The audit service needs a look"
WATCH_NEXT = "Please ask whoever runs the service to look. If a child is concerned, phone."
UNSENT = timedelta(minutes=5)
"""A notice that waits longer than this is late: sends are tried every few seconds."""
LOST = timedelta(days=7)
"""How long a letter that could not be sent is said again. An alarm that never ends would hide the next one."""
UNREAD = timedelta(minutes=10)
"""A letter that was kept but not read for longer than this is stuck."""
TO_TAKE_IN = timedelta(minutes=2)
"""What came in while nothing ran, or was put back by hand, is old when it is first seen. It is taken in within this."""


@dataclass(frozen=True, slots=True)
class InInbox:
    """The oldest letter that nobody has taken in yet: when it came, and since when this process has seen it there."""

    came: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What the watch found: sentences, and whether all is well."""

    faults: tuple[str, ...]

    @property
    def well(self) -> bool:
        """Whether the heartbeat may go out."""
        return not self.faults


def live_concerns(ledger: Ledger) -> tuple[int, ...]:
    """The concerns that `mend` should look at, each in a transaction of its own: one that is broken hides no other."""
    return tuple(concern.id for concern in ledger.concerns.live())


def mend(ledger: Ledger, concern_id: int, now: datetime) -> dict[str, str]:
    """What is wrong with one concern, by key; what can be put right has been."""
    concern = ledger.concerns.concern(concern_id)
    found = {
        "unwatched": _repair(ledger, concern, now),
        "nobody": _nobody_can_answer(ledger, concern),
        "unreached": _nobody_was_reached(ledger, concern),
    }
    return {f"concern/{concern_id}/{key}": says for key, says in found.items() if says}


def look(
    ledger: Ledger, council: Council, now: datetime, found: Mapping[str, str], oldest: InInbox | None = None
) -> Found:
    """What waits too long, with what `mend` found; raise alarms, tell the QA lead of new ones.

    `oldest`: in the inbox. All is not well while it is late; nobody is told of it before it had time to be taken in.
    """
    standing = dict(found)
    for kept in ledger.obligations.unsent(now - UNSENT):
        standing[f"unsent/{kept.number}"] = (
            f"Notice {kept.number} ({kept.kind} by {kept.channel}) was written at {kept.made_at:%H:%M} UTC "
            "and has not gone out yet."
        )
    for duty in ledger.obligations.overdue(("clock", "post"), now - UNSENT):
        standing[f"late/{duty.key}"] = f"{duty.key} has waited since {duty.due_at:%H:%M}, tried {duty.attempts} times."
    for kept in ledger.obligations.lost_letters(now - LOST):
        standing[f"lost/{kept.number}"] = f"Notice {kept.number} with a completed tool could not be sent: {kept.why}."
    for letter in ledger.letters.unread():
        if letter.received_at < now - UNREAD:
            standing[f"unread/{letter.id}"] = f"Letter {letter.id} came at {letter.received_at:%H:%M} and is unread."
    late = _late(oldest, now)
    if oldest and late and oldest.seen <= now - TO_TAKE_IN:
        standing["inbox"] = late
    for key, says in standing.items():
        if ledger.obligations.alarm(key, says, now):
            lead.tell(ledger, council, f"{key}/{int(now.timestamp())}", WATCH_TITLE, (says, WATCH_NEXT), now)
    ledger.obligations.clear_alarms(tuple(standing), now)
    ledger.directory.forget_turns(now - timedelta(days=2))
    return Found(tuple(dict.fromkeys((*standing.values(), *filter(None, (late,))))))


def _late(oldest: InInbox | None, now: datetime) -> str:
    if oldest is None or oldest.came >= now - UNREAD:
        return ""
    return f"A letter that came {_moment(oldest.came, now)} has not been taken in. Is the disk full?"


def _moment(then: datetime, now: datetime) -> str:
    return f"at {then:%H:%M} UTC" if now - then < timedelta(hours=12) else f"on {then.day} {then:%B at %H:%M} UTC"


def _repair(ledger: Ledger, concern: Concern, now: datetime) -> str:
    """Every concern that nobody has acknowledged has a live duty, and soon enough. If not, owe it again and say so."""
    policy = climbing.policy_of(ledger, concern)
    if concern.state is ConcernState.UNCONFIRMED:
        waiting = ledger.obligations.waiting(f"concern/{concern.id}/confirm")
        if any(duty.due_at <= now + policy.confirm_within for duty in waiting):
            return ""
        concerns.owe_confirmation(ledger, concern, min(concern.raised_at, now), policy)
        return f"Concern {concern.id} had lost its timer; it has been set again."
    climbs = [duty for duty in ledger.obligations.waiting(f"concern/{concern.id}/round/") if duty.kind == "climb"]
    if not climbs:
        climbing.climb(ledger, concern.id, now)
        return f"Concern {concern.id} had stopped climbing; it climbs again."
    latest = now + policy.ladder_of(concern.limb).longest_gap
    if min(duty.due_at for duty in climbs) > latest:
        climbing.owe_climb(ledger, concern, concern.round + 1, latest)
        return f"Concern {concern.id} was to climb too late, as if a clock had run ahead; that is put right."
    return ""


def _nobody_can_answer(ledger: Ledger, concern: Concern) -> str:
    told = ledger.concerns.told(concern.id)
    if concern.state is not ConcernState.OPEN or any(one.may_stop and one.active for one in told):
        return ""
    return f"Concern {concern.id} has nobody who can acknowledge it. Please phone, and mend the directory."


def _nobody_was_reached(ledger: Ledger, concern: Concern) -> str:
    """Whether every notice of the last round was given up, by every channel."""
    if concern.state is not ConcernState.OPEN:
        return ""
    notices = [
        one
        for one in ledger.obligations.notices(concern_id=concern.id)
        if one.kind == "alert" and one.data.get("round") == concern.round
    ]
    if not notices or any(one.state != "gave_up" for one in notices):
        return ""
    return f"Nobody could be reached about concern {concern.id}, by chat or by mail. Please phone them."
