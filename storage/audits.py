"""Audits, their answers, and the words that found no place yet.

Every turn of an auditor comes through here, so the statements are built once and run often (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from audit.answers import Answer, Audit, KeptWords, Value, Values
from audit.process import Stage
from storage.rows import AnswerHistoryRow, AnswerRow, AuditRow, KeptWordsRow, ScreenRow, SubmissionRow, table

AUDITS, ANSWERS, HISTORY = table(AuditRow), table(AnswerRow), table(AnswerHistoryRow)
KEPT, SUBMISSIONS, SCREENS = table(KeptWordsRow), table(SubmissionRow), table(ScreenRow)

_BY_ID = select(AUDITS).where(AUDITS.c.id == bindparam("audit"))
_BY_REFERENCE = select(AUDITS).where(AUDITS.c.reference == bindparam("reference"))
_LOCKED_BY_ID = _BY_ID.with_for_update()
_LOCKED_BY_REFERENCE = _BY_REFERENCE.with_for_update()
_ANSWERS_OF = select(ANSWERS).where(ANSWERS.c.audit_id == bindparam("audit"))
_KEPT_OF = select(KEPT).where(KEPT.c.audit_id == bindparam("audit"), KEPT.c.open.is_(True)).order_by(KEPT.c.id)
_FIRST_ANSWER = insert(ANSWERS)
_CHANGE_ANSWER = (
    update(ANSWERS)
    .where(
        ANSWERS.c.audit_id == bindparam("audit"),
        ANSWERS.c.step == bindparam("of_step"),
        ANSWERS.c.version == bindparam("from_version"),
    )
    .values(
        said=bindparam("new_said"),
        not_relevant=bindparam("new_not_relevant"),
        version=bindparam("new_version"),
        door=bindparam("new_door"),
        at=bindparam("new_at"),
    )
)
_REMEMBER = insert(HISTORY)
_SCREEN = select(SCREENS).where(SCREENS.c.audit_id == bindparam("audit"), SCREENS.c.person_id == bindparam("person"))
_LAST_SCREEN = select(SCREENS).where(SCREENS.c.person_id == bindparam("person")).order_by(SCREENS.c.at.desc()).limit(1)
_FIRST_SCREEN = insert(SCREENS)
_CHANGE_SCREEN = (
    update(SCREENS)
    .where(SCREENS.c.audit_id == bindparam("audit"), SCREENS.c.person_id == bindparam("person"))
    .values(shows=bindparam("new_shows"), at=bindparam("new_at"), activity_id=bindparam("new_activity"))
)

_TURN_SCREEN = (
    update(SCREENS)
    .where(SCREENS.c.audit_id == bindparam("audit"), SCREENS.c.person_id == bindparam("person"))
    .values(shows=bindparam("new_shows"))
)

_MOVE_SCREEN = (
    update(SCREENS)
    .where(SCREENS.c.audit_id == bindparam("audit"), SCREENS.c.person_id == bindparam("person"))
    .values(activity_id=bindparam("new_activity"))
)


class ChangedMeanwhile(Exception):
    """The answer is no longer the version that the change was made from."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The live card of an audit in somebody's chat."""

    audit_id: int
    person_id: int
    activity_id: str
    shows: str


@dataclass(frozen=True, slots=True)
class UnplacedWords:
    """Words that belong to no audit. `person_id` is None for somebody who is not in the directory."""

    id: int
    person_id: int | None
    words: str
    why: str
    door: str
    at: datetime


