"""Letters are taken in: raw copies kept, written down, moved to be filed; a crash after any step repeats it harmlessly.

Several share a transaction. Where one of them cannot be taken in, each is tried alone, and it alone stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice

from desk.outbox import TryLater
from mail import disk, letters, sorting, unshown
from mail.barrier import again_where_beaten, guarded
from mail.letters import Identity
from mail.mailbox import FILED, Mailbox, Unreadable
from storage.ledger import Ledger, Store
from storage.letters import Letter as Kept

TOGETHER = 25
"""Letters taken in together: they share the syncing of a folder and a transaction."""


@dataclass(frozen=True, slots=True)
class Came:
    """A letter of which we keep a copy, before it is written down."""

    item: str
    identity: Identity
    path: str


def take_in(
    store: Store, mailbox: Mailbox, now: datetime, items: Iterable[str] | None = None, together: int = TOGETHER
) -> int:
    """Take in these letters, or whatever lies in the inbox. How many; one that cannot be kept now stays where it is.

    `together`: how many share a transaction; where that fails, each has one of its own. Raises TryLater where the
    mailbox is shut; what the ledger raised, once every letter has had its turn.
    """
    taken, faults, rest = 0, list[Exception](), iter(_inbox(mailbox) if items is None else items)
    while some := tuple(islice(rest, together)):
        try:
            again_where_beaten(partial(_take, store, mailbox, some, now))
            taken += len(some)
        except TryLater:
            raise
        except Exception:
            taken += _take_one_by_one(store, mailbox, some, now, faults)
    if faults:
        raise faults[0]
    return taken


def _take_one_by_one(
    store: Store, mailbox: Mailbox, items: Iterable[str], now: datetime, faults: list[Exception]
) -> int:
    """One that cannot be taken in holds no other back. How many were; what the ledger raised goes to `faults`."""
    taken = 0
    for item in items:
        try:
            taken += guarded(store, "take_in", now, partial(_take, store, mailbox, (item,), now))
        except TryLater:
            raise
        except Exception as fault:
            faults.append(fault)
    return taken


def _inbox(mailbox: Mailbox) -> Iterator[str]:
    """All of the inbox: only names, a page at a time, and no name twice however often pages repeat it."""
    seen: set[str] = set()
    page = mailbox.changes()
    while True:
        yield from (item for item in page.items if item not in seen)
        seen.update(page.items)
        if not page.more:
            return
        page = mailbox.changes(page.cursor)


def _take(store: Store, mailbox: Mailbox, items: Iterable[str], now: datetime) -> None:
    """Raw copies, then the ledger, then the folder: in this order, each safe before the next."""
    came, shut = list[Came](), None
    for item in items:
        try:
            came.append(keep_raw(mailbox, item, mailbox.fetch_raw(item)))
        except LookupError:
            continue  # somebody moved it by hand, or another replica was faster
        except Unreadable:
            unshown.write_down(store, mailbox, item, now)
        except TryLater as why:
            shut = why
            break
    write_down(store, mailbox, came, now)
    for one in came:
        move(mailbox, one.item, FILED)
    if shut:
        raise shut


def keep_raw(mailbox: Mailbox, item: str, raw: bytes) -> Came:
    """Keep a letter as it came, under its hash. The folder is synced before anything is written down."""
    path = disk.keep_under_hash(mailbox.raw, raw, sync_folder=False)
    return Came(item, letters.identity(raw), path)


def write_down(store: Store, mailbox: Mailbox, came: Sequence[Came], now: datetime) -> None:
    """Write letters down and owe their reading. The same letter again changes nothing (G03)."""
    if not came:
        return
    disk.sync(mailbox.raw)
    with store.open() as ledger:
        for one in came:
            if not unshown.is_shown_now(ledger, mailbox, one.item, one.identity, one.path, now):
                _note(ledger, mailbox, one, now)


def _note(ledger: Ledger, mailbox: Mailbox, one: Came, now: datetime) -> None:
    kept, is_new = ledger.letters.keep(
        mailbox=mailbox.address,
        message_id=one.identity.message_id,
        fingerprint=one.identity.fingerprint,
        path=one.path,
        sender=one.identity.sender,
        at=now,
    )
    if _is_the_writers(mailbox, kept, one):
        ledger.letters.count_copy(kept.id, one.path)
        ledger.obligations.owe(f"letter/{kept.id}/read", "read", "post", now, {"letter": kept.id, "item": one.item})
        ledger.trail.add(f"letter/{kept.id}", "copy came without marks", "post", now, {"file": one.path})
    if is_new:
        data = {"letter": kept.id, "item": one.item}
        lately = ledger.letters.came_lately(mailbox.address, one.identity.sender, now - sorting.A_WHILE)
        due = now + sorting.patience(lately)
        ledger.obligations.owe(f"letter/{kept.id}/read", "read", "post", due, data)
        content = {"from": one.identity.sender, "file": one.path}
        ledger.trail.add(f"letter/{kept.id}", "letter came", "post", now, content, begins=True)


def _is_the_writers(mailbox: Mailbox, kept: Kept, one: Came) -> bool:
    """Whether a further copy bears no mark of a machine or a list, and the one that counts so far does: who writes to
    us and to a list that we are on sends both, and must be heard whichever comes first."""
    if kept.path in ("", one.path) or not (kept.state == "kept" or kept.sorted_as in sorting.UNANSWERED):
        return False
    is_marked = [bool(letters.parse((mailbox.raw / path).read_bytes()).auto) for path in (kept.path, one.path)]
    return is_marked == [True, False]


def move(mailbox: Mailbox, item: str, folder: str) -> str:
    """Its name in that folder; none where it was no longer there to be moved."""
    try:
        return mailbox.move(item, folder)
    except LookupError:
        return ""
