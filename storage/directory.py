"""The council's directory: people, roles, teams, cases, and where each person's chat is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from audit.people import Case, Held, Person
from storage.rows import (
    CaseRow,
    ConversationRow,
    FaultRow,
    HeldRoleRow,
    PersonRow,
    PublishedRow,
    SeenTurnRow,
    TeamRow,
    table,
)

PEOPLE, CASES, TEAMS = table(PersonRow), table(CaseRow), table(TeamRow)
CONVERSATIONS = table(ConversationRow)
_BY_ID = select(PEOPLE).where(PEOPLE.c.id == bindparam("person"))
_BY_ENTRA_ID = select(PEOPLE).where(PEOPLE.c.entra_id == bindparam("entra_id"), PEOPLE.c.active.is_(True))
_BY_EMAIL = select(PEOPLE).where(PEOPLE.c.email == bindparam("address"), PEOPLE.c.active.is_(True))
HELD = table(HeldRoleRow)
_HOLDERS = (
    select(PEOPLE, HELD.c.scope_kind, HELD.c.scope)
    .join(HELD, HELD.c.person_id == PEOPLE.c.id)
    .where(HELD.c.role == bindparam("held"), PEOPLE.c.active.is_(True))
    .order_by(PEOPLE.c.id)
)
_CASE = select(CASES, TEAMS.c.service).join(TEAMS, TEAMS.c.name == CASES.c.team).where(CASES.c.id == bindparam("case"))
_CONVERSATION = select(CONVERSATIONS.c.place, CONVERSATIONS.c.usable).where(
    CONVERSATIONS.c.person_id == bindparam("person")
)

SEEN_TURNS = table(SeenTurnRow)
_SEE = {
    "sqlite": sqlite.insert(SEEN_TURNS).on_conflict_do_nothing().execution_options(preserve_rowcount=True),
    "postgresql": postgresql.insert(SEEN_TURNS).on_conflict_do_nothing().execution_options(preserve_rowcount=True),
}


class Directory:
    """Who is who."""

    def __init__(self, session: Session, connection: Connection) -> None:
        """Works in the session's transaction, which is the connection's too."""
        self._session = session
        self._connection = connection

    # people

    def person(self, person_id: int) -> Person:
        """The person with this id. Raises LookupError."""
        row = self._connection.execute(_BY_ID, {"person": person_id}).first()
        if row is None:
            raise LookupError("no such person")
        return _person(row)

    def by_entra_id(self, entra_id: str) -> Person | None:
        """The active person with this Entra object id."""
        if not entra_id:
            return None
        row = self._connection.execute(_BY_ENTRA_ID, {"entra_id": entra_id.lower()}).first()
        return _person(row) if row else None

    def by_email(self, email: str) -> Person | None:
        """The active person with this address, whatever its case."""
        row = self._connection.execute(_BY_EMAIL, {"address": email.strip().lower()}).first()
        return _person(row) if row else None

    def everyone(self) -> tuple[Person, ...]:
        """All active people, in the order of their addresses."""
        rows = self._session.scalars(select(PersonRow).where(PersonRow.active.is_(True)).order_by(PersonRow.email))
        return tuple(_person(row) for row in rows)

    def save_person(self, email: str, name: str, phone: str, entra_id: str) -> int:
        """Add a person, or update the one with this address, or else with this Entra id. Their id.

        An Entra id that somebody else had is taken from them. The chat that belongs to it goes too.
        """
        email, wanted = email.lower(), entra_id.lower() or None
        had = self._session.scalar(select(PersonRow).where(PersonRow.entra_id == wanted)) if wanted else None
        row = self._session.scalar(select(PersonRow).where(PersonRow.email == email)) or had
        if row is None:
            row = PersonRow(email=email, name=name, phone=phone, entra_id=None, active=True)
            self._session.add(row)
        if row.entra_id != wanted:
            self._take_entra_id(row)
        if had is not None and had is not row:
            self._take_entra_id(had)
        self._session.flush()  # an Entra id is unique: taken first, then given
        row.email, row.name, row.phone, row.active, row.entra_id = email, name, phone, True, wanted
        self._session.flush()
        return row.id

    def _take_entra_id(self, row: PersonRow) -> None:
        if row.entra_id is not None:
            row.entra_id = None
            self._session.execute(delete(ConversationRow).where(ConversationRow.person_id == row.id))

    def retire_all_but(self, person_ids: Iterable[int]) -> None:
        """People who are no longer in the directory can do nothing here any more; what they did stays."""
        self._session.execute(update(PersonRow).where(PersonRow.id.not_in(list(person_ids))).values(active=False))

    # roles

    def holders(self, role: str, case: Case | None) -> tuple[Held, ...]:
        """Everyone who holds a role for a case's team, its service or the whole council; the nearest scope only.

        Without a case, those who hold it for the whole council, and else everyone who holds it.
        """
        rows = self._connection.execute(_HOLDERS, {"held": role}).all()
        if case is None:
            wanted = [row for row in rows if row.scope_kind == "council"] or rows
            return tuple(dict.fromkeys(Held(role, _person(row)) for row in wanted))
        for kind, scope in (("team", case.team), ("service", case.service), ("council", "")):
            found = tuple(Held(role, _person(row)) for row in rows if (row.scope_kind, row.scope) == (kind, scope))
            if found:
                return found
        return ()

    def roles_of(self, person_id: int) -> tuple[tuple[str, str, str], ...]:
        """(role, scope kind, scope) that a person holds."""
        rows = self._session.execute(
            select(HeldRoleRow.role, HeldRoleRow.scope_kind, HeldRoleRow.scope).where(
                HeldRoleRow.person_id == person_id
            )
        )
        return tuple((row[0], row[1], row[2]) for row in rows)

    def replace_roles(self, held: Iterable[tuple[int, str, str, str]]) -> None:
        """The whole list of (person id, role, scope kind, scope); what was there before goes."""
        self._session.execute(delete(HeldRoleRow))
        for person_id, role, kind, scope in held:
            self._session.add(HeldRoleRow(person_id=person_id, role=role, scope_kind=kind, scope=scope))
        self._session.flush()

    # teams and cases

    def save_team(self, name: str, service: str) -> None:
        """Add or move a team."""
        self._session.merge(TeamRow(name=name, service=service))
        self._session.flush()

    def teams(self) -> Mapping[str, str]:
        """Team to service."""
        return {row.name: row.service for row in self._session.scalars(select(TeamRow))}

    def save_case(
        self, case_id: str, team: str, status: str, worker_id: int | None, iro_id: int | None, closed: bool
    ) -> None:
        """Add or update a case."""
        row = CaseRow(id=case_id, team=team, status=status, worker_id=worker_id, iro_id=iro_id, closed=closed)
        self._session.merge(row)
        self._session.flush()

    def case(self, case_id: str) -> Case | None:
        """The case with this ID."""
        found = self._connection.execute(_CASE, {"case": case_id}).first()
        return _case(found, found.service) if found else None

    def cases(self) -> tuple[Case, ...]:
        """All cases, in the order of their IDs."""
        rows = self._session.execute(
            select(CaseRow, TeamRow.service).join(TeamRow, TeamRow.name == CaseRow.team).order_by(CaseRow.id)
        )
        return tuple(_case(row[0], row[1]) for row in rows)

    # chats

    def conversation(self, person_id: int) -> Mapping[str, Any] | None:
        """Where this person's chat is, as the door wrote it, if it was opened and still works."""
        row = self._connection.execute(_CONVERSATION, {"person": person_id}).first()
        return row.place if row and row.usable else None

    def has_conversation(self, person_id: int) -> bool:
        """Whether this person's chat was ever opened and still works."""
        return self.conversation(person_id) is not None

    def save_conversation(self, person_id: int, place: Mapping[str, Any], at: datetime) -> bool:
        """Keep where a chat is. True if it is new or had stopped working."""
        row = self._connection.execute(_CONVERSATION, {"person": person_id}).first()
        values = {"place": dict(place), "at": at, "usable": True}
        if row is None:
            self._connection.execute(insert(CONVERSATIONS), {"person_id": person_id, **values})
        elif row.place != dict(place) or not row.usable:
            self._connection.execute(
                update(CONVERSATIONS).where(CONVERSATIONS.c.person_id == person_id).values(**values)
            )
        return row is None or not row.usable

    def close_conversation(self, person_id: int, at: datetime) -> None:
        """The chat no longer works: blocked, uninstalled, gone."""
        self._session.execute(
            update(ConversationRow).where(ConversationRow.person_id == person_id).values(usable=False, at=at)
        )

    def seen_turn(self, key: str, at: datetime) -> bool:
        """Whether a message was taken in before; remembers it if not."""
        see = _SEE[self._connection.dialect.name]
        return self._connection.execute(see, {"key": key, "at": at}).rowcount == 0

    def forget_turns(self, before: datetime) -> None:
        """Channels send a message again within minutes, not days."""
        self._session.execute(delete(SeenTurnRow).where(SeenTurnRow.at < before))

    # councils and faults

    def publish(self, content_hash: str, texts: Mapping[str, str], at: datetime) -> None:
        """Keep a council's folder under its content hash. Publishing the same again changes nothing."""
        if self._session.get(PublishedRow, content_hash) is None:
            self._session.add(PublishedRow(hash=content_hash, texts=dict(texts), at=at))
            self._session.flush()

    def published(self, content_hash: str) -> Mapping[str, str]:
        """A council's folder as it was. Raises LookupError."""
        row = self._session.get(PublishedRow, content_hash)
        if row is None:
            raise LookupError("no such published council")
        return {str(name): str(text) for name, text in row.texts.items()}

    def write_fault(self, place: str, what: str, at: datetime) -> None:
        """One of our own bugs, in words without bodies or names."""
        self._session.add(FaultRow(place=place, what=what, at=at))

    def fault_count(self) -> int:
        """How many faults were written."""
        return self._session.scalar(select(func.count()).select_from(FaultRow)) or 0


def _person(row: Any) -> Person:
    return Person(row.id, row.email, row.name, row.phone, row.entra_id or "")


def _case(row: Any, service: str) -> Case:
    return Case(row.id, row.team, service, row.status, row.worker_id, row.iro_id, row.closed)
