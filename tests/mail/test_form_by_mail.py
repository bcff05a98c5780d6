"""The form in the allocation mail, answered from a phone: read, filed and receipted like a returned tool (B05, G01)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from html import escape

import pytest

from audit.answers import Audit
from audit.escalation import ConcernState
from documents import letter_form
from mail import letters
from mail.sending import compose
from tests.documents.answering import (
    answered,
    gmail_wrapped,
    outlook_unmarked,
    run_together,
    written_above_and_inline,
)
from tests.mail.room import AUDITOR, INBOX, LETTERS, QA_LEAD, WORKER, Answers, Room, untroubled, words_of
from tests.mail.test_letters_out import BOTH, GRADE_WORDS, audit_facts, letter_for, notice, page_of
from tests.mail.test_letters_out import WORKER as COPIED

WRITTEN = ("planning", "comment")


def whole(room: Room, audit: Audit, changed: Mapping[tuple[str, str], str] | None = None) -> Answers:
    return {**untroubled(room.tool(audit)), **(changed or {})}


def replies(
    room: Room,
    audit: Audit,
    answers: Answers,
    program: Callable[[list[list[str]]], str] = written_above_and_inline,
    sender: str = AUDITOR,
    files: tuple[bytes, ...] = (),
) -> None:
    """A reply to the allocation mail, with these answers written into the form that it holds."""
    text = program(answered(room.tool(audit), answers, reference=audit.reference))
    asked = room.letters_out("allocation")[-1]
    room.writes(sender, f"Re: {asked['Subject']}", text, files, asked["Message-ID"])
    room.works()


def state_of(room: Room, audit: Audit) -> str:
    return str(room.audit(audit)["state"])


def section(room: Room, audit: Audit, step_id: str) -> dict[str, object]:
    return next(one for one in room.audit(audit)["sections"] if one["id"] == step_id)


# the letter that goes out


@pytest.mark.parametrize("council", BOTH)
def test_the_form_stands_below_all_else_and_out_of_the_preview(council: str) -> None:  # B05, L01
    facts = audit_facts(BOTH[council])
    text = words_of(letter_for(notice(BOTH[council], "allocation", facts))).replace("\r\n", "\n")
    form = "\n".join(letter_form.lines(facts.tool, facts.audit.reference))
    assert form in text
    above = text[: text.index(form)]
    assert "write after each colon, and send" in above
    assert not GRADE_WORDS.search(above)
    assert "This is no place for an urgent concern" in above


def test_the_worker_who_has_a_copy_is_not_invited_to_answer() -> None:  # B06
    council = BOTH["telford_and_wrekin"]
    facts = audit_facts(council)
    copied = letter_for(notice(council, "allocation", facts, cc=(COPIED.email,)))
    for said in (words_of(copied), page_of(copied)):
        assert f"For {facts.auditor.name}: reply to this mail" in said
        assert f"Please use Reply and not Reply all: {COPIED.name} has a copy" in said
    assert "Reply all" not in words_of(letter_for(notice(council, "allocation", facts)))


def test_no_form_is_offered_where_nobody_reads_it() -> None:
    council = BOTH["telford_and_wrekin"]
    raw = compose(notice(council, "allocation", audit_facts(council)), reads_answers=False)
    letter = message_from_bytes(raw, policy=default)
    assert isinstance(letter, EmailMessage)
    assert "Prefer to answer here?" not in words_of(letter) + page_of(letter)


# the answer that comes in


@pytest.mark.parametrize("program", [written_above_and_inline, outlook_unmarked, gmail_wrapped, run_together])
def test_a_whole_form_is_filed_handed_in_and_acknowledged(
    room: Room, program: Callable[[list[list[str]]], str]
) -> None:  # G01
    audit = room.allocates()
    replies(room, audit, whole(room, audit), program)
    assert state_of(room, audit) == "submitted"
    assert room.audit(audit)["overall"]["grade"] == "good"
    receipt = room.letters_out("receipt", AUDITOR)[0]
    assert receipt["Subject"] == f"{audit.reference}: received, complete and handed in"
    areas = len(room.tool(audit).sections)
    assert f"I read {areas} of {areas} areas of practice." in words_of(receipt)
    assert room.letters()[0].state == "done"
    assert len([one for one in room.audit(audit)["versions"] if one["kind"] == "returned"]) == 1
    assert not room.concerns()
    assert room.faults() == 0


def test_the_page_itself_comes_back_from_a_phone(room: Room) -> None:
    audit = room.allocates()
    tool, answers = room.tool(audit), whole(room, audit)
    asked = room.letters_out("allocation")[0]
    page = page_of(asked)
    for (line, *_), (printed, *below) in zip(
        answered(tool, {}, reference=audit.reference), answered(tool, answers, reference=audit.reference), strict=True
    ):
        wanted = "<br>".join(escape(part) for part in (printed, *below))
        if printed != line:
            page = page.replace(f">{_as_printed(line)}</div>", f">{wanted}</div>", 1)
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = AUDITOR, INBOX, f"Re: {asked['Subject']}"
    letter["Date"], letter["Message-ID"] = format_datetime(room.now), "<phone@sender.example>"
    letter.set_content(
        f"<html><body><div>Sent from my phone</div><blockquote>{page}</blockquote></body></html>", subtype="html"
    )
    room.posts(AUDITOR, letter.as_bytes(policy=SMTP))
    room.works()
    assert state_of(room, audit) == "submitted"


@pytest.mark.parametrize("struck", ["<s>Good</s>", '<span style="text-decoration:line-through">Good</span>'])
@pytest.mark.parametrize("with_text", [True, False])
def test_an_answer_that_was_struck_out_is_asked(room: Room, struck: str, with_text: bool) -> None:
    audit = room.allocates()
    lines = answered(room.tool(audit), {}, reference=audit.reference)
    place = next(number for number, line in enumerate(lines) if line[0].startswith("2b Grade"))
    blocks = [
        f"<div>{escape(line)}{f' {struck}' if number == place else ''}</div>" for number, (line,) in enumerate(lines)
    ]
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = AUDITOR, INBOX, "Re"
    letter["Date"], letter["Message-ID"] = format_datetime(room.now), "<struck@sender.example>"
    lines[place][0] += " Good"
    if with_text:
        letter.set_content("\n".join(line for (line,) in lines))
        letter.add_alternative(f"<html><body>{''.join(blocks)}</body></html>", subtype="html")
    else:
        letter.set_content(f"<html><body>{''.join(blocks)}</body></html>", subtype="html")
    room.posts(AUDITOR, letter.as_bytes(policy=SMTP))
    room.works()
    assert section(room, audit, "planning")["grade"] is None
    assert "Good" in room.told("receipt", AUDITOR)


def _as_printed(line: str) -> str:
    return escape(line).replace("&#x27;", "&#39;")


def test_a_form_can_be_sent_bit_by_bit(room: Room) -> None:
    audit = room.allocates()
    answers = whole(room, audit)
    first = {key: value for key, value in answers.items() if key[0] == "planning"}
    replies(room, audit, first)
    assert section(room, audit, "planning")["grade"] == "good"
    assert state_of(room, audit) == "scoring"
    replies(room, audit, answers)
    assert state_of(room, audit) == "submitted"
    assert len(room.letters_out("receipt", AUDITOR)) == 2


def test_a_second_form_overwrites_nothing(room: Room) -> None:  # G03
    audit = room.allocates()
    replies(room, audit, {("planning", "grade"): "Good"})
    replies(room, audit, {("planning", "grade"): "RI"})
    assert section(room, audit, "planning")["grade"] == "good"
    assert "Planning" in words_of(room.letters_out("receipt", AUDITOR)[1]).partition("Questions")[2]


def test_a_hedged_grade_in_the_form_is_asked(room: Room) -> None:  # D02
    audit = room.allocates()
    replies(room, audit, whole(room, audit, {("planning", "grade"): "Good or RI"}))
    assert section(room, audit, "planning")["grade"] is None
    assert "Good or RI" in room.told("receipt", AUDITOR)


def test_a_file_and_a_form_in_one_letter_are_two_returns(room: Room) -> None:  # G03
    audit = room.allocates()
    replies(room, audit, {("planning", "grade"): "RI"}, files=(room.filled(audit),))
    assert len(room.letters_out("receipt", AUDITOR)) == 2
    assert len([one for one in room.audit(audit)["versions"] if one["kind"] == "returned"]) == 2
    assert section(room, audit, "planning")["grade"] == "good"


def test_an_inadequate_overall_grade_in_the_form_asks_once(room: Room) -> None:  # F02
    audit = room.allocates()
    replies(room, audit, whole(room, audit, {("overall", "grade"): "Inadequate"}))
    assert [one.state for one in room.concerns()] == [ConcernState.UNCONFIRMED]
    assert "Reply CONFIRM" in room.told("receipt", AUDITOR)


def test_the_worker_cannot_answer_in_the_auditors_place(room: Room) -> None:  # B06, L02
    audit = room.allocates()
    replies(room, audit, whole(room, audit), sender=WORKER)
    assert state_of(room, audit) == "allocated"
    assert f"I cannot find an audit {audit.reference} of yours." in room.told("reply", WORKER)


def test_a_form_for_another_audit_than_the_subject_says_is_asked_about(room: Room) -> None:  # G02
    first, second = room.allocates(), room.allocates(case="4022")
    text = written_above_and_inline(answered(room.tool(first), whole(room, first), reference=first.reference))
    room.writes(AUDITOR, f"Re: {second.reference}", text)
    room.works()
    assert "I could not tell which audit this tool belongs to" in room.told("reply", AUDITOR)
    assert state_of(room, first) == state_of(room, second) == "allocated"


# what is no answer


@pytest.mark.parametrize("program", [written_above_and_inline, outlook_unmarked, run_together])
def test_a_letter_that_only_quotes_the_form_is_read_by_a_person_and_hurries_nobody(
    room: Room, program: Callable[[list[list[str]]], str]
) -> None:
    audit = room.allocates()
    replies(room, audit, {}, program)
    assert "I found no audit tool in your message." in room.told("reply", AUDITOR)
    assert room.concerns()[0].limb == "kept_letter"
    assert room.letters_out("alert", QA_LEAD)


def test_a_worrying_line_above_an_empty_form_hurries_a_person(room: Room) -> None:
    audit = room.allocates()
    text = written_above_and_inline(answered(room.tool(audit), {}, reference=audit.reference))
    room.writes(AUDITOR, f"Re: {audit.reference}", f"The child is not safe.\n{text}")
    room.works()
    assert room.concerns()[0].limb == "kept_letter_urgent"


def test_a_worrying_line_above_a_filled_form_reaches_a_person(room: Room) -> None:
    audit = room.allocates()
    text = written_above_and_inline(answered(room.tool(audit), whole(room, audit), reference=audit.reference))
    room.writes(AUDITOR, f"Re: {audit.reference}", f"The child is not safe.\n{text}")
    room.works()
    assert state_of(room, audit) == "submitted"
    assert room.concerns()[0].limb == "kept_letter_urgent"


def test_an_out_of_office_that_quotes_the_form_is_set_aside(room: Room) -> None:  # G04
    audit = room.allocates()
    text = outlook_unmarked(answered(room.tool(audit), {}, reference=audit.reference))
    room.writes(AUDITOR, "Automatic reply", f"I am away.\n{text}", Auto_Submitted="auto-replied")
    room.works()
    assert room.letters()[0].state == "done"
    assert not room.concerns()


def test_what_is_written_in_the_form_is_not_the_writers_own_words_beside_it() -> None:
    letter = letters.parse((LETTERS / "form_answered_in_outlook.eml").read_bytes())
    assert letter.own == "Hello, most of it is done.\n\nKind regards\nAvery"
