"""What must happen later, claimed by any number of replicas under leases; and the notices that are sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Update, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.rows import AlarmRow, NoticeRow, ObligationRow, table

LEASES = {
    "teams": timedelta(seconds=20),
    "mail": timedelta(seconds=20),
    "clock": timedelta(seconds=60),
    "post": timedelta(seconds=60),
}
"""How long a claim holds, per lane; a killed replica's work is free again after that."""


URGENT = ("alert", "ended", "alarm")
"""Kinds of notices that never queue behind a month's allocations (F01)."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """A duty in hand. `epoch` proves that it is still ours: moving or cancelling it makes another one."""

    key: str
    kind: str
    lane: str
    due_at: datetime
    state: str
    epoch: int
    attempts: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A notice as it was written down."""

    number: int
    key: str
    kind: str
    channel: str
    person_id: int | None
    address: str
    audit_id: int | None
    concern_id: int | None
    letter_id: int | None
    data: Mapping[str, Any]
    made_at: datetime
    state: str
    sent_at: datetime | None
    provider_ref: str
    why: str

    @property
    def seal(self) -> str:
        """Tells this notice from another that bore its number: before a copy of the database was put back, or in an
        older database. The same for as long as the notice is there."""
        return hashlib.sha256(f"{self.key} {self.made_at.isoformat()}".encode()).hexdigest()[:8]


DUTIES, NOTICES = table(ObligationRow), table(NoticeRow)
_DUTY = select(DUTIES).where(DUTIES.c.key == bindparam("duty"))
_DUE = (
    select(DUTIES)
    .where(
        DUTIES.c.lane.in_(bindparam("lanes", expanding=True)),
        DUTIES.c.state == "waiting",
        DUTIES.c.due_at <= bindparam("now"),
        or_(DUTIES.c.lease_until.is_(None), DUTIES.c.lease_until <= bindparam("clock")),
    )
    .order_by(DUTIES.c.urgent.desc(), DUTIES.c.due_at, func.length(DUTIES.c.key), DUTIES.c.key)  # 9 before 10
    .limit(bindparam("most"))
)
_DUE_AND_FREE = _DUE.with_for_update(skip_locked=True)
_HOLD = (
    update(DUTIES)
    .where(DUTIES.c.key == bindparam("duty"))
    .values(lease_until=bindparam("until"), epoch=bindparam("new_epoch"), attempts=bindparam("tries"))
)
_HELD = update(DUTIES).where(
    DUTIES.c.key == bindparam("duty"), DUTIES.c.epoch == bindparam("in_epoch"), DUTIES.c.state == "waiting"
)
_FINISH = _HELD.values(state=bindparam("new_state"), last_fault=bindparam("fault"), lease_until=None)
_PUT_OFF = _HELD.values(due_at=bindparam("until"), last_fault=bindparam("fault"), lease_until=None)
_NOTE = _HELD.values(data=bindparam("new_data"))
_CANCEL = (
    update(DUTIES)
    .where(DUTIES.c.key == bindparam("duty"), DUTIES.c.state == "waiting")
    .values(state="cancelled", epoch=DUTIES.c.epoch + 1, lease_until=None)
)
_NOTICE = select(NOTICES).where(NOTICES.c.key == bindparam("notice"))
_CHANGED = (
    "kind", "channel", "person_id", "address", "audit_id", "concern_id", "letter_id", "data", "state", "why",
)  # fmt: skip
_OWED = ("kind", "lane", "due_at", "data", "urgent")


