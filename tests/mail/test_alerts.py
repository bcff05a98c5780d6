"""Alerts by mail: acknowledged by a reply of one word, from the right address and nobody's machine (F22, G04)."""

from __future__ import annotations

from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from audit.answers import Audit
from audit.escalation import ConcernState
from desk import concerns
from tests.mail.room import (
    AUDITOR,
    INBOX,
    LETTERS,
    MANAGER,
    OTHER_AUDITOR,
    QA_LEAD,
    SERVICE_MANAGER,
    STRANGER,
    Room,
    words_of,
)


def raised(room: Room, limb: str = "immediate") -> tuple[Audit, EmailMessage]:
    """An alert that has reached the team manager by mail."""
    audit = room.allocates()
    with room.store.open() as ledger:
        concerns.raise_by_hand(ledger, audit, limb, "words that stay here", audit.auditor_id, "p", room.now, "teams")
    room.works()
    return audit, room.letters_out("alert", MANAGER)[0]


def test_the_subject_says_reference_and_kind(room: Room) -> None:
    audit, alert = raised(room)
    assert alert["Subject"] == f"Immediate escalation · {audit.reference} · immediate concern"
    assert alert["Importance"] == "high"


def test_the_alert_says_what_a_tired_reader_needs(room: Room) -> None:  # VOICE: an alert, top to bottom
    _, alert = raised(room)
    said = words_of(alert)
    in_order = [
        "Reply ACK to this mail",
        "This alert is not a referral. Please phone as well.",
        "Ring Avery Sample: 01632 960101",
        "Raised by the auditor, Avery Sample, at 09:00, to you as team manager.",
        "You, as team manager: Told at 09:00; not yet acknowledged",
        "If nobody has acknowledged by 09:30, the service delivery manager is told too.",
    ]
    places = [said.index(line) for line in in_order]
    assert places == sorted(places)
    html = alert.get_body(("html",))
    assert html is not None
    assert 'href="tel:01632960101"' in html.get_content()
    assert "words that stay here" not in said + html.get_content()


def test_ack_by_reply_stops_the_climb_and_tells_everyone(room: Room) -> None:
    _, alert = raised(room)
    room.now = room.now.replace(minute=5)
    room.writes(MANAGER, f"Re: {alert['Subject']}", "ACK\n\n> Reply ACK\n", answering=alert["Message-ID"])
    room.works()
    room.waits(hours=3)
    assert not room.concerns()
    assert not room.letters_out("alert", SERVICE_MANAGER)
    assert "Nobody else will be rung about this" in room.told("reply", MANAGER)
    assert "Acknowledged at 09:05 by Morgan Example." in room.told("ended", AUDITOR)


def test_the_link_in_the_alert_acknowledges_as_well(room: Room) -> None:
    _, alert = raised(room)
    html = alert.get_body(("html",))
    assert html is not None
    link = next(part for part in html.get_content().split('"') if part.startswith("mailto:")).replace("&amp;", "&")
    asked = parse_qs(urlsplit(link).query)
    assert unquote(urlsplit(link).path) == INBOX
    room.writes(MANAGER, asked["subject"][0], asked["body"][0] + "\n")
    room.works()
    assert not room.concerns()


@pytest.mark.parametrize("name", ["out_of_office", "out_of_office_without_headers_but_with_precedence"])
def test_an_out_of_office_reply_is_no_ack(room: Room, name: str) -> None:  # G04
    _, alert = raised(room)
    raw = (LETTERS / f"{name}.eml").read_text()
    raw = raw.replace("<notice-1.0123abcd@telford.example>", alert["Message-ID"]).replace(QA_LEAD, MANAGER)
    room.posts(MANAGER, raw.replace("\n", "\r\n").encode())
    room.works()
    assert [one.state for one in room.concerns()] == [ConcernState.OPEN]
    assert not room.letters_out("reply")
    assert room.post.list_folder("set-aside")
    room.waits(minutes=30)
    assert room.letters_out("alert", SERVICE_MANAGER)


def test_words_to_an_alert_that_has_ended_are_not_told_that_it_goes_on(room: Room) -> None:
    _, alert = raised(room)
    for text in ("ACK\n", "May I ask who wrote this?\n"):
        room.writes(MANAGER, f"Re: {alert['Subject']}", text, answering=alert["Message-ID"])
        room.works()
    said = words_of(room.letters_out("reply", MANAGER)[-1])
    assert "The alert that you answered has ended" in said and "goes on" not in said
    assert room.letters()[-1].state == "needs_a_person"


