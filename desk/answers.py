"""Taking an auditor's answers: check, keep, raise. One verb is one transaction, opened by the door.

Words that find no place are kept, never dropped and never written over what stands (D02, D21 to D23).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from audit import words as meanings
from audit.answers import WAITING, Answer, Audit, KeptWords, Value, gaps, serious
from audit.council import Council
from audit.deadlines import clock
from audit.process import Stage, next_stage
from audit.refusals import AlreadySubmitted, MustAnswer, NotHandedIn, NothingToUndo, NotYetComplete, ReasonNeeded
from audit.tools import Field, FieldKind, Step, Tool
from desk import climbing, concerns, councils, filing, lead
from storage.ledger import Ledger

CLEARED: Value = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The audit after an answer, and the concern it gave rise to, if any. `stale`: nothing was overwritten."""

    audit: Audit
    stale: bool = False
    concern: int | None = None


def record(
    ledger: Ledger,
    audit: Audit,
    step_id: str,
    said: Mapping[str, Value],
    now: datetime,
    door: str,
    drawn_from: int | None = None,
) -> Recorded:
    """Store what was said for a step, over what stands there; what a concern needs is raised in the same breath.

    `said` maps field ids to choice ids, tuples of them, words or days; fields it leaves out stay as they are.
    `drawn_from` is the version that the pressed card showed: where it is behind, differing words are kept beside the
    answer and nothing is overwritten. Raises AlreadySubmitted.
    """
    tool = councils.tool_of(ledger, audit)
    step = tool.step(step_id)
    _refuse_submitted(ledger, audit, step, said, now, door)
    before = audit.answer(step_id)
    wanted = _clean(step, said)
    if drawn_from is not None and drawn_from != before.version:
        return _keep_stale(ledger, audit, step, wanted, now, door)
    after = Answer({**before.values, **wanted}, False, before.version, door)
    after = replace(after, values={key: value for key, value in after.values.items() if value})
    if after.values == before.values and not before.not_relevant and before.version:
        return Recorded(audit, concern=_follow_up(ledger, tool, audit, step_id, now, door))
    changed = _store(ledger, audit, step_id, after, now, "answered", sorted(wanted))
    if audit.kept:
        _settle_answered(ledger, audit, step, before, after, now)
        changed = ledger.audits.audit(audit.id)
    return Recorded(changed, concern=_follow_up(ledger, tool, changed, step_id, now, door))


def _settle_answered(ledger: Ledger, audit: Audit, step: Step, before: Answer, after: Answer, now: datetime) -> None:
    """A new answer settles the question that asked for it, and words that say the same. Nothing else: words that
    differ from it still wait for a choice, and words without a place still wait for a reader."""
    for kept in audit.kept:
        if kept.step != step.id or not kept.field or after.value(kept.field) == before.value(kept.field):
            continue
        if kept.why == "unsure" or (kept.why in WAITING and kept.value == after.value(kept.field)):
            ledger.audits.settle_words(kept.id)
            content = {"step": step.id, "why": kept.why, "words": kept.words}
            _trail(ledger, audit, "kept words settled", now, content)


def mark_not_relevant(
    ledger: Ledger, audit: Audit, step_id: str, now: datetime, door: str, drawn_from: int | None = None
) -> Recorded:
    """A section that does not apply: left out of scoring, counted in reports (D21). Raises MustAnswer."""
    step = councils.tool_of(ledger, audit).step(step_id)
    if not step.may_be_not_relevant:
        raise MustAnswer(title=step.title)
    _refuse_submitted(ledger, audit, step, {}, now, door)
    before = audit.answer(step_id)
    if before.not_relevant:
        return Recorded(audit)
    if drawn_from is not None and drawn_from != before.version:
        return Recorded(audit, stale=True)
    after = Answer(before.values, True, before.version, door)
    changed = _store(ledger, audit, step_id, after, now, "marked not relevant", ())
    asked = [kept for kept in audit.kept if kept.step == step_id and kept.why == "passed"]
    for kept in asked:
        ledger.audits.settle_words(kept.id)
    return Recorded(ledger.audits.audit(audit.id) if asked else changed)


