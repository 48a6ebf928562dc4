"""Activations drawn: the curves are the functions, the derivatives are their slopes, jumps are not joined."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from lamina.errors import SettingError
from lamina.layers.activations import ACTIVATIONS
from lamina.plots.activations import activation_figure, all_activations

BY_THE_BOOK: dict[str, Callable[[float], float]] = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: max(0.0, z),
    "relu6": lambda z: min(max(0.0, z), 6.0),
    "elu": lambda z: z if z > 0 else math.expm1(z),
    "softplus": lambda z: math.log1p(math.exp(z)),
    "gelu": lambda z: z * 0.5 * (1 + math.erf(z / math.sqrt(2))),
    "softmax": lambda z: math.exp(z) / (math.exp(z) + 1),
}


@pytest.mark.parametrize("name", BY_THE_BOOK)
def test_the_curve_is_the_function(name: str) -> None:
    z, h = activation_figure(name).axes[0].lines[0].get_data()
    np.testing.assert_allclose(h, [BY_THE_BOOK[name](float(one)) for one in z], atol=2e-6)
    assert (z[0], z[-1]) == ((-8.0, 8.0) if name == "relu6" else (-4.0, 4.0))


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "binary_step"])
def test_the_other_curve_is_its_slope(name: str) -> None:
    """The derivative of binary_step is passed straight through, and is no slope."""
    of_h, of_slope = activation_figure(name).axes[0].lines
    z, h = (np.asarray(one, float) for one in of_h.get_data())
    between = np.diff(h) / np.diff(z)
    slopes = np.asarray(of_slope.get_ydata(), float)
    middle = (slopes[1:] + slopes[:-1]) / 2
    known = ~np.isnan(middle) & (np.abs(z[1:]) > 0.02)
    np.testing.assert_allclose(between[known], middle[known], atol=2e-3)


@pytest.mark.parametrize(
    ("name", "line", "jumps"), [("binary_step", 0, 1), ("relu", 1, 1), ("relu6", 1, 2), ("leaky_relu", 1, 1)]
)
def test_no_line_is_drawn_across_a_jump(name: str, line: int, jumps: int) -> None:
    drawn = np.asarray(activation_figure(name).axes[0].lines[line].get_ydata())
    assert np.isnan(drawn).sum() == jumps
    assert np.nanmax(np.abs(np.diff(drawn))) < 0.05


def test_all_stand_on_one_chart() -> None:
    made = all_activations()
    drawn = [ax.get_title() for ax in made.axes if ax.lines]
    assert drawn == list(ACTIVATIONS)
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in made.axes if ax.lines}) == 1


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(SettingError, match=r"a plot needs an activation out of linear, .*; got 'relux'"):
        activation_figure("relux")
