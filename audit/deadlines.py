"""Dates: how long from when, and what weekends and bank holidays do to a deadline (L05, X02, X11, X12)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


class Roll(StrEnum):
    """What happens to a date that is no working day."""

    WITHIN = "within"  # a duty to act within a period never moves past it: roll back
    ADMIN = "admin"  # an office date: roll forward
    SAFETY = "safety"  # a child's safety waits for no Monday: never rolls


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time that people speak of: so many months, weeks and days."""

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Period:
        """P1M, P3W, P21D or P1M2W. Raises ValueError."""
        match = re.fullmatch(r"P(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?", text)
        if not match or text == "P":
            raise ValueError(f"{text!r} should be a period such as P1M, P3W or P21D")
        months, weeks, days = (int(part or 0) for part in match.groups())
        return cls(months, weeks * 7 + days)


def after(start: date, period: Period) -> date:
    """The corresponding date, clipped to the month's end: 31 January and a month is 28 February."""
    month = start.month - 1 + period.months
    year, month = start.year + month // 12, month % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return date(year, month, day) + timedelta(days=period.days)


def is_working(day: date, holidays: Set[date]) -> bool:
    """Whether offices are open: no weekend, no bank holiday."""
    return day.weekday() < 5 and day not in holidays


def rolled(day: date, roll: Roll, holidays: Set[date]) -> date:
    """`day`, moved to a working day as `roll` says."""
    step = {Roll.WITHIN: -1, Roll.ADMIN: 1, Roll.SAFETY: 0}[roll]
    while step and not is_working(day, holidays):
        day += timedelta(days=step)
    return day


def due(start: date, period: Period, roll: Roll, holidays: Set[date]) -> date:
    """The deadline `period` after `start`. Rolling back never takes it before the start itself."""
    raw = after(start, period)
    day = rolled(raw, roll, holidays)
    return raw if day < start else day


def working_days_between(start: date, end: date, holidays: Set[date]) -> int:
    """Working days after `start` up to and with `end`; 0 when `end` is not later."""
    days = (start + timedelta(days=n) for n in range(1, max(0, (end - start).days) + 1))
    return sum(1 for day in days if is_working(day, holidays))


def said(day: date, today: date, holidays: Set[date]) -> str:
    """A deadline so that no one has to count: "Fri 18 Dec (in 9 working days)"."""
    shown = f"{day:%a} {day.day} {day:%b}" + ("" if day.year == today.year else f" {day.year}")
    if day == today:
        return f"{shown} (today)"
    if day < today:
        late = working_days_between(day, today, holidays)
        return f"{shown} ({late} working day{'' if late == 1 else 's'} ago)" if late else f"{shown} (just passed)"
    left = working_days_between(today, day, holidays)
    return (
        f"{shown} (in {left} working day{'' if left == 1 else 's'})"
        if left
        else f"{shown} (before the next working day)"
    )


def clock(at: datetime, now: datetime | None = None) -> str:
    """A time as people in England read it: "17:45", with the day where it is not today's."""
    local = at.astimezone(LONDON)
    if now is None or local.date() == now.astimezone(LONDON).date():
        return f"{local:%H:%M}"
    return f"{local:%H:%M} on {local:%a} {local.day} {local:%b}"
