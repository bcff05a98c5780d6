"""Floods: one sender's five hundred letters are capped, nothing of them is lost, and nobody else waits (G02, G04)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from types import MappingProxyType

import pytest

from audit.answers import Audit
from audit.escalation import Concern
from desk import concerns, gathering, post_queue
from mail import sorting, together
from mail.writing_back import MOST_REPLIES
from tests.mail.room import AUDITOR, INBOX, OTHER_AUDITOR, QA_LEAD, STRANGER, Room, words_of

MANY = 60
"""Enough to be far over every cap; five hundred are told of once, below."""


def lies_there(
    room: Room,
    sender: str,
    number: int,
    subject: str = "Hello",
    text: str = "A question.\n",
    files: Sequence[bytes] = (),
    headers: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """So many letters of somebody in the inbox, as if they had come this minute. `files`: one for each, in turn."""
    for place in range(number):
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = sender, INBOX, f"{subject} {place}"
        letter["Date"] = format_datetime(room.now)
        letter["Message-ID"] = f"<{next(room._numbers)}@sender.example>"
        for name, value in headers.items():
            letter[name] = value
        letter.set_content(text)
        if files:
            data = files[place % len(files)]
            letter.add_attachment(data, maintype="application", subtype="octet-stream", filename="Copy.docx")
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


def test_whoever_acknowledges_has_only_what_they_were_told_of(flooded: Room) -> None:
    """An alarming letter that joined the one alert a moment before, and of which no mail told, rings by itself."""
    for _ in range(2):
        lies_there(flooded, AUDITOR, 1, text="The child is at risk of harm.\n")
        flooded.waits(minutes=1)
    _first, told = urgent_alerts(flooded)
    assert "stands for 2 of them" in words_of(told)
    lies_there(flooded, AUDITOR, 1, text="The child is at risk of harm.\n")
    flooded.waits(minutes=1)
    assert len(urgent_alerts(flooded)) == 2
    flooded.writes(QA_LEAD, f"Re: {told['Subject']}", "ACK\n", answering=told["Message-ID"])
    flooded.works()
    (again,) = [one for one in for_letters(flooded) if one.limb == "kept_letter_urgent"]
    assert again.letter_id == MANY + 3
    assert f"Letter {MANY + 3}" in urgent_alerts(flooded)[-1]["Subject"]
    assert "one more came" in words_of(flooded.letters_out("reply", QA_LEAD)[-1])
    flooded.waits(minutes=1)
    last = urgent_alerts(flooded)[-1]
    flooded.writes(QA_LEAD, f"Re: {last['Subject']}", "ACK\n", answering=last["Message-ID"])
    flooded.works()
    assert not [one for one in for_letters(flooded) if one.limb == "kept_letter_urgent"]
    discards(flooded, MANY + 3)
    assert MANY + 3 not in waiting(flooded)


def urgent_alerts(room: Room) -> list[EmailMessage]:
    return [one for one in room.letters_out("alert", QA_LEAD) if "urgent" in str(one["Subject"])]


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


# receipts


def allocated(room: Room, number: int) -> list[bytes]:
    """So many audits of one auditor, and a whole tool for each."""
    return [room.filled(room.allocates()) for _ in range(number)]


def test_who_really_returns_thirty_tools_has_a_receipt_for_each(room: Room) -> None:  # G01
    tools = allocated(room, 30)
    lies_there(room, AUDITOR, 30, files=tools)
    room.works()
    room.waits(minutes=2)
    assert len(room.letters_out("receipt", AUDITOR)) == 30
    assert {one["Subject"].partition(":")[2] for one in room.letters_out("receipt", AUDITOR)} == {
        " received, complete and handed in"
    }
    assert not room.letters_out("news", AUDITOR)


def test_of_a_flood_of_tools_the_further_receipts_come_in_one_letter_an_hour(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "MOST_RECEIPTS", 5)
    tools = allocated(room, 8)
    lies_there(room, AUDITOR, 8, files=tools)
    lies_there(room, AUDITOR, 10, subject="Once more", files=tools[-1:])
    room.works()
    room.waits(minutes=2)
    assert len(room.letters_out("receipt", AUDITOR)) == 5
    (first,) = room.letters_out("news", AUDITOR)
    assert first["Subject"] == "Further receipts come together"
    assert AUDITOR in words_of(very_many(room))
    room.waits(hours=1)
    summed_up = room.letters_out("news", AUDITOR)[-1]
    said = words_of(summed_up)
    assert summed_up["Subject"] == "Receipts for what you sent"
    assert "13 tools or answers came from you" in said
    with_a_receipt = {one["Subject"].partition(":")[0] for one in room.letters_out("receipt", AUDITOR)}
    in_the_letter = set(re.findall(r"TW-\d{4}(?=:)", said))
    assert with_a_receipt | in_the_letter == {f"TW-{number:04d}" for number in range(1, 9)}
    assert "Good" not in said
    room.waits(hours=5)
    assert len(room.letters_out("news", AUDITOR)) == 2
    assert len(room.letters_out("", AUDITOR)) == 8 + 5 + 2  # allocations, receipts, and these
    assert {room.audit(one)["state"] for one in audits(room)} == {"submitted"}


def very_many(room: Room) -> EmailMessage:
    """What the QA lead hears, once a day for each sender."""
    (told,) = [
        one for one in room.letters_out("news", QA_LEAD) if one["Subject"] == "Very many letters from one sender"
    ]
    return told


def audits(room: Room) -> list[Audit]:
    with room.store.open() as ledger:
        return [ledger.audits.audit(number) for number in ledger.audits.all_ids()]


def test_what_asks_to_be_confirmed_waits_for_no_other_receipt(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """F02: ten minutes is all that they have."""
    monkeypatch.setattr(together, "MOST_RECEIPTS", 1)
    worried = [room.filled(room.allocates(), {("overall", "grade"): "Inadequate"}) for _ in range(3)]
    lies_there(room, AUDITOR, 6, files=worried)
    room.works()
    assert sum("please confirm" in str(one["Subject"]) for one in room.letters_out("receipt", AUDITOR)) == 3


def test_the_last_answer_of_a_day_says_that_it_is_and_the_team_hears(flooded: Room) -> None:  # G04
    replies = [words_of(one) for one in flooded.letters_out("reply", AUDITOR)]
    assert len(replies) == MOST_REPLIES
    assert ["I answer no more letters" in one for one in replies] == [False] * (MOST_REPLIES - 1) + [True]
    assert AUDITOR in words_of(very_many(flooded))


# nobody else waits


def test_five_hundred_letters_in_a_minute_are_capped_and_no_one_else_is_delayed(room: Room) -> None:
    tool = room.filled(room.allocates(auditor=OTHER_AUDITOR))
    lies_there(room, AUDITOR, 500)
    room.takes_in()
    room.waits(seconds=1)
    lies_there(room, OTHER_AUDITOR, 1, files=(tool,))
    read = [one.state for one in room.letters()].count("needs_a_person")
    room.takes_in()
    while not room.letters_out("receipt", OTHER_AUDITOR):
        room.reads_once()
        room.sends()
    assert [one.state for one in room.letters()].count("needs_a_person") == read
    before = len(room.letters_out("", AUDITOR))
    room.waits(minutes=1)
    assert {one.state for one in room.letters()} == {"needs_a_person", "done"}
    assert len(waiting(room)) == 500
    assert len(room.letters_out("", AUDITOR)) <= before + MOST_REPLIES
    assert len(for_letters(room)) == gathering.MOST_ALONE + 1
    assert room.faults() == 0


def test_letters_that_are_slow_to_read_hold_only_their_sender_up(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "SLOW", timedelta(0))  # whatever takes any time counts as slow
    tool = room.filled(room.allocates(auditor=OTHER_AUDITOR))
    lies_there(room, AUDITOR, 10, files=(b"PK\x03\x04 not a Word file",))
    room.takes_in()
    room.now += timedelta(seconds=1)
    lies_there(room, OTHER_AUDITOR, 1, files=(tool,))
    room.takes_in()
    room.now += timedelta(seconds=1)
    in_order = []
    while "done" not in [one.state for one in room.letters()]:
        room.reads_once()
        room.now += timedelta(milliseconds=1)
        in_order.append([one.state for one in room.letters()].count("needs_a_person"))
    assert in_order[-1] == 1, "one of the ten was read before it, and no more"
    while "kept" in [one.state for one in room.letters()]:
        room.waits(seconds=1)
    assert len(waiting(room)) == 10
    assert [one.state for one in room.letters()].count("done") == 1


def test_a_senders_slow_letters_are_still_read_in_their_order(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "SLOW", timedelta(0))
    room.allocates()
    lies_there(room, AUDITOR, 12, files=(b"PK\x03\x04 not a Word file",))
    room.takes_in()
    read: list[int] = []
    while len(read) < 12:
        room.reads_once()
        room.now += timedelta(seconds=1)
        read += [one.id for one in room.letters() if one.state == "needs_a_person" and one.id not in read]
    assert read[1:] == sorted(read[1:])
