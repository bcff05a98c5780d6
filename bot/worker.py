"""The worker: one thread a lane, each doing what is due and sleeping until nudged or until the next look.

A barrier: a fault of ours is written down first, then the lane goes on. Where there is no database to write it into, or
no room on its disk, the lane waits for that; if it cannot be written for any other reason, the lane dies and `/healthz`
says so.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from desk import faults
from storage.ledger import Conflict, Store, Unavailable

log = logging.getLogger(__name__)

Job = Callable[[], int]
"""Does what is due now; how much there was. 0 means that the lane may rest."""

REST = 0.5
"""Seconds between looks when nothing is due: what a notice may be late at most."""
AFTER_A_FAULT = 1.0
"""A duty that fails is held by its lease; the others must not wait long for it."""
AFTER_AN_OUTAGE = 5.0


def each(
    store: Store, items: Iterable[int], do: Callable[[int], dict[str, str]], place: str, now: Callable[[], datetime]
) -> dict[str, str]:
    """Do each item in a transaction of its own and gather what it finds; a fault in one hides none of the others."""
    found: dict[str, str] = {}
    for item in items:
        try:
            found |= do(item)
        except (Conflict, Unavailable):
            raise
        except Exception as bug:
            write_fault(store, place, bug, now())
            found[f"{place}/{item}"] = (
                f"Number {item} could not be looked at by the {place}: our own fault, written down."
            )
    return found


def write_fault(store: Store, place: str, bug: Exception, now: datetime) -> None:
    """Write one of our own bugs down, in the log and in the ledger."""
    what = faults.describe(bug)
    log.error("%s failed: %s", place, what)
    store.run(lambda ledger: ledger.directory.write_fault(f"bot.worker/{place}", what, now))


class Worker:
    """Runs jobs in lanes until it is stopped. Channels run side by side: a stuck one delays no other."""

    def __init__(self, store: Store, jobs: Mapping[str, tuple[Job, float]], now: Callable[[], datetime]) -> None:
        """`jobs`: lane to its job and its rest in seconds."""
        self._store = store
        self._jobs = jobs
        self._now = now
        self._stop = threading.Event()
        self._wake = {lane: threading.Event() for lane in jobs}
        self._threads = [
            threading.Thread(target=self._run, args=(lane,), name=f"worker-{lane}", daemon=True) for lane in jobs
        ]

    def start(self) -> None:
        """Start every lane."""
        for thread in self._threads:
            thread.start()

    def nudge(self, lanes: str = "") -> None:
        """Something may be due now, for lanes whose name begins so. The others look again when they have rested."""
        for lane, event in self._wake.items():
            if lane.startswith(lanes):
                event.set()

    def stop(self, patience: float = 15.0) -> None:
        """Finish what is in hand, then end."""
        self._stop.set()
        self.nudge()
        for thread in self._threads:
            thread.join(patience)

    def alive(self) -> bool:
        """Whether every lane still runs."""
        return all(thread.is_alive() for thread in self._threads)

    def _run(self, lane: str) -> None:
        job, rest = self._jobs[lane]
        while not self._stop.is_set():
            self._wake[lane].clear()
            wait = rest
            try:
                if job():
                    continue
            except Conflict:
                continue
            except Unavailable:
                log.warning("%s: the database cannot be reached; trying again", lane)
                wait = AFTER_AN_OUTAGE
            except Exception as bug:
                wait = self._after(bug, lane)
            self._wake[lane].wait(wait)

    def _after(self, bug: Exception, lane: str) -> float:
        """Write a fault down. Seconds to rest: it comes again, and is written then, if there is no database now."""
        try:
            write_fault(self._store, lane, bug, self._now())
        except (Conflict, Unavailable):
            log.warning("%s: the fault could not be written into the ledger; trying again", lane)
            return AFTER_AN_OUTAGE
        return AFTER_A_FAULT
