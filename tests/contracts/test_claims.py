"""Any number of replicas claim due work; a killed one's work is taken over; a zombie records nothing."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from sqlalchemy import text

from desk import outbox
from storage.ledger import Store
from tests.stories.story import MONDAY, Story


def several_alerts(story: Story, count: int) -> None:
    """Concerns whose notices all wait to be sent."""
    story.everyone_opens_chat()
    avery = story.person("avery.sample@telford.example")
    from desk import concerns
    from desk.allocation import allocate

    with story.store.open() as ledger:
        audit = allocate(
            ledger,
            story.council,
            case_id="4021",
            auditor_email=avery.email,
            tool_id="tw-cp-cin",
            now=story.now,
            due=story.now.date(),
        )
        for number in range(count):
            concerns.raise_by_hand(ledger, audit, "immediate", "", avery.id, f"press-{number}", story.now, "teams")


class Counting:
    """A channel that counts what it is handed, from any thread."""

    def __init__(self) -> None:
        self.numbers: Counter[int] = Counter()
        self._lock = threading.Lock()

    def send(self, notice: outbox.Notice) -> str:
        with self._lock:
            self.numbers[notice.number] += 1
        return f"sent-{notice.number}"


def test_many_replicas_send_each_notice_once(store: Store) -> None:
    story = Story(store)
    several_alerts(story, 20)
    channel = Counting()
    faults: list[BaseException] = []

    def replica() -> None:
        try:
            idle = 0
            while idle < 3:
                idle = 0 if outbox.deliver(store, channel, "mail", lambda: MONDAY) else idle + 1
        except BaseException as fault:
            faults.append(fault)
            raise

    threads = [threading.Thread(target=replica) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults
    with store.open() as ledger:
        waiting = ledger.obligations.overdue(("mail",), MONDAY.replace(year=2030))
    assert not waiting
    assert len(channel.numbers) == 21, "twenty alerts and the allocation"
    assert set(channel.numbers.values()) == {1}


def test_a_killed_replicas_notice_goes_again_under_the_same_number(store: Store) -> None:
    story = Story(store)
    several_alerts(story, 1)
    with store.open() as ledger:  # a replica claims, sends, and is killed before it can record
        held = ledger.obligations.claim(("mail",), MONDAY, ledger.clock(), 8)
    assert held
    channel = Counting()
    assert outbox.deliver(store, channel, "mail", lambda: MONDAY) == 0, "the lease holds"
    with store.engine.begin() as connection:  # twenty seconds later
        connection.execute(text("UPDATE obligations SET lease_until = '2020-01-01 00:00:00' WHERE lane = 'mail'"))
    while outbox.deliver(store, channel, "mail", lambda: MONDAY):
        pass
    with store.open() as ledger:
        numbers = {kept.number for duty in held if (kept := ledger.obligations.notice(duty.key))}
    assert set(channel.numbers) == numbers


def test_a_zombie_records_nothing_over_the_replica_that_took_over(store: Store) -> None:
    story = Story(store)
    several_alerts(story, 1)
    with store.open() as ledger:
        zombie = ledger.obligations.claim(("mail",), MONDAY, ledger.clock(), 8)[0]
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE obligations SET lease_until = '2020-01-01 00:00:00' WHERE lane = 'mail'"))
    with store.open() as ledger:
        taken = next(
            duty for duty in ledger.obligations.claim(("mail",), MONDAY, ledger.clock(), 8) if duty.key == zombie.key
        )
        assert not ledger.obligations.is_held(zombie)
        assert not ledger.obligations.finish(zombie)
        assert not ledger.obligations.put_off(zombie, MONDAY, "")
        assert ledger.obligations.finish(taken)


def test_writing_a_key_again_moves_it_and_cancelling_ends_every_claim(store: Store) -> None:
    store.migrate()
    with store.open() as ledger:
        for minute in (5, 10):
            ledger.obligations.owe("audit/7/x", "climb", "clock", MONDAY.replace(minute=minute), {"concern": 1})
        (duty,) = ledger.obligations.waiting("audit/7/")
        assert duty.due_at.minute == 10
        (claimed,) = ledger.obligations.claim(("clock",), MONDAY.replace(minute=10), ledger.clock(), 5)
        assert ledger.obligations.cancel("audit/7/") == 1
        assert not ledger.obligations.finish(claimed)


def test_of_letters_that_came_in_together_the_earlier_is_read_first(store: Store) -> None:
    store.migrate()
    for number in (10, 9, 2, 101):
        with store.open() as ledger:
            ledger.obligations.owe(f"letter/{number}/read", "read", "post", MONDAY, {"letter": number})
    with store.open() as ledger:
        claimed = ledger.obligations.claim(("post",), MONDAY, ledger.clock(), 10)
    assert [duty.data["letter"] for duty in claimed] == [2, 9, 10, 101]


def test_a_ledger_rolls_back_whole(store: Store) -> None:
    """Decision 3: the answer, the concern and the notices are kept together or not at all."""
    story = Story(store)
    with pytest.raises(ZeroDivisionError):
        several_alerts_then_fail(story)
    with store.open() as ledger:
        assert not ledger.audits.all_ids()
        assert ledger.obligations.next_due() is None


def several_alerts_then_fail(story: Story) -> None:
    from desk.allocation import allocate

    with story.store.open() as ledger:
        allocate(
            ledger,
            story.council,
            case_id="4021",
            auditor_email="avery.sample@telford.example",
            tool_id="tw-cp-cin",
            now=story.now,
            due=story.now.date(),
        )
        raise ZeroDivisionError
