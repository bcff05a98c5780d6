"""How an auditor answers: section by section, by card or by typed words, stopping anywhere and going on anywhere.

The next screen follows from what is stored; there is no dialog state to lose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from audit import words as meanings
from audit.answers import (
    Audit,
    Value,
    counts,
    differs_from_pattern,
    gaps,
    is_done,
    missing,
    next_step,
)
from audit.notices import LiveFacts
from audit.process import Stage
from audit.refusals import NotOnTheScale, NotUnderstood, NotYetComplete, Refusal, StaleCard, WhichOne
from audit.tools import Field, FieldKind, Role, Step, Tool
from desk import answers, councils, lead, showing
from desk.questions import ON_A_CARD
from dialogs import questions
from dialogs.screens import Allocated, Ask, ConcernForm, HandedIn, Paused, Problem, Questions, Review, Screen
from storage.ledger import Ledger

COMMENT_WORDS = 6
"""So many words that mention no answer are a comment, whatever was asked first."""
SHORT_COMMENT = 3
"""So many are one where the grade was given and a yes-or-no question is still open before the comment."""
QUESTION_WORDS = 12
"""So many words are a comment even if they mention a grade."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every reply needs: the open ledger, the audit in hand, and when it is."""

    ledger: Ledger
    audit: Audit
    now: datetime
    door: str = "teams"

    @property
    def tool(self) -> Tool:
        """The tool the audit was allocated under."""
        return councils.tool_of(self.ledger, self.audit)

    def holding(self, audit: Audit) -> Desk:
        """The same, with the audit as it is after a change."""
        return replace(self, audit=audit)


# drawing


def draw(
    at: Desk,
    shows: str,
    problem: Problem | None = None,
    folded: Step | None = None,
    notes: tuple[str, ...] = (),
    words: str = "",
) -> Screen:
    """The screen called `shows`, remembered as what the auditor sees."""
    at.ledger.audits.save_screen(at.audit.id, at.audit.auditor_id, shows, at.now)
    screen = screen_of(showing.live_facts(at.ledger, at.audit, shows, at.now))
    if isinstance(screen, Ask):
        return replace(screen, problem=problem, folded=folded, notes=notes)
    if isinstance(screen, Review):
        return replace(screen, problem=problem)
    if isinstance(screen, Questions):
        return replace(screen, said=(problem.sentence,) if problem else ())
    if isinstance(screen, ConcernForm):
        return replace(screen, problem=problem, words=words)
    return screen


def screen_of(live: LiveFacts) -> Screen:
    """The screen that a live card shows, from values alone: the worker redraws cards with it too."""
    audit, tool = live.of.audit, live.of.tool
    name, _, mode = live.shows.partition("?")
    if name == "concern":
        return ConcernForm(live, press=mode)
    if audit.stage is Stage.SUBMITTED:
        return HandedIn(live)
    if name == "allocation":
        return Allocated(live)
    if name == "review":
        return Review(live, gaps(tool, audit))
    if name == ON_A_CARD:
        return questions.screen(live) or Review(live, gaps(tool, audit))
    if name == "paused":
        return Paused(live, next_step(tool, audit))
    return Ask(live, tool.step(name), confirm_not_relevant=mode == "not_relevant")


def onward(
    at: Desk,
    beyond: str = "",
    problem: Problem | None = None,
    folded: Step | None = None,
    notes: tuple[str, ...] = (),
) -> Screen:
    """The next open step after `beyond`, or the review when nothing is open."""
    step = next_step(at.tool, at.audit, beyond)
    return draw(at, step.id if step else "review", problem, folded, notes)


# pressing


def start(at: Desk) -> Screen:
    """*Start*, or *resume*: the next open step."""
    return onward(at.holding(answers.start(at.ledger, at.audit, at.now, at.door)))


def save(at: Desk, step_id: str, said: Mapping[str, Value], drawn_from: int) -> Screen:
    """*Save and go on*: keep everything, then show what is missing beside its field, or the next step."""
    kept = keep_inputs(at, step_id, said, drawn_from)
    if isinstance(kept, Ask):
        return kept
    step = kept.tool.step(step_id)
    left = missing(step, kept.audit.answer(step_id))
    if left:
        return draw(kept, step_id, problem=Problem(_still_missing(step, left[0], kept.audit), left[0].id))
    return onward(kept, step_id, folded=step, notes=notes(kept, step))