@pytest.mark.parametrize("who", [AUDITOR, OTHER_AUDITOR])
def test_nobody_else_acknowledges(room: Room, who: str) -> None:
    audit, alert = raised(room)
    room.writes(who, "Re", "ack\n", answering=alert["Message-ID"])
    room.works()
    about_the_audit, about_the_letter = room.concerns()
    assert about_the_audit.state is ConcernState.OPEN
    assert not about_the_audit.acknowledgements
    assert about_the_letter.letter_id == room.letters()[-1].id
    assert audit.reference not in room.told("reply", who)


def test_a_strangers_ack_is_a_strangers_letter(room: Room) -> None:
    _, alert = raised(room)
    room.writes(STRANGER, "Re", "ack\n", answering=alert["Message-ID"])
    room.works()
    assert ConcernState.OPEN in [one.state for one in room.concerns()]
    assert "I do not know you yet" in room.told("reply", STRANGER)


def test_an_answer_that_is_no_ack_says_so_and_reaches_a_person(room: Room) -> None:
    _, alert = raised(room)
    room.writes(MANAGER, f"Re: {alert['Subject']}", "Ack? I am in court.\n", answering=alert["Message-ID"])
    room.works()
    assert "Your message does not acknowledge the alert, so the alert goes on." in room.told("reply", MANAGER)
    assert len(room.concerns()) == 2


def test_a_second_ack_is_thanked(room: Room) -> None:
    _, alert = raised(room)
    for _ in range(2):
        room.writes(MANAGER, "Re", "ack\n", answering=alert["Message-ID"])
        room.works()
    assert "has been acknowledged already" in words_of(room.letters_out("reply", MANAGER)[1])


def test_a_kept_letter_is_acknowledged_the_same_way(room: Room) -> None:
    room.writes(AUDITOR, "Help", text="How do I open the tool?\n")
    room.works()
    alert = room.letters_out("alert", QA_LEAD)[0]
    assert alert["Subject"] == "Please acknowledge · Letter 1 · letter to place"
    room.writes(QA_LEAD, "Re", "ack\n", answering=alert["Message-ID"])
    room.works()
    assert not room.concerns()
    assert room.letters()[0].state == "needs_a_person"


def test_those_only_informed_are_told_that_it_goes_on(room: Room) -> None:
    room.writes(AUDITOR, "Help", text="How do I open the tool?\n")
    room.works()
    alert = room.letters_out("alert", "ash.example@telford.example")[0]
    assert "the alert goes on until the Quality Assurance Manager acknowledges it" in words_of(alert)


# an acknowledgement, and more


def answers(room: Room, text: str, subject: str = "") -> EmailMessage:
    """The manager answers the alert; the alert."""
    _, alert = raised(room)
    room.writes(MANAGER, subject or f"Re: {alert['Subject']}", text, answering=alert["Message-ID"])
    room.works()
    return alert


@pytest.mark.parametrize(
    "signature",
    [
        "Morgan",
        "Thanks\n\nMorgan Example\nTeam Manager, Children in Care\n01952 380000",
        "Kind regards,\nMorgan Example (she/her)\nIf you think that a child is at risk, ring 01952 385385\n👍",
        "Oddi wrth: QA Team <qa@telford.example>\nImmediate escalation · TW-0001 · immediate concern\nYou cannot reply",
        "Immediate escalation · TW-0001 · immediate concern\nNot yet acknowledged",
        "Sent from my iPhone",
        "Morgan\n\nThis email is confidential. If you have received it in error, please do not read or copy it.\n"
        "If you are worried about a child at risk of harm, ring 01952 385385.",
    ],
)
def test_an_ack_with_a_signature_is_only_an_ack(room: Room, signature: str) -> None:
    answers(room, f"ACK\n\n{signature}\n")
    assert not room.concerns()
    assert room.letters()[-1].state == "done"


