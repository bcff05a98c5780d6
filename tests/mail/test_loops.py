"""Machines that answer us: a hundred out-of-office replies and a hundred bounces hear nothing from us (G04)."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import pytest

from audit.escalation import ConcernState
from desk import concerns
from mail import letters
from tests.mail.room import AUDITOR, INBOX, MANAGER, OTHER_AUDITOR, QA_LEAD, SERVICE_MANAGER, Room

AWAY = "I am away until Thursday. If a child may be at risk of harm, ring the duty team on 01632 960199.\n"

OUT_OF_OFFICE: dict[str, dict[str, str]] = {
    "Exchange": {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Subject": "Automatic reply: x"},
    "Exchange, marks taken off by a gateway": {"Subject": "Automatic reply: Immediate escalation"},
    "Gmail": {"Auto-Submitted": "auto-replied", "Precedence": "bulk", "X-Autoreply": "yes", "Subject": "Re: x"},
    "vacation(1)": {"Precedence": "bulk", "Subject": "away from my mail"},
    "an older Outlook": {"Subject": "Out of Office: x"},
    "an older Outlook, in full": {"Subject": "Out of Office AutoReply: x"},
    "a help desk": {"X-Autoreply": "yes", "Subject": "We have your message"},
    "Outlook in Welsh": {"Subject": "Ateb awtomatig: x"},
    "a folded, encoded subject": {"Subject": "=?utf-8?q?R=C3=A9ponse_automatique_=3A_x?="},
    "an empty return path": {"Return-Path": "<>", "Subject": "x"},
}
MAY_BE_A_PERSONS = ("vacation(1)",)
"""Lists and gateways mark people's letters so, too: one that sounds alarming goes to a person, unanswered."""

BOUNCES: dict[str, tuple[str, str]] = {
    "postfix": ("Mail Delivery System <MAILER-DAEMON@relay.example>", ""),
    "Exchange": ("postmaster@telford.example", "X-MS-Exchange-Message-Is-Ndr:\nAuto-Submitted: auto-replied\n"),
    "Exchange Online": (
        "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@telford.example",
        "Auto-Submitted: auto-replied\n",
    ),
    "Gmail": ("mailer-daemon@googlemail.example", f"X-Failed-Recipients: {AUDITOR}\nAuto-Submitted: auto-replied\n"),
}


def alert(room: Room) -> str:
    """An alert is open; the Message-ID of the letter about it."""
    audit = room.allocates()
    with room.store.open() as ledger:
        concerns.raise_by_hand(ledger, audit, "immediate", "words", audit.auditor_id, "p", room.now, "teams")
    room.works()
    return str(room.letters_out("alert", MANAGER)[-1]["Message-ID"])


def ladder(room: Room) -> list[tuple[str, str]]:
    with room.store.open() as ledger:
        return [(one.key, one.due_at.isoformat()) for one in ledger.obligations.waiting("concern/")]


def out_of_office(room: Room, dialect: str, sender: str, place: int, answering: str) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Date"] = sender, INBOX, format_datetime(room.now)
    letter["Message-ID"], letter["In-Reply-To"] = f"<away-{place}@sender.example>", answering
    letter.set_content(AWAY if dialect not in MAY_BE_A_PERSONS else "I am away until Thursday.\n")
    marks = OUT_OF_OFFICE[dialect]
    head = "".join(f"{name}: {value}\r\n" for name, value in marks.items()).encode()
    room.posts("" if "Return-Path" in marks else sender, head + letter.as_bytes(policy=SMTP))


def bounce(dialect: str, place: int, number: str) -> bytes:
    sender, marks = BOUNCES[dialect]
    return f"""From: {sender}
To: {INBOX}
Subject: Undeliverable: x
In-Reply-To: {number}
Message-ID: <b-{place}@relay.example>
{marks}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822;{AUDITOR}
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

From: {INBOX}
Message-ID: {number}
Subject: x

--b--
""".replace("\n", "\r\n").encode()


