"""A mail that says help is answered with what can be done by mail; more than that is heard by a person too."""

from __future__ import annotations

import pytest

from tests.mail.room import AUDITOR, STRANGER, WORKER, Room


def asks(room: Room, subject: str, text: str, sender: str = AUDITOR) -> str:
    room.writes(sender, subject, text)
    room.works()
    return room.told("reply", sender)


@pytest.mark.parametrize(("subject", "text"), [("help", "\n"), ("", "Help\n\nAvery Sample"), ("Re: x", "Hi,\nhelp?")])
def test_what_can_be_done_by_mail_the_own_open_audits_and_whom_to_ring(room: Room, subject: str, text: str) -> None:
    room.allocates()
    reply = asks(room, subject, text)
    for said in ("attach it", "ACK", "Please audit case", "action 2 done", "I disagree with", "TW-0001"):
        assert said in reply
    assert "ring Pat Specimen, Quality Assurance Manager, on 01632 960108" in " ".join(reply.split())
    assert "4021" not in reply
    assert room.letters()[-1].state == "done"
    assert room.concerns() == ()


def test_l02_nobody_elses_audits_are_named(room: Room) -> None:
    room.allocates()
    reply = asks(room, "help", "\n", WORKER)
    assert "TW-0001" not in reply
    assert "You have no open practice learning sessions" in " ".join(reply.split())


@pytest.mark.parametrize(
    ("subject", "text"),
    [("Help", "I cannot open the tool on my laptop."), ("", "Please help"), ("", "help\n\nmy manager is away")],
)
def test_more_words_are_kept_for_a_person_too(room: Room, subject: str, text: str) -> None:
    reply = asks(room, subject, text)
    assert "somebody will read it" in " ".join(reply.split())
    (letter,) = room.letters()
    assert (letter.state, letter.sorted_as) == ("needs_a_person", "help")


def test_help_for_a_child_is_no_list_alone(room: Room) -> None:
    asks(room, "Help", "A child is at risk.")
    assert [one.limb for one in room.concerns()] == ["kept_letter_urgent"]


def test_a_stranger_gets_no_list(room: Room) -> None:
    assert "attach it" not in asks(room, "help", "\n", STRANGER)
