"""The whole service on a full disk and without its database: it goes on by itself once that is over, and says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mail.office import PATIENCE, Furnished
from tests.mail.served import Council, council, furnish
from tests.mail.test_trouble import DISK, fill_up, is_done_once


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    return furnish(tmp_path_factory.mktemp("furnished"), 2)


@pytest.fixture
def small(tmp_path: Path, furnished: Furnished) -> Iterator[Council]:
    (tmp_path / "data").mkdir()
    with council(tmp_path / "data", furnished, disk=DISK, watch=0.3) as made:
        yield made


def test_G02_every_lane_of_the_service_outlives_a_full_disk(small: Council) -> None:
    if not small.serves():
        pytest.skip("this machine lets no process mount a small disk of its own")
    first = small.writes(0)
    small.comes_to_rest()
    told = small.heartbeat()
    ballast = fill_up(small.seen)
    second = small.writes(1)
    assert small.is_sent_again() == 451
    small.process.join(5)
    assert small.says("healthz") == 200, "a lane has died"
    assert small.heartbeat() == told, "withheld: whoever watches from outside sees it age"
    ballast.unlink()
    small.comes_to_rest()
    is_done_once(small, [first, second])
    by = time.monotonic() + PATIENCE
    while small.heartbeat() == told:
        assert time.monotonic() < by
        small.process.join(0.1)
    assert small.says("healthz") == 200
