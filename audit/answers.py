"""What an auditor has answered, and what follows from it: what is missing, and which step is next.

No dialog state anywhere: the next card is derived from these values (docs/decisions/0002).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from audit.process import Stage
from audit.tools import ACTION_ROWS, Field, FieldKind, Role, Step, Tool

Value = str | tuple[str, ...]
Values = Mapping[str, Value]
"""Field id to what was said: a choice's id, a tuple of them, words, or a day as YYYY-MM-DD. Empty means not said."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is stored for one step. `version` counts every change; a card carries the one it was drawn from."""

    values: Values = field(default_factory=dict)
    not_relevant: bool = False
    version: int = 0
    door: str = ""

    def value(self, field_id: str) -> Value:
        """What was said for a field, or an empty text."""
        return self.values.get(field_id, "")

    def text(self, field_id: str) -> str:
        """What was said for a field of one value."""
        value = self.value(field_id)
        return value if isinstance(value, str) else ", ".join(value)


EMPTY = Answer()


WAITING = ("unsure", "differs", "stale", "late")
"""Why kept words wait for the auditor's choice. Until they have chosen, the serious possibility counts."""


@dataclass(frozen=True, slots=True)
class KeptWords:
    """Words that could not be put where they belong: ambiguous, differing, stale or unplaced. Never thrown away.

    `options` are the choice ids they might mean; `value` is what would be stored if the auditor uses them. `doubt` says
    why they are asked about, as a sentence for the auditor; `file` is the hash of the returned tool that holds them.
    """

    id: int
    step: str
    field: str
    words: str
    value: Value
    options: tuple[str, ...]
    why: str  # one of WAITING, "passed" (a section both answered and marked as not relevant), or "unplaced"
    door: str
    at: datetime
    doubt: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit as the ledger knows it, with the tool and policy versions it was allocated under, by content hash."""

    id: int
    reference: str
    case_id: str
    auditor_id: int
    moderator_id: int | None
    tool_id: str
    tool_version: str
    tool_hash: str
    council_hash: str
    stage: Stage
    due: date
    version: int
    allocated_at: datetime
    submitted_at: datetime | None = None
    door: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    kept: tuple[KeptWords, ...] = ()

    def answer(self, step_id: str) -> Answer:
        """What is stored for a step, or an empty answer."""
        return self.answers.get(step_id, EMPTY)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something still to do before an audit can be handed in."""

    step: Step
    field: Field | None
    says: str


def counts(one: Field, values: Values) -> bool:
    """Whether a field is asked at all, given the other answers of its step."""
    if one.when is None:
        return True
    other, wanted = one.when
    return values.get(other, "") in wanted


def missing(step: Step, answer: Answer) -> tuple[Field, ...]:
    """The required fields of a step that are empty. A step that is not relevant misses nothing (D21)."""
    if answer.not_relevant:
        return ()
    return tuple(one for one in step.fields if one.required and counts(one, answer.values) and not answer.value(one.id))


def is_started(step: Step, answer: Answer) -> bool:
    """Whether anything was said."""
    return answer.not_relevant or any(answer.value(one.id) for one in step.fields)


def is_done(step: Step, answer: Answer) -> bool:
    """Whether nothing is missing. A step that requires nothing is done once something was said or it was passed."""
    if missing(step, answer):
        return False
    return is_started(step, answer) or any(one.required for one in step.fields) or answer.version > 0


def next_step(tool: Tool, audit: Audit, beyond: str = "") -> Step | None:
    """The next open step after `beyond` (wrapping round to the first), or None when nothing is open."""
    start = tool.place(beyond) if beyond else 0
    ordered = (*tool.steps[start:], *tool.steps[:start])
    return next((step for step in ordered if not is_done(step, audit.answer(step.id))), None)


def done_count(tool: Tool, audit: Audit) -> int:
    """How many steps are done."""
    return sum(1 for step in tool.steps if is_done(step, audit.answer(step.id)))


def gaps(tool: Tool, audit: Audit) -> tuple[Gap, ...]:
    """Everything that blocks handing in, in the tool's order: what is missing, and which words wait for a choice."""
    found: list[Gap] = []
    for step in tool.steps:
        answer = audit.answer(step.id)
        found += [Gap(step, one, f"{step.title}: {_lacks(one)}") for one in missing(step, answer)]
        if not missing(step, answer) and not is_done(step, answer):
            found.append(Gap(step, None, f"{step.title}: not looked at yet"))
        found += [
            Gap(step, None, f"{step.title}: two answers wait for your choice")
            for kept in audit.kept
            if kept.step == step.id and kept.field and kept.why in WAITING
        ]
        found += [
            Gap(step, None, f"{step.title}: answered, and marked as not relevant")
            for kept in audit.kept
            if kept.step == step.id and kept.why == "passed"
        ]
    return tuple(found)


def _lacks(one: Field) -> str:
    if one.role is Role.GRADE:
        return "no grade"
    if one.role is Role.COMMENT:
        return "no comment"
    return f"“{one.label}” is empty"


def serious(tool: Tool, step_id: str, values: Values) -> tuple[Field, ...]:
    """The fields of a step whose answer is marked serious: an inadequate grade, a child who is not safe (F02)."""
    found = []
    for one in tool.step(step_id).fields:
        choice = one.choice(str(values.get(one.id, "")))
        if choice and choice.serious:
            found.append(one)
    return tuple(found)


def differs_from_pattern(tool: Tool, audit: Audit, overall: str) -> bool:
    """D16: whether the overall grade is not the one most areas have. A question to ask, never a block."""
    grades = Counter(
        str(audit.answer(step.id).value(one.id))
        for step in tool.sections
        for one in step.fields
        if one.kind is FieldKind.GRADE
        and audit.answer(step.id).value(one.id)
        and not audit.answer(step.id).not_relevant
    )
    if not grades:
        return False
    most = max(grades.values())
    return overall not in {grade for grade, count in grades.items() if count == most}


@dataclass(frozen=True, slots=True)
class Action:
    """Something to be done: what, who, by when (G11)."""

    what: str
    who: str
    by: str


def actions(answer: Answer) -> tuple[Action, ...]:
    """The rows of the actions step that hold anything."""
    rows = (
        Action(answer.text(f"what_{row}"), answer.text(f"who_{row}"), answer.text(f"by_{row}"))
        for row in range(1, ACTION_ROWS + 1)
    )
    if answer.value("needed") == "none":
        return ()
    return tuple(row for row in rows if row.what or row.who or row.by)