class Audits:
    """Audits as values."""

    def __init__(self, connection: Connection, dialect: str) -> None:
        """Works in the connection's transaction; on PostgreSQL audits are locked before they are changed."""
        self._connection = connection
        self._lock = dialect == "postgresql"
        self._screens: dict[tuple[int, int], Screen | None] = {}  # looked at several times a turn
        self._first_answers: list[dict[str, Any]] = []
        self._history: list[dict[str, Any]] = []

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
        number = (self._connection.scalar(select(func.max(AUDITS.c.id))) or 0) + 1
        self._connection.execute(
            insert(AUDITS).values(
                id=number,
                reference=f"{prefix}-{number:04d}",
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
                door="",
            )
        )
        return self.audit(number)

    def audit(self, audit_id: int, lock: bool = False) -> Audit:
        """The audit with its answers and kept words. Raises LookupError."""
        query = _LOCKED_BY_ID if lock and self._lock else _BY_ID
        row = self._connection.execute(query, {"audit": audit_id}).first()
        if row is None:
            raise LookupError("no such audit")
        return self._whole(row)

    def by_reference(self, reference: str, lock: bool = False) -> Audit | None:
        """The audit with this reference."""
        query = _LOCKED_BY_REFERENCE if lock and self._lock else _BY_REFERENCE
        row = self._connection.execute(query, {"reference": reference}).first()
        return self._whole(row) if row else None

    def of_auditor(self, person_id: int) -> tuple[Audit, ...]:
        """A person's audits, open ones first, then by due date."""
        rows = self._connection.execute(
            select(AUDITS)
            .where(AUDITS.c.auditor_id == person_id)
            .order_by(AUDITS.c.stage == Stage.SUBMITTED.value, AUDITS.c.due, AUDITS.c.id)
        ).all()
        return tuple(self._whole(row) for row in rows)

    def all_ids(self) -> tuple[int, ...]:
        """Every audit's id."""
        return tuple(self._connection.scalars(select(AUDITS.c.id).order_by(AUDITS.c.id)))

    def record(self, audit: Audit, step: str, answer: Answer, by: int, at: datetime) -> Audit:
        """Put `answer` in the place of what `audit` holds for this step, and keep what stood there.

        Raises ChangedMeanwhile where it is no longer the version in `audit`; a second first answer breaks the primary
        key when it is written, which the store calls a Conflict. First answers are written together, by `write`.
        """
        before = audit.answer(step)
        version = before.version + 1
        said = _plain(answer.values)
        if before.version == 0:
            values = {"said": said, "not_relevant": answer.not_relevant, "version": 1, "door": answer.door, "at": at}
            self._first_answers.append({"audit_id": audit.id, "step": step, **values})
        else:
            self.write()
            changes = {
                "new_said": said,
                "new_not_relevant": answer.not_relevant,
                "new_version": version,
                "new_door": answer.door,
                "new_at": at,
            }
            which = {"audit": audit.id, "of_step": step, "from_version": before.version}
            if self._connection.execute(_CHANGE_ANSWER, {**which, **changes}).rowcount != 1:
                raise ChangedMeanwhile(step)
        self._history.append(
            {
                "audit_id": audit.id,
                "step": step,
                "version": before.version,
                "said": _plain(before.values),
                "not_relevant": before.not_relevant,
                "at": at,
                "by": by,
                "undone": False,
            }
        )
        now = Answer(answer.values, answer.not_relevant, version, answer.door)
        return replace(audit, answers={**audit.answers, step: now})

    def write(self) -> None:
        """Write the answers that were gathered, and what stood before them. Whatever reads them comes here first."""
        if self._first_answers:
            self._connection.execute(_FIRST_ANSWER, self._first_answers)
        if self._history:
            self._connection.execute(_REMEMBER, self._history)
        self._first_answers, self._history = [], []

    def previous(self, audit_id: int, step: str) -> Answer | None:
        """What stood before the last change that was not undone; marks that change undone."""
        self.write()
        row = self._connection.execute(
            select(HISTORY)
            .where(HISTORY.c.audit_id == audit_id, HISTORY.c.step == step, HISTORY.c.undone.is_(False))
            .order_by(HISTORY.c.id.desc())
            .limit(1)
        ).first()
        if row is None:
            return None
        self._connection.execute(update(HISTORY).where(HISTORY.c.id == row.id).values(undone=True))
        return Answer(_values(row.said), row.not_relevant, row.version)

    def mark_undone(self, audit_id: int, step: str) -> None:
        """The change that an undo itself makes is no change to undo."""
        self.write()
        last = select(func.max(HISTORY.c.id)).where(HISTORY.c.audit_id == audit_id, HISTORY.c.step == step)
        self._connection.execute(update(HISTORY).where(HISTORY.c.id == last.scalar_subquery()).values(undone=True))

    def move(self, audit: Audit, stage: Stage, at: datetime, door: str) -> None:
        """Move an audit to another stage. Raises ChangedMeanwhile where somebody else moved it first."""
        values: dict[str, Any] = {"stage": stage.value, "version": audit.version + 1, "door": door}
        values["submitted_at"] = at if stage is Stage.SUBMITTED else None
        changed = self._connection.execute(
            update(AUDITS).where(AUDITS.c.id == audit.id, AUDITS.c.version == audit.version).values(**values)
        )
        if changed.rowcount != 1:
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
    ) -> None:
        """Keep a version for good."""
        self._connection.execute(
            insert(SUBMISSIONS).values(
                audit_id=audit_id,
                kind=kind,
                at=at,
                door=door,
                content=dict(content),
                letter_id=letter_id,
                file_hash=file_hash,
            )
        )

    def submissions(self, audit_id: int) -> tuple[Mapping[str, Any], ...]:
        """Frozen versions, oldest first: id, kind, at, door, file hash."""
        rows = self._connection.execute(
            select(SUBMISSIONS).where(SUBMISSIONS.c.audit_id == audit_id).order_by(SUBMISSIONS.c.id)
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
        doubt: str = "",
        file: str = "",
    ) -> None:
        """Keep words that found no place. The same words for the same place are kept once."""
        twin = self._connection.execute(
            select(KEPT.c.id).where(
                KEPT.c.audit_id == audit_id,
                KEPT.c.person_id == person_id,
                KEPT.c.step == step,
                KEPT.c.field == field,
                KEPT.c.words == words,
                KEPT.c.why == why,
                KEPT.c.open.is_(True),
            )
        ).first()
        if twin is None:
            self._connection.execute(
                insert(KEPT).values(
                    audit_id=audit_id,
                    person_id=person_id,
                    step=step,
                    field=field,
                    words=words,
                    value={
                        "value": list(value) if isinstance(value, tuple) else value,
                        **({"doubt": doubt} if doubt else {}),
                        **({"file": file} if file else {}),
                    },
                    options=list(options),
                    why=why,
                    door=door,
                    at=at,
                    open=True,
                )
            )

    def unplaced_words(self) -> tuple[UnplacedWords, ...]:
        """Words that belong to no audit and wait for the QA team, oldest first."""
        rows = self._connection.execute(
            select(KEPT).where(KEPT.c.audit_id.is_(None), KEPT.c.open.is_(True)).order_by(KEPT.c.id)
        )
        return tuple(UnplacedWords(row.id, row.person_id, row.words, row.why, row.door, row.at) for row in rows)

    def settle_words(self, kept_id: int) -> None:
        """These words wait no longer."""
        self._connection.execute(update(KEPT).where(KEPT.c.id == kept_id).values(open=False))

    # live cards

    def screen(self, audit_id: int, person_id: int) -> Screen | None:
        """The live card of an audit in a person's chat."""
        which = (audit_id, person_id)
        if which not in self._screens:
            row = self._connection.execute(_SCREEN, {"audit": audit_id, "person": person_id}).first()
            self._screens[which] = _screen(row) if row else None
        return self._screens[which]

    def last_screen(self, person_id: int) -> Screen | None:
        """The audit card that a person saw last: what typed words are about."""
        row = self._connection.execute(_LAST_SCREEN, {"person": person_id}).first()
        if row is None:
            return None
        self._screens[row.audit_id, person_id] = _screen(row)
        return self._screens[row.audit_id, person_id]

    def save_screen(self, audit_id: int, person_id: int, shows: str, at: datetime, activity_id: str = "") -> None:
        """Remember what the live card shows, and which activity it is where that is known."""
        known = self.screen(audit_id, person_id)
        now_at = activity_id or (known.activity_id if known else "")
        self._screens[audit_id, person_id] = Screen(audit_id, person_id, now_at, shows)
        if known is None:
            values = {"audit_id": audit_id, "person_id": person_id, "activity_id": activity_id, "shows": shows}
            self._connection.execute(_FIRST_SCREEN, {**values, "at": at})
            return
        changes = {"new_shows": shows, "new_at": at, "new_activity": now_at}
        self._connection.execute(_CHANGE_SCREEN, {"audit": audit_id, "person": person_id, **changes})

    def turn_screen(self, audit_id: int, person_id: int, shows: str) -> None:
        """The live card shows something else from now on. When the person last saw it stays: they did not ask."""
        self._connection.execute(_TURN_SCREEN, {"audit": audit_id, "person": person_id, "new_shows": shows})
        self._screens.pop((audit_id, person_id), None)

    def note_activity(self, audit_id: int, person_id: int, activity_id: str) -> None:
        """The live card is another activity now. What it shows, and when the person last saw it, stay."""
        which = {"audit": audit_id, "person": person_id}
        self._connection.execute(_MOVE_SCREEN, {**which, "new_activity": activity_id})
        self._screens.pop((audit_id, person_id), None)

    def _whole(self, row: Any) -> Audit:
        self.write()
        answers = self._connection.execute(_ANSWERS_OF, {"audit": row.id}).all()
        kept = self._connection.execute(_KEPT_OF, {"audit": row.id}).all()
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


def _screen(row: Any) -> Screen:
    return Screen(row.audit_id, row.person_id, row.activity_id, row.shows)


def _plain(values: Values) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items() if value}


def _values(said: Mapping[str, Any]) -> Values:
    return {key: tuple(value) if isinstance(value, list) else str(value) for key, value in said.items()}


def _kept(row: Any) -> KeptWords:
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
        str(row.value.get("doubt", "")),
        str(row.value.get("file", "")),
    )
