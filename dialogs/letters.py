"""Letters that need a person: the QA team's list, a card for each with one question, and what they decide (G02).

What is decided is done by `desk/post_queue.py`, as on the keyboard. Nothing is done from a card that is behind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from audit.answers import Audit
from audit.notices import Asks, LetterFacts
from audit.refusals import CannotAcknowledge, NotOfTheTeam, ReasonNeeded
from audit.words import references
from desk import access, concerns, lead, letter_cards, post_queue
from desk.post_queue import NotWaiting
from dialogs.room import Room
from dialogs.screens import LetterCard, LetterList, Problem, Say, Screen

VERBS = ("letters", "letter", "assign", "retry", "discard")
"""Verbs of the list and of a letter's card; *Acknowledge* is the alert's own."""
MOST_LETTERS = 10
AUDIT, OTHER, DONE, WHY = "letter.audit", "letter.other", "letter.done", "letter.why"
"""What the inputs of a letter's card are called."""
MOST: Mapping[str, int] = {AUDIT: 40, OTHER: 100, WHY: 1000}
"""Characters that a card shows of each, so that it can be sent."""
WAYS: Mapping[Asks, tuple[tuple[str, str], ...]] = {
    Asks.READ: (
        ("answered", "Yes, its writer has an answer"),
        ("nothing to answer", "Yes, it was read, and nothing was left to answer"),
    ),
    Asks.AGAIN: (
        ("asked again", "I have asked for it again"),
        ("read", "I have read it myself, and dealt with it"),
    ),
}
"""How a letter may have been dealt with, where that is what is asked."""
_NAMED = re.compile(r"\W*(?:letter|post)\s+#?([0-9]{1,9})\W*", re.IGNORECASE)
_STALE = "Something was done about this letter after that card was drawn, so I changed nothing. It stands as you see."


def named(words: str) -> int:
    """The letter that typed words ask for by its number ("letter 12"), or 0."""
    found = _NAMED.fullmatch(words)
    return int(found[1]) if found else 0


def is_of_the_team(room: Room) -> bool:
    """Whether this person may see letters that wait (L02)."""
    return post_queue.may_deal(room.ledger, room.council, room.person)


def behind_alert(room: Room, concern_id: int) -> Screen | None:
    """What an alert about a letter opens for those who may deal with it: its card, or the list where it stands for
    many. Nothing for all other alerts and people."""
    try:
        concern = room.ledger.concerns.concern(concern_id)
    except LookupError:
        return None
    if concern.letter_id is None or not is_of_the_team(room):
        return None
    return listed(room) if concern.gathers else opened(room, concern.letter_id)


def waiting(room: Room) -> int:
    """How many letters wait, for those who may know it."""
    return letter_cards.count(room.ledger) if is_of_the_team(room) else 0


def listed(room: Room) -> Screen:
    """All that wait, oldest first."""
    if not is_of_the_team(room):
        return _refused(room)
    count = letter_cards.count(room.ledger)
    return LetterList(room.council, letter_cards.lines(room.ledger, room.council, MOST_LETTERS), count, room.now)


def opened(room: Room, number: int) -> Screen:
    """The card of one letter, as it stands."""
    return _shown(room, number) if is_of_the_team(room) else _refused(room)


def pressed(room: Room, verb: str, value: Mapping[str, Any]) -> Screen:
    """A press on the list or on a letter's card. What was typed is still there, unless the letter is dealt with."""
    typed = {key: " ".join(str(value.get(key) or "").split()) for key in (AUDIT, OTHER, DONE, WHY)}
    if not is_of_the_team(room):
        if typed[WHY]:
            who = f"person/{room.person.id}"
            lead.keep_words(room.ledger, room.council, typed[WHY], "unplaced", who, room.person.id, "teams", room.now)
        return _refused(room)
    if verb == "letters":
        return listed(room)
    number = _number(value.get("letter"))
    try:
        post_queue.one_waiting(room.ledger, number, lock=True)
    except NotWaiting:
        return _shown(room, number, "That was settled before your press, so I changed nothing." * (verb != "letter"))
    if verb == "letter":
        return _shown(room, number)
    if verb == "ack":
        return _shown(room, number, _acknowledged(room, number), typed=typed)
    if _number(value.get("drawn")) != post_queue.drawn(room.ledger, number):
        return _shown(room, number, _STALE, typed=typed)
    if verb == "retry":
        post_queue.retry(room.ledger, number, room.person, room.now, typed[WHY])
        return _shown(room, number)
    problem = _assigned(room, number, typed) if verb == "assign" else _discarded(room, number, typed)
    return _shown(room, number, problem=problem, typed=typed if problem else {})


