"""The inbox on an Exchange server: nothing lost and nothing twice, whatever the server does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from desk.outbox import GiveUp, TryLater
from mail import exchange, letters
from mail.exchange import ExchangePost
from mail.exchange_login import ExchangePlace, NotReached, Password
from mail.mailbox import FILED, FOLDERS, INBOX, NAMES, Unreadable
from tests.mail.exchange_room import ACCOUNT, IMPATIENT, PASSWORD, ExchangeRoom, exchange_room
from tests.mail.room import AUDITOR, STRANGER, Room, post_room, words_of
from tests.mail.room import INBOX as ADDRESS
from tests.mail.server_room import outward, sends
from tests.standins.ews.server import Busy, CutOff, Refused, Silence, Status
from tests.standins.ews.wire import schema_folder, violations


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ExchangeRoom]:
    with exchange_room(tmp_path / "exchange") as made:
        yield made


# the same as by any other door


def hand_in(room: Room, file: bytes = b"") -> tuple[bytes, dict[str, Any]]:
    """A filled tool, a stranger's letter and an automatic answer come. The tool; what is to be seen then."""
    audit = room.allocates()
    file = file or room.filled(audit)
    room.writes(AUDITOR, f"Re: {audit.reference}", files=(file,))
    room.writes(STRANGER, "Hello", "Is this the right address?\n")
    room.writes(AUDITOR, "Out of office", "I am away.\n", auto_submitted="auto-replied")
    room.works()
    room.waits(minutes=3)  # on a busy machine, a sender whose file took long to read is read a little later
    receipts = [one for one in room.letters_out("receipt", AUDITOR) if "received" in str(one["Subject"])]
    return file, {
        "audit": room.audit(audit),
        "letters": [(one.state, one.sorted_as, one.why, one.sender, one.message_id) for one in room.letters()],
        "folders": [len(room.post.list_folder(folder)) for folder in FOLDERS],
        "receipts": [
            (words_of(one).splitlines(), one["Subject"], one["Message-ID"], one["In-Reply-To"]) for one in receipts
        ],
        "faults": room.faults(),
    }


def test_a_filled_tool_by_exchange_leaves_what_it_leaves_by_any_door(room: ExchangeRoom, tmp_path: Path) -> None:  # G01
    room.server.post.renders_anew = True
    file, by_exchange = hand_in(room)
    (tmp_path / "local").mkdir()
    with post_room(tmp_path / "local") as other:
        assert by_exchange == hand_in(other, file)[1]
    assert by_exchange["audit"]["state"] == "submitted"
    assert by_exchange["folders"] == [0, 1, 1, 1]
    assert by_exchange["faults"] == 0
    assert len(by_exchange["receipts"]) == 1


IN = ("FindFolder", "SyncFolderItems", "GetItem", "MoveItem")
OUT = ("FindItem", "CreateItem", "SendItem")
TROUBLES = (
    Busy(3000),
    Status(503, 20),
    Status(401),
    Refused("ErrorInternalServerError"),
    Refused("ErrorAccessDenied"),
    Refused("ErrorTimeoutExpired"),
    CutOff(done=True),
    CutOff(done=False),
    Silence(),
)


@pytest.mark.parametrize("operation", [*IN, *OUT])
def test_nothing_is_lost_and_nothing_comes_twice(room: ExchangeRoom, operation: str) -> None:
    room.restarts(IMPATIENT)
    for number, trouble in enumerate(TROUBLES, 1):
        room.server.misbehave(operation, *([trouble] if trouble == Silence() else [trouble, trouble]))
        room.writes(AUDITOR, "What does Good mean?", f"Could somebody tell me? This is the question number {number}.\n")
        for tried in range(15):
            room.tries()
            room.now += timedelta(seconds=61)
            if tried > 3 and room.rests(number):  # sooner or later, as fast as this machine is
                break
        assert len(room.letters()) == number, trouble
        assert room.lies_in("Inbox") == room.lies_in("Drafts") == 0, trouble
        assert sum(room.lies_in(name) for name in NAMES.values()) == number, trouble
        left = [one["Message-ID"] for one in room.letters_out()]
        assert left, trouble
        assert len(left) == len(set(left)) == room.lies_in("Sent Items"), trouble
    assert not room.server.troubles[operation]


