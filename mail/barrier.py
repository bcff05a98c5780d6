"""The barrier around one letter: a fault of ours is written down, and is nobody else's trouble."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from desk.outbox import TryLater
from storage.audits import ChangedMeanwhile
from storage.ledger import Conflict, Store, Unavailable

log = logging.getLogger(__name__)

MOST_TRIES = 3


def guarded(store: Store, what: str, now: datetime, do: Callable[[], None]) -> bool:
    """The barrier: whether it went well. A fault is written down without a word of the letter; if that fails, raise."""
    try:
        again_where_beaten(do)
    except (Unavailable, TryLater):
        raise
    except Exception as bug:
        log.error("%s failed: %s", what, type(bug).__name__)
        with store.open() as ledger:
            ledger.directory.write_fault(f"mail.collect/{what}", type(bug).__name__, now)
        return False
    return True


def again_where_beaten(do: Callable[[], None]) -> None:
    """Another transaction was faster: that is no fault, so do it again."""
    for _ in range(MOST_TRIES):
        try:
            return do()
        except (Conflict, ChangedMeanwhile):
            continue
    return do()
