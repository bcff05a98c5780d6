"""One letter in two copies, one of which looks like a machine's or a list's: its writer is heard, whichever of them
comes first, and counts once (G02, G04)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from mail import disk
from tests.mail.forging import BEHIND_A_GATEWAY, stamped, written
from tests.mail.room import AUDITOR, MANAGER, Room

ALARMING = "Please ring me: the girl has told me that she is being hurt at home, tonight.\n"
MARKS = ["List-Id: <team.groups.example>", "Precedence: bulk", "X-Auto-Response-Suppress: OOF", "Return-Path: <>"]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    opened = Room(tmp_path, trust=BEHIND_A_GATEWAY)
    yield opened
    opened.close()


def comes(room: Room, raw: bytes) -> None:
    """As another server would have it: the listener of a trial writes a return path of its own."""
    disk.keep(room.folder / "mail" / "inbox" / "new" / uuid4().hex, raw)


def copies(room: Room, mark: str, verdict: str) -> tuple[bytes, bytes]:
    """By way of the list, and straight from the manager."""
    listed, own = (
        written(room, *lines, subject="please ring", text=ALARMING, message_id="<urgent@telford.example>")
        for lines in ((mark, f"From: {MANAGER}"), (f"From: {MANAGER}",))
    )
    return stamped(room, listed, verdict), stamped(room, own)


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("list_first", [True, False])
@pytest.mark.parametrize("verdict", ["fail", "pass"])
@pytest.mark.parametrize("mark", MARKS)
def test_an_alarming_letter_is_heard_whichever_copy_comes_first(
    room: Room, mark: str, verdict: str, list_first: bool, together: bool
) -> None:
    listed, own = copies(room, mark, verdict)
    for raw in (listed, own) if list_first else (own, listed):
        comes(room, raw)
        if not together:
            room.works()
    room.works()
    [letter] = room.letters()
    assert (letter.sorted_as, letter.state, letter.copies) == ("words", "needs_a_person", 2)
    assert len(room.concerns()) == 1 and not room.faults()


def test_a_flood_of_marked_copies_is_set_aside_and_read_no_more(room: Room) -> None:
    listed, _ = copies(room, MARKS[0], "fail")
    for place in range(30):
        comes(room, b"Received: by hop %d\r\n" % place + listed)
        room.works()
    [letter] = room.letters()
    assert (letter.sorted_as, letter.state, letter.copies) == ("list", "done", 30)
    assert not room.concerns()


def test_a_tool_that_was_filed_is_not_filed_again_by_a_further_copy(room: Room) -> None:
    audit = room.allocates()
    tool = written(
        room, f"From: {AUDITOR}", subject=audit.reference, files=(room.filled(audit),), message_id="<t@x.example>"
    )
    for raw in (tool, b"Received: by another hop\r\n" + tool, b"List-Id: <team.groups.example>\r\n" + tool):
        comes(room, stamped(room, raw))
        room.works()
    [letter] = room.letters()
    assert (letter.sorted_as, letter.state, letter.copies) == ("tools", "done", 3)
    assert len(room.letters_out("receipt", AUDITOR)) == 1
