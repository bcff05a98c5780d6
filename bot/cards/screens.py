"""Which card draws which screen, and the line that a phone's lock screen may show for it."""

from __future__ import annotations

from typing import assert_never

from audit.escalation import ConcernState
from audit.notices import AlertFacts, LiveFacts
from bot.cards.alert import alerted_card, first_line, recorded_card
from bot.cards.journey import (
    allocated_card,
    concern_card,
    due_line,
    handed_in_card,
    help_card,
    paused_card,
    say_card,
)
from bot.cards.letter import letter_card, letter_list_card, letter_summary
from bot.cards.lists import list_card, review_card
from bot.cards.parts import Json
from bot.cards.questions import questions_card
from bot.cards.request import a, request_card, request_form
from bot.cards.section import ask_card
from dialogs.screens import (
    Alerted,
    Allocated,
    Ask,
    AuditList,
    ConcernForm,
    HandedIn,
    Help,
    LetterCard,
    LetterList,
    Paused,
    Questions,
    RequestCard,
    RequestForm,
    Review,
    Say,
    Screen,
    WhatWasRecorded,
)


def screen_card(screen: Screen) -> Json:
    """A screen as an Adaptive Card."""
    match screen:
        case Ask():
            return ask_card(screen)
        case Review():
            return review_card(screen)
        case Questions():
            return questions_card(screen)
        case Allocated():
            return allocated_card(screen)
        case Paused():
            return paused_card(screen)
        case HandedIn():
            return handed_in_card(screen)
        case ConcernForm():
            return concern_card(screen)
        case Alerted():
            return alerted_card(screen)
        case WhatWasRecorded():
            return recorded_card(screen)
        case AuditList():
            return list_card(screen)
        case LetterList():
            return letter_list_card(screen)
        case LetterCard():
            return letter_card(screen)
        case Help():
            return help_card(screen)
        case RequestForm():
            return request_form(screen)
        case RequestCard():
            return request_card(screen)
        case Say():
            return say_card(screen)
    assert_never(screen)


def screen_summary(screen: Screen) -> str:
    """Reference, kind, deadline. Never a grade, a name of a child, or anything that somebody wrote."""
    match screen:
        case HandedIn():
            return f"{screen.live.of.audit.reference} · handed in"
        case Ask() | Review() | Questions() | Allocated() | Paused() | ConcernForm():
            return _live(screen.live)
        case Alerted() | WhatWasRecorded():
            return _alert(screen.facts)
        case AuditList():
            return f"Your {screen.council.words.audits}"
        case LetterList():
            return "Letters that need a person"
        case LetterCard():
            return letter_summary(screen)
        case Help():
            return "Practice audit · help"
        case RequestForm():
            return f"Ask for {a(screen.council.words.audit)}"
        case RequestCard():
            return f"Request {screen.facts.number} · {screen.facts.state}"
        case Say():
            return "Practice audit"
    assert_never(screen)


def _live(live: LiveFacts) -> str:
    return f"{live.of.audit.reference} · {live.council.words.audit} · due {due_line(live)}"


def _alert(alert: AlertFacts) -> str:
    if alert.state is not ConcernState.OPEN:
        return f"{alert.reference} · {alert.kind} · {alert.state.value}"
    return f"{first_line(alert)} · {'please acknowledge' if alert.may_stop else 'for you to know'}"
