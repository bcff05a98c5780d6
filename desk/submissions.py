"""Filing a tool that came back by mail: what was read goes where nothing stands yet; the rest is asked (G01 to G03)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.answers import Audit, Gap, Value, gaps
from audit.deadlines import clock
from audit.escalation import ConcernState
from audit.notices import ReadRow
from audit.process import Stage
from audit.refusals import AlreadySubmitted
from audit.tools import Field, Role, Step, Tool
from desk import answers, councils
from documents.returned_tool import FieldRead
from storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a returned tool: what was read, what is asked, and whether that completed the audit.

    `late`: the audit had been handed in before, so everything that differs was kept for the QA team.
    """

    audit: Audit
    rows: tuple[ReadRow, ...]
    questions: tuple[str, ...]
    areas_read: int
    submitted: bool
    to_confirm: bool
    late: str = ""


def file(
    ledger: Ledger,
    audit: Audit,
    reads: Sequence[FieldRead],
    letter_id: int | None,
    file_hash: str,
    now: datetime,
    not_relevant: Sequence[str] = (),
    contradicted: Sequence[str] = (),
) -> Filed:
    """File what was read. Nothing that stands is overwritten: what differs is kept beside it and asked about.

    `not_relevant` are the steps that the tool marks so and leaves empty; `contradicted` those that it answers as well.
    """
    tool = councils.tool_of(ledger, audit)
    known = {kept.id for kept in audit.kept}
    ledger.audits.freeze(audit.id, "returned", _as_read(reads), now, "mail", letter_id, file_hash)
    ledger.trail.add(
        f"audit/{audit.id}",
        "tool returned",
        f"person/{audit.auditor_id}",
        now,
        {"file": file_hash, "letter": letter_id},
    )
    late = ""
    for step in tool.steps:
        mine = [read for read in reads if read.step_id == step.id and read.state != "missing"]
        try:
            audit = _file_step(ledger, audit, step, mine, now)
        except AlreadySubmitted as refusal:
            late = refusal.sentence
            audit = ledger.audits.audit(audit.id)
    audit, doubts = _pass_over(ledger, tool, audit, not_relevant, now)
    doubts += [
        f"{tool.step(step).title}: marked as not relevant and answered as well. I kept the answers; is that right?"
        for step in contradicted
    ]
    if not late and any(kept.why == "late" and kept.id not in known for kept in audit.kept):
        policy = councils.of_audit(ledger, audit).policy
        when = clock(audit.submitted_at or now, now)
        late = AlreadySubmitted(reference=audit.reference, when=when, qa_team=policy.qa_team).sentence
    submitted = False
    if not gaps(tool, audit) and audit.stage is Stage.SCORING:
        audit = answers.submit(ledger, audit, now, "mail")
        submitted = True
    return Filed(
        audit=audit,
        rows=_rows(tool, reads, not_relevant),
        questions=(*questions(tool, audit), *doubts),
        areas_read=_areas_read(tool, reads, not_relevant),
        submitted=submitted,
        to_confirm=any(one.state is ConcernState.UNCONFIRMED for one in ledger.concerns.of_audit(audit.id)),
        late=late,
    )


def _pass_over(
    ledger: Ledger, tool: Tool, audit: Audit, steps: Sequence[str], now: datetime
) -> tuple[Audit, list[str]]:
    """Mark steps as not relevant where nothing stands yet (D21); where something does, ask."""
    doubts: list[str] = []
    for step_id in steps:
        stands = audit.answer(step_id)
        if stands.not_relevant or audit.stage is Stage.SUBMITTED:
            continue
        if any(stands.values.values()):
            doubts.append(
                f"{tool.step(step_id).title}: the tool marks it as not relevant, but it is answered in Teams."
            )
            continue
        audit = answers.mark_not_relevant(ledger, audit, step_id, now, "mail").audit
    return audit, doubts


