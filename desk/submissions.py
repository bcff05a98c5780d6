"""Filing a tool that came back by mail: what was read goes where nothing stands yet; the rest is asked (G01 to G03)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.answers import Audit, Value, gaps
from audit.deadlines import clock
from audit.escalation import ConcernState
from audit.notices import ReadRow
from audit.process import Stage
from audit.refusals import AlreadySubmitted
from audit.tools import Field, Role, Step, Tool
from desk import answers, climbing, councils, questions
from documents.returned_tool import FieldRead
from storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a returned tool: what was read, what is asked, and whether that completed the audit.

    `late`: the audit had been handed in before, so everything that differs was kept for the QA team. `again`: the very
    same file had come before, and nothing was done. `beside`: words in it that belong to no field.
    """

    audit: Audit
    rows: tuple[ReadRow, ...]
    asked: questions.List
    areas_read: int
    submitted: bool
    to_confirm: bool
    late: str = ""
    again: bool = False
    beside: str = ""


def file(
    ledger: Ledger,
    audit: Audit,
    reads: Sequence[FieldRead],
    letter_id: int | None,
    file_hash: str,
    now: datetime,
    not_relevant: Sequence[str] = (),
    contradicted: Sequence[str] = (),
    beside: Sequence[str] = (),
    hands_in: bool = True,
) -> Filed:
    """File what was read. Nothing that stands is overwritten: what differs is kept beside it and asked about.

    `not_relevant` are the steps that the tool marks so and leaves empty; `contradicted` those that it answers as well;
    `beside` words in it that belong to no field: they are kept with the audit.
    `hands_in`: whether it is handed in where nothing is open; not while more about it follows in the same letter.
    """
    tool = councils.tool_of(ledger, audit)
    if any(one["kind"] == "returned" and one["file"] == file_hash for one in ledger.audits.submissions(audit.id)):
        return _filed(ledger, tool, audit, reads, not_relevant, again=True)
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
            audit = _file_step(ledger, audit, step, mine, now, file_hash)
        except AlreadySubmitted as refusal:
            late = refusal.sentence
            audit = ledger.audits.audit(audit.id)
    audit = _pass_over(ledger, audit, not_relevant, contradicted, now, file_hash)
    words = "\n".join(beside)
    if words:
        audit = answers.keep(ledger, audit, "", None, words, "unplaced", now, "mail", file=file_hash)
    if not late and any(kept.why == "late" and kept.id not in known for kept in audit.kept):
        late = late_sentence(ledger, audit, now)
    audit, submitted = hand_in(ledger, audit, now) if hands_in else (audit, False)
    return _filed(ledger, tool, audit, reads, not_relevant, submitted=submitted, late=late, beside=words)


def hand_in(ledger: Ledger, audit: Audit, now: datetime) -> tuple[Audit, bool]:
    """What comes by mail hands the audit in as soon as nothing is open. Whether it did so now."""
    tool = councils.tool_of(ledger, audit)
    if audit.stage is not Stage.SCORING or gaps(tool, audit):
        _show_in_chat(ledger, tool, audit, now)
        return audit, False
    handed_in = answers.submit(ledger, audit, now, "mail")
    _show_in_chat(ledger, tool, handed_in, now)
    return handed_in, True


def _show_in_chat(ledger: Ledger, tool: Tool, audit: Audit, now: datetime) -> None:
    """The live card in the auditor's chat asks what is unclear too, and says when it is all done."""
    if ledger.audits.screen(audit.id, audit.auditor_id) is None:
        return
    if any(one.kept for one in questions.asked_of(tool, audit)):
        ledger.audits.turn_screen(audit.id, audit.auditor_id, questions.ON_A_CARD)
    climbing.owe_refresh(ledger, audit.id, audit.auditor_id, now)


def late_sentence(ledger: Ledger, audit: Audit, now: datetime) -> str:
    """What to say where the audit had been handed in before (G05)."""
    qa_team = councils.of_audit(ledger, audit).policy.qa_team
    when = clock(audit.submitted_at or now, now)
    return AlreadySubmitted(reference=audit.reference, when=when, qa_team=qa_team).sentence


def waits_to_be_confirmed(ledger: Ledger, audit: Audit) -> bool:
    """Whether something was recorded that others must hear of, and the auditor has not said that they meant it."""
    return any(one.state is ConcernState.UNCONFIRMED for one in ledger.concerns.of_audit(audit.id))


def _filed(
    ledger: Ledger,
    tool: Tool,
    audit: Audit,
    reads: Sequence[FieldRead],
    not_relevant: Sequence[str],
    submitted: bool = False,
    late: str = "",
    again: bool = False,
    beside: str = "",
) -> Filed:
    return Filed(
        audit=audit,
        rows=() if again else _rows(tool, reads, not_relevant),
        asked=questions.by_number(tool, audit) if audit.stage is not Stage.SUBMITTED else questions.List(()),
        areas_read=_areas_read(tool, reads, not_relevant),
        submitted=submitted,
        to_confirm=waits_to_be_confirmed(ledger, audit),
        late=late,
        again=again,
        beside=beside,
    )


def _pass_over(
    ledger: Ledger, audit: Audit, steps: Sequence[str], contradicted: Sequence[str], now: datetime, file_hash: str
) -> Audit:
    """Mark steps as not relevant where nothing stands yet (D21); where something does, ask."""
    for step_id in (*steps, *contradicted):
        stands = audit.answer(step_id)
        if stands.not_relevant or audit.stage is Stage.SUBMITTED:
            continue
        if step_id in contradicted or any(stands.values.values()):
            words = "Not relevant"
            audit = answers.keep(ledger, audit, step_id, None, words, "passed", now, "mail", "yes", file=file_hash)
        else:
            audit = answers.mark_not_relevant(ledger, audit, step_id, now, "mail").audit
    return audit


def _file_step(
    ledger: Ledger, audit: Audit, step: Step, reads: Iterable[FieldRead], now: datetime, file_hash: str
) -> Audit:
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
                audit = _beside(ledger, audit, step, one, read, "differs", now, file_hash)
        elif read.state == "unsure":
            audit = _beside(ledger, audit, step, one, read, "unsure", now, file_hash)
    if wanted:
        return answers.record(ledger, audit, step.id, wanted, now, "mail").audit
    return audit


def _beside(
    ledger: Ledger, audit: Audit, step: Step, one: Field, read: FieldRead, why: str, now: datetime, file_hash: str
) -> Audit:
    if audit.stage is Stage.SUBMITTED:
        why = "late"
    value: Value = read.value if read.value is not None else ""
    shown = answers.shown(one, value) if value else read.words
    words = shown or read.words
    return answers.keep(
        ledger,
        audit,
        step.id,
        one,
        words,
        why,
        now,
        "mail",
        value,
        tuple(read.options),
        doubt=read.doubt if why == "unsure" else "",
        file=file_hash,
    )


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
