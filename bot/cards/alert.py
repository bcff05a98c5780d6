"""An alert, for one of those who were told: acknowledge first, everything else below it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from audit.deadlines import clock
from audit.escalation import ConcernState
from audit.notices import AlertFacts
from bot.cards.panels import NOT_A_REFERRAL, ended, gap, next_step, out_of_hours, ring, told
from bot.cards.parts import (
    ROOM,
    Json,
    alarm_box,
    buttons,
    card,
    listed,
    plain,
    press,
    quiet_box,
    shortened,
    size,
    small,
    subheading,
    text,
    words_of,
)
from dialogs.screens import Alerted, WhatWasRecorded


def alerted_card(screen: Alerted) -> Json:
    """The alert as this person sees it now: open, or one calm line."""
    sentence = screen.sentence
    if screen.facts.state is not ConcernState.OPEN:
        return ended_card(screen.facts, screen.now, sentence)
    return alert_card(screen.facts, screen.now, sentence)


def alert_card(alert: AlertFacts, now: datetime, sentence: str = "") -> Json:
    """An open alert, top to bottom."""
    return card(
        alarm_box(
            text(f"**{plain(first_line(alert))}**", style="heading", size="medium"),
            text(raised(alert, now), spacing="small"),
            *_marks(alert),
            bleed=True,
        ),
        quiet_box(text(f"**{plain(sentence)}**"), spacing="medium") if sentence else None,
        None if sentence and not alert.may_stop else acknowledge(alert, spacing="medium"),
        small(_what_it_does(alert), spacing="small"),
        buttons(look_inside(alert), spacing="small"),
        subheading("Who has been told", spacing="medium"),
        *told(alert, now),
        text(next_step(alert, now), spacing="medium") if alert.next_at else None,
        *_phone(alert),
    )


def acknowledge(alert: AlertFacts, **style: Any) -> Json | None:
    """The first and largest button of an open alert."""
    title = "Acknowledge" if alert.may_stop else "I have seen this"
    return buttons(press(title, "ack", {"concern": alert.concern_id}, "positive"), **style)


def look_inside(alert: AlertFacts) -> Json:
    """What stands behind an alert: what was recorded, or the card of the letter that it is about."""
    title = "Open this letter" if alert.about_letter else "Show what was recorded"
    return press(title, "show", {"concern": alert.concern_id})


def first_line(alert: AlertFacts) -> str:
    """What this is about, and nothing else: it is also what a locked screen shows."""
    what = "A letter needs a person" if alert.about_letter else "Immediate escalation"
    return f"{what} · {alert.reference} · {alert.kind}"


def raised(alert: AlertFacts, now: datetime) -> str:
    """Who raised it, when, and in which role it comes to the reader."""
    at = clock(alert.raised_at, now)
    you = f", to you as {plain(alert.to_role)}" if alert.to_role else ""
    if alert.about_letter:
        return f"It came to the audit mailbox at {at} and could not be placed{you}."
    who = f"{plain(alert.raised_role)} {plain(alert.raised_by)}".strip()
    return f"Raised by {who or 'the auditor'} at {at}{you}."


def _marks(alert: AlertFacts) -> Iterator[Json]:
    """Whatever makes this alert other than usual."""
    if alert.repeated:
        yield text("Sent again, because nobody has acknowledged it yet.", spacing="small")
    if alert.gathered > 1:
        yield text(f"**This alert stands for {alert.gathered} letters**; each waits for a person.", spacing="small")
    if not alert.confirmed:
        yield text("**Not yet confirmed** by the auditor. Please treat it as meant.", spacing="small")
    if alert.gap:
        yield text(gap(alert), spacing="small")


def _what_it_does(alert: AlertFacts) -> str:
    if alert.may_stop:
        return "Acknowledging says that you have it in hand. Nobody further is called out then."
    stoppers = listed(dict.fromkeys(plain(one.role) for one in alert.told if one.may_stop), "or")
    until = f" It goes on until the {stoppers} acknowledges it." if stoppers else ""
    return f"You are told so that you know.{until}"


def _phone(alert: AlertFacts) -> Iterator[Json]:
    rings = ring(alert, " (who raised it)")
    if rings and not alert.about_letter:
        yield {**rings, "spacing": "medium"}
    if alert.about_letter:
        yield text(f"If it sounds as if a child is at risk, phone. {out_of_hours(alert)}", spacing="medium")
    else:
        yield text(f"**{NOT_A_REFERRAL}** {out_of_hours(alert)}", spacing="small")


def ended_card(alert: AlertFacts, now: datetime, sentence: str = "") -> Json:
    """Acknowledged, withdrawn or not out yet: a calm line."""
    if alert.state is ConcernState.UNCONFIRMED:
        line = "The auditor has been asked whether this is meant. You will hear if it is."
    else:
        line = ended(alert, now)
    return card(
        text(f"**{plain(alert.reference)} · {plain(alert.kind)}**"),
        text(line, spacing="small"),
        text(plain(sentence), spacing="small") if sentence else None,
        buttons(look_inside(alert)),
    )


# what was recorded


CUTS = ((2_000, 600), (1_000, 300), (600, 160), (300, 80), (160, 0))
"""How long comments may be, tried until the card fits: the first three, which are the serious ones, and the others."""
FIRST = 3


def recorded_card(screen: WhatWasRecorded) -> Json:
    """Concern, findings and actions, for those whose role allows it."""
    drawn: Json = {}
    for longer, shorter in CUTS:
        drawn = _recorded(screen, longer, shorter)
        if size(drawn) <= ROOM:
            break
    return drawn


def _recorded(screen: WhatWasRecorded, longer: int, shorter: int) -> Json:
    alert = screen.facts
    cut = any(
        len(words) > (longer if place < FIRST else shorter)
        for place, (_area, _grade, words) in enumerate(screen.findings)
    )
    return card(
        small(f"{plain(alert.reference)} · {plain(alert.kind)}"),
        text("**What was recorded**", style="heading", size="large", spacing="small"),
        text(raised(alert, screen.now), spacing="small"),
        acknowledge(alert) if alert.state is ConcernState.OPEN else text(ended(alert, screen.now), spacing="small"),
        subheading("In the letter" if alert.about_letter else "The concern", spacing="medium"),
        words_of(shortened(screen.words, 2_000)) if screen.words else text("No words were added."),
        *_findings(screen, longer, shorter),
        *_list("Actions", screen.actions, shorter),
        *_list("Learning", (screen.learning,) if screen.learning else (), shorter),
        small("Some comments are shortened here. The auditor has the whole.", spacing="medium") if cut else None,
        *_phone(alert),
    )


def _findings(screen: WhatWasRecorded, longer: int, shorter: int) -> Iterator[Json]:
    if screen.findings:
        yield subheading("Findings so far", spacing="medium")
    for place, (area, grade, comment) in enumerate(screen.findings):
        yield text(f"**{plain(area)}:** {plain(grade)}", spacing="small")
        words = shortened(comment, longer if place < FIRST else shorter) if shorter else ""
        if words:
            yield words_of(words, size="small")


def _list(title: str, rows: tuple[str, ...], most: int) -> Iterator[Json]:
    if rows:
        yield subheading(title, spacing="medium")
    for row in rows:
        yield words_of(shortened(row, max(most, 160)))
