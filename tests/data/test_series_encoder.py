"""The encoder of series: its formula, what it finds out, and that every fitted number is proved."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.data.fitting import decode_inputs
from lamina.data.inputs import numbers
from lamina.data.series import Series, Windows
from lamina.data.series_encoder import SeriesEncoder, fit_series, level_moves, spread_grows
from lamina.data.split import split
from lamina.data.time_steps import TimeStep
from lamina.errors import DataError, SettingError
from tests.data.series_makers import days, months, wave, write_table

PLAIN = SeriesEncoder(("sold", "rain"), 1, 3, 2, (10.0, 1.0), (5.0, 2.0), (True, False), date="day", calendar=("week",))


def windows(values: Any, **more: Any) -> Windows:
    column = np.asarray(values, float).reshape(len(values), -1)
    date = "when" if more else ""
    series = Series(column, tuple("abc"[: column.shape[1]]), 1, date=date, **more)
    origins = np.arange(23, len(column) - 1)
    return Windows(series, origins, 24, 1, tuple(map(str, origins)))


def test_the_formula() -> None:
    days_since = 11_000.25
    raw = np.array([[math.e**10, 3.0, days_since]] * 3, np.float32)
    angle = 2 * math.pi * days_since / 7
    expected = [0.0, 1.0, math.cos(angle), math.sin(angle)]
    np.testing.assert_allclose(PLAIN.encode_raw(raw), [expected] * 3, atol=1e-5)
    assert PLAIN.input_shape == (3, 4)


def test_raw_windows_and_whole_series_agree(tmp_path: Path) -> None:
    path = write_table(tmp_path / "made.csv", day=days(900), sold=wave(900, 7, 1.0), rain=wave(900, 30))
    dataset = lamina.read(path, target="sold", horizon=2)
    encoder, encoded = decode_inputs(dataset.inputs).fit(split(dataset, 0).train)
    assert isinstance(dataset.inputs, Windows)
    assert isinstance(encoder, SeriesEncoder)
    assert encoder.calendar == ("week",) or encoder.calendar == ("year", "week")
    for row in (0, 100, len(encoded) - 1):
        raw = dataset.inputs.arrays()[row].astype(np.float32)
        np.testing.assert_allclose(encoder.encode_raw(raw), encoded[row], atol=2e-4)


def test_what_is_fitted_is_of_the_training_part() -> None:
    found = windows(np.concatenate([wave(100), np.full(60, 900.0)]))
    encoder = fit_series(found, np.arange(76))
    assert encoder.means[0] == pytest.approx(wave(100).mean())
    assert encoder.scales[0] == pytest.approx(wave(100).std())


def test_a_spread_that_grows_with_the_level_asks_for_the_logarithm() -> None:
    growth = np.exp(0.01 * np.arange(120)) * (1 + 0.2 * np.sin(np.arange(120)))
    assert spread_grows(growth)
    assert not spread_grows(wave(120, trend=1.0))
    assert not spread_grows(growth - 2)
    assert not spread_grows(growth[:10])


def test_a_level_that_moves() -> None:
    assert level_moves(wave(120, trend=0.5))
    assert not level_moves(wave(120, trend=0.0))


def test_a_season_is_kept_where_it_helps() -> None:
    monthly = {"seconds": np.arange(120) * 30.4 * 86_400, "step": TimeStep("month")}
    chance = np.random.default_rng(0)
    seasonal, wandering = windows(wave(120), **monthly), windows(np.cumsum(chance.normal(size=120)), **monthly)
    assert fit_series(seasonal, np.arange(60)).season == 12
    assert fit_series(wandering, np.arange(60)).season == 1


@pytest.mark.parametrize(
    ("step", "count", "parts"),
    [
        (86_400, 800, ("year", "week")),
        (86_400, 100, ("week",)),
        (3_600, 200, ("day",)),
        (3_600, 900, ("week", "day")),
        (30 * 86_400, 60, ("year",)),
        (400 * 86_400, 60, ()),
    ],
)
def test_the_calendar_has_what_the_series_went_round_twice(step: int, count: int, parts: tuple[str, ...]) -> None:
    found = windows(wave(count), seconds=np.arange(count) * float(step), step=TimeStep("second", step))
    assert fit_series(found, np.arange(len(found))).calendar == parts


@pytest.mark.parametrize("field", ["means", "scales"])
@pytest.mark.parametrize("place", [0, 1])
def test_every_fitted_number_changes_what_the_proof_sees(field: str, place: int) -> None:
    numbers_of = list(getattr(PLAIN, field))
    numbers_of[place] *= 1.05
    changed = dataclasses.replace(PLAIN, **{field: tuple(numbers_of)})
    before = np.stack([PLAIN.encode_raw(raw) for raw in PLAIN.made_up()])
    after = np.stack([changed.encode_raw(raw) for raw in PLAIN.made_up()])
    assert np.abs(before - after).max() > 0.01


def test_what_is_made_up_is_always_the_same() -> None:
    for one, other in zip(PLAIN.made_up(), PLAIN.made_up(), strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
        assert np.asarray(one).dtype == np.float32


def test_what_the_model_does_not_take() -> None:
    with pytest.raises(DataError, match="the model takes windows of a series; got numbers"):
        PLAIN.encode(numbers([[1.0, 2.0]]))
    with pytest.raises(DataError, match="the model takes 3 steps of sold, rain, with dates in day; got 24 steps of a"):
        PLAIN.encode(windows(wave(40)))
    with pytest.raises(DataError, match=r"as an array of shape \(3, 3\)"):
        PLAIN.encode_raw(np.zeros((3, 2), np.float32))
    with pytest.raises(DataError, match="too large for the model, or one of sold that is not above 0"):
        PLAIN.encode_raw(np.zeros((3, 3), np.float32))


def test_a_training_value_that_has_no_logarithm_is_named() -> None:
    growth = np.exp(0.02 * np.arange(150)) * (1 + 0.2 * np.sin(np.arange(150)))
    growth[140] = 0.0
    with pytest.raises(
        DataError, match="140: it has a number too large for the model, or one of a that is not above 0"
    ):
        decode_inputs(windows(growth)).fit(np.arange(80))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"means": (1.0,)}, "a mean, a scale and a log for each"),
        ({"scales": (1.0, 0.0)}, "positive scales"),
        ({"means": (1.0, math.inf)}, "finite means"),
        ({"targets": 3}, "1 to all columns as targets"),
        ({"season": 4}, "a season from 1 to its steps"),
        ({"horizon": 0}, "a horizon of 1 or more; got 0"),
        ({"calendar": ("moon",)}, "needs dates for year, week, day"),
        ({"date": ""}, "needs dates for year, week, day"),
    ],
)
def test_impossible_settings(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        dataclasses.replace(PLAIN, **change)


def test_it_tells_what_it_does() -> None:
    lines = PLAIN.lines()
    assert lines[0] == "windows of 3 steps"
    assert lines[1:] == ["(log sold - 10) / 5", "(rain - 1) / 2", "time of the week, as a point on a circle"]


def test_months_have_no_weekday(tmp_path: Path) -> None:
    dataset = lamina.read(write_table(tmp_path / "m.csv", month=months(120), sold=wave(120)), horizon=1)
    encoder = decode_inputs(dataset.inputs).fit(split(dataset, 0).train)[0]
    assert isinstance(encoder, SeriesEncoder)
    assert (encoder.calendar, encoder.season, encoder.trends) == (("year",), 12, True)
