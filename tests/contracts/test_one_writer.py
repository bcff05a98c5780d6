"""SQLite's writers within a process queue: nobody is passed over or waits for ever, and what is written is whole."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from storage import ledger as ledgers
from storage.ledger import Conflict, Ledger, Store
from storage.one_writer import OneWriter
from tests.stories.story import MONDAY


def test_whoever_waits_longest_goes_next() -> None:
    door, order = OneWriter(), list[int]()
    assert door.enter(0)
    threads = []
    for number in range(5):
        before = len(door._waiting)

        def pass_through(number: int = number) -> None:
            assert door.enter(10)
            order.append(number)
            door.leave()

        threads.append(threading.Thread(target=pass_through))
        threads[-1].start()
        while len(door._waiting) == before:
            pass
    door.leave()
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3, 4]
    assert door.enter(0), "it is free again"


def test_whoever_gives_up_waiting_keeps_nobody_out() -> None:
    door = OneWriter()
    assert door.enter(0)
    assert not door.enter(0.01)
    door.leave()
    assert door.enter(0)


def test_a_transaction_that_never_ends_is_a_conflict_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "_PATIENCE", 0.05)
    store = Store(f"sqlite:///{tmp_path / 'auditbot.db'}")
    store.migrate()
    with store.open(), pytest.raises(Conflict), store.open():
        pass
    with store.open():
        pass  # and once it has ended, all is well
    store.close()


@pytest.fixture
def tables(store: Store) -> Store:
    store.migrate()
    return store


def test_eight_threads_lose_no_event(tables: Store) -> None:
    def write() -> None:
        for _ in range(25):
            tables.run(lambda ledger: ledger.trail.add("directory", "seeded", "operator", MONDAY))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with tables.open() as ledger:
        assert len(ledger.trail.events("directory")) == 200
        assert ledger.trail.verify("directory").holds


def test_L03_a_trail_can_be_read_and_verified_in_the_transaction_that_adds_to_it(tables: Store) -> None:
    with tables.open() as ledger:
        ledger.trail.add("audit/7", "one", "bot", MONDAY)
        ledger.trail.add("audit/7", "two", "bot", MONDAY)
        assert [event.what for event in ledger.trail.events("audit/7")] == ["one", "two"]
        ledger.trail.add("audit/7", "three", "bot", MONDAY)
        ledger.trail.add("audit/8", "other", "bot", MONDAY)
        assert ledger.trail.verify("audit/7").events == 3
    with tables.open() as ledger:
        ledger.trail.add("audit/7", "four", "bot", MONDAY)
    with tables.open() as ledger:
        assert ledger.trail.verify("audit/7").holds and ledger.trail.verify("audit/8").holds
        assert ledger.trail.verify("audit/7").events == 4
        assert [event.seq for event in ledger.trail.events("audit/7")] == [1, 2, 3, 4]


def test_L03_what_is_rolled_back_leaves_no_event(tables: Store) -> None:
    def fails(ledger: Ledger) -> None:
        ledger.trail.add("audit/7", "one", "bot", MONDAY)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        tables.run(fails)
    with tables.open() as ledger:
        assert ledger.trail.events("audit/7") == ()
