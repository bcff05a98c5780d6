"""Nothing is lost and nothing counts twice, whatever fails between two steps (G02, G04; CHANNELS part 5)."""

from __future__ import annotations

import os
import smtplib
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from desk.outbox import GiveUp, NotInCopy, TryLater
from mail import collect, disk, letters, taking_in
from mail.local import LocalOutbox, SmtpRelay, list_outbox
from storage.ledger import Conflict
from tests.mail.room import AUDITOR, LETTERS, QA_LEAD, STRANGER, Room


def test_a_letter_is_kept_for_us_alone(room: Room) -> None:
    room.writes(AUDITOR)
    item = room.post.list_folder("inbox")[0]
    path = room.folder / "mail" / "inbox" / "new" / item
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_letters_for_others_are_refused(room: Room) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        room.posts(AUDITOR, b"Subject: x\r\n\r\nx\r\n", to="someone.else@telford.example")


def test_a_letter_that_cannot_be_kept_is_asked_for_again(room: Room) -> None:
    drafts = room.folder / "mail" / "inbox" / "tmp"
    drafts.rmdir()
    drafts.write_text("in the way")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        room.writes(AUDITOR)
    assert refused.value.smtp_code == 451
    drafts.unlink()
    disk.make_folder(drafts)
    room.writes(AUDITOR)
    assert room.takes_in() == 1


def test_too_large_a_letter_is_refused_for_good(room: Room) -> None:
    line = b"x" * 76 + b"\r\n"
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        room.posts(AUDITOR, b"Subject: large\r\n\r\n" + line * 350_000)
    assert refused.value.smtp_code == 552
    assert not room.post.list_folder("inbox")


# a crash after each step


def test_a_crash_after_the_raw_copy(room: Room) -> None:
    room.writes(AUDITOR)
    raw = room.post.fetch_raw(room.post.list_folder("inbox")[0])
    taking_in.keep_raw(room.post, room.post.list_folder("inbox")[0], raw)
    room.works()
    assert len(room.letters()) == 1


def test_a_crash_after_the_ledger_and_before_the_move(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit),))
    item = room.post.list_folder("inbox")[0]
    raw = room.post.fetch_raw(item)
    taking_in.write_down(room.store, room.post, [taking_in.keep_raw(room.post, item, raw)], room.now)
    assert room.post.list_folder("inbox") == (item,)
    room.works()
    assert room.post.list_folder("filed") == (item,)
    assert len(room.letters()) == 1
    assert room.letters()[0].copies == 1
    assert len(room.letters_out("receipt")) == 1


def test_a_crash_while_several_letters_are_moved(room: Room) -> None:
    for number in range(3):
        room.writes(AUDITOR, f"Number {number}")
    items = room.post.list_folder("inbox")
    came = [taking_in.keep_raw(room.post, item, room.post.fetch_raw(item)) for item in items]
    taking_in.write_down(room.store, room.post, came, room.now)
    room.post.move(items[1], "filed")
    room.takes_in()
    assert room.post.list_folder("filed") == items
    assert [one.copies for one in room.letters()] == [1, 1, 1]


def test_letters_of_which_no_copy_is_kept_yet_are_in_nobodys_ledger(room: Room) -> None:
    for number in range(3):
        room.writes(AUDITOR, f"Number {number}")
    for item in room.post.list_folder("inbox")[:2]:
        taking_in.keep_raw(room.post, item, room.post.fetch_raw(item))
    assert not room.letters()
    assert room.takes_in() == 3
    assert len(room.letters()) == 3


def test_a_crash_after_taking_in_and_before_reading(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit),))
    room.takes_in()
    assert room.letters()[0].state == "kept"
    room.works()
    assert room.audit(audit)["state"] == "submitted"


def test_a_reader_that_was_taken_over_files_nothing(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit),))
    room.takes_in()
    with room.store.open() as ledger:
        duty = ledger.obligations.claim(("post",), room.now, ledger.clock(), 1)[0]
    with room.store.open() as ledger:
        ledger.obligations.owe(duty.key, "read", "post", room.now, duty.data)
    collect._read(room.store, room.post, room.council, duty, room.now, room.reading, room.trust)
    assert room.audit(audit)["state"] == "allocated"
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    assert len(room.letters_out("receipt")) == 1


def test_a_crash_after_reading_and_before_the_move(room: Room) -> None:
    room.writes(AUDITOR, "Question", text="Which period?\n")
    room.takes_in()
    assert room.reads_once() == 1
    assert room.post.list_folder("filed")
    room.works()
    assert not room.post.list_folder("filed")
    assert room.post.list_folder("needs-a-person")


