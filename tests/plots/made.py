"""One of each figure of made-up data, for the tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from lamina.arrays import Numpy
from lamina.explaining.permutation import Importance, Importances
from lamina.explaining.representation import LayerScore
from lamina.explaining.smallest_change import Moved
from lamina.model.following import Followed
from lamina.plots.changes import changed_columns, changed_picture, changed_sound
from lamina.plots.generated import samples_picture
from lamina.plots.inside import filters_picture, layers_picture, maps_picture
from lamina.plots.labels import picture_sheet
from lamina.plots.learnt import learnt_picture, suspicious_pictures
from lamina.plots.mattered import importance_picture, sound_picture
from lamina.plots.mistakes import confused_pictures, confusion_picture, mistakes_picture
from lamina.plots.numbers import Forecast, forecast_picture, predicted_picture
from lamina.plots.places import points_picture
from lamina.plots.trust import noise_picture, reliability_picture

CLASSES = ("0", "1 with a very long name indeed", "$2 & <b>")
TRUTH = np.array([0, 0, 1, 1, 2, 2, 2, 0])
PROBABILITIES = np.array(
    [
        [0.9, 0.05, 0.05], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.3, 0.4, 0.3],
        [0.05, 0.05, 0.9], [0.98, 0.01, 0.01], [0.6, 0.2, 0.2], [0.8, 0.1, 0.1],
    ]
)  # fmt: skip
"""Rows 1, 5 and 6 are wrong; the surest of them is 5, then 1."""
GUESSES = PROBABILITIES.argmax(axis=1)


def pictures(places: Numpy) -> list[Numpy]:
    """A picture whose every pixel is ten times its place."""
    return [np.full((4, 5, 1), 10 * place, np.uint8) for place in places.tolist()]


def followed() -> Followed:
    """Four examples over six epochs, one of each kind."""
    right = np.array([[1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1], [0, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0]], bool).T
    losses = np.array(
        [[0.5, 0.1, 0.1, 0.1, 0, 0], [2, 1, 1, 1, 0.1, 0], [1, 0.5, 0.5, 0.5, 1, 1], [3, 3, 3, 4, 4, 4.0]]
    )
    return Followed(("a", "b", "c", "d"), ("x", "x", "y", "y"), (1, 2, 3, 4, 5, 6), losses.T, right, "f")


def forecast() -> Forecast:
    """Six steps seen, three ahead."""
    ahead = np.array([7.0, 8.0, 9.0])
    moments = tuple(f"2001-0{month}" for month in range(1, 10))
    return Forecast("sales", np.arange(1.0, 7.0), ahead, ahead + 0.5, ahead - 1, ahead + 2, 11, moments)


def importances() -> Importances:
    """Of two columns."""
    columns = (Importance("age", 0.2, 0.02), Importance("x", 0, 0))
    return Importances("people", 9, "error", 0.1, columns, 5)


ANSWERS = ("a class with a name that is very long indeed (99.9 %)", "$2 & <b> (50.1 %)")
CHANCE = np.random.default_rng(0)
PAIR = pictures(np.array([3, 4]))
MADE: dict[str, Callable[[bool], Figure]] = {
    "confusion": lambda dark: confusion_picture(TRUTH, GUESSES, CLASSES, "a title", dark=dark),
    "confused": lambda dark: confused_pictures(TRUTH, GUESSES, CLASSES, pictures, dark=dark),
    "mistakes": lambda dark: mistakes_picture(PROBABILITIES, TRUTH, CLASSES, pictures, list("abcdefgh"), dark=dark),
    "filters": lambda dark: filters_picture(CHANCE.normal(size=(10, 3, 3, 1)), "filters", dark=dark),
    "maps": lambda dark: maps_picture(pictures(np.array([3]))[0], CHANCE.random((5, 4, 5)), dark=dark),
    "layers": lambda dark: layers_picture(
        [LayerScore("input", 0.6, 64), LayerScore("1 Dense", 0.9, 8)], 0.1, dark=dark
    ),
    "points": lambda dark: points_picture(CHANCE.normal(size=(8, 2)), list("aabbccdd"), ("x", "y"), dark=dark),
    "reliability": lambda dark: reliability_picture(PROBABILITIES, TRUTH, dark=dark),
    "noise": lambda dark: noise_picture((0.0, 1.0), np.array([[0.1, 0.1], [0.4, 0.6]]), "error", 0.9, dark=dark),
    "predicted": lambda dark: predicted_picture(np.arange(5.0), np.arange(5.0) + 0.5, "price in $", "x", dark=dark),
    "forecast": lambda dark: forecast_picture(forecast(), dark=dark),
    "samples": lambda dark: samples_picture(np.zeros((5, 8, 8, 1), np.uint8), dark=dark),
    "sheet": lambda dark: picture_sheet(
        pictures(np.arange(7)), ["two\nlines"] * 7, list("abcdefg"), columns=3, dark=dark
    ),
    "learnt": lambda dark: learnt_picture(followed(), dark=dark),
    "suspicious": lambda dark: suspicious_pictures(followed(), pictures, 3, dark=dark),
    "sound": lambda dark: sound_picture(CHANCE.random((9, 4)), CHANCE.normal(size=(9, 4)), 0.016, "x", dark=dark),
    "columns": lambda dark: importance_picture(importances(), dark=dark),
    "change of a picture": lambda dark: changed_picture(PAIR[0], PAIR[1], ANSWERS, dark=dark),
    "change of a sound": lambda dark: changed_sound(
        CHANCE.random((9, 4)), CHANCE.random((9, 4)), 0.016, ANSWERS, dark=dark
    ),
    "change of a row": lambda dark: changed_columns(
        [Moved("a very long name of a column, longer than a label", 1e-7, -123456.0, 3.0), Moved("x", 1.5, 2.0, -0.1)],
        ANSWERS,
        dark=dark,
    ),
}
