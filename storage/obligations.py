"""What must happen later, claimed by any number of replicas under leases; and the notices that are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from storage.rows import AlarmRow, NoticeRow, ObligationRow

LEASES = {
    "teams": timedelta(seconds=20),
    "mail": timedelta(seconds=20),
    "clock": timedelta(seconds=60),
    "post": timedelta(seconds=60),
}
"""How long a claim holds, per lane; a killed replica's work is free again after that."""


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


class Obligations:
    """Duties and notices."""

    def __init__(self, session: Session, dialect: str) -> None:
        """Works in the session's transaction; on PostgreSQL claims skip what another replica holds."""
        self._session = session
        self._skip = dialect == "postgresql"

    def owe(self, key: str, kind: str, lane: str, due_at: datetime, data: Mapping[str, Any] | None = None) -> None:
        """Write a duty. Writing a key again moves it, never doubles it."""
        row = self._session.get(ObligationRow, key)
        if row is None:
            row = ObligationRow(key=key, kind=kind, lane=lane, epoch=0, attempts=0, data={}, last_fault="")
            self._session.add(row)
        row.kind, row.lane, row.due_at, row.state = kind, lane, due_at, "waiting"
        row.data, row.lease_until, row.attempts = dict(data or {}), None, 0
        row.epoch += 1
        self._session.flush()

    def cancel(self, prefix: str) -> int:
        """Cancel a duty, or all those whose key starts with `prefix` when it ends with "/". How many."""
        match = ObligationRow.key.startswith(prefix, autoescape=True)
        if not prefix.endswith("/"):
            match = ObligationRow.key == prefix
        done = self._session.execute(
            update(ObligationRow)
            .where(match, ObligationRow.state == "waiting")
            .values(state="cancelled", epoch=ObligationRow.epoch + 1, lease_until=None)
            .execution_options(synchronize_session="fetch")
        )
        return int(done.rowcount)  # type: ignore[attr-defined]

    def claim(self, lanes: Sequence[str], now: datetime, clock: datetime, limit: int) -> tuple[Obligation, ...]:
        """Take up to `limit` duties that are due at `now` and that nobody holds at the database's time `clock`."""
        query = (
            select(ObligationRow)
            .where(
                ObligationRow.lane.in_(lanes),
                ObligationRow.state == "waiting",
                ObligationRow.due_at <= now,
                or_(ObligationRow.lease_until.is_(None), ObligationRow.lease_until <= clock),
            )
            .order_by(ObligationRow.due_at, ObligationRow.key)
            .limit(limit)
            .execution_options(populate_existing=True)
        )
        if self._skip:
            query = query.with_for_update(skip_locked=True)
        rows = self._session.scalars(query).all()
        for row in rows:
            row.lease_until = clock + LEASES[row.lane]
            row.epoch += 1
            row.attempts += 1
        self._session.flush()
        return tuple(_obligation(row) for row in rows)

    def is_held(self, duty: Obligation) -> bool:
        """Whether a claim still holds: nobody moved, cancelled or took it over."""
        found = self._session.execute(
            select(ObligationRow.epoch, ObligationRow.state).where(ObligationRow.key == duty.key)
        ).first()
        return found is not None and found[0] == duty.epoch and found[1] == "waiting"

    def finish(self, duty: Obligation, state: str = "done", fault: str = "") -> bool:
        """Close a duty that we hold. False where it is no longer ours: then nothing changes."""
        return self._settle(duty, state=state, last_fault=fault, lease_until=None)

    def put_off(self, duty: Obligation, until: datetime, fault: str) -> bool:
        """Do a duty later. False where it is no longer ours."""
        return self._settle(duty, due_at=until, last_fault=fault, lease_until=None)

    def _settle(self, duty: Obligation, **values: Any) -> bool:
        done = self._session.execute(
            update(ObligationRow)
            .where(ObligationRow.key == duty.key, ObligationRow.epoch == duty.epoch, ObligationRow.state == "waiting")
            .values(**values)
            .execution_options(synchronize_session="fetch")
        )
        return int(done.rowcount) == 1  # type: ignore[attr-defined]

    def find(self, key: str) -> Obligation | None:
        """The duty with this key, whatever its state."""
        row = self._session.get(ObligationRow, key, populate_existing=True)
        return _obligation(row) if row else None

    def waiting(self, prefix: str) -> tuple[Obligation, ...]:
        """Duties still to be done whose key starts with `prefix`, soonest first."""
        rows = self._session.scalars(
            select(ObligationRow)
            .where(ObligationRow.key.startswith(prefix, autoescape=True), ObligationRow.state == "waiting")
            .order_by(ObligationRow.due_at)
        )
        return tuple(_obligation(row) for row in rows)

    def next_due(self) -> datetime | None:
        """When the next waiting duty is due."""
        return self._session.scalar(select(func.min(ObligationRow.due_at)).where(ObligationRow.state == "waiting"))

    def overdue(self, lanes: Sequence[str], before: datetime) -> tuple[Obligation, ...]:
        """Duties that should have been done before `before` and still wait."""
        rows = self._session.scalars(
            select(ObligationRow).where(
                ObligationRow.lane.in_(lanes), ObligationRow.state == "waiting", ObligationRow.due_at < before
            )
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
        row = self._session.scalar(select(NoticeRow).where(NoticeRow.key == key))
        if row is None:
            row = NoticeRow(key=key, made_at=at, provider_ref="", why="")
            self._session.add(row)
        row.kind, row.channel, row.person_id, row.address = kind, channel, person_id, address
        row.audit_id, row.concern_id, row.letter_id = audit_id, concern_id, letter_id
        row.data, row.state, row.why = dict(data or {}), "waiting", ""
        self._session.flush()
        self.owe(key, "notice", channel, due_at or at)
        return row.number

    def notice(self, key: str) -> Kept | None:
        """The notice with this key."""
        row = self._session.scalar(
            select(NoticeRow).where(NoticeRow.key == key).execution_options(populate_existing=True)
        )
        return _kept(row) if row else None

    def notice_by_number(self, number: int) -> Kept | None:
        """The notice with this number."""
        row = self._session.get(NoticeRow, number)
        return _kept(row) if row else None

    def mark_notice(
        self, key: str, state: str, at: datetime | None = None, provider_ref: str = "", why: str = ""
    ) -> None:
        """Write down what became of a notice."""
        values: dict[str, Any] = {"state": state, "why": why}
        if at:
            values["sent_at"] = at
        if provider_ref:
            values["provider_ref"] = provider_ref
        self._session.execute(
            update(NoticeRow)
            .where(NoticeRow.key == key)
            .values(**values)
            .execution_options(synchronize_session="fetch")
        )

    def cancel_notices(self, prefix: str) -> None:
        """Notices that need not go any more, and the duties to send them."""
        self._session.execute(
            update(NoticeRow)
            .where(NoticeRow.key.startswith(prefix, autoescape=True), NoticeRow.state == "waiting")
            .values(state="cancelled")
            .execution_options(synchronize_session="fetch")
        )
        self.cancel(prefix if prefix.endswith("/") else prefix + "/")

    def notices(
        self, *, audit_id: int | None = None, concern_id: int | None = None, person_id: int | None = None
    ) -> tuple[Kept, ...]:
        """Notices about an audit, about a concern or to a person, oldest first."""
        query = select(NoticeRow).order_by(NoticeRow.number)
        if audit_id is not None:
            query = query.where(NoticeRow.audit_id == audit_id)
        if concern_id is not None:
            query = query.where(NoticeRow.concern_id == concern_id)
        if person_id is not None:
            query = query.where(NoticeRow.person_id == person_id)
        return tuple(_kept(row) for row in self._session.scalars(query))

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


def _obligation(row: ObligationRow) -> Obligation:
    return Obligation(row.key, row.kind, row.lane, row.due_at, row.state, row.epoch, row.attempts, row.data)


def _kept(row: NoticeRow) -> Kept:
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
