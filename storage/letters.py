"""Letters that came in: what they are, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.rows import LetterRow

_NEWEST = 300
"""How far back a sender's letters are counted: a count costs the same in a mailbox of any size."""


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

    def keep(
        self, *, mailbox: str, message_id: str, fingerprint: str, path: str, sender: str, at: datetime
    ) -> tuple[Letter, bool]:
        """Write a letter down once. It, and whether it is new: mailbox, Message-ID and fingerprint are its identity."""
        row = self._session.scalar(
            select(LetterRow).where(
                LetterRow.mailbox == mailbox,
                LetterRow.message_id == message_id,
                LetterRow.fingerprint == fingerprint,
            )
        )
        if row is not None:
            if row.path != path:
                row.copies += 1
            return _letter(row), False
        row = LetterRow(
            mailbox=mailbox,
            message_id=message_id,
            fingerprint=fingerprint,
            path=path,
            sender=sender,
            received_at=at,
            state="kept",
            sorted_as="",
            why="",
            attempts=0,
            copies=1,
        )
        self._session.add(row)
        self._session.flush()
        return _letter(row), True

    def same_id(self, mailbox: str, message_id: str) -> tuple[Letter, ...]:
        """The different letters that bear this Message-ID. More than one is worth a person's look."""
        rows = self._session.scalars(
            select(LetterRow).where(LetterRow.mailbox == mailbox, LetterRow.message_id == message_id)
        )
        return tuple(_letter(row) for row in rows)

    def came_lately(self, mailbox: str, sender: str, since: datetime) -> int:
        """How many of the newest letters a sender wrote since then."""
        newest = select(LetterRow).order_by(LetterRow.id.desc()).limit(_NEWEST).subquery()
        query = select(func.count()).where(
            newest.c.mailbox == mailbox, newest.c.sender == sender, newest.c.received_at > since
        )
        return int(self._session.scalar(query) or 0)

    def letter(self, letter_id: int, lock: bool = False) -> Letter:
        """The letter with this id, kept from others until the end of the transaction if `lock`. Raises LookupError."""
        row = self._session.get(LetterRow, letter_id, populate_existing=True, with_for_update=lock or None)
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
        self._session.execute(
            update(LetterRow)
            .where(LetterRow.id == letter_id)
            .values(**values)
            .execution_options(synchronize_session="fetch")
        )

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


def _letter(row: LetterRow) -> Letter:
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
