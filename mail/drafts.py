"""What each kind of letter says: from a notice to a title and the words that its template needs.

Title, subject and first lines hold a reference, a kind and a time, and nothing of what was found (B07, L01).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote

from audit.council import Council
from audit.deadlines import clock, said
from audit.escalation import ConcernState
from audit.notices import (
    AlertFacts,
    AuditFacts,
    CompletedFacts,
    Notice,
    PlainFacts,
    ReceiptFacts,
    ReplyFacts,
    ToldLine,
)
from audit.people import Person
from desk.calendar import bank_holidays, today
from desk.councils import title as role_title
from documents import blank_tool, completed_tool, letter_form, look
from mail import finished


@dataclass(frozen=True, slots=True)
class File:
    """An attachment. Its name is a reference and nothing else."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter before it is set: `title` is its subject too. `answers`: the Message-ID of the letter it answers."""

    title: str
    words: Mapping[str, object] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    answers: str = ""
    urgent: bool = False


def draft(notice: Notice) -> Draft:
    """The letter for a notice. Raises KeyError for a kind that mail does not carry."""
    return _KINDS[notice.kind](notice)


def _allocation(notice: Notice) -> Draft:
    facts, council = _audit(notice), notice.council
    words = {
        "worker_role": council.words.worker,
        "worker": _phone(facts.worker),
        "since": _long(facts.period_from),
        "facts": _facts(notice, facts),
        "copied": facts.worker.name if facts.worker and notice.cc else "",
        "auditor": facts.auditor.name,
        "form": tuple(_form(facts)),
    }
    tool = blank_tool.make(
        facts.tool,
        council.guide(facts.tool),
        council.words,
        council.policy.name,
        facts.audit.reference,
        facts.audit.case_id,
        facts.auditor.name,
        _long(facts.due),
        council.policy.qa_address,
    )
    title = f"{facts.audit.reference}: {council.words.audit}, due {_due(notice, facts.due)}"
    return Draft(title, words, (File(f"{facts.audit.reference}.docx", tool),))


def _form(facts: AuditFacts) -> Iterable[dict[str, object]]:
    headings = {letter_form.heading(step) for step in facts.tool.steps}
    for line in letter_form.lines(facts.tool, facts.audit.reference):
        yield {"words": line, "is_heading": line in headings, "is_box": line.startswith(letter_form.BOX)}


def _moderator(notice: Notice) -> Draft:
    facts = _audit(notice)
    rows = (*_facts(notice, facts), ("Auditor", f"{facts.auditor.name}, {facts.auditor.phone}"))
    title = f"{facts.audit.reference}: {notice.council.words.audit} for you to moderate, due {_due(notice, facts.due)}"
    return Draft(title, {"facts": rows})


def _facts(notice: Notice, facts: AuditFacts) -> tuple[tuple[str, str], ...]:
    rows = [("Due", _due(notice, facts.due)), ("Case", facts.audit.case_id), ("Tool", facts.tool.title)]
    if facts.moderator and facts.moderator != notice.to:
        rows.append(("Moderator", f"{facts.moderator.name}, {facts.moderator.phone}"))
    return tuple(rows)


# alerts


def _alert(notice: Notice) -> Draft:
    facts = notice.facts
    assert isinstance(facts, AlertFacts)
    stoppers = either(line.role for line in facts.told if line.may_stop)
    words = {
        "acknowledge": _mailto(notice, "ACK", facts.reference),
        "may_stop": facts.may_stop,
        "not_yours": f"Your answer will be noted, but the alert goes on until {stoppers} acknowledges it.",
        "not_a_referral": _not_a_referral(facts),
        "ring": _tel(facts.ring_name, facts.ring_phone) if facts.ring_phone else None,
        "raised": _raised(notice, facts),
        "also": tuple(_also(notice, facts)),
        "told": tuple(_told(notice, line) for line in facts.told),
        "next": _next(notice, facts),
        "look_here": _look_here(notice, facts),
    }
    start = "Please acknowledge" if facts.about_letter else "Immediate escalation"
    return Draft(f"{start} · {facts.reference} · {facts.kind}", words, urgent=True)


def _not_a_referral(facts: AlertFacts) -> str:
    if facts.about_letter:
        return "If it says that a child may be at risk, phone. This alert is not a referral."
    return "This alert is not a referral. Please phone as well."


