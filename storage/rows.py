"""The tables. Rows never leave this room: the ledger hands out values of `audit` instead."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """An instant: aware on this side, UTC in the database. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: nobody knows when that is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone reached the ledger")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """An aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map: ClassVar = {datetime: UtcTime, dict[str, Any]: JSON, list[Any]: JSON, str: Text}


def table(row: type[Row]) -> Table:
    """The plain table of a row class, for statements that are built once and run often (docs/performance.md)."""
    return cast("Table", row.__table__)


class PublishedRow(Row):
    """A council's folder as it was, by content hash: running audits are read from here (docs/decisions/0006)."""

    __tablename__ = "published"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    texts: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class PersonRow(Row):
    """An adult in the directory."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str]
    phone: Mapped[str]
    entra_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class TeamRow(Row):
    """A team and the service it belongs to."""

    __tablename__ = "teams"
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    service: Mapped[str] = mapped_column(String(200))


class HeldRoleRow(Row):
    """A role held by a person for a team, a service or the whole council."""

    __tablename__ = "held_roles"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(100), index=True)
    scope_kind: Mapped[str] = mapped_column(String(10))
    scope: Mapped[str] = mapped_column(String(200), default="")
    __table_args__ = (UniqueConstraint("person_id", "role", "scope_kind", "scope"),)


class CaseRow(Row):
    """A child's case: ID and responsible people, nothing else."""

    __tablename__ = "cases"
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    team: Mapped[str] = mapped_column(ForeignKey("teams.name"))
    status: Mapped[str] = mapped_column(String(50))
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    iro_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    closed: Mapped[bool] = mapped_column(Boolean, default=False)


class AuditRow(Row):
    """An audit. `version` counts every change that two presses could make at once."""

    __tablename__ = "audits"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    auditor_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    tool_id: Mapped[str] = mapped_column(String(100))
    tool_version: Mapped[str] = mapped_column(String(50))
    tool_hash: Mapped[str] = mapped_column(String(64))
    council_hash: Mapped[str] = mapped_column(ForeignKey("published.hash"))
    stage: Mapped[str] = mapped_column(String(20), index=True)
    due: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer, default=1)
    allocated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    door: Mapped[str] = mapped_column(String(10), default="")


class AnswerRow(Row):
    """What stands for one step of one audit."""

    __tablename__ = "answers"
    audit_id: Mapped[int] = mapped_column(ForeignKey("audits.id"), primary_key=True)
    step: Mapped[str] = mapped_column(String(100), primary_key=True)
    said: Mapped[dict[str, Any]]
    not_relevant: Mapped[bool] = mapped_column(Boolean, default=False)
    version: Mapped[int]
    door: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]


class AnswerHistoryRow(Row):
    """What stood before each change, for undo (D22) and for showing how a score was reached (D15)."""

    __tablename__ = "answer_history"
    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audits.id"))
    step: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    said: Mapped[dict[str, Any]]
    not_relevant: Mapped[bool]
    at: Mapped[datetime]
    by: Mapped[int]
    undone: Mapped[bool] = mapped_column(Boolean, default=False)
    __table_args__ = (Index("ix_history_step", "audit_id", "step"),)


class KeptWordsRow(Row):
    """Words that found no place yet."""

    __tablename__ = "kept_words"
    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audits.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    step: Mapped[str] = mapped_column(String(100), default="")
    field: Mapped[str] = mapped_column(String(100), default="")
    words: Mapped[str]
    value: Mapped[dict[str, Any]]
    options: Mapped[list[Any]]
    why: Mapped[str] = mapped_column(String(20))
    door: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    open: Mapped[bool] = mapped_column(Boolean, default=True)


class SubmissionRow(Row):
    """A version that was handed in and frozen, or a tool that came back by mail (G05, G03: all are kept)."""

    __tablename__ = "submissions"
    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audits.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    door: Mapped[str] = mapped_column(String(10))
    content: Mapped[dict[str, Any]]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"))
    file_hash: Mapped[str] = mapped_column(String(64), default="")


class ConcernRow(Row):
    """A concern and how far its climb has come."""

    __tablename__ = "concerns"
    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audits.id"), index=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"), index=True)
    press: Mapped[str | None] = mapped_column(String(120), unique=True)
    limb: Mapped[str] = mapped_column(String(50))
    state: Mapped[str] = mapped_column(String(20), index=True)
    words: Mapped[str]
    raised_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    raised_at: Mapped[datetime]
    door: Mapped[str] = mapped_column(String(10))
    confirmed: Mapped[bool]
    started: Mapped[datetime | None]
    round: Mapped[int] = mapped_column(Integer, default=-1)
    version: Mapped[int] = mapped_column(Integer, default=1)
    council_hash: Mapped[str] = mapped_column(ForeignKey("published.hash"))
    stopped_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    stopped_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    by_answer: Mapped[bool] = mapped_column(Boolean, default=False)
    lapsed: Mapped[bool] = mapped_column(Boolean, default=False)


