"""Anybody in the directory may ask for an audit by mail; one role decides, and the asker hears (B03, B04)."""

from __future__ import annotations

import pytest

from storage.requests import Request, RequestState
from tests.mail.room import AUDITOR, MANAGER, QA_LEAD, STRANGER, WORKER, Room, words_of

CASE = "Please audit case 4021, it has been CP for two years."


def requests(room: Room) -> tuple[Request, ...]:
    with room.store.open() as ledger:
        return ledger.requests.everyone()


def asks(room: Room, text: str = CASE, subject: str = "Request an audit", sender: str = WORKER, **more: str) -> bytes:
    raw = room.writes(sender, subject, text, **more)
    room.works()
    return raw


def trail(room: Room, number: int = 1) -> list[tuple[str, str]]:
    with room.store.open() as ledger:
        return [(one.what, one.who) for one in ledger.trail.events(f"request/{number}")]


def decides(room: Room, text: str, sender: str = QA_LEAD) -> str:
    """Whoever decides answers the mail that asks them."""
    asked = room.letters_out("request", QA_LEAD)[-1]
    room.writes(sender, f"Re: {asked['Subject']}", text, answering=str(asked["Message-ID"]))
    room.works()
    found = room.letters_out("reply", sender)
    return words_of(found[-1]) if found else ""


def test_b03_a_request_is_noted_answered_and_put_to_whoever_decides(room: Room) -> None:
    asks(room)
    (request,) = requests(room)
    assert (request.case_id, request.reason, request.door) == ("4021", "long_plan", "mail")
    assert request.state is RequestState.OPEN
    reply = room.told("reply", WORKER)
    assert "request 1: that case 4021 be audited" in reply
    assert "a long time on a child in need or child protection plan" in reply
    asked = room.told("request", QA_LEAD)
    assert "Robin Example asks that case 4021 be audited" in asked
    assert "CP for two years" not in asked
    (letter,) = room.letters()
    assert (letter.state, letter.sorted_as) == ("done", "request")
    assert room.concerns() == ()


def test_b03_an_acceptance_that_may_be_taken_back_below_decides_nothing(room: Room) -> None:
    asks(room)
    said = decides(room, "accept\n\nSorry, please do not audit it.\nPat")
    assert "nothing was decided" in " ".join(said.split())
    assert room.letters()[-1].state == "needs_a_person"
    assert "Request 1 is noted as accepted" in decides(room, "accept")


def test_b03_nothing_is_allocated_by_an_accepted_request(room: Room) -> None:
    asks(room)
    assert "Request 1 is noted as accepted" in decides(room, "Accept\n\nPat")
    assert requests(room)[0].state is RequestState.ACCEPTED
    outcome = room.told("news", WORKER)
    assert "Your request is accepted: case 4021" in outcome
    assert "Nobody has been asked to audit it yet" in outcome
    with room.store.open() as ledger:
        assert ledger.audits.all_ids() == ()


def test_b03_a_declined_request_brings_its_reason_below_the_preview(room: Room) -> None:
    asks(room)
    decides(room, "Decline: it was audited in May.\n\nPat Specimen")
    outcome = room.told("news", WORKER)
    assert outcome.startswith("Your request 1: declined")
    assert outcome.index("it was audited in May") > 255


def test_b03_declining_needs_a_reason(room: Room) -> None:
    asks(room)
    assert "say why" in decides(room, "decline")
    assert requests(room)[0].state is RequestState.OPEN


@pytest.mark.parametrize("day", ["2020-01-01", "when I am back"])
def test_b03_later_needs_a_day_to_come(room: Room, day: str) -> None:
    asks(room)
    assert "is not a day to come" in decides(room, f"later {day}")
    assert requests(room)[0].state is RequestState.OPEN


def test_l01_what_stands_where_a_day_should_is_not_repeated(room: Room) -> None:
    asks(room)
    answer = decides(room, "later, once Emma Jones is back")
    assert "That is not a day to come" in answer
    assert "Emma" not in answer


def test_b03_put_off_to_a_day_it_is_asked_again_on_that_day(room: Room) -> None:
    asks(room)
    decides(room, "later 2026-12-01")
    assert requests(room)[0].state is RequestState.LATER
    assert "kept for later" in room.told("news", WORKER)
    assert len(room.letters_out("request", QA_LEAD)) == 1
    room.waits(days=8)
    assert "it was put off until today" in str(room.letters_out("request", QA_LEAD)[-1]["Subject"])
    decides(room, "accept")
    assert requests(room)[0].state is RequestState.ACCEPTED


