"""Gradient descent drawn: the paths are those of the equations, and do what their titles say."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.arrays import jnp
from lamina.plots.descent import descent_figure, one_weight, path, two_valleys, valleys_figure, within_reach


def test_paths_over_one_weight_by_the_book() -> None:
    """L = (2 w - 6)^2 / 2 has the slope 4 (w - 3): each step leaves 1 - 4 rate of the way to 3."""
    made = descent_figure()
    for ax, rate in zip(made.axes, (0.02, 0.2, 0.52), strict=True):
        weights, losses = ax.lines[1].get_data()
        wanted = 3 + 2 * (1 - 4 * rate) ** np.arange(11)
        np.testing.assert_allclose(weights, wanted, atol=1e-5)
        np.testing.assert_allclose(losses, 2 * (wanted - 3) ** 2, atol=1e-4)


def test_the_rates_are_what_they_are_called() -> None:
    ends = [ax.lines[1].get_ydata()[-1] for ax in descent_figure().axes]
    titles = [ax.get_title().split("\n")[0] for ax in descent_figure().axes]
    assert titles == ["too small", "right", "too large"]
    assert ends[1] < 1e-3 < 1 < ends[0] < 8 < ends[2]


def test_the_curve_is_the_loss() -> None:
    weights, losses = descent_figure().axes[0].lines[0].get_data()
    np.testing.assert_allclose(losses, 0.5 * (2 * np.asarray(weights) - 6) ** 2, atol=1e-4)
    assert float(one_weight(jnp.array([5.0]))) == 8.0


def test_two_valleys_by_the_book() -> None:
    w = np.linspace(-3.5, 3.5, 2_001)
    heights = (w**2 - 4) ** 2 / 16 + 0.3 * w + 1
    lows = w[1:-1][(heights[1:-1] < heights[:-2]) & (heights[1:-1] < heights[2:])]
    assert [round(float(low), 1) for low in lows] == [-2.1, 1.8]
    assert float(two_valleys(jnp.array([1.0]))) == pytest.approx(9 / 16 + 1.3)


def test_which_valley_each_way_ends_in() -> None:
    small, larger, too_large, momentum = (np.asarray(ax.lines[1].get_xdata()) for ax in valleys_figure().axes)
    assert small[-1] == pytest.approx(1.83, abs=0.02)
    assert larger[-1] == pytest.approx(-2.14, abs=0.02)
    assert momentum[-1] == pytest.approx(-2.14, abs=0.15)
    assert len(too_large) < 10
    assert abs(too_large[-1]) > 100


def test_a_path_is_drawn_up_to_where_it_is_lost() -> None:
    assert within_reach(np.array([1.0, 200.0, np.nan])).tolist() == [1.0, 200.0]
    assert within_reach(np.array([1.0, np.nan])).shape == (2,)
    assert within_reach(np.array([1.0, 2.0])).tolist() == [1.0, 2.0]


def test_a_path_with_momentum_by_the_book() -> None:
    weight, speed, wanted = 5.0, 0.0, [5.0]
    for _ in range(5):
        speed = 0.9 * speed + 4 * (weight - 3)
        weight -= 0.05 * speed
        wanted.append(weight)
    np.testing.assert_allclose(np.asarray(path(one_weight, [5.0], "momentum", 0.05, 5))[:, 0], wanted, rtol=1e-5)