def reset(
    ledger: Ledger, audit: Audit, step_id: str, now: datetime, door: str, drawn_from: int | None = None
) -> Recorded:
    """Empty one step, and that one only (D22). What stood there can be brought back with undo."""
    tool = councils.tool_of(ledger, audit)
    _refuse_submitted(ledger, audit, tool.step(step_id), {}, now, door)
    before = audit.answer(step_id)
    if drawn_from is not None and drawn_from != before.version:
        return Recorded(audit, stale=True)
    if not before.values and not before.not_relevant:
        return Recorded(audit)
    changed = _store(ledger, audit, step_id, Answer(version=before.version, door=door), now, "reset", ())
    _follow_up(ledger, tool, changed, step_id, now, door)
    return Recorded(changed)


def undo(ledger: Ledger, audit: Audit, step_id: str, now: datetime, door: str) -> Recorded:
    """Bring back what stood before the last change of a step. Raises NothingToUndo."""
    tool = councils.tool_of(ledger, audit)
    _refuse_submitted(ledger, audit, tool.step(step_id), {}, now, door)
    previous = ledger.audits.previous(audit.id, step_id)
    if previous is None:
        raise NothingToUndo()
    restored = Answer(previous.values, previous.not_relevant, audit.answer(step_id).version, door)
    changed = _store(ledger, audit, step_id, restored, now, "undone", ())
    ledger.audits.mark_undone(audit.id, step_id)
    _follow_up(ledger, tool, changed, step_id, now, door)
    return Recorded(changed)


def keep(
    ledger: Ledger,
    audit: Audit,
    step_id: str,
    one: Field | None,
    words: str,
    why: str,
    now: datetime,
    door: str,
    value: Value = "",
    options: tuple[str, ...] = (),
    doubt: str = "",
    file: str = "",
) -> Audit:
    """Keep words beside an answer: unsure, differing, stale or unplaced. An alarming possibility is followed up."""
    ledger.audits.keep_words(
        audit_id=audit.id,
        person_id=audit.auditor_id,
        step=step_id,
        field=one.id if one else "",
        words=words,
        value=value,
        options=options,
        why=why,
        door=door,
        at=now,
        doubt=doubt,
        file=file,
    )
    _trail(ledger, audit, "words kept", now, {"step": step_id, "why": why, "words": words})
    kept = ledger.audits.audit(audit.id)
    _follow_up(ledger, councils.tool_of(ledger, audit), kept, step_id, now, door)
    return kept


def use_kept(ledger: Ledger, audit: Audit, kept: KeptWords, choice: str, now: datetime, door: str) -> Recorded:
    """Put kept words, or the choice they turned out to mean, in their place."""
    value: Value = (choice if choice in kept.options else "") or kept.value or kept.words
    ledger.audits.settle_words(kept.id)
    fresh = ledger.audits.audit(audit.id)
    if kept.why == "passed":
        return mark_not_relevant(ledger, fresh, kept.step, now, door)
    one = councils.tool_of(ledger, audit).step(kept.step).field(kept.field) if kept.field else None
    if one is None or (one.picked and not _clean_value(one, value)):
        return Recorded(fresh)
    return record(ledger, fresh, kept.step, {kept.field: value}, now, door)


def dismiss_kept(ledger: Ledger, audit: Audit, kept: KeptWords, now: datetime) -> Audit:
    """What stands stays; the other words wait no longer. They remain in the trail."""
    ledger.audits.settle_words(kept.id)
    _trail(ledger, audit, "kept words dismissed", now, {"step": kept.step, "words": kept.words})
    settled = ledger.audits.audit(audit.id)
    if kept.step:
        _follow_up(ledger, councils.tool_of(ledger, audit), settled, kept.step, now, kept.door)
    return settled


