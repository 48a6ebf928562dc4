"""Where a classification errs: the numbers in the cells, the examples behind them, the order of the mistakes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix

from lamina.errors import DataError
from lamina.plots.mistakes import (
    MOST_CLASSES,
    confused_pairs,
    confused_pictures,
    confusion_picture,
    mistakes_picture,
    surest_mistakes,
)
from tests.plots.made import CLASSES, GUESSES, PROBABILITIES, TRUTH, pictures


def test_the_matrix_stands_on_the_axes() -> None:
    drawn = confusion_picture(TRUTH, GUESSES, CLASSES)
    ax = drawn.axes[0]
    expected = confusion_matrix(TRUTH, GUESSES)
    written = np.array([int(text.get_text() or 0) for text in ax.texts]).reshape(3, 3)
    np.testing.assert_array_equal(written, expected)
    np.testing.assert_allclose(ax.images[0].get_array(), expected / expected.sum(axis=1, keepdims=True))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("answered", "true")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["0", "1 with a very l…", r"\$2 & <b>"]


def test_many_classes_are_shades_alone() -> None:
    count = MOST_CLASSES + 1
    drawn = confusion_picture(np.arange(count), np.arange(count), [str(n) for n in range(count)])
    assert len(drawn.axes[0].texts) == 0
    assert drawn.axes[0].images[0].get_array().shape == (count, count)


def test_the_cells_with_most_mistakes_come_first() -> None:
    truth, guesses = np.array([0, 1, 1, 1, 2, 2]), np.array([0, 2, 2, 0, 1, 2])
    found = [(true, said, places.tolist()) for true, said, places in confused_pairs(truth, guesses)]
    assert found[0] == (1, 2, [1, 2])
    assert sorted(found[1:]) == [(1, 0, [3]), (2, 1, [4])]
    assert len(confused_pairs(truth, guesses, 1)) == 1
    assert confused_pairs(truth, truth) == []


def test_the_examples_stand_behind_their_cell() -> None:
    drawn = confused_pictures(TRUTH, GUESSES, CLASSES, pictures)
    first = drawn.axes[0]
    assert "true \\$2 & <b>\nanswered 0\n2 times" in first.get_ylabel()
    shown = [int(np.asarray(ax.images[0].get_array())[0, 0]) for ax in drawn.axes if ax.images]
    assert sorted(shown[:2]) == [50, 60]
    assert sorted(shown) == [10, 50, 60]


@pytest.mark.slow
def test_the_surest_mistake_comes_first() -> None:
    assert surest_mistakes(PROBABILITIES, TRUTH, 12).tolist() == [5, 1, 6]
    assert surest_mistakes(PROBABILITIES, TRUTH, 2).tolist() == [5, 1]
    drawn = mistakes_picture(PROBABILITIES, TRUTH, CLASSES, pictures, list("abcdefgh"), 2)
    first, second = drawn.axes
    assert first.get_title() == "0 (98.0 %)\ntrue \\$2 & <b>"
    assert (first.get_xlabel(), second.get_xlabel()) == ("f", "b")
    assert int(np.asarray(second.images[0].get_array())[0, 0]) == 10


def test_without_a_mistake_there_is_nothing_to_show() -> None:
    draws: list[Callable[[], Figure]] = [
        lambda: confused_pictures(TRUTH, TRUTH, CLASSES, pictures),
        lambda: mistakes_picture(PROBABILITIES, GUESSES, CLASSES, pictures),
    ]
    for draw in draws:
        with pytest.raises(DataError, match="there is no mistake to show: every answer is right"):
            draw()
