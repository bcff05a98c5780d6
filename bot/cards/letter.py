"""A letter that needs a person: what is known of it, one question, and what can be done. Not a word of what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from audit.deadlines import clock, said
from audit.escalation import ConcernState
from audit.notices import Asks, Candidate, LetterFacts, LetterLine, Sender
from bot.cards.panels import ended
from bot.cards.parts import (
    Json,
    beside,
    box,
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
    with_phones,
    writing,
)
from desk.calendar import bank_holidays, today
from dialogs.letters import AUDIT, DONE, MOST, OTHER, WAYS, WHY
from dialogs.screens import LetterCard, LetterList

QUESTIONS = {
    Asks.WHICH: "Which audit is this?",
    Asks.WHOSE: "Whose is it?",
    Asks.AGAIN: "Ask for it again, or read it yourself?",
    Asks.READ: "Has somebody dealt with it?",
}
_WAITS_FOR = {
    Asks.WHICH: "its audit is in doubt",
    Asks.WHOSE: "its sender is in doubt",
    Asks.AGAIN: "it could not be read",
    Asks.READ: "it needs a reader",
}
_WARNINGS = {
    Sender.UNKNOWN: "Nobody in the directory has this address. Nothing is filed unless you choose an audit.",
    Sender.UNPROVEN: (
        "This address is not proven: anybody could have written it there. Please ask the person by another way. "
        "Nothing is filed unless you choose an audit."
    ),
}
_LOOK_HERE = " (please look here)"


def letter_summary(screen: LetterCard) -> str:
    """The letter's number and its kind, and whether it still waits."""
    letter = screen.facts
    return f"Letter {letter.number} · {letter.kind} · {'dealt with' if letter.settled else 'needs a person'}"


def letter_card(screen: LetterCard) -> Json:
    """One letter, top to bottom."""
    letter = screen.facts
    if letter.settled:
        return _settled(screen)
    return card(
        small(f"Letter {letter.number} · {plain(letter.kind)}"),
        heading("A letter needs a person"),
        quiet_box(text(f"**{plain(screen.sentence)}**"), spacing="small") if screen.sentence else None,
        quiet_box(text(plain(letter.came_of)), spacing="small") if letter.came_of and not letter.in_hand else None,
        facts(_what_is_known(screen), spacing="small"),
        _warning(letter),
        text(f"If it may be about a child at risk, phone. {_out_of_hours(screen)}", spacing="small"),
        *_who_has_it(screen),
        *(_in_hand(letter) if letter.in_hand else _question(screen)),
        small(
            "What it says is not shown here. It lies in the audit mailbox, in the folder for letters that need a "
            "person.",
            spacing="medium",
        ),
        buttons(press("All letters", "letters", {}), spacing="small"),
    )


def _settled(screen: LetterCard) -> Json:
    """Who decided what, in a calm line."""
    letter = screen.facts
    return card(
        text(f"**Letter {letter.number} · {plain(letter.kind)}**"),
        text(plain(shortened(letter.settled, 400)), spacing="small"),
        text(plain(screen.sentence), spacing="small") if screen.sentence else None,
        buttons(press("All letters", "letters", {})),
    )


def _out_of_hours(screen: LetterCard) -> str:
    return f"Out of hours: {with_phones(plain(screen.council.policy.out_of_hours))}."


def _what_is_known(screen: LetterCard) -> Iterator[tuple[str, str]]:
    letter = screen.facts
    yield "From", mail(letter.sender) if letter.sender else "no single sender"
    yield "Came", clock(letter.received_at, screen.now)
    yield "Documents", str(letter.files or "none")
    yield "Why it waits", plain(letter.why)


def _warning(letter: LetterFacts) -> Json | None:
    words = _WARNINGS.get(letter.known, "")
    if letter.asks not in (Asks.WHICH, Asks.WHOSE):
        words = words.removesuffix(" Nothing is filed unless you choose an audit.")
    return quiet_box(text(f"**{words}**"), spacing="small") if words else None


def _who_has_it(screen: LetterCard) -> Iterator[Json | None]:
    """*Acknowledge*, as on any alert, or who has it."""
    letter, alert = screen.facts, screen.facts.alert
    if alert is None:
        return
    if alert.state is ConcernState.ACKNOWLEDGED:
        yield text(ended(alert, screen.now), spacing="medium")
    elif alert.state is ConcernState.OPEN and alert.to_role:
        yield buttons(press("Acknowledge", "ack", _data(letter)), spacing="medium")
        if alert.may_stop:
            yield small("Acknowledging says that you have it in hand. The letter waits all the same.", spacing="small")


