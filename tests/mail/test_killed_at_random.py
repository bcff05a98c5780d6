"""SIGKILL of the whole service at any moment, while letters of every kind come in (`make chaos-mail`: 200 times)."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk import gathering
from tests.mail.office import Furnished
from tests.mail.post_bag import FOLDERS, Letter, faults, packed
from tests.mail.served import Council, council

KILLS = int(os.environ.get("CHAOS_KILLS", "10"))
"""How often it is killed."""
MINUTES = float(os.environ.get("CHAOS_MINUTES", "20"))
"""After which it is given up as too slow."""
LETTERS = KILLS + KILLS // 4 + 8
APART = 0.4
"""Seconds between two letters, on average."""

Bag = tuple[Furnished, tuple[Letter, ...]]


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Bag:
    return packed(tmp_path_factory.mktemp("furnished"), LETTERS)


@pytest.fixture
def post(tmp_path: Path, bag: Bag) -> Iterator[Council]:
    """Three tries are not meant for who dies every second, nor forty receipts a day for one who sends for everybody."""
    with council(tmp_path / "data", bag[0], tries=KILLS + 2, receipts=LETTERS) as made:
        yield made


class Senders(threading.Thread):
    """They send letter after letter, and one again and again until it is taken."""

    def __init__(self, post: Council, letters: tuple[Letter, ...], chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.post, self.letters, self.chance = post, letters, chance
        self.hurry = threading.Event()
        self.taken = self.again = 0

    def run(self) -> None:
        for letter in self.letters:
            self.hurry.wait(self.chance.uniform(0, 2 * APART))
            self.post.untaken[letter.message_id] = (letter.sender, letter.raw)
            while self.post.is_sent_again() != 250:
                self.again += 1
                time.sleep(0.05)
            self.taken += 1


def lives(post: Council, chance: random.Random) -> None:
    """One life of the service, ended while it starts, as soon as it is ready, or later."""
    starting = chance.random() < 0.2
    post.serves(waits=not starting)
    post.process.join(chance.uniform(0, 1.0) if starting else chance.choice((0.3, 1.0, 3.0)) * chance.random())
    assert post.process.is_alive(), "it ended by itself"
    post.is_killed()
    post.minute_passes()


def test_G03_deaths_at_random_lose_nothing_and_double_nothing(post: Council, bag: Bag) -> None:
    _, letters = bag
    seed = os.environ.get("CHAOS_SEED", "20261123")
    senders, began = Senders(post, letters, random.Random(seed)), time.monotonic()
    chance = random.Random(seed)
    senders.start()
    for kill in range(1, KILLS + 1):
        lives(post, chance)
        spent = time.monotonic() - began
        assert spent < 60 * MINUTES, f"{kill} of {KILLS} kills in {MINUTES:.0f} minutes"
        if kill % 10 == 0:
            print(f"{kill} of {KILLS} kills, {senders.taken} of {LETTERS} letters taken, {spent:.0f} s", flush=True)
    senders.hurry.set()
    assert post.serves()
    senders.join(60)
    post.comes_to_rest(600)
    assert senders.taken == LETTERS
    is_as_if_nothing_had_happened(post, letters, senders.again)
    twice = sum(sum(post.relay.answers_to(one.message_id).values()) > 1 for one in letters)
    print(f"{KILLS} kills, {LETTERS} letters, {senders.again} sent again, {twice} answers sent twice")


def is_as_if_nothing_had_happened(post: Council, letters: tuple[Letter, ...], again: int) -> None:
    """One record for each letter, one answer or the same one twice, each in its folder, no fault of ours."""
    kept = [message_id for (message_id,) in post.asked("SELECT message_id FROM letters")]
    before = sum(one.kind == "answer" for one in letters)  # the tools that those answers are about
    assert len(kept) == len(letters) + before and {one.message_id for one in letters} <= {*kept}
    assert post.asked("SELECT message_id, state FROM letters WHERE state = 'kept'") == []
    with post.ledger() as ledger:
        assert [fault for letter in letters for fault in faults(ledger, letter)] == []
    for letter in letters:
        answers = post.relay.answers_to(letter.message_id)
        assert len(answers) <= 1 and set(answers.values()) <= {1, 2}, (letter.message_id, answers)
        assert answers or letter.kind not in ("tool", "zip", "answer"), f"{letter.message_id} has no receipt"
    due = Counter(FOLDERS.get(one.kind, "filed") for one in letters)
    there = {folder: len(post.lies_in(folder)) for folder in (*due, "filed", "inbox")}
    filed = there.pop("filed")  # a copy that came again is filed whatever it is
    assert there == {folder: due[folder] for folder in due if folder != "filed"} | {"inbox": 0}
    assert due["filed"] + before <= filed <= due["filed"] + before + again
    waiting = [number for (number,) in post.asked("SELECT id FROM letters WHERE state = 'needs_a_person'")]
    with post.ledger() as ledger:
        rung = [tuple(one.id for one in ledger.concerns.of_letter(number)) for number in waiting]
    assert len(rung) == due["needs-a-person"] and {len(one) for one in rung} == {1}, "each with one alert"
    assert len({*rung}) == min(len(rung), gathering.MOST_ALONE + 1), "of many, one stands for those beyond twenty"
    concerns = post.asked("SELECT count(*) FROM concerns WHERE letter_id IS NOT NULL")
    assert concerns == [(len({*rung}),)]
    assert post.asked("SELECT * FROM faults") == []
