"""SIGKILL of the whole service in the middle of several letters that are taken in together: each counts once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mail.office import Furnished
from tests.mail.post_process import Death
from tests.mail.served import Council, council, furnish

LETTERS = 3
STEPS = {
    "one raw copy kept": Death("after", "mail.disk.keep", "/raw/"),
    "one written down, none committed": Death("after", "storage.letters.Letters.keep"),
    "one moved": Death("after", "mail.local.LocalPost.move", " filed"),
    "one settled": Death("after", "mail.collect.read_due"),
}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    return furnish(tmp_path_factory.mktemp("furnished"), LETTERS)


@pytest.fixture
def post(tmp_path: Path, furnished: Furnished) -> Iterator[Council]:
    with council(tmp_path / "data", furnished) as made:
        yield made


@pytest.mark.parametrize("step", STEPS)
def test_G03_a_death_among_several_letters_loses_none_and_doubles_none(post: Council, step: str) -> None:
    assert post.serves(words=("serve", "--no-worker"))
    letters = [post.writes(place) for place in range(LETTERS)]
    assert not post.untaken and len(post.lies_in("inbox")) == LETTERS
    post.is_killed()
    post.serves(STEPS[step])
    post.dies()
    post.minute_passes()
    assert post.serves()
    post.comes_to_rest()
    assert post.asked("SELECT state, copies FROM letters") == [("done", 1)] * LETTERS
    assert post.asked("SELECT count(*) FROM submissions WHERE kind = 'returned'") == [(LETTERS,)]
    assert [sum(post.relay.answers_to(letter).values()) for letter in letters] == [1] * LETTERS
    assert len(post.lies_in("filed")) == LETTERS
    assert post.asked("SELECT * FROM faults") == []
