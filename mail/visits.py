"""When the inbox is looked into: often for what is new, at the start and each hour for everything.

A mailbox that is shut is left alone for a while, longer each time, and is said to be shut; nothing else waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Lock

from desk.outbox import TryLater
from mail import taking_in
from mail.mailbox import INBOX, Mailbox
from storage.ledger import Store

log = logging.getLogger(__name__)

SWEEP_EVERY = timedelta(hours=1)
AT_ONCE = 50
"""Letters of a sweep that are taken in before those that were taken in are read."""
FAR_BEHIND = 500
"""Where more than so many wait to be taken in, that comes first: until then nobody but their mailbox has them."""
SHUT_FOR_LONG = timedelta(minutes=5)
_SHORTEST, _LONGEST = timedelta(seconds=5), timedelta(minutes=5)


class Visits:
    """One process's visits to a mailbox. What it remembers may be lost: the next process begins with a sweep."""

    def __init__(
        self,
        mailbox: Mailbox,
        every: timedelta,
        to_be_mended: tuple[type[TryLater], ...] = (),
        shut: Callable[[], None] = lambda: None,
        together: int = 1,
    ) -> None:
        """`to_be_mended`: what is raised where waiting does not help; `shut` is called when the mailbox shuts.

        `together`: how many letters are taken in at once; more than one where the mailbox is on this machine.
        """
        self._mailbox, self._every, self._to_be_mended, self.shut = mailbox, every, to_be_mended, shut
        self._together = together
        self._hurry = Event()
        self._lock = Lock()
        self._cursor = ""
        self._rest: list[str] = []
        self._next: datetime | None = None
        self._sweep_at: datetime | None = None
        self._wait = _SHORTEST
        self._shut_since: datetime | None = None
        self._why: TryLater | None = None

    def hurry(self) -> None:
        """Something may have come in: the next visit is due now."""
        self._hurry.set()

    def take_in(self, store: Store, now: datetime) -> int:
        """Take in what is there, if a visit is due. How many letters; 0 also where the mailbox is shut."""
        if not self._is_due(now):
            return 0
        try:
            taken = self._visit(store, now)
        except TryLater as why:
            self._begin_anew()
            self._shut(why, now)
            return 0
        except Exception:
            self._begin_anew()
            self._next = now + _SHORTEST
            raise
        with self._lock:
            self._shut_since = self._why = None
        self._wait = _SHORTEST
        return taken

    def fault(self, now: datetime) -> str:
        """What is wrong with the mailbox, in a sentence: at once where somebody must mend it, else after a while."""
        with self._lock:
            since, why = self._shut_since, self._why
        if since is None or why is None:
            return ""
        if not isinstance(why, self._to_be_mended) and now - since < SHUT_FOR_LONG:
            return ""
        return f"The mailbox has been shut since {since:%H:%M} UTC: {why}"

    def is_far_behind(self) -> bool:
        """Whether so many letters wait to be taken in that reading should not keep them from it."""
        return len(self._rest) > FAR_BEHIND

    def _is_due(self, now: datetime) -> bool:
        hurried = self._hurry.is_set()
        self._hurry.clear()
        if self._next is None or now >= self._next:
            return True
        return (hurried or bool(self._rest)) and self._shut_since is None

    def _visit(self, store: Store, now: datetime) -> int:
        if not self._rest:
            self._look(now)
        many = 4 * AT_ONCE if self.is_far_behind() else AT_ONCE
        items, self._rest = self._rest[:many], self._rest[many:]
        taken = taking_in.take_in(store, self._mailbox, now, items, self._together)
        if taken < len(items):
            self._sweep_at = None  # what could not be kept is said again by a sweep only
        return taken

    def _look(self, now: datetime) -> None:
        """Which letters are to be taken in now: all of them at a sweep, by name only."""
        sweep = self._sweep_at is None or now >= self._sweep_at
        if sweep:
            self._cursor = ""
        page = self._mailbox.changes(self._cursor)
        found = dict.fromkeys(page.items)
        while page.more:
            page = self._mailbox.changes(page.cursor)
            found.update(dict.fromkeys(page.items))
        if sweep:
            found.update(dict.fromkeys(self._mailbox.list_folder(INBOX)))
            self._sweep_at = now + SWEEP_EVERY
        self._cursor, self._rest = page.cursor, list(found)
        self._next = now + self._every

    def _begin_anew(self) -> None:
        """With a sweep: what was not taken in is not said again by the changes."""
        self._rest, self._cursor, self._sweep_at = [], "", None

    def _shut(self, why: TryLater, now: datetime) -> None:
        self._next = now + max(self._wait, timedelta(seconds=why.after))
        self._wait = min(2 * self._wait, _LONGEST)
        with self._lock:
            is_new = self._shut_since is None
            self._shut_since = self._shut_since or now
            self._why = why
        if is_new:
            log.warning("the mailbox cannot be used: %s", why)
            self.shut()