def keep_inputs(at: Desk, step_id: str, said: Mapping[str, Value], drawn_from: int) -> Desk | Ask:
    """Whatever a pressed card held is kept before anything else happens; a stale one is shown as it stands now."""
    done = answers.record(at.ledger, at.audit, step_id, said, at.now, at.door, drawn_from) if said else None
    if done is None:
        return at
    held = at.holding(done.audit)
    if done.stale:
        shown = draw(held, step_id, problem=Problem(StaleCard().sentence))
        assert isinstance(shown, Ask)
        return shown
    return held


def _still_missing(step: Step, one: Field, audit: Audit) -> str:
    if one.role is Role.COMMENT:
        return "Your grade is saved. The comment is still empty: a line or two on what led you to it."
    if one.role is Role.GRADE:
        return "Saved. There is no grade yet: choose the one that fits best, or press Skip for now."
    return f"Saved. Still empty: {one.label}"


def notes(at: Desk, step: Step) -> tuple[str, ...]:
    """Quiet remarks on a step that was just saved. They ask; they never block and never grade (L09)."""
    answer = at.audit.answer(step.id)
    found = []
    grade = step.role(Role.GRADE)
    choice = grade.choice(answer.text(grade.id)) if grade else None
    alarming = any(meanings.sounds_alarming(answer.text(one.id)) for one in step.fields if not one.picked)
    if not step.closing and ((choice and choice.serious) or alarming):
        found.append(f"{step.title} is saved. If someone needs to know today, press Raise a concern now.")
    if (
        step.id == "overall"
        and choice
        and differs_from_pattern(at.tool, at.audit, choice.id)
        and not answer.text("why")
    ):
        found.append(
            f"Most of your areas are graded otherwise than overall ({choice.label}). Your judgement stands; "
            "a line on what decided it would help the reader."
        )
    return tuple(found)


def back(at: Desk, step_id: str) -> Screen:
    """The step before."""
    before = at.tool.before(step_id) if step_id else None
    return draw(at, before.id if before else at.tool.steps[0].id)


def skip(at: Desk, step_id: str) -> Screen:
    """On to the next open step; this one stays open and is listed before handing in."""
    following = next_step(at.tool, at.audit, step_id)
    if following is None or following.id == step_id:
        return draw(at, "review")
    return draw(at, following.id)


def not_relevant(at: Desk, step_id: str, sure: bool, drawn_from: int | None = None) -> Screen:
    """*Not relevant*: asked once more, because a mis-click would lose an area (D21)."""
    step = at.tool.step(step_id)
    try:
        if step.may_be_not_relevant and not sure:
            return draw(at, f"{step_id}?not_relevant")
        done = answers.mark_not_relevant(at.ledger, at.audit, step_id, at.now, at.door, drawn_from)
    except Refusal as refusal:
        return draw(at, step_id, problem=Problem(refusal.sentence))
    return onward(at.holding(done.audit), step_id, folded=step)


def reset(at: Desk, step_id: str, drawn_from: int | None = None) -> Screen:
    """Empty this step only; undo brings it back (D22)."""
    done = answers.reset(at.ledger, at.audit, step_id, at.now, at.door, drawn_from)
    sentence = "This part is empty again; the others are untouched. Undo brings it back."
    return draw(at.holding(done.audit), step_id, problem=Problem(sentence))


def undo(at: Desk, step_id: str) -> Screen:
    """What stood before the last change of this step."""
    try:
        done = answers.undo(at.ledger, at.audit, step_id, at.now, at.door)
    except Refusal as refusal:
        return draw(at, step_id, problem=Problem(refusal.sentence))
    return draw(at.holding(done.audit), step_id, problem=Problem("Brought back as it was before."))


def pause(at: Desk) -> Screen:
    """Everything is kept already; say so, and where it goes on."""
    return draw(at, "paused")


def review(at: Desk) -> Screen:
    """What is there and what is missing."""
    return draw(at, "review")


def submit(at: Desk) -> Screen:
    """Hand in, or show what is missing."""
    try:
        done = answers.submit(at.ledger, at.audit, at.now, at.door)
    except NotYetComplete as refusal:
        return draw(at, "review", problem=Problem(refusal.sentence))
    return draw(at.holding(done), "review")


