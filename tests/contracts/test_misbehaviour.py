"""Each thing that a mail server may do wrong, and two of them at a time: nothing is lost, nothing comes twice.

docs/mail.md holds the table for people; it names what is tried here, and nothing else.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from operator import methodcaller
from pathlib import Path

import pytest

from mail.mailbox import FILED, NAMES, NEEDS_A_PERSON
from tests.contracts.test_uncertain_sends import ROOMS
from tests.mail.room import AUDITOR
from tests.mail.server_room import CALLS, ServerRoom, Trouble

DOCS = Path(__file__).parents[2] / "docs" / "mail.md"
PAIRS = 10
"""Of all pairs, tried with each server: as many as take no longer than everything else here."""
IN = tuple(one for one in CALLS if one not in ("draft", "send"))


def nothing(room: ServerRoom) -> None:
    """All is well at that time."""


@dataclass(frozen=True)
class Misbehaviour:
    """`begins` before letters come, `meanwhile` after the first look at them, `later` after a minute."""

    name: str
    begins: Callable[[ServerRoom], None] = nothing
    meanwhile: Callable[[ServerRoom], None] = nothing
    later: Callable[[ServerRoom], None] = nothing
    most: int = 1
    """How often one answer may leave."""


def once(*troubles: Trouble, calls: tuple[str, ...] = CALLS) -> Callable[[ServerRoom], None]:
    """Each call goes wrong once."""

    def begins(room: ServerRoom) -> None:
        for call in calls:
            room.goes_wrong(call, *troubles)

    return begins


def late_copies(room: ServerRoom) -> None:
    room.copies_come_late()
    room.goes_wrong("send", Trouble.DROPPED_AFTER)


def back_and_forth(silently: bool) -> Callable[[ServerRoom], None]:
    def moved(room: ServerRoom) -> None:
        room.writes(AUDITOR, "The last", "What is a worker?\n", message_id="<last@sender.example>")
        room.moves_out_and_back(silently)

    return moved


MISBEHAVIOURS = (
    Misbehaviour("asks us to wait (throttling)", once(Trouble.THROTTLED)),
    Misbehaviour("breaks the connection before doing what it was asked", once(Trouble.DROPPED_BEFORE)),
    Misbehaviour("breaks the connection after doing it", once(Trouble.DROPPED_AFTER)),
    Misbehaviour("never answers, though it does it", once(Trouble.SILENT)),
    Misbehaviour("answers with an error of its own", once(Trouble.FAILED)),
    Misbehaviour("does not take our login for a while", once(Trouble.UNKNOWN_LOGIN)),
    Misbehaviour("takes a right away for a while", once(Trouble.RIGHT_MISSING)),
    Misbehaviour("accepts a letter, says nothing, and shows its copy late", late_copies, later=methodcaller("settles")),
    Misbehaviour("accepts a letter, says nothing, and never shows a copy", late_copies, most=2),
    Misbehaviour("changes ids with each move", methodcaller("renames")),
    Misbehaviour("forgets how far we had read", meanwhile=methodcaller("forgets_cursors")),
    Misbehaviour("shows a letter again that went out and came back between two looks", meanwhile=back_and_forth(False)),
    Misbehaviour("keeps quiet about such a letter", meanwhile=back_and_forth(True)),
    Misbehaviour("gives pages in another order, and letters twice", methodcaller("reorders")),
    Misbehaviour("renders a letter anew each time", methodcaller("renders_anew")),
    Misbehaviour("loses our folders", meanwhile=methodcaller("loses_folders")),
)
UNSHOWN, REJECTS = "names a letter and does not show it", "rejects a recipient for ever"
"""These end otherwise for the letter itself: each is a story of its own."""


@pytest.fixture(params=sorted(ROOMS))
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerRoom]:
    with ROOMS[request.param](tmp_path / "room") as opened:
        yield opened


def lives_through(room: ServerRoom, with_a_tool: bool, *misbehaviours: Misbehaviour) -> None:
    """Letters come while the server misbehaves; then what must be so however it did."""
    audit = room.allocates() if with_a_tool else None
    file = room.filled(audit) if audit else b""
    room.patience = 1.0
    before = len(room.left())
    for one in misbehaviours:
        one.begins(room)
    room.restarts()
    if audit:
        room.writes(AUDITOR, f"Re: {audit.reference}", files=(file,))
    room.writes(AUDITOR, "Question", "What does Good mean?\n")
    room.polls()
    for one in misbehaviours:
        one.meanwhile(room)
    room.writes(AUDITOR, "Another", "What is a moderator?\n")
    for step in range(400):
        room.now += timedelta(seconds=20)
        room.polls()
        if step == 1:
            for one in misbehaviours:
                one.later(room)
        if step > 15 and is_at_rest(room) and (step > 190 or not_due(room)):
            break
    tells(room, before, max(one.most for one in misbehaviours))
    if audit:
        whole = room.audit(audit)
        assert whole["state"] == "submitted"
        assert [one["kind"] for one in whole["versions"]].count("returned") == 1


def is_at_rest(room: ServerRoom) -> bool:
    return room.lies_in("Inbox") == room.lies_in("Drafts") == 0 and not waiting(room)


def not_due(room: ServerRoom) -> bool:
    """Whether every letter that came has been dealt with."""
    return len(room.letters()) == sum(room.lies_in(name) for name in NAMES.values())


def waiting(room: ServerRoom) -> int:
    """How many letters are not read, moved or sent yet."""
    with room.store.open() as ledger:
        return len(ledger.obligations.overdue(("mail", "post"), room.now + timedelta(hours=1)))


def tells(room: ServerRoom, before: int, most: int) -> None:
    letters = room.letters()
    came = Counter(one.message_id for one in letters)
    assert set(came.values()) == {1}, "each letter is one business record"
    assert all(one.path and one.state in ("done", "needs_a_person") for one in letters)
    for folder, state in ((FILED, "done"), (NEEDS_A_PERSON, "needs_a_person")):
        assert room.lies_in(NAMES[folder]) == len([one for one in letters if one.state == state])
    assert room.lies_in("Inbox") == room.lies_in("Drafts") == room.lies_in("Deleted Items") == 0
    answers = [one for one in room.letters_out(to=AUDITOR)[before:] if one["In-Reply-To"]]
    told = Counter(str(one["In-Reply-To"]) for one in answers)
    assert set(told) == set(came), "each is answered"
    for often in (told, times_left(room, before)):
        assert max(often.values()) <= most
        assert sum(often.values()) <= len(often) + most - 1, "at most one of them twice"
    assert room.faults() == 0


def times_left(room: ServerRoom, before: int) -> Counter[str]:
    """How often each letter of ours left."""
    return Counter(str(one["Message-ID"]) for one in room.letters_out()[before:])


@pytest.mark.parametrize("misbehaviour", MISBEHAVIOURS, ids=lambda one: one.name)
def test_nothing_is_lost_and_nothing_comes_twice(room: ServerRoom, misbehaviour: Misbehaviour) -> None:  # G01, G03
    lives_through(room, True, misbehaviour)
    assert room.still_to_go_wrong() == 0
    assert max(times_left(room, 0).values()) == misbehaviour.most, "it really went wrong"


@pytest.mark.parametrize(
    "pair", random.Random(4).sample(list(combinations(MISBEHAVIOURS, 2)), PAIRS), ids=lambda two: two[0].name
)
def test_nor_when_two_things_go_wrong_at_once(room: ServerRoom, pair: tuple[Misbehaviour, Misbehaviour]) -> None:
    lives_through(room, False, *pair)


def test_names_a_letter_and_does_not_show_it(room: ServerRoom) -> None:
    """More of it in test_unshown.py."""
    room.cannot_show(b"Unseen")
    room.writes(AUDITOR, "Question", "Unseen\n")
    for _ in range(8):
        room.now += timedelta(minutes=1)
        room.polls()
    assert (room.lies_in("Inbox"), room.lies_in(NAMES[NEEDS_A_PERSON])) == (0, 1)
    assert [one.limb for one in room.concerns()] == [room.council.policy.kept_letter_urgent]


def test_rejects_a_recipient_for_ever(room: ServerRoom) -> None:
    room.goes_wrong("send", Trouble.BAD_ADDRESS)
    room.writes(AUDITOR, "Question", "What does Good mean?\n")
    for _ in range(8):
        room.polls()
        room.now += timedelta(minutes=1)
    with room.store.open() as ledger:
        given_up = [
            one for one in map(ledger.obligations.notice_by_number, range(1, 9)) if one and one.state == "gave_up"
        ]
    assert len(given_up) == 1
    assert given_up[0].why
    assert (room.lies_in("Inbox"), room.lies_in("Drafts"), room.lies_in(NAMES[NEEDS_A_PERSON])) == (0, 0, 1)
    assert room.faults() == 0


def test_the_page_for_people_names_what_is_tried_and_nothing_else() -> None:
    [table] = re.findall(r"^\| The mail server \|.*\n\|[-|]+\n((?:\|.*\n)+)", DOCS.read_text("utf-8"), re.MULTILINE)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    most = {one.name: one.most for one in MISBEHAVIOURS} | {UNSHOWN: 1, REJECTS: 1}
    assert [name for name, _bot, _letter in rows] == list(most)
    for name, _bot, letter in rows:
        assert ("twice" in letter) == (most[name] > 1), name
