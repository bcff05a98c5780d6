"""Bank holidays in England, from the `holidays` library, as the plain dates that the rules ask for (L05)."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

import holidays

from audit.deadlines import LONDON


@lru_cache(maxsize=4)
def _england(first: int, last: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=range(first, last + 1)))


def bank_holidays(around: date) -> frozenset[date]:
    """England's bank holidays from the year before `around` to two years after."""
    return _england(around.year - 1, around.year + 2)


def today(now: datetime) -> date:
    """The day that it is in England."""
    return now.astimezone(LONDON).date()