def use_kept(at: Desk, kept_id: int, choice: str) -> Screen:
    """The auditor says which of two answers stands; an empty choice takes the kept words as they are."""
    kept = next((one for one in at.audit.kept if one.id == kept_id), None)
    if kept is None:
        return onward(at)
    try:
        done = answers.use_kept(at.ledger, at.audit, kept, choice, at.now, at.door)
    except Refusal as refusal:
        return draw(at, kept.step, problem=Problem(refusal.sentence))
    return draw(at.holding(done.audit), kept.step or _shown_step(at))


def dismiss_kept(at: Desk, kept_id: int) -> Screen:
    """What stands stays."""
    kept = next((one for one in at.audit.kept if one.id == kept_id), None)
    if kept is None:
        return onward(at)
    audit = answers.dismiss_kept(at.ledger, at.audit, kept, at.now)
    return draw(at.holding(audit), kept.step or _shown_step(at))


def _shown_step(at: Desk) -> str:
    screen = at.ledger.audits.screen(at.audit.id, at.audit.auditor_id)
    name = screen.shows.partition("?")[0] if screen else ""
    return name if name in {step.id for step in at.tool.steps} else "review"


# typing


def typed(at: Desk, shows: str, text: str) -> Screen:
    """Words that are no command: the answer to what the live card asks next."""
    name, _, mode = shows.partition("?")
    steps = {step.id: step for step in at.tool.steps}
    if mode == "not_relevant" and meanings.plain(text) in ("yes", "y", "sure"):
        return not_relevant(at, name, sure=True)
    if name not in steps:
        return _unplaced(at, shows, text)
    step = steps[name]
    one = _meant(step, at.audit, text)
    if one is None:
        return _unplaced(at, shows, text)
    try:
        return _take(at, step, one, text)
    except Refusal as refusal:
        return draw(at.holding(at.ledger.audits.audit(at.audit.id)), step.id, problem=Problem(refusal.sentence, one.id))


def expected(step: Step, audit: Audit) -> Field | None:
    """What typed words answer now: the first required gap, else the first empty optional field for words."""
    answer = audit.answer(step.id)
    left = missing(step, answer)
    if left:
        return left[0]
    optional = (
        one for one in step.fields if not one.required and counts(one, answer.values) and not answer.value(one.id)
    )
    return next((one for one in optional if not one.picked), None)


def _meant(step: Step, audit: Audit, text: str) -> Field | None:
    """The field that typed words are for: what is asked next, or another open choice that they name exactly."""
    first = expected(step, audit)
    if first is None or not first.picked or meanings.meaning(text, first.choices, numbered=True).choice:
        return first
    open_choices = (
        one for one in missing(step, audit.answer(step.id)) if one.kind in (FieldKind.GRADE, FieldKind.CHOICE)
    )
    return next((one for one in open_choices if meanings.meaning(text, one.choices).choice), first)


def _take(at: Desk, step: Step, one: Field, text: str) -> Screen:
    if one.kind is FieldKind.MANY:
        return _take_many(at, step, one, text)
    if one.picked:
        return _take_choice(at, step, one, text)
    if one.kind is FieldKind.DATE and meanings.day(text) is None:
        sentence = f'I could not read "{text}" as a day. Please write it like 18/12/2026.'
        return draw(at, step.id, problem=Problem(sentence, one.id))
    grade = step.role(Role.GRADE)
    if one.role is Role.COMMENT and grade and meanings.meaning(text, grade.choices).choice:
        stands = grade.choice(at.audit.answer(step.id).text(grade.id))
        sentence = (
            f"{step.title} is graded {stands.label if stands else 'already'}. The next words are your comment: "
            "please say what led you to it. To change the grade, choose it on the card."
        )
        return draw(at, step.id, problem=Problem(sentence, one.id))
    return _stored(at, step, {one.id: text})


