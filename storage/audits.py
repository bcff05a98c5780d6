"""Audits, their answers, and the words that found no place yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import desc, func, select, update
from sqlalchemy.orm import Session

from audit.answers import Answer, Audit, KeptWords, Value, Values
from audit.process import Stage
from storage.rows import AnswerHistoryRow, AnswerRow, AuditRow, KeptWordsRow, ScreenRow, SubmissionRow


class ChangedMeanwhile(Exception):
    """The answer is no longer the version that the change was made from."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The live card of an audit in somebody's chat."""

    audit_id: int
    person_id: int
    activity_id: str
    shows: str


class Audits:
    """Audits as values."""

    def __init__(self, session: Session, dialect: str) -> None:
        """Works in the session's transaction; on PostgreSQL audits are locked before they are changed."""
        self._session = session
        self._lock = dialect == "postgresql"

    def add(
        self,
        *,
        prefix: str,
        case_id: str,
        auditor_id: int,
        moderator_id: int | None,
        tool: tuple[str, str, str],
        council_hash: str,
        due: date,
        at: datetime,
    ) -> Audit:
        """Allocate an audit; `tool` is (id, version, content hash). Its reference is the prefix and a number."""
        row = AuditRow(
            reference="",
            case_id=case_id,
            auditor_id=auditor_id,
            moderator_id=moderator_id,
            tool_id=tool[0],
            tool_version=tool[1],
            tool_hash=tool[2],
            council_hash=council_hash,
            stage=Stage.ALLOCATED.value,
            due=due,
            version=1,
            allocated_at=at,
        )
        highest = self._session.scalar(select(func.max(AuditRow.id))) or 0
        row.reference = f"{prefix}-{highest + 1:04d}"
        row.id = highest + 1
        self._session.add(row)
        self._session.flush()
        return self.audit(row.id)

    def audit(self, audit_id: int, lock: bool = False) -> Audit:
        """The audit with its answers and kept words. Raises LookupError."""
        query = select(AuditRow).where(AuditRow.id == audit_id)
        if lock and self._lock:
            query = query.with_for_update()
        row = self._session.scalar(query)
        if row is None:
            raise LookupError("no such audit")
        return self._whole(row)

    def by_reference(self, reference: str, lock: bool = False) -> Audit | None:
        """The audit with this reference."""
        query = select(AuditRow).where(AuditRow.reference == reference)
        if lock and self._lock:
            query = query.with_for_update()
        row = self._session.scalar(query)
        return self._whole(row) if row else None

    def of_auditor(self, person_id: int) -> tuple[Audit, ...]:
        """A person's audits, open ones first, then by due date."""
        rows = self._session.scalars(
            select(AuditRow)
            .where(AuditRow.auditor_id == person_id)
            .order_by(AuditRow.stage == Stage.SUBMITTED.value, AuditRow.due, AuditRow.id)
        ).all()
        return tuple(self._whole(row) for row in rows)

    def all_ids(self) -> tuple[int, ...]:
        """Every audit's id."""
        return tuple(self._session.scalars(select(AuditRow.id).order_by(AuditRow.id)))

    def record(self, audit: Audit, step: str, answer: Answer, by: int, at: datetime) -> Audit:
        """Put `answer` in the place of what `audit` holds for this step, and keep what stood there.

        Raises ChangedMeanwhile where it is no longer the version in `audit`.
        """
        before = audit.answer(step)
        if before.version == 0:
            row = AnswerRow(
                audit_id=audit.id,
                step=step,
                said=_plain(answer.values),
                not_relevant=answer.not_relevant,
                version=1,
                door=answer.door,
                at=at,
            )
            self._session.add(row)
            self._session.flush()  # a second first answer breaks the primary key, which the store calls a Conflict
        else:
            changed = self._session.execute(
                update(AnswerRow)
                .where(AnswerRow.audit_id == audit.id, AnswerRow.step == step, AnswerRow.version == before.version)
                .values(
                    said=_plain(answer.values),
                    not_relevant=answer.not_relevant,
                    version=before.version + 1,
                    door=answer.door,
                    at=at,
                )
            )
            if changed.rowcount != 1:  # type: ignore[attr-defined]
                raise ChangedMeanwhile(step)
        self._session.add(
            AnswerHistoryRow(
                audit_id=audit.id,
                step=step,
                version=before.version,
                said=_plain(before.values),
                not_relevant=before.not_relevant,
                at=at,
                by=by,
            )
        )
        now = Answer(answer.values, answer.not_relevant, before.version + 1, answer.door)
        return _with_answers(audit, {**audit.answers, step: now})

    def previous(self, audit_id: int, step: str) -> Answer | None:
        """What stood before the last change that was not undone; marks that change undone."""
        row = self._session.scalar(
            select(AnswerHistoryRow)
            .where(
                AnswerHistoryRow.audit_id == audit_id,
                AnswerHistoryRow.step == step,
                AnswerHistoryRow.undone.is_(False),
            )
            .order_by(desc(AnswerHistoryRow.id))
            .limit(1)
        )
        if row is None:
            return None
        row.undone = True
        return Answer(_values(row.said), row.not_relevant, row.version)

    def mark_undone(self, audit_id: int, step: str) -> None:
        """The change that an undo itself makes is no change to undo."""
        self._session.flush()
        row = self._session.scalar(
            select(AnswerHistoryRow)
            .where(AnswerHistoryRow.audit_id == audit_id, AnswerHistoryRow.step == step)
            .order_by(desc(AnswerHistoryRow.id))
            .limit(1)
        )
        if row is not None:
            row.undone = True

    def move(self, audit: Audit, stage: Stage, at: datetime, door: str) -> None:
        """Move an audit to another stage. Raises ChangedMeanwhile where somebody else moved it first."""
        values: dict[str, Any] = {"stage": stage.value, "version": audit.version + 1, "door": door}
        if stage is Stage.SUBMITTED:
            values["submitted_at"] = at
        changed = self._session.execute(
            update(AuditRow).where(AuditRow.id == audit.id, AuditRow.version == audit.version).values(**values)
        )
        if changed.rowcount != 1:  # type: ignore[attr-defined]
            raise ChangedMeanwhile("stage")

    def freeze(
        self,
        audit_id: int,
        kind: str,
        content: Mapping[str, Any],
        at: datetime,
        door: str,
        letter_id: int | None = None,
        file_hash: str = "",
    ) -> int:
        """Keep a version for good. Its number."""
        row = SubmissionRow(
            audit_id=audit_id,
            kind=kind,
            at=at,
            door=door,
            content=dict(content),
            letter_id=letter_id,
            file_hash=file_hash,
        )
        self._session.add(row)
        self._session.flush()
        return row.id

    def submissions(self, audit_id: int) -> tuple[Mapping[str, Any], ...]:
        """Frozen versions, oldest first: id, kind, at, door, file hash."""
        rows = self._session.scalars(
            select(SubmissionRow).where(SubmissionRow.audit_id == audit_id).order_by(SubmissionRow.id)
        )
        return tuple(
            {"id": row.id, "kind": row.kind, "at": row.at, "door": row.door, "file": row.file_hash} for row in rows
        )

    # kept words

    def keep_words(
        self,
        *,
        audit_id: int | None,
        person_id: int | None,
        words: str,
        why: str,
        door: str,
        at: datetime,
        step: str = "",
        field: str = "",
        value: Value = "",
        options: Sequence[str] = (),
    ) -> None:
        """Keep words that found no place. The same words for the same place are kept once."""
        twin = self._session.scalar(
            select(KeptWordsRow).where(
                KeptWordsRow.audit_id == audit_id,
                KeptWordsRow.person_id == person_id,
                KeptWordsRow.step == step,
                KeptWordsRow.field == field,
                KeptWordsRow.words == words,
                KeptWordsRow.open.is_(True),
            )
        )
        if twin is None:
            self._session.add(
                KeptWordsRow(
                    audit_id=audit_id,
                    person_id=person_id,
                    step=step,
                    field=field,
                    words=words,
                    value={"value": list(value) if isinstance(value, tuple) else value},
                    options=list(options),
                    why=why,
                    door=door,
                    at=at,
                )
            )
            self._session.flush()

    def kept_words(self, kept_id: int) -> tuple[int | None, KeptWords] | None:
        """The words with this id and their audit, if they still wait."""
        row = self._session.get(KeptWordsRow, kept_id)
        return (row.audit_id, _kept(row)) if row and row.open else None

    def settle_words(self, audit_id: int, step: str, field: str = "", kept_id: int = 0) -> None:
        """These words wait no longer: they were used, or another answer was given."""
        query = update(KeptWordsRow).where(KeptWordsRow.audit_id == audit_id, KeptWordsRow.open.is_(True))
        if kept_id:
            query = query.where(KeptWordsRow.id == kept_id)
        else:
            query = query.where(KeptWordsRow.step == step, KeptWordsRow.field == field)
        self._session.execute(query.values(open=False))

    # live cards

    def screen(self, audit_id: int, person_id: int) -> Screen | None:
        """The live card of an audit in a person's chat."""
        row = self._session.get(ScreenRow, (audit_id, person_id))
        return _screen(row) if row else None

    def last_screen(self, person_id: int) -> Screen | None:
        """The audit card that a person saw last: what typed words are about."""
        row = self._session.scalar(
            select(ScreenRow).where(ScreenRow.person_id == person_id).order_by(desc(ScreenRow.at)).limit(1)
        )
        return _screen(row) if row else None

    def save_screen(self, audit_id: int, person_id: int, shows: str, at: datetime, activity_id: str = "") -> None:
        """Remember what the live card shows, and which activity it is where that is known."""
        row = self._session.get(ScreenRow, (audit_id, person_id))
        if row is None:
            row = ScreenRow(audit_id=audit_id, person_id=person_id, activity_id="", shows=shows, at=at)
            self._session.add(row)
        row.shows, row.at = shows, at
        if activity_id:
            row.activity_id = activity_id
        self._session.flush()

    def _whole(self, row: AuditRow) -> Audit:
        answers = self._session.scalars(select(AnswerRow).where(AnswerRow.audit_id == row.id))
        kept = self._session.scalars(
            select(KeptWordsRow)
            .where(KeptWordsRow.audit_id == row.id, KeptWordsRow.open.is_(True))
            .order_by(KeptWordsRow.id)
        )
        return Audit(
            id=row.id,
            reference=row.reference,
            case_id=row.case_id,
            auditor_id=row.auditor_id,
            moderator_id=row.moderator_id,
            tool_id=row.tool_id,
            tool_version=row.tool_version,
            tool_hash=row.tool_hash,
            council_hash=row.council_hash,
            stage=Stage(row.stage),
            due=row.due,
            version=row.version,
            allocated_at=row.allocated_at,
            submitted_at=row.submitted_at,
            door=row.door,
            answers={one.step: Answer(_values(one.said), one.not_relevant, one.version, one.door) for one in answers},
            kept=tuple(_kept(one) for one in kept),
        )


def _with_answers(audit: Audit, answers: Mapping[str, Answer]) -> Audit:
    return replace(audit, answers=answers)


def _plain(values: Values) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items() if value}


def _values(said: Mapping[str, Any]) -> Values:
    return {key: tuple(value) if isinstance(value, list) else str(value) for key, value in said.items()}


def _kept(row: KeptWordsRow) -> KeptWords:
    value = row.value.get("value", "")
    return KeptWords(
        row.id,
        row.step,
        row.field,
        row.words,
        tuple(value) if isinstance(value, list) else str(value),
        tuple(str(option) for option in row.options),
        row.why,
        row.door,
        row.at,
    )


def _screen(row: ScreenRow) -> Screen:
    return Screen(row.audit_id, row.person_id, row.activity_id, row.shows)
