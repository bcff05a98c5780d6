"""News from a Graph mailbox by looking every few seconds: a hint that something may have come in, never the truth.

Graph could call us instead, but only at an address that the whole internet can reach.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from desk.outbox import TryLater
from mail.exchange_login import MailboxShut

log = logging.getLogger(__name__)


class Watch:
    """Looks in a thread of its own, and wakes somebody when the newest letter is another one."""

    def __init__(self, newest: Callable[[], str], wake: Callable[[], None], every: float) -> None:
        """`newest`: the name of the newest letter, or nothing; `wake` is called from the thread."""
        self._newest, self._wake, self._every = newest, wake, every
        self._ended = Event()
        self._thread = Thread(target=self._run, name="graph-news", daemon=True)

    def start(self) -> None:
        """Look until `stop`, whatever happens to the server meanwhile."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more, and wait for the thread to end."""
        self._ended.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        seen, shut = "", False
        while not self._ended.is_set():
            wait = self._every
            try:
                newest = self._newest()
                if newest and newest != seen:
                    self._wake()
                seen, shut = newest, False
            except (TryLater, LookupError) as fault:
                if isinstance(fault, MailboxShut) and not shut:
                    shut = True
                    self._wake()  # whoever looks now meets the same, and says so
                log.info("no news from Microsoft Graph for now: %s", type(fault).__name__)
                wait = max(wait, getattr(fault, "after", 0.0))
            self._ended.wait(wait)
