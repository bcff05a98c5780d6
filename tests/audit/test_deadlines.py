"""Dates in England: the vectors of the requirements, and what holds for every day (L05, F14 to F18)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import deadlines
from audit.deadlines import Period, Roll
from audit.escalation import Ladder, Rung

ENGLAND = frozenset(holidays.country_holidays("GB", subdiv="ENG", years=range(2024, 2036)))
DAYS = st.dates(min_value=date(2025, 1, 1), max_value=date(2034, 12, 31))
PERIODS = st.builds(Period, st.integers(0, 12), st.integers(0, 60))

WEEK, MONTH, QUARTER = Period(0, 7), Period(1), Period(3)


@pytest.mark.parametrize(
    ("start", "period", "roll", "due"),
    [
        (date(2026, 11, 27), WEEK, Roll.WITHIN, date(2026, 12, 4)),  # F14
        (date(2026, 11, 27), MONTH, Roll.WITHIN, date(2026, 12, 24)),  # over Christmas, and never past the month
        (date(2026, 11, 27), MONTH, Roll.ADMIN, date(2026, 12, 29)),  # Monday 28 stands in for Boxing Day
        (date(2026, 11, 27), MONTH, Roll.SAFETY, date(2026, 12, 27)),
        (date(2026, 11, 27), QUARTER, Roll.WITHIN, date(2027, 2, 26)),
        (date(2027, 1, 31), MONTH, Roll.WITHIN, date(2027, 2, 26)),
        (date(2027, 11, 30), QUARTER, Roll.WITHIN, date(2028, 2, 29)),  # F18: a leap year
        (date(2026, 11, 27), Period(0, 21), Roll.WITHIN, date(2026, 12, 18)),  # B12
        (date(2027, 3, 25), Period(0, 1), Roll.SAFETY, date(2027, 3, 26)),  # Good Friday, yet safety waits for no one
        (date(2027, 3, 25), Period(0, 1), Roll.ADMIN, date(2027, 3, 30)),
    ],
)
def test_a_deadline(start: date, period: Period, roll: Roll, due: date) -> None:
    assert deadlines.due(start, period, roll, ENGLAND) == due


@pytest.mark.parametrize(
    ("start", "period", "day"),
    [
        (date(2026, 11, 27), MONTH, date(2026, 12, 27)),
        (date(2026, 11, 27), QUARTER, date(2027, 2, 27)),
        (date(2027, 1, 31), MONTH, date(2027, 2, 28)),
        (date(2028, 1, 31), MONTH, date(2028, 2, 29)),
        (date(2026, 12, 31), MONTH, date(2027, 1, 31)),
        (date(2026, 12, 1), Period(12), date(2027, 12, 1)),
        (date(2027, 1, 31), Period(1, 14), date(2027, 3, 14)),
        (date(2027, 5, 5), Period(), date(2027, 5, 5)),
    ],
)
def test_the_corresponding_date(start: date, period: Period, day: date) -> None:
    assert deadlines.after(start, period) == day


def test_a_duty_is_never_due_before_it_began() -> None:
    christmas = date(2026, 12, 25)
    assert deadlines.due(christmas, Period(0, 1), Roll.WITHIN, ENGLAND) == date(2026, 12, 26)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("P1M", MONTH),
        ("P3W", Period(0, 21)),
        ("P21D", Period(0, 21)),
        ("P1M2W", Period(1, 14)),
        ("P1M1W1D", Period(1, 8)),
    ],
)
def test_periods_are_read(text: str, period: Period) -> None:
    assert Period.parse(text) == period


@pytest.mark.parametrize("text", ["", "P", "1M", "P1Y", "PT1M", "P1D1M", "p1m", "P-1M", "one month", "P1M "])
def test_other_periods_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="P1M, P3W or P21D"):
        Period.parse(text)


def test_a_safety_alert_on_the_eve_of_good_friday_is_due_the_same_evening() -> None:
    ladder = Ladder("risk", (Rung(timedelta(0), ("a",)), Rung(timedelta(minutes=15), ("b",))), timedelta(minutes=15))
    raised = datetime(2027, 3, 25, 17, 45, tzinfo=deadlines.LONDON)
    assert deadlines.clock(ladder.due_at(1, raised)) == "18:00"


def test_two_hours_over_the_change_to_summer_time_are_two_hours() -> None:
    ladder = Ladder("slow", (Rung(timedelta(0), ("a",)), Rung(timedelta(hours=2), ("b",))), timedelta(hours=1))
    raised = datetime(2027, 3, 27, 23, 30, tzinfo=UTC)
    assert deadlines.clock(ladder.due_at(1, raised), raised) == "02:30 on Sun 28 Mar"


def test_a_clock_time_is_londons_and_names_another_day() -> None:
    now = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    assert deadlines.clock(datetime(2026, 7, 1, 16, 45, tzinfo=UTC), now) == "17:45"
    assert deadlines.clock(datetime(2026, 7, 1, 23, 30, tzinfo=UTC), now) == "00:30 on Thu 2 Jul"


@pytest.mark.parametrize(
    ("day", "today", "said"),
    [
        (date(2026, 12, 18), date(2026, 12, 7), "Fri 18 Dec (in 9 working days)"),
        (date(2026, 12, 18), date(2026, 12, 17), "Fri 18 Dec (in 1 working day)"),
        (date(2026, 12, 18), date(2026, 12, 18), "Fri 18 Dec (today)"),
        (date(2026, 12, 18), date(2026, 12, 19), "Fri 18 Dec (just passed)"),
        (date(2026, 12, 18), date(2026, 12, 21), "Fri 18 Dec (1 working day ago)"),
        (date(2026, 12, 18), date(2026, 12, 29), "Fri 18 Dec (5 working days ago)"),
        (date(2026, 12, 19), date(2026, 12, 18), "Sat 19 Dec (before the next working day)"),
        (date(2027, 1, 4), date(2026, 12, 23), "Mon 4 Jan 2027 (in 5 working days)"),
    ],
)
def test_nobody_has_to_count(day: date, today: date, said: str) -> None:
    assert deadlines.said(day, today, ENGLAND) == said


@given(DAYS, PERIODS)
def test_within_rolls_back_admin_forward_and_safety_not_at_all(start: date, period: Period) -> None:
    raw = deadlines.after(start, period)
    back, forward, safety = (deadlines.rolled(raw, roll, ENGLAND) for roll in Roll)
    assert back <= raw <= forward
    assert safety == raw
    assert deadlines.is_working(back, ENGLAND) and deadlines.is_working(forward, ENGLAND)
    if deadlines.is_working(raw, ENGLAND):
        assert back == raw == forward


@given(DAYS, PERIODS, st.sampled_from(Roll))
def test_no_deadline_lies_before_its_start(start: date, period: Period, roll: Roll) -> None:
    assert deadlines.due(start, period, roll, ENGLAND) >= start


@given(DAYS, st.integers(0, 24))
def test_months_keep_the_day_or_clip_to_the_months_end(start: date, months: int) -> None:
    day = deadlines.after(start, Period(months))
    assert (day.year * 12 + day.month) - (start.year * 12 + start.month) == months
    assert day.day == start.day or (day.day < start.day and (day + timedelta(days=1)).day == 1)


@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_working_days_add_up(start: date, first: int, second: int) -> None:
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    count = deadlines.working_days_between
    assert count(start, end, ENGLAND) == count(start, middle, ENGLAND) + count(middle, end, ENGLAND)
