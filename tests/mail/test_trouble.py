"""The disk full, the database locked, the database gone: senders are told "later", and all is done once it is over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from mail.local import SmtpRelay
from tests.mail.office import Furnished, Office, furnish, office
from tests.mail.post_process import fill_up
from tests.mail.room import AUDITOR, INBOX

DISK = 8_000_000


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    return furnish(tmp_path_factory.mktemp("furnished"), 2)


@pytest.fixture
def post(tmp_path: Path, furnished: Furnished) -> Iterator[Office]:
    with office(tmp_path / "data", furnished) as made:
        yield made


@pytest.fixture
def small(tmp_path: Path, furnished: Furnished) -> Iterator[Office]:
    """A post whose data lie on a disk of eight megabytes."""
    (tmp_path / "data").mkdir()
    with office(tmp_path / "data", furnished, disk=DISK) as made:
        yield made


def is_done_once(post: Office, letters: list[str]) -> None:
    assert post.asked("SELECT DISTINCT state FROM letters") == [("done",)]
    assert post.asked("SELECT count(*) FROM letters") == [(len(letters),)]
    assert post.asked("SELECT count(*) FROM submissions WHERE kind = 'returned'") == [(len(letters),)]
    assert [sum(post.relay.answers_to(letter).values()) for letter in letters] == [1] * len(letters)
    assert len(post.lies_in("filed")) >= len(letters)


def test_G02_a_full_disk_means_later_and_nothing_is_lost(small: Office) -> None:
    if not small.opens():
        pytest.skip("this machine lets no process mount a small disk of its own")
    ballast = fill_up(small.seen)
    first = small.writes(0)
    assert small.is_sent_again() == 451
    assert small.lies_in("inbox") == [] and small.process.is_alive()
    ballast.unlink()
    small.comes_to_rest()
    is_done_once(small, [first])


def test_G02_a_letter_that_was_accepted_before_the_disk_was_full_waits_in_the_inbox(small: Office) -> None:
    if not small.opens(idle=True):
        pytest.skip("this machine lets no process mount a small disk of its own")
    letter = small.writes(0)
    assert not small.untaken, "250 was said"
    ballast = fill_up(small.seen)
    small.works()
    small.process.join(2)
    assert small.process.is_alive()
    assert len(small.lies_in("inbox")) == 1
    ballast.unlink()
    small.comes_to_rest()
    is_done_once(small, [letter])


def test_G02_a_locked_database_holds_letters_up_and_loses_none(post: Office) -> None:
    post.opens()
    with sqlite3.connect(post.folder / "auditbot.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        letter = post.writes(0)
        assert not post.untaken, "accepted: it is on the disk, the ledger comes later"
        post.process.join(15)
        assert post.process.is_alive()
        assert len(post.lies_in("inbox")) == 1
        other.execute("ROLLBACK")
    post.comes_to_rest()
    is_done_once(post, [letter])


def test_G03_a_letter_that_left_is_not_sent_again_because_its_copy_could_not_be_kept(post: Office) -> None:
    way_out = SmtpRelay("127.0.0.1", post.relay_port, keep_in=post.folder / "mail" / "outbox")
    for kept in (post.folder / "mail" / "outbox").iterdir():
        kept.unlink()
    (post.folder / "mail" / "outbox").rmdir()  # no disk to keep it on
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Message-ID"] = INBOX, AUDITOR, "<notice-1.0123abcd@telford.example>"
    way_out.send_mime(letter.as_bytes(), (AUDITOR,), 1, "receipt")
    assert [one["Message-ID"] for one in post.relay.taken] == ["<notice-1.0123abcd@telford.example>"]