def _raised(notice: Notice, facts: AlertFacts) -> str:
    at, to = clock(facts.raised_at, notice.now), f", to you as {facts.to_role}" if facts.to_role else ""
    if facts.about_letter:
        inbox = notice.council.policy.qa_address
        return f"A letter that needs a person came to {inbox}. This alert was raised at {at}{to}."
    by = f"by the {facts.raised_role}, {facts.raised_by}, " if facts.raised_by else ""
    return f"Raised {by}at {at}{to}."


def _also(notice: Notice, facts: AlertFacts) -> Iterable[str]:
    if not facts.confirmed:
        yield "It is not yet confirmed by the auditor."
    if facts.repeated:
        yield f"This is sent again: it still waits, since {clock(facts.raised_at, notice.now)}."
    if facts.gap:
        yield f"Nobody is listed as {facts.gap}, so others were told instead."


def _told(notice: Notice, line: ToldLine) -> dict[str, str]:
    """Who was told, how it went, and whether they have it."""
    reader = notice.to is not None and line.name == notice.to.name
    who = f"You, as {line.role}" if reader else f"{line.name}, {line.role}"
    at = clock(line.told_at, notice.now)
    says = f"Told at {at}" if reader else _reached(line, at)
    if line.acknowledged_at:
        says += f"; acknowledged at {clock(line.acknowledged_at, notice.now)}"
    else:
        says += "; not yet acknowledged" if line.may_stop else "; for information"
    return {"who": who, "says": says}


_CHANNEL = {"teams": "Teams", "mail": "mail"}


def _reached(line: ToldLine, at: str) -> str:
    """How a notice reached somebody, as far as we know: sent is not read, and on its way is not sent."""
    by = {state: [_CHANNEL[channel] for channel, was in line.by if was == state] for _channel, state in line.by}
    parts = [f"told at {at} by {both(by['sent'])}"] if "sent" in by else []
    if "waiting" in by:
        parts.append(f"on its way by {both(by['waiting'])}" + ("" if parts else f" since {at}"))
    if "gave_up" in by:
        parts.append(f"not delivered by {both(by['gave_up'])}")
    says = ", ".join(parts) or f"told at {at}"
    return says[0].upper() + says[1:]


def _next(notice: Notice, facts: AlertFacts) -> str:
    if facts.next_at is None:
        return "Nobody else will be told."
    roles = tuple(dict.fromkeys(facts.next_roles))
    again = all(role in {line.role for line in facts.told} for role in roles)
    verb, how = "is" if len(roles) == 1 else "are", "again" if again else "too"
    who = both(_the(role) for role in roles)
    return f"If nobody has acknowledged by {clock(facts.next_at, notice.now)}, {who} {verb} told {how}."


def _look_here(notice: Notice, facts: AlertFacts) -> str:
    if facts.about_letter:
        return (
            "What it says is not in this mail. The letter lies in the mailbox, in the folder needs-a-person; please "
            "look at it now and answer whoever wrote it."
        )
    return (
        "What was recorded is not in this mail. To read it, open this alert in Teams and press Show what was recorded."
    )


def _ended(notice: Notice) -> Draft:
    facts = notice.facts
    assert isinstance(facts, AlertFacts)
    at = clock(facts.stopped_at, notice.now) if facts.stopped_at else ""
    if facts.state is ConcernState.WITHDRAWN:
        by = f"by {facts.raised_by}, who had raised it" if facts.raised_by else ""
        when = " ".join(part for part in (f"at {at}" if at else "", by) if part)
        says = f"This alert was withdrawn {when}. You need do nothing more about it."
        if facts.about_letter:
            says = f"{facts.reference} has been dealt with {when}. You need do nothing more about it."
        also = ("A reason was given and is kept with the record.",)
        return Draft(f"Withdrawn · {facts.reference} · {facts.kind}", {"says": says, "also": also})
    who = "you" if notice.to and notice.to.name == facts.stopped_by else facts.stopped_by
    says = f"Acknowledged {f'at {at} ' if at else ''}by {who or 'somebody who may'}. Nobody else will be rung about it."
    also = ("An acknowledgement is not a referral. What is to be done for the child still needs doing.",)
    if facts.about_letter:
        also = ("The letter still lies in the mailbox, in the folder needs-a-person, until somebody has answered it.",)
    return Draft(f"Acknowledged · {facts.reference} · {facts.kind}", {"says": says, "also": also})


