"""Reliability and noise: the numbers on the axes."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.explaining.representation import LayerScore
from lamina.plots.inside import layers_picture
from lamina.plots.style import line
from lamina.plots.trust import noise_picture, reliability_picture
from tests.plots.made import PROBABILITIES, TRUTH


def test_reliability_stands_on_the_axes() -> None:
    drawn = reliability_picture(PROBABILITIES, TRUTH, "digits")
    above, below = drawn.axes
    points = above.containers[0].lines[0].get_xydata()
    sure, right = PROBABILITIES.max(axis=1), PROBABILITIES.argmax(axis=1) == TRUTH
    bins = np.minimum((sure * 10).astype(int), 9)
    expected = [[sure[bins == one].mean(), right[bins == one].mean()] for one in np.unique(bins)]
    np.testing.assert_allclose(points, expected)
    assert [patch.get_height() for patch in below.patches] == [int((bins == one).sum()) for one in np.unique(bins)]
    gap = sum((bins == one).sum() * abs(a - b) for one, (a, b) in zip(np.unique(bins), expected, strict=True)) / 8
    assert above.get_title() == f"digits: expected calibration error {100 * gap:.1f} %"


@pytest.mark.parametrize("dark", [False, True])
def test_guessing_has_the_color_of_its_ground(dark: bool) -> None:
    noise = noise_picture((0.0, 1.0), np.array([[0.1, 0.1], [0.4, 0.6]]), "error", 0.9, dark=dark).axes[0]
    layers = layers_picture([LayerScore("input", 0.6, 64), LayerScore("1 Dense", 0.9, 8)], 0.1, dark=dark).axes[0]
    for ax in (noise, layers):
        [guessing] = [one for one in ax.lines if one.get_label() == "guessing"]
        assert guessing.get_color() == line(1, dark)["color"]


def test_noise_stands_on_the_axes() -> None:
    drawn = noise_picture((0.0, 1.0), np.array([[0.1, 0.1], [0.4, 0.6]]), "error", 0.9)
    [ax] = drawn.axes
    np.testing.assert_allclose(ax.containers[0].lines[0].get_xydata(), [[0, 0.1], [1, 0.5]])
    segments = ax.containers[0].lines[2][0].get_segments()
    assert segments[1][1][1] - segments[1][0][1] == pytest.approx(2 * np.std([0.4, 0.6], ddof=1))
    assert ax.get_ylabel() == "error"
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["guessing", "mean and spread of 2 rounds"]