def _owe(insert: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    """Write a duty, or move the one with its key: that one is another duty from then on."""
    changes = {name: insert.excluded[name] for name in _OWED}
    anew = {"state": "waiting", "lease_until": None, "attempts": 0, "epoch": DUTIES.c.epoch + 1}
    return insert.on_conflict_do_update(index_elements=[DUTIES.c.key], set_={**changes, **anew})


def _notify(insert: sqlite.Insert | postgresql.Insert) -> Any:
    """Write a notice, or change the one with its key: it keeps its number."""
    changes = {name: insert.excluded[name] for name in _CHANGED}
    return insert.on_conflict_do_update(index_elements=[NOTICES.c.key], set_=changes).returning(NOTICES.c.number)


_OWE = {"sqlite": _owe(sqlite.insert(DUTIES)), "postgresql": _owe(postgresql.insert(DUTIES))}
_NOTIFY = {"sqlite": _notify(sqlite.insert(NOTICES)), "postgresql": _notify(postgresql.insert(NOTICES))}


@cache
def _mark(when: bool, reference: bool) -> Update:
    """What became of a notice; when, and what the channel calls it, only where that is known."""
    values: dict[str, Any] = {"state": bindparam("new_state"), "why": bindparam("new_why")}
    if when:
        values["sent_at"] = bindparam("at")
    if reference:
        values["provider_ref"] = bindparam("reference")
    return update(NOTICES).where(NOTICES.c.key == bindparam("notice")).values(**values)


class Obligations:
    """Duties and notices."""

    def __init__(self, session: Session, connection: Connection, dialect: str) -> None:
        """Works in the session's transaction, the connection's too; on PostgreSQL claims skip what others hold."""
        self._session = session
        self._connection = connection
        self._dialect = dialect

    def owe(
        self,
        key: str,
        kind: str,
        lane: str,
        due_at: datetime,
        data: Mapping[str, Any] | None = None,
        urgent: bool = False,
    ) -> None:
        """Write a duty. Writing a key again moves it, never doubles it. Urgent ones are claimed before all others."""
        values = {
            "key": key,
            "kind": kind,
            "lane": lane,
            "due_at": due_at,
            "data": dict(data or {}),
            "urgent": urgent,
        }
        fixed = {"state": "waiting", "epoch": 1, "attempts": 0, "lease_until": None, "last_fault": ""}
        self._connection.execute(_OWE[self._dialect], {**values, **fixed})

    def cancel(self, prefix: str) -> int:
        """Cancel a duty, or all those whose key starts with `prefix` when it ends with "/". How many."""
        if not prefix.endswith("/"):
            return self._connection.execute(_CANCEL, {"duty": prefix}).rowcount
        return self._connection.execute(
            update(DUTIES)
            .where(DUTIES.c.key.startswith(prefix, autoescape=True), DUTIES.c.state == "waiting")
            .values(state="cancelled", epoch=DUTIES.c.epoch + 1, lease_until=None)
        ).rowcount

    def claim(self, lanes: Sequence[str], now: datetime, clock: datetime, limit: int) -> tuple[Obligation, ...]:
        """Take up to `limit` duties that are due at `now` and that nobody holds at the database's time `clock`."""
        query = _DUE_AND_FREE if self._dialect == "postgresql" else _DUE
        which = {"lanes": tuple(lanes), "now": now, "clock": clock, "most": limit}
        claimed = []
        for row in self._connection.execute(query, which).all():
            duty = replace(_obligation(row), epoch=row.epoch + 1, attempts=row.attempts + 1)
            held = {"duty": row.key, "until": clock + LEASES[row.lane], "new_epoch": duty.epoch, "tries": duty.attempts}
            self._connection.execute(_HOLD, held)
            claimed.append(duty)
        return tuple(claimed)

    def is_held(self, duty: Obligation) -> bool:
        """Whether a claim still holds: nobody moved, cancelled or took it over."""
        found = self._connection.execute(_DUTY, {"duty": duty.key}).first()
        return found is not None and found.epoch == duty.epoch and found.state == "waiting"

    def finish(self, duty: Obligation, state: str = "done", fault: str = "") -> bool:
        """Close a duty that we hold. False where it is no longer ours: then nothing changes."""
        return self._settle(_FINISH, duty, {"new_state": state, "fault": fault})

    def put_off(self, duty: Obligation, until: datetime, fault: str) -> bool:
        """Do a duty later. False where it is no longer ours."""
        return self._settle(_PUT_OFF, duty, {"until": until, "fault": fault})

    def note(self, duty: Obligation, data: Mapping[str, Any]) -> bool:
        """Keep `data` with a duty that we hold. False where it is no longer ours."""
        return self._settle(_NOTE, duty, {"new_data": dict(data)})

    def let_wait(self, keys: Sequence[str], until: datetime) -> None:
        """Duties that nobody has in hand are due no sooner than `until`, and one after the other as they are named."""
        for place, key in enumerate(keys):
            due = until + place * timedelta(milliseconds=1)
            self._connection.execute(
                update(DUTIES)
                .where(DUTIES.c.key == key, DUTIES.c.state == "waiting", DUTIES.c.lease_until.is_(None))
                .where(DUTIES.c.due_at < due)
                .values(due_at=due)
            )

    def _settle(self, how: Update, duty: Obligation, values: Mapping[str, Any]) -> bool:
        which = {"duty": duty.key, "in_epoch": duty.epoch}
        return self._connection.execute(how, {**which, **values}).rowcount == 1

    def find(self, key: str) -> Obligation | None:
        """The duty with this key, whatever its state."""
        row = self._connection.execute(_DUTY, {"duty": key}).first()
        return _obligation(row) if row else None

    def waiting(self, prefix: str) -> tuple[Obligation, ...]:
        """Duties still to be done whose key starts with `prefix`, soonest first."""
        rows = self._connection.execute(
            select(DUTIES)
            .where(DUTIES.c.key.startswith(prefix, autoescape=True), DUTIES.c.state == "waiting")
            .order_by(DUTIES.c.due_at)
        )
        return tuple(_obligation(row) for row in rows)

    def next_due(self) -> datetime | None:
        """When the next waiting duty is due."""
        due: datetime | None = self._connection.scalar(
            select(func.min(DUTIES.c.due_at)).where(DUTIES.c.state == "waiting")
        )
        return due

    def overdue(self, lanes: Sequence[str], before: datetime) -> tuple[Obligation, ...]:
        """Duties that should have been done before `before` and still wait."""
        rows = self._connection.execute(
            select(DUTIES).where(DUTIES.c.lane.in_(lanes), DUTIES.c.state == "waiting", DUTIES.c.due_at < before)
        )
        return tuple(_obligation(row) for row in rows)

    # notices

    def notify(
        self,
        *,
        key: str,
        kind: str,
        channel: str,
        at: datetime,
        due_at: datetime | None = None,
        person_id: int | None = None,
        address: str = "",
        audit_id: int | None = None,
        concern_id: int | None = None,
        letter_id: int | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> int:
        """Write a notice and the duty to send it, in this transaction. Its number; the same key keeps its number."""
        values = {
            "key": key,
            "made_at": at,
            "provider_ref": "",
            "kind": kind,
            "channel": channel,
            "person_id": person_id,
            "address": address,
            "audit_id": audit_id,
            "concern_id": concern_id,
            "letter_id": letter_id,
            "data": dict(data or {}),
            "state": "waiting",
            "why": "",
        }
        number = self._connection.execute(_NOTIFY[self._dialect], values).scalar_one()
        self.owe(key, "notice", channel, due_at or at, urgent=kind in URGENT)
        return int(number)

    def notice(self, key: str) -> Kept | None:
        """The notice with this key."""
        row = self._connection.execute(_NOTICE, {"notice": key}).first()
        return _kept(row) if row else None

    def notice_by_number(self, number: int) -> Kept | None:
        """The notice with this number."""
        row = self._connection.execute(select(NOTICES).where(NOTICES.c.number == number)).first()
        return _kept(row) if row else None

    def notice_under(self, number: int, seal: str) -> Kept | None:
        """The notice with this number, if this is its seal."""
        found = self.notice_by_number(number)
        return found if found and found.seal == seal else None

    def mark_notice(
        self, key: str, state: str, at: datetime | None = None, provider_ref: str = "", why: str = ""
    ) -> None:
        """Write down what became of a notice."""
        values: dict[str, Any] = {"notice": key, "new_state": state, "new_why": why}
        if at:
            values["at"] = at
        if provider_ref:
            values["reference"] = provider_ref
        self._connection.execute(_mark(at is not None, bool(provider_ref)), values)

    def cancel_notices(self, prefix: str) -> None:
        """Notices that need not go any more, and the duties to send them."""
        self._connection.execute(
            update(NOTICES)
            .where(NOTICES.c.key.startswith(prefix, autoescape=True), NOTICES.c.state == "waiting")
            .values(state="cancelled")
        )
        self.cancel(prefix if prefix.endswith("/") else prefix + "/")

    def notices(
        self, *, audit_id: int | None = None, concern_id: int | None = None, person_id: int | None = None
    ) -> tuple[Kept, ...]:
        """Notices about an audit, about a concern or to a person, oldest first."""
        query = select(NOTICES).order_by(NOTICES.c.number)
        if audit_id is not None:
            query = query.where(NOTICES.c.audit_id == audit_id)
        if concern_id is not None:
            query = query.where(NOTICES.c.concern_id == concern_id)
        if person_id is not None:
            query = query.where(NOTICES.c.person_id == person_id)
        return tuple(_kept(row) for row in self._connection.execute(query))

    def unsent(self, before: datetime) -> tuple[Kept, ...]:
        """Notices written before `before` that still wait, however often they were tried."""
        rows = self._connection.execute(
            select(NOTICES)
            .where(NOTICES.c.state == "waiting", NOTICES.c.made_at < before, NOTICES.c.kind.not_in(("alarm", "news")))
            .order_by(NOTICES.c.number)
        )
        return tuple(_kept(row) for row in rows)

    def lost_letters(self, since: datetime) -> tuple[Kept, ...]:
        """Letters with a completed tool, written since, that were given up: no ladder sends those again."""
        rows = self._connection.execute(
            select(NOTICES)
            .where(NOTICES.c.state == "gave_up", NOTICES.c.kind == "completed", NOTICES.c.made_at >= since)
            .order_by(NOTICES.c.number)
        )
        return tuple(_kept(row) for row in rows)

    # alarms of the watch

    def alarm(self, key: str, says: str, at: datetime) -> bool:
        """Raise an alarm; True when it was not standing already."""
        row = self._session.get(AlarmRow, key)
        if row is not None and row.cleared_at is None:
            return False
        self._session.merge(AlarmRow(key=key, says=says, raised_at=at, cleared_at=None))
        self._session.flush()
        return True

    def clear_alarms(self, keep: Sequence[str], at: datetime) -> None:
        """All is well again, but for the alarms in `keep`."""
        self._session.execute(
            update(AlarmRow)
            .where(and_(AlarmRow.cleared_at.is_(None), AlarmRow.key.not_in(keep)))
            .values(cleared_at=at)
            .execution_options(synchronize_session="fetch")
        )

    def alarms(self) -> tuple[str, ...]:
        """The sentences of all standing alarms."""
        rows = self._session.scalars(select(AlarmRow).where(AlarmRow.cleared_at.is_(None)).order_by(AlarmRow.key))
        return tuple(row.says for row in rows)


def _obligation(row: Any) -> Obligation:
    return Obligation(row.key, row.kind, row.lane, row.due_at, row.state, row.epoch, row.attempts, row.data)


def _kept(row: Any) -> Kept:
    return Kept(
        row.number,
        row.key,
        row.kind,
        row.channel,
        row.person_id,
        row.address,
        row.audit_id,
        row.concern_id,
        row.letter_id,
        row.data,
        row.made_at,
        row.state,
        row.sent_at,
        row.provider_ref,
        row.why,
    )