def test_another_process_goes_on_where_one_ended(room: ExchangeRoom) -> None:
    for operation in ("CreateItem", "SendItem"):
        room.server.misbehave(operation, CutOff(done=True))
        assert not sends(room)
        room.restarts()
    assert sends(room)
    assert len(room.server.post.sent) == 1
    assert room.server.calls["CreateItem"] == 1
    assert room.lies_in("Drafts") == 0


# sending


def test_a_letter_is_known_again_though_the_server_gave_it_another_message_id(room: ExchangeRoom) -> None:
    room.server.post.writes_message_ids = True
    room.server.misbehave("SendItem", CutOff(done=True))
    assert not sends(room)
    room.restarts()
    assert sends(room)
    assert len(room.server.post.sent) == 1


def test_a_letter_is_known_again_though_the_server_keeps_no_property_of_ours(room: ExchangeRoom) -> None:
    room.server.post.keeps_properties = False
    for operation in ("CreateItem", "SendItem"):
        room.server.misbehave(operation, CutOff(done=True))
        assert not sends(room)
        room.restarts()
    assert sends(room)
    assert len(room.server.post.sent) == room.server.calls["CreateItem"] == 1


def test_a_bad_address_is_given_up_and_leaves_no_draft(room: ExchangeRoom) -> None:
    with pytest.raises(GiveUp):
        room.post.send_mime(outward(to="nobody"), ("nobody",), 1, "alert")
    assert room.lies_in("Drafts") == 0
    assert room.server.calls["SendItem"] == 1


def test_a_letter_without_a_message_id_is_not_sent(room: ExchangeRoom) -> None:
    with pytest.raises(GiveUp):
        room.post.send_mime(outward().replace(b"Message-ID:", b"X-Other:"), (AUDITOR,), 1, "alert")
    assert not room.server.post.sent


def test_nobody_may_send_as_the_mailbox_yet_and_then_may(room: ExchangeRoom) -> None:
    room.mailbox.send_as.clear()
    with pytest.raises(TryLater, match="Send As"):
        room.post.send_mime(outward(), (AUDITOR,), 1, "alert")
    room.mailbox.send_as.add("auditbot")
    room.waits(minutes=2)
    assert sends(room)
    assert len(room.server.post.sent) == 1


def test_a_busy_server_is_left_alone_for_as_long_as_it_asked(room: ExchangeRoom) -> None:
    room.server.misbehave("FindItem", Busy(30_000))
    with pytest.raises(TryLater) as first:
        room.post.send_mime(outward(), (AUDITOR,), 1, "alert")
    assert first.value.after == 30
    before = room.server.calls.copy()
    with pytest.raises(TryLater) as second:
        room.post.changes()
    assert 0 < second.value.after <= 30
    assert room.server.calls == before
    room.waits(seconds=31)
    assert sends(room)


def test_importance_is_as_the_letter_says(room: ExchangeRoom) -> None:
    """exchangelib's own default would be put over it."""
    assert sends(room)
    assert room.letters_out()[0]["Importance"] == "high"


def test_a_connection_that_breaks_is_not_taken_for_a_busy_server(room: ExchangeRoom) -> None:
    """exchangelib would say so as soon as it holds more than one connection."""
    room.post.check()
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: room.post.list_folder(INBOX), range(30)))
    room.server.misbehave("FindItem", CutOff(done=False))
    with pytest.raises(NotReached):
        room.post.list_folder(INBOX)
    assert room.post.list_folder(INBOX) == ()


# the folders


def test_a_folder_that_somebody_deletes_is_made_again(room: ExchangeRoom) -> None:
    room.post.check()
    deleted = room.mailbox.named(NAMES[FILED])
    room.mailbox.bin_box(deleted)
    room.writes(AUDITOR, "Hello", "Hello\n")
    room.tries()
    assert not deleted.items
    [again] = [box for box in room.mailbox.below(room.mailbox.boxes["inbox"]) if box.name == NAMES[FILED]]
    assert sum(len(box.items) for box in room.mailbox.below(room.mailbox.boxes["inbox"])) == 1
    assert again is not deleted


