"""The inbox in Exchange Online: nothing lost and nothing twice, whatever Graph does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from desk.outbox import GiveUp, TryLater
from mail import graph
from mail.graph import GraphPost
from mail.graph_line import GraphLine
from mail.mailbox import FILED, FOLDERS, INBOX, NAMES, NEEDS_A_PERSON
from tests.mail.graph_room import GraphRoom, graph_room
from tests.mail.room import AUDITOR, Room, post_room, words_of
from tests.mail.room import INBOX as ADDRESS
from tests.mail.server_room import outward, sends
from tests.standins.graph.server import Fault


@pytest.fixture
def room(tmp_path: Path) -> Iterator[GraphRoom]:
    with graph_room(tmp_path / "graph") as made:
        yield made


def everything(room: GraphRoom, cursor: str = "") -> list[str]:
    """What lies in the inbox, page after page."""
    items, more = [], True
    while more:
        page = room.post.changes(cursor)
        items += page.items
        cursor, more = page.cursor, page.more
    return items


# the same as by any other door


def hand_in(room: Room) -> dict[str, Any]:
    """A filled tool comes back. What the ledger and the folders say then, and the receipt."""
    audit = room.allocates()
    file = room.filled(audit)
    room.writes(AUDITOR, f"Re: {audit.reference}", files=(file,))
    room.works()
    receipts = [one for one in room.letters_out("receipt", AUDITOR) if "received" in str(one["Subject"])]
    whole = room.audit(audit)
    # Those of a Word file made now and of one made a second later differ.
    files = {version["kind"]: version.pop("file") for version in whole["versions"]}
    assert files["returned"] == hashlib.sha256(file).hexdigest()
    return {
        "audit": whole,
        "letters": [(one.state, one.sorted_as, one.why, one.sender, one.message_id) for one in room.letters()],
        "folders": [len(room.post.list_folder(folder)) for folder in FOLDERS],
        "receipts": [(words_of(one), one["Subject"], one["Message-ID"], one["In-Reply-To"]) for one in receipts],
        "faults": room.faults(),
    }


def test_a_filled_tool_by_graph_leaves_what_it_leaves_by_any_door(room: GraphRoom, tmp_path: Path) -> None:  # G01
    room.server.renders_anew = True
    by_graph = hand_in(room)
    (tmp_path / "local").mkdir()
    with post_room(tmp_path / "local") as other:
        assert by_graph == hand_in(other)
    assert by_graph["audit"]["state"] == "submitted"
    assert by_graph["folders"] == [0, 1, 0, 0]


# whatever goes wrong

ANYWHERE = (
    Fault(429, "ApplicationThrottled", wait="3"),
    Fault(401, "InvalidAuthenticationToken"),
    Fault(drops=True),
    Fault(stalls=True),
)
WHERE_THINGS_CHANGE = (
    Fault(503, "ServiceUnavailable", wait="20"),
    Fault(403, "ErrorAccessDenied"),
    Fault(500, "ErrorInternalServerError"),
    Fault(504, "UnknownError", after=True),
    Fault(drops=True, after=True),
    Fault(stalls=True, after=True),
    Fault(cuts=True),
)
TROUBLES = [
    *((operation, fault) for operation in ("folder", "folders", "delta", "letter", "list") for fault in ANYWHERE),
    *(
        (operation, fault)
        for operation in ("value", "move", "draft", "send")
        for fault in ANYWHERE + WHERE_THINGS_CHANGE
    ),
]


@pytest.mark.parametrize(("operation", "fault"), TROUBLES, ids=lambda one: str(one))
def test_nothing_is_lost_and_nothing_comes_twice(room: GraphRoom, operation: str, fault: Fault) -> None:
    room.post.check()
    room.server.misbehaves(operation, fault, times=2)
    room.writes(AUDITOR, "What does Good mean?", "Could somebody tell me?\n")
    for _ in range(8):
        room.tries()
        room.now += timedelta(seconds=61)
    assert len(room.letters()) == 1
    assert room.lies_in("Inbox") == room.lies_in("Drafts") == 0
    assert sum(room.lies_in(name) for name in NAMES.values()) == 1
    numbers = [sent["Message-ID"] for sent in room.letters_out()]
    assert numbers
    assert len(numbers) == len(set(numbers)) == room.lies_in("Sent Items")


def test_the_ids_of_letters_may_change_with_every_move(room: GraphRoom) -> None:
    room.mailbox.ids_never_last = True
    room.writes(AUDITOR, "What does Good mean?", "Could somebody tell me?\n")
    room.works()
    assert [room.lies_in(NAMES[name]) for name in (FILED, NEEDS_A_PERSON)] == [0, 1]
    assert len(room.letters()) == 1


def test_another_letter_under_the_same_message_id_is_not_taken_for_the_first(room: GraphRoom) -> None:
    room.mailbox.ids_never_last = True
    first = room.mailbox.put("inbox", outward())
    [item] = room.post.changes().items
    room.mailbox.move(first, "deleteditems")
    other = room.mailbox.put("inbox", outward())
    with pytest.raises(LookupError):
        room.post.move(item, FILED)
    assert other.folder == room.mailbox.folder("inbox").id


def test_of_two_letters_that_cannot_be_told_apart_neither_is_guessed(room: GraphRoom) -> None:
    room.mailbox.ids_never_last = True
    twins = [room.mailbox.put("inbox", outward()) for _ in range(2)]
    twins[1].received = twins[0].received
    item = room.post.list_folder(INBOX)[0]
    for twin in twins:
        room.mailbox.move(twin, "inbox")
    with pytest.raises(LookupError):
        room.post.move(item, FILED)
    assert room.lies_in("Inbox") == 2


def test_what_a_person_took_away_is_left_where_it_is(room: GraphRoom) -> None:
    letter = room.mailbox.put("inbox", outward())
    [item] = room.post.changes().items
    room.mailbox.move(letter, "deleteditems")
    with pytest.raises(LookupError):
        room.post.move(item, NEEDS_A_PERSON)
    assert room.lies_in("Deleted Items") == 1


def test_no_more_than_four_calls_are_under_way_at_a_time(room: GraphRoom) -> None:
    for number in range(12):
        room.mailbox.put("inbox", outward(number))
    items = room.post.list_folder(INBOX)
    room.server.latency = 0.02
    with ThreadPoolExecutor(12) as threads:
        assert len(list(threads.map(room.post.fetch_raw, items))) == 12
    assert room.server.most_at_once == 4


def test_a_busy_server_is_left_alone_for_as_long_as_it_asked(room: GraphRoom) -> None:
    room.server.misbehaves("list", Fault(429, "ApplicationThrottled", wait="30"))
    with pytest.raises(TryLater) as first:
        room.post.send_mime(outward(), (AUDITOR,), 1, "alert")
    assert first.value.after == 30
    before = len(room.server.asked)
    with pytest.raises(TryLater) as second:
        room.post.changes()
    assert 0 < second.value.after <= 30
    assert len(room.server.asked) == before
    room.now += timedelta(seconds=31)
    assert sends(room) == 1


# sending


def test_a_letter_leaves_with_its_headers_as_they_are(room: GraphRoom) -> None:
    letter = outward()
    assert sends(room, letter) == 1
    assert room.server.sent == [letter]


@pytest.mark.parametrize(
    "fault", [Fault(504, after=True), Fault(drops=True, after=True), Fault(stalls=True, after=True)], ids=str
)
def test_a_letter_that_left_without_an_answer_leaves_once_also_after_a_crash(room: GraphRoom, fault: Fault) -> None:
    for operation in ("draft", "send"):
        room.server.misbehaves(operation, fault)
        assert sends(room) == 0
        room.restarts()
    assert sends(room, tries=2) == 2
    assert len(room.server.sent) == 1
    assert room.lies_in("Drafts") == 0


def test_a_stranger_cannot_keep_our_letter_back_by_its_message_id(room: GraphRoom) -> None:
    room.mailbox.put("inbox", outward())
    assert sends(room) == 1
    assert len(room.server.sent) == 1


@pytest.mark.parametrize("code", ["ErrorInvalidRecipients", "ErrorMessageSizeExceeded"])
def test_a_letter_that_can_never_go_is_given_up_and_leaves_no_draft(room: GraphRoom, code: str) -> None:
    room.server.misbehaves("send", Fault(400, code))
    with pytest.raises(GiveUp):
        room.post.send_mime(outward(), (AUDITOR,), 1, "alert")
    assert room.lies_in("Drafts") == 0
    assert not room.server.sent


def test_a_letter_without_a_message_id_is_not_sent(room: GraphRoom) -> None:
    with pytest.raises(GiveUp):
        room.post.send_mime(outward().replace(b"Message-ID:", b"X-Other:"), (AUDITOR,), 1, "alert")
    assert not room.server.sent


def test_a_draft_that_got_another_message_id_gets_ours(room: GraphRoom) -> None:
    room.mailbox.renames_drafts = True
    room.server.misbehaves("send", Fault(504, after=True))
    assert sends(room, tries=2) == 1
    assert len(room.server.sent) == 1


def test_a_quote_in_a_message_id_is_no_part_of_the_question(room: GraphRoom) -> None:
    odd = outward().replace(b"<notice-1.0123abcd@", b"<' or 1 eq 1 or '@")
    room.mailbox.put("inbox", outward())
    room.mailbox.put("inbox", odd)
    assert len(room.post.find_by_message_id("<' or 1 eq 1 or '@telford.example>")) == 1


# large letters

LARGE = {"audit.pdf": b"%PDF" + bytes(range(256)) * 16_000, "note.pdf": b"%PDF-1.7 small", "ten.pdf": b"10" * 450_000}


@cache
def large() -> bytes:
    return outward(files=LARGE)


def test_a_large_letter_leaves_whole_with_its_headers(room: GraphRoom) -> None:
    room.restarts(patience=10)
    room.post.send_mime(large(), (AUDITOR,), 1, "allocation")
    [left] = room.server.sent
    sent, meant = (message_from_bytes(one, policy=default) for one in (left, large()))
    assert isinstance(sent, EmailMessage)
    assert sorted((one.get_filename(), one.get_content()) for one in sent.iter_attachments()) == sorted(LARGE.items())
    assert {one.get_content_type() for one in sent.iter_attachments()} == {"application/pdf"}
    assert words_of(sent) == words_of(meant)  # type: ignore[arg-type]
    before = large().partition(b"\r\n\r\n")[0].split(b"\r\n")
    for line in before:
        assert line in left.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert "put" in room.server.asked and "attach" in room.server.asked


@pytest.mark.parametrize("fault", [Fault(drops=True, after=True), Fault(404, "ErrorItemNotFound")], ids=str)
@pytest.mark.parametrize("operation", ["session", "put", "send", "delete"])
def test_a_large_letter_that_was_broken_off_leaves_once_and_whole(
    room: GraphRoom, operation: str, fault: Fault
) -> None:
    room.restarts(patience=10)
    room.server.misbehaves("attach", Fault(503, wait="1"))  # so that there is a draft to be deleted
    room.server.misbehaves(operation, fault)
    assert sends(room, large(), tries=6) >= 1
    [left] = room.server.sent
    sent = message_from_bytes(left, policy=default)
    assert isinstance(sent, EmailMessage)
    assert sorted(str(one.get_filename()) for one in sent.iter_attachments()) == sorted(LARGE)
    assert room.lies_in("Drafts") == 0


# the folders


def test_a_folder_that_somebody_deletes_is_made_again(room: GraphRoom) -> None:
    room.post.check()
    deleted = room.mailbox.named(NAMES[FILED])
    deleted.parent = room.mailbox.known["deleteditems"]
    room.writes(AUDITOR, "Hello", "Hello\n")
    room.takes_in()
    assert not room.mailbox.lying_in(deleted.id)
    assert room.lies_in(NAMES[FILED]) == 1


def test_a_folder_that_disappears_meanwhile_is_made_again(room: GraphRoom) -> None:
    room.mailbox.put("inbox", outward())
    [item] = room.post.changes().items
    del room.mailbox.folders[room.mailbox.named(NAMES[FILED]).id]
    moved = room.post.move(item, FILED)
    assert room.post.list_folder(FILED) == (moved,)


def test_two_replicas_make_one_folder_of_a_name(room: GraphRoom) -> None:
    inbox = room.mailbox.known["inbox"]
    room.server.misbehaves("make", Fault(then=lambda: room.mailbox.make_folder(inbox, NAMES[FILED])))
    room.post.check()
    names = [one.name for one in room.mailbox.below(inbox)]
    assert sorted(names) == sorted(NAMES.values())


def test_an_inbox_with_many_folders_of_its_own_keeps_ours(room: GraphRoom) -> None:
    for number in range(300):
        room.mailbox.make_folder(room.mailbox.known["inbox"], f"Pat's folder {number}")
    room.post.check()
    room.restarts()
    room.post.check()
    assert len(room.mailbox.below(room.mailbox.known["inbox"])) == 303


# what lies in the inbox


def test_a_letter_moved_out_and_back_between_two_polls_is_found(room: GraphRoom) -> None:
    letter = room.mailbox.put("inbox", outward())
    page = room.post.changes()
    room.mailbox.move(letter, "deleteditems")
    room.mailbox.move(letter, "inbox")
    assert room.post.changes(page.cursor).items == page.items


def test_what_the_changes_do_not_tell_the_sweep_finds(room: GraphRoom) -> None:
    room.server.forgets_returns = True
    letter = room.mailbox.put("inbox", outward())
    page = room.post.changes()
    room.mailbox.move(letter, "deleteditems")
    room.mailbox.move(letter, "inbox")
    assert room.post.changes(page.cursor).items == ()
    assert room.post.list_folder(INBOX) == room.post.changes().items == page.items


def test_a_cursor_that_the_server_forgot_gives_everything(room: GraphRoom) -> None:
    for number in range(3):
        room.mailbox.put("inbox", outward(number))
    cursor = room.post.changes().cursor
    room.server.stale_before = 10_000
    assert len(room.post.changes(cursor).items) == 3


def test_a_cursor_that_the_server_forgets_between_two_pages_gives_everything(room: GraphRoom) -> None:
    for number in range(7):
        room.mailbox.put("inbox", outward(number))
    page = room.post.changes()
    room.server.misbehaves("delta", Fault(410, "SyncStateNotFound"))
    assert set(everything(room, page.cursor)) >= set(room.post.list_folder(INBOX))


def test_the_cursor_of_another_mailbox_is_none(room: GraphRoom) -> None:
    room.mailbox.put("inbox", outward())
    cursor = room.post.changes().cursor
    assert room.post.changes(cursor).items == ()
    assert len(room.post.changes(cursor.replace(ADDRESS, "other@telford.example")).items) == 1


def test_a_link_that_leads_elsewhere_learns_no_token(room: GraphRoom) -> None:
    line = GraphLine(ADDRESS, room.server.login(), room.server.url)
    for link in ("https://elsewhere.example/v1.0/users/x", f"{room.server.url}.elsewhere.example/users/x"):
        with pytest.raises(TryLater):
            line.path_of(link)


def test_the_order_of_pages_does_not_matter(room: GraphRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "LIST_PAGE", 4)
    room.server.reorders = True
    letters = [room.mailbox.put("inbox", outward(number)) for number in range(11)]
    in_order = [one.lasting for one in letters]
    assert [item.split()[0] for item in room.post.list_folder(INBOX)] == in_order
    assert sorted(item.split()[0] for item in everything(room)) == sorted(in_order)


def test_a_letter_that_pages_repeat_is_one_letter_and_stays_where_it_was_put(room: GraphRoom) -> None:
    room.server.repeats = True
    for number in range(4):
        room.writes(AUDITOR, f"Question {number}", "What does Good mean?\n")
    first = room.post.changes()
    assert len(first.items) == 3, "each once on a page"
    assert len(set(everything(room))) == 4
    for _ in range(4):
        room.tries()
    assert len(room.letters()) == 4
    assert room.lies_in(NAMES[NEEDS_A_PERSON]) == 4


def test_what_left_within_a_page_is_not_shown(room: GraphRoom) -> None:
    room.mailbox.put("inbox", outward(1))
    cursor = room.post.changes().cursor
    gone = room.mailbox.put("inbox", outward(2))
    room.mailbox.delete(gone)
    assert room.post.changes(cursor).items == ()


def test_a_letter_rendered_anew_each_time_is_one_letter(room: GraphRoom) -> None:  # G03
    room.server.renders_anew = True
    room.writes(AUDITOR, "Hello", "Hello\n", files=(b"%PDF-1.7 and more",))
    item = room.post.changes().items[0]
    assert room.post.fetch_raw(item) != room.post.fetch_raw(item)
    room.server.misbehaves("move", Fault(429, wait="1"), times=2)
    for _ in range(4):
        room.tries()
        room.now += timedelta(seconds=5)
    assert len(room.letters()) == 1
    assert room.lies_in("Inbox") == 0


def test_many_letters_are_swept_with_few_questions(room: GraphRoom) -> None:
    room.restarts(page=graph.PAGE, patience=10)
    for number in range(2500):
        room.mailbox.put("inbox", b"Message-ID: <%d@x>\r\n\r\n" % number)
    assert len(everything(room)) == 2500
    assert room.server.asked.count("delta") == 25
    assert len(room.post.list_folder(INBOX)) == 2500
    assert room.server.asked.count("list") == 5
    assert "value" not in room.server.asked


# news


def test_a_server_that_gives_no_news_is_asked_again(room: GraphRoom) -> None:
    woken = Event()
    room.server.misbehaves("list", Fault(drops=True), times=3)
    room.mailbox.put("inbox", outward())
    room.post = GraphPost(ADDRESS, room.server.login(), room.folder / "raw", room.server.url, poll=0.01)
    room.post.start(woken.set)
    assert woken.wait(10)
