"""Requests for an audit: the form that asks for one, and the card on which it is decided (B03, B04)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit.deadlines import clock, said
from audit.wishes import OTHER
from bot.cards.parts import (
    Json,
    buttons,
    card,
    choosing,
    facts,
    heading,
    mail,
    plain,
    press,
    quiet_box,
    shortened,
    small,
    text,
    toggle,
    words_of,
    writing,
)
from desk.calendar import bank_holidays, today
from desk.requests import OTHER_LABEL
from dialogs.requests import CASE, MOST, REASON, UNTIL, WHY, WORDS
from dialogs.screens import Problem, RequestCard, RequestForm

_LOOK_HERE = " (please look here)"


def request_form(screen: RequestForm) -> Json:
    """The case's ID, a reason, and a line."""
    typed, council = screen.typed, screen.council
    role = council.policy.roles.get(council.policy.asking.decides, council.policy.qa_team)
    reasons = [(one.label, one.id) for one in council.policy.asking.reasons]
    return card(
        heading(f"Ask for {a(council.words.audit)}"),
        text(f"The {plain(role)} decides, and you will hear. Nothing is allocated by asking.", spacing="small"),
        _input(_writing(CASE, "The case's ID", typed), screen.problem),
        _problem(screen.problem, CASE),
        _input(
            choosing(
                REASON,
                "Why should it be looked at?",
                [*reasons, (f"{OTHER_LABEL} (say why)", OTHER)],
                typed.get(REASON, ""),
            ),
            screen.problem,
        ),
        _problem(screen.problem, REASON),
        _input(_writing(WORDS, "A line on it, if you like; leave names out", typed, lines=True), screen.problem),
        _problem(screen.problem, WORDS),
        buttons(press("Ask for it", "ask_audit", {}, "positive"), spacing="medium"),
        small("If a child may be at risk now, phone. This is no referral.", spacing="medium"),
    )


def a(thing: str) -> str:
    """A thing with its article: "a practice evaluation", "an audit"."""
    return f"a{'n' * thing[:1].lower().startswith(tuple('aeiou'))} {plain(thing)}"


def request_card(screen: RequestCard) -> Json:
    """One request for whoever decides: what is known of it, then three answers."""
    request = screen.facts
    again = "It was put off until today" if request.until == today(screen.now) else "Nobody has decided about it yet"
    return card(
        small(f"Request {request.number}"),
        heading(again if request.repeated else "An audit is asked for"),
        facts(_known(screen), spacing="small"),
        None if request.known else text("No case with this ID is in the directory. Please check it.", spacing="small"),
        *_written(screen),
        *_what_can_be_done(screen),
    )


def _written(screen: RequestCard) -> Iterator[Json]:
    """What was written beside it, as far as a card holds it."""
    left = MOST[WORDS]
    for words in screen.words:
        if left > 0:
            yield words_of(f"“{shortened(words, left)}”")
        left -= len(words)
    if left < 0:
        yield small(f"This is its beginning. 'auditbot events request/{screen.facts.number} --json' has all of it.")


def _known(screen: RequestCard) -> Iterator[tuple[str, str]]:
    request, day = screen.facts, today(screen.now)
    yield "Case", plain(request.case_id)
    yield "Reason", plain(request.reason)
    yield (
        "Asked by",
        f"{plain(request.asked_by.name)}, {mail(request.asked_by.email)}, {clock(request.asked_at, screen.now)}",
    )
    if request.state == "later":
        until = said(request.until, day, bank_holidays(day)) if request.until else "the next cycle"
        yield "Kept for later", f"until {until}, by {plain(request.decided_by)}"
    elif request.state != "open":
        yield "Decided", f"{request.state}, by {plain(request.decided_by)}"


def _what_can_be_done(screen: RequestCard) -> Iterator[Json | None]:
    request, typed = screen.facts, screen.typed
    data = {"request": request.number}
    if not screen.words:
        yield buttons(press("Show what was written", "request_words", data), spacing="small")
    if request.state in ("accepted", "declined"):
        yield small(f"{plain(request.asked_by.name)} hears of it. Nothing was allocated.", spacing="medium")
        return
    opened = screen.problem.field if screen.problem else ""
    yield buttons(
        press("Accept", "request_accept", data, "positive"),
        toggle("Later", "later"),
        toggle("Decline", "decline"),
        spacing="medium",
    )
    yield quiet_box(
        _input(
            _writing(UNTIL, "Until which day? Leave it empty for the next cycle", typed),
            screen.problem,
        ),
        _problem(screen.problem, UNTIL),
        buttons(press("Keep it for later", "request_later", data)),
        id="later",
        isVisible=opened == UNTIL,
    )
    yield quiet_box(
        _input(_writing(WHY, "Why not? Whoever asked will read it", typed), screen.problem),
        _problem(screen.problem, WHY),
        buttons(press("Decline it", "request_decline", data)),
        id="decline",
        isVisible=opened == WHY,
    )
    yield small(f"{plain(request.asked_by.name)} hears the outcome. Nothing is allocated by it.", spacing="medium")


def _writing(field: str, label: str, typed: Mapping[str, str], lines: bool = False) -> Json:
    return writing(field, label, typed.get(field, ""), lines=lines, maxLength=MOST[field])


def _input(drawn: Json, problem: Problem | None) -> Json:
    beside = problem is not None and problem.field == drawn["id"]
    return {**drawn, "label": drawn["label"] + (_LOOK_HERE if beside else ""), "spacing": "medium"}


def _problem(problem: Problem | None, field: str) -> Json | None:
    if problem is None or problem.field != field:
        return None
    return text(plain(problem.sentence), color="attention", spacing="small")