def start(ledger: Ledger, audit: Audit, now: datetime, door: str) -> Audit:
    """The auditor begins. Starting twice changes nothing."""
    if audit.stage is not Stage.ALLOCATED:
        return audit
    ledger.audits.move(audit, Stage.SCORING, now, door)
    _trail(ledger, audit, "started", now, {"door": door})
    return ledger.audits.audit(audit.id)


def submit(ledger: Ledger, audit: Audit, now: datetime, door: str) -> Audit:
    """Hand the audit in: the version is frozen (G05). Handing in twice changes nothing. Raises NotYetComplete."""
    if audit.stage is Stage.SUBMITTED:
        return audit
    tool = councils.tool_of(ledger, audit)
    left = gaps(tool, audit)
    if left:
        count = "1 thing is" if len(left) == 1 else f"{len(left)} things are"
        raise NotYetComplete(count=count, first=left[0].says)
    stage = next_stage(Stage.SCORING, "submit")
    assert stage
    ledger.audits.move(audit, stage, now, door)
    ledger.audits.freeze(audit.id, "handed in", frozen(audit), now, door)
    _trail(ledger, audit, "handed in", now, {"door": door})
    council, done = councils.of_audit(ledger, audit), ledger.audits.audit(audit.id)
    filing.hand_over(ledger, council, done, now)
    if council.policy.qa_lead in council.policy.pdf_to:
        return done  # the letter with the PDF is their news
    title = f"{audit.reference}: {council.words.audit} handed in"
    lines = (f"Its due date: {audit.due:%d %B %Y}.", f"Read it with 'auditbot audit show {audit.reference}'.")
    lead.tell(ledger, council, f"handed-in/{audit.id}/{audit.version}", title, lines, now, ("mail",))
    return done


def reopen(ledger: Ledger, audit: Audit, why: str, now: datetime) -> Audit:
    """The QA team opens a handed-in audit again; the frozen version stays. Raises NotHandedIn or ReasonNeeded."""
    stage = next_stage(audit.stage, "reopen")
    if stage is None:
        raise NotHandedIn(reference=audit.reference)
    if not why.strip():
        raise ReasonNeeded(field="why")
    ledger.audits.move(audit, stage, now, audit.door)
    ledger.trail.add(f"audit/{audit.id}", "opened again", "qa", now, {"why": why.strip()})
    if ledger.audits.screen(audit.id, audit.auditor_id):
        climbing.owe_refresh(ledger, audit.id, audit.auditor_id, now)
    return ledger.audits.audit(audit.id)


def frozen(audit: Audit) -> dict[str, object]:
    """All answers of an audit as plain data, for a version that is kept for good."""
    return {
        step: {
            "values": {key: list(value) if isinstance(value, tuple) else value for key, value in answer.values.items()},
            "not_relevant": answer.not_relevant,
            "version": answer.version,
        }
        for step, answer in audit.answers.items()
    }


# inside


def _clean(step: Step, said: Mapping[str, Value]) -> dict[str, Value]:
    """Only fields that the step has, choices that exist, and words without white space at their ends."""
    cleaned: dict[str, Value] = {}
    for one in step.fields:
        if one.id in said:
            cleaned[one.id] = _clean_value(one, said[one.id])
    return cleaned


def _clean_value(one: Field, value: Value) -> Value:
    if one.kind is FieldKind.MANY:
        given = value if isinstance(value, tuple) else tuple(part for part in value.split(",") if part)
        return tuple(choice.id for choice in one.choices if choice.id in given)
    text = value if isinstance(value, str) else ", ".join(value)
    if one.picked:
        return text if one.choice(text) else CLEARED
    if one.kind is FieldKind.DATE:
        day = meanings.day(text)
        return day.isoformat() if day else text.strip()
    return text.strip()