def test_b03_only_the_role_that_decides_does_and_a_forwarded_mail_decides_nothing(room: Room) -> None:
    asks(room)
    decides(room, "accept", sender=MANAGER)
    assert requests(room)[0].state is RequestState.OPEN
    assert room.letters()[-1].state == "needs_a_person"


def test_b03_a_decision_stands(room: Room) -> None:
    asks(room)
    decides(room, "accept")
    assert "was accepted by Pat Specimen" in decides(room, "decline: I changed my mind")
    assert requests(room)[0].state is RequestState.ACCEPTED


def test_b03_the_same_request_twice_is_one(room: Room) -> None:
    asks(room)
    asks(room, "Please audit case 4021.")
    assert len(requests(room)) == 1
    assert "nothing was added" in words_of(room.letters_out("reply", WORKER)[-1])
    assert len(room.letters_out("request", QA_LEAD)) == 1


def test_b03_after_a_decision_it_may_be_asked_again(room: Room) -> None:
    asks(room)
    decides(room, "decline: not now")
    asks(room)
    assert [one.state for one in requests(room)] == [RequestState.DECLINED, RequestState.OPEN]


def test_l01_a_name_instead_of_an_id_is_never_stored_or_repeated(room: Room) -> None:
    asks(room, "Could you please request an audit of Sam Fictional? He has a new worker.", "Audit of Sam Fictional")
    assert requests(room) == ()
    reply = room.told("reply", WORKER)
    assert "Which case is it?" in reply
    assert "Fictional" not in reply
    (letter,) = room.letters()
    assert letter.state == "needs_a_person"
    assert "Fictional" not in letter.why


def test_l01_what_was_written_beside_the_id_is_in_no_row_and_no_letter(room: Room) -> None:
    asks(room, "Please audit case 4021. Sam Fictional's plan has drifted.")
    with room.store.engine.connect() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM requests").all())
        notices = str(connection.exec_driver_sql("SELECT * FROM notices").all())
    assert "Fictional" not in rows + notices
    assert [what for what, _who in trail(room)] == ["audit requested"]


def test_a_case_that_nobody_knows_reads_the_same_to_the_asker(room: Room) -> None:
    asks(room, "Please audit case 98765.")
    assert "that case 98765 be audited" in room.told("reply", WORKER)
    assert "No case with this ID is in the directory" in room.told("request", QA_LEAD)


def test_two_cases_are_asked_about(room: Room) -> None:
    asks(room, "Please audit case 4021 and case 4022.")
    assert requests(room) == ()
    assert room.letters()[-1].state == "needs_a_person"


def test_an_alarming_request_goes_to_a_person_at_once_too(room: Room) -> None:
    asks(room, "Please audit case 4021: the child is not safe.")
    assert len(requests(room)) == 1
    assert [one.limb for one in room.concerns()] == ["kept_letter_urgent"]


def test_a_stranger_asks_for_nothing(room: Room) -> None:
    asks(room, sender=STRANGER)
    assert requests(room) == ()


@pytest.mark.parametrize(
    "text",
    ["Please do not audit case 4021.", "Thanks for the audit of case 4021.", "When is the audit of case 4021 due?"],
)
def test_what_is_no_plain_request_goes_to_a_person(room: Room, text: str) -> None:
    asks(room, text, "Case 4021")
    assert requests(room) == ()
    assert room.letters()[-1].state == "needs_a_person"


def test_a_letter_that_is_read_again_asks_once(room: Room) -> None:
    asks(room, "Please audit case 4021: the child is not safe.")
    decides(room, "accept")
    with room.store.open() as ledger:
        from desk import post_queue

        post_queue.retry(ledger, 1, ledger.directory.by_email(QA_LEAD), room.now)  # type: ignore[arg-type]
    room.works()
    assert [one.state for one in requests(room)] == [RequestState.ACCEPTED]
    assert len(room.letters_out("request", QA_LEAD)) == 1


def test_an_out_of_office_asks_for_nothing(room: Room) -> None:
    asks(room, Auto_Submitted="auto-replied")
    assert requests(room) == ()


def test_twelve_requests_of_one_person_may_wait_and_the_rest_is_for_a_person(room: Room) -> None:
    for number in range(14):
        room.writes(AUDITOR, "Request an audit", f"Please audit case 30{number:02}.")
    room.waits(minutes=1)
    assert len(requests(room)) == 12
    assert [one.state for one in room.letters()].count("needs_a_person") == 2


def test_g04_requests_count_against_the_replies_of_a_day(room: Room) -> None:
    for number in range(14):
        asks(room, f"Please audit case 30{number:02}.", sender=AUDITOR)
        decides(room, "accept")
    assert len(requests(room)) == 14
    assert len(room.letters_out("reply", AUDITOR)) == 12
