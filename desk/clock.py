"""What falls due by itself: confirmations that nobody gave, rounds of a ladder, words of a concern left unsent,
requests that were put off to a day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from desk import climbing, concerns, lead, requests
from storage.ledger import Ledger, Store
from storage.obligations import Obligation


def run_due(store: Store, now: Callable[[], datetime]) -> int:
    """Do what the clock owes. How many duties were done; each in a transaction of its own, with its claim checked."""
    claimed = store.run(lambda ledger: ledger.obligations.claim(("clock",), now(), ledger.clock(), 1))
    for duty in claimed:
        store.run(partial(_do_if_held, duty, now()))
    return len(claimed)


def _do_if_held(duty: Obligation, now: datetime, ledger: Ledger) -> None:
    """The duty and its closing are one transaction."""
    if ledger.obligations.is_held(duty):
        ledger.obligations.finish(duty)
        _do(ledger, duty, now)


def _do(ledger: Ledger, duty: Obligation, now: datetime) -> None:
    if duty.kind == "words":
        audit = ledger.audits.audit(int(duty.data["audit"]))
        lead.tell_of_audit_words(ledger, audit, now)
        return
    if duty.kind == "request":
        requests.ask_again(ledger, int(duty.data["request"]), now)
        return
    verb = {"confirm": concerns.go_unconfirmed, "climb": climbing.climb}[duty.kind]
    verb(ledger, int(duty.data["concern"]), now)
