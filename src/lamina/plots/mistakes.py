"""Where a classification errs: the confusion matrix, the examples behind its cells, and the surest mistakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError
from lamina.plots.labels import ending, ink_on, label, labels, picture_sheet, show_picture
from lamina.plots.style import SEQUENTIAL, figure, looks
from lamina.training.metrics import confusion_matrix

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PicturesAt = Callable[[Numpy], list[Numpy]]
"""The pictures of the examples at these places, bytes (height, width, channels)."""
MOST_CLASSES = 30
"""With more, numbers in cells could not be read: shades alone are drawn."""
CELLS, EACH = 6, 5
"""How many cells are shown with their examples, and with how many each."""


def confusion_picture(
    truth: Numpy, guesses: Numpy, classes: Sequence[str], title: str = "", *, dark: bool = False
) -> Figure:
    """How often each class (row) got each answer (column); a shade tells the share of the row.

    Shapes:
        truth, guesses: (examples,) places among the classes.

    Raises:
        DataError: no examples, or a place that is no class.

    Example:
        >>> drawn = confusion_picture(np.array([0, 1, 1]), np.array([0, 1, 0]), ("cat", "dog"))
        >>> [text.get_text() for text in drawn.axes[0].texts]
        ['1', '', '1', '1']
    """
    matrix = confusion_matrix(guesses, truth, len(classes))
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    side = min(9.0, max(4.2, 2.2 + 0.42 * len(classes)))
    with looks(dark):
        made, axes = figure(width=side + 0.8, height=side)
        ax = axes[0, 0]
        shown = ax.imshow(shares, cmap=SEQUENTIAL, vmin=0, vmax=1)
        _name_classes(ax, classes)
        if len(classes) <= MOST_CLASSES:
            for (row, column), count in np.ndenumerate(matrix):
                ax.text(column, row, str(count) if count else "", ha="center", va="center",
                        color=ink_on(float(shares[row, column])), fontsize=9 if len(classes) <= 12 else 7)  # fmt: skip
        ax.set(xlabel="answered", ylabel="true", title=title)
        ax.grid(visible=False)
        made.colorbar(shown, ax=ax, label="share of the true class", shrink=0.8)
    return made


def confused_pairs(truth: Numpy, guesses: Numpy, count: int = CELLS) -> list[tuple[int, int, Numpy]]:
    """The cells of the confusion matrix with the most mistakes: (true class, answer, places of the examples).

    Example:
        >>> confused_pairs(np.array([0, 1, 1]), np.array([0, 0, 0]))
        [(1, 0, array([1, 2]))]
    """
    wrong = np.flatnonzero(truth != guesses)
    cells, sizes = np.unique(np.stack([truth[wrong], guesses[wrong]], axis=1), axis=0, return_counts=True)
    order = np.argsort(-sizes, kind="stable")[:count]
    return [
        (int(true), int(said), wrong[(truth[wrong] == true) & (guesses[wrong] == said)])
        for true, said in cells[order].tolist()
    ]


def confused_pictures(
    truth: Numpy, guesses: Numpy, classes: Sequence[str], pictures: PicturesAt, *, dark: bool = False
) -> Figure:
    """The cells of the confusion matrix with the most mistakes, each a row with the pictures behind it.

    Raises:
        DataError: there is no mistake.
    """
    pairs = confused_pairs(truth, guesses)
    _require_mistakes(len(pairs))
    with looks(dark):
        made, axes = figure(len(pairs), EACH, width=7.4, height=0.4 + 1.25 * len(pairs))
        for row, (true, said, places) in zip(axes, pairs, strict=True):
            shown = pictures(places[:EACH])
            for ax, picture in zip(row, shown, strict=False):
                show_picture(ax, picture)
            for ax in row[len(shown) :]:
                ax.set_axis_off()
            told = f"true {label(classes[true], 14)}\nanswered {label(classes[said], 14)}\n{_often(len(places))}"
            row[0].set_ylabel(told, rotation=0, ha="right", va="center", fontsize=9)
    return made


def surest_mistakes(probabilities: Numpy, truth: Numpy, count: int) -> Numpy:
    """The places of the wrong answers, the surest first.

    Example:
        >>> surest_mistakes(np.array([[0.6, 0.4], [0.9, 0.1], [0.2, 0.8]]), np.array([1, 1, 1]), 5).tolist()
        [1, 0]
    """
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != truth)
    return np.asarray(wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:count])


def mistakes_picture(
    probabilities: Numpy, truth: Numpy, classes: Sequence[str], pictures: PicturesAt, names: Sequence[str] = (),
    count: int = 12, *, dark: bool = False,
) -> Figure:  # fmt: skip
    """The surest mistakes as pictures, each with its answer and what would have been right.

    Shapes:
        probabilities: (examples, classes). truth: (examples,) places among the classes.

    Raises:
        DataError: there is no mistake.
    """
    places = surest_mistakes(probabilities, truth, count)
    _require_mistakes(len(places))
    above = []
    for place in places.tolist():
        said = int(probabilities[place].argmax())
        told = f"{label(classes[said], 14)} ({100 * probabilities[place, said]:.1f} %)"
        above.append(f"{told}\ntrue {label(classes[int(truth[place])], 14)}")
    below = [ending(names[place], 20) for place in places.tolist()] if len(names) else []
    return picture_sheet(pictures(places), above, below, columns=4, dark=dark)


def _name_classes(ax: Any, classes: Sequence[str]) -> None:
    places = range(len(classes))
    if len(classes) > MOST_CLASSES:
        ax.set(xticks=[], yticks=[])
        return
    short = labels(classes, 16)
    wide = max(map(len, short)) > 3
    ax.set_xticks(places, short, rotation=45 if wide else 0, ha="right" if wide else "center")
    ax.set_yticks(places, short)


def _often(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _require_mistakes(count: int) -> None:
    if count == 0:
        raise DataError("there is no mistake to show: every answer is right")
