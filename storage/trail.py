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


@dataclass(slots=True)
class _End:
    """Where a chain ends in this transaction, and whether it began in it."""

    seq: int
    head: str
    is_new: bool


class Trail:
    """What happened, in order."""

    def __init__(self, connection: Connection, dialect: str) -> None:
        """Works in the connection's transaction; on PostgreSQL one chain has one writer at a time."""
        self._connection = connection
        self._lock = dialect == "postgresql"
        self._ends: dict[str, _End] = {}
        self._unwritten: list[dict[str, Any]] = []

    def add(
        self,
        chain: str,
        what: str,
        who: str,
        at: datetime,
        content: Mapping[str, Any] | None = None,
        begins: bool = False,
    ) -> None:
        """Append one event. The hash covers a salted hash of the content, so that the content can be erased later.

        All of a transaction's are written together, by `write`: a tool that comes back brings a score of them.
        `begins`: nothing was ever written to this chain, so nobody need look for its end.
        """
        end = self._ends.setdefault(chain, _End(0, START, True)) if begins else self._end(chain)
        salt = secrets.token_hex(16)
        kept = dict(content or {})
        content_hash = _hash(salt, _canonical(kept))
        digest = _link(chain, end.seq + 1, at, what, who, content_hash, end.head)
        self._unwritten.append(
            {
                "chain": chain,
                "seq": end.seq + 1,
                "at": at,
                "what": what,
                "who": who,
                "salt": salt,
                "content": kept,
                "content_hash": content_hash,
                "previous": end.head,
                "hash": digest,
            }
        )
        end.seq, end.head = end.seq + 1, digest

    def _end(self, chain: str) -> _End:
        """Read once in a transaction: from then on nobody else writes to this chain before it ends."""
        if chain not in self._ends:
            ended = self._connection.execute(_LOCKED_END if self._lock else _END, {"of_chain": chain}).first()
            self._ends[chain] = _End(ended.seq, ended.head, False) if ended else _End(0, START, True)
        return self._ends[chain]

    def write(self) -> None:
        """Write what was added since the last time."""
        if not self._unwritten:
            return
        self._connection.execute(_ADD, self._unwritten)
        ended = {event["chain"]: self._ends[event["chain"]] for event in self._unwritten}
        new = [{"chain": chain, "seq": end.seq, "head": end.head} for chain, end in ended.items() if end.is_new]
        if new:
            self._connection.execute(_FIRST_END, new)
        for chain, end in ended.items():
            if not end.is_new:
                self._connection.execute(_MOVE_END, {"of_chain": chain, "new_seq": end.seq, "new_head": end.head})
            end.is_new = False
        self._unwritten = []

    def events(self, chain: str) -> tuple[Event, ...]:
        """All events of a chain, oldest first."""
        self.write()
        rows = self._connection.execute(_ALL, {"chain": chain})
        return tuple(Event(row.chain, row.seq, row.at, row.what, row.who, row.content, row.hash) for row in rows)

    def verify(self, chain: str) -> Verdict:
        """Recompute the chain from its start to where it should end. A chain without an end does not hold."""
        self.write()
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
