"""Steps of time against the calendar of Python, and grids with gaps."""

from __future__ import annotations

import calendar
import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.arrays import Numpy
from lamina.data.time_steps import TimeStep, find_grid
from lamina.errors import SettingError

EPOCH = datetime.datetime(1970, 1, 1)


def seconds(*dates: datetime.date) -> Numpy:
    moments = [datetime.datetime(date.year, date.month, date.day) for date in dates]
    return np.array([(moment - EPOCH).total_seconds() for moment in moments])


def date_of(moment: float) -> datetime.date:
    return (EPOCH + datetime.timedelta(seconds=moment)).date()


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)), st.integers(0, 400), st.integers(1, 12))
def test_months_follow_the_calendar(date: datetime.date, count: int, every: int) -> None:
    later = date_of(TimeStep("month", every).after(float(seconds(date)[0]), count))
    month = date.month - 1 + count * every
    year, month = date.year + month // 12, month % 12 + 1
    assert later == datetime.date(year, month, min(date.day, calendar.monthrange(year, month)[1]))


@given(st.dates(datetime.date(1950, 1, 1), datetime.date(2090, 1, 1)), st.integers(1, 40))
def test_working_days_leave_out_weekends(date: datetime.date, count: int) -> None:
    date -= datetime.timedelta(max(0, date.weekday() - 4))
    expected = date
    for _ in range(count):
        expected += datetime.timedelta(3 if expected.weekday() == 4 else 1)
    assert date_of(TimeStep("working day").after(float(seconds(date)[0]), count)) == expected


@given(
    st.sampled_from(["month", "month end", "working day", "second"]),
    st.integers(1, 3),
    st.sets(st.integers(1, 58), max_size=5),
)
def test_a_grid_with_gaps_is_found_again(unit: str, every: int, gaps: set[int]) -> None:
    step = TimeStep(unit, 86_400 * every if unit == "second" else 1 if unit == "working day" else every)
    start = float(seconds(datetime.date(2001, 1, 15 if unit == "month" else 31))[0])
    places = np.array([place for place in range(60) if place not in gaps])
    moments = np.array([step.after(start, place) for place in places.tolist()])
    grid = find_grid(moments)
    assert grid is not None
    assert grid.step.words() == step.words()
    assert grid.places.tolist() == places.tolist()
    assert (grid.step.after(moments[0], 60), step.season) == (step.after(start, 60), grid.step.season)


def test_dates_without_a_step() -> None:
    chance = np.random.default_rng(0)
    assert find_grid(np.cumsum(chance.integers(1, 50, 80)) * 86_400.0) is None
    assert find_grid(np.array([0.0, 86_400.0])) is None


def test_a_grid_must_be_of_the_step_that_is_asked_for() -> None:
    daily = np.arange(10) * 86_400.0
    assert find_grid(daily, TimeStep("month")) is None
    assert find_grid(daily, TimeStep("second", 86_400)) is not None


@pytest.mark.parametrize(
    ("unit", "every", "season", "words"),
    [
        ("month", 1, 12, "every month"),
        ("month", 3, 4, "every 3 months"),
        ("month", 5, 1, "every 5 months"),
        ("second", 3_600, 24, "every hour"),
        ("second", 7 * 86_400, 52, "every week"),
        ("second", 7, 1, "every 7 seconds"),
        ("second", 900, 1, "every 15 minutes"),
        ("working day", 1, 5, "every working day"),
    ],
)
def test_seasons_and_words(unit: str, every: int, season: int, words: str) -> None:
    step = TimeStep(unit, every)
    assert (step.season, step.words()) == (season, words)


@pytest.mark.parametrize(("unit", "every"), [("year", 1), ("month", 0), ("second", -3)])
def test_impossible_steps(unit: str, every: int) -> None:
    with pytest.raises(SettingError, match="a step needs one of month, month end, working day, second"):
        TimeStep(unit, every)
