"""Where words and presses go. One reply is one transaction; a refusal inside it still keeps what was said."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from audit import words as meanings
from audit.answers import Audit, Value, done_count
from audit.deadlines import said
from audit.process import Stage
from audit.refusals import Refusal, StaleCard
from desk import access, climbing, councils, lead, showing
from desk.calendar import bank_holidays, today
from dialogs import alerts, asking, concern, finished, letters, requests, scoring
from dialogs.room import Room
from dialogs.scoring import Desk
from dialogs.screens import AuditList, Help, Line, Problem, Say, Screen


def typed(room: Room, text: str) -> Screen:
    """Typed words: a command, a reference to go to, or the answer to what was asked last."""
    words = text.strip()
    if not words:
        return status(room)
    refs = meanings.references(words, room.council.policy.reference_prefix)
    bare = words
    for ref in refs:
        bare = bare.replace(ref, "").replace(ref.lower(), "").strip()
    command = meanings.command(words) or meanings.command(bare)
    if command == "ack":
        return _acknowledge(room, refs)
    if command in ("help", "status"):
        return help_card(room) if command == "help" else status(room)
    if command == "letters":
        return letters.listed(room)
    if (number := letters.named(words)) and letters.is_of_the_team(room):
        return letters.opened(room, number)
    if (asked := requests.typed(room, words, refs)) is not None:
        return asked
    live = _audit_in_hand(room, ())
    about_live = not refs or (live is not None and live.reference in refs)
    audit = live if about_live else _audit_in_hand(room, refs)
    if audit is None:
        return _nothing_open(room, words, refs)
    at = Desk(room.ledger, audit, room.now)
    if command or (refs and not bare):
        return _command(at, command or "resume")
    if refs and (live is None or audit.id != live.id):
        return scoring.words_for_another(at, words)
    return _words(at, words)


def _acknowledge(room: Room, refs: tuple[str, ...]) -> Screen:
    """Typed "ack" is for the one alert that waits. With several, each is shown with its own button: one word must
    not silence an alert that has not been read."""
    waiting = room.ledger.concerns.open_told_to(room.person.id)
    if refs:
        waiting = tuple(one for one in waiting if showing.reference_of(room.ledger, one) in refs)
    if not waiting:
        return Say('There is no alert waiting for you. Type "status" to see what is yours.')
    if len(waiting) > 1:
        return status(room)
    return alerts.acknowledge(room.ledger, room.person, waiting[0].id, room.now)


def pressed(room: Room, verb: str, value: Mapping[str, Any]) -> Screen:
    """A press on a card: whatever was typed on it is kept first, then the verb is done."""
    if verb in letters.VERBS or (verb == "ack" and "letter" in value):
        return letters.pressed(room, verb, value)
    if verb in requests.VERBS:
        return requests.pressed(room, verb, value)
    if verb in ("ack", "show"):
        number = _number(value.get("concern"))
        if verb == "show" and (behind := letters.behind_alert(room, number)):
            return behind
        look = alerts.acknowledge if verb == "ack" else alerts.show
        return look(room.ledger, room.person, number, room.now)
    if verb in ("help", "status"):
        return help_card(room) if verb == "help" else status(room)
    try:
        reference = str(value.get("audit", ""))
        audit = access.audit_of_auditor(room.ledger, room.council, room.person, reference, lock=True)
    except Refusal as refusal:
        typed_words = all_words(value)
        if typed_words:
            _keep(room, typed_words)
        return Say(refusal.sentence)
    at = Desk(room.ledger, audit, room.now)
    step = str(value.get("step", ""))
    if step not in {one.id for one in at.tool.steps}:
        if verb != "answer":
            at, _ = asking.keep(at, value)
        return _press(at, verb, "", value)
    drawn_from = _number(value.get("version"))
    if verb == "save":
        return _saved(at, step, value, drawn_from)
    if verb in ALWAYS:
        return _press(_kept_first(at, step, value, drawn_from), verb, step, value)
    inputs = _inputs(value)
    if not any(inputs.values()) and not at.audit.answer(step).version:
        inputs = {}  # looked at and left: only Save says that an area without an answer is done
    try:
        kept = scoring.keep_inputs(at, step, inputs, drawn_from)
    except Refusal:
        return scoring.onward(at.holding(room.ledger.audits.audit(audit.id)))
    if isinstance(kept, Desk):
        if verb in ("reset", "undo", "not_relevant") and at.audit.answer(step).version != drawn_from:
            return scoring.draw(kept, step, Problem(StaleCard().sentence))
        return _press(kept, verb, step, value)
    return kept


ALWAYS = ("concern", "raise", "confirm", "withdraw")
"""Verbs that are done whatever becomes of the words on the card: a child's safety waits for no stale card."""


