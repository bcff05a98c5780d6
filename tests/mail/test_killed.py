"""SIGKILL at every step from a letter to its receipt, then at random: one record a letter, nothing left unread."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mail.office import Furnished, Office, furnish, office
from tests.mail.post_process import Death

KILLS = int(os.environ.get("CHAOS_KILLS", "10"))
"""How often the post is killed at random; `make chaos-mail` does it 200 times."""

STEPS = {
    "on the disk, but not said": Death("after", "mail.disk.keep", "/inbox/"),
    "taken up": Death("before", "mail.local.LocalPost.fetch_raw"),
    "raw copy being written": Death("before", "mail.disk.keep", "/raw/"),
    "raw copy kept": Death("after", "mail.disk.keep", "/raw/"),
    "written down, not committed": Death("after", "storage.letters.Letters.keep"),
    "written down": Death("after", "mail.collect.write_down"),
    "about to be moved": Death("before", "mail.local.LocalPost.move", "filed"),
    "moved": Death("after", "mail.local.LocalPost.move", "filed"),
    "claimed for reading": Death("before", "mail.collect.sort"),
    "with the reading child": Death("before", "documents.reading_room.ReadingRoom.read"),
    "read": Death("after", "documents.reading_room.ReadingRoom.read"),
    "settled, not committed": Death("after", "storage.letters.Letters.settle"),
    "settled": Death("after", "mail.collect.read_due"),
    "receipt claimed": Death("before", "mail.sending.MailSender.send"),
    "receipt sent, not recorded": Death("after", "mail.local.SmtpRelay.send_mime"),
    "receipt recorded, not committed": Death("after", "storage.obligations.Obligations.mark_notice"),
    "receipt recorded": Death("after", "desk.outbox.deliver"),
}
FOR_A_PERSON = {
    "settled, not moved": Death("before", "mail.local.LocalPost.move", "needs-a-person"),
    "moved, not recorded": Death("after", "mail.local.LocalPost.move", "needs-a-person"),
}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    return furnish(tmp_path_factory.mktemp("furnished"), KILLS)


@pytest.fixture
def post(tmp_path: Path, furnished: Furnished) -> Iterator[Office]:
    with office(tmp_path / "data", furnished) as made:
        yield made


def is_handed_in_once(post: Office, place: int) -> None:
    """One tool, one version of its audit, one event of its handing in, in a trail that holds."""
    audit = post.furnished.audits[place]
    with post.ledger() as ledger:
        assert ledger.audits.audit(audit.id).stage.value == "submitted"
        assert [one["kind"] for one in ledger.audits.submissions(audit.id)] == ["returned", "handed in"]
        assert ledger.trail.verify(f"audit/{audit.id}").holds


def is_receipted(post: Office, letter: str) -> None:
    """At most one duplicate, and a duplicate is the same letter: mail programs show it once."""
    receipts = post.relay.answers_to(letter)
    assert len(receipts) == 1, receipts
    assert next(iter(receipts.values())) in (1, 2)


@pytest.mark.parametrize("step", STEPS)
def test_G03_a_death_at_any_step_loses_nothing_and_doubles_nothing(post: Office, step: str) -> None:
    post.opens(death=STEPS[step])
    letter = post.writes(0)
    heard = letter not in post.untaken
    post.dies()
    post.minute_passes()
    post.opens()
    post.comes_to_rest()
    assert post.asked("SELECT state, copies FROM letters") == [("done", 1)]
    is_handed_in_once(post, 0)
    is_receipted(post, letter)
    assert len(post.lies_in("filed")) in ((1,) if heard else (1, 2)), "who was told no 250 sends it again"
    assert post.asked("SELECT * FROM faults") == []


@pytest.mark.parametrize("step", FOR_A_PERSON)
def test_G02_a_letter_for_a_person_reaches_their_folder_over_a_death(post: Office, step: str) -> None:
    post.opens(death=FOR_A_PERSON[step])
    letter = post.stranger_writes()
    post.dies()
    post.minute_passes()
    post.opens()
    post.comes_to_rest()
    assert post.asked("SELECT state FROM letters") == [("needs_a_person",)]
    assert len(post.lies_in("needs-a-person")) == 1 and post.lies_in("filed") == []
    assert len(post.asked("SELECT id FROM concerns")) == 1
    assert sum(post.relay.answers_to(letter).values()) in (0, 1, 2)


def test_G02_what_was_accepted_while_nothing_works_is_there_after_a_death(post: Office) -> None:
    post.opens(lanes=())
    letter = post.writes(0)
    assert not post.untaken, "250 was said"
    post.is_killed()
    post.opens()
    post.comes_to_rest()
    is_handed_in_once(post, 0)
    assert list(post.relay.answers_to(letter).values()) == [1]


def test_G02_a_letter_over_which_the_service_dies_three_times_goes_to_a_person(post: Office) -> None:
    for _ in range(3):
        post.opens(death=STEPS["with the reading child"])
        letter = post.writes(0)
        post.dies()
        post.minute_passes()
    post.opens()
    post.comes_to_rest()
    assert post.asked("SELECT state, sorted_as FROM letters") == [("needs_a_person", "unread")]
    assert len(post.asked("SELECT id FROM concerns")) == 1
    assert post.lies_in("needs-a-person") and not post.relay.answers_to(letter)


def test_G03_deaths_at_random_lose_nothing_and_double_nothing(post: Office) -> None:
    post.tries = KILLS + 1  # service that dies every second is not what the three tries are for
    chance = random.Random(os.environ.get("CHAOS_SEED", "20261123"))
    tools, strangers = len(post.furnished.audits), max(1, KILLS // 5)
    letters = [*(("tool", place) for place in range(tools)), *(("stranger", number) for number in range(strangers))]
    chance.shuffle(letters)
    to_come, sent = iter(letters), dict[tuple[str, int], str]()
    for left in range(KILLS, 0, -1):
        post.opens()
        for one in [*to_come] if left == 1 else [next(to_come, None) for _ in range(-(-len(letters) // KILLS))]:
            if one:
                kind, number = one
                sent[one] = post.writes(number) if kind == "tool" else post.stranger_writes(number)
        post.process.join(chance.uniform(0, 3 if left % 2 else 0.5))
        post.is_killed()
        post.minute_passes()
    post.opens()
    post.comes_to_rest(600)
    assert post.asked("SELECT count(*), count(DISTINCT message_id) FROM letters") == [(len(letters), len(letters))]
    for (kind, number), letter in sent.items():
        if kind == "tool":
            is_handed_in_once(post, number)
            is_receipted(post, letter)
    assert len(post.asked("SELECT id FROM submissions WHERE kind = 'returned'")) == tools
    assert len(post.asked("SELECT id FROM concerns")) == len(post.lies_in("needs-a-person")) == strangers
    assert post.asked("SELECT * FROM faults") == []
    twice = sum(sum(post.relay.answers_to(letter).values()) > 1 for letter in sent.values())
    print(f"{KILLS} kills, {len(letters)} letters, {twice} receipts sent twice")