def _completed(notice: Notice) -> Draft:
    facts, council = notice.facts, notice.council
    assert isinstance(facts, CompletedFacts)
    audit, words = facts.audit.audit, council.words
    as_of = f"at {clock(notice.now)} on {_long(today(notice.now))}"
    also = []
    if not audit.submitted_at:
        also.append("The auditor has not handed it in yet, so it may still change.")
    if facts.remedial:
        also.append("What gave cause for it stands first in the file; what needs doing stands under Actions.")
    also.append(f"Please add what you decide to {words.case_system}. This mail is not a referral.")
    tool = completed_tool.make(facts.audit.tool, words, council.policy.name, audit, facts.audit.auditor.name, as_of)
    return Draft(
        f"{audit.reference} · {facts.kind} · {words.tool} to read",
        {
            "says": f"The {words.tool} for {audit.reference} is attached, as it stood {as_of}. It comes to you as "
            f"{facts.to_role}. If you are asked to act at once, an alert comes to you as well.",
            "also": tuple(also),
            "facts": (
                ("Case", audit.case_id),
                ("Auditor", f"{facts.audit.auditor.name}, {facts.audit.auditor.phone}"),
            ),
        },
        (File(f"{audit.reference}.docx", tool),),
    )


def _finished(notice: Notice) -> Draft:
    title, words, name, pdf = finished.letter(notice)
    return Draft(title, words, (File(name, pdf),))


# answers to letters


def _receipt(notice: Notice) -> Draft:
    facts, council = notice.facts, notice.council
    assert isinstance(facts, ReceiptFacts)
    twice = f"The same letter came {facts.copies} times; it was filed once."
    marks = _marks(council)
    came = "your answers" if facts.reply else "received"
    return Draft(
        f"{facts.reference}: {came}, {'please confirm' if facts.to_confirm else _in_short(facts)}",
        {
            "says": _arrived(facts, council),
            "state": _state(facts),
            "to_confirm": facts.to_confirm,
            "confirm": _mailto(notice, "CONFIRM", facts.reference),
            "also": (twice,) if facts.copies > 1 else (),
            "beside": facts.beside,
            "taken": facts.taken,
            "unclear": facts.unclear,
            "rows": [
                {"area": row.area, "field": row.field, "read": row.read, "note": row.note, "mark": marks.get(row.read)}
                for row in facts.rows
            ],
            "questions": facts.questions,
            "how": _how_to_answer(council) if facts.questions else "",
            "more": facts.more,
            "next": _after_receipt(notice, facts),
        },
        answers=facts.in_reply_to,
    )


def _arrived(facts: ReceiptFacts, council: Council) -> str:
    words = council.words
    if facts.reply:
        taken = f"I have taken {_count(len(facts.taken), 'answer')} from it" if facts.taken else "I have taken nothing"
        again = ", and say below what I could not take and why" if facts.unclear else ""
        return f"Your mail about {facts.reference} has arrived. {taken}{again}."
    if facts.again:
        return (
            f"Your {words.tool} for {facts.reference} has arrived, and I had this one already: it is the same file, so "
            "nothing was changed by it."
        )
    read = f"{facts.areas_read} of {facts.area_count} {words.areas}"
    return f"Your {words.tool} for {facts.reference} has arrived, and I read {read}."


def _marks(council: Council) -> dict[str, str]:
    """The mark beside each grade's word: it differs in shape, so that nobody has to tell grades by colour."""
    choices = (choice for scale in council.scales.scales.values() for choice in scale.choices)
    return {choice.label: look.MARKS[choice.shape] for choice in choices if look.MARKS[choice.shape]}


def _in_short(facts: ReceiptFacts) -> str:
    if facts.submitted:
        return "complete and handed in"
    return f"{_count(_left(facts), 'question')} left" if _left(facts) else "thank you"


def _left(facts: ReceiptFacts) -> int:
    return facts.still_open or len(facts.questions)


_FURTHER_DOWN = "Grades stand further down, so that they do not show in the preview of this mail."


def _state(facts: ReceiptFacts) -> str:
    """What has become of it. Long enough on purpose: what was read must not show in a preview (L01)."""
    if facts.submitted:
        finished = "" if facts.to_confirm else "; you need do nothing more"
        return (
            f"It is complete and has been handed in{finished}. Please compare what I read with what you meant. If "
            f"anything is wrong, reply and say so, and somebody will put it right with you. {_FURTHER_DOWN}"
        )
    if facts.late:
        return (
            f"{facts.late} If something has to change, reply to this mail and say so in your own words, and somebody "
            f"will look at it with you. {_FURTHER_DOWN}"
        )
    if not _left(facts):
        return (
            "Nothing is missing, and it is not handed in yet: please look it through in Teams and press Hand in there. "
            f"Nothing that you had said before was overwritten, and all that you have said is saved. {_FURTHER_DOWN}"
        )
    left = _left(facts)
    return (
        f"It is not handed in yet: {_count(left, 'question')} {'is' if left == 1 else 'are'} left, below. Nothing that "
        "you had said before was overwritten, and all that you have said is saved; you can stop and go on whenever you "
        f"like. {_FURTHER_DOWN}"
    )


