"""A receipt asks by number; a reply answers by number, and never another question than the one that was asked
(D02, G03; docs/decisions/0010)."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from audit.escalation import ConcernState
from mail.bodies import from_html
from tests.documents.filling import fill
from tests.mail.asking import HEDGED, PLANNING, RISK, VOICE, asks, receipts, replies, section, state
from tests.mail.room import AUDITOR, OTHER_AUDITOR, QA_LEAD, Room, words_of

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


@pytest.mark.parametrize(
    "closing",
    ["Thanks, Avery", "Thanks Avery.", "Many thanks, Avery Sample", "Cheers, Avery", "Kind regards, Avery", "Avery"],
)
def test_a_closing_with_ones_own_name_is_nothing_that_a_person_has_to_read(room: Room, closing: str) -> None:  # G02
    asks(room, PLANNING, RISK)
    replies(room, f"Hi,\n1 good\n2 RI\n\n{closing}\n\nSent from my iPhone\n")
    assert room.letters()[-1].state == "done"


@pytest.mark.parametrize("closing", ["Thanks, Robin hit her", "Thanks, Avery said no", "Cheers, Morgan"])
def test_a_closing_that_says_more_than_ones_own_name_is_kept_for_a_person(room: Room, closing: str) -> None:  # G02
    asks(room, PLANNING, RISK)
    replies(room, f"1 good\n2 RI\n\n{closing}\n")
    assert room.letters()[-1].state == "needs_a_person"


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


@pytest.mark.parametrize(
    "text",
    [
        "2 inadequate\n\nCONFIRM\n",
        "2 inadequate\nCONFIRM\n",
        "CONFIRM\n2 inadequate\n",
        "2 inadequate\n1 She was seen alone twice.\n\nCONFIRM\n\nAvery\n",
        "CONFIRM\n\n2 inadequate\n1 She was seen alone twice.\n",
    ],
)
def test_an_answer_and_its_confirmation_in_one_mail(room: Room, text: str) -> None:  # F02
    audit = asks(room, ("overall", "grade"), VOICE)
    answer = replies(room, text)
    assert [one.confirmed for one in room.concerns()] == [True]
    assert "People are being told now" in answer
    assert room.audit(audit)["overall"]["grade"] == "inadequate"
    comment = section(room, audit, "voice")["comment"]
    assert comment == ("She was seen alone twice." if "twice" in text else "")


@pytest.mark.parametrize("below", ["", "1 RI\n", "2 pages are missing, I know.\n"])
def test_a_confirmation_of_a_receipt_that_asks_nothing_else(room: Room, below: str) -> None:  # F02
    asks(room, ("overall", "grade"))
    replies(room, "1 inadequate\n")
    assert [one.confirmed for one in room.concerns()] == [False]
    replies(room, f"CONFIRM\n{below}")
    assert [one.confirmed for one in room.concerns() if one.audit_id] == [True]
    assert (room.letters()[-1].state == "needs_a_person") == bool(below)


def test_an_answer_that_nobody_hears_of_goes_to_a_person(room: Room) -> None:  # G02
    asks(room, PLANNING, RISK)
    for place in range(14):
        replies(room, f"1 quite good or so, {place}\n")
        if room.letters()[-1].state == "needs_a_person":
            assert room.letters()[-1].why.startswith("No answer could be taken from it")
            return
    raise AssertionError("twelve plain replies are all that goes out in a day")


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
    assert "I found no grade and no choice in it. If you have filled one in, it may have been saved under" in text
    assert "What I read" not in text and "Questions\r" not in text
    assert "Answer in Teams, or put the answers into the practice learning tool and send it again." in text
    assert len(text) < 1_100


def test_a_tool_with_one_comment_is_not_said_to_be_empty(room: Room) -> None:
    audit = room.allocates()
    answers = {VOICE: "Seen alone twice."}
    room.writes(AUDITOR, files=(fill(room.blank(audit), room.tool(audit), {**answers, PLANNING: "Good"}),))
    room.works()
    text = words_of(receipts(room)[-1])
    assert "I found no grade" not in text
    assert "- Planning: ✓ Good" in text
    assert "are empty." in text and "That is easier in Teams" in text


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