def _kept_first(at: Desk, step: str, value: Mapping[str, Any], drawn_from: int) -> Desk:
    """What was typed on the card is kept, beside what stands where it has to be."""
    inputs = _inputs(value)
    if any(inputs.values()) or at.audit.answer(step).version:
        with suppress(Refusal):  # handed in meanwhile: the refusal has kept the differing words
            scoring.keep_inputs(at, step, inputs, drawn_from)
    return at.holding(at.ledger.audits.audit(at.audit.id))


def _saved(at: Desk, step: str, value: Mapping[str, Any], drawn_from: int) -> Screen:
    try:
        return scoring.save(at, step, _inputs(value), drawn_from)
    except Refusal:  # handed in meanwhile: the differing words are kept, and the card says so
        return scoring.onward(at.holding(at.ledger.audits.audit(at.audit.id)))


def _press(at: Desk, verb: str, step: str, value: Mapping[str, Any]) -> Screen:
    """One verb of a live card."""
    if verb in finished.VERBS and at.audit.stage is Stage.SUBMITTED:
        return finished.pressed(at, verb, value)
    if at.audit.stage is Stage.SUBMITTED and verb not in (*ALWAYS, "use", "dismiss"):
        return scoring.review(at)
    match verb:
        case "open":
            return scoring.draw(at, _known_step(at, str(value.get("to", ""))))
        case "back":
            return scoring.back(at, step)
        case "skip":
            return scoring.skip(at, step)
        case "not_relevant":
            return scoring.not_relevant(at, step, sure=bool(value.get("sure")))
        case "reset":
            return scoring.reset(at, step)
        case "undo":
            return scoring.undo(at, step)
        case "pause":
            return scoring.pause(at)
        case "review":
            return scoring.review(at)
        case "submit":
            return scoring.submit(at)
        case "questions":
            return asking.show(at)
        case "answer":
            return asking.save(at, value)
        case "concern":
            return concern.form(at, step)
        case "raise":
            return concern.raise_now(
                at, str(value.get("limb", "")), str(value.get("words", "")), str(value.get("press", ""))
            )
        case "confirm":
            return concern.confirm(at)
        case "withdraw":
            return concern.withdraw(at, _number(value.get("concern")), str(value.get("reason", "")), at.now)
        case "use":
            return scoring.use_kept(at, _number(value.get("kept")), str(value.get("choice", "")))
        case "dismiss":
            return scoring.dismiss_kept(at, _number(value.get("kept")))
        case _:
            return scoring.start(at)


def _known_step(at: Desk, step: str) -> str:
    return step if step in {one.id for one in at.tool.steps} else at.tool.steps[0].id


def _command(at: Desk, command: str) -> Screen:
    """A typed command, about the step that the live card shows."""
    shows = _shows(at)
    step, _, mode = shows.partition("?")
    if step not in {one.id for one in at.tool.steps}:
        step = ""
    if command in ("start", "resume"):
        return scoring.start(at)
    if command == "not_relevant" and step:
        return scoring.not_relevant(at, step, sure=mode == "not_relevant")
    if command in ("reset", "undo", "skip", "back") and not step:
        return scoring.start(at)
    if command == "show":
        return scoring.review(at)
    if command == "withdraw":
        return Say("To withdraw a concern, open the alert on your card and give the reason there.")
    return _press(at, command, step, {})


def _words(at: Desk, words: str) -> Screen:
    shows = _shows(at)
    name, _, mode = shows.partition("?")
    if name == "allocation":
        return scoring.words_before_start(at, words)
    if name == "concern":
        return concern.typed(at, mode, words)
    return scoring.typed(at, shows, words)


def _shows(at: Desk) -> str:
    screen = at.ledger.audits.screen(at.audit.id, at.audit.auditor_id)
    return screen.shows if screen else "allocation"


