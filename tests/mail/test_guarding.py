"""Letters that bring what should not be read: the sender hears why, a person keeps it, and nothing goes unscanned."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import pytest

from documents.reading_room import ReadingRoom
from documents.virus_scan import Scanner
from tests.documents.test_reading_room import EICAR, Clamd
from tests.mail.room import AUDITOR, INBOX, QA_LEAD, Room, words_of
from tests.returned import hostile


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def scanned(room: Room, server: socket.socket) -> Iterator[Room]:
    """A post room with a virus scanner, which does not run yet."""
    room.reading = ReadingRoom(Scanner(f"127.0.0.1:{server.getsockname()[1]}", seconds=0.2))
    yield room
    room.reading.close()


def test_a_virus_is_refused_kept_and_sent_to_nobody(scanned: Room, server: socket.socket) -> None:  # G02
    Clamd(server)
    audit = scanned.allocates()
    scanned.writes(AUDITOR, f"Re: {audit.reference}", files=(hostile.zipped({"a.docx": EICAR}, 0),))
    scanned.works()
    assert "the virus scanner found something harmful in it" in scanned.told("reply", AUDITOR)
    assert scanned.letters()[0].state == "needs_a_person"
    assert scanned.post.list_folder("needs-a-person")
    assert all(EICAR not in bytes(letter) for letter in scanned.letters_out())
    assert scanned.faults() == 0


def test_a_file_that_was_scanned_is_read(scanned: Room, server: socket.socket) -> None:  # G01
    Clamd(server)
    audit = scanned.allocates()
    scanned.writes(AUDITOR, f"Re: {audit.reference}", files=(scanned.filled(audit),))
    scanned.works()
    assert scanned.audit(audit)["state"] == "submitted"


def test_a_scanner_that_does_not_answer_delays_a_letter_and_loses_none(scanned: Room, server: socket.socket) -> None:
    audit = scanned.allocates()
    scanned.writes(AUDITOR, f"Re: {audit.reference}", files=(scanned.filled(audit),))
    scanned.works()
    assert scanned.letters()[0].state == "kept"
    assert not scanned.letters_out("reply", AUDITOR)
    Clamd(server)
    scanned.waits(minutes=3)
    assert scanned.audit(audit)["state"] == "submitted"
    assert scanned.faults() == 0


def test_a_scanner_that_never_answers_sends_the_letter_to_a_person_unread(scanned: Room) -> None:
    audit = scanned.allocates()
    scanned.writes(AUDITOR, f"Re: {audit.reference}", files=(scanned.filled(audit),))
    scanned.works()
    for _ in range(3):
        scanned.waits(minutes=10)
    assert scanned.letters()[0].state == "needs_a_person"
    assert "The virus scanner did not answer in 3 tries" in scanned.letters()[0].why
    assert scanned.letters_out("alert", QA_LEAD)
    assert scanned.audit(audit)["state"] == "allocated"


def test_a_letter_of_hostile_files_is_answered_file_by_file(room: Room) -> None:  # G02
    audit = room.allocates()
    cases = ("macros under a plain name", "picture from outside", "locked Word file")
    room.writes(AUDITOR, audit.reference, files=tuple(hostile.HOSTILE[case].make() for case in cases))
    room.works()
    replies = " ".join(" ".join(words_of(letter).split()) for letter in room.letters_out("reply", AUDITOR))
    for case in cases:
        assert hostile.HOSTILE[case].says in replies
    assert room.letters()[0].state == "needs_a_person"
    assert room.faults() == 0


def test_the_tools_of_a_zip_are_filed_and_the_rest_is_named_by_its_place(room: Room) -> None:  # G01, G02
    audit = room.allocates()
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = AUDITOR, INBOX, audit.reference
    letter["Date"], letter["Message-ID"] = format_datetime(room.now), "<zip@sender.example>"
    letter.set_content("Done, see attached.")
    archive = hostile.zipped({"setup.docx": b"MZ" + b"\0" * 99, "tool.docx": room.filled(audit)})
    letter.add_attachment(archive, maintype="application", subtype="zip", filename="tools.zip")
    room.posts(AUDITOR, letter.as_bytes(policy=SMTP))
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    reply = " ".join(room.told("reply", AUDITOR).split())
    assert f"I could not read file 1 in the zip that you attached: {hostile.PROGRAM}" in reply
    assert room.letters()[0].state == "needs_a_person"
