"""Predicted against true, and a forecast with its spread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lamina.errors import DataError, SettingError
from lamina.model.examples import held_out_examples
from lamina.plots.numbers import forecast_picture, last_forecast, predicted_picture
from tests.data.series_makers import months, wave, write_table
from tests.plots.made import forecast
from tests.trained import diabetes, quietly


def test_predicted_and_true_stand_on_the_axes() -> None:
    truth, answers = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 3.0])
    left, right = predicted_picture(truth, answers, "price").axes
    np.testing.assert_allclose(left.collections[0].get_offsets(), np.stack([truth, answers], axis=1))
    np.testing.assert_allclose(right.collections[0].get_offsets(), np.stack([answers, truth - answers], axis=1))
    assert left.get_xlim() == left.get_ylim()
    assert (left.get_xlabel(), left.get_ylabel()) == ("true price", "predicted price")
    with pytest.raises(DataError, match="needs an answer for each number; got 2 and 3"):
        predicted_picture(truth, answers[:2], "price")


def test_a_forecast_stands_on_the_axes() -> None:
    [ax] = forecast_picture(forecast()).axes
    seen, came, mine = (line.get_xydata() for line in ax.lines)
    assert seen.tolist() == [[n, n + 1.0] for n in range(6)]
    assert came[0].tolist() == [5, 6]
    assert came[1:, 1].tolist() == [7.5, 8.5, 9.5]
    assert mine.tolist() == [[6, 7], [7, 8], [8, 9]]
    band = ax.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (6.0, 11.0)


@pytest.mark.slow
def test_the_spread_is_that_of_the_other_forecasts(tmp_path: Path) -> None:
    path = write_table(tmp_path / "s.csv", month=months(120), sold=wave(120, noise=1.0).round(3))
    model = quietly(path, target="sold", horizon=3, epochs=3, seed=0)
    examples = held_out_examples(model, path)
    found = last_forecast(model, examples)
    answers = np.array([one.value for one in model.answers(examples.encoded)])
    off = (examples.targets - answers)[:-1]
    np.testing.assert_allclose(found.low - found.answers, np.quantile(off, 0.05, axis=0))
    np.testing.assert_allclose(found.high - found.answers, np.quantile(off, 0.95, axis=0))
    np.testing.assert_allclose(found.truth, wave(120, noise=1.0).round(3)[-3:])
    assert (found.moments[-1], found.others) == ("1999-12", len(answers) - 1)
    with pytest.raises(DataError, match="needs 6 forecasts or more; the test part has 5"):
        last_forecast(model, examples.evenly(5))


def test_only_a_series_has_forecasts() -> None:
    model = diabetes()
    with pytest.raises(SettingError, match="a forecast is drawn of a series; this model predicts"):
        last_forecast(model, held_out_examples(model, "diabetes"))