def test_a_letter_that_somebody_took_away_is_still_read(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit),))
    room.takes_in()
    item = room.post.list_folder("filed")[0]
    (room.folder / "mail" / "filed" / "cur" / item).unlink()
    room.works()
    assert room.audit(audit)["state"] == "submitted"


def test_sending_again_under_the_same_number_never_doubles(room: Room) -> None:
    LocalOutbox(room.outbox).send_mime(b"Subject: x\r\n\r\n", ("a@b.example",), 7, "reply")
    LocalOutbox(room.outbox).send_mime(b"Subject: x\r\n\r\n", ("a@b.example",), 7, "reply")
    assert [path.name for path in room.outbox.iterdir()] == ["000007-reply.eml"]


# letters that we fail at


def test_a_letter_that_breaks_us_goes_to_a_person_after_three_tries(room: Room) -> None:
    room.writes(AUDITOR, "Question", text="Which period?\n")
    room.takes_in()
    for raw in room.post.raw.iterdir():
        raw.unlink()
    room.works()
    assert room.letters()[0].state == "kept"
    for _ in range(2):
        room.waits(minutes=1)
    letter = room.letters()[0]
    assert (letter.state, letter.attempts) == ("needs_a_person", 3)
    assert room.faults() == 3
    assert room.letters_out("alert", QA_LEAD)[0]["Subject"] == "Please acknowledge · Letter 1 · urgent letter to place"
    assert room.post.list_folder("needs-a-person")


def test_one_broken_letter_holds_no_other_back(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, "Question", text="Which period?\n")
    room.takes_in()
    for raw in room.post.raw.iterdir():
        raw.unlink()
    room.writes(AUDITOR, files=(room.filled(audit),))
    room.works()
    assert room.audit(audit)["state"] == "submitted"


def _full_for(marked: bytes) -> Callable[[Path, bytes], None]:
    keep = disk.keep

    def full(path: Path, data: bytes, sync_folder: bool = True) -> None:
        if marked in data:
            raise OSError(28, "No space left")
        keep(path, data, sync_folder=sync_folder)

    return full