@pytest.mark.parametrize("dialect", OUT_OF_OFFICE)
def test_an_out_of_office_reply_is_known_by_its_marks_or_its_subject(room: Room, dialect: str) -> None:
    number = alert(room)
    before, due = len(room.letters_out()), ladder(room)
    out_of_office(room, dialect, MANAGER, 1, number)
    room.works()
    assert [one.state for one in room.letters()] == ["done"]
    assert room.post.list_folder("set-aside")
    assert len(room.letters_out()) == before
    assert ladder(room) == due
    assert [(one.state, one.acknowledgements) for one in room.concerns()] == [(ConcernState.OPEN, ())]


@pytest.mark.parametrize("subject", ["Re: Automatic reply: x", "Automatic", "Out of office on Friday, who covers?"])
def test_a_person_who_writes_of_one_is_no_machine(subject: str) -> None:
    assert letters.parse(f"From: {AUDITOR}\nSubject: {subject}\n\nHello\n".encode()).auto == ""


def test_a_hundred_out_of_office_replies_hear_nothing_and_leave_the_ladder_alone(room: Room) -> None:
    number = alert(room)
    before, due = len(room.letters_out()), ladder(room)
    dialects = list(OUT_OF_OFFICE)
    for place in range(100):
        sender = (MANAGER, AUDITOR, OTHER_AUDITOR, "someone@elsewhere.example")[place % 4]
        out_of_office(room, dialects[place % len(dialects)], sender, place, number)
    room.reads()
    room.waits(minutes=1)
    assert {one.state for one in room.letters()} == {"done"}
    assert len(room.letters()) == len(room.post.list_folder("set-aside")) == 100
    assert len(room.letters_out()) == before
    assert ladder(room) == due
    assert len(room.concerns()) == 1
    room.waits(hours=1)  # and it climbs as it would have
    assert room.letters_out("alert", SERVICE_MANAGER)


def test_a_hundred_bounces_are_told_to_the_team_once_and_answered_never(room: Room) -> None:
    room.allocates()
    number = str(room.letters_out("allocation", AUDITOR)[-1]["Message-ID"])
    before = len(room.letters_out())
    dialects = list(BOUNCES)
    for place in range(100):
        room.posts("", bounce(dialects[place % len(dialects)], place, number))
    room.reads()
    room.waits(minutes=1)
    assert {one.sorted_as for one in room.letters()} == {"bounce"}
    assert len(room.letters()) == len(room.post.list_folder("set-aside")) == 100
    (told,) = room.letters_out()[before:]
    assert told["Subject"] == "A letter of ours came back"
    assert QA_LEAD in str(told["To"])
    assert not room.concerns()


def test_a_machine_that_answers_every_letter_of_ours_gets_no_second_one(room: Room) -> None:
    """An address that answers whatever comes, with no mark at all and other words each time: a person is asked, and
    our answers end."""
    number = alert(room)
    for place in range(100):
        newest = room.letters_out("", AUDITOR)[-1]
        number = str(newest["Message-ID"])
        room.writes(AUDITOR, f"Ticket {place} opened", f"We have your message {place}.\n", answering=number)
        room.works()
    room.waits(minutes=2)
    assert len(room.letters_out("reply", AUDITOR)) == 12
    assert len([one for one in room.concerns() if one.letter_id]) == 21


# what only looks like a machine's


