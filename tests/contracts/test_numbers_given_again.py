"""A number that is given out again, after a copy of the database was put back or with a new one on the same mailbox:
what left under it before keeps no new letter back, and an answer to it is no answer to the new one (F01, F22)."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from audit.answers import Audit
from audit.escalation import ConcernState
from desk import concerns
from mail.authentic import LOCAL_TRIAL
from mail.numbering import message_id
from storage.ledger import Store
from storage.obligations import Kept
from tests.contracts.test_uncertain_sends import ROOMS
from tests.mail.room import INBOX, MANAGER, OTHER_AUDITOR
from tests.mail.server_room import ServerRoom, Trouble
from tests.mail.test_bounces import report


@pytest.fixture(params=sorted(ROOMS))
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerRoom]:
    with ROOMS[request.param](tmp_path / "room") as opened:
        opened.trust = LOCAL_TRIAL
        yield opened


def rings(room: ServerRoom, audit: Audit) -> None:
    with room.store.open() as ledger:
        concerns.raise_by_hand(ledger, audit, "immediate", "words", audit.auditor_id, "p", room.now, "teams")


def alert(room: ServerRoom) -> Kept:
    """The manager's newest alert by mail."""
    with room.store.open() as ledger:
        manager = ledger.directory.by_email(MANAGER)
        assert manager
        found = ledger.obligations.notices(person_id=manager.id)
    return [one for one in found if one.kind == "alert" and one.channel == "mail"][-1]


def states(room: ServerRoom, audit: Audit) -> list[ConcernState]:
    with room.store.open() as ledger:
        return [one.state for one in ledger.concerns.of_audit(audit.id)]


def subjects(room: ServerRoom, since: int) -> str:
    return "\n".join(str(message_from_bytes(mime)["Subject"]) for mime, _ in room.left()[since:])


def put_back(room: ServerRoom, copy: Path) -> None:
    """The database as it was: everything since is unknown to it."""
    url = str(room.store.engine.url)
    room.store.close()
    for part in room.folder.glob("auditbot.db*"):
        part.unlink()
    shutil.copy(copy, room.folder / "auditbot.db")
    room.store = Store(url)
    room.restarts()


def test_an_alert_leaves_after_a_copy_was_put_back_and_an_old_ack_does_not_stop_it(
    room: ServerRoom, tmp_path: Path
) -> None:
    one, two = room.allocates(), room.allocates(auditor=OTHER_AUDITOR, case="4022")
    with (
        closing(sqlite3.connect(room.folder / "auditbot.db")) as source,
        closing(sqlite3.connect(tmp_path / "copy.db")) as copy,
    ):
        source.backup(copy)
    rings(room, one)
    room.works()
    before, since = alert(room), len(room.left())
    put_back(room, tmp_path / "copy.db")
    room.now += timedelta(hours=3)
    rings(room, two)
    room.works()
    again = alert(room)
    assert again.number == before.number, "numbers are given out again"
    assert two.reference in subjects(room, since)
    room.writes(MANAGER, "Re: alert", "ACK\n", answering=message_id(before.number, before.seal, INBOX))
    room.works()
    assert states(room, two) == [ConcernState.OPEN]
    room.writes(MANAGER, "Re: alert", "ACK\n", answering=message_id(again.number, again.seal, INBOX))
    room.works()
    assert states(room, two) == [ConcernState.ACKNOWLEDGED]


def test_a_bounce_that_is_faster_than_our_look_for_the_copy_counts(room: ServerRoom) -> None:  # L10
    rings(room, room.allocates())
    room.copies_come_late()
    room.goes_wrong("send", Trouble.DROPPED_AFTER)
    room.sends()
    lost = alert(room)
    assert lost.state == "waiting", "it left, and nobody said so"
    room.posts("", report(lost, MANAGER))
    room.reads()
    room.settles()
    room.works()
    with room.store.open() as ledger:
        now = ledger.obligations.notice(lost.key)
        assert now and (now.state, now.why) == ("gave_up", "it came back (5.1.1)")
        assert [one.round for one in ledger.concerns.live()] == [1], "the ladder went on at once"


def test_a_bad_address_in_copy_keeps_no_letter_from_its_reader_and_the_team_is_told(room: ServerRoom) -> None:  # B06
    room.goes_wrong("send", Trouble.BAD_ADDRESS)
    audit = room.allocates()
    room.works()
    [gone] = [
        message_from_bytes(mime)
        for mime, _ in room.left()
        if audit.reference in str(message_from_bytes(mime)["Subject"])
    ]
    assert gone["Cc"] is None
    assert "A letter of ours came back" in subjects(room, 0)
    with room.store.open() as ledger:
        [kept] = [
            one
            for one in ledger.obligations.notices(audit_id=audit.id)
            if one.kind == "allocation" and one.channel == "mail"
        ]
    assert kept.state == "sent"
