"""Letters that came in: what they are, and what became of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from storage.rows import LetterRow, table

_NEWEST = 300
"""How far back a sender's letters are counted: a count costs the same in a mailbox of any size."""

LETTERS = table(LetterRow)
_SAME = select(LETTERS).where(
    LETTERS.c.mailbox == bindparam("of"),
    LETTERS.c.message_id == bindparam("named"),
    LETTERS.c.fingerprint == bindparam("like"),
)
_KEEP = insert(LETTERS)
_ONCE_MORE = update(LETTERS).where(LETTERS.c.id == bindparam("letter")).values(copies=LETTERS.c.copies + 1)
_LATELY = (
    select(LETTERS.c.mailbox, LETTERS.c.sender, LETTERS.c.received_at).order_by(LETTERS.c.id.desc()).limit(_NEWEST)
)
_LETTER = select(LETTERS).where(LETTERS.c.id == bindparam("letter"))
_LOCKED_LETTER = _LETTER.with_for_update()


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in the ledger. `state`: kept (raw, unread), done, needs_a_person."""

    id: int
    message_id: str
    fingerprint: str
    path: str
    sender: str
    received_at: datetime
    state: str
    sorted_as: str
    why: str
    audit_id: int | None
    attempts: int
    copies: int


class Letters:
    """Letters as values."""

    def __init__(self, session: Session) -> None:
        """Works in the session's transaction."""
        self._session = session
        self._connection = session.connection()
        self._newest: deque[tuple[str, str, datetime]] | None = None

    def keep(
        self, *, mailbox: str, message_id: str, fingerprint: str, path: str, sender: str, at: datetime
    ) -> tuple[Letter, bool]:
        """Write a letter down once. It, and whether it is new: mailbox, Message-ID and fingerprint are its identity."""
        row = self._connection.execute(_SAME, {"of": mailbox, "named": message_id, "like": fingerprint}).first()
        if row is not None:
            if row.path != path:
                self._connection.execute(_ONCE_MORE, {"letter": row.id})
            return self.letter(row.id), False
        values = {
            "mailbox": mailbox,
            "message_id": message_id,
            "fingerprint": fingerprint,
            "path": path,
            "sender": sender,
            "received_at": at,
            "state": "kept",
            "sorted_as": "",
            "why": "",
            "attempts": 0,
            "copies": 1,
        }
        key = self._connection.execute(_KEEP, values).inserted_primary_key
        assert key
        if self._newest is not None:
            self._newest.appendleft((mailbox, sender, at))
        return _letter(SimpleNamespace(id=int(key[0]), audit_id=None, **values)), True

    def same_id(self, mailbox: str, message_id: str) -> tuple[Letter, ...]:
        """The different letters that bear this Message-ID. More than one is worth a person's look."""
        rows = self._session.scalars(
            select(LetterRow).where(LetterRow.mailbox == mailbox, LetterRow.message_id == message_id)
        )
        return tuple(_letter(row) for row in rows)

    def came_lately(self, mailbox: str, sender: str, since: datetime) -> int:
        """How many of the newest letters a sender wrote since then."""
        if self._newest is None:
            rows = self._connection.execute(_LATELY)
            self._newest = deque(((row.mailbox, row.sender, row.received_at) for row in rows), maxlen=_NEWEST)
        whose = (mailbox, sender)
        return sum([1 for box, writer, at in self._newest if (box, writer) == whose and at > since])

    def letter(self, letter_id: int, lock: bool = False) -> Letter:
        """The letter with this id, kept from others until the end of the transaction if `lock`. Raises LookupError."""
        row = self._connection.execute(_LOCKED_LETTER if lock else _LETTER, {"letter": letter_id}).first()
        if row is None:
            raise LookupError("no such letter")
        return _letter(row)

    def settle(
        self, letter_id: int, state: str, sorted_as: str, why: str = "", audit_id: int | None = None, attempts: int = 0
    ) -> None:
        """Write down what became of a letter."""
        values: dict[str, Any] = {"state": state, "sorted_as": sorted_as, "why": why, "audit_id": audit_id}
        if attempts:
            values["attempts"] = attempts
        self._connection.execute(update(LETTERS).where(LETTERS.c.id == letter_id).values(**values))

    def count_copy(self, letter_id: int, path: str) -> None:
        """From now on this copy is the letter, and nobody has read it."""
        values = {"path": path, "state": "kept", "sorted_as": "", "why": ""}
        self._connection.execute(update(LETTERS).where(LETTERS.c.id == letter_id).values(**values))

    def unseen(self, mailbox: str, fingerprint: str) -> Letter | None:
        """The letter that was written down under this mark, before anybody could see what it is."""
        row = self._connection.execute(_SAME, {"of": mailbox, "named": "", "like": fingerprint}).first()
        return _letter(row) if row else None

    def fill(self, letter_id: int, *, message_id: str, fingerprint: str, path: str, sender: str) -> bool:
        """Say what a letter is that was written down unseen. False where it is known already, as another one."""
        own = select(LetterRow.mailbox).where(LetterRow.id == letter_id).scalar_subquery()
        known = select(LetterRow.id).where(
            LetterRow.mailbox == own, LetterRow.message_id == message_id, LetterRow.fingerprint == fingerprint
        )
        if self._session.scalar(known) is not None:
            return False
        values = {"message_id": message_id, "fingerprint": fingerprint, "path": path, "sender": sender}
        self._session.execute(update(LetterRow).where(LetterRow.id == letter_id).values(**values))
        return True

    def unread(self) -> tuple[Letter, ...]:
        """Letters that were kept and not read yet, oldest first."""
        rows = self._session.scalars(select(LetterRow).where(LetterRow.state == "kept").order_by(LetterRow.id))
        return tuple(_letter(row) for row in rows)

    def count_in_state(self, state: str) -> int:
        """How many letters are in a state."""
        return int(self._session.scalar(select(func.count()).where(LetterRow.state == state)) or 0)

    def in_state(self, state: str) -> tuple[Letter, ...]:
        """Letters in a state, oldest first."""
        rows = self._session.scalars(select(LetterRow).where(LetterRow.state == state).order_by(LetterRow.id))
        return tuple(_letter(row) for row in rows)


def _letter(row: Any) -> Letter:
    return Letter(
        row.id,
        row.message_id,
        row.fingerprint,
        row.path,
        row.sender,
        row.received_at,
        row.state,
        row.sorted_as,
        row.why,
        row.audit_id,
        row.attempts,
        row.copies,
    )
