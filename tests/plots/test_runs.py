"""Runs drawn: every number of the records stands on the axes, the test part once, and rates with their suggestion."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lamina.errors import SettingError
from lamina.model.model import Model
from lamina.plots.runs import find_rate_figure, history_figure, rate_figure, run_figure
from lamina.plots.style import save
from lamina.training.finder import Finding
from lamina.training.records import Epoch, Measure
from tests.plots.looking import cut, overlapping
from tests.trained import diabetes, digits, iris


def epochs(count: int = 6, validation: bool = True) -> list[Epoch]:
    return [
        Epoch(
            number,
            (Measure("loss", 2 / number), Measure("error", 0.5 / number)),
            (Measure("loss", 2.2 / number), Measure("error", 0.6 / number)) if validation else (),
            0.01,
        )
        for number in range(1, count + 1)
    ]


def test_a_models_run_is_drawn_with_its_test() -> None:
    model = iris()
    record = model.record
    loss, error = run_figure(model).axes
    for ax, name in ((loss, "loss"), (error, "error")):
        training, validation, test = ax.lines
        np.testing.assert_array_equal(training.get_xdata(), [epoch.number for epoch in record.epochs])
        np.testing.assert_array_equal(training.get_ydata(), [epoch[name] for epoch in record.epochs])
        np.testing.assert_array_equal(validation.get_ydata(), [epoch[f"validation {name}"] for epoch in record.epochs])
        result = next(measure.value for measure in record.results if measure.name == name)
        assert (list(test.get_xdata()), list(test.get_ydata())) == ([record.best_epoch], [result])
        assert ax.get_ylabel() == name
        assert ax.get_title() == f"{name}, test " + (f"{100 * result:.2f} %" if name == "error" else f"{result:.4g}")
    assert error.yaxis.get_major_formatter()(0.25, 0) in ("25%", "25.0%", "25.00%")


@pytest.mark.parametrize("model", [digits, iris, diabetes])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_cut_or_covered(model: Callable[[], Model], dark: bool) -> None:
    made = run_figure(model(), dark=dark)
    assert cut(made) == []
    assert overlapping(made) == []


def test_names_of_targets_are_no_formulas(tmp_path: Path) -> None:
    """Of several targets each one's name stands in front of its measures."""
    ran = [Epoch(n, (Measure("$_price_$ mean absolute error", 1 / n),), (), 0.01) for n in (1, 2)]
    text = save(history_figure(ran), tmp_path / "run.svg").read_text(encoding="utf-8")
    assert text.count(">$_price_$ mean absolute error<") == 2


def test_of_a_single_epoch_the_axis_counts_epochs() -> None:
    made = history_figure([Epoch(1, (Measure("loss", 0.5),), (), 0.01)])
    made.draw_without_rendering()
    (ax,) = made.axes
    low, high = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [1.0]


def test_a_run_without_validation_and_test() -> None:
    made = history_figure(epochs(validation=False))
    assert [len(ax.lines) for ax in made.axes] == [1, 1]
    assert [text.get_text() for text in made.legends[0].texts] == ["training"]


@pytest.mark.slow
def test_one_epoch_is_a_point_that_is_seen() -> None:
    line = history_figure(epochs(1)).axes[0].lines[0]
    assert (len(line.get_xdata()), line.get_marker(), line.get_markevery()) == (1, "o", 1)


def test_long_runs_have_few_markers_and_large_falls_a_logarithmic_scale() -> None:
    long = history_figure(epochs(600)).axes[0]
    assert long.lines[0].get_markevery() == 50
    assert (long.get_yscale(), history_figure(epochs(6)).axes[0].get_yscale()) == ("log", "linear")


def test_a_number_that_an_epoch_lacks_is_a_gap() -> None:
    ran = epochs(3)
    ran[1] = replace(ran[1], validation=())
    drawn = history_figure(ran).axes[0].lines[1].get_ydata()
    assert [math.isnan(value) for value in drawn] == [False, True, False]


def test_no_epochs() -> None:
    with pytest.raises(SettingError, match="a run's curve needs at least one epoch; this run has none"):
        history_figure([])


def test_the_finder_is_drawn_with_its_suggestion() -> None:
    made = rate_figure(Finding((0.001, 0.01, 0.1), (2.0, 1.0, 3.0), 0.01))
    curve, suggestion = made.axes[0].lines
    np.testing.assert_array_equal(curve.get_data(), [[0.001, 0.01, 0.1], [2.0, 1.0, 3.0]])
    assert (suggestion.get_xdata()[0], made.axes[0].get_xscale()) == (0.01, "log")
    with pytest.raises(SettingError, match="needs at least one step with a finite loss"):
        rate_figure(Finding((), (), 1e-6))


@pytest.mark.slow
def test_the_finder_on_a_source() -> None:
    made = find_rate_figure("iris")
    assert len(made.axes[0].lines[0].get_xdata()) > 20
    assert cut(made) == []
    assert overlapping(made) == []
