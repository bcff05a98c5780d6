"""Floods: one sender's five hundred letters are capped, nothing of them is lost, and nobody else waits (G02, G04)."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import pytest

from audit.escalation import Concern
from desk import concerns, gathering, post_queue
from tests.mail.room import AUDITOR, INBOX, OTHER_AUDITOR, QA_LEAD, STRANGER, Room, words_of

MANY = 60
"""Enough to be far over every cap; five hundred are told of once, below."""


def lies_there(room: Room, sender: str, number: int, subject: str = "Hello", text: str = "A question.\n") -> None:
    """So many letters of somebody in the inbox, as if they had come this minute."""
    for place in range(number):
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = sender, INBOX, f"{subject} {place}"
        letter["Date"] = format_datetime(room.now)
        letter["Message-ID"] = f"<{next(room._numbers)}@sender.example>"
        letter.set_content(text)
        (room.folder / "mail" / "inbox" / "new" / f"{next(room._numbers):08}.eml").write_bytes(
            letter.as_bytes(policy=SMTP)
        )


def for_letters(room: Room) -> list[Concern]:
    return [one for one in room.concerns() if one.letter_id]


def waiting(room: Room) -> list[int]:
    with room.store.open() as ledger:
        return [one.number for one in post_queue.waiting(ledger)]


def discards(room: Room, number: int) -> None:
    with room.store.open() as ledger:
        lead = post_queue.of_the_team(ledger, room.council, QA_LEAD)
        post_queue.discard(ledger, number, lead, "Read, and nothing is to be done.", room.now)


@pytest.fixture
def flooded(room: Room) -> Room:
    """One auditor has written far too often."""
    room.allocates()
    lies_there(room, AUDITOR, MANY)
    room.takes_in()
    room.waits(minutes=2)
    return room


# alerts


def test_the_first_twenty_ring_by_themselves_and_one_alert_stands_for_all_others(flooded: Room) -> None:
    alone, together = for_letters(flooded)[:-1], for_letters(flooded)[-1]
    assert len(alone) == gathering.MOST_ALONE
    assert not any(one.gathers for one in alone)
    assert together.gathers
    assert len(waiting(flooded)) == MANY
    assert len(flooded.post.list_folder("needs-a-person")) == MANY
    alert = flooded.letters_out("alert", QA_LEAD)[-1]
    assert alert["Subject"] == "Please acknowledge · Letter 21 · letter to place"
    assert f"this one alert stands for {MANY - gathering.MOST_ALONE} of them" in words_of(alert)


def test_who_writes_again_the_next_day_is_heard_again(flooded: Room) -> None:
    discarded = waiting(flooded)
    for number in discarded:
        discards(flooded, number)
    assert not for_letters(flooded)
    flooded.waits(hours=25)
    lies_there(flooded, AUDITOR, 1)
    flooded.works()
    (one,) = for_letters(flooded)
    assert not one.gathers


def test_an_alert_goes_on_until_the_last_of_its_letters_is_dealt_with(flooded: Room) -> None:
    (together,) = [one for one in for_letters(flooded) if one.gathers]
    numbers = list(range(gathering.MOST_ALONE + 1, MANY + 1))
    for number in numbers[:-1]:
        discards(flooded, number)
        (still,) = [one for one in for_letters(flooded) if one.gathers]
        assert (still.id, still.letter_id) == (together.id, number + 1)
    ended = len(flooded.letters_out("ended", QA_LEAD))
    before = len(flooded.letters_out("alert", QA_LEAD))
    flooded.waits(days=1)
    assert len(flooded.letters_out("alert", QA_LEAD)) > before  # it climbs all the while
    discards(flooded, numbers[-1])
    flooded.works()
    assert not [one for one in for_letters(flooded) if one.gathers]
    assert len(flooded.letters_out("ended", QA_LEAD)) == ended + 1


def test_who_has_the_one_alert_has_all_its_letters_and_a_new_flood_rings_again(flooded: Room) -> None:
    (together,) = [one for one in for_letters(flooded) if one.gathers]
    with flooded.store.open() as ledger:
        lead = ledger.directory.by_email(QA_LEAD)
        assert lead
        assert concerns.acknowledge(ledger, together, lead.id, flooded.now, "mail").stops
    assert len(waiting(flooded)) == MANY
    lies_there(flooded, AUDITOR, 2)
    flooded.works()
    (again,) = [one for one in for_letters(flooded) if one.gathers]
    assert again.id != together.id


def test_a_letter_of_the_many_is_read_again_without_ringing_again(flooded: Room) -> None:
    before = [one.id for one in for_letters(flooded)]
    with flooded.store.open() as ledger:
        post_queue.retry(ledger, MANY, post_queue.of_the_team(ledger, flooded.council, QA_LEAD), flooded.now)
    flooded.works()
    assert [one.id for one in for_letters(flooded)] == before
    assert len(waiting(flooded)) == MANY


def test_the_first_alarming_letter_among_many_rings_at_once_and_the_others_say_that_more_came(flooded: Room) -> None:
    lies_there(flooded, AUDITOR, 1, text="The child is at risk of harm.\n")
    flooded.works()
    urgent = [one for one in for_letters(flooded) if one.limb == "kept_letter_urgent"]
    assert len(urgent) == 1
    rung = [one for one in flooded.letters_out("alert", QA_LEAD) if "urgent" in str(one["Subject"])]
    assert len(rung) == 1
    lies_there(flooded, AUDITOR, MANY, text="The child is at risk of harm.\n")
    flooded.takes_in()
    flooded.works()
    flooded.waits(minutes=2)
    assert [one.id for one in for_letters(flooded) if one.limb == "kept_letter_urgent"] == [urgent[0].id]
    rung = [one for one in flooded.letters_out("alert", QA_LEAD) if "urgent" in str(one["Subject"])]
    assert len(rung) == 2
    assert "this one alert stands for" in words_of(rung[-1])
    flooded.waits(minutes=30)  # the next round of the ladder
    rung = [one for one in flooded.letters_out("alert", QA_LEAD) if "urgent" in str(one["Subject"])]
    assert f"stands for {MANY + 1} of them" in words_of(rung[-1])


def test_nobody_elses_letter_is_gathered_with_a_flood(flooded: Room) -> None:
    room = flooded
    lies_there(room, OTHER_AUDITOR, 1)
    lies_there(room, STRANGER, 1)
    room.works()
    assert [one.letter_id for one in for_letters(room) if one.limb == "kept_letter" and not one.gathers][-2:] == [
        MANY + 1,
        MANY + 2,
    ]


def test_whoever_invents_senders_is_gathered_too(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_OF_STRANGERS", 10)
    for place in range(15):
        lies_there(room, f"someone-{place}@elsewhere.example", 1)
    lies_there(room, AUDITOR, 1)
    room.works()
    assert len(waiting(room)) == 16
    assert [one.gathers for one in for_letters(room)].count(True) == 1
    assert len(for_letters(room)) == 10 + 1 + 1
    assert 16 in [one.letter_id for one in for_letters(room) if not one.gathers]
