"""By mail somebody who is party to an audit says that an action is done (H04, H08)."""

from __future__ import annotations

import pytest

from tests.mail.handed_in import FIRST, SECOND, events, news, with_actions
from tests.mail.room import AUDITOR, MANAGER, OTHER_AUDITOR, QA_LEAD, STRANGER, WORKER, Room, words_of

REPORTED = "action reported done"


def tells(room: Room, text: str, sender: str = MANAGER, subject: str = "An action", **more: str) -> str:
    """The answer to what somebody tells."""
    before = len(room.letters_out("reply", sender))
    room.writes(sender, subject, text, **more)
    room.works()
    found = room.letters_out("reply", sender)
    assert len(found) <= before + 1
    return words_of(found[-1]) if len(found) > before else ""


def test_h08_an_action_that_is_done_is_kept_with_who_said_so_and_their_words(room: Room) -> None:
    audit = with_actions(room)
    reply = tells(room, "TW-0001 action 2 done\n\nIt stands in the record since Friday.\n\nMorgan Example")
    (event,) = events(room, audit, REPORTED)
    assert event.content is not None
    assert event.content["action"] == 2
    assert "It stands in the record since Friday." in event.content["words"]
    assert event.at == room.now
    assert "I have noted that you say that action 2 of TW-0001 is done" in reply
    assert SECOND not in reply[:255]
    assert SECOND in reply
    assert FIRST not in reply
    assert room.letters()[-1].state == "done"


def test_h08_qa_lead_and_auditor_hear_once_and_nothing_of_what_was_written(room: Room) -> None:
    audit = with_actions(room)
    tells(room, "TW-0001 action 2 done\nSam Fictional told me.")
    tells(room, "TW-0001 action 2 done\nAnd once more.")
    for who in (QA_LEAD, AUDITOR):
        heard = news(room, who, "action 2 reported as done")
        assert "Morgan Example has told us that action 2 of TW-0001 is done" in " ".join(heard.split())
        assert "Fictional" not in heard
        assert SECOND not in heard
    assert len(events(room, audit, REPORTED)) == 2


def test_h08_nothing_else_changes(room: Room) -> None:
    audit = with_actions(room)
    before = {key: value for key, value in room.audit(audit).items() if key != "notices"}
    tells(room, "TW-0001 action 2 done")
    assert {key: value for key, value in room.audit(audit).items() if key != "notices"} == before


@pytest.mark.parametrize(
    "text",
    [
        "Action 1 of TW-0001 is done.",
        "TW-0001: actions 1 and 2 are done",
        "tw-0001 Action 1 completed – seen on 3 December",
        "Hi,\nTW-0001 action no. 1 has been done.\nThanks\nMorgan",
    ],
)
def test_h08_ways_of_saying_that_it_is_done(room: Room, text: str) -> None:
    audit = with_actions(room)
    tells(room, text)
    assert 1 in [(one.content or {})["action"] for one in events(room, audit, REPORTED)]


def test_h08_the_reference_may_stand_in_the_subject(room: Room) -> None:
    audit = with_actions(room)
    tells(room, "Action 1 done", subject="Re: TW-0001")
    assert len(events(room, audit, REPORTED)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "TW-0001 action 2 not done",
        "TW-0001 action 2 is nearly done",
        "TW-0001 action 2 done?",
        "TW-0001 action 2 done, but not the last part",
        "TW-0001 action 2 will be done on Friday",
        "TW-0001 action 2 done\nSorry, ignore this, it is not finished.",
        "TW-0001 action 2 isn’t done",
        "TW-0001 action 2 half done",
    ],
)
def test_h08_what_is_nearly_done_is_not_done(room: Room, text: str) -> None:
    audit = with_actions(room)
    reply = tells(room, text)
    assert "your words leave a doubt" in reply
    assert events(room, audit, REPORTED) == []
    assert room.letters()[-1].state == "needs_a_person"


def test_h08_an_action_that_is_not_there(room: Room) -> None:
    audit = with_actions(room)
    assert "TW-0001 has no action 7" in tells(room, "TW-0001 action 7 done")
    assert events(room, audit, REPORTED) == []


def test_h08_of_two_actions_none_is_noted_where_one_is_not_there(room: Room) -> None:
    audit = with_actions(room)
    tells(room, "TW-0001 actions 1 and 7 are done")
    assert events(room, audit, REPORTED) == []


def test_h08_an_audit_that_is_not_handed_in_has_no_actions_yet(room: Room) -> None:
    audit = room.allocates()
    assert "it is not handed in yet" in tells(room, "TW-0001 action 1 done")
    assert events(room, audit, REPORTED) == []


@pytest.mark.parametrize("reference", ["TW-0001", "TW-0999"])
@pytest.mark.parametrize("sender", [OTHER_AUDITOR, "sam.specimen@telford.example"])
def test_l02_whoever_is_no_party_learns_nothing(room: Room, reference: str, sender: str) -> None:
    audit = with_actions(room)
    reply = tells(room, f"{reference} action 1 done", sender)
    assert f"I cannot find an audit {reference} about which you can tell me this" in reply
    assert events(room, audit, REPORTED) == []
    assert room.letters()[-1].state == "needs_a_person"


def test_l02_the_owner_by_name_tells_of_their_own_action_and_of_no_other(room: Room) -> None:
    audit = with_actions(room)
    assert "cannot find an audit" in tells(room, "TW-0001 action 2 done", WORKER)
    assert events(room, audit, REPORTED) == []
    assert "action 1 of TW-0001 is done" in tells(room, "TW-0001 action 1 done", WORKER)
    assert len(events(room, audit, REPORTED)) == 1


def test_l02_a_stranger_reports_nothing(room: Room) -> None:
    audit = with_actions(room)
    tells(room, "TW-0001 action 1 done", STRANGER)
    assert events(room, audit, REPORTED) == []


def test_two_references_are_asked_about(room: Room) -> None:
    audit = with_actions(room)
    assert "Which audit is it about?" in tells(room, "TW-0001 action 1 done", subject="TW-0002")
    assert events(room, audit, REPORTED) == []


def test_an_alarming_word_beside_it_hurries_a_person(room: Room) -> None:
    audit = with_actions(room)
    tells(room, "TW-0001 action 1 done\nHe was bruised when I came.")
    assert len(events(room, audit, REPORTED)) == 1
    assert [one.limb for one in room.concerns()] == ["kept_letter_urgent"]


def test_a_letter_that_is_read_again_is_noted_once(room: Room) -> None:
    from desk import post_queue

    audit = with_actions(room)
    tells(room, "TW-0001 action 1 done\nHe was bruised when I came.")
    number = room.letters()[-1].id
    with room.store.open() as ledger:
        lead = ledger.directory.by_email(QA_LEAD)
        assert lead
        post_queue.retry(ledger, number, lead, room.now)
    room.works()
    assert len(events(room, audit, REPORTED)) == 1
    assert news(room, QA_LEAD, "action 1 reported as done")


def test_the_numbered_list_of_a_receipt_is_not_a_list_of_actions(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, audit.reference, files=(room.filled(audit, {("overall", "grade"): None}),))
    room.works()
    receipt = room.letters_out("receipt", AUDITOR)[-1]
    room.writes(AUDITOR, f"Re: {receipt['Subject']}", "1 good", answering=str(receipt["Message-ID"]))
    room.works()
    assert room.audit(audit)["overall"]["grade"] == "good"
