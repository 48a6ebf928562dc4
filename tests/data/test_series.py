"""Series from tables: order, gaps, doubles, missing values, parts in time; and that nothing looks ahead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lamina
from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.fitting import decode_inputs
from lamina.data.series import Series, Windows
from lamina.data.series_reading import parts_in_time, usual_window
from lamina.data.split import split
from lamina.data.time_steps import TimeStep
from lamina.errors import DataError, SettingError
from tests.data.series_makers import days, months, wave, write_table


def windows(dataset: Dataset) -> Windows:
    assert isinstance(dataset.inputs, Windows)
    return dataset.inputs


def read(path: Path, **columns: Any) -> Dataset:
    options = {name: columns.pop(name) for name in ("horizon", "test_steps", "window", "target", "kinds", "task")
               if name in columns}  # fmt: skip
    options.setdefault("horizon", 1)
    return lamina.read(write_table(path / "made.csv", **columns), **options)


def test_windows_and_what_follows_them(tmp_path: Path) -> None:
    dataset = read(tmp_path, month=months(60), sold=range(60), horizon=3, window=4, test_steps=6, target="sold")
    found = windows(dataset)
    assert found.arrays()[0, :, 0].tolist() == [0, 1, 2, 3]
    assert dataset.targets[0].tolist() == [4, 5, 6]
    assert dataset.targets[-1].tolist() == [57, 58, 59]
    assert found.moments(len(found) - 1) == ("1994-10", "1994-11", "1994-12")
    assert found.naive(1)[0].tolist() == [3, 3, 3]
    assert found.naive(2)[0].tolist() == [2, 3, 2]
    assert dataset.target == "sold"


def test_several_targets_stand_step_after_step(tmp_path: Path) -> None:
    made = {"day": days(60), "low": range(60), "high": range(100, 160), "rain": wave(60)}
    dataset = read(tmp_path, **made, target="high,low", horizon=2, window=3)
    assert windows(dataset).series.columns == ("high", "low", "rain")
    assert dataset.targets[0].tolist() == [103, 3, 104, 4]
    assert windows(dataset).naive(1)[0].tolist() == [102, 2, 102, 2]
    assert any("further columns of numbers are seen beside the target: rain" in note for note in dataset.notes)


@given(st.integers(20, 200), st.integers(1, 12), st.integers(1, 12), st.integers(2, 30), st.integers(0, 20))
def test_no_part_predicts_what_another_does(count: int, steps: int, horizon: int, test: int, watch: int) -> None:
    tested = count - test
    watched = tested - watch
    origins = np.arange(steps - 1, count - horizon)
    parts = parts_in_time(origins, horizon, watched, tested)
    predicted = {
        part: {place for origin in origins[parts == part].tolist() for place in range(origin + 1, origin + 1 + horizon)}
        for part in ("train", "validation", "test")
    }
    assert all(place < watched for place in predicted["train"])
    assert all(watched <= place < tested for place in predicted["validation"])
    assert all(tested <= place < count for place in predicted["test"])
    assert (parts == "test").sum() == max(0, min(len(origins), test - horizon + 1))


def test_the_split_keeps_the_order_of_time(tmp_path: Path) -> None:
    dataset = read(tmp_path, day=days(1_000), sold=wave(1_000, noise=1.0))
    parts = split(dataset, seed=5)
    assert parts.description == "divided in time"
    assert parts.train.max() < parts.validation.min() <= parts.validation.max() < parts.test.min()
    assert len(parts.validation) == 80
    assert len(parts.test) == 200
    with pytest.raises(SettingError, match="divided in time and not drawn; --test-steps says"):
        split(dataset, seed=5, test_share=0.2)


def test_a_short_series_has_no_validation_part(tmp_path: Path) -> None:
    dataset = read(tmp_path, month=months(120), sold=wave(120), horizon=12)
    assert set(np.asarray(dataset.parts).tolist()) == {"train", "test"}


@pytest.mark.slow
@given(st.integers(0, 23), st.floats(-1e6, 1e6), st.booleans())
def test_no_value_of_the_test_part_reaches_training(place: int, value: float, gone: bool) -> None:
    """Changed or missing: what is fitted and every encoded training window stay the same to the bit."""
    values = [repr(one) for one in wave(120, noise=1.0).tolist()]
    changed = [*values]
    changed[96 + place] = "" if gone else repr(value)
    found = [encoded_training(one) for one in (values, changed)]
    assert found[0][0] == found[1][0]
    np.testing.assert_array_equal(found[0][1], found[1][1])
    np.testing.assert_array_equal(found[0][2], found[1][2])


def encoded_training(sold: list[str]) -> tuple[Any, Numpy, Numpy]:
    """The encoder, and the training windows and targets as the network sees them."""
    import pandas

    frame = pandas.DataFrame({"month": months(len(sold)), "sold": [float(one) if one else None for one in sold]})
    dataset = lamina.read(frame, target="sold", horizon=6, test_steps=24)
    train = split(dataset, 0).train
    encoder, encoded = decode_inputs(dataset.inputs).fit(train)
    return encoder, encoded[train], dataset.targets[train]


def test_a_missing_value_takes_the_one_before(tmp_path: Path) -> None:
    sold: list[object] = [*range(60)]
    sold[0], sold[5], sold[6], sold[59] = "", "", "NA", ""
    dataset = read(tmp_path, month=months(60), sold=sold)
    values = windows(dataset).series.values[:, 0]
    assert values[:8].tolist() == [1, 2, 3, 4, 4, 4, 7, 8]
    assert values[-1] == 58
    assert any(
        "4 missing values of sold take the one before them (1990-01, 1990-06, 1990-07" in n for n in dataset.notes
    )
    assert any("the first 1 rows are left out" in note for note in dataset.notes)
    assert windows(dataset).series.moment(0) == "1990-02"


def test_rows_in_disorder_are_sorted_and_gaps_named(tmp_path: Path) -> None:
    order = np.random.default_rng(3).permutation([place for place in range(80) if place not in (7, 40)])
    dataset = read(tmp_path, day=[days(80)[place] for place in order], sold=order, target="sold")
    notes = " | ".join(dataset.notes)
    assert "the rows are not in the order of day; they are sorted" in notes
    assert "day goes on every day, from 2001-01-01 to 2001-03-21" in notes
    assert "day leaves out 2 dates (2001-01-08, 2001-02-10)" in notes
    expected = [place - (place in (7, 40)) for place in range(80)]
    assert windows(dataset).series.values[:, 0].tolist() == expected


def test_a_date_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"made: 1990-03 comes more than once in month \(line 4 and line 5; 1 such rows\)"
    ):
        read(tmp_path, month=[*months(3), *months(60)[2:]], sold=range(61), target="sold")


def test_a_row_without_a_date_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 4 has no month"):
        read(tmp_path, month=[*months(2), "", *months(60)[3:]], sold=range(60), target="sold")


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S"])
def test_dates_are_found_by_content(tmp_path: Path, form: str) -> None:
    import datetime

    written = [datetime.date.fromisoformat(one).strftime(form) for one in days(60)]
    found = windows(read(tmp_path, when=written, sold=wave(60)))
    assert found.series.date == "when"
    assert found.series.moment(60) == datetime.date(2001, 3, 2).strftime(form)


@pytest.mark.parametrize(("form", "first"), [("{1}/{0}/{2}", "month"), ("{0}/{1}/{2}", "day")])
def test_day_and_month_are_told_apart_by_the_step(tmp_path: Path, form: str, first: str) -> None:
    """The first of every month: with day and month changed about, twelve days of January, each year."""
    dates = [form.format("01", f"{place % 12 + 1:02}", 1990 + place // 12) for place in range(60)]
    dataset = read(tmp_path, when=dates, sold=wave(60))
    assert windows(dataset).series.step == TimeStep("month")
    assert windows(dataset).series.moment(60) == form.format("01", "01", 1995)
    assert any(f"the {first} is taken to stand first" in note for note in dataset.notes)


def test_years_are_dates(tmp_path: Path) -> None:
    found = windows(read(tmp_path, year=range(1950, 2020), sold=wave(70), target="sold"))
    assert found.series.moment(70) == "2020"


def test_without_dates_rows_are_steps(tmp_path: Path) -> None:
    dataset = read(tmp_path, sold=wave(60))
    assert windows(dataset).series.moment(60) == "step 61"
    assert any("there is no column of dates" in note for note in dataset.notes)


def test_dates_without_a_step_are_said(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    uneven = [days(4_000)[place] for place in np.cumsum(chance.integers(1, 50, 80))]
    dataset = read(tmp_path, day=uneven, sold=wave(80))
    assert any("day follows no step" in note for note in dataset.notes)
    assert windows(dataset).series.moment(80) == "step 81"


def test_the_target_is_found_whatever_its_case(tmp_path: Path) -> None:
    assert read(tmp_path, Month=months(60), Sold=wave(60), target="sold").target == "Sold"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"target": "price"}, DataError, "made: there is no column 'price'; the columns are month, sold, shop"),
        ({"target": "shop"}, DataError, "made: a forecast needs numbers; shop holds 'north'"),
        ({"target": "month"}, SettingError, "--target needs different columns of numbers; got 'month'"),
        ({"target": "sold", "horizon": 0}, SettingError, "--horizon needs a whole number of steps, 1 or more; got 0"),
        ({"target": "sold", "test_steps": 2, "horizon": 3}, SettingError, "needs at least the horizon of 3; got 2"),
        ({"target": "sold", "test_steps": 59}, DataError, "made has 60 steps; with 59 of them for the test part"),
        ({"target": "sold", "window": 47}, DataError, "made has 48 steps to train on, too few for a window of 47"),
        ({"target": "sold", "task": "regression"}, SettingError, "--horizon is for a series"),
    ],
)
def test_what_cannot_be_forecast(tmp_path: Path, options: Any, error: Any, message: str) -> None:
    if options.get("window") == 47:
        options = {**options, "horizon": 2}
    shop = ["north", "south"] * 30
    with pytest.raises(error, match=message):
        read(tmp_path, month=months(60), sold=wave(60), shop=shop, **options)


def test_which_column_is_asked(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"made: which column shall be predicted.*of numbers are low, high"):
        read(tmp_path, day=days(60), low=wave(60), high=wave(60))


def test_a_column_that_is_mostly_missing_is_refused(tmp_path: Path) -> None:
    sold = ["" if place % 3 else repr(place + 0.5) for place in range(60)]
    with pytest.raises(DataError, match="made: sold is missing in 67% of the steps"):
        read(tmp_path, day=days(60), sold=sold, target="sold")


@pytest.mark.parametrize(
    ("season", "horizon", "known", "window"),
    [
        (12, 12, 120, 24),
        (12, 18, 400, 24),
        (12, 30, 400, 36),
        (7, 1, 3_000, 28),
        (1, 1, 50, 4),
        (52, 1, 80, 52),
        (4, 8, 60, 8),
    ],
)
def test_the_usual_window(season: int, horizon: int, known: int, window: int) -> None:
    assert usual_window(season, horizon, known) == window


def test_hashes_tell_windows_apart() -> None:
    series = Series(np.arange(20.0)[:, None] % 7, ("x",), 1)
    found = Windows(series, np.arange(3, 19), 4, 1, tuple(map(str, range(16)))).hashes()
    assert found[0] == found[7]
    assert len(set(found)) == 7
