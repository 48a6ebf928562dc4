"""The race: each optimizer's own code, from one start, at the best of the same rates."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.errors import SettingError
from lamina.plots.race import RACERS, RATES, START, STEPS, race, race_figure


def descended(rate: float) -> np.ndarray:
    """Gradient descent on (1 - a)^2 + 10 (b - a^2)^2, written out."""
    a, b = np.array(START)
    found = [(a, b)]
    for _ in range(STEPS):
        apart = b - a * a
        a, b = a + rate * (2 * (1 - a) + 40 * a * apart), b - rate * 20 * apart
        found.append((a, b))
    return np.array(found)


def in_the_picture(way: np.ndarray) -> bool:
    return bool((np.abs(way[:, 0]) <= 2).all() and (way[:, 1] >= -1.2).all() and (way[:, 1] <= 3.2).all())


def height(way: np.ndarray) -> float:
    a, b = way[-1]
    return float((1 - a) ** 2 + 10 * (b - a * a) ** 2)


def test_gradient_descent_goes_as_its_equation_says_at_its_best_rate() -> None:
    lap = race(["gradient_descent"])[0]
    np.testing.assert_allclose(lap.weights, descended(lap.rate), atol=1e-3)
    with np.errstate(all="ignore"):
        ways = [descended(rate) for rate in RATES]
    ends = [height(way) if in_the_picture(way) else np.inf for way in ways]
    assert lap.rate == RATES[int(np.argmin(ends))]


@pytest.mark.slow
def test_all_are_drawn_over_the_surface_and_by_step() -> None:
    ways, losses = race_figure().axes
    raced = [line for line in ways.lines if ", rate " in line.get_label()]
    assert [line.get_label().split(",")[0] for line in raced] == list(RACERS)
    for way, loss in zip(raced, losses.lines, strict=True):
        assert (way.get_xdata()[0], way.get_ydata()[0]) == pytest.approx(START)
        assert len(loss.get_ydata()) == STEPS + 1
        assert loss.get_ydata()[-1] < loss.get_ydata()[0] / 10
    looks = {(way.get_linestyle(), way.get_marker()) for way in raced}
    assert len(looks) == len(RACERS)


def test_what_cannot_be_raced() -> None:
    with pytest.raises(SettingError, match=r"a race needs optimizers and at least one step; got \[\] and 80 steps"):
        race([])
    with pytest.raises(SettingError, match=r"the optimizer must be one of .* got 'sgd2'"):
        race(["sgd2"])
