"""Requests for an audit: who asked for which case, and what was decided (B03)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.rows import RequestRow


class RequestState(StrEnum):
    """What became of a request. LATER is not decided yet: it was put off."""

    OPEN = "open"
    LATER = "later"
    ACCEPTED = "accepted"
    DECLINED = "declined"


UNDECIDED = (RequestState.OPEN, RequestState.LATER)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands. `until`: the day to which it was put off, if one was named."""

    id: int
    case_id: str
    reason: str
    asked_by: int
    asked_at: datetime
    door: str
    letter_id: int | None
    council_hash: str
    state: RequestState
    decided_by: int | None
    decided_at: datetime | None
    until: date | None
    why: str


class Requests:
    """Requests as values."""

    def __init__(self, session: Session) -> None:
        """Works in the session's transaction."""
        self._session = session

    def add(
        self,
        *,
        case_id: str,
        reason: str,
        asked_by: int,
        at: datetime,
        door: str,
        council_hash: str,
        letter_id: int | None = None,
    ) -> tuple[Request, bool]:
        """Write a request down. It, and whether it is new: one that waits, or came by this letter, is the same."""
        key = f"{case_id}/{asked_by}"
        same = RequestRow.open_key == key
        if letter_id is not None:
            same |= (RequestRow.letter_id == letter_id) & (RequestRow.case_id == case_id)
        row = self._session.scalar(select(RequestRow).where(same).order_by(RequestRow.id))
        if row is not None:
            return _request(row), False
        row = RequestRow(
            case_id=case_id,
            reason=reason,
            asked_by=asked_by,
            asked_at=at,
            door=door,
            letter_id=letter_id,
            council_hash=council_hash,
            state=RequestState.OPEN.value,
            open_key=key,
            why="",
        )
        self._session.add(row)
        self._session.flush()
        return _request(row), True

    def request(self, request_id: int, lock: bool = False) -> Request:
        """The request with this number. Raises LookupError."""
        row = self._session.get(RequestRow, request_id, populate_existing=True, with_for_update=lock)
        if row is None:
            raise LookupError("no such request")
        return _request(row)

    def undecided(self) -> tuple[Request, ...]:
        """All that wait for a decision, oldest first."""
        states = [one.value for one in UNDECIDED]
        rows = self._session.scalars(select(RequestRow).where(RequestRow.state.in_(states)).order_by(RequestRow.id))
        return tuple(_request(row) for row in rows)

    def everyone(self) -> tuple[Request, ...]:
        """All there ever were, oldest first."""
        return tuple(_request(row) for row in self._session.scalars(select(RequestRow).order_by(RequestRow.id)))

    def settle(
        self, request_id: int, state: RequestState, by: int, at: datetime, why: str, until: date | None
    ) -> Request:
        """Write a decision down."""
        row = self._session.get(RequestRow, request_id)
        assert row is not None
        row.state, row.decided_by, row.decided_at, row.why, row.until = state.value, by, at, why, until
        if state not in UNDECIDED:
            row.open_key = None
        self._session.flush()
        return _request(row)


def _request(row: RequestRow) -> Request:
    return Request(
        row.id,
        row.case_id,
        row.reason,
        row.asked_by,
        row.asked_at,
        row.door,
        row.letter_id,
        row.council_hash,
        RequestState(row.state),
        row.decided_by,
        row.decided_at,
        row.until,
        row.why,
    )