@pytest.mark.parametrize("broken", ["disk", "disk and ledger"])
def test_a_letter_that_cannot_be_taken_in_holds_no_other_back(
    room: Room, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    room.writes(AUDITOR, "first")
    room.writes(AUDITOR, "second")
    monkeypatch.setattr("mail.disk.keep", _full_for(b"Subject: first"))
    if "ledger" in broken:

        def busy(*_given: object) -> None:
            raise Conflict("the database was busy")

        monkeypatch.setattr("storage.directory.Directory.write_fault", busy)
        with pytest.raises(Conflict):
            room.takes_in()
    else:
        assert room.takes_in() == 1
    assert len(room.post.list_folder("inbox")) == 1
    assert len(room.letters()) == 1


def test_the_oldest_letter_of_a_folder_is_known_by_its_file(room: Room) -> None:
    assert room.post.oldest("inbox") is None
    room.writes(AUDITOR, "first")
    room.writes(AUDITOR, "second")
    for place, item in enumerate(room.post.list_folder("inbox")):
        os.utime(room.folder / "mail" / "inbox" / "new" / item, (1_000_000 + place, 1_000_000 + place))
    assert room.post.oldest("inbox") == datetime.fromtimestamp(1_000_000, UTC)
    assert room.post.oldest("filed") is None


def test_garbage_becomes_a_letter_for_a_person(room: Room) -> None:
    room.posts("x@y.example", b"\x00\xff\x80 no letter at all\r\n")
    room.works()
    assert room.letters()[0].state == "needs_a_person"
    assert room.faults() == 0


# strangers and machines


def test_a_stranger_is_answered_once_a_day_and_learns_nothing(room: Room) -> None:  # L02
    audit = room.allocates()
    for _ in range(3):
        room.writes(STRANGER, f"About {audit.reference}", text="Who has it?\n")
        room.works()
    reply = room.told("reply", STRANGER)
    assert audit.reference not in reply
    assert "Avery" not in reply
    assert [one.state for one in room.letters()] == ["needs_a_person"] * 3
    room.now = room.now.replace(day=24)
    room.writes(STRANGER, "Again", text="Hello?\n")
    room.works()
    assert len(room.letters_out("reply", STRANGER)) == 2


@pytest.mark.parametrize("name", ["bounce", "empty_return_path", "mailing_list", "our_own_letter_sent_back"])
def test_machines_are_recorded_and_never_answered(room: Room, name: str) -> None:  # G04
    raw = (LETTERS / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n")
    sender = "" if b"Return-Path: <>" in raw else letters.parse(raw).sender
    room.posts(sender, raw)
    room.works()
    assert not room.letters_out()
    assert not room.concerns()
    assert room.letters()[0].state == "done"
    assert room.post.list_folder("set-aside")


MARKS = [
    {"List_Id": "<qa.telford.example>"},
    {"Precedence": "bulk"},
    {"Precedence": "auto_reply"},
    {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
    {"Auto_Submitted": "auto-generated"},
    {"Auto_Submitted": "auto-forwarded"},
]


@pytest.mark.parametrize("marks", ["", "List-Id: <team.groups.example>\r\n", "Auto-Submitted: auto-replied\r\n"])
def test_a_letter_in_too_many_parts_is_read_by_nobody_but_a_person(room: Room, marks: str) -> None:
    """Nobody knows what it says, whatever marks it bears, and no machine is answered."""
    head = f"From: {AUDITOR}\r\nSubject: x\r\nMessage-ID: <many@x>\r\n{marks}".encode()
    many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nACK\r\n" * 3_000
    room.posts(AUDITOR, head + many)
    room.works()
    (letter,) = room.letters()
    assert (letter.state, letter.sender, letter.sorted_as) == ("needs_a_person", AUDITOR, "unread")
    assert "far more parts" in letter.why
    assert room.concerns()[0].limb == "kept_letter_urgent"
    assert room.post.list_folder("needs-a-person")
    assert not room.letters_out(to=AUDITOR)
    assert not room.faults()


@pytest.mark.parametrize("marks", MARKS)
@pytest.mark.parametrize(("subject", "text"), [("x", "The child is at risk of harm.\n"), ("Child not safe", "Ring.\n")])
def test_an_alarming_letter_with_the_marks_of_a_machine_rings_a_person(
    room: Room, marks: dict[str, str], subject: str, text: str
) -> None:  # G02
    room.writes(AUDITOR, subject, text, **marks)
    room.works()
    assert room.letters()[0].state == "needs_a_person"
    assert room.concerns()[0].limb == "kept_letter_urgent"
    assert room.post.list_folder("needs-a-person")
    assert not room.letters_out("reply")


@pytest.mark.parametrize("marks", MARKS)
def test_a_machine_that_quotes_our_alert_alarms_nobody(room: Room, marks: dict[str, str]) -> None:  # G04
    quote = "On Mon, 23 Nov 2026 at 09:00, QA <qa@telford.example> wrote:\n> This child is not safe.\n"
    subject = "Automatic reply: Immediate escalation · TW-0001 · immediate concern"
    room.writes(AUDITOR, subject, f"I am away until Thursday.\n\n{quote}", **marks)
    room.works()
    assert room.letters()[0].state == "done"
    assert not room.concerns()


def test_a_bounce_that_sounds_alarming_is_only_recorded(room: Room) -> None:
    for marks in ({}, {"Auto_Submitted": "auto-replied"}, {"List_Id": "<x>"}):
        raw = room.writes(AUDITOR, "Child not safe", "The child is at risk.\n", **marks)
        room.post.move(room.post.list_folder("inbox")[-1], "set-aside")
        room.posts("", raw)
    room.works()
    assert [one.state for one in room.letters()] == ["done"] * 3
    assert not room.concerns()


def test_a_list_that_a_stranger_writes_to_is_set_aside(room: Room) -> None:
    room.writes(STRANGER, "News", "Safeguarding concerns: a course.\n", List_Id="<x.example>")
    room.works()
    assert room.letters()[0].state == "done"


def test_a_document_sent_by_a_machine_reaches_a_person_unanswered(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit),), Auto_Submitted="auto-forwarded")
    room.works()
    assert not room.letters_out("reply")
    assert not room.letters_out("receipt")
    assert room.letters()[0].state == "needs_a_person"


def test_two_machines_do_not_answer_each_other_for_ever(room: Room) -> None:  # G04
    room.allocates()
    for _ in range(14):
        room.writes(AUDITOR, "Received", text="We have received your message.\n")
        room.works()
    assert len(room.letters_out("reply", AUDITOR)) == 12
    assert len(room.letters()) == 14


# the council's own mail server


class _Server:
    """What a mail server may say: to a sender, to each recipient, and to the letter itself."""

    def __init__(self, folder: Path, answer: str = "250 OK", sender: str = "", **recipients: str) -> None:
        """`recipients`: what it says to those whose address begins with the name."""
        from aiosmtpd.controller import Controller

        taken: list[tuple[str, ...]] = []

        class Says:
            async def handle_MAIL(
                self, server: object, session: object, envelope: Any, address: str, options: list[str]
            ) -> str:
                envelope.mail_from = address
                return sender or "250 OK"

            async def handle_RCPT(
                self, server: object, session: object, envelope: Any, address: str, options: list[str]
            ) -> str:
                says = recipients.get(address.partition("@")[0], "250 OK")
                if says == "250 OK":
                    envelope.rcpt_tos.append(address)
                return says

            async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
                if answer == "250 OK":
                    taken.append(tuple(envelope.rcpt_tos))
                return answer

        class AnyPort(Controller):
            def _trigger_server(self) -> None:
                self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
                super()._trigger_server()  # type: ignore[no-untyped-call]

        self.controller = AnyPort(Says(), hostname="127.0.0.1", port=0)
        self.folder = folder
        self.taken = taken

    def sends(self, *to: str, may_have_left: bool = False) -> None:
        self.controller.start()
        try:
            relay = SmtpRelay("127.0.0.1", self.controller.port, keep_in=self.folder)
            relay.send_mime(MIME, to or ("a@b.example",), 3, "reply", may_have_left)
        finally:
            self.controller.stop()


MIME = (
    b"From: QA <qa@telford.example>\r\nTo: a@b.example\r\nSubject: x\r\n"
    b"Message-ID: <notice-3.0123abcd@telford.example>\r\n"
    b"Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\nhello\r\n"
)


def test_a_mail_server_that_takes_it_leaves_a_copy_in_the_outbox(tmp_path: Path) -> None:
    _Server(tmp_path).sends()
    assert [(one.number, one.kind, one.to) for one in list_outbox(tmp_path)] == [(3, "reply", ("a@b.example",))]


def test_a_letter_that_may_have_left_does_not_go_again_where_its_copy_lies(tmp_path: Path) -> None:
    _Server(tmp_path).sends()
    again = _Server(tmp_path)
    again.sends(may_have_left=True)
    assert again.taken == []
    other = _Server(tmp_path / "where no copy lies")
    other.sends(may_have_left=True)
    assert other.taken == [("a@b.example",)]


def test_a_mail_server_that_is_busy_is_tried_later(tmp_path: Path) -> None:
    with pytest.raises(TryLater, match="451"):
        _Server(tmp_path, "451 later").sends()
    assert not list_outbox(tmp_path)


@pytest.mark.parametrize("code", ["550", "551", "553"])
def test_a_mail_server_that_does_not_know_the_address_is_believed(tmp_path: Path, code: str) -> None:
    with pytest.raises(GiveUp, match=code):
        _Server(tmp_path, a=f"{code} 5.1.1 nobody").sends()
    with pytest.raises(GiveUp, match=code):
        _Server(tmp_path, f"{code} never").sends()


@pytest.mark.parametrize("answer", ["554 5.7.1 policy", "552 full", "530 log in first", "550 5.7.54 Unable to relay"])
def test_a_mail_server_that_is_set_up_wrongly_is_tried_later(tmp_path: Path, answer: str) -> None:
    for server in (_Server(tmp_path, answer), _Server(tmp_path, a=answer), _Server(tmp_path, sender=answer)):
        with pytest.raises(TryLater, match=answer[:3]):
            server.sends()
    assert not list_outbox(tmp_path)


def test_a_refusal_of_our_own_address_says_nothing_about_theirs(tmp_path: Path) -> None:
    with pytest.raises(TryLater, match="550"):
        _Server(tmp_path, sender="550 5.1.8 who are you").sends()


def test_one_in_copy_gets_the_letter_once_and_only_with_the_one_it_is_for(tmp_path: Path) -> None:
    busy = _Server(tmp_path, a="554 policy")
    with pytest.raises(TryLater):
        busy.sends("a@b.example", "copy@b.example")
    assert not busy.taken, "else each try would send the copy anew"
    well = _Server(tmp_path)
    well.sends("a@b.example", "copy@b.example")
    assert sorted(one for all_of_them in well.taken for one in all_of_them) == ["a@b.example", "copy@b.example"]


def test_a_refused_copy_does_not_hold_the_letter_back(tmp_path: Path) -> None:
    server = _Server(tmp_path, copy="554 policy")
    with pytest.raises(NotInCopy):  # so that the team hears of it
        server.sends("a@b.example", "copy@b.example")
    assert server.taken == [("a@b.example",)]
    assert list_outbox(tmp_path)


def test_an_address_that_smtp_cannot_say_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(GiveUp, match="address"):
        _Server(tmp_path).sends("zoë@b.example")


def test_a_mail_server_that_is_away_is_tried_later() -> None:
    with pytest.raises(TryLater):
        SmtpRelay("127.0.0.1", 1).send_mime(MIME, ("a@b.example",), 3, "reply")