def test_a_folder_that_disappears_meanwhile_is_made_again(room: ExchangeRoom) -> None:
    item = room.server.post.deliver(ADDRESS, outward()).id
    room.post.check()
    gone = room.mailbox.named(NAMES[FILED])
    del room.mailbox.boxes[gone.id]
    moved = room.post.move(item, FILED)
    assert room.post.list_folder(FILED) == (moved,)


def test_two_replicas_make_one_folder_of_a_name(room: ExchangeRoom, tmp_path: Path) -> None:
    place, login = ExchangePlace(room.server.url, ADDRESS), Password(ACCOUNT, PASSWORD)
    replicas = [ExchangePost(place, login, tmp_path / str(number), patience=5) for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(ExchangePost.check, replicas))
    names = [box.name for box in room.mailbox.below(room.mailbox.boxes["inbox"])]
    assert sorted(names) == sorted(NAMES.values())


# what lies in the inbox


def test_a_letter_moved_out_and_back_between_two_polls_is_found(room: ExchangeRoom) -> None:
    item = room.server.post.deliver(ADDRESS, outward()).id
    cursor = room.post.changes().cursor
    away = room.mailbox.move(item, room.mailbox.boxes["deleteditems"])
    back = room.mailbox.move(away.id, room.mailbox.boxes["inbox"])
    assert room.post.changes(cursor).items == (back.id,)


def test_what_the_changes_do_not_tell_the_sweep_finds(room: ExchangeRoom) -> None:
    item = room.server.post.deliver(ADDRESS, outward()).id
    cursor = room.post.changes().cursor
    away = room.mailbox.move(item, room.mailbox.boxes["deleteditems"], silently=True)
    back = room.mailbox.move(away.id, room.mailbox.boxes["inbox"], silently=True)
    assert room.post.changes(cursor).items == ()
    assert room.post.changes().items == (back.id,)


def test_a_flag_that_somebody_sets_is_no_second_letter(room: ExchangeRoom) -> None:
    room.writes(AUDITOR, "Hello", "Hello\n")
    item = room.post.changes().items[0]
    room.mailbox.touch(item)
    room.tries()
    assert len(room.letters()) == 1
    assert room.lies_in("Inbox") == 0


def test_a_letter_that_somebody_flagged_is_looked_at_again(room: ExchangeRoom) -> None:
    item = room.server.post.deliver(ADDRESS, outward()).id
    cursor = room.post.changes().cursor
    assert room.post.changes(cursor).items == ()
    room.mailbox.touch(item)
    assert room.post.changes(cursor).items == (item,)


def test_states_that_the_server_forgot_give_everything(room: ExchangeRoom) -> None:
    for number in range(3):
        room.server.post.deliver(ADDRESS, outward(number))
    cursor = room.post.changes().cursor
    room.server.forget_states()
    assert len(room.post.changes(cursor).items) == 3