def _keep_stale(
    ledger: Ledger, audit: Audit, step: Step, wanted: Mapping[str, Value], now: datetime, door: str
) -> Recorded:
    """A press on a card that was drawn before the last change: the same words change nothing, others are kept."""
    stands = audit.answer(step.id)
    differing = {key: value for key, value in wanted.items() if value and value != stands.value(key)}
    if not differing:
        return Recorded(audit)
    for key, value in differing.items():
        audit = keep(ledger, audit, step.id, step.field(key), shown(step.field(key), value), "stale", now, door, value)
    return Recorded(audit, stale=True)


def shown(one: Field, value: Value) -> str:
    """A value in words: the labels of its choices, or the words themselves."""
    parts = value if isinstance(value, tuple) else (value,)
    if not one.picked:
        return ", ".join(parts)
    return ", ".join((choice.label if (choice := one.choice(part)) else part) for part in parts if part)


def _store(
    ledger: Ledger, audit: Audit, step_id: str, answer: Answer, now: datetime, what: str, fields: object
) -> Audit:
    changed = ledger.audits.record(audit, step_id, answer, audit.auditor_id, now)
    content = {
        "step": step_id,
        "version": changed.answer(step_id).version,
        "door": answer.door,
        "fields": list(fields) if isinstance(fields, list) else [],
        "values": {key: list(value) if isinstance(value, tuple) else value for key, value in answer.values.items()},
        "not_relevant": answer.not_relevant,
    }
    _trail(ledger, audit, what, now, content)
    if audit.stage is Stage.ALLOCATED:
        ledger.audits.move(audit, Stage.SCORING, now, answer.door)
        changed = replace(changed, stage=Stage.SCORING, version=audit.version + 1, door=answer.door)
    return changed


def _follow_up(ledger: Ledger, tool: Tool, audit: Audit, step_id: str, now: datetime, door: str) -> int | None:
    """Raise what an answer gives cause for, or take back what no answer does any more. Only closing steps trigger."""
    triggers = _triggers(ledger, audit)
    limb = triggers.get(step_id, "")
    if not limb:
        return None
    same = [step for step, other in triggers.items() if other == limb and step in {one.id for one in tool.steps}]
    if any(serious(tool, step, audit.answer(step).values) or _may_be_serious(tool, audit, step) for step in same):
        return concerns.raise_by_answer(ledger, audit, limb, audit.auditor_id, now, door).id
    if audit.stage is not Stage.SUBMITTED:
        concerns.take_back(ledger, audit, limb, audit.auditor_id, now)
    return None


def _may_be_serious(tool: Tool, audit: Audit, step_id: str) -> bool:
    """Words that may mean inadequate or not safe count as if they did until the auditor says otherwise."""
    for kept in audit.kept:
        if kept.step == step_id and kept.field and kept.why in WAITING:
            one = tool.step(step_id).field(kept.field)
            possible = (*kept.options, *((kept.value,) if isinstance(kept.value, str) else kept.value))
            if any((choice := one.choice(part)) and choice.serious for part in possible):
                return True
    return False


def _triggers(ledger: Ledger, audit: Audit) -> dict[str, str]:
    """The steps whose answers raise a concern, and which kind."""
    policy = councils.of_audit(ledger, audit).policy
    return {"overall": policy.when_inadequate, "safe": policy.when_not_safe}


def _refuse_submitted(
    ledger: Ledger, audit: Audit, step: Step, said: Mapping[str, Value], now: datetime, door: str
) -> None:
    if audit.stage is not Stage.SUBMITTED:
        return
    council = councils.of_audit(ledger, audit)
    stands = audit.answer(step.id)
    for key, value in _clean(step, said).items():
        if value and value != stands.value(key):
            keep(ledger, audit, step.id, step.field(key), shown(step.field(key), value), "late", now, door, value)
    raise AlreadySubmitted(reference=audit.reference, when=clock(audit.submitted_at or now, now), qa_team=_qa(council))


def _qa(council: Council) -> str:
    return council.policy.qa_team


def _trail(ledger: Ledger, audit: Audit, what: str, now: datetime, content: Mapping[str, object]) -> None:
    ledger.trail.add(f"audit/{audit.id}", what, f"person/{audit.auditor_id}", now, content)
