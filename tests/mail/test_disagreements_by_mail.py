"""By mail somebody says that they see an audit differently (J01 to J05); nothing waits for it (J07)."""

from __future__ import annotations

import pytest

from tests.mail.handed_in import events, news, with_actions
from tests.mail.room import AUDITOR, MANAGER, OTHER_AUDITOR, QA_LEAD, WORKER, Room, words_of

WORDS = "I disagree with the grade for section 3 of TW-0001\n\nThe plan was followed up in May."


def tells(room: Room, text: str = WORDS, sender: str = MANAGER, subject: str = "The audit") -> str:
    room.writes(sender, subject, text)
    room.works()
    return words_of(room.letters_out("reply", sender)[-1])


def test_j01_it_is_kept_and_the_writer_hears_whom_to_ring_first(room: Room) -> None:
    audit = with_actions(room)
    reply = tells(room)
    (event,) = events(room, audit, "disagreed")
    assert "The plan was followed up in May." in (event.content or {})["words"]
    assert "Please speak with Avery Sample on 01632 960101" in reply
    assert "Your words are kept with the audit" in reply
    assert room.letters()[-1].state == "done"


def test_j03_and_who_reviews_it_if_that_does_not_settle_it(room: Room) -> None:
    with_actions(room)
    assert "ring Lee Sample on 01632 960109, the service delivery manager for quality assurance" in tells(room)


def test_j01_qa_lead_and_auditor_are_told_once_without_what_was_written(room: Room) -> None:
    with_actions(room)
    tells(room)
    tells(room, "I disagree with TW-0001.\nAnd another thing.")
    for who in (QA_LEAD, AUDITOR):
        heard = news(room, who, "seen differently")
        assert "Morgan Example" in heard
        assert "followed up in May" not in heard
        assert "section 3" not in heard


def test_j07_stage_grades_and_whatever_is_due_stay(room: Room) -> None:
    audit = with_actions(room)
    before = {key: value for key, value in room.audit(audit).items() if key != "notices"}
    with room.store.open() as ledger:
        due = ledger.obligations.next_due()
    tells(room)
    assert {key: value for key, value in room.audit(audit).items() if key != "notices"} == before
    with room.store.open() as ledger:
        assert ledger.obligations.next_due() == due


@pytest.mark.parametrize("sender", [WORKER, OTHER_AUDITOR, AUDITOR])
def test_j04_whoever_the_council_does_not_name_is_heard_by_a_person(room: Room, sender: str) -> None:
    audit = with_actions(room)
    assert "I cannot find an audit TW-0001 about which you can tell me this" in tells(room, sender=sender)
    assert events(room, audit, "disagreed") == []
    assert room.letters()[-1].state == "needs_a_person"


def test_l02_an_audit_that_is_not_handed_in_and_one_that_is_not_there_read_the_same(room: Room) -> None:
    room.allocates()
    open_one = tells(room, "I disagree with TW-0001")
    none = tells(room, "I disagree with TW-0999")
    assert open_one.replace("TW-0001", "TW-0999") == none


@pytest.mark.parametrize("text", ["I do not disagree with TW-0001", "Do you disagree with TW-0001?"])
def test_what_is_no_disagreement_goes_to_a_person(room: Room, text: str) -> None:
    audit = with_actions(room)
    tells(room, text)
    assert events(room, audit, "disagreed") == []
    assert room.letters()[-1].state == "needs_a_person"


def test_without_a_reference_it_is_asked_for(room: Room) -> None:
    with_actions(room)
    assert "Which audit is it about?" in tells(room, "I disagree with the grade")
    assert room.letters()[-1].state == "needs_a_person"


def test_a_disagreement_that_sounds_alarming_is_read_by_a_person_at_once(room: Room) -> None:
    audit = with_actions(room)
    tells(room, "I disagree with TW-0001: the child is at risk.")
    assert len(events(room, audit, "disagreed")) == 1
    assert [one.limb for one in room.concerns()] == ["kept_letter_urgent"]


def test_an_auditor_who_disagrees_with_a_receipt_answers_it(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, audit.reference, files=(room.filled(audit, {("overall", "grade"): None}),))
    room.works()
    receipt = room.letters_out("receipt", AUDITOR)[-1]
    room.writes(AUDITOR, f"Re: {receipt['Subject']}", "I disagree, it was there.", answering=str(receipt["Message-ID"]))
    room.works()
    assert events(room, audit, "disagreed") == []
    assert room.letters()[-1].sorted_as == "answers"
    assert room.letters()[-1].state == "needs_a_person"
