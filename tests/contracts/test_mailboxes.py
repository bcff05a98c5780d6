"""What every mailbox and every way out promises, whatever the transport (mail/mailbox.py)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from mail import letters
from mail.mailbox import FILED, FOLDERS, INBOX, NEEDS_A_PERSON, SET_ASIDE
from tests.contracts.doors import DOORS, Door

ADDRESS = "qa@telford.example"
FILE = bytes(range(256)) * 40


@pytest.fixture(params=sorted(DOORS))
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    with DOORS[request.param](tmp_path) as opened:
        yield opened


def letter(number: int, subject: str = "", file: bytes = b"", outward: bool = False) -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = "avery.sample@telford.example", ADDRESS
    if outward:
        del made["From"], made["To"]
        made["From"], made["To"] = ADDRESS, "avery.sample@telford.example"
    made["Subject"] = subject or f"TW-{number:04d}"
    made["Date"] = "Mon, 23 Nov 2026 09:00:00 +0000"
    made["Message-ID"] = f"<{number}@sender.example>"
    made["Auto-Submitted"] = "auto-generated"
    made["Importance"] = "high"
    made.set_content("Dear colleague, größer und schöner.\n")
    if file:
        made.add_attachment(file, maintype="application", subtype="octet-stream", filename="Copy (1).docx")
    return made.as_bytes(policy=SMTP)


def all_of(door: Door, cursor: str = "") -> tuple[list[str], str]:
    """What lies in the inbox from a cursor on, page after page; and the cursor after that."""
    items, more = [], True
    while more:
        page = door.post.changes(cursor)
        items += page.items
        cursor, more = page.cursor, page.more
    return items, cursor


def subjects(door: Door, items: list[str] | tuple[str, ...]) -> list[str]:
    return [letters.parse(door.post.fetch_raw(item)).subject for item in items]


# in


def test_an_empty_mailbox_has_its_four_folders(door: Door) -> None:
    assert all_of(door)[0] == []
    assert [door.post.list_folder(folder) for folder in FOLDERS] == [(), (), (), ()]
    assert [door.post.oldest(folder) for folder in FOLDERS] == [None] * 4


def test_every_letter_is_found_once_however_many_pages_there_are(door: Door) -> None:
    for number in range(10):
        door.deliver(letter(number))
    items, _cursor = all_of(door)
    assert len(items) == len(set(items)) == 10
    assert sorted(subjects(door, items)) == [f"TW-{number:04d}" for number in range(10)]


def test_a_letter_is_the_same_letter_as_it_was_sent(door: Door) -> None:
    sent = letter(1, file=FILE)
    door.deliver(sent)
    [item] = all_of(door)[0]
    raw = door.post.fetch_raw(item)
    assert letters.identity(raw) == letters.identity(sent)
    came, before = letters.parse(raw), letters.parse(sent)
    assert (came.subject, came.text) == (before.subject, before.text)


def test_what_comes_after_a_cursor_is_found_from_it(door: Door) -> None:
    door.deliver(letter(1))
    _items, cursor = all_of(door)
    door.deliver(letter(2))
    later, _cursor = all_of(door, cursor)
    assert "TW-0002" in subjects(door, later)


def test_an_unknown_cursor_gives_everything(door: Door) -> None:
    for number in range(5):
        door.deliver(letter(number))
    _items, cursor = all_of(door)
    for stale in ("no such state", f"{cursor}x"):
        assert len(all_of(door, stale)[0]) == 5


def test_what_was_moved_away_is_no_longer_in_the_inbox(door: Door) -> None:
    door.deliver(letter(1))
    door.deliver(letter(2))
    first, second = all_of(door)[0]
    door.post.move(first, FILED)
    assert all_of(door)[0] == [second]


def test_what_is_put_back_by_hand_is_found_again(door: Door) -> None:
    door.deliver(letter(1))
    [item], cursor = all_of(door)
    back = door.post.move(door.post.move(item, FILED), INBOX)
    assert all_of(door)[0] == [back]
    assert back in all_of(door, cursor)[0]


def test_a_folder_lists_its_letters_oldest_first(door: Door) -> None:
    for number in range(7):
        door.deliver(letter(number))
    assert subjects(door, door.post.list_folder(INBOX)) == [f"TW-{number:04d}" for number in range(7)]
    oldest = door.post.oldest(INBOX)
    assert oldest and oldest.tzinfo is UTC


def test_a_letter_without_a_message_id_is_a_letter_too(door: Door) -> None:
    door.deliver(letter(1).replace(b"Message-ID: <1@sender.example>\r\n", b""))
    [item] = all_of(door)[0]
    assert subjects(door, [door.post.move(item, FILED)]) == ["TW-0001"]


# from folder to folder


@pytest.mark.parametrize("folder", [FILED, NEEDS_A_PERSON, SET_ASIDE])
def test_a_letter_moves_under_the_name_that_the_move_gives(door: Door, folder: str) -> None:
    door.deliver(letter(1, file=FILE))
    [item] = all_of(door)[0]
    moved = door.post.move(item, folder)
    assert door.post.list_folder(folder) == (moved,)
    assert door.post.list_folder(INBOX) == ()
    assert letters.identity(door.post.fetch_raw(moved)) == letters.identity(letter(1, file=FILE))


def test_a_move_twice_is_a_move(door: Door) -> None:
    door.deliver(letter(1))
    [item] = all_of(door)[0]
    again = door.post.move(door.post.move(item, FILED), FILED)
    assert door.post.list_folder(FILED) == (again,)
    assert sum(len(door.post.list_folder(folder)) for folder in FOLDERS) == 1


def test_the_name_before_a_move_finds_the_letter_or_nothing(door: Door) -> None:
    door.deliver(letter(1))
    [item] = all_of(door)[0]
    moved = door.post.move(item, FILED)
    try:
        assert subjects(door, [item]) == ["TW-0001"]
    except LookupError:
        assert subjects(door, [moved]) == ["TW-0001"]
    assert len(door.post.list_folder(FILED)) == 1


def test_a_letter_that_somebody_took_away_is_said_to_be_gone(door: Door) -> None:
    with pytest.raises(LookupError):
        door.post.fetch_raw("nothing.of.that.name")
    with pytest.raises(LookupError):
        door.post.move("nothing.of.that.name", FILED)


def test_every_copy_is_found_by_its_message_id_in_whatever_folder(door: Door) -> None:
    for number in (1, 1, 2):
        door.deliver(letter(number))
    first, second, other = all_of(door)[0]
    moved = {door.post.move(first, FILED), door.post.move(second, NEEDS_A_PERSON)}
    assert set(door.post.find_by_message_id("<1@sender.example>")) == moved
    assert door.post.find_by_message_id("<2@sender.example>") == (other,)
    assert door.post.find_by_message_id("<3@sender.example>") == ()


def test_the_copy_of_a_letter_that_we_sent_is_none_that_came_in(door: Door) -> None:
    door.way_out.send_mime(letter(7, outward=True), ("avery.sample@telford.example",), 7, "receipt")
    assert door.post.find_by_message_id("<7@sender.example>") == ()


def test_several_threads_may_move_letters_at_once(door: Door) -> None:
    for number in range(24):
        door.deliver(letter(number))
    items = all_of(door)[0]
    with ThreadPoolExecutor(6) as threads:
        moved = list(threads.map(lambda item: door.post.move(item, FILED), items))
    assert sorted(door.post.list_folder(FILED)) == sorted(moved)
    assert door.post.list_folder(INBOX) == ()


def test_somebody_is_woken_when_a_letter_comes(door: Door) -> None:
    assert not door.woken.is_set()
    door.deliver(letter(1))
    assert door.woken.wait(10)


# out


def test_a_letter_leaves_whole(door: Door) -> None:
    door.way_out.send_mime(letter(7, file=FILE, outward=True), ("avery.sample@telford.example",), 7, "allocation")
    [left] = door.left()
    assert letters.identity(left) == letters.identity(letter(7, file=FILE, outward=True))
    for line in (b"Auto-Submitted: auto-generated", b"Importance: high"):
        assert line in left


def test_the_same_letter_again_is_the_same_letter(door: Door) -> None:
    for _ in range(3):
        door.way_out.send_mime(letter(7, outward=True), ("avery.sample@telford.example",), 7, "receipt")
    door.way_out.send_mime(letter(8, outward=True), ("avery.sample@telford.example",), 8, "receipt")
    assert sorted(letters.parse(one).message_id for one in door.left()) == ["<7@sender.example>", "<8@sender.example>"]
