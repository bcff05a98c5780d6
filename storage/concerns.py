"""Concerns: what was raised, who was told, who has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from audit.escalation import Acknowledgement, Concern, ConcernState
from audit.people import Held, Person
from storage.audits import ChangedMeanwhile
from storage.rows import AcknowledgementRow, ConcernRow, ObligationRow, PersonRow, ToldRow, table


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who was told, the role they were told in, and whether their word stops the climb."""

    held: Held
    round: int
    may_stop: bool
    at: datetime
    active: bool


CONCERNS, _DUTIES = table(ConcernRow), table(ObligationRow)
_BY_ID = select(CONCERNS).where(CONCERNS.c.id == bindparam("concern"))
_OF_AUDIT = select(CONCERNS).where(CONCERNS.c.audit_id == bindparam("audit")).order_by(CONCERNS.c.id)


class Concerns:
    """Concerns as values."""

    def __init__(self, session: Session, connection: Connection) -> None:
        """Works in the session's transaction, which is the connection's too."""
        self._session = session
        self._connection = connection

    def add(
        self,
        *,
        limb: str,
        words: str,
        raised_by: int | None,
        at: datetime,
        door: str,
        confirmed: bool,
        council_hash: str,
        audit_id: int | None = None,
        letter_id: int | None = None,
        press: str | None = None,
        by_answer: bool = False,
    ) -> Concern:
        """Write a concern down, not yet climbing."""
        row = ConcernRow(
            audit_id=audit_id,
            letter_id=letter_id,
            press=press,
            limb=limb,
            state=ConcernState.UNCONFIRMED.value,
            words=words,
            raised_by=raised_by,
            raised_at=at,
            door=door,
            confirmed=confirmed,
            council_hash=council_hash,
            round=-1,
            version=1,
            reason="",
            by_answer=by_answer,
            lapsed=False,
        )
        self._session.add(row)
        self._session.flush()
        return self.concern(row.id)

    def concern(self, concern_id: int) -> Concern:
        """The concern with this id. Raises LookupError."""
        row = self._connection.execute(_BY_ID, {"concern": concern_id}).first()
        if row is None:
            raise LookupError("no such concern")
        return self._whole(row)

    def council_hash(self, concern_id: int) -> str:
        """The council version whose ladder it climbs."""
        row = self._connection.execute(_BY_ID, {"concern": concern_id}).one()
        return str(row.council_hash)

    def press(self, concern_id: int) -> str:
        """The mark under which it was raised; empty where it has none."""
        row = self._connection.execute(_BY_ID, {"concern": concern_id}).one()
        return str(row.press or "")

    def by_press(self, press: str) -> Concern | None:
        """The concern that this very press raised."""
        row = self._connection.execute(select(CONCERNS).where(CONCERNS.c.press == press)).first()
        return self._whole(row) if row else None

    def of_audit(self, audit_id: int) -> tuple[Concern, ...]:
        """All concerns of an audit, oldest first."""
        rows = self._connection.execute(_OF_AUDIT, {"audit": audit_id}).all()
        return tuple(self._whole(row) for row in rows)

    def of_letter(self, letter_id: int) -> tuple[Concern, ...]:
        """All concerns about a kept letter: its own, and the one under which it waited with others like it."""
        duty = self._connection.execute(select(_DUTIES).where(_DUTIES.c.key == f"letter/{letter_id}/gathered")).first()
        with_others = int(duty.data["concern"]) if duty else -1
        query = select(CONCERNS).where(or_(CONCERNS.c.letter_id == letter_id, CONCERNS.c.id == with_others))
        query = query.order_by(CONCERNS.c.id)
        return tuple(self._whole(row) for row in self._connection.execute(query).all())

    def gathered(self, concern_id: int) -> tuple[int, ...]:
        """The letters that wait under a concern that stands for many, in the order of their numbers."""
        waiting = _DUTIES.c.kind == f"concern/{concern_id}", _DUTIES.c.lane == "person", _DUTIES.c.state == "waiting"
        keys = self._connection.scalars(select(_DUTIES.c.key).where(*waiting))
        return tuple(sorted(int(key.split("/")[1]) for key in keys))

    def pressed(self, prefix: str, since: datetime) -> int:
        """How many concerns were raised since then whose mark starts with `prefix`."""
        query = select(func.count()).where(
            CONCERNS.c.press.startswith(prefix, autoescape=True), CONCERNS.c.raised_at > since
        )
        return int(self._connection.scalar(query) or 0)

    def open_pressed(self, prefix: str) -> Concern | None:
        """The first open concern whose mark starts with `prefix`."""
        row = self._connection.execute(
            select(CONCERNS)
            .where(CONCERNS.c.press.startswith(prefix, autoescape=True), CONCERNS.c.state == ConcernState.OPEN.value)
            .order_by(CONCERNS.c.id)
        ).first()
        return self._whole(row) if row else None

    def live(self) -> tuple[Concern, ...]:
        """Every concern that still has to reach somebody: unconfirmed or open."""
        wanted = (ConcernState.UNCONFIRMED.value, ConcernState.OPEN.value)
        rows = self._connection.execute(select(CONCERNS).where(CONCERNS.c.state.in_(wanted)).order_by(CONCERNS.c.id))
        return tuple(self._whole(row) for row in rows.all())

    def open_told_to(self, person_id: int) -> tuple[Concern, ...]:
        """Open concerns that this person was told of, newest first."""
        told = select(ToldRow.concern_id).where(ToldRow.person_id == person_id)
        rows = self._connection.execute(
            select(CONCERNS)
            .where(CONCERNS.c.id.in_(told), CONCERNS.c.state == ConcernState.OPEN.value)
            .order_by(CONCERNS.c.id.desc())
        )
        return tuple(self._whole(row) for row in rows.all())

    def change(self, concern: Concern, **values: Any) -> Concern:
        """Change a concern from the version in hand. Raises ChangedMeanwhile."""
        if "state" in values:
            values["state"] = ConcernState(values["state"]).value
        changed = self._connection.execute(
            update(CONCERNS)
            .where(CONCERNS.c.id == concern.id, CONCERNS.c.version == concern.version)
            .values(version=concern.version + 1, **values)
        )
        if changed.rowcount != 1:
            raise ChangedMeanwhile("concern")
        return self.concern(concern.id)

    def tell(self, concern_id: int, held: Iterable[Held], number: int, may_stop: bool, at: datetime) -> None:
        """Note that these people are told from this round on."""
        for one in held:
            known = self._session.get(ToldRow, (concern_id, one.person.id, one.role))
            if known is None:
                self._session.add(
                    ToldRow(
                        concern_id=concern_id,
                        person_id=one.person.id,
                        role=one.role,
                        round=number,
                        may_stop=may_stop,
                        at=at,
                    )
                )
            elif may_stop:
                known.may_stop = True
        self._session.flush()

    def told(self, concern_id: int) -> tuple[Told, ...]:
        """Everyone who was told, in the order in which they were."""
        rows = self._session.execute(
            select(ToldRow, PersonRow)
            .join(PersonRow, PersonRow.id == ToldRow.person_id)
            .where(ToldRow.concern_id == concern_id)
            .order_by(ToldRow.round, ToldRow.may_stop.desc(), ToldRow.person_id)
        )
        return tuple(
            Told(
                Held(row.role, Person(person.id, person.email, person.name, person.phone, person.entra_id or "")),
                row.round,
                row.may_stop,
                row.at,
                person.active,
            )
            for row, person in rows
        )

    def acknowledge(self, concern_id: int, person_id: int, at: datetime, door: str, stops: bool) -> None:
        """Write an acknowledgement down; a second one of the same person changes nothing, unless it stops now."""
        known = self._session.get(AcknowledgementRow, (concern_id, person_id))
        if known is None:
            self._session.add(
                AcknowledgementRow(concern_id=concern_id, person_id=person_id, at=at, door=door, stops=stops)
            )
        elif stops and not known.stops:
            known.stops, known.at, known.door = True, at, door
        self._session.flush()

    def _whole(self, row: Any) -> Concern:
        given = self._session.scalars(
            select(AcknowledgementRow)
            .where(AcknowledgementRow.concern_id == row.id)
            .order_by(AcknowledgementRow.at, AcknowledgementRow.person_id)
        )
        return Concern(
            id=row.id,
            audit_id=row.audit_id,
            letter_id=row.letter_id,
            limb=row.limb,
            state=ConcernState(row.state),
            words=row.words,
            raised_by=row.raised_by,
            raised_at=row.raised_at,
            door=row.door,
            confirmed=row.confirmed,
            started=row.started,
            round=row.round,
            version=row.version,
            acknowledgements=tuple(Acknowledgement(one.person_id, one.at, one.door, one.stops) for one in given),
            stopped_by=row.stopped_by,
            stopped_at=row.stopped_at,
            reason=row.reason,
            by_answer=row.by_answer,
            lapsed=row.lapsed,
            gathers=(row.press or "").startswith("letters/"),
        )
