"""A reply may take its own numbers back, or pass on somebody else's: then none of them is an answer (D02)."""

from __future__ import annotations

import pytest

from tests.mail.asking import HEDGED, PLANNING, RISK, VOICE, asks, receipts, replies, section, state
from tests.mail.room import AUDITOR, Room


@pytest.mark.parametrize(
    "text",
    [
        "1 good\n2 RI\n\nIgnore the above\n",
        "1 good\n2 RI\nignore that, I will resend\n",
        "1 good\n2 RI\nWait, swap them\n",
        "1 good\n2 RI\nOther way round sorry\n",
        "Draft, do not record:\n1 good\n2 RI\n",
        "Not sure about these:\n1 good\n2 RI\n",
        "These were wrong:\n1 good\n2 RI\n",
        "You read these wrongly:\n1 good\n2 RI\nSorry\n",
        "My manager says:\n1 good\n2 RI\nI disagree.\n",
        "FYI, Robin wrote:\n1 good\n2 RI\n",
        "Robin thinks\n1 good\n2 RI\n",
    ],
)
def test_numbers_that_are_taken_back_in_the_same_mail_are_asked_again(room: Room, text: str) -> None:  # D02
    audit = asks(room, PLANNING, RISK, planning_grade=HEDGED)
    answer = replies(room, text)
    assert section(room, audit, "planning")["grade"] is None
    assert section(room, audit, "risk")["grade"] is None
    assert state(room, audit) == "scoring"
    assert "1. Other words in your mail may take this back" in " ".join(answer.split())


@pytest.mark.parametrize("last", ["Ignore the above, I sent the wrong one.", "Other way round, sorry", "Swap them"])
def test_a_line_below_a_comment_that_takes_the_mail_back_is_no_comment(room: Room, last: str) -> None:  # D02
    audit = asks(room, PLANNING, VOICE)
    replies(room, f"1 good\n2 Seen at home twice.\n{last}\n")
    assert section(room, audit, "planning")["grade"] is None
    assert section(room, audit, "voice")["comment"] == ""
    assert room.letters()[-1].state == "needs_a_person"


def test_a_comment_may_speak_of_what_was_wrong(room: Room) -> None:  # D03
    audit = asks(room, PLANNING, VOICE)
    words = "The address on file was wrong, and nobody was to ignore it.\nThe worker did not say so."
    replies(room, f"1 good\n2 {words}\n")
    assert section(room, audit, "voice")["comment"] == words
    assert state(room, audit) == "submitted"


@pytest.mark.parametrize(
    "beside", ["Please do not hesitate to ring.", "As I said on the phone:", "Sorry for the wait!"]
)
def test_what_takes_nothing_back_holds_nothing_up(room: Room, beside: str) -> None:
    audit = asks(room, PLANNING, RISK)
    replies(room, f"{beside}\n1 good\n2 RI\n")
    assert state(room, audit) == "submitted"
    assert receipts(room)[-1]["Subject"] == f"{audit.reference}: your answers, complete and handed in"


@pytest.mark.parametrize(
    "text", ["TW-0002: 1 good, 2 RI\n", "For TW-0002:\n1 good\n2 RI\n", "1 good\n2 RI\n\nTW-0002\n"]
)
def test_answers_for_another_audit_are_none_for_this_one(room: Room, text: str) -> None:  # D02
    audit = asks(room, PLANNING, RISK)
    answer = replies(room, text)
    assert section(room, audit, "planning")["grade"] is None
    assert section(room, audit, "risk")["grade"] is None
    assert f"Your mail names TW-0002 too. Please answer it again, for {audit.reference}." in " ".join(answer.split())


def test_a_subject_of_another_audit_is_asked_about(room: Room) -> None:  # D02
    audit = asks(room, PLANNING, RISK)
    room.writes(AUDITOR, "Re: TW-0002: received", "1 good\n2 RI\n", answering=receipts(room)[-1]["Message-ID"])
    room.works()
    assert section(room, audit, "planning")["grade"] is None
    assert state(room, audit) == "scoring"


def test_a_comment_may_name_another_audit(room: Room) -> None:  # D03
    audit = asks(room, PLANNING, VOICE)
    replies(room, "1 good\n2 As for the sibling in TW-0002, seen alone.\n")
    assert section(room, audit, "voice")["comment"] == "As for the sibling in TW-0002, seen alone."
