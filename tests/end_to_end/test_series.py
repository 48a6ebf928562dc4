"""Series from the table to the forecast: a sine on a line is learnt, real series are beaten, the file keeps all."""

from __future__ import annotations

import csv
import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina import LaminaWarning, Model
from lamina.errors import DataError, SettingError
from tests.cli.program import error_of
from tests.cli.program import lamina as command
from tests.data.series_makers import days, months, wave, write_table


@pytest.fixture(scope="module")
def rising(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sales.csv, a sine on a line, and the model that was trained on it."""
    folder = tmp_path_factory.mktemp("rising")
    write_table(folder / "sales.csv", month=months(144), sold=wave(144, noise=0.1))
    outcome = command(folder, "train", "sales.csv", "--target", "sold", "--horizon", 12, "--test-steps", 24)
    assert outcome.status == 0, outcome
    (folder / "said.txt").write_text(outcome.out + outcome.err, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_a_sine_on_a_line_goes_on(rising: Path) -> None:
    """The next year by the formula; the values of the year before are 1.2 off."""
    outcome = command(rising, "predict", "sales.safetensors", "sales.csv", "--json")
    answers = json.loads(outcome.out)
    assert [answer["name"] for answer in answers] == [f"2002-{month:02}" for month in range(1, 13)]
    found = np.array([answer["sold"] for answer in answers])
    assert np.abs(found - wave(156)[144:]).mean() < 0.4


@pytest.mark.slow
def test_training_says_how_time_was_divided(rising: Path) -> None:
    said = (rising / "said.txt").read_text(encoding="utf-8")
    assert "month goes on every month, from 1990-01 to 2001-12" in said
    assert "each example sees 24 steps and predicts the 12 after them" in said
    assert "the test part is all from 2000-01 to 2001-12, never shuffled" in said
    assert "divided in time: 85 training, 0 validation, 13 test" in said
    assert "no better than" not in said


@pytest.mark.slow
def test_lines_and_csv_carry_the_dates(rising: Path) -> None:
    lines = command(rising, "predict", "sales.safetensors", "sales.csv").out.splitlines()
    assert lines[0].split()[0] == "2002-01"
    assert len(lines) == 12
    rows = list(csv.reader(io.StringIO(command(rising, "predict", "sales.safetensors", "sales.csv", "--csv").out)))
    assert rows[0][:2] == ["name", "sold"]
    assert float(rows[12][1]) == pytest.approx(float(lines[11].split()[1]), rel=1e-4)


@pytest.mark.slow
def test_evaluation_takes_the_same_test_part(rising: Path) -> None:
    model = Model.load(rising / "sales.safetensors")
    found = model.evaluate(rising / "sales.csv")
    assert found.examples == model.record.test
    assert found["mean_absolute_error"] == pytest.approx(model.record.results[1].value, rel=1e-4)
    assert found.notes == ()


@pytest.mark.slow
def test_only_the_end_of_a_series_is_needed(rising: Path, tmp_path: Path) -> None:
    lines = (rising / "sales.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "end.csv").write_text("\n".join([lines[0], *lines[-24:]]) + "\n", encoding="utf-8")
    model = Model.load(rising / "sales.safetensors")
    assert model.predict(tmp_path / "end.csv") == model.predict(rising / "sales.csv")
    (tmp_path / "end.csv").write_text("\n".join([lines[0], *lines[-20:]]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"end.csv has 20 steps; the model goes on from the last 24"):
        model.predict(tmp_path / "end.csv")


@pytest.mark.slow
def test_other_data_than_the_model_takes(rising: Path, tmp_path: Path) -> None:
    model = Model.load(rising / "sales.safetensors")
    with pytest.raises(DataError, match="month must go on every month, as in training; here it does not"):
        model.predict(write_table(tmp_path / "daily.csv", month=days(40), sold=wave(40)))
    with pytest.raises(DataError, match="there is no column 'sold'"):
        model.predict(write_table(tmp_path / "other.csv", month=months(40), bought=wave(40)))
    with pytest.raises(DataError, match="goes on from one series; got 2 files"):
        model.predict([rising / "sales.csv", rising / "sales.csv"])
    assert model.predict({"month": months(144), "sold": wave(144, noise=0.1)}) == model.predict(rising / "sales.csv")


@pytest.mark.slow
def test_check_tells_the_naive_forecast(rising: Path) -> None:
    outcome = command(rising, "check", "sales.csv", "--target", "sold", "--horizon", 12)
    assert "the values of 12 steps before: mean absolute error 1." in outcome.out


@pytest.mark.slow
def test_drawing_a_series_is_refused(rising: Path) -> None:
    refused = command(rising, "train", "sales.csv", "--target", "sold", "--horizon", 2, "--split", "80/20")
    assert "divided in time and not drawn" in error_of(refused)
    refused = command(rising, "train", "sales.csv", "--target", "sold", "--task", "regression", "--horizon", 2)
    assert "--horizon is for a series" in error_of(refused)


@pytest.mark.slow
def test_a_walk_at_random_is_told_to_be_one(tmp_path: Path) -> None:
    walk = np.cumsum(np.random.default_rng(1).normal(size=160))
    path = write_table(tmp_path / "walk.csv", day=days(160), price=walk)
    with pytest.warns(LaminaWarning, match="the model is no better than tomorrow as today: its mean absolute error"):
        lamina.fit(path, target="price", horizon=1, epochs=30)


@pytest.mark.slow
def test_several_targets_and_what_is_seen_beside_them(tmp_path: Path) -> None:
    table = {"day": days(200), "low": wave(200, 7), "high": wave(200, 7) + 9, "wind": wave(200, 30)}
    path = write_table(tmp_path / "weather.csv", **table)
    model = quiet(path, target="low,high", horizon=3, epochs=2)
    prediction = model.save(tmp_path / "weather.safetensors") and model.predict(path)[0]
    assert isinstance(prediction.value, tuple)
    assert len(prediction.value) == 6
    outcome = command(tmp_path, "predict", "weather.safetensors", "weather.csv", "--json")
    assert json.loads(outcome.out)[2] == {"name": "2001-07-22", "low, high": list(prediction.value[4:])}
    rows = command(tmp_path, "predict", "weather.safetensors", "weather.csv", "--csv").out.splitlines()
    assert "; " in rows[1]


@pytest.mark.slow
def test_a_network_of_ones_own(tmp_path: Path) -> None:
    path = write_table(tmp_path / "made.csv", sold=wave(120))
    network = lamina.Sequential(lamina.Conv1D(4, 3, "relu"), lamina.Flatten(), lamina.Dense(2))
    model = quiet(path, network=network, horizon=2, window=8, epochs=2, task="forecasting")
    assert model.encoder.input_shape == (8, 1)
    assert len(model.predict(path)) == 1


def test_what_has_no_time_has_no_horizon() -> None:
    with pytest.raises(SettingError, match="--horizon is for a table with a row for each step of time; digits is none"):
        lamina.read("digits", horizon=3)


@pytest.mark.slow
def test_the_layers_below_the_naive_forecast_are_shown(rising: Path) -> None:
    lines = Model.load(rising / "sales.safetensors").summary().splitlines()
    assert "OnNaive(season=12, centered=1)" in "".join(lines[:7])
    assert any(line.split()[0] == "output" and "Residual(body=Sequential(Dense(" in line for line in lines)


def test_options_of_a_series_for_what_is_read_already() -> None:
    with pytest.raises(SettingError, match="horizon: this Dataset is read already"):
        lamina.train(lamina.read("iris"), horizon=3)


def quiet(source: Any, **options: Any) -> Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LaminaWarning)
        return lamina.fit(source, **options)


@pytest.mark.slow
def test_airline_passengers_beat_the_year_before(data_folder: Path) -> None:
    path = data_folder / "airline_passengers" / "airline-passengers.csv"
    record = lamina.fit(path, target="passengers", horizon=12, test_steps=24).record
    assert record.test == 13
    assert record.guess == pytest.approx(51.4615, abs=1e-3)
    assert record.results[1].value < 25


@pytest.mark.slow
def test_tomorrows_temperature_beats_todays(data_folder: Path) -> None:
    path = data_folder / "daily_min_temperatures" / "daily-min-temperatures.csv"
    record = lamina.fit(path, target="temp", horizon=1).record
    assert record.guess is not None
    assert record.results[1].value < 0.95 * record.guess