def _take_choice(at: Desk, step: Step, one: Field, text: str) -> Screen:
    meaning = meanings.meaning(text, one.choices, numbered=True)
    if meaning.choice:
        return _stored(at, step, {one.id: meaning.choice.id})
    length = len(text.split())
    comment = step.role(Role.COMMENT)
    if comment and length >= (QUESTION_WORDS if meaning.options else COMMENT_WORDS):
        held = answers.record(
            at.ledger, at.audit, step.id, {comment.id: _joined(at, step, comment, text)}, at.now, at.door
        )
        if any(choice.serious for choice in meaning.options):
            named = tuple(choice.id for choice in meaning.options)
            kept = answers.keep(at.ledger, held.audit, step.id, one, text, "unsure", at.now, at.door, options=named)
            held = replace(held, audit=kept)
        sentence = f"I have put that under {comment.label.split(':')[0]}. Which grade do you give?"
        return draw(at.holding(held.audit), step.id, problem=Problem(sentence, one.id))
    grade = step.role(Role.GRADE)
    given = grade.choice(at.audit.answer(step.id).text(grade.id)) if grade and grade.id != one.id else None
    if given and comment and not meaning.options:
        if grade and meanings.meaning(text, grade.choices).choice == given:
            sentence = f"It is graded {given.label} already. Still open: {one.label}"
            return draw(at, step.id, problem=Problem(sentence, one.id))
        if length >= SHORT_COMMENT and not at.audit.answer(step.id).text(comment.id):
            return _stored(at, step, {comment.id: text})
    options = tuple(choice.id for choice in meaning.options)
    why = "unsure" if options else "unplaced"
    answers.keep(at.ledger, at.audit, step.id, one, text, why, at.now, at.door, options=options)
    labels = [choice.label for choice in (meaning.options or one.choices)]
    if options:
        raise WhichOne(field=one.id, words=text, choices=" or ".join(labels))
    raise NotOnTheScale(field=one.id, words=text, choices=", ".join(labels))


def _joined(at: Desk, step: Step, one: Field, text: str) -> str:
    """Typed words go after what stands; they never replace it."""
    standing = at.audit.answer(step.id).text(one.id)
    return f"{standing}\n{text}" if standing else text


def _take_many(at: Desk, step: Step, one: Field, text: str) -> Screen:
    numbers = [int(part) for part in re.findall(r"\d+", text)]
    only_numbers = re.fullmatch(r"[\d\s,;and&]+", text.lower()) is not None
    if only_numbers and numbers and all(1 <= number <= len(one.choices) for number in numbers):
        return _stored(at, step, {one.id: tuple(one.choices[number - 1].id for number in numbers)})
    comment = step.role(Role.COMMENT)
    if comment and len(text.split()) >= COMMENT_WORDS:
        held = answers.record(
            at.ledger, at.audit, step.id, {comment.id: _joined(at, step, comment, text)}, at.now, at.door
        )
        sentence = "I have put that under your commentary. Which statements fit? Choose them, or type their numbers."
        return draw(at.holding(held.audit), step.id, problem=Problem(sentence, one.id))
    answers.keep(at.ledger, at.audit, step.id, one, text, "unplaced", at.now, at.door)
    raise NotOnTheScale(field=one.id, words=text, choices="the numbers of the statements, such as 1, 3")


def _stored(at: Desk, step: Step, said: Mapping[str, Value]) -> Screen:
    done = answers.record(at.ledger, at.audit, step.id, said, at.now, at.door)
    held = at.holding(done.audit)
    if expected(step, held.audit) is None and is_done(step, held.audit.answer(step.id)):
        return onward(held, step.id, folded=step, notes=notes(held, step))
    return draw(held, step.id)


def words_for_another(at: Desk, text: str) -> Screen:
    """Words that name an audit other than the one in hand: kept with that audit, which is opened; never guessed."""
    _keep_unplaced(at, text)
    held = at.holding(at.ledger.audits.audit(at.audit.id))
    sentence = (
        f"You named {at.audit.reference}, so here it is. Your words are kept with it and stand under See all "
        "sections; please put them where they belong."
    )
    return onward(held, problem=Problem(sentence))


def words_before_start(at: Desk, text: str) -> Screen:
    """Words typed while the allocation card is all there is: kept, and the first section asked."""
    _keep_unplaced(at, text)
    held = at.holding(answers.start(at.ledger, at.ledger.audits.audit(at.audit.id), at.now, at.door))
    sentence = "Here is the first part. I have kept what you just said; please say it here if it belongs here."
    return onward(held, problem=Problem(sentence))


def _keep_unplaced(at: Desk, text: str) -> None:
    answers.keep(at.ledger, at.audit, "", None, text, "unplaced", at.now, at.door)
    if meanings.sounds_alarming(text):
        lead.tell_of_audit_words(at.ledger, at.audit, at.now)


def _unplaced(at: Desk, shows: str, text: str) -> Screen:
    _keep_unplaced(at, text)
    return draw(at.holding(at.ledger.audits.audit(at.audit.id)), shows, Problem(NotUnderstood().sentence))
