"""SQLite lets one transaction write at a time: within a process they queue here, and the first to come is the first.

SQLite itself would have each look again after 1, 2, 5 and at last 100 ms: a busy door sleeps half of the time away.
"""

from __future__ import annotations

from collections import deque
from threading import Lock


class OneWriter:
    """A door that one passes at a time, in the order in which they came."""

    def __init__(self) -> None:
        """Nobody is inside."""
        self._lock = Lock()
        self._inside = False
        self._waiting: deque[Lock] = deque()

    def enter(self, patience: float) -> bool:
        """Whether we are inside, after at most so many seconds."""
        with self._lock:
            if not self._inside:
                self._inside = True
                return True
            ours = Lock()
            ours.acquire()
            self._waiting.append(ours)
        if ours.acquire(timeout=patience):
            return True
        with self._lock:
            if ours in self._waiting:
                self._waiting.remove(ours)
                return False
        return True  # the door was handed to us at the last moment

    def leave(self) -> None:
        """Hand the door to whoever has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._inside = False
