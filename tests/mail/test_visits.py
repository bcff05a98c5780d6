"""When an inbox is looked into, what is done while it is shut, and who is believed there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from desk.outbox import TryLater
from mail.authentic import Trust
from mail.exchange_login import RightMissing, WrongPassword
from mail.visits import AT_ONCE, SHUT_FOR_LONG, SWEEP_EVERY, Visits
from tests.mail.exchange_room import PASSWORD, ExchangeRoom, exchange_room
from tests.mail.room import AUDITOR, INBOX, STRANGER
from tests.standins.ews.server import Status

EVERY = timedelta(seconds=30)
INSIDE = Trust(inside=True)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ExchangeRoom]:
    with exchange_room(tmp_path / "exchange") as opened:
        opened.trust = INSIDE
        yield opened


def visits(room: ExchangeRoom) -> Visits:
    return Visits(room.post, EVERY, (WrongPassword, RightMissing))


def outside(room: ExchangeRoom, sender: str, text: str = "Hello\n", number: int = 1) -> None:
    raw = f"From: {sender}\nTo: {INBOX}\nMessage-ID: <{number}@x.example>\nSubject: TW-0001\n\n{text}".encode()
    room.server.post.deliver(INBOX, raw)


# visits


def test_a_visit_is_due_at_the_start_then_after_a_while_and_at_once_on_news(room: ExchangeRoom) -> None:
    made = visits(room)
    room.writes(AUDITOR, "First")
    assert made.take_in(room.store, room.now) == 1
    room.writes(AUDITOR, "Second")
    assert made.take_in(room.store, room.now) == 0
    made.hurry()
    assert made.take_in(room.store, room.now) == 1
    room.writes(AUDITOR, "Third")
    room.now += EVERY
    assert made.take_in(room.store, room.now) == 1


def test_many_old_letters_are_taken_in_bit_by_bit_and_never_loaded_together(room: ExchangeRoom) -> None:
    for number in range(AT_ONCE + 7):
        outside(room, STRANGER, number=number)
    made = visits(room)
    assert made.take_in(room.store, room.now) == AT_ONCE
    assert len(room.post.list_folder("inbox")) == 7
    assert made.take_in(room.store, room.now) == 7
    assert made.take_in(room.store, room.now) == 0
    assert len(room.letters()) == AT_ONCE + 7


def test_what_the_changes_keep_quiet_about_is_found_by_the_hourly_sweep(room: ExchangeRoom) -> None:
    made = visits(room)
    made.take_in(room.store, room.now)
    inbox, bin_ = room.mailbox.boxes["inbox"], room.mailbox.boxes["deleteditems"]
    room.writes(AUDITOR, "Quiet")
    [item] = room.post.list_folder("inbox")
    away = room.mailbox.move(item, bin_, silently=True)
    room.now += EVERY
    assert made.take_in(room.store, room.now) == 0
    room.mailbox.move(away.id, inbox, silently=True)
    room.now += EVERY
    assert made.take_in(room.store, room.now) == 0
    room.now += SWEEP_EVERY
    assert made.take_in(room.store, room.now) == 1


def test_a_wrong_password_is_said_at_once_and_the_account_is_not_tried_until_it_locks(room: ExchangeRoom) -> None:
    room.server.accounts.passwords["auditbot"] = "another"
    woken: list[int] = []
    room.restarts()
    made = Visits(room.post, EVERY, (WrongPassword,), lambda: woken.append(1))
    assert made.take_in(room.store, room.now) == 0
    assert "does not accept the account's name and password" in made.fault(room.now)
    assert PASSWORD not in made.fault(room.now)
    assert woken == [1]
    room.server.accounts.passwords["auditbot"] = PASSWORD
    room.writes(AUDITOR, "Waits")
    made.hurry()
    assert made.take_in(room.store, room.now + timedelta(seconds=30)) == 0
    room.now += timedelta(seconds=61)
    assert made.take_in(room.store, room.now) == 1
    assert made.fault(room.now) == ""
    assert room.faults() == 0


@pytest.mark.parametrize("trouble", ["password", "right"])
def test_what_a_sender_met_first_is_an_alarm_at_the_very_next_look(room: ExchangeRoom, trouble: str) -> None:
    """The server is not asked again so soon, but why it is left alone is told as what it is."""
    made = visits(room)
    assert made.take_in(room.store, room.now) == 0
    if trouble == "password":
        room.server.accounts.passwords["auditbot"] = "another"
        room.restarts()
        made = visits(room)
    else:
        room.mailbox.rights.clear()
    with pytest.raises(TryLater):
        room.post.list_folder("inbox")
    room.now += EVERY
    assert made.take_in(room.store, room.now) == 0
    assert ("password" if trouble == "password" else "Full Access") in made.fault(room.now)


def test_a_mailbox_that_is_busy_is_left_alone_and_said_to_be_shut_only_after_a_while(room: ExchangeRoom) -> None:
    room.server.misbehave("SyncFolderItems", *(Status(503, 20) for _ in range(50)))
    room.writes(AUDITOR, "Waits")
    made, start = visits(room), room.now
    said = {}
    while room.now <= start + SHUT_FOR_LONG + timedelta(minutes=5):
        assert made.take_in(room.store, room.now) == 0
        said[room.now - start] = made.fault(room.now)
        room.now += timedelta(seconds=10)
    assert not any(says for after, says in said.items() if after < SHUT_FOR_LONG)
    assert "busy" in said[max(said)]
    assert room.faults() == 0


# who wrote it


def test_a_sender_inside_is_believed(room: ExchangeRoom) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, f"Re: {audit.reference}", files=(room.filled(audit),))
    room.works()
    assert room.audit(audit)["state"] == "submitted"


def test_a_forged_auditor_changes_nothing_and_a_person_is_asked(room: ExchangeRoom) -> None:  # G02
    audit = room.allocates()
    file = room.filled(audit)
    room.posts = lambda sender, raw, to="": room.server.post.deliver(INBOX, raw)  # from outside
    before = len(room.letters_out())
    room.writes(AUDITOR, f"Re: {audit.reference}", files=(file,))
    room.works()
    assert room.audit(audit)["state"] == "allocated"
    [kept] = room.letters()
    assert kept.state == "needs_a_person"
    assert "may be forged" in kept.why
    assert room.lies_in("Audit needs a person") == 1
    assert room.lies_in("Audit filed") == 0
    for letter in [one for one in room.letters_out()[before:] if AUDITOR in str(one["To"])]:
        assert audit.reference not in letter.as_string()


def test_a_letter_in_our_own_name_from_outside_goes_to_a_person_and_is_not_answered(room: ExchangeRoom) -> None:  # G04
    outside(room, INBOX, "A child is at risk.\n")
    room.works()
    [kept] = room.letters()
    assert kept.state == "needs_a_person"
    assert not [one for one in room.letters_out() if INBOX in str(one["To"])]


def test_a_letter_without_a_message_id_reaches_the_folder_that_it_belongs_to(room: ExchangeRoom) -> None:
    room.server.post.deliver(INBOX, f"From: {STRANGER}\nSubject: Hello\n\nHello\n".encode())
    room.works()
    assert room.lies_in("Audit needs a person") == 1
    assert room.lies_in("Audit filed") == 0


def test_a_letter_that_cannot_be_moved_now_is_moved_later(room: ExchangeRoom) -> None:
    outside(room, STRANGER)
    room.takes_in()
    room.server.misbehave("MoveItem", Status(503, 20))
    while room.reads_once():
        pass
    assert room.lies_in("Audit needs a person") == 0
    room.now += timedelta(seconds=60)
    while room.reads_once():
        pass
    assert room.lies_in("Audit needs a person") == 1
    assert room.faults() == 0


def test_a_letter_whose_name_ended_is_asked_for_and_no_folder_is_listed(room: ExchangeRoom) -> None:
    for number in range(3):
        outside(room, STRANGER, number=number)
    room.takes_in()
    before = room.server.calls["FindItem"]
    while room.reads_once():
        pass
    assert room.lies_in("Audit needs a person") == 3
    assert room.server.calls["FindItem"] - before == 3
