"""A letter that may have left although nobody said so: it is looked for, also by the next process, before it goes
again; and by whatever server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from audit.notices import Notice
from desk.doubt import LOOKED_FOR, LOOKED_FOR_AFTER
from mail.sending import MailSender
from tests.mail.exchange_room import exchange_room
from tests.mail.graph_room import graph_room
from tests.mail.room import AUDITOR
from tests.mail.server_room import ServerRoom, Trouble

ROOMS: dict[str, Callable[[Path], AbstractContextManager[ServerRoom]]] = {
    "exchange": exchange_room,
    "graph": graph_room,
}


@pytest.fixture(params=sorted(ROOMS))
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerRoom]:
    with ROOMS[request.param](tmp_path / "room") as opened:
        with opened.store.open() as ledger:
            person = ledger.directory.by_email(AUDITOR)
            assert person
            data = {"council": opened.council.hash, "title": "All is well", "lines": ["Nothing is to be done."]}
            ledger.obligations.notify(
                key="news/1", kind="news", channel="mail", at=opened.now, person_id=person.id, data=data
            )
        yield opened


class Killed(BaseException):
    """The process ends here."""


class Dying(MailSender):
    """The process is killed just before or after it sent a letter."""

    def __init__(self, sender: MailSender, has_sent: bool) -> None:
        self._sender, self._has_sent = sender, has_sent

    def send(self, notice: Notice) -> str:
        if self._has_sent:
            self._sender.send(notice)
        raise Killed


def dies(room: ServerRoom, has_sent: bool) -> None:
    """The process is killed while it sends; its lease runs out, and another process begins."""
    room.sender = Dying(room.sender, has_sent)
    with pytest.raises(Killed):
        room.sends()
    with room.store.engine.begin() as connection:
        connection.execute(text("UPDATE obligations SET lease_until = '2020-01-01 00:00:00'"))
    room.restarts()


def goes_on(room: ServerRoom, until: timedelta, restarting: bool = True) -> None:
    """Time passes, in steps of five seconds, each perhaps in another process."""
    end = room.now + until
    while room.now < end:
        room.sends()
        room.now += timedelta(seconds=5)
        if restarting:
            room.restarts()


def ids(room: ServerRoom) -> list[str]:
    return [str(one["Message-ID"]) for one in room.letters_out()]


def state(room: ServerRoom) -> str:
    with room.store.open() as ledger:
        kept = ledger.obligations.notice("news/1")
    assert kept
    return kept.state


@pytest.mark.parametrize("restarting", [False, True])
@pytest.mark.parametrize("trouble", [Trouble.DROPPED_AFTER, Trouble.SILENT])
def test_a_copy_that_is_slow_to_appear_is_waited_for(room: ServerRoom, trouble: Trouble, restarting: bool) -> None:
    room.copies_come_late()
    room.goes_wrong("send", trouble)
    goes_on(room, LOOKED_FOR - timedelta(seconds=15), restarting)
    assert (len(ids(room)), state(room)) == (1, "waiting")
    room.settles()
    goes_on(room, timedelta(seconds=30), restarting)
    assert (len(ids(room)), state(room)) == (1, "sent")


def test_a_process_killed_after_sending_leaves_a_letter_that_the_next_waits_for(room: ServerRoom) -> None:
    room.copies_come_late()
    dies(room, has_sent=True)
    goes_on(room, LOOKED_FOR - timedelta(seconds=15))
    room.settles()
    goes_on(room, timedelta(seconds=30))
    assert (len(ids(room)), state(room)) == (1, "sent")


def test_a_process_killed_before_sending_costs_a_minute(room: ServerRoom) -> None:
    dies(room, has_sent=False)
    goes_on(room, LOOKED_FOR - timedelta(seconds=5))
    assert not ids(room)
    goes_on(room, timedelta(seconds=40))
    assert (len(ids(room)), state(room)) == (1, "sent")


def test_a_letter_of_which_there_is_no_trace_goes_again_under_its_message_id(room: ServerRoom) -> None:
    """At least once: a lost alert is worse than a second one."""
    room.copies_come_late()
    room.goes_wrong("send", Trouble.DROPPED_AFTER)
    goes_on(room, LOOKED_FOR + timedelta(seconds=40))
    assert (len(ids(room)), state(room)) == (2, "sent")
    assert len(set(ids(room))) == 1


@pytest.mark.parametrize("killed", [False, True])
def test_no_third_goes_within_the_hour_though_neither_left_a_trace(room: ServerRoom, killed: bool) -> None:
    room.copies_come_late()
    room.goes_wrong("send", Trouble.DROPPED_AFTER)
    goes_on(room, LOOKED_FOR - timedelta(seconds=5))
    assert len(ids(room)) == 1
    room.now += timedelta(seconds=30)
    if killed:
        dies(room, has_sent=True)
    else:
        room.goes_wrong("send", Trouble.DROPPED_AFTER)
    for _ in range(20):
        room.sends()
        room.now += LOOKED_FOR_AFTER / 25
        room.restarts()
    assert (len(ids(room)), state(room)) == (2, "waiting")
    room.settles()
    goes_on(room, timedelta(minutes=2))
    assert (len(ids(room)), state(room)) == (2, "sent")


@pytest.mark.parametrize("trouble", [Trouble.THROTTLED, Trouble.DROPPED_BEFORE, Trouble.FAILED])
def test_a_draft_that_still_lies_there_certainly_has_not_left(room: ServerRoom, trouble: Trouble) -> None:
    room.goes_wrong("send", trouble)
    goes_on(room, timedelta(seconds=20))
    assert (len(ids(room)), state(room)) == (1, "sent")
    assert room.lies_in("Drafts") == 0
