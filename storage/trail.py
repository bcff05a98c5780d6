"""The append-only trail: one hash chain an audit, written in the transaction of what it records (L03)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from storage.rows import ChainRow, EventRow, table

START = "0" * 64

EVENTS, CHAINS = table(EventRow), table(ChainRow)
_ADD = insert(EVENTS)
_END = select(CHAINS.c.seq, CHAINS.c.head).where(CHAINS.c.chain == bindparam("of_chain"))
_LOCKED_END = _END.with_for_update()
_FIRST_END = insert(CHAINS)
_MOVE_END = (
    update(CHAINS)
    .where(CHAINS.c.chain == bindparam("of_chain"))
    .values(seq=bindparam("new_seq"), head=bindparam("new_head"))
)
_ALL = select(EVENTS).where(EVENTS.c.chain == bindparam("chain")).order_by(EVENTS.c.seq)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `content` is None once it was erased."""

    chain: str
    seq: int
    at: datetime
    what: str
    who: str
    content: Mapping[str, Any] | None
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a chain holds; `broken_at` is the first event that does not, or 0.

    `head` is the last good hash: noted elsewhere, it shows later whether the end was cut off.
    """

    chain: str
    events: int
    broken_at: int
    head: str

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, added in between or taken away, from the end either."""
        return self.broken_at == 0


class Trail:
    """What happened, in order."""

    def __init__(self, connection: Connection, dialect: str) -> None:
        """Works in the connection's transaction; on PostgreSQL one chain has one writer at a time."""
        self._connection = connection
        self._lock = dialect == "postgresql"

    def add(self, chain: str, what: str, who: str, at: datetime, content: Mapping[str, Any] | None = None) -> None:
        """Append one event. The hash covers a salted hash of the content, so that the content can be erased later."""
        ended = self._connection.execute(_LOCKED_END if self._lock else _END, {"of_chain": chain}).first()
        seq, previous = (ended.seq + 1, ended.head) if ended else (1, START)
        salt = secrets.token_hex(16)
        kept = dict(content or {})
        content_hash = _hash(salt, _canonical(kept))
        digest = _link(chain, seq, at, what, who, content_hash, previous)
        self._connection.execute(
            _ADD,
            {
                "chain": chain,
                "seq": seq,
                "at": at,
                "what": what,
                "who": who,
                "salt": salt,
                "content": kept,
                "content_hash": content_hash,
                "previous": previous,
                "hash": digest,
            },
        )
        if ended:
            self._connection.execute(_MOVE_END, {"of_chain": chain, "new_seq": seq, "new_head": digest})
        else:
            self._connection.execute(_FIRST_END, {"chain": chain, "seq": seq, "head": digest})

    def events(self, chain: str) -> tuple[Event, ...]:
        """All events of a chain, oldest first."""
        rows = self._connection.execute(_ALL, {"chain": chain})
        return tuple(Event(row.chain, row.seq, row.at, row.what, row.who, row.content, row.hash) for row in rows)

    def verify(self, chain: str) -> Verdict:
        """Recompute the chain from its start to where it should end. A chain without an end does not hold."""
        previous, count = START, 0
        rows = self._connection.execute(_ALL, {"chain": chain})
        for count, row in enumerate(rows, 1):
            digest = _link(chain, row.seq, row.at, row.what, row.who, row.content_hash, previous)
            erased = row.salt is None and row.content is None
            whole = erased or _hash(row.salt or "", _canonical(row.content or {})) == row.content_hash
            if row.seq != count or row.previous != previous or row.hash != digest or not whole:
                return Verdict(chain, count, count, previous)
            previous = row.hash
        ended = self._connection.execute(_END, {"of_chain": chain}).first()
        whole_chain = ended is not None and (ended.seq, ended.head) == (count, previous)
        return Verdict(chain, count, 0 if whole_chain else count + 1, previous)


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _hash(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}|{text}".encode()).hexdigest()


def _link(chain: str, seq: int, at: datetime, what: str, who: str, content_hash: str, previous: str) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256("|".join((previous, chain, str(seq), moment, what, who, content_hash)).encode()).hexdigest()