@pytest.mark.parametrize("answering", [False, True])
@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Out of office: please send TW alerts to Sam", "Please ring me about 4021 today.\n"),
        ("Out of office: x", "Ring me about TW-0001.\n"),
        ("Automatic reply: x", "I am away. The child is at risk of harm.\n"),
        ("Automatic reply: x", f"{AWAY}He was hit again.\n"),
        ("Read: x", "Your message\n\nTo: Avery\nSubject: x\n\nwas read on Monday.\n\nThe child is not safe.\n"),
    ],
)
def test_a_person_below_the_subject_of_a_machine_is_heard_and_not_answered(
    room: Room, subject: str, text: str, answering: bool
) -> None:  # G02, G04
    number = alert(room)
    before = len(room.letters_out())
    room.writes(MANAGER, subject, text, answering=number if answering else "")
    room.reads()
    assert [one.state for one in room.letters()] == ["needs_a_person"]
    room.sends()
    assert len(room.letters_out("reply")) == 0
    assert {one["Subject"].split(" · ")[0] for one in room.letters_out()[before:]} <= {
        "Please acknowledge",
        "Please acknowledge at once",
    }


@pytest.mark.parametrize("subject", ["Read", "Not read"])
def test_a_receipt_of_a_mail_program_is_set_aside(room: Room, subject: str) -> None:
    alert(room)
    title = str(room.letters_out("alert", MANAGER)[-1]["Subject"])
    said = "read" if subject == "Read" else "deleted without being read"
    text = f"Your message\n\n   To: Morgan\n   Subject: {title}\n   Sent: Monday\n\nwas {said} on Monday, 09:05.\n"
    room.writes(MANAGER, f"{subject}: {title}", text)
    room.works()
    assert [one.state for one in room.letters()] == ["done"]
    assert not room.letters_out("reply")


def report(own: str, sender: str, number: str = "") -> bytes:
    read = f"Original-Message-ID: {number}\n" if number else ""
    return f"""From: {sender}
To: {INBOX}
Subject: please ring
Message-ID: <report@sender.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

--b
Content-Type: text/plain

{own}

--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822;{sender}
{read}Disposition: manual-action/MDN-sent-manually; displayed

--b--
""".replace("\n", "\r\n").encode()


def test_a_persons_words_in_the_form_of_a_report_are_heard(room: Room) -> None:
    room.posts(MANAGER, report("The child is not safe at home.", MANAGER))
    room.works()
    assert [one.state for one in room.letters()] == ["needs_a_person"]
    assert [one.limb for one in room.concerns()] == ["kept_letter_urgent"]
    assert not room.letters_out("reply")


def test_a_report_about_a_letter_of_ours_is_set_aside(room: Room) -> None:
    number = alert(room)
    room.posts(MANAGER, report("Your message about an immediate concern was read.", MANAGER, number))
    room.works()
    assert [one.state for one in room.letters()] == ["done"]


@pytest.mark.parametrize(
    ("sender", "marks"),
    [
        ("MAILER-DAEMON@relay.example", {}),
        ("postmaster@relay.example", {}),
        ("no-reply@shop.example", {}),
        ("noreply@shop.example", {}),
        ("do-not-reply+1@shop.example", {}),
        ("news@shop.example", {"List_Unsubscribe": "<https://shop.example/off>"}),
        (AUDITOR, {"List_Unsubscribe": "<https://shop.example/off>"}),
    ],
)
def test_a_machine_by_its_sender_is_kept_and_never_answered(room: Room, sender: str, marks: dict[str, str]) -> None:
    room.writes(sender, "Your ticket", "We have your message.\n", **marks)
    room.works()
    assert [one.state for one in room.letters()] == ["needs_a_person"]
    assert not room.letters_out("reply")


@pytest.mark.parametrize(("words", "state"), [("", "done"), ("I cannot come, ring me first.", "needs_a_person")])
def test_an_answer_to_an_invitation_is_read_only_for_its_words(room: Room, words: str, state: str) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = AUDITOR, INBOX, "Declined: Practice week"
    letter["Date"], letter["Message-ID"] = format_datetime(room.now), "<calendar@sender.example>"
    letter.set_content(words)
    letter.add_alternative("BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n", "calendar", params={"method": "REPLY"})
    room.posts(AUDITOR, letter.as_bytes(policy=SMTP))
    room.works()
    assert [one.state for one in room.letters()] == [state]
    assert not room.letters_out("reply")
