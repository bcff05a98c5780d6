"""A receipt asks by number; a reply answers by number, and never another question than the one that was asked
(D02, G03; docs/decisions/0010)."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from lxml import etree

from audit.escalation import ConcernState
from documents import layout
from mail.bodies import from_html
from tests.documents.filling import W, parts, tick, with_parts, with_xml
from tests.mail.room import AUDITOR, OTHER_AUDITOR, QA_LEAD, Room, words_of

HEDGED = "Good or RI"
PLANNING, VOICE, RISK = ("planning", "grade"), ("voice", "comment"), ("risk", "grade")


def receipts(room: Room) -> list[EmailMessage]:
    return room.letters_out("receipt", AUDITOR)


def asks(room: Room, *fields: tuple[str, str], **words: str) -> Any:
    """A tool comes back in which these fields are empty, or hold some words; the audit, once its receipt is out."""
    audit = room.allocates()
    changed = {field: words.get("_".join(field)) for field in fields}
    room.writes(AUDITOR, f"Re: {audit.reference}", files=(room.filled(audit, changed),))
    room.works()
    return audit


def replies(room: Room, text: str, to: EmailMessage | None = None, sender: str = AUDITOR, **more: Any) -> str:
    """A reply to the last receipt, or to another one; the body of the letter that answers it."""
    receipt = to or receipts(room)[-1]
    before = len(receipts(room))
    room.writes(sender, f"Re: {receipt['Subject']}", text, answering=receipt["Message-ID"], **more)
    room.works()
    assert room.faults() == 0
    after = receipts(room)
    return words_of(after[-1]) if len(after) > before else ""


def section(room: Room, audit: Any, name: str) -> dict[str, Any]:
    return next(one for one in room.audit(audit)["sections"] if one["id"] == name)


def state(room: Room, audit: Any) -> str:
    return str(room.audit(audit)["state"])


# what is clear is taken


@pytest.mark.parametrize(
    "text",
    [
        "1 good, 2 RI\n",
        "1) Good\n2. Requires improvement\n",
        "Hi,\n\nQ1 = good; q2 RI, thanks\n\nKind regards\nAvery Sample\nAuditor\n01632 960101\n",
        "1: good 2: ri\n\nSent from my phone\n",
        "Thanks!\n1 good\n2 RI\nAvery\n",
        "1 good\n2 RI\nThank you for your help.\n\nAvery Sample, Auditor\n",
        "Hi, 1 good, 2 RI\n",
        "TW-0001: 1 good, 2 RI\n",
        "My answers are: 1 good, 2 RI.\n",
        "1 good, 2 RI\n\n-----Original Message-----\nFrom: qa@telford.example\nSent: today\n1. Planning: inadequate\n",
    ],
)
def test_two_answers_by_number_hand_the_audit_in(room: Room, text: str) -> None:  # G01, D02
    audit = asks(room, PLANNING, RISK, planning_grade=HEDGED)
    answer = replies(room, text)
    assert section(room, audit, "planning")["grade"] == "good"
    assert section(room, audit, "risk")["grade"] == "requires_improvement"
    assert state(room, audit) == "submitted"
    assert receipts(room)[-1]["Subject"] == f"{audit.reference}: your answers, complete and handed in"
    assert "1. Planning: Good." in answer
    assert room.letters()[-1].state == "done"


def test_what_was_taken_stands_below_the_preview(room: Room) -> None:  # L01
    audit = asks(room, PLANNING, RISK)
    replies(room, "1 inadequate\n")
    letter = receipts(room)[-1]
    flat = " ".join(words_of(letter).split())
    assert section(room, audit, "planning")["grade"] == "inadequate"
    assert "Inadequate" in flat
    assert "nadequate" not in flat[:255]
    assert "nadequate" not in letter["Subject"]
    page = letter.get_body(("html",))
    assert page is not None
    assert "nadequate" not in " ".join(from_html(page.get_content()).split())[:255]


def test_a_comment_by_number_is_taken_as_it_was_written(room: Room) -> None:  # D03
    audit = asks(room, PLANNING, VOICE)
    words = "Seen alone twice, see case note of 4 May.\n\nThe school said so too."
    answer = replies(room, f"1 good\n2 {words}\n\nBest wishes\nAvery Sample\n")
    assert section(room, audit, "voice")["comment"] == words
    assert "Seen alone" not in answer, "written words are not sent back"
    assert state(room, audit) == "submitted"


def test_answers_below_the_quoted_questions_count_for_those(room: Room) -> None:
    audit = asks(room, PLANNING, VOICE, planning_grade=HEDGED)
    quoted = "".join(f"> {line}\n" for line in words_of(receipts(room)[-1]).splitlines())
    first, second = quoted.index("> 2. Voice"), quoted.index("> \n> What happens next")
    above = f"Please see below.\n\nOn Monday the QA team wrote:\n{quoted[:first]}"
    replies(room, f"{above}RI\n{quoted[first:second]}\nSeen at home.\n{quoted[second:]}")
    assert section(room, audit, "planning")["grade"] == "requires_improvement"
    assert section(room, audit, "voice")["comment"] == "Seen at home."
    assert state(room, audit) == "submitted"


def test_a_quoted_grade_is_nobodys_answer(room: Room) -> None:
    audit = asks(room, PLANNING, RISK)
    replies(room, "> 1 good\n> 2 good\n\nI shall answer tomorrow.\n")
    assert section(room, audit, "planning")["grade"] is None
    assert state(room, audit) == "scoring"


def test_a_reply_in_html_counts_as_well(room: Room) -> None:
    audit = asks(room, PLANNING, RISK)
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = AUDITOR, "qa@telford.example", "Re"
    letter["Message-ID"], letter["In-Reply-To"] = "<html@sender.example>", receipts(room)[-1]["Message-ID"]
    letter["Date"] = "Mon, 23 Nov 2026 09:00:00 +0000"
    page = receipts(room)[-1].get_body(("html",))
    assert page is not None
    letter.set_content(f"<div>1 good</div><div>2 RI</div><blockquote>{page.get_content()}</blockquote>", subtype="html")
    room.posts(AUDITOR, letter.as_bytes(policy=SMTP))
    room.works()
    assert state(room, audit) == "submitted"


def test_one_question_needs_no_number(room: Room) -> None:
    audit = asks(room, PLANNING)
    replies(room, "Good\n")
    assert section(room, audit, "planning")["grade"] == "good"
    assert state(room, audit) == "submitted"


def test_free_words_without_a_number_are_never_taken_as_a_comment(room: Room) -> None:
    audit = asks(room, VOICE)
    answer = replies(room, "Thank you, I shall do that tomorrow.\n")
    assert section(room, audit, "voice")["comment"] == ""
    assert "each answer after its number" in answer
    assert room.letters()[-1].state == "needs_a_person"


def test_a_range_with_one_clear_grade_is_a_clear_instruction(room: Room) -> None:
    audit = asks(room, PLANNING, RISK)
    replies(room, "1-2 good\n")
    assert state(room, audit) == "submitted"


def test_not_relevant_by_number_where_nothing_stands(room: Room) -> None:  # D21
    audit = asks(room, *((("identity", one.id)) for one in room.council.tool("tw-cp-cin").step("identity").fields))
    questions = words_of(receipts(room)[-1]).partition("Questions")[2]
    assert "1. Identity and equality" in questions
    replies(room, "1 not relevant\n")
    assert section(room, audit, "identity")["not_relevant"]
    assert state(room, audit) == "submitted"


@pytest.mark.parametrize("text", ["Done, see attached.\n", "2nd version attached\n", "The 4 May version.\n"])
def test_a_tool_sent_again_in_reply_is_a_tool(room: Room, text: str) -> None:
    audit = asks(room, PLANNING, RISK)
    replies(room, text, files=(room.filled(audit),))
    assert state(room, audit) == "submitted"
    assert receipts(room)[-1]["Subject"] == f"{audit.reference}: received, complete and handed in"


def test_answers_beside_a_tool_count_and_the_tool_too(room: Room) -> None:
    audit = asks(room, PLANNING, RISK, VOICE)
    replies(room, "1 good\n\nThe rest is attached.\n", files=(room.filled(audit, {PLANNING: None}),))
    assert section(room, audit, "planning")["grade"] == "good"
    assert state(room, audit) == "submitted"


def test_two_machines_that_answer_each_other_are_stopped(room: Room) -> None:  # G04
    asks(room, PLANNING, RISK)
    receipt = receipts(room)[-1]
    for day in range(20):
        room.writes(AUDITOR, "Re", f"I am out of the office, message {day}.\n", answering=receipt["Message-ID"])
        room.works()
    assert len(receipts(room)) <= 13


# what is not clear is asked again


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 quite good\n2 RI\n", "1. Planning: It could be"),
        ("1 good?\n2 RI\n", "1. Planning: It could be"),
        ("1 good or RI\n2 RI\n", "1. Planning: It could be Good or Requires improvement."),
        ("1 good\nor maybe RI\n2 RI\n", "1. Planning: It could be"),
        ("1 good\n1 RI\n2 RI\n", "1. You gave two different answers to it. Which do you mean?"),
        ("1 fine\n2 RI\n", "1. Planning: It is none of"),
        ("2 RI, 7 good\n", "There is no question 7 in the mail that you answered."),
        ("2 RI\n\n1 good\n\nActually planning is more like RI.\n", "1. Your mail says more about this"),
    ],
)
def test_what_is_not_clear_is_asked_again_with_its_reason(room: Room, text: str, sentence: str) -> None:  # D02
    audit = asks(room, PLANNING, RISK)
    answer = replies(room, text)
    assert sentence in answer
    assert section(room, audit, "planning")["grade"] is None
    assert ". Planning" in answer.partition("Questions")[2]
    assert state(room, audit) == "scoring"


def test_a_hedge_keeps_back_only_its_own_number(room: Room) -> None:
    audit = asks(room, PLANNING, RISK)
    answer = replies(room, "1 good, 2 RI to good\n")
    assert section(room, audit, "planning")["grade"] == "good"
    assert section(room, audit, "risk")["grade"] is None
    assert receipts(room)[-1]["Subject"] == f"{audit.reference}: your answers, 1 question left"
    replies(room, "1 RI\n")
    assert section(room, audit, "risk")["grade"] == "requires_improvement"
    assert "1. Risk and protection: you wrote “RI to good”." in answer
    assert state(room, audit) == "submitted"


def test_all_good_is_asked_about(room: Room) -> None:
    audit = asks(room, PLANNING, RISK)
    answer = replies(room, "All good\n")
    assert "I take no grade from “all”" in answer
    assert section(room, audit, "planning")["grade"] is None
    assert state(room, audit) == "scoring"


def test_a_grade_without_its_number_is_asked_for_which(room: Room) -> None:
    audit = asks(room, PLANNING, RISK)
    answer = replies(room, "good\n")
    assert "For which question? Please put its number before it." in answer
    assert state(room, audit) == "scoring"
    assert room.letters()[-1].state == "done"


def test_a_grade_is_no_comment(room: Room) -> None:
    audit = asks(room, VOICE, PLANNING)
    answer = replies(room, "1 good\n2 good\n")
    assert section(room, audit, "planning")["grade"] == "good"
    assert section(room, audit, "voice")["comment"] == ""
    assert "That is a grade. Please write what led you to it." in answer


@pytest.mark.parametrize(
    "words", ["I'll send it tomorrow.", "What do you mean by this?", "n/a", "thanks", "see attached"]
)
def test_what_is_said_to_us_is_no_comment(room: Room, words: str) -> None:
    audit = asks(room, VOICE, PLANNING)
    replies(room, f"1 good\n2 {words}\n")
    assert section(room, audit, "voice")["comment"] == ""
    assert section(room, audit, "planning")["grade"] == "good"
    assert room.letters()[-1].state == "needs_a_person"


@pytest.mark.parametrize(
    "words", ["OK, thanks", "Good morning", "Thanks, will do.", "Good, I shall look at it on 4 May"]
)
def test_a_polite_line_is_no_answer_even_where_one_thing_is_asked(room: Room, words: str) -> None:
    audit = asks(room, PLANNING)
    replies(room, f"{words}\n")
    assert section(room, audit, "planning")["grade"] is None
    assert state(room, audit) == "scoring"


# numbers stay bound to what was asked


def test_a_reply_to_an_older_receipt_answers_the_questions_of_that_receipt(room: Room) -> None:
    audit = asks(room, PLANNING, RISK, VOICE)
    first = receipts(room)[-1]
    replies(room, "1 good\n")  # risk is the third question there, and the second one of the newer list
    replies(room, "3 RI\n", to=first)
    assert section(room, audit, "planning")["grade"] == "good"
    assert section(room, audit, "risk")["grade"] == "requires_improvement"


def test_the_same_reply_twice_changes_nothing(room: Room) -> None:
    audit = asks(room, PLANNING, RISK)
    first = receipts(room)[-1]
    replies(room, "1 good\n", to=first)
    version = section(room, audit, "planning")["version"]
    answer = replies(room, "1 good\n", to=first)
    assert section(room, audit, "planning")["version"] == version
    assert "nothing was overwritten: Good stands." in answer
    assert not room.audit(audit)["kept_words"]


def test_another_answer_to_a_settled_question_overwrites_nothing_and_is_asked(room: Room) -> None:  # G03
    audit = asks(room, PLANNING, RISK)
    first = receipts(room)[-1]
    replies(room, "1 good\n", to=first)
    answer = replies(room, "1 RI\n", to=first)
    assert section(room, audit, "planning")["grade"] == "good"
    assert "Good stands" in answer
    assert "your mail says Requires improvement. Which stands?" in answer
    replies(room, "1 later, 2 good\n")
    assert section(room, audit, "planning")["grade"] == "requires_improvement"
    assert state(room, audit) == "submitted"


def test_only_the_auditor_whom_it_was_sent_to_answers(room: Room) -> None:  # L02
    audit = asks(room, PLANNING)
    receipt = receipts(room)[-1]
    room.writes(OTHER_AUDITOR, "Re", "1 good\n", answering=receipt["Message-ID"])
    room.works()
    assert section(room, audit, "planning")["grade"] is None
    reply = room.told("reply", OTHER_AUDITOR)
    assert "That audit is not yours to change." in reply
    assert audit.reference not in reply
    assert room.letters()[-1].state == "needs_a_person"


def test_a_stranger_answers_nothing(room: Room) -> None:  # L02
    audit = asks(room, PLANNING)
    room.writes("someone@elsewhere.example", "Re", "1 good\n", answering=receipts(room)[-1]["Message-ID"])
    room.works()
    assert section(room, audit, "planning")["grade"] is None


def test_answers_after_handing_in_are_kept_for_the_qa_team(room: Room) -> None:  # G05
    audit = asks(room, PLANNING, RISK)
    first = receipts(room)[-1]
    replies(room, "1 good, 2 good\n", to=first)
    answer = replies(room, "1 RI\n", to=first)
    assert section(room, audit, "planning")["grade"] == "good"
    assert "was handed in" in answer
    assert "so I have not changed it" in answer
    assert room.letters()[-1].state == "needs_a_person"
    assert room.letters_out("alert", QA_LEAD)


# what must reach people


def test_overall_inadequate_by_number_does_what_the_card_does(room: Room) -> None:  # F02
    audit = asks(room, ("overall", "grade"), VOICE)
    answer = replies(room, "2 inadequate\n")
    assert [one.state for one in room.concerns()] == [ConcernState.UNCONFIRMED]
    assert "Reply CONFIRM and they are told now." in answer
    assert receipts(room)[-1]["Subject"] == f"{audit.reference}: your answers, please confirm"
    assert not room.letters_out("alert")
    replies(room, "CONFIRM\n")
    assert [one.confirmed for one in room.concerns()] == [True]
    assert room.letters_out("alert", QA_LEAD)


def test_an_answer_and_its_confirmation_in_one_mail(room: Room) -> None:  # F02
    asks(room, ("overall", "grade"), VOICE)
    answer = replies(room, "2 inadequate\n\nCONFIRM\n")
    assert [one.confirmed for one in room.concerns()] == [True]
    assert "People are being told now" in answer


def test_a_hedge_that_may_be_inadequate_counts_until_it_is_chosen(room: Room) -> None:  # F02
    asks(room, ("overall", "grade"), VOICE)
    replies(room, "2 RI or inadequate\n")
    assert [one.state for one in room.concerns()] == [ConcernState.UNCONFIRMED]
    replies(room, "1 RI\n")
    assert not room.concerns()


def test_two_answers_of_which_one_is_inadequate_count_until_it_is_chosen(room: Room) -> None:  # F02
    asks(room, ("overall", "grade"), VOICE)
    replies(room, "2 good\n2 inadequate\n")
    assert [one.state for one in room.concerns()] == [ConcernState.UNCONFIRMED]


@pytest.mark.parametrize(
    "text", ["2 inadequate\n\nThe plan is good.\n", "2 inadequate, 1 seen alone\n"], ids=["more words", "where it ends"]
)
def test_inadequate_that_was_not_taken_counts_until_it_is_chosen(room: Room, text: str) -> None:  # F02
    audit = asks(room, ("overall", "grade"), VOICE)
    replies(room, text)
    assert room.audit(audit)["overall"]["grade"] is None
    assert ConcernState.UNCONFIRMED in [one.state for one in room.concerns()]


def test_an_alarming_line_beside_answers_reaches_a_person_at_once(room: Room) -> None:  # G02, F22
    audit = asks(room, PLANNING, RISK)
    answer = replies(room, "1 good\n2 RI\n\nI think that she is not safe at home.\n")
    assert state(room, audit) == "submitted"
    assert "Your other words are kept for" in answer
    assert "not safe" not in answer
    assert room.concerns()[0].limb == "kept_letter_urgent"


def test_an_inadequate_area_by_number_is_an_answer_and_alarms_nobody(room: Room) -> None:
    asks(room, PLANNING, RISK)
    replies(room, "1 inadequate\n")
    assert room.letters()[-1].state == "done"
    assert not room.concerns()


def test_a_quoted_alert_in_a_reply_alarms_nobody(room: Room) -> None:
    asks(room, PLANNING, RISK)
    replies(room, "1 good\n\n> The child is not safe.\n")
    assert room.letters()[-1].state == "done"


# a nearly blank tool


def test_a_blank_tool_gets_a_short_letter(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.blank(audit),))
    room.works()
    text = words_of(receipts(room)[-1])
    assert "are empty." in text
    assert "That is easier in Teams" in text
    assert len([line for line in text.splitlines() if line[:2].strip(".").isdigit()]) <= 12
    assert len(text) < 4_000


def test_what_is_unclear_is_asked_before_what_is_missing(room: Room) -> None:
    audit = room.allocates()
    empty = {(step.id, one.id): None for step in room.tool(audit).sections[3:9] for one in step.fields}
    changed: dict[tuple[str, str], str | None] = {**empty, ("recording", "grade"): HEDGED, VOICE: None}
    room.writes(AUDITOR, files=(room.filled(audit, changed),))
    room.works()
    text = words_of(receipts(room)[-1])
    questions = text.partition("Questions")[2]
    assert questions.index("1. Recording: I read") < questions.index("2. Voice of the child: no comment.")
    assert "Sections 4 to 9 are empty." in text


# a later tool (G03)


def later(room: Room, **words: str) -> Any:
    """A first tool with one gap, and a later one that differs."""
    audit = asks(room, VOICE)
    changed: dict[tuple[str, str], str | None] = {VOICE: None}
    for key, value in words.items():
        step, _, field = key.partition("_")
        changed[step, field] = value
    room.writes(AUDITOR, files=(room.filled(audit, changed),))
    room.works()
    return audit


def test_a_later_tool_asks_first_which_stands_and_shows_what_differs(room: Room) -> None:  # G03
    audit = later(room, planning_grade="Requires improvement", risk_comment="Quite another comment.", visits_grade="RI")
    text = words_of(receipts(room)[-1])
    questions = text.partition("Questions")[2]
    assert "1. The later tool (which came at 09:00 on Mon 23 Nov) differs in 3 places from your earlier" in questions
    assert "2. Planning: Good stands in what you sent before, the later tool says Requires improvement." in questions
    assert "Risk and protection, comment: the later tool says something other" in questions
    assert "Quite another comment" not in text
    assert section(room, audit, "planning")["grade"] == "good"
    assert receipts(room)[-1]["Subject"] == f"{audit.reference}: received, 2 questions left"
    assert len([one for one in room.audit(audit)["versions"] if one["kind"] == "returned"]) == 2


@pytest.mark.parametrize("text", ["1 later\n", "1: the later one\n", "later\n", "1 new\n"])
def test_later_settles_all_places_at_once(room: Room, text: str) -> None:  # G03
    audit = later(room, planning_grade="Requires improvement", risk_comment="Quite another comment.")
    answer = replies(room, text)
    assert section(room, audit, "planning")["grade"] == "requires_improvement"
    assert section(room, audit, "risk")["comment"] == "Quite another comment."
    assert "The later tool stands in 2 places." in answer
    assert not room.audit(audit)["kept_words"]


@pytest.mark.parametrize("text", ["1 earlier\n", "1 keep\n", "1 what stands\n"])
def test_earlier_keeps_all_places(room: Room, text: str) -> None:  # G03
    audit = later(room, planning_grade="Requires improvement", risk_comment="Quite another comment.")
    replies(room, text)
    assert section(room, audit, "planning")["grade"] == "good"
    assert not room.audit(audit)["kept_words"]


def test_places_can_be_settled_one_by_one(room: Room) -> None:  # G03
    audit = later(room, planning_grade="Requires improvement", visits_grade="Inadequate", risk_grade="RI")
    replies(room, "1 earlier, 3 later, 4 RI\n")
    assert section(room, audit, "planning")["grade"] == "good"
    assert section(room, audit, "visits")["grade"] == "inadequate"
    assert section(room, audit, "risk")["grade"] == "requires_improvement"


def test_a_place_that_is_in_doubt_is_not_settled_by_what_is_said_for_all(room: Room) -> None:  # G03
    audit = later(room, planning_grade="Requires improvement", visits_grade="RI")
    answer = replies(room, "1 later, 3 quite good\n")
    assert section(room, audit, "planning")["grade"] == "requires_improvement"
    assert section(room, audit, "visits")["grade"] == "good"
    assert "1. Visits and direct work: " in answer.partition("Questions")[2]


def test_what_only_the_later_tool_says_is_taken(room: Room) -> None:  # G03
    audit = asks(room, VOICE, PLANNING)
    room.writes(AUDITOR, files=(room.filled(audit, {PLANNING: "Requires improvement"}),))
    room.works()
    assert section(room, audit, "planning")["grade"] == "requires_improvement"
    assert state(room, audit) == "submitted"


def test_the_very_same_file_again_changes_nothing_and_is_said_so(room: Room) -> None:  # G03
    audit = room.allocates()
    file = room.filled(audit, {PLANNING: HEDGED})
    for _ in range(2):
        room.writes(AUDITOR, files=(file,))
        room.works()
    text = words_of(receipts(room)[-1])
    assert "I had this one already" in text
    assert "1. Planning: I read" in text
    assert len([one for one in room.audit(audit)["versions"] if one["kind"] == "returned"]) == 1
    assert len(room.audit(audit)["kept_words"]) == 1


def test_a_later_overall_inadequate_counts_until_it_is_chosen(room: Room) -> None:  # F02, G03
    later(room, overall_grade="Inadequate", planning_grade="RI")
    assert [one.state for one in room.concerns()] == [ConcernState.UNCONFIRMED]
    assert receipts(room)[-1]["Subject"].endswith("please confirm")
    replies(room, "1 earlier\n")
    assert not room.concerns()


# what a careful colleague would ask, or refuse


def test_two_ticked_grades_are_asked_about_by_name(room: Room) -> None:  # D02
    audit = asks(room, PLANNING, planning_grade="☒ Good ☐ Requires improvement ☒ Inadequate")
    question = words_of(receipts(room)[-1]).partition("Questions")[2]
    assert "1. Planning: " in question
    assert "Good" in question
    assert "Inadequate" in question
    assert section(room, audit, "planning")["grade"] is None
    replies(room, "1 good\n")
    assert section(room, audit, "planning")["grade"] == "good"


def test_a_tool_of_an_older_version_is_refused_with_what_to_do(room: Room) -> None:
    audit = room.allocates()
    file = parts(room.filled(audit))
    aged = {
        name: data.replace(b"tw-cp-cin/1", b"tw-cp-cin/0").replace(
            b"<vt:lpwstr>1</vt:lpwstr>", b"<vt:lpwstr>0</vt:lpwstr>"
        )
        for name, data in file.items()
    }
    room.writes(AUDITOR, files=(with_parts(room.filled(audit), aged),))
    room.works()
    reply = room.told("reply", AUDITOR)
    assert f"it is version 0 of the tool, and {audit.reference} goes with version 1" in reply
    assert f"Please use the one that came with the allocation of {audit.reference}." in reply
    assert room.audit(audit)["state"] == "allocated"
    assert room.letters()[0].state == "needs_a_person"


def test_two_tools_in_one_letter_get_a_receipt_each_and_are_answered_apart(room: Room) -> None:
    first, second = room.allocates(), room.allocates(case="4022")
    files = (room.filled(first, {PLANNING: None}), room.filled(second, {RISK: None}))
    room.writes(AUDITOR, "both", files=files)
    room.works()
    assert len(receipts(room)) == 2
    of_second = next(one for one in receipts(room) if str(one["Subject"]).startswith(second.reference))
    replies(room, "1 RI\n", to=of_second)
    assert section(room, second, "risk")["grade"] == "requires_improvement"
    assert state(room, second) == "submitted"
    assert state(room, first) == "scoring"


def test_marked_not_relevant_and_answered_is_asked_about(room: Room) -> None:  # D21
    audit = room.allocates()
    step = room.tool(audit).step("identity")

    def ticked(root: etree._Element) -> None:
        wanted = layout.not_relevant_tag(step)
        tick(next(sdt for sdt in root.iter(f"{W}sdt") if sdt.find(f"{W}sdtPr/{W}tag").get(f"{W}val") == wanted))

    room.writes(AUDITOR, files=(with_xml(room.filled(audit), ticked),))
    room.works()
    question = words_of(receipts(room)[-1]).partition("Questions")[2]
    assert "1. Identity and equality: the tool marks it as not relevant, and it is answered as well." in question
    assert state(room, audit) == "scoring"
    replies(room, "1 not relevant\n")
    assert section(room, audit, "identity")["not_relevant"]
    assert state(room, audit) == "submitted"


def test_g03_two_tools_that_differ_in_one_letter_are_asked_about_before_anything_is_handed_in(room: Room) -> None:
    audit = room.allocates()
    other = room.filled(audit, {("planning", "grade"): "Inadequate"})
    room.writes(AUDITOR, files=(room.filled(audit), other))
    room.works()
    assert room.audit(audit)["state"] == "scoring"
    last = words_of(room.letters_out("receipt", AUDITOR)[-1])
    assert "1. Planning: Good stands in what you sent before, the later tool says Inadequate. Which stands?" in last


def test_g03_the_same_tool_twice_in_one_letter_is_handed_in(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit), room.filled(audit)))
    room.works()
    assert room.audit(audit)["state"] == "submitted"


def test_g03_answers_by_number_beside_a_tool_that_differs_wait_for_a_choice(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit, {("planning", "grade"): "Good or RI"}),))
    room.works()
    receipt = room.letters_out("receipt", AUDITOR)[0]
    other = room.filled(audit, {("planning", "grade"): "Inadequate"})
    room.writes(AUDITOR, "Re: questions", "1 good\n", files=(other,), answering=str(receipt["Message-ID"]))
    room.works()
    assert room.audit(audit)["state"] == "scoring"
    assert "Which stands?" in words_of(room.letters_out("receipt", AUDITOR)[-1])