def _after_receipt(notice: Notice, facts: ReceiptFacts) -> str:
    if facts.submitted or facts.late:
        return f"{notice.council.policy.qa_team[0].upper()}{notice.council.policy.qa_team[1:]} takes it from here."
    due = f" It is due {_due(notice, facts.due)}." if facts.due else ""
    if not _left(facts):
        return f"Hand it in in Teams when you are ready.{due}"
    return f"Answer in Teams, or put the answers into the {notice.council.words.tool} and send it again.{due}"


def _how_to_answer(council: Council) -> str:
    """How a reply answers by number, with grades of the council's own."""
    labels = [choice.label.lower() for scale in council.scales.scales.values() for choice in scale.choices]
    such_as = ", ".join(f"{number} {label}" for number, label in enumerate(labels[1:3], 1))
    return (
        f"The quickest way: reply to this mail with each number and its answer, such as “{such_as}”. Give answers in "
        "words a line each. You need not answer all of them now."
    )


def _reply(notice: Notice) -> Draft:
    facts = notice.facts
    assert isinstance(facts, ReplyFacts)
    title = f"{facts.reference}: about your message" if facts.reference else "About your message"
    return Draft(title, {"says": facts.sentence}, answers=facts.in_reply_to)


def _alarm(notice: Notice) -> Draft:
    facts = notice.facts
    assert isinstance(facts, PlainFacts)
    return Draft(facts.title, {"lines": facts.lines}, urgent=notice.kind == "alarm")


_KINDS: dict[str, Callable[[Notice], Draft]] = {
    "allocation": _allocation,
    "moderator": _moderator,
    "alert": _alert,
    "ended": _ended,
    "completed": _completed,
    "finished": _finished,
    "receipt": _receipt,
    "reply": _reply,
    "alarm": _alarm,
    "news": _alarm,
}


# in every letter


def common(notice: Notice) -> dict[str, object]:
    """The words at the foot of every letter: whom to turn to."""
    council = notice.council
    lead = None
    if notice.lead and notice.to and notice.lead.person != notice.to and notice.lead.person.phone:
        role = role_title(council, notice.lead.role)
        lead = {**_tel(notice.lead.person.name, notice.lead.person.phone), "role": role}
    return {
        "council": council.policy.name,
        "qa_team": council.policy.qa_team,
        "out_of_hours": council.policy.out_of_hours,
        "lead": lead,
        "words": council.words,
    }


def _audit(notice: Notice) -> AuditFacts:
    assert isinstance(notice.facts, AuditFacts)
    return notice.facts


def _mailto(notice: Notice, word: str, reference: str) -> str:
    """A new letter that says the word, with the notice's number in its subject: a link cannot make a reply."""
    subject = f"{word} {reference} (notice {notice.number})"
    return f"mailto:{quote(notice.council.policy.qa_address, safe='@')}?subject={quote(subject)}&body={word}"


def _phone(person: Person | None) -> dict[str, str] | None:
    return _tel(person.name, person.phone) if person else None


def _tel(name: str, phone: str) -> dict[str, str]:
    return {"name": name, "phone": phone, "tel": "tel:" + re.sub(r"[^\d+]", "", phone)}


def _due(notice: Notice, day: date) -> str:
    return said(day, today(notice.now), bank_holidays(day))


def _long(day: date) -> str:
    return f"{day:%a} {day.day} {day:%B %Y}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _the(role: str) -> str:
    return f"the {role}"


def either(roles: Iterable[str]) -> str:
    """Roles of which one is enough: "the head of service or the director"."""
    return " or ".join(_the(role) for role in dict.fromkeys(roles)) or "somebody who may"


def both(names: Iterable[str]) -> str:
    """Names in a row: "Teams and mail"."""
    found = list(names)
    return ", ".join(found[:-1]) + " and " + found[-1] if len(found) > 1 else "".join(found)


def council_name(council: Council) -> str:
    """Who a letter is from, as mail programs show it."""
    return f"{council.policy.name} {council.policy.qa_team.removeprefix('the ')}"