def test_the_order_of_pages_does_not_matter(room: ExchangeRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LIST_PAGE", 4)
    room.server.post.newest_first = True
    for number in range(11):
        room.server.post.deliver(ADDRESS, outward(number))
    assert len(set(room.post.list_folder(INBOX))) == 11
    assert len(set(room.post.changes().items)) == 11


def test_a_letter_rendered_anew_each_time_is_one_letter(room: ExchangeRoom) -> None:  # G03
    room.server.post.renders_anew = True
    room.writes(AUDITOR, "Hello", "Hello\n", files=(b"%PDF-1.7 and more",))
    item = room.post.changes().items[0]
    assert room.post.fetch_raw(item) != room.post.fetch_raw(item)
    room.server.misbehave("MoveItem", Busy(1000), Busy(1000))
    for _ in range(4):
        room.tries()
        room.now += timedelta(seconds=5)
    assert len(room.letters()) == 1
    assert room.lies_in("Inbox") == 0


@pytest.mark.parametrize("kind", ["Item", "MeetingRequest", "PostItem", "Contact", "Network"])
def test_an_item_that_is_no_letter_stops_none_that_is(room: ExchangeRoom, kind: str) -> None:
    room.server.post.deliver(ADDRESS, outward(1)).kind = kind
    room.server.post.deliver(ADDRESS, outward(2))
    items = room.post.changes().items
    assert room.post.list_folder(INBOX) == items
    assert room.post.oldest(INBOX)
    assert [letters.parse(room.post.fetch_raw(item)).message_id for item in items] == [
        "<notice-1.0123abcd@telford.example>",
        "<notice-2.0123abcd@telford.example>",
    ]
    for item in items:
        room.post.move(item, FILED)
    assert len(room.post.list_folder(FILED)) == 2


def test_an_item_of_which_the_server_shows_nothing_is_unreadable(room: ExchangeRoom) -> None:
    item = room.server.post.deliver(ADDRESS, outward(1))
    item.mime = b""
    with pytest.raises(Unreadable):
        room.post.fetch_raw(item.id)


def test_somebody_takes_out_what_the_server_cannot_show(room: ExchangeRoom) -> None:
    """As with any letter that a person deals with before it is taken in: it is theirs."""
    room.cannot_show(b"Unseen")
    room.writes(AUDITOR, "Hello", "Unseen\n")
    room.tries()
    [item] = room.post.list_folder(INBOX)
    room.mailbox.move(item, room.mailbox.boxes["deleteditems"])
    room.now += timedelta(minutes=2)
    room.tries()
    [kept] = room.letters()
    assert kept.state == "done"
    assert "took it out of the inbox" in kept.why
    assert not room.concerns()
    assert room.lies_in("Deleted Items") == 1


def test_many_letters_are_swept_with_few_questions(room: ExchangeRoom) -> None:
    for number in range(2500):
        room.mailbox.put(room.mailbox.boxes["inbox"], b"Message-ID: <%d@x>\r\n\r\n" % number)
    found, page = 0, room.post.changes()
    while True:
        found += len(page.items)
        if not page.more:
            break
        page = room.post.changes(page.cursor)
    assert found == 2500
    assert room.server.calls["SyncFolderItems"] == 5
    assert len(room.post.list_folder(INBOX)) == 2500
    assert room.server.calls["FindItem"] == 3


def test_a_large_letter_costs_no_more_than_a_moment(room: ExchangeRoom) -> None:
    """exchangelib would read it byte by byte: 4 seconds of this thread's time."""
    raw = b"Message-ID: <large@x>\r\n\r\n" + b"y" * 12_000_000
    item = room.mailbox.put(room.mailbox.boxes["inbox"], raw).id
    began = time.thread_time()
    assert room.post.fetch_raw(item) == raw
    assert time.thread_time() - began < 1.5


def test_who_vouches_for_a_sender_is_written_in_the_letter(room: ExchangeRoom) -> None:
    forged = b"X-MS-Exchange-Organization-AuthAs: Internal\r\n" + outward()
    inside = room.server.post.deliver(ADDRESS, outward(1), inside=True).id
    outside = room.server.post.deliver(ADDRESS, forged).id
    assert b"X-MS-Exchange-Organization-AuthAs: Internal" in room.post.fetch_raw(inside)
    assert b"X-MS-Exchange-Organization-AuthAs: Internal" not in room.post.fetch_raw(outside)
    assert letters.parse(room.post.fetch_raw(outside)).sender == ADDRESS


# news


def test_a_stream_that_ends_is_opened_again(room: ExchangeRoom) -> None:
    woken = Event()
    room.post.start(woken.set)
    assert room.server.listening.wait(10)
    room.server.listening.clear()
    room.server.end_streams()
    assert room.server.listening.wait(10)
    woken.clear()
    room.server.post.deliver(ADDRESS, outward())
    assert woken.wait(10)


def test_a_server_that_gives_no_news_is_asked_again(room: ExchangeRoom) -> None:
    room.server.misbehave("Subscribe", Refused("ErrorExceededSubscriptionCount"))
    woken = Event()
    room.post.start(woken.set)
    assert woken.wait(10)
    assert room.server.calls["Subscribe"] == 2


# Microsoft's schema


@pytest.mark.skipif(schema_folder() is None, reason="EWS_SCHEMA_DIR names no folder with messages.xsd")
def test_the_schema_is_asked() -> None:
    """All other tests here fail on any violation; this one says that a violation would be seen."""
    wrong = (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        b'<m:GetFolder xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"/></s:Body></s:Envelope>'
    )
    assert violations(wrong)


def test_a_login_looks_the_same_with_a_domain(room: ExchangeRoom) -> None:
    for user in (ACCOUNT, "auditbot"):
        place = ExchangePlace(room.server.url, ADDRESS)
        ExchangePost(place, Password(user, PASSWORD), room.folder / "raw").check()