class ToldRow(Row):
    """Who was told of a concern, in which role, from which round."""

    __tablename__ = "told"
    concern_id: Mapped[int] = mapped_column(ForeignKey("concerns.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(100), primary_key=True)
    round: Mapped[int]
    may_stop: Mapped[bool]
    at: Mapped[datetime]


class AcknowledgementRow(Row):
    """Somebody's word that they have it."""

    __tablename__ = "acknowledgements"
    concern_id: Mapped[int] = mapped_column(ForeignKey("concerns.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    at: Mapped[datetime]
    door: Mapped[str] = mapped_column(String(10))
    stops: Mapped[bool]


class NoticeRow(Row):
    """Something that a person is told, by one channel. The number stays the same however often it is sent."""

    __tablename__ = "notices"
    number: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    channel: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    address: Mapped[str] = mapped_column(String(320), default="")
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audits.id"), index=True)
    concern_id: Mapped[int | None] = mapped_column(ForeignKey("concerns.id"), index=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"))
    data: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20))
    sent_at: Mapped[datetime | None]
    provider_ref: Mapped[str] = mapped_column(Text, default="")
    why: Mapped[str] = mapped_column(Text, default="")


class ObligationRow(Row):
    """What must happen later (docs/decisions/0003)."""

    __tablename__ = "obligations"
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    lane: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    epoch: Mapped[int] = mapped_column(Integer, default=1)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None]
    data: Mapped[dict[str, Any]]
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    last_fault: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (Index("ix_due", "lane", "state", "due_at"),)


class ConversationRow(Row):
    """Where a person's personal chat is found again."""

    __tablename__ = "conversations"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    place: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    usable: Mapped[bool] = mapped_column(Boolean, default=True)


class ScreenRow(Row):
    """The live card of an audit in a person's chat: one, updated in place (L08)."""

    __tablename__ = "screens"
    audit_id: Mapped[int] = mapped_column(ForeignKey("audits.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    activity_id: Mapped[str] = mapped_column(String(300), default="")
    shows: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]


class SeenTurnRow(Row):
    """A message that was taken in already: Teams sends it again where we were slow."""

    __tablename__ = "seen_turns"
    key: Mapped[str] = mapped_column(String(400), primary_key=True)
    at: Mapped[datetime]


class LetterRow(Row):
    """A letter that came in, raw in a file; here is what became of it."""

    __tablename__ = "letters"
    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox: Mapped[str] = mapped_column(String(100))
    message_id: Mapped[str] = mapped_column(String(1000), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    path: Mapped[str]
    sender: Mapped[str]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), index=True)
    sorted_as: Mapped[str] = mapped_column(String(30), default="")
    why: Mapped[str] = mapped_column(Text, default="")
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audits.id"))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    copies: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (UniqueConstraint("mailbox", "message_id", "fingerprint"),)


class RequestRow(Row):
    """Somebody asks for a case to be audited (B03). `open_key`: one for a case and person while nobody has decided.

    What they wrote stays in the trail, where it can be erased; here is only a reason's id.
    """

    __tablename__ = "requests"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(50))
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    door: Mapped[str] = mapped_column(String(10))
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"), index=True)
    council_hash: Mapped[str] = mapped_column(ForeignKey("published.hash"))
    state: Mapped[str] = mapped_column(String(20), index=True)
    open_key: Mapped[str | None] = mapped_column(String(140), unique=True)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    until: Mapped[date | None] = mapped_column(Date)
    why: Mapped[str] = mapped_column(Text, default="")


class EventRow(Row):
    """The trail: append only, one hash chain an audit. Content and salt can be erased; the chain still holds (L03)."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[str] = mapped_column(String(60))
    seq: Mapped[int]
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(60))
    who: Mapped[str] = mapped_column(String(60))
    salt: Mapped[str | None] = mapped_column(String(32))
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    __table_args__ = (UniqueConstraint("chain", "seq"),)


class ChainRow(Row):
    """Where each chain of the trail ends: an event cut off at the end is missed, and two writers take turns."""

    __tablename__ = "chains"
    chain: Mapped[str] = mapped_column(String(60), primary_key=True)
    seq: Mapped[int]
    head: Mapped[str] = mapped_column(String(64))


class FaultRow(Row):
    """Our own bugs, written down before anything else happens to them. No bodies, no names."""

    __tablename__ = "faults"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(100))
    what: Mapped[str]


class AlarmRow(Row):
    """Something the watch found wrong; stays until it is right again."""

    __tablename__ = "alarms"
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    says: Mapped[str]
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
