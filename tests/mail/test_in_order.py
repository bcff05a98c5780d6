"""Two lanes read letters side by side; of one sender's the earlier is dealt with first, and nobody else waits."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from documents.reading_room import ReadingRoom
from mail import collect, in_order
from mail.in_order import InOrder
from tests.mail.room import AUDITOR, OTHER_AUDITOR, Room


def lane(room: Room, order: InOrder, reading: ReadingRoom) -> threading.Thread:
    """A lane that reads one letter."""

    def read() -> None:
        assert collect.read_due(room.store, room.post, room.council, room.now, reading, room.trust, order) == 1

    thread = threading.Thread(target=read)
    thread.start()
    return thread


class Slow(ReadingRoom):
    """A reading room that is let to read the first file only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_end = threading.Event(), threading.Event()

    def read(self, *args: object, **more: object) -> tuple[object, ...]:  # type: ignore[override]
        if not self.begun.is_set():
            self.begun.set()
            assert self.may_end.wait(30)
        return super().read(*args, **more)  # type: ignore[arg-type]


@pytest.fixture
def slow() -> Slow:
    return Slow()


def until(true: Callable[[], bool]) -> None:
    """Look again and again, for half a minute at most."""
    for _ in range(3000):
        if true():
            return
        threading.Event().wait(0.01)
    raise AssertionError


def done(room: Room) -> list[str]:
    return [one.message_id for one in room.letters() if one.state != "kept"]


def test_G01_the_second_letter_of_a_sender_waits_for_the_first(room: Room, slow: Slow) -> None:
    audit = room.allocates()
    room.writes(AUDITOR, audit.reference, files=(room.filled(audit),), message_id="<first@sender.example>")
    room.writes(AUDITOR, audit.reference, files=(room.filled(audit),), message_id="<second@sender.example>")
    room.takes_in()
    order = InOrder()
    first = lane(room, order, slow)
    assert slow.begun.wait(30)
    second = lane(room, order, slow)
    until(lambda: any(len(turns) == 2 for turns in order._in_hand.values()))
    second.join(1)
    assert second.is_alive() and done(room) == []
    slow.may_end.set()
    first.join(30)
    second.join(30)
    assert done(room) == ["<first@sender.example>", "<second@sender.example>"]
    assert not order._in_hand, "nobody's turn is left behind"
    first_receipt, second_receipt = (words for words in room_receipts(room))
    assert "I had this one already" in second_receipt and "I had this one already" not in first_receipt
    slow.close()


def room_receipts(room: Room) -> list[str]:
    room.sends()
    return [str(letter.get_body(("plain",)).get_content()) for letter in room.letters_out("receipt")]  # type: ignore[union-attr]


def test_G01_a_letter_that_is_slow_to_read_holds_up_nobody_else(room: Room, slow: Slow) -> None:
    audit, other = room.allocates(), room.allocates(OTHER_AUDITOR)
    room.writes(AUDITOR, audit.reference, files=(room.filled(audit),), message_id="<slow@sender.example>")
    room.writes(OTHER_AUDITOR, other.reference, files=(room.filled(other),), message_id="<swift@sender.example>")
    room.takes_in()
    order = InOrder()
    first = lane(room, order, slow)
    assert slow.begun.wait(30)
    lane(room, order, slow).join(30)
    assert done(room) == ["<swift@sender.example>"]
    slow.may_end.set()
    first.join(30)
    assert len(done(room)) == 2
    slow.close()


def test_an_earlier_letter_that_never_ends_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_order, "PATIENCE", 0.05)
    order = InOrder()
    with order.turn("one@sender.example"), order.turn("one@sender.example") as second:
        second.comes()
    assert not order._in_hand


def test_letters_without_a_sender_wait_for_nobody() -> None:
    order = InOrder()
    with order.turn(""), order.turn("") as second:
        second.comes()
    assert not order._in_hand