def _file_step(ledger: Ledger, audit: Audit, step: Step, reads: Iterable[FieldRead], now: datetime) -> Audit:
    stands = audit.answer(step.id)
    wanted: dict[str, Value] = {}
    for read in reads:
        one = step.field(read.field_id)
        standing = stands.value(one.id)
        if read.state == "read" and read.value is not None:
            if read.value == standing:
                continue
            if not standing and not stands.not_relevant:
                wanted[one.id] = read.value
            else:
                audit = _beside(ledger, audit, step, one, read, "differs", now)
        elif read.state == "unsure":
            audit = _beside(ledger, audit, step, one, read, "unsure", now)
    if wanted:
        return answers.record(ledger, audit, step.id, wanted, now, "mail").audit
    return audit


def _beside(ledger: Ledger, audit: Audit, step: Step, one: Field, read: FieldRead, why: str, now: datetime) -> Audit:
    if audit.stage is Stage.SUBMITTED:
        why = "late"
    value: Value = read.value if read.value is not None else ""
    shown = answers.shown(one, value) if value else read.words
    words = shown or read.words
    return answers.keep(ledger, audit, step.id, one, words, why, now, "mail", value, tuple(read.options))


def questions(tool: Tool, audit: Audit) -> tuple[str, ...]:
    """What is missing or unclear, a sentence each, in the tool's order, with the possible answers."""
    asked: list[str] = []
    named: set[tuple[str, str]] = set()
    for kept in audit.kept:
        if not kept.field or kept.door != "mail" or kept.why not in ("unsure", "differs"):  # asked in the chat
            continue
        step = tool.step(kept.step)
        one = step.field(kept.field)
        named.add((kept.step, kept.field))
        asked.append(_question(step, one, kept.words, kept.options, audit.answer(step.id).text(one.id)))
    asked += [f"{gap.says}." for gap in gaps(tool, audit) if not _is_named(gap, named)]
    return tuple(asked)


def _is_named(gap: Gap, named: set[tuple[str, str]]) -> bool:
    """Whether a question about the same field, or about words of the same step that wait, is asked already."""
    if gap.field is None:
        return any(step == gap.step.id for step, _field in named)
    return (gap.step.id, gap.field.id) in named


def _question(step: Step, one: Field, words: str, options: Sequence[str], standing: str) -> str:
    if options:
        labels = " or ".join((choice.label if (choice := one.choice(option)) else option) for option in options)
        return f"{step.title}: I read “{words}”. Which do you mean: {labels}?"
    if standing:
        stands = answers.shown(one, standing) if one.picked else "something else"
        return f"{step.title}, {one.label.lower()}: the tool says something other than what stands in Teams" + (
            f" ({stands} stands, the tool says {words}). Which stands?" if one.picked else ". Which stands?"
        )
    return f"{step.title}, {one.label.lower()}: I could not read “{words}”. What should it be?"


def _rows(tool: Tool, reads: Sequence[FieldRead], not_relevant: Sequence[str]) -> tuple[ReadRow, ...]:
    """Grades, what closes the tool, and picks that need a look; free text is not quoted back."""
    rows = []
    for step in tool.steps:
        if step.id in not_relevant:
            rows.append(ReadRow(step.title, "Whole area", "Not relevant here", ""))
            continue
        for read in reads:
            if read.step_id != step.id:
                continue
            one = step.field(read.field_id)
            if not one.picked or (read.state == "missing" and not one.required):
                continue
            if one.role is not Role.GRADE and not step.closing and read.state == "read":
                continue
            said = answers.shown(one, read.value) if read.value is not None else ""
            note = {"read": "", "unsure": "please choose", "missing": "empty"}[read.state]
            rows.append(ReadRow(step.title, one.label, said, note))
    return tuple(rows)


def _areas_read(tool: Tool, reads: Sequence[FieldRead], not_relevant: Sequence[str]) -> int:
    """Sections of which every required field was read, or which are not relevant."""
    count = 0
    for step in tool.sections:
        needed = {one.id for one in step.fields if one.required}
        read = {one.field_id for one in reads if one.step_id == step.id and one.state == "read"}
        count += step.id in not_relevant or (bool(read) and needed <= read)
    return count


def _as_read(reads: Sequence[FieldRead]) -> dict[str, object]:
    return {
        f"{read.step_id}.{read.field_id}": {
            "state": read.state,
            "value": list(read.value) if isinstance(read.value, tuple) else read.value,
            "layer": read.layer,
        }
        for read in reads
    }
