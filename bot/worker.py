"""The worker: one thread a lane, each doing what is due and sleeping until nudged or until the next look.

A barrier: a fault of ours is written down first, then the lane goes on; if even that cannot be written, the lane dies
and `/healthz` says so.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime

from desk import faults
from storage.ledger import Conflict, Store, Unavailable

log = logging.getLogger(__name__)

Job = Callable[[], int]
"""Does what is due now; how much there was. 0 means that the lane may rest."""

REST = 0.5
"""Seconds between looks when nothing is due: what a notice may be late at most."""
AFTER_A_FAULT = 5.0


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

    def nudge(self) -> None:
        """Something may be due now."""
        for event in self._wake.values():
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
                wait = AFTER_A_FAULT
            except Exception as bug:
                self._write_fault(lane, bug)
                wait = AFTER_A_FAULT
            self._wake[lane].wait(wait)

    def _write_fault(self, lane: str, bug: Exception) -> None:
        what = faults.describe(bug)
        log.error("%s failed: %s", lane, what)
        with self._store.open() as ledger:
            ledger.directory.write_fault(f"bot.worker/{lane}", what, self._now())
