"""Nothing is lost and nothing counts twice, whatever fails between two steps (G02, G04; CHANNELS part 5)."""

from __future__ import annotations

import smtplib
import stat
from pathlib import Path

import pytest

from desk.outbox import GiveUp, TryLater
from mail import collect, disk, letters
from mail.local import LocalOutbox, SmtpRelay, list_outbox
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
    collect._keep_raw(room.post, raw)
    room.works()
    assert len(room.letters()) == 1


def test_a_crash_after_the_ledger_and_before_the_move(room: Room) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, files=(room.filled(audit),))
    item = room.post.list_folder("inbox")[0]
    raw = room.post.fetch_raw(item)
    collect.write_down(room.store, room.post, item, raw, collect._keep_raw(room.post, raw), room.now)
    assert room.post.list_folder("inbox") == (item,)
    room.works()
    assert room.post.list_folder("filed") == (item,)
    assert len(room.letters()) == 1
    assert room.letters()[0].copies == 1
    assert len(room.letters_out("receipt")) == 1


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
    collect._read(room.store, room.post, room.council, duty, room.now)
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
    """What a mail server may say."""

    def __init__(self, folder: Path, answer: str) -> None:
        from aiosmtpd.controller import Controller

        class Says:
            async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
                return answer

        class AnyPort(Controller):
            def _trigger_server(self) -> None:
                self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
                super()._trigger_server()  # type: ignore[no-untyped-call]

        self.controller = AnyPort(Says(), hostname="127.0.0.1", port=0)
        self.folder = folder

    def sends(self) -> None:
        self.controller.start()
        try:
            relay = SmtpRelay("127.0.0.1", self.controller.port, keep_in=self.folder)
            relay.send_mime(MIME, ("a@b.example",), 3, "reply")
        finally:
            self.controller.stop()


MIME = (
    b"From: QA <qa@telford.example>\r\nTo: a@b.example\r\nSubject: x\r\nMessage-ID: <notice-3@telford.example>\r\n"
    b"Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\nhello\r\n"
)


def test_a_mail_server_that_takes_it_leaves_a_copy_in_the_outbox(tmp_path: Path) -> None:
    _Server(tmp_path, "250 OK").sends()
    assert [(one.number, one.kind, one.to) for one in list_outbox(tmp_path)] == [(3, "reply", ("a@b.example",))]


def test_a_mail_server_that_is_busy_is_tried_later(tmp_path: Path) -> None:
    with pytest.raises(TryLater, match="451"):
        _Server(tmp_path, "451 later").sends()
    assert not list_outbox(tmp_path)


def test_a_mail_server_that_refuses_is_believed(tmp_path: Path) -> None:
    with pytest.raises(GiveUp, match="554"):
        _Server(tmp_path, "554 never").sends()


def test_a_mail_server_that_is_away_is_tried_later() -> None:
    with pytest.raises(TryLater):
        SmtpRelay("127.0.0.1", 1).send_mime(MIME, ("a@b.example",), 3, "reply")
