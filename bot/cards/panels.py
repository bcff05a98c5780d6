"""What stands above a section: the concern that was raised, the step just saved, and words that wait for a choice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audit.answers import Audit, KeptWords
from audit.deadlines import clock
from audit.escalation import ConcernState
from audit.notices import AlertFacts, LiveFacts
from audit.process import Stage
from audit.tools import Role, Step
from bot.cards.marks import marked, outcome
from bot.cards.parts import (
    Json,
    alarm_box,
    beside,
    buttons,
    capital,
    fine,
    first_words,
    listed,
    phone,
    plain,
    press,
    quiet_box,
    shortened,
    small,
    subheading,
    text,
    toggle,
    with_phones,
    words_of,
    writing,
)
from bot.cards.people import told_line

NOT_A_REFERRAL = "This alert is not a referral. Please phone as well."
MOST_KEPT = 3
"""So many kept words are shown at once; the others follow when these are settled."""


def data_of(live: LiveFacts, step: Step | None = None, **more: Any) -> dict[str, Any]:
    """What every press on a live card carries: the audit, the step, and the version it was drawn from."""
    audit = live.of.audit
    version = audit.answer(step.id).version if step else 0
    return {"audit": audit.reference, "step": step.id if step else "", "version": version, **more}


# concerns


def concerns(live: LiveFacts, data: Mapping[str, Any]) -> list[Json]:
    """A panel for each concern on this audit, and one place to take back what was raised by mistake."""
    panels = [_concern(alert, live, data) for alert in live.alerts]
    return [*panels, *_mistake(live, data)]


def _concern(alert: AlertFacts, live: LiveFacts, data: Mapping[str, Any]) -> Json:
    now = live.now
    if alert.state is ConcernState.UNCONFIRMED:
        return _question(alert, live, data)
    if alert.state is not ConcernState.OPEN:
        return quiet_box(text(f"**{capital(plain(alert.kind))}:** {ended(alert, now)}"), spacing="medium")
    return alarm_box(
        subheading(f"Concern raised at {clock(alert.raised_at, now)}: {plain(alert.kind)}"),
        None if alert.confirmed else text("It went out by itself and is marked as not yet confirmed by you."),
        text("**Nobody has acknowledged it yet.**", spacing="small"),
        *told(alert, now, briefly=True),
        ring(alert),
        text(f"**{NOT_A_REFERRAL}** {out_of_hours(alert)}", spacing="small"),
        fine(next_step(alert, now), spacing="small"),
        fine(gap(alert), spacing="small") if alert.gap else None,
        buttons(press("Yes, I meant it", "confirm", data)) if not alert.confirmed else None,
        spacing="medium",
    )


def _question(alert: AlertFacts, live: LiveFacts, data: Mapping[str, Any]) -> Json:
    """Asked once: did you mean that? It goes out by itself if nobody answers."""
    policy = live.council.policy
    goes_out = clock(alert.raised_at + policy.confirm_within, live.now)
    back_to = "overall" if alert.kind == policy.limb(policy.when_inadequate).kind else "safe"
    subject = "overall grade" if back_to == "overall" else "answer about the child's safety"
    return alarm_box(
        subheading(f"Did you mean this? {capital(plain(alert.kind))}"),
        text(
            f"Your {subject} is saved. It means that people must be told now. "
            f"If you do not answer, they are told at {goes_out} all the same."
        ),
        buttons(
            press("Yes, tell them now", "confirm", data, "positive"),
            toggle("No, it was a slip", "mistake")
            if live.of.audit.stage is Stage.SUBMITTED
            else press("No, change my answer", "open", {**data, "to": back_to}),
        ),
        text(f"**{NOT_A_REFERRAL}** {out_of_hours(alert)}", spacing="small"),
        spacing="medium",
    )


def _mistake(live: LiveFacts, data: Mapping[str, Any]) -> list[Json]:
    """*Raised by mistake*: one line for the reason, and a button for each concern that people were told of.

    Of one that they were not told of yet the answer is changed instead, as long as it can be.
    """
    mine, handed_in = live.of.auditor.name, live.of.audit.stage is Stage.SUBMITTED
    found = [
        one for one in live.alerts if one.raised_by == mine and (handed_in or one.state is not ConcernState.UNCONFIRMED)
    ][:5]
    if not found:
        return []
    several = len(found) > 1
    withdraw = [
        press(f"Withdraw: {one.kind}" if several else "Withdraw it", "withdraw", {**data, "concern": one.concern_id})
        for one in found
    ]
    form = quiet_box(
        writing("reason", "Why is it being withdrawn? Everyone who was told sees this.", lines=False),
        buttons(*withdraw),
        id="mistake",
        isVisible=False,
    )
    opener = buttons(toggle("Raised by mistake?", "mistake"), spacing="small")
    return [part for part in (opener, form) if part]


def told(alert: AlertFacts, now: datetime, briefly: bool = False) -> list[Json]:
    """A line for each person told; `briefly` puts those who are only informed into one."""
    lines = [told_line(one, now) for one in alert.told if one.may_stop or not briefly]
    informed = [f"{plain(one.name)} ({plain(one.role)})" for one in alert.told if not one.may_stop]
    if briefly and informed:
        lines.append(fine(f"Also told: {listed(informed)}.", spacing="small"))
    return lines


def ring(alert: AlertFacts, why: str = "") -> Json | None:
    """Whom to ring now, on a number that can be pressed."""
    if not (alert.ring_name and alert.ring_phone):
        return text(out_of_hours(alert), spacing="small") if alert.out_of_hours else None
    return text(f"Ring **{plain(alert.ring_name)}**{why} now on {phone(alert.ring_phone)}.", spacing="small")


def out_of_hours(alert: AlertFacts) -> str:
    """Whom to ring when offices are closed."""
    return f"Out of hours: {with_phones(plain(alert.out_of_hours))}." if alert.out_of_hours else ""


def next_step(alert: AlertFacts, now: datetime) -> str:
    """What happens if nobody acknowledges, and when."""
    if alert.next_at is None:
        return ""
    roles = listed(plain(role) for role in alert.next_roles)
    return f"If nobody acknowledges it, it goes to the {roles} at {clock(alert.next_at, now)}."


def gap(alert: AlertFacts) -> str:
    """A role that nobody holds: who was told instead."""
    return f"Nobody is listed as {plain(alert.gap)}, so the next people up were told instead."


def ended(alert: AlertFacts, now: datetime) -> str:
    """How a concern ended, in one calm line."""
    at = clock(alert.stopped_at, now) if alert.stopped_at else ""
    if alert.about_letter:
        return _letter_ended(alert, at)
    if alert.state is ConcernState.WITHDRAWN:
        return f"Withdrawn{f' at {at}' if at else ''}. Reason: {plain(shortened(alert.reason, 300)) or 'none given'}."
    return f"Acknowledged {at} by {plain(alert.stopped_by) or 'a person who was told'}."


def _letter_ended(alert: AlertFacts, at: str) -> str:
    """Who has a letter, or who has dealt with it and how."""
    who = f"by {plain(alert.stopped_by)}" if alert.stopped_by else ""
    when = " ".join(part for part in (f"at {at}" if at else "", who) if part)
    if alert.state is ConcernState.WITHDRAWN:
        return f"Dealt with {when}. {plain(shortened(alert.reason, 300))}"
    return f"Acknowledged {when}. It waits until somebody has dealt with it."


# the step just saved


def folded(live: LiveFacts, step: Step, data: Mapping[str, Any]) -> Json:
    """The step just saved, in two lines, with a way back to it."""
    answer = live.of.audit.answer(step.id)
    comment = step.role(Role.COMMENT)
    words = answer.text(comment.id) if comment and not answer.not_relevant else ""
    decided = outcome(step, answer)
    first = f"**{plain(step.title)}** · {decided}" if decided else f"**{plain(step.title)}** · saved"
    lines = [text(first)]
    if words:
        lines.append(words_of(first_words(words), size="small", isSubtle=True))
    change = buttons(press("Change", "open", {**data, "to": step.id}))
    assert change
    return quiet_box(beside(lines, [change]), spacing="medium")


# kept words


def kept(live: LiveFacts, step: Step, data: Mapping[str, Any]) -> dict[str, list[Json]]:
    """Words that were kept for this step, by the field they stand below, each with buttons that settle it."""
    waiting = [one for one in live.of.audit.kept if one.step == step.id]
    boxes: dict[str, list[Json]] = {}
    for one in waiting[:MOST_KEPT]:
        boxes.setdefault(one.field, []).append(_kept(one, step, data))
    if len(waiting) > MOST_KEPT:
        more = small(f"{len(waiting) - MOST_KEPT} more will follow when these are settled.")
        boxes[waiting[MOST_KEPT - 1].field].append(more)
    return boxes


def _kept(one: KeptWords, step: Step, data: Mapping[str, Any]) -> Json:
    asked = next((field for field in step.fields if field.id == one.field), None)
    held = {**data, "kept": one.id}
    picks = [choice for choice in asked.choices if choice.id in one.options] if asked else []
    only = asked.choice(str(one.value)) if asked and asked.picked else None
    if only:
        use = [press(f"Use {marked(only)}", "use", {**held, "choice": ""})]
    elif one.value or (asked and not asked.picked):
        use = [press("Use these", "use", {**held, "choice": ""})]
    else:
        use = [press(marked(choice), "use", {**held, "choice": choice.id}) for choice in picks[:5]]
    return quiet_box(
        text("You also said:"),
        words_of(f"“{shortened(one.words, 600)}”", italic=True),
        text("Which do you mean?", spacing="small") if len(use) > 1 else None,
        buttons(*use, press("Leave it as it is" if only else "Leave them", "dismiss", held)),
        spacing="small",
    )


def unplaced(audit: Audit, data: Mapping[str, Any]) -> list[Json]:
    """Typed words that belong to no step: shown before handing in, so that nothing is lost unseen."""
    found = [one for one in audit.kept if not one.step][:MOST_KEPT]
    if not found:
        return []
    rows = []
    for one in found:
        away = buttons(press("Put away", "dismiss", {**data, "kept": one.id}))
        assert away
        rows.append(beside([words_of(f"“{shortened(one.words, 300)}”", italic=True)], [away], spacing="small"))
    return [quiet_box(text("You also wrote this, and I could not tell where it belongs:"), *rows, spacing="medium")]
