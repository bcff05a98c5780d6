"""How long a mail server asks us to wait (RFC 9110): in seconds or until a time, never long, for alerts wait too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 300.0
"""Five minutes: a server that is still busy then says so again, and a letter about a child must not wait a day."""


def seconds(headers: Mapping[str, str], otherwise: float) -> float:
    """What `Retry-After` asks for; `otherwise` where it asks for nothing that can be understood. A time counts from the
    server's own `Date`."""
    words = headers.get("Retry-After", "").strip()
    if words.isascii() and words.isdecimal():
        return min(float(words), LONGEST)
    until, said_at = _time(words), _time(headers.get("Date", ""))
    if until is None or said_at is None:
        return otherwise
    return min(max((until - said_at).total_seconds(), 0.0), LONGEST)


def _time(words: str) -> datetime | None:
    try:
        time = parsedate_to_datetime(words)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
