"""Answering an open question, by whichever door: taken, asked again, or settled elsewhere and then left alone.

Everything goes through `desk.answers`, so that an answer raises what it would raise on a card, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from audit.answers import Answer, Audit, KeptWords, Value, counts
from audit.deadlines import clock
from audit.process import Stage
from audit.refusals import AlreadySubmitted, Refusal
from audit.scales import Choice
from audit.tools import Field, Role, Step, Tool
from audit.understanding import LATER, NOT_RELEVANT, STANDS, Meant, understand
from audit.words import meaning
from desk import answers, councils
from desk.questions import Question, Takes, fingerprint, name
from storage.ledger import Ledger


class Outcome(StrEnum):
    """What came of an answer."""

    TAKEN = "taken"  # it is stored, or what stands was chosen
    UNCLEAR = "unclear"  # it may mean more than one thing, or nothing: asked again
    SETTLED = "settled"  # it was answered elsewhere meanwhile: nothing was overwritten
    LATE = "late"  # the audit had been handed in: what differs is kept for the QA team


@dataclass(frozen=True, slots=True)
class Answered:
    """The audit after an answer, what came of it, and a sentence that says so; `concern`: the one it gave rise to.

    `says` may name a grade, so it belongs below the first lines of a letter.
    """

    audit: Audit
    outcome: Outcome
    says: str
    concern: int | None = None


def answer(
    ledger: Ledger,
    audit: Audit,
    question: Question,
    said: str,
    now: datetime,
    door: str,
    choice: str = "",
    sure: bool = True,
) -> Answered:
    """Answer a question with words, or with the id of one of its choices. A Refusal becomes what `says` tells.

    Not `sure`: nothing is taken, and what the words may mean is asked about and counts meanwhile.
    """
    desk = _Desk(ledger, councils.tool_of(ledger, audit), question, said, now, door, sure)
    fresh = ledger.audits.audit(audit.id)
    try:
        return desk.answered(fresh, choice)
    except AlreadySubmitted as refusal:
        return Answered(ledger.audits.audit(audit.id), Outcome.LATE, refusal.sentence)
    except Refusal as refusal:
        return Answered(ledger.audits.audit(audit.id), Outcome.UNCLEAR, refusal.sentence)


@dataclass(frozen=True, slots=True)
class _Desk:
    """One question in hand and what was said to it. Its verbs write to the ledger."""

    ledger: Ledger
    tool: Tool
    question: Question
    said: str
    now: datetime
    door: str
    sure: bool

    def answered(self, audit: Audit, choice: str) -> Answered:
        waiting = [kept for kept in audit.kept if kept.id in self.question.kept and self._is_about(kept)]
        if not self.question.field:
            return self._of_many(audit, waiting, choice)
        step = self.tool.step(self.question.step)
        one = step.field(self.question.field)
        meant = self._meant(one, step, audit, waiting, choice)
        if not self.sure:
            meant = Meant(options=tuple(filter(None, (one.choice(str(meant.value)),))) or meant.options)
        if not meant.clear:
            return self._unclear(audit, step, one, waiting, meant)
        if audit.stage is Stage.SUBMITTED:
            return self._late(audit, step, one, meant)
        if self.question.kept and not waiting:
            return self._settled_before(audit, step, one, meant)
        if waiting:
            return self._settle(audit, step, one, waiting[0], meant)
        return self._fill(audit, step, one, meant)

    def _is_about(self, kept: KeptWords) -> bool:
        """Whether kept words are what the question is about: what a card remembers may have been tampered with."""
        if not self.question.step:
            return True
        return (kept.step, kept.field) == (self.question.step, self.question.field)

    # what it means

    def _meant(self, one: Field, step: Step, audit: Audit, waiting: Sequence[KeptWords], choice: str) -> Meant:
        if choice:
            return self._chosen(one, choice)
        if self.question.takes is Takes.WHICH:
            return self._which(one)
        if one.role is Role.COMMENT and (grade := step.role(Role.GRADE)) and meaning(self.said, grade.choices).choice:
            return Meant(why="That is a grade. Please write what led you to it.")
        lettered = self.question.choices if self.question.lettered else ()
        may_pass = step.may_be_not_relevant and not self.question.kept
        meant = understand(one, self.said, lettered, may_pass)
        if meant.as_read and not any(kept.value for kept in waiting):
            return Meant(why="Please write the answer itself.")
        return meant

    def _chosen(self, one: Field, choice: str) -> Meant:
        if choice == LATER.id:
            return Meant(as_read=True)
        if choice == STANDS.id:
            return Meant(stands=True)
        if one.choice(choice):
            return Meant((choice,) if self.question.takes is Takes.SEVERAL else choice)
        return Meant(why="That is not one of the answers to this question.")

    def _which(self, one: Field) -> Meant:
        which = meaning(self.said, (LATER, STANDS)).choice
        if which:
            return self._chosen(one, which.id)
        named = meaning(self.said, one.choices) if one.picked else None
        if named and named.choice:
            return Meant(named.choice.id)
        return Meant(options=named.options if named else (), why="Please answer “later” or “earlier”.")

    # what comes of it

    def _fill(self, audit: Audit, step: Step, one: Field, meant: Meant) -> Answered:
        """A field that was empty when it was asked about."""
        stands = audit.answer(step.id)
        if meant.passed:
            return self._pass_over(audit, step)
        if stands.value(one.id) or stands.not_relevant:
            return self._beside(audit, step, one, meant.value)
        if not counts(one, stands.values):
            return Answered(audit, Outcome.SETTLED, f"{name(step, one)} is not asked any more, so nothing was changed.")
        return self._record(audit, step, one, meant.value)

    def _pass_over(self, audit: Audit, step: Step) -> Answered:
        stands = audit.answer(step.id)
        if any(stands.values.values()) and not stands.not_relevant:
            says = f"{step.title} is answered in part, so I have not marked it as not relevant. You can do so in Teams."
            return Answered(audit, Outcome.UNCLEAR, says)
        done = answers.mark_not_relevant(self.ledger, audit, step.id, self.now, self.door)
        return Answered(done.audit, Outcome.TAKEN, f"{step.title}: not relevant.")

    def _settle(self, audit: Audit, step: Step, one: Field, kept: KeptWords, meant: Meant) -> Answered:
        """Words that wait for this answer."""
        if meant.stands:
            return self._leave(audit, step, one, kept)
        stands = audit.answer(step.id)
        value = kept.value if meant.as_read else meant.value
        if value == stands.value(one.id) and not stands.not_relevant:
            return self._leave(audit, step, one, kept)
        if self._moved(audit, step, one):
            return self._elsewhere(audit, step, one)
        if not value:
            return Answered(audit, Outcome.UNCLEAR, f"{name(step, one)}: please write the answer itself.")
        done = self._record(audit, step, one, value)
        left = next((one for one in done.audit.kept if one.id == kept.id), None)
        if left is None:
            return done
        settled = answers.dismiss_kept(self.ledger, done.audit, left, self.now)
        return Answered(settled, done.outcome, done.says, done.concern)

    def _leave(self, audit: Audit, step: Step, one: Field, kept: KeptWords) -> Answered:
        left = answers.dismiss_kept(self.ledger, audit, kept, self.now)
        return Answered(left, Outcome.TAKEN, f"{name(step, one)}: {_standing(one, left.answer(step.id))} stays.")

    def _moved(self, audit: Audit, step: Step, one: Field) -> bool:
        """Whether something else stands there than when it was asked."""
        asked = self.question.stood.get(f"{step.id}.{one.id}")
        return asked is not None and asked != fingerprint(audit, step.id, one.id)

    def _record(self, audit: Audit, step: Step, one: Field, value: Value) -> Answered:
        done = answers.record(self.ledger, audit, step.id, {one.id: value}, self.now, self.door)
        says = f"{name(step, one)}: {answers.shown(one, value) if one.picked else 'recorded as you wrote it'}."
        return Answered(done.audit, Outcome.TAKEN, says, done.concern)

    def _settled_before(self, audit: Audit, step: Step, one: Field, meant: Meant) -> Answered:
        """The question was settled elsewhere. What stands stays; words that differ are kept beside it, and asked."""
        stands = audit.answer(step.id)
        if not meant.value:
            return self._elsewhere(audit, step, one)
        if stands.value(one.id) or stands.not_relevant:
            return self._beside(audit, step, one, meant.value)
        return self._record(audit, step, one, meant.value)

    def _beside(self, audit: Audit, step: Step, one: Field, value: Value) -> Answered:
        stands = audit.answer(step.id)
        if not value or (value == stands.value(one.id) and not stands.not_relevant):
            return self._elsewhere(audit, step, one)
        kept = answers.keep(
            self.ledger, audit, step.id, one, answers.shown(one, value), "differs", self.now, self.door, value
        )
        return Answered(kept, Outcome.SETTLED, f"{self._answered_elsewhere(kept, step, one)} I ask you which stands.")

    def _elsewhere(self, audit: Audit, step: Step, one: Field) -> Answered:
        return Answered(audit, Outcome.SETTLED, self._answered_elsewhere(audit, step, one))

    def _answered_elsewhere(self, audit: Audit, step: Step, one: Field) -> str:
        stands = audit.answer(step.id)
        where = {"teams": "in Teams", "mail": "by mail"}.get(stands.door, "")
        return (
            f"{name(step, one)} was answered {f'{where} ' if where else ''}meanwhile, and nothing was overwritten: "
            f"{_standing(one, stands)} stands."
        )

    def _unclear(self, audit: Audit, step: Step, one: Field, waiting: Sequence[KeptWords], meant: Meant) -> Answered:
        """Asked again. What the words may mean is kept, and a serious possibility counts until it is chosen (D02)."""
        says = f"{name(step, one)}: {meant.why}"
        if not meant.options or not one.picked:
            return Answered(audit, Outcome.UNCLEAR, says)
        stands = audit.answer(step.id)
        serious = any(choice.serious for choice in meant.options)
        settled = (self.question.kept and not waiting) or (not self.question.kept and stands.value(one.id))
        if settled and not serious:
            return self._elsewhere(audit, step, one)
        possible = _either_of(one, waiting, meant.options)
        doubt = f"you wrote “{_flat(self.said)}”."
        kept = answers.keep(
            self.ledger, audit, step.id, one, self.said, "unsure", self.now, self.door, options=possible, doubt=doubt
        )
        if kept.stage is Stage.SUBMITTED:
            return Answered(kept, Outcome.LATE, self._late_sentence(kept))
        for old in waiting:
            if old.why == "unsure" and old.words != self.said:
                kept = answers.dismiss_kept(self.ledger, kept, old, self.now)
        return Answered(kept, Outcome.UNCLEAR, says)

    def _late(self, audit: Audit, step: Step, one: Field, meant: Meant) -> Answered:
        """After handing in nothing changes: the same answer is no news, another is kept for the QA team (G05)."""
        stands = audit.answer(step.id)
        if meant.value and (meant.value != stands.value(one.id) or stands.not_relevant):
            answers.record(self.ledger, audit, step.id, {one.id: meant.value}, self.now, self.door)
        return Answered(audit, Outcome.SETTLED, self._answered_elsewhere(audit, step, one))

    def _late_sentence(self, audit: Audit) -> str:
        qa_team = councils.of_audit(self.ledger, audit).policy.qa_team
        when = clock(audit.submitted_at or self.now, self.now)
        return AlreadySubmitted(reference=audit.reference, when=when, qa_team=qa_team).sentence

    # questions about more than one field

    def _of_many(self, audit: Audit, waiting: Sequence[KeptWords], choice: str) -> Answered:
        """Which of two tools stands, whether a section is relevant, and steps in which nothing is required."""
        picked = next((one for one in self.question.choices if one.id == choice), None)
        picked = picked or meaning(self.said, self.question.choices).choice
        if picked is None:
            options = " or ".join(f"“{one.label}”" for one in self.question.choices)
            return Answered(audit, Outcome.UNCLEAR, f"Please answer {options}.")
        if audit.stage is Stage.SUBMITTED or (self.question.kept and not waiting):
            return Answered(audit, Outcome.SETTLED, "That was settled meanwhile, and nothing was overwritten.")
        if not self.question.kept:
            done = answers.record(self.ledger, audit, self.question.step, {}, self.now, self.door)
            return Answered(done.audit, Outcome.TAKEN, f"{self.tool.step(self.question.step).title}: nothing to add.")
        if picked is NOT_RELEVANT or waiting[0].why == "passed":
            return self._relevant_or_not(audit, waiting[0], picked)
        return self._all(audit, waiting, picked)

    def _relevant_or_not(self, audit: Audit, kept: KeptWords, picked: Choice) -> Answered:
        step = self.tool.step(kept.step)
        if picked is STANDS:
            left = answers.dismiss_kept(self.ledger, audit, kept, self.now)
            return Answered(left, Outcome.TAKEN, f"{step.title}: the answers stay.")
        done = answers.use_kept(self.ledger, audit, kept, "", self.now, self.door)
        return Answered(done.audit, Outcome.TAKEN, f"{step.title}: not relevant.")

    def _all(self, audit: Audit, waiting: Sequence[KeptWords], picked: Choice) -> Answered:
        """Each place by itself: one that was answered elsewhere meanwhile stays as it is, and is asked again."""
        concern: int | None = None
        moved: list[str] = []
        for kept in waiting:
            step = self.tool.step(kept.step)
            one = step.field(kept.field)
            done = self._settle(audit, step, one, kept, Meant(stands=True) if picked is STANDS else Meant(as_read=True))
            audit, concern = done.audit, done.concern or concern
            if done.outcome is Outcome.SETTLED:
                moved.append(done.says)
        which = "What stood stays" if picked is STANDS else "The later tool stands"
        count = len(waiting) - len(moved)
        says = " ".join((f"{which} in {count} {'place' if count == 1 else 'places'}.", *moved))
        return Answered(audit, Outcome.SETTLED if moved else Outcome.TAKEN, says, concern)


def _either_of(one: Field, waiting: Sequence[KeptWords], options: Sequence[Choice]) -> tuple[str, ...]:
    """What the words may mean, and what those before them might have: no serious possibility is lost by a hedge."""
    wanted = {choice.id for choice in options}
    wanted |= {option for kept in waiting if kept.why == "unsure" for option in kept.options}
    return tuple(choice.id for choice in one.choices if choice.id in wanted)


def _standing(one: Field, answer: Answer) -> str:
    if answer.not_relevant:
        return "not relevant"
    return _words(one, answer.value(one.id)) if answer.value(one.id) else "nothing"


def _words(one: Field, value: Value) -> str:
    """What stands: a pick by its label; written words are not quoted back."""
    return answers.shown(one, value) if one.picked else "what was written before"


def _flat(said: str) -> str:
    words = " ".join(said.split())
    return words if len(words) <= 60 else words[:59].rsplit(" ", 1)[0] + "…"
