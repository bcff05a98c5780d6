"""A letter that the server lists and cannot show: nobody knows what it says, so a person is told, once and urgently."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from desk import post_queue
from mail.mailbox import FILED, NAMES, NEEDS_A_PERSON
from tests.contracts.test_uncertain_sends import ROOMS
from tests.mail.room import AUDITOR, QA_LEAD
from tests.mail.server_room import ServerRoom, Trouble

UNSEEN = b"How good is Good"


@pytest.fixture(params=sorted(ROOMS))
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerRoom]:
    with ROOMS[request.param](tmp_path / "room") as opened:
        opened.cannot_show(UNSEEN)
        opened.writes(AUDITOR, "The first", "What does Good mean?\n")
        opened.writes(AUDITOR, "The second", UNSEEN.decode() + "?\n")
        opened.writes(AUDITOR, "The third", "What is a moderator?\n")
        opened.polls()
        yield opened
        assert opened.faults() == 0


def minutes_pass(room: ServerRoom, minutes: int) -> None:
    for _ in range(minutes):
        room.now += timedelta(minutes=1)
        room.polls()


def replies(room: ServerRoom) -> int:
    return len([one for one in room.letters_out(to=AUDITOR) if one["In-Reply-To"]])


def test_no_other_letter_waits_for_it_and_a_person_is_told_once(room: ServerRoom) -> None:
    assert (room.lies_in("Inbox"), room.lies_in(NAMES[NEEDS_A_PERSON]), replies(room)) == (1, 2, 2)
    minutes_pass(room, 10)
    assert (room.lies_in("Inbox"), room.lies_in(NAMES[NEEDS_A_PERSON]), replies(room)) == (0, 3, 2)
    unseen = [one for one in room.letters() if not one.path]
    assert [(one.state, one.why) for one in unseen] == [
        ("needs_a_person", "The mail server could not show it in 3 tries. Please read it yourself.")
    ]
    with room.store.open() as ledger:
        [concern] = ledger.concerns.of_letter(unseen[0].id)
    assert concern.limb == room.council.policy.kept_letter_urgent


def test_shown_after_all_it_is_that_letter_and_no_other(room: ServerRoom) -> None:
    room.cannot_show(UNSEEN, shows=True)
    minutes_pass(room, 2)
    assert [(one.sender, bool(one.path), one.state) for one in room.letters()] == [
        (AUDITOR, True, "needs_a_person")
    ] * 3
    assert (room.lies_in("Inbox"), room.lies_in(NAMES[NEEDS_A_PERSON]), replies(room)) == (0, 3, 3)
    with room.store.open() as ledger:
        limbs = {one.limb for one in ledger.concerns.live()}
    assert limbs == {room.council.policy.kept_letter}


@pytest.mark.parametrize("shows", [False, True])
def test_a_person_has_the_server_asked_once_more(room: ServerRoom, shows: bool) -> None:  # G02
    minutes_pass(room, 6)
    room.cannot_show(UNSEEN, shows=shows)
    [unseen] = [one for one in room.letters() if not one.path]
    with room.store.open() as ledger:
        lead = post_queue.of_the_team(ledger, room.council, QA_LEAD)
        assert post_queue.retry(ledger, unseen.id, lead, room.now)
    minutes_pass(room, 6)
    [again] = [one for one in room.letters() if one.id == unseen.id]
    assert bool(again.path) == shows
    assert (room.lies_in(NAMES[FILED]), room.lies_in(NAMES[NEEDS_A_PERSON])) == (0, 3)
    assert replies(room) == 2 + shows
    with room.store.open() as ledger:
        assert len(ledger.concerns.of_letter(unseen.id)) == 1


def test_put_back_into_the_inbox_it_goes_where_it_was(room: ServerRoom) -> None:
    minutes_pass(room, 6)
    [unseen] = [one for one in room.letters() if not one.path]
    with room.store.open() as ledger:
        item = post_queue.item_of(ledger, unseen.id)
    room.post.move(item, "inbox")
    minutes_pass(room, 12)
    assert (room.lies_in("Inbox"), room.lies_in(NAMES[NEEDS_A_PERSON])) == (0, 3)


def test_a_right_that_is_missing_is_no_letter_that_cannot_be_shown(room: ServerRoom) -> None:
    room.cannot_show(UNSEEN, shows=True)
    room.goes_wrong("fetch", *[Trouble.RIGHT_MISSING] * 4)
    room.writes(AUDITOR, "The fourth", "What does Requires improvement mean?\n")
    minutes_pass(room, 12)
    assert len(room.letters()) == 4
    assert all(one.path for one in room.letters())
    assert room.lies_in("Inbox") == 0