def note_card(room: Room, screen: Screen, activity_id: str) -> None:
    """This activity of the person's chat shows the screen: a letter's card is drawn again when it is dealt with."""
    if isinstance(screen, LetterCard | LetterList):
        facts = screen.facts if isinstance(screen, LetterCard) else None
        letter_cards.note_card(room.ledger, room.council, room.person.id, activity_id, facts, room.now)


# what is decided


def _assigned(room: Room, number: int, typed: Mapping[str, str]) -> Problem | None:
    """*File it for this audit*: the letter is read again for that audit. What is in the way, if anything is."""
    audit = _audit(room, typed)
    if isinstance(audit, Problem):
        return audit
    try:
        post_queue.assign(room.ledger, number, audit, room.person, typed[WHY], room.now)
    except ReasonNeeded as refusal:
        return Problem(refusal.sentence, WHY)
    return None


def _audit(room: Room, typed: Mapping[str, str]) -> Audit | Problem:
    """The audit that was chosen or written; never a guess between two."""
    written = references(typed[OTHER], room.council.policy.reference_prefix)
    if typed[OTHER] and len(written) != 1:
        return Problem(f"Please write one reference, such as {access.example(room.council)}.", OTHER)
    meant = set(written) | ({typed[AUDIT]} if typed[AUDIT] else set())
    if not meant:
        return Problem("Please choose an audit, or write its reference. Nothing is filed until you do.", AUDIT)
    if len(meant) > 1:
        return Problem(f"You chose {typed[AUDIT][:40]} and wrote {written[0]}. Please leave only one of them.", OTHER)
    found = room.ledger.audits.by_reference(meant.pop())
    return found or Problem(f"No audit has that reference. One looks like {access.example(room.council)}.", OTHER)


def _discarded(room: Room, number: int, typed: Mapping[str, str]) -> Problem | None:
    """*Nothing to do*, or how it was dealt with: its alert ends. What is in the way, if anything is."""
    ways = dict(way for some in WAYS.values() for way in some)
    how = ways.get(typed[DONE], "").removeprefix("Yes, ")
    why = ". ".join(part for part in (how[:1].upper() + how[1:], typed[WHY]) if part)
    try:
        post_queue.discard(room.ledger, number, room.person, why, room.now)
    except ReasonNeeded as refusal:
        asked = letter_cards.facts(room.ledger, room.council, number, room.person.id, room.now).asks
        if asked in WAYS:
            return Problem("Please choose one, or say in a line what was done. Until then it waits.", DONE)
        return Problem(refusal.sentence, WHY)
    return None


def _acknowledged(room: Room, number: int) -> str:
    """Who has it: as on any alert. What to answer."""
    concern = next(iter(room.ledger.concerns.of_letter(number)), None)
    if concern is None:
        return ""
    try:
        heard = concerns.acknowledge(room.ledger, concern, room.person.id, room.now, "teams")
    except CannotAcknowledge as refusal:
        return refusal.sentence
    # This very card is the answer to the press: drawn again by the news, it would lose what is typed on it.
    room.ledger.obligations.cancel_notices(f"concern/{concern.id}/acknowledged/to/{room.person.id}/teams")
    return heard.sentence


# what is shown


def _shown(
    room: Room, number: int, sentence: str = "", problem: Problem | None = None, typed: Mapping[str, str] | None = None
) -> Screen:
    facts: LetterFacts
    try:
        facts = letter_cards.facts(room.ledger, room.council, number, room.person.id, room.now)
    except NotWaiting:
        return Say(f'No letter {number} needs a person. Type "letters" to see those that do.')
    shown = {field: words[: MOST.get(field, len(words))] for field, words in (typed or {}).items()}
    return LetterCard(facts, room.council, room.now, sentence, problem, shown)


def _refused(room: Room) -> Screen:
    """The same whether there is such a letter or none: nothing is learnt (L02)."""
    return Say(NotOfTheTeam(qa_team=room.council.policy.qa_team).sentence)


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
