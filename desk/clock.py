"""What falls due by itself: confirmations that nobody gave, and the next round of a ladder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from desk import concerns
from storage.ledger import Ledger, Store
from storage.obligations import Obligation


def run_due(store: Store, now: Callable[[], datetime]) -> int:
    """Do what the clock owes. How many duties were done; each in a transaction of its own, with its claim checked."""
    with store.open() as ledger:
        claimed = ledger.obligations.claim(("clock",), now(), ledger.clock(), 20)
    for duty in claimed:
        with store.open() as ledger:
            if ledger.obligations.is_held(duty):
                ledger.obligations.finish(duty)
                _do(ledger, duty, now())
    return len(claimed)


def _do(ledger: Ledger, duty: Obligation, now: datetime) -> None:
    verb = {"confirm": concerns.go_unconfirmed, "climb": concerns.climb}[duty.kind]
    verb(ledger, int(duty.data["concern"]), now)