def _data(letter: LetterFacts) -> dict[str, Any]:
    """What every press on the card carries: the letter, what it was drawn from, and its alert."""
    concern = letter.alert.concern_id if letter.alert else 0
    return {"letter": letter.number, "drawn": letter.drawn, "concern": concern}


def _in_hand(letter: LetterFacts) -> Iterator[Json | None]:
    yield text(f"**{plain(letter.in_hand)}** You hear here what comes of it.", spacing="medium")
    yield buttons(press("Look again", "letter", _data(letter)), spacing="small")


# the one question


def _question(screen: LetterCard) -> Iterator[Json | None]:
    letter = screen.facts
    files = letter.asks in (Asks.WHICH, Asks.WHOSE)
    yield box(*(_which(screen) if files else _dealt_with(screen)), spacing="medium", separator=True)
    data = _data(letter)
    yield buttons(
        press("File it for this audit", "assign", data, "positive") if files else None,
        None if files else press("It is dealt with", "discard", data, "positive"),
        press("Read it again", "retry", data),
        press("Nothing to do", "discard", data) if files else None,
        spacing="medium",
    )


def _which(screen: LetterCard) -> Iterator[Json]:
    """The audits that it may belong to, and a box for another one. None is chosen beforehand: nothing is guessed."""
    letter, asks = screen.facts, QUESTIONS[screen.facts.asks]
    if letter.candidates:
        choices = ((_candidate(screen, one), one.reference) for one in letter.candidates)
        yield from _asked(
            screen, AUDIT, asks, lambda label: choosing(AUDIT, label, choices, screen.typed.get(AUDIT, ""))
        )
        label = "Another reference"
    else:
        yield from _problem(screen, AUDIT)
        label = f"{asks} Its reference"
    yield from _line_for(screen, OTHER, label)
    yield from _why(screen, "How you know, or why there is nothing to do")


def _candidate(screen: LetterCard, one: Candidate) -> str:
    day = today(screen.now)
    by = "handed in already" if one.submitted else f"due {said(one.due, day, bank_holidays(day))}"
    marks = ("the sender's own" if one.theirs else "", "named in it" if one.named else "")
    return " · ".join(part for part in (one.reference, one.auditor, by, *marks) if part)


def _dealt_with(screen: LetterCard) -> Iterator[Json]:
    asks = screen.facts.asks
    ways = ((title, value) for value, title in WAYS[asks])
    yield from _asked(
        screen, DONE, QUESTIONS[asks], lambda label: choosing(DONE, label, ways, screen.typed.get(DONE, ""))
    )
    yield from _why(screen, "In a line, what was done")


def _why(screen: LetterCard, label: str) -> Iterator[Json]:
    asked = f"{label}. It is kept, and those who were told see it; leave out children's names."
    yield from _line_for(screen, WHY, asked)


def _line_for(screen: LetterCard, field: str, label: str) -> Iterator[Json]:
    typed = screen.typed.get(field, "")
    yield from _asked(
        screen, field, label, lambda says: writing(field, says, typed, lines=False, maxLength=MOST[field])
    )


def _asked(screen: LetterCard, field: str, label: str, draw: Any) -> Iterator[Json]:
    """An input, with what is wrong with it below its label's mark."""
    wrong = screen.problem is not None and screen.problem.field == field
    yield draw(label + _LOOK_HERE * wrong)
    yield from _problem(screen, field)


def _problem(screen: LetterCard, field: str) -> Iterator[Json]:
    if screen.problem and screen.problem.field == field:
        yield text(plain(screen.problem.sentence), color="attention", spacing="small")


# the list


def letter_list_card(screen: LetterList) -> Json:
    """All letters that need a person, oldest first."""
    count = screen.count
    return card(
        heading("Letters that need a person"),
        text("No letter needs a person at the moment.") if not count else None,
        *(_line(screen, one) for one in screen.lines),
        small(f"and {count - len(screen.lines)} more. They move up as these are dealt with.", spacing="medium")
        if count > len(screen.lines)
        else None,
        buttons(press("Look again", "letters", {}), spacing="large"),
    )


def _line(screen: LetterList, one: LetterLine) -> Json:
    holder = f"{plain(one.holder)} has it. " if one.holder else ""
    waits = "It is being read again." if one.in_hand else f"Waits: {_WAITS_FOR[one.asks]}."
    row = buttons(press("Open", "letter", {"letter": one.number}))
    assert row
    sender = plain(shortened(one.sender, 60)) or "no single sender"
    words = [
        text(f"**Letter {one.number} · {plain(one.kind)}**"),
        small(f"Came {clock(one.received_at, screen.now)} from {sender}.", spacing="none"),
        small(f"{holder}{waits}", spacing="none"),
    ]
    return beside(words, [row], separator=True)