def _audit_in_hand(room: Room, refs: tuple[str, ...]) -> Audit | None:
    """The audit that words are about: the one named, the one seen last, or the only one that is open."""
    if refs:
        audit = room.ledger.audits.by_reference(refs[0], lock=True)
        return audit if audit and audit.auditor_id == room.person.id else None
    screen = room.ledger.audits.last_screen(room.person.id)
    if screen:
        audit = room.ledger.audits.audit(screen.audit_id, lock=True)
        if audit.auditor_id == room.person.id:
            return audit
    mine = [one for one in room.ledger.audits.of_auditor(room.person.id) if one.stage is not Stage.SUBMITTED]
    return mine[0] if len(mine) == 1 else None


def _nothing_open(room: Room, words: str, refs: tuple[str, ...]) -> Screen:
    """No audit these words could be about: keep them, say so, and say whom to ring if a child may be at risk."""
    command = meanings.command(words)
    if command in ("start", "resume") or (command and command != "concern"):
        return status(room)
    if command == "concern" or meanings.sounds_alarming(words):
        _keep(room, words, urgent=True)
        return Say(_ring(room))
    _keep(room, words)
    if refs:
        return Say(
            f"I cannot find an audit {refs[0]} of yours. Please check the reference; it looks like "
            f"{access.example(room.council)}. I have kept your words."
        )
    return Say(
        f"I have kept your words for {room.council.policy.qa_team}; there is nothing open here that they could answer. "
        'Type "status" to see what is yours, or "help". If a child may be at risk now, phone.'
    )


def _ring(room: Room) -> str:
    """Whom to ring, for somebody who is worried and has no audit to say it on."""
    policy = room.council.policy
    leads = climbing.holders(room.ledger, policy.qa_lead, None)
    role = councils.title(room.council, policy.qa_lead)
    who = f"{leads[0].person.name}, {role}, on {leads[0].person.phone}" if leads else policy.qa_team
    return (
        f"I can raise an alert only on an audit of yours. I have kept your words and told {policy.qa_team}. Please do "
        f"not wait for that: ring {who}, now. Out of hours: {policy.out_of_hours}. This chat is not a referral."
    )


def _keep(room: Room, words: str, urgent: bool = False) -> None:
    """Words that belong to no audit of this person are kept for the QA team."""
    sender = f"person/{room.person.id}"
    lead.keep_words(room.ledger, room.council, words, "unplaced", sender, room.person.id, "teams", room.now, urgent)


def all_words(value: Mapping[str, Any]) -> str:
    """Everything that a person typed or chose on a card, line by line."""
    written = [
        said for key, said in value.items() if (key in ("words", "reason") or key[:2] == "q.") and isinstance(said, str)
    ]
    return "\n".join(str(words) for words in (*_inputs(value).values(), *written) if words)


def _inputs(value: Mapping[str, Any]) -> dict[str, Value]:
    """What was typed on the card: inputs are called "in.FIELD"."""
    return {key[3:]: str(said_) if said_ is not None else "" for key, said_ in value.items() if key.startswith("in.")}


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


# for everyone


def status(room: Room) -> Screen:
    """A person's audits, and the alerts that wait for them."""
    lines = []
    for audit in room.ledger.audits.of_auditor(room.person.id):
        tool = councils.tool_of(room.ledger, audit)
        day = today(room.now)
        due = said(audit.due, day, bank_holidays(day))
        lines.append(Line(audit.reference, due, done_count(tool, audit), len(tool.steps), audit.stage.value))
    waiting = tuple(
        showing.alert_facts(room.ledger, one, room.person.id)
        for one in room.ledger.concerns.open_told_to(room.person.id)
    )
    return AuditList(room.council, tuple(lines), waiting, letters.waiting(room))


def help_card(room: Room, first_time: bool = False) -> Screen:
    """What can be said here, and whom to ask (A12)."""
    leads = climbing.holders(room.ledger, room.council.policy.qa_lead, None)
    contact = leads[0].person if leads else None
    has_audits = bool(room.ledger.audits.of_auditor(room.person.id))
    return Help(room.council, room.person, contact, has_audits, first_time, letters.is_of_the_team(room))
