"""How long a busy server is left alone: as it asks, however it says so, and never long (RFC 9110)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from desk.outbox import TryLater
from mail import retry_after
from tests.mail.exchange_room import exchange_room
from tests.mail.graph_room import graph_room
from tests.standins.ews.server import Busy, Status
from tests.standins.graph.server import Fault

SAID_AT = "Mon, 23 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("0", 0),
        ("20", 20),
        (" 20 ", 20),
        ("300", 300),
        ("301", 300),
        ("86400", 300),
        ("99999999999", 300),
        ("9" * 5000, 300),
        ("Mon, 23 Nov 2026 09:00:45 GMT", 45),
        ("Monday, 23-Nov-26 09:00:45 GMT", 45),
        ("Mon Nov 23 09:00:45 2026", 45),
        ("Fri, 23 Nov 2029 09:00:00 GMT", 300),
        ("Mon, 23 Nov 2026 08:00:00 GMT", 0),
        ("", 7),
        ("²", 7),
        ("٣", 7),
        ("-5", 7),
        ("1.5", 7),
        ("nan", 7),
        ("soon", 7),
        ("Mon, 99 Nov 2026 99:00:00 GMT", 7),
    ],
)
def test_a_server_is_left_alone_as_long_as_it_asks_and_five_minutes_at_most(words: str, seconds: float) -> None:
    assert retry_after.seconds({"Retry-After": words, "Date": SAID_AT}, 7) == seconds


def test_a_time_says_nothing_where_the_server_does_not_say_what_time_it_has() -> None:
    assert retry_after.seconds({"Retry-After": SAID_AT}, 7) == 7
    assert retry_after.seconds({}, 7) == 7


def in_two_minutes() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)


ASKED = [("20", 20, 20), ("99999999999", 300, 300), ("²", 0, 10), (in_two_minutes, 60, 120)]


@pytest.mark.parametrize(("words", "least", "most"), ASKED, ids=["seconds", "for ever", "garbage", "a time"])
def test_no_alert_waits_longer_on_exchange_or_graph(tmp_path: Path, words: object, least: float, most: float) -> None:
    said = str(words()) if callable(words) else str(words)
    with exchange_room(tmp_path / "exchange") as room:
        room.server.misbehave("SyncFolderItems", Status(503, said))
        with pytest.raises(TryLater) as busy:
            room.post.changes()
        assert least <= busy.value.after <= most
    with graph_room(tmp_path / "graph") as online:
        online.post.check()
        online.server.misbehaves("delta", Fault(429, "ApplicationThrottled", wait=said))
        with pytest.raises(TryLater) as throttled:
            online.post.changes()
        assert least <= throttled.value.after <= most


def test_exchange_says_it_in_words_of_its_own_and_waits_no_longer(tmp_path: Path) -> None:
    with exchange_room(tmp_path) as room:
        room.server.misbehave("SyncFolderItems", Busy(86_400_000))
        with pytest.raises(TryLater) as busy:
            room.post.changes()
        assert busy.value.after == 300
