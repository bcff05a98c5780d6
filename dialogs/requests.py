"""How somebody asks for an audit, and how it is decided about; and what else is told in typed words (B03, H08, J01)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit import wishes
from audit import words as meanings
from audit.process import Stage
from audit.refusals import NotALaterDay, NotQuiteDone, Refusal, TooManyRequests, WhichCase
from audit.wishes import What
from desk import access, actions, councils, disagreements, lead, requests
from dialogs.room import Room
from dialogs.screens import Problem, RequestCard, RequestForm, Say, Screen
from storage.requests import RequestState

VERBS = ("request", "ask_audit", "request_words", "request_accept", "request_decline", "request_later")
CASE, REASON, WORDS, WHY, UNTIL = "case", "reason", "words", "why", "until"
"""The inputs of the two cards."""
MOST: Mapping[str, int] = {CASE: 100, WORDS: 1200, WHY: 400, UNTIL: 40}
"""Characters that each may have, so that a card with all of them can be sent."""
_STATES = {
    "request_accept": RequestState.ACCEPTED,
    "request_decline": RequestState.DECLINED,
    "request_later": RequestState.LATER,
}


def form(room: Room, typed: Mapping[str, str] | None = None, problem: Problem | None = None) -> Screen:
    """*Ask for an audit*: the case's ID and the reasons that the council gives (B04). Words that are too long for the
    card are kept whole for a person."""
    said = dict(typed or {})
    if len(said.get(WORDS, "")) > MOST[WORDS]:
        _keep(room, said[WORDS])
    return RequestForm(room.council, _fitting(said), problem)


def _fitting(typed: Mapping[str, str]) -> dict[str, str]:
    return {field: words[: MOST.get(field, len(words))] for field, words in typed.items()}


def pressed(room: Room, verb: str, value: Mapping[str, Any]) -> Screen:
    """A press on either card. What was typed is still there where something is in the way."""
    typed = {key: str(value.get(key) or "").strip() for key in (CASE, REASON, WORDS, WHY, UNTIL)}
    if verb == "request":
        return form(room)
    if verb == "ask_audit":
        return _ask(room, typed)
    number = _number(value.get("request"))
    try:
        if verb == "request_words":
            found = requests.words_of(room.ledger, room.council, room.person, number)
            return _card(room, number, words=found or ("Nothing was written beside it.",))
        return _decide(room, number, _STATES[verb], typed)
    except Refusal as refusal:
        if refusal.field and requests.may_decide(room.ledger, room.council, room.person):
            return _card(room, number, problem=Problem(refusal.sentence, refusal.field), typed=typed)
        return Say(refusal.sentence)


def _ask(room: Room, typed: Mapping[str, str]) -> Screen:
    try:
        found = wishes.numbers(typed[CASE])
        if len(found) != 1 or meanings.plain(typed[CASE]).upper() != found[0]:
            raise WhichCase(field=CASE)
    except WhichCase as refusal:
        if typed[CASE]:
            _keep(room, typed[CASE])  # perhaps a name: a person finds out whose
        return form(room, {**typed, CASE: ""}, Problem(refusal.sentence, CASE))
    if not typed[REASON] or (typed[REASON] == wishes.OTHER and not typed[WORDS]):
        sentence = "Please choose a reason." if not typed[REASON] else "Please say in a line why; leave names out."
        return form(room, typed, Problem(sentence, REASON if not typed[REASON] else WORDS))
    return _asked(room, found[0], typed[REASON], typed[WORDS])


def _asked(room: Room, case_id: str, reason: str, words: str) -> Screen:
    _hurry(room, words)
    try:
        asked = requests.ask(room.ledger, room.council, room.person, case_id, reason, words, room.now, "teams")
    except TooManyRequests as refusal:
        return form(room, {CASE: case_id, REASON: reason, WORDS: words}, Problem(refusal.sentence, CASE))
    role = councils.title(room.council, room.council.policy.asking.decides)
    if not asked.is_new:
        return Say(f"You have asked for case {case_id} before, as request {asked.request.id}, so nothing was added.")
    return Say(
        f"Thank you. This is request {asked.request.id}: that case {case_id} be audited. The {role} decides, and you "
        "will hear. Nothing has been allocated by this."
    )


def _decide(room: Room, number: int, state: RequestState, typed: Mapping[str, str]) -> Screen:
    until = meanings.day(typed[UNTIL]) if typed[UNTIL] and state is RequestState.LATER else None
    if typed[UNTIL] and state is RequestState.LATER and until is None:
        raise NotALaterDay(day=typed[UNTIL][:40], field=UNTIL)
    requests.decide(room.ledger, room.council, room.person, number, state, room.now, typed[WHY], until)
    return _card(room, number)


def _card(
    room: Room,
    number: int,
    words: tuple[str, ...] = (),
    problem: Problem | None = None,
    typed: Mapping[str, str] | None = None,
) -> Screen:
    request = requests.find(room.ledger, number)
    facts = requests.facts(room.ledger, request)
    return RequestCard(facts, room.council, room.now, words, problem, _fitting(typed or {}))


# typed words


def typed(room: Room, words: str, refs: tuple[str, ...]) -> Screen | None:
    """A request, an action that is done or a disagreement in so many words; None where it is none of them.

    Words about an audit that its auditor still has in hand are an answer to what was asked.
    """
    if meanings.command(words) == "request":
        return form(room)
    called = (room.council.words.audit, room.council.words.audits)
    found = wishes.wish("", words, called) or wishes.wish("", _bare(words, refs), called)
    if found is None or len(refs) > 1:
        return None
    if found.what is What.REQUEST and meanings.plain(words).startswith("request"):
        only = wishes.asks_only(words, called)
        return _typed_request(room, words, only) if only or not _answers(room) else None
    if not refs:
        return _which(room) if found.what is What.DISAGREEMENT and meanings.command(words) == "disagree" else None
    if _in_hand(room, refs[0]) or (_answers(room) and not wishes.is_about_its_reference(words)):
        return None
    try:
        if found.what is What.ACTION:
            return _action_done(room, refs[0], found, words)
        if found.what is What.DISAGREEMENT:
            return _disagreed(room, refs[0], words)
    except Refusal as refusal:
        _keep(room, words)
        return Say(f"{refusal.sentence} I have kept your words for {room.council.policy.qa_team}.")
    return None


def _bare(words: str, refs: tuple[str, ...]) -> str:
    for ref in refs:
        words = words.replace(ref, "").replace(ref.lower(), "")
    return words.strip()


def _typed_request(room: Room, words: str, only: bool) -> Screen:
    """The form with what the words say in it: more than the bare request stands on the line, and may be urgent."""
    line = "" if only else words
    _hurry(room, line)
    try:
        case_id = requests.case_in(words)
    except WhichCase:
        return form(room, {WORDS: line})
    reason = wishes.reason_of(words, room.council.policy.asking.reasons)
    return form(room, {CASE: case_id, REASON: reason, WORDS: line})


def _answers(room: Room) -> bool:
    """Whether this person is in the middle of an audit: then a sentence that begins so may be their answer."""
    seen = room.ledger.audits.last_screen(room.person.id)
    audit = room.ledger.audits.audit(seen.audit_id) if seen else None
    return audit is not None and audit.auditor_id == room.person.id and audit.stage is not Stage.SUBMITTED


def _which(room: Room) -> Screen:
    return Say(
        "With which audit do you disagree, and about what? Please type it in one line, such as “I disagree with "
        f"{access.example(room.council)}: the plan was followed up”. It is kept with the audit, and I say whom to ring."
    )


def _in_hand(room: Room, reference: str) -> bool:
    """Whether it is an audit that this person is still answering: then their words are an answer."""
    audit = room.ledger.audits.by_reference(reference)
    return audit is not None and audit.auditor_id == room.person.id and audit.stage is not Stage.SUBMITTED


def _action_done(room: Room, reference: str, found: wishes.Wish, words: str) -> Screen:
    if not found.plain:
        raise NotQuiteDone(example=access.example(room.council))
    done = actions.report_done(
        room.ledger, room.council, room.person, reference, found.actions, words, room.now, "teams"
    )
    _hurry(room, words)
    numbers = " and ".join(str(one.number) for one in done)
    which = f"action{'s' * (len(done) > 1)} {numbers} of {reference} {'are' if len(done) > 1 else 'is'} done"
    before = "I had noted before" if all(one.again for one in done) else "Thank you. I have noted"
    reads = " ".join(f"Action {one.number} reads: {one.says}" for one in done if one.says)
    return Say(f"{before} that you say that {which}. Your words are kept with the audit. {reads}".strip())


def _disagreed(room: Room, reference: str, words: str) -> Screen:
    heard = disagreements.disagree(room.ledger, room.council, room.person, reference, words, room.now, "teams")
    _hurry(room, words)
    return Say(" ".join((f"Thank you. Your words are kept with {reference}.", *heard.says)))


def _hurry(room: Room, words: str) -> None:
    """Words that sound alarming hurry a person, whatever else became of them."""
    if meanings.sounds_alarming(words):
        _keep(room, words)


def _keep(room: Room, words: str) -> None:
    who = f"person/{room.person.id}"
    lead.keep_words(room.ledger, room.council, words, "unplaced", who, room.person.id, "teams", room.now)


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