def test_an_ack_with_more_words_counts_and_the_words_reach_a_person(room: Room) -> None:  # G02
    answers(room, "I have it.\n\nI shall ring Avery right away. Which worker was on duty?\n\nMorgan\n")
    assert [one.limb for one in room.concerns()] == ["kept_letter"], "the quoted subject does not make it urgent"
    assert room.letters()[-1].state == "needs_a_person"
    reply = room.told("reply", MANAGER)
    assert "Nobody else will be rung about this" in reply
    assert "Your other words are kept for" in reply


@pytest.mark.parametrize(
    "words",
    [
        "Actually I am on leave until Monday and cannot do anything about this, please find someone else today.",
        "I can’t take this.",
        "Not able to, ring the duty manager.",
        "This is not me any more",
        "Morgan\nPlease find someone else",
        "Morgan Example\nOn leave until Monday",
        "The child is not safe tonight, where is everybody?",
        "Morgan\nThe child is not safe at home",
        "This message was sent to me in error: I have nothing to do with this child.",
        "Sent from my car. I can't deal with this until tonight.",
        "Sent from my iPhone\n\nI cannot do this.",
        "Important notice\nI can't do this, I'm in court.",
        "__________\nI cannot do this.",
        "This message is urgent: the child is not safe, she has been beaten again tonight and I cannot go.",
        "This email and any attachments are confidential. The child is not safe tonight.",
    ],
)
def test_an_ack_that_is_taken_back_in_the_same_letter_does_not_count(room: Room, words: str) -> None:  # F22
    answers(room, f"I have it.\n\n{words}\n")
    assert [one.state for one in room.concerns()] == [ConcernState.OPEN] * 2
    urgent = "not safe" in words
    assert room.concerns()[1].limb == ("kept_letter_urgent" if urgent else "kept_letter")
    assert room.letters()[-1].state == "needs_a_person"
    assert "it does not count as an acknowledgement, and the alert goes on" in room.told("reply", MANAGER)
    room.waits(minutes=30)
    assert room.letters_out("alert", SERVICE_MANAGER)


@pytest.mark.parametrize(
    "words",
    [
        "I am on holiday until Monday, Sam is covering.",
        "This isn't my case.",
        "Please disregard my ACK.",
        "I don't work here any more.",
        "I have left the council, please send this to Sam.",
        "Sam deals with this.",
        "Wrong child.",
        "I did not read this.",
        "we are closed till Monday",
        "Which of us takes this?",
        "This is an automated acknowledgement. We aim to reply within five working days.",
        "Morgan\nOn holiday until 7 December",
        "Morgan\nSam covering until Monday",
        "Morgan\nin court all day",
        "Morgan\nRing Sam on 01952 380000",
        "-- \nMorgan\nBack on Thursday",
    ],
)
def test_an_ack_counts_only_with_words_that_bear_it_out(room: Room, words: str) -> None:  # F22
    answers(room, f"Acknowledged.\n\n{words}\n")
    assert [one.state for one in room.concerns()] == [ConcernState.OPEN] * 2
    assert room.letters()[-1].state == "needs_a_person"
    room.waits(minutes=30)
    assert room.letters_out("alert", SERVICE_MANAGER)


@pytest.mark.parametrize(
    "words",
    [
        "Thanks, ringing Avery now.",
        "on it",
        "Will ring her now",
        "Thanks, dealing with it",
        "I've got this - calling the school and the mother now. How old is the child?\n\nKind regards\nMorgan Example",
    ],
)
def test_an_ack_counts_with_what_people_say_who_have_it(room: Room, words: str) -> None:
    answers(room, f"ACK\n{words}\n")
    assert [one.limb for one in room.concerns()] == ["kept_letter"], "only somebody who reads the words is told"
    assert "Nobody else will be rung about this" in room.told("reply", MANAGER)


def test_a_subject_can_take_an_ack_back(room: Room) -> None:
    answers(room, "ack\n", "I am on leave, find someone else")
    assert [one.state for one in room.concerns()] == [ConcernState.OPEN] * 2
    assert room.letters()[-1].state == "needs_a_person"


def test_what_is_over_is_not_said_to_go_on(room: Room) -> None:
    alert = answers(room, "ack\n")
    room.writes(MANAGER, "Re", "ack\n\nI cannot do it after all.\n", answering=alert["Message-ID"])
    room.works()
    reply = words_of(room.letters_out("reply", MANAGER)[1])
    assert "has been acknowledged already" in reply and "Your other words are kept for" in reply
    assert room.letters()[-1].state == "needs_a_person"
