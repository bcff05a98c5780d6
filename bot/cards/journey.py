"""The cards around the sections: allocated, paused, raise a concern, handed in, help, and a plain sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audit.answers import done_count, is_started
from audit.deadlines import clock, said
from audit.notices import AuditFacts, LiveFacts
from bot.cards import finished, panels
from bot.cards.panels import NOT_A_REFERRAL, data_of
from bot.cards.parts import (
    Json,
    box,
    buttons,
    capital,
    card,
    choosing,
    facts,
    heading,
    mail,
    plain,
    press,
    quiet_box,
    small,
    subheading,
    text,
    toggle,
    with_phones,
    writing,
)
from bot.cards.people import named, reach
from bot.cards.request import a
from bot.cards.section import contact_line, raise_a_concern
from desk.calendar import bank_holidays, today
from dialogs.concern import step_of
from dialogs.screens import Allocated, ConcernForm, HandedIn, Help, Paused, Say


def due_line(live: LiveFacts) -> str:
    """The deadline, so that no one has to count."""
    day = today(live.now)
    return said(live.of.due, day, bank_holidays(day))


def allocated_card(screen: Allocated) -> Json:
    """The audit is theirs: what it is, by when, and *Start*."""
    live = screen.live
    data = data_of(live)
    started = any(is_started(step, live.of.audit.answer(step.id)) for step in live.of.tool.steps)
    return card(
        small(live.of.audit.reference),
        heading(f"{capital(live.council.words.audit)} for you"),
        *panels.concerns(live, data),
        facts(_what_it_is(live), spacing="small"),
        text(plain(live.of.tool.purpose), spacing="medium") if live.of.tool.purpose else None,
        small("Everything is saved as you go. Stop anywhere, and go on here or with the Word tool.", spacing="medium"),
        buttons(
            press("Go on" if started else "Start", "start", data, "positive"),
            toggle("Contact the worker", "worker") if live.of.worker else None,
            toggle("Not mine?", "not_mine"),
            spacing="large",
        ),
        _worker(live.of),
        _not_mine(live),
        raise_a_concern(data),
    )


def _what_it_is(live: LiveFacts) -> Iterator[tuple[str, str]]:
    of = live.of
    since = f"{of.period_from.day} {of.period_from:%b %Y}"
    yield "Case", plain(of.case.id)
    yield "Tool", plain(of.tool.title)
    yield "Due", plain(due_line(live))
    yield "Work to look at", f"from {since} to now"
    yield "Moderator", plain(of.moderator.name) if of.moderator else ""


def _worker(of: AuditFacts) -> Json | None:
    if of.worker is None:
        return None
    return quiet_box(
        subheading("The worker"),
        reach(of.worker, spacing="small"),
        small("A word early helps to find a time that suits you both.", spacing="small"),
        id="worker",
        isVisible=False,
        spacing="medium",
    )


def _not_mine(live: LiveFacts) -> Json:
    policy = live.council.policy
    return quiet_box(
        subheading("If this is not yours to do"),
        text(
            f"Tell {plain(policy.qa_team)} at {mail(policy.qa_address)}, with the reference {live.of.audit.reference}: "
            "if you know the family or have worked on the case, are away, or have too much on. They will find someone.",
            spacing="small",
        ),
        id="not_mine",
        isVisible=False,
        spacing="medium",
    )


def paused_card(screen: Paused) -> Json:
    """Everything is kept; where it goes on."""
    live = screen.live
    data = data_of(live)
    done, of = done_count(live.of.tool, live.of.audit), len(live.of.tool.steps)
    on = f"You go on with {screen.following.title}." if screen.following else "Every section has an answer."
    return card(
        small(f"{live.of.audit.reference} · {done} of {of} done"),
        heading("Paused"),
        *panels.concerns(live, data),
        text(f"Everything is saved. {plain(on)}"),
        text(f"Due {plain(due_line(live))}.", spacing="small"),
        buttons(
            press("Go on", "start", data, "positive"),
            press("See all sections", "review", data),
            spacing="large",
        ),
        small('You can also type "resume" at any time.', spacing="small"),
        raise_a_concern(data),
    )


def concern_card(screen: ConcernForm) -> Json:
    """*Raise a concern now*: which kind, and a line. Choosing is confirming."""
    live = screen.live
    limbs = [limb for limb in live.council.policy.limbs.values() if limb.by_hand]
    asked = [(f"{place} – {limb.asks}", limb.id) for place, limb in enumerate(limbs, 1)]
    beside_kind = screen.problem if screen.problem and screen.problem.field == "limb" else None
    label = "Which kind of concern is it?" + (" (please look here)" if beside_kind else "")
    data = data_of(live, press=screen.press)
    return card(
        small(live.of.audit.reference),
        heading("Raise a concern"),
        *panels.concerns(live, data),
        text("The people responsible are told at once, in Teams and by e-mail, until one of them acknowledges it."),
        quiet_box(text(f"**{NOT_A_REFERRAL}** {_out_of_hours(live)}"), spacing="medium"),
        quiet_box(text(plain(screen.problem.sentence))) if screen.problem and not beside_kind else None,
        text(plain(beside_kind.sentence), color="attention", spacing="medium") if beside_kind else None,
        choosing("limb", label, asked, spacing="medium"),
        writing("words", "What did you see or hear? A line is enough; leave out names.", screen.words),
        small("Those who are told see these words only after they ask for them.", spacing="small"),
        buttons(
            press("Tell them now", "raise", data, "destructive"),
            _go_back(screen, data),
            spacing="large",
        ),
    )


def _go_back(screen: ConcernForm, data: Mapping[str, Any]) -> Json:
    step = step_of(screen.press)
    return press("Not now, go back", *(("open", {**data, "to": step}) if step else ("start", data)))


def _out_of_hours(live: LiveFacts) -> str:
    return f"Out of hours: {with_phones(plain(live.council.policy.out_of_hours))}."


def handed_in_card(screen: HandedIn) -> Json:
    """The receipt of a submitted audit."""
    live = screen.live
    of = live.of
    data = data_of(live)
    at = clock(of.audit.submitted_at, live.now) if of.audit.submitted_at else ""
    team = plain(live.council.policy.qa_team)
    late = any(kept.why == "late" for kept in of.audit.kept)
    return card(
        small(of.audit.reference),
        heading("Handed in"),
        *panels.concerns(live, data),
        text(f"Received{f' at {at}' if at else ''}, with all {len(of.tool.steps)} parts. Thank you."),
        subheading("What happens next", spacing="medium"),
        text(f"It stands as you handed it in. {capital(team)} can see it now.", spacing="small"),
        text(f"{plain(of.moderator.name)} is the moderator.", spacing="small") if of.moderator else None,
        text(f"To change something, ask {team} to open it again.", spacing="small"),
        text(f"What you sent after handing in is kept for {team}.", spacing="small") if late else None,
        *finished.filing(screen, data),
        small(contact_line(live), spacing="medium"),
        *_still_raise(live, data),
    )


def _still_raise(live: LiveFacts, data: Mapping[str, Any]) -> list[Json | None]:
    """A concern after handing in: no form is in hand any more, so each kind has a button of its own here."""
    once = f"{live.of.audit.id}-handed-in-{int(live.now.timestamp())}"
    limbs = [limb for limb in live.council.policy.limbs.values() if limb.by_hand][:6]
    kinds = [
        press(capital(limb.kind), "raise", {**data, "limb": limb.id, "press": once}, "destructive") for limb in limbs
    ]
    opener = {**toggle("Raise a concern now", "concern"), "style": "destructive"}
    form = quiet_box(
        text(f"People are told at once. **{NOT_A_REFERRAL}** {_out_of_hours(live)}"),
        writing("words", "What did you see or hear? A line is enough; leave out names."),
        text("Which kind is it? Pressing tells them.", spacing="medium"),
        *(text(f"**{capital(plain(limb.kind))}:** {plain(limb.asks)}", spacing="small") for limb in limbs),
        buttons(*kinds),
        id="concern",
        isVisible=False,
        spacing="medium",
    )
    return [box(buttons(opener), separator=True, spacing="large"), form]


def help_card(screen: Help) -> Json:
    """What can be said here, who to ask, and what this bot does not do."""
    words = screen.council.words
    return card(
        heading("Welcome" if screen.first_time else "Help"),
        text(f"I help with {plain(words.audits)}: I bring them to you, keep your answers, and tell people when asked."),
        *(_typed(words.audit) if screen.has_audits else _nothing_yet(words.audits)),
        text("**letters** – see the letters that need a person", spacing="small") if screen.of_the_team else None,
        quiet_box(
            text("I never grade and never decide; people do. An alert from me is not a referral."),
            text(
                "**If a child may be at risk now, phone.** "
                f"Out of hours: {with_phones(plain(screen.council.policy.out_of_hours))}.",
                spacing="small",
            ),
            spacing="medium",
        ),
        *_contact(screen),
        buttons(
            press(f"My {words.audits}", "status", {}, "positive"),
            press(f"Ask for {a(words.audit)}", "request", {}),
            spacing="large",
        ),
    )


def _typed(audit: str) -> Iterator[Json]:
    yield subheading("You can press a button or type", spacing="medium")
    for said_, does in (
        ("resume", "go on where you stopped"),
        ("status", "see what is yours and when it is due"),
        ("back, skip, not relevant, undo", "move about in a section"),
        ("pause", "stop; everything is saved"),
        ("submit", "hand it in"),
        ("raise a concern", "tell the people responsible now"),
        ("ack", "acknowledge an alert that was sent to you"),
        ("request", "ask for an audit of a case"),
    ):
        yield text(f"**{said_}** – {does}", spacing="small")
    yield small("Any other words answer what the last card asks. Saying the grade, or its number, is enough.")


def _nothing_yet(audits: str) -> Iterator[Json]:
    yield text(f"You have no {plain(audits)} at the moment. When there is one for you, it arrives here.")
    yield text('If an alert is sent to you, press Acknowledge on it, or type "ack".', spacing="small")


def _contact(screen: Help) -> Iterator[Json]:
    policy = screen.council.policy
    role = plain(policy.roles.get(policy.qa_lead, policy.qa_team))
    if screen.contact:
        yield text(f"**To reach a person:** {named(screen.contact)}, {role}, {mail(screen.contact.email)}.")
    else:
        yield text(f"**To reach a person:** {plain(policy.qa_team)}, {mail(policy.qa_address)}.")


def say_card(screen: Say) -> Json:
    """A sentence or two."""
    return card(text(with_phones(plain(screen.sentence))))


def folded_card(live: LiveFacts, showed: str = "") -> Json:
    """An older copy of the live card: the step that it `showed`, as it stands now, with a way back; else two lines."""
    step = next((one for one in live.of.tool.steps if one.id == showed), None)
    if step and showed != live.shows and is_started(step, live.of.audit.answer(step.id)):
        return card(small(f"{live.of.audit.reference} goes on below."), panels.folded(live, step, data_of(live)))
    return card(
        text(f"{live.of.audit.reference} goes on below."),
        small("What you saved here is kept.", spacing="small"),
    )
