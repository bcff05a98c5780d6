"""Letters that need a person: seen, read again, assigned, discarded; nothing dropped, everything in the trail (G02)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from audit.answers import Audit
from audit.refusals import NotOfTheTeam, ReasonNeeded
from bot import cli, wiring
from desk import post_queue
from mail import returned
from mail.writing_back import MOST_REPLIES
from tests.mail.room import AUDITOR, COUNCILS, MANAGER, OTHER_AUDITOR, QA_LEAD, STRANGER, Room

WHY = "The auditor's assistant sent it; I rang the auditor."


def from_a_stranger(room: Room) -> Audit:
    """A whole tool that somebody outside the directory sent."""
    audit = room.allocates()
    room.writes(STRANGER, files=(room.filled(audit),))
    room.works()
    assert room.letters()[0].state == "needs_a_person"
    assert room.audit(audit)["state"] == "allocated"
    return audit


def acts(room: Room, verb: str, audit: Audit | None = None, why: str = WHY, by: str = QA_LEAD, number: int = 1) -> None:
    with room.store.open() as ledger:
        who = post_queue.of_the_team(ledger, room.council, by)
        if verb == "assign":
            assert audit
            post_queue.assign(ledger, number, ledger.audits.audit(audit.id), who, why, room.now)
        elif verb == "discard":
            post_queue.discard(ledger, number, who, why, room.now)
        else:
            post_queue.retry(ledger, number, who, room.now)


def trail(room: Room, chain: str) -> list[tuple[str, str]]:
    with room.store.open() as ledger:
        return [(one.what, one.who) for one in ledger.trail.events(chain)]


def test_a_letter_that_is_assigned_is_filed_for_the_audit_and_its_alert_ends(room: Room) -> None:
    audit = from_a_stranger(room)
    acts(room, "assign", audit)
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    assert room.audit(audit)["versions"][0]["kind"] == "returned"
    letter = room.letters()[0]
    assert (letter.state, letter.audit_id) == ("done", audit.id)
    assert not room.concerns()
    assert "I read" in room.told("receipt", AUDITOR)
    assert not room.letters_out("receipt", STRANGER)
    assert "Letter 1 has been dealt with" in room.told("ended", QA_LEAD)
    with room.store.open() as ledger:
        lead = ledger.directory.by_email(QA_LEAD)
        assert lead
    assert ("letter assigned", f"person/{lead.id}") in trail(room, "letter/1")
    assert ("letter assigned", f"person/{lead.id}") in trail(room, f"audit/{audit.id}")
    assert ("concern withdrawn", f"person/{lead.id}") in trail(room, "letter/1")
    assert room.post.list_folder("filed")
    assert not room.post.list_folder("needs-a-person")


def test_what_another_auditor_sent_can_be_assigned(room: Room) -> None:
    audit = room.allocates()
    room.writes(OTHER_AUDITOR, files=(room.filled(audit),))
    room.works()
    assert room.letters()[0].state == "needs_a_person"
    acts(room, "assign", audit)
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    assert len(room.letters_out("receipt", AUDITOR)) == 1


def test_what_a_machine_forwarded_can_be_assigned(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit),), Auto_Submitted="auto-forwarded")
    room.works()
    assert room.letters()[0].state == "needs_a_person"
    acts(room, "assign", audit)
    room.works()
    assert room.audit(audit)["state"] == "submitted"


def test_the_alert_goes_on_where_what_was_assigned_cannot_be_filed(room: Room) -> None:
    room.allocates()
    other = room.allocates(case="4022", auditor=OTHER_AUDITOR)
    room.writes(STRANGER, files=(b"%PDF-1.7 nothing",))
    room.works()
    acts(room, "assign", other)
    room.works()
    assert room.letters()[0].state == "needs_a_person"
    assert len(room.concerns()) == 1
    assert not room.letters_out("reply", OTHER_AUDITOR)


def test_of_several_tools_only_the_one_that_is_meant_is_filed(room: Room) -> None:
    audit, other = room.allocates(), room.allocates(case="4022")
    room.writes(STRANGER, files=(room.filled(audit), room.filled(other)))
    room.works()
    acts(room, "assign", audit)
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    assert room.audit(other)["state"] == "allocated"
    assert len(room.audit(audit)["versions"]) == 2  # returned, handed in


def test_a_letter_is_read_again_once_its_sender_is_known(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, "TW-9999", files=(room.filled(audit),))
    room.works()
    assert room.letters()[0].state == "needs_a_person"
    replies = len(room.letters_out("reply"))
    for _ in range(3):
        acts(room, "retry")
        acts(room, "retry")
        room.works()
    assert room.letters()[0].state == "needs_a_person"
    assert len(room.letters_out("reply")) == replies  # the same is not said twice
    assert len(room.concerns()) == 1
    assert [what for what, _ in trail(room, "letter/1")].count("letter to be read again") == 3


def test_a_letter_that_reads_well_the_second_time_ends_its_alert(room: Room) -> None:
    audit = room.allocates()
    data = room.filled(audit)
    room.writes(AUDITOR, "Hello", "Please see my question.\n")
    path = room.post.raw
    room.works()
    good = room.writes(AUDITOR, files=(data,))
    room.post.move(room.post.list_folder("inbox")[-1], "set-aside")
    with room.store.open() as ledger:
        kept = ledger.letters.letter(1)
    (path / kept.path).write_bytes(good)  # as if what was wrong with us had been put right
    acts(room, "retry")
    room.works()
    assert room.letters()[0].state == "done"
    assert not room.concerns()
    assert room.audit(audit)["state"] == "submitted"


def test_a_letter_that_is_discarded_stays_where_it_lies_and_its_alert_ends(room: Room) -> None:
    from_a_stranger(room)
    lies = room.post.list_folder("needs-a-person")
    acts(room, "discard", why="An invitation, no tool of ours.")
    room.works()
    room.waits(days=3)
    assert room.post.list_folder("needs-a-person") == lies
    assert not room.concerns()
    with room.store.open() as ledger:
        assert not post_queue.waiting(ledger)
        assert ledger.letters.letter(1).state == "discarded"
        with pytest.raises(post_queue.NotWaiting):
            post_queue.one_waiting(ledger, 1)


@pytest.mark.parametrize("verb", ["assign", "discard"])
def test_without_a_reason_nothing_happens(room: Room, verb: str) -> None:
    audit = from_a_stranger(room)
    with pytest.raises(ReasonNeeded):
        acts(room, verb, audit, why="  ")
    assert len(room.concerns()) == 1


@pytest.mark.parametrize("by", [AUDITOR, MANAGER, STRANGER, ""])
def test_only_the_qa_team_may(room: Room, by: str) -> None:  # L02
    audit = from_a_stranger(room)
    with pytest.raises(NotOfTheTeam):
        acts(room, "assign", audit, by=by)
    assert room.audit(audit)["state"] == "allocated"


def test_many_letters_of_one_sender_hold_nobody_else_up(room: Room) -> None:
    room.allocates()
    for place in range(50):
        room.writes(AUDITOR, f"Again {place}", f"Hello {place}.\n")
    room.writes(OTHER_AUDITOR, "A question", "Where do I find the guide?\n")
    room.takes_in()
    for _ in range(21 + 20):  # those of the first twenty and the other one, each with its move
        room.reads_once()
    assert room.letters()[-1].state == "needs_a_person"
    assert [one.state for one in room.letters()].count("kept") == 30
    room.waits(minutes=1)
    assert {one.state for one in room.letters()} == {"needs_a_person"}
    assert len(room.letters_out("reply", AUDITOR)) == MOST_REPLIES
    assert len(room.letters_out("reply", OTHER_AUDITOR)) == 1


def auditbot(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, ["mail", *words])


@pytest.fixture
def at_the_keyboard(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    """The room's own ledger and folders, by the command line."""
    monkeypatch.setenv("AUDITBOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("AUDITBOT_COUNCIL", str(COUNCILS / "telford_and_wrekin"))
    monkeypatch.setenv("AUDITBOT_LOCAL", "1")
    monkeypatch.setattr(wiring, "now", lambda: room.now)
    return room


def test_the_list_says_which_when_whose_and_why(at_the_keyboard: Room) -> None:
    from_a_stranger(at_the_keyboard)
    listed = auditbot("list")
    assert listed.output == (f"    1  2026-11-23 09:00  {STRANGER}: It is from somebody who is not in the directory.\n")
    (one,) = json.loads(auditbot("list", "--json").output)["letters"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", one["received_at"])
    assert (one["number"], one["sender"], one["in_hand"]) == (1, STRANGER, False)


def test_what_a_letter_says_is_shown_only_where_it_is_asked_for(at_the_keyboard: Room) -> None:  # L01
    at_the_keyboard.writes(STRANGER, "Hello", "Words that stay here.\n")
    at_the_keyboard.works()
    shown = auditbot("show", "1")
    assert "subject" in shown.output
    assert ".eml" in shown.output
    assert "Words that stay here" not in shown.output + auditbot("show", "1", "--json").output
    assert "Words that stay here" in auditbot("show", "1", "--words").output


def test_a_letter_is_assigned_and_discarded_from_the_keyboard(at_the_keyboard: Room) -> None:
    audit = from_a_stranger(at_the_keyboard)
    done = auditbot("assign", "1", audit.reference.lower(), "--by", QA_LEAD, "--why", WHY)
    assert done.output == (
        f"Letter 1 will be read for a tool of {audit.reference}; {AUDITOR} gets a receipt for what is new in it. "
        "Without a tool it stays in 'auditbot mail list', with the reason.\n"
    )
    assert "being read again" in auditbot("list").output
    at_the_keyboard.works()
    assert auditbot("list").output == "No letter needs a person.\n"
    gone = auditbot("discard", "1", "--by", QA_LEAD, "--why", WHY)
    assert "No letter 1 needs a person" in str(gone.exception)


def test_a_letter_that_turns_out_to_be_alarming_when_it_is_read_again_climbs_the_faster_ladder(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = room.allocates(auditor=OTHER_AUDITOR)
    with monkeypatch.context() as slow:
        slow.setattr(returned, "LETTER_SECONDS", -1)
        room.writes(AUDITOR, files=(room.filled(others, {("overall", "grade"): "Inadequate"}),))
        room.works()
    assert [one.limb for one in room.concerns()] == ["kept_letter"]
    acts(room, "retry")
    room.works()
    assert [one.limb for one in room.concerns()] == ["kept_letter", "kept_letter_urgent"]
    assert "urgent" in str(room.letters_out("alert", QA_LEAD)[-1]["Subject"])
    acts(room, "retry")
    room.works()
    assert len(room.concerns()) == 2
    acts(room, "discard")
    assert not room.concerns()
