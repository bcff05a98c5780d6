"""What each kind of letter says: from a notice to a title and the words that its template needs.

Title, subject and first lines hold a reference, a kind and a time, and nothing of what was found (B07, L01).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from audit.council import Council
from audit.deadlines import clock
from audit.notices import AuditFacts, CompletedFacts, Notice, PlainFacts, RequestFacts
from desk.calendar import today
from desk.councils import title as role_title
from documents import blank_tool, completed_tool, letter_form
from mail import finished
from mail.draft_alerts import alert, ended
from mail.draft_parts import Draft, File, as_label, due_in, long_day, tel
from mail.draft_receipts import receipt, reply


def draft(notice: Notice) -> Draft:
    """The letter for a notice. Raises KeyError for a kind that mail does not carry."""
    return _KINDS[notice.kind](notice)


def _allocation(notice: Notice) -> Draft:
    facts, council = _audit(notice), notice.council
    words = {
        "first": council.words.first_steps(_contact(facts)),
        "since": long_day(facts.period_from),
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
        long_day(facts.due),
        council.policy.qa_address,
    )
    title = f"{facts.audit.reference}: {council.words.audit}, due {due_in(notice, facts.due)}"
    return Draft(title, words, (File(f"{facts.audit.reference}.docx", tool),))


def _contact(facts: AuditFacts) -> str:
    return f"{facts.worker.name}, {facts.worker.phone}" if facts.worker else ""


def _form(facts: AuditFacts) -> Iterable[dict[str, object]]:
    headings = {letter_form.heading(step) for step in facts.tool.steps}
    for line in letter_form.lines(facts.tool, facts.audit.reference):
        yield {"words": line, "is_heading": line in headings, "is_box": line.startswith(letter_form.BOX)}


def _moderator(notice: Notice) -> Draft:
    facts = _audit(notice)
    rows = (
        *_facts(notice, facts),
        (as_label(role_title(notice.council, "auditor")), f"{facts.auditor.name}, {facts.auditor.phone}"),
    )
    title = (
        f"{facts.audit.reference}: {notice.council.words.audit} for you to moderate, due {due_in(notice, facts.due)}"
    )
    return Draft(title, {"facts": rows})


def _facts(notice: Notice, facts: AuditFacts) -> tuple[tuple[str, str], ...]:
    rows = [
        ("Due", due_in(notice, facts.due)),
        ("Case", facts.audit.case_id),
        (as_label(notice.council.words.tool), facts.tool.title),
    ]
    if facts.moderator and facts.moderator != notice.to:
        rows.append(
            (as_label(role_title(notice.council, "moderator")), f"{facts.moderator.name}, {facts.moderator.phone}")
        )
    return tuple(rows)


def _completed(notice: Notice) -> Draft:
    facts, council = notice.facts, notice.council
    assert isinstance(facts, CompletedFacts)
    audit, words = facts.audit.audit, council.words
    as_of = f"at {clock(notice.now)} on {long_day(today(notice.now))}"
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
                (
                    as_label(role_title(notice.council, "auditor")),
                    f"{facts.audit.auditor.name}, {facts.audit.auditor.phone}",
                ),
            ),
        },
        (File(f"{audit.reference}.docx", tool),),
    )


def _request(notice: Notice) -> Draft:
    """B03: who asks for which case, for whoever decides. Nothing that was written is in it."""
    facts = notice.facts
    assert isinstance(facts, RequestFacts)
    lines = (
        f"{facts.asked_by.name} asks that case {facts.case_id} be audited. You decide, whenever it suits you: reply to "
        "this mail with “accept”, “decline” and your reason, or “later” (and a day, such as later 2027-01-15), alone "
        "on the first line; or use the card in Teams.",
        *(() if facts.known else ("No case with this ID is in the directory. Please check it before you accept.",)),
        f"The reason: {facts.reason.lower()}. What was written with it can be opened on the card in Teams.",
        "Nothing is allocated by this, whatever you answer. Whoever asked hears the outcome.",
    )
    put_off = facts.until == today(notice.now)
    again = "it was put off until today" if put_off else "nobody has decided about it yet"
    return Draft(f"Request {facts.number}: {again if facts.repeated else 'an audit is asked for'}", {"lines": lines})


def _alarm(notice: Notice) -> Draft:
    facts = notice.facts
    assert isinstance(facts, PlainFacts)
    return Draft(facts.title, {"lines": facts.lines}, urgent=notice.kind == "alarm")


_KINDS: dict[str, Callable[[Notice], Draft]] = {
    "allocation": _allocation,
    "moderator": _moderator,
    "alert": alert,
    "ended": ended,
    "completed": _completed,
    "finished": finished.letter,
    "receipt": receipt,
    "reply": reply,
    "alarm": _alarm,
    "news": _alarm,
    "request": _request,
}


# in every letter


def common(notice: Notice) -> dict[str, object]:
    """The words at the foot of every letter: whom to turn to."""
    council = notice.council
    lead = None
    if notice.lead and notice.to and notice.lead.person != notice.to and notice.lead.person.phone:
        role = role_title(council, notice.lead.role)
        lead = {**tel(notice.lead.person.name, notice.lead.person.phone), "role": role}
    return {
        "council": council.policy.name,
        "qa_team": council.policy.qa_team,
        "out_of_hours": council.policy.out_of_hours,
        "lead": lead,
        "words": council.words,
        "signature": council.words.signature,
    }


def _audit(notice: Notice) -> AuditFacts:
    assert isinstance(notice.facts, AuditFacts)
    return notice.facts


def council_name(council: Council) -> str:
    """Who a letter is from, as mail programs show it."""
    return f"{council.policy.name} {council.policy.qa_team.removeprefix('the ')}"
