"""Letters that the mail server lists and cannot show: written down without a copy, asked for again, and at last given
to a person, because nobody knows what they say. No other letter waits for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from desk import post_queue
from desk.outbox import GiveUp, TryLater
from mail import disk, letters
from mail.exchange_login import MailboxShut, NotReached
from mail.letters import Identity
from mail.mailbox import FILED, Mailbox, Unreadable
from storage.ledger import Ledger, Store
from storage.letters import Letter as Kept
from storage.obligations import Obligation

AGAIN = timedelta(minutes=1)
"""Until the server is asked for one again; the next time twice as long."""
GONE = "Somebody took it out of the inbox before the mail server could show it."
KNOWN = "The mail server could show it at last: it had come before, as another letter."


def fetch(ask: Callable[[], bytes], is_there: Callable[[], object]) -> bytes:
    """A letter, asked for twice if need be. `is_there` asks for the same item's name, and raises where it is gone or
    the mailbox is shut. Raises Unreadable where the server names the item and does not show it."""
    for _ in range(2):
        try:
            return ask()
        except GiveUp:
            break
        except TryLater as why:
            if isinstance(why, MailboxShut) and not isinstance(why, NotReached):
                raise
            is_there()
    raise Unreadable("the server names this item and does not show it")


def write_down(store: Store, mailbox: Mailbox, item: str, now: datetime) -> None:
    """Write down a letter that lies in the inbox and cannot be shown, and owe another look."""
    with store.open() as ledger:
        kept, is_new = ledger.letters.keep(
            mailbox=mailbox.address, message_id="", fingerprint=_like(item), path="", sender="", at=now
        )
        duties = [ledger.obligations.find(f"letter/{kept.id}/{what}") for what in ("read", "move")]
        if any(duty and duty.state == "waiting" for duty in duties):
            return
        if not is_new:  # somebody put it back
            ledger.letters.settle(kept.id, "kept", "")
        data = {"letter": kept.id, "item": item}
        ledger.obligations.owe(f"letter/{kept.id}/read", "read", "post", now + AGAIN, data)
        ledger.trail.add(f"letter/{kept.id}", "letter came and cannot be shown", "post", now, {})


def is_shown_now(ledger: Ledger, mailbox: Mailbox, item: str, identity: Identity, path: str, now: datetime) -> bool:
    """Whether this is a letter that was written down unseen: it is read as that one."""
    kept = ledger.letters.unseen(mailbox.address, _like(item))
    if kept is None or not _fill(ledger, kept, identity, path):
        return False
    ledger.letters.settle(kept.id, "kept", "")
    ledger.obligations.owe(f"letter/{kept.id}/read", "read", "post", now, {"letter": kept.id, "item": item})
    return True


def ask_again(store: Store, mailbox: Mailbox, duty: Obligation, kept: Kept, now: datetime) -> Obligation | None:
    """Take in a letter that could not be shown so far; the duty to read it goes on, or None where nothing is left to
    read. Raises Unreadable."""
    item = str(duty.data["item"])
    try:
        raw = mailbox.fetch_raw(item)
    except LookupError:
        if kept.state != "kept":
            raise Unreadable("a letter that needs a person lies no longer where it was") from None
        with store.open() as ledger:
            _end(ledger, duty, kept, GONE, now)
        return None
    path = disk.keep_under_hash(mailbox.raw, raw)
    with store.open() as ledger:
        is_known = not _fill(ledger, kept, letters.identity(raw), path)
        if is_known:
            _end(ledger, duty, kept, KNOWN, now)
    with suppress(LookupError):  # somebody moved it just now
        item = mailbox.move(item, FILED)
    return None if is_known else replace(duty, data={**duty.data, "item": item})


def _like(item: str) -> str:
    return hashlib.sha256(f"unshown {item}".encode()).hexdigest()


def _fill(ledger: Ledger, kept: Kept, identity: Identity, path: str) -> bool:
    return ledger.letters.fill(
        kept.id, message_id=identity.message_id, fingerprint=identity.fingerprint, path=path, sender=identity.sender
    )


def _end(ledger: Ledger, duty: Obligation, kept: Kept, why: str, now: datetime) -> None:
    """Nothing is left to do about it; an alert, if there is one, ends."""
    if not ledger.obligations.finish(duty):
        return
    ledger.letters.settle(kept.id, "done", "unshown", why)
    ledger.trail.add(f"letter/{kept.id}", "letter read", "post", now, {"as": "unshown", "state": "done", "why": why})
    post_queue.settled(ledger, kept.id, None, now)
