"""Examples as points: the representation in two dimensions, and what a model answers over two columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError, SettingError
from lamina.explaining.columns import EncodedColumn, encoded_columns
from lamina.model.examples import Examples
from lamina.model.model import Model
from lamina.plots.labels import label
from lamina.plots.style import COLORS, MARKERS, SEQUENTIAL, figure, line, looks
from lamina.tasks.base import flat
from lamina.tasks.classification import natural_order

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WAYS = ("pca", "tsne")
STEPS = 160
"""Of the grid of answers along each axis."""


def two_dimensions(values: Numpy, way: str = "pca", seed: int = 0) -> tuple[Numpy, tuple[str, str]]:
    """Points (examples, 2) for rows of numbers, and what the axes are.

    Args:
        values: (examples, numbers).
        way: "pca", the two directions in which the rows vary most; "tsne", which keeps neighbors near each other and
            whose distances beyond that mean nothing.
        seed: of t-SNE.

    Raises:
        SettingError: another way.
        DataError: fewer than three rows, or a single number.

    Source:
        Pearson, On lines and planes of closest fit (1901); van der Maaten and Hinton, Visualizing Data using t-SNE
        (2008), by scikit-learn.

    Example:
        >>> points, axes = two_dimensions(np.array([[0.0, 0, 1], [3, 0, 1], [0, 1, 1], [3, 1, 1]]))
        >>> axes
        ('first direction (90 % of the variance)', 'second direction (10 %)')
    """
    if way not in WAYS:
        raise SettingError(f"two dimensions are found by {' or '.join(WAYS)}; got {way!r}")
    if len(values) < 3 or values.shape[1] < 2:
        raise DataError(f"two dimensions need three rows of two numbers or more; got {values.shape}")
    if way == "tsne":
        return _tsne(values, seed), ("first", "second")
    centered = np.asarray(values, np.float64) - values.mean(axis=0)
    left, sizes, right = np.linalg.svd(centered, full_matrices=False)
    signs = np.sign(right[np.arange(2), np.abs(right[:2]).argmax(axis=1)])  # the same picture on every machine
    shares = 100 * np.square(sizes) / max(float(np.square(sizes).sum()), 1e-30)
    names = (f"first direction ({shares[0]:.0f} % of the variance)", f"second direction ({shares[1]:.0f} %)")
    return left[:, :2] * sizes[:2] * signs, names


def points_picture(
    points: Numpy, groups: Sequence[str], axes_names: tuple[str, str], title: str = "", *, dark: bool = False
) -> Figure:
    """Points with the color and the mark of their class or group.

    Shapes:
        points: (examples, 2). groups: (examples,), "" where there is none.
    """
    names = list(dict.fromkeys(sorted(map(str, groups), key=natural_order)))
    called = np.array([str(group) for group in groups])
    with looks(dark):
        made, axes = figure(width=7.0, height=5.0)
        ax = axes[0, 0]
        for number, name in enumerate(names):
            own = points[called == name]
            ax.scatter(own[:, 0], own[:, 1], s=22, label=label(name), **_mark(number, dark))
        ax.set(xlabel=axes_names[0], ylabel=axes_names[1], title=title)
        if len(names) <= 20 and any(names):
            made.legend(loc="outside right upper", markerscale=1.4)
    return made


def region_columns(model: Model, names: Sequence[str] = ()) -> tuple[EncodedColumn, EncodedColumn]:
    """Two columns of numbers of a model of a table: those of these names, or the first two.

    Raises:
        SettingError: a model of no table, or a table without two such columns; an unknown name.
    """
    numbers = {column.name: column for column in encoded_columns(model.encoder) if column.scale}
    wanted = list(names) or list(numbers)[:2]
    missing = [name for name in wanted if name not in numbers]
    if len(wanted) != 2 or missing:
        known = ", ".join(numbers) or "none"
        raise SettingError(f"regions are drawn over two columns of numbers; the model has {known}; got {wanted}")
    return numbers[wanted[0]], numbers[wanted[1]]


@dataclass(frozen=True, eq=False)
class Regions:
    """What a model answers over two columns.

    Args:
        columns: their names.
        lines: of a grid, along each column in its own unit.
        answers: at each crossing of the lines, row after row.
        points: of each column the values of the examples.
        truth: (examples,) their targets.
        held: whether there are other columns.
        classes: whether the answers are classes.
    """

    columns: tuple[str, str]
    lines: tuple[Numpy, Numpy]
    answers: tuple[Any, ...]
    points: tuple[Numpy, Numpy]
    truth: Numpy
    held: bool
    classes: bool


def regions(model: Model, examples: Examples, columns: Sequence[str] = ()) -> Regions:
    """What a model answers over two columns, the others held at their usual values.

    Args:
        model: of rows or a table.
        examples: as `held_out_examples` gives them.
        columns: the names of two columns of numbers; the first two without them.

    Raises:
        SettingError: no two columns of numbers.
    """
    across, up = region_columns(model, columns)
    every = encoded_columns(model.encoder)
    rows = np.nan_to_num(np.asarray(examples.encoded[:], np.float32))
    edges = [_edges(rows[:, one.start]) for one in (across, up)]
    grid = np.repeat(usual_row(rows, every)[None], STEPS * STEPS, axis=0)
    grid[:, across.start], grid[:, up.start] = (one.ravel() for one in np.meshgrid(*edges))
    answers = tuple(flat(answer.value)[0] for answer in model.answers(grid))
    return Regions(
        (across.name, up.name), (_in_unit(across, edges[0]), _in_unit(up, edges[1])), answers,
        (_in_unit(across, rows[:, across.start]), _in_unit(up, rows[:, up.start])), np.asarray(examples.targets),
        len(every) > 2, hasattr(model.task, "classes"),
    )  # fmt: skip


def regions_picture(region: Regions, title: str = "", *, dark: bool = False) -> Figure:
    """What a model answers over two columns, as regions or as shades, with the examples on top by their truth."""
    with looks(dark):
        made, axes = figure(width=7.0, height=5.0)
        ax = axes[0, 0]
        draw = _draw_classes if region.classes else _draw_numbers
        draw(made, ax, region, dark)
        ax.set(xlabel=label(region.columns[0], 40), ylabel=label(region.columns[1], 40))
        ax.set_title(title or ("the other columns at their usual values" if region.held else ""))
    return made


def usual_row(rows: Numpy, columns: Sequence[EncodedColumn]) -> Numpy:
    """Encoded rows in one: of numbers the median, of all else what is commonest.

    Example:
        >>> columns = [EncodedColumn("age", 0, 1, 0.0, 1.0), EncodedColumn("kind", 1, 1)]
        >>> usual_row(np.array([[1.0, 7], [2, 7], [9, 5]]), columns).tolist()
        [2.0, 7.0]
    """
    found = np.median(rows, axis=0)
    for column in columns:
        if not column.scale:
            places = slice(column.start, column.start + column.width)
            values, counts = np.unique(rows[:, places], axis=0, return_counts=True)
            found[places] = values[counts.argmax()]
    return found


def _draw_classes(made: Any, ax: Any, region: Regions, dark: bool) -> None:
    """Regions as light shades with a line between them; the examples by their true class."""
    truth = region.truth.astype(str)
    names = sorted({str(one) for one in region.answers} | set(truth.tolist()), key=natural_order)
    places = np.array([names.index(str(one)) for one in region.answers]).reshape(STEPS, STEPS)
    shades = [_mark(number, dark)["color"] for number in range(len(names))]
    ax.contourf(*region.lines, places, levels=np.arange(len(names) + 1) - 0.5, colors=shades, alpha=0.28)
    for number in range(len(names)):
        ax.contour(*region.lines, (places == number).astype(float), levels=[0.5], colors="#888888", linewidths=0.9)
    for number, name in enumerate(names):
        own = truth == name
        look = _mark(number, dark) | {"edgecolors": "#000000" if not dark else "#ffffff", "linewidths": 0.4}
        ax.scatter(region.points[0][own], region.points[1][own], s=26, label=label(name), **look)
    if len(names) <= 20:
        made.legend(loc="outside right upper", title="true class")


def _draw_numbers(made: Any, ax: Any, region: Regions, dark: bool) -> None:
    """The answers as shades with lines of equal answers; the examples filled by their true number."""
    values = np.array(region.answers, np.float64).reshape(STEPS, STEPS)
    truth = region.truth.astype(np.float64)
    both = np.concatenate([values.ravel(), truth])
    limits = {"vmin": float(both.min()), "vmax": float(both.max())}
    shown = ax.pcolormesh(*region.lines, values, cmap=SEQUENTIAL, shading="auto", rasterized=True, **limits)
    lines = ax.contour(*region.lines, values, levels=6, colors="#ffffff", linewidths=0.8)
    ax.clabel(lines, fontsize=8)
    ax.scatter(*region.points, c=truth, cmap=SEQUENTIAL, s=24, edgecolors="#ffffff", linewidths=0.6, **limits)
    made.colorbar(shown, ax=ax, label="answer; points: the truth")


def _in_unit(column: EncodedColumn, values: Numpy) -> Numpy:
    return column.mean + column.scale * values


def _edges(values: Numpy) -> Numpy:
    low, high = float(values.min()), float(values.max())
    room = 0.06 * (high - low) or 1.0
    return np.linspace(low - room, high + room, STEPS, dtype=np.float32)


def _tsne(values: Numpy, seed: int) -> Numpy:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(30.0, (len(values) - 1) / 3)
    with threadpool_limits(1):
        found = TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(np.asarray(values, np.float32))
    return np.asarray(found, np.float64)


def _mark(number: int, dark: bool) -> dict[str, Any]:
    """Color and marker of a class; after all colors the markers move on, so that no two of 49 look the same."""
    color = line(number, dark)["color"]
    return {"color": color, "marker": MARKERS[(number + number // len(COLORS)) % len(MARKERS)]}
