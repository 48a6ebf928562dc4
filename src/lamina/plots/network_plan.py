"""A network drawn: small ones neuron by neuron, with every weight's sign and size; others as blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy, Params, Shape
from lamina.explaining.names import example_namer
from lamina.layers.activations import Activation
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense, Linear
from lamina.layers.dropout import Dropout
from lamina.layers.noise import Noise
from lamina.layers.normalization import BatchNorm, LayerNorm
from lamina.layers.reshaping import Flatten
from lamina.plots.labels import label
from lamina.plots.network_blocks import blocks_figure
from lamina.plots.style import COLORS, figure, ground, ink, line, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lamina.model.model import Model

MOST_NEURONS, MOST_WEIGHTS = 16, 400
"""Of a layer, and of the whole network: beyond them single lines are no longer told apart."""
PASSING = (Flatten, Dropout, Noise, Activation, BatchNorm, LayerNorm)
"""Layers that pass on as many numbers as they take: they are named under the neurons before them."""
THINNEST, THICKEST = 0.4, 3.4


@dataclass(frozen=True, eq=False)
class Column:
    """The neurons of a layer.

    Args:
        title: what they are.
        neurons: how many.
        weight: (neurons before, neurons); None for the input, or where no numbers are given.
        bias: (neurons,), or None.
    """

    title: str
    neurons: int
    weight: Numpy | None = None
    bias: Numpy | None = None


def model_network_figure(model: Model, *, dark: bool = False) -> Figure:
    """A model's network with its weights: neuron by neuron where it is small, otherwise as blocks."""
    shape, namer = model.encoder.input_shape, example_namer(model.encoder)
    places = np.ndindex(shape) if math.prod(shape) <= MOST_NEURONS else ()
    inputs = [namer(place) for place in places]
    classes = getattr(model.task, "classes", ())
    return network_figure(model.network, shape, model.params, inputs=inputs, outputs=classes, dark=dark)


def network_figure(
    network: Layer, shape: Shape, params: Params | None = None, *, inputs: Sequence[str] = (),
    outputs: Sequence[str] = (), dark: bool = False,
) -> Figure:  # fmt: skip
    """A network for examples of this shape: neuron by neuron where it is small and dense, otherwise as blocks.

    Args:
        network: any layer.
        shape: of one example.
        params: the network's arrays; without them all lines are alike.
        inputs, outputs: names of the input's and the output's numbers.

    Raises:
        ShapeError: the network does not take examples of this shape.

    Example:
        >>> import lamina
        >>> made = network_figure(lamina.Sequential(lamina.Dense(3, "tanh"), lamina.Dense(1)), (2,))
        >>> [text.get_text() for text in made.axes[0].texts][0]
        'input\\n2'
    """
    network.output_shape(shape)
    columns = plan(network, shape, params)
    if columns is None:
        return blocks_figure(network, shape, dark=dark)
    most = max(column.neurons for column in columns)
    with looks(dark):
        made, axes = figure(width=max(6.4, 2.4 * len(columns)), height=1.8 + 0.42 * most)
        ax = axes[0, 0]
        ax.set_axis_off()
        largest = max((float(np.abs(c.weight).max()) for c in columns if c.weight is not None), default=0.0)
        for place, column in enumerate(columns):
            _lines(ax, place, columns[place - 1].neurons if place else 0, column, largest or 1.0, dark)
            _neurons(ax, place, column, dark)
        _names(ax, 0, inputs, columns[0].neurons, "right")
        _names(ax, len(columns) - 1, outputs, columns[-1].neurons, "left")
        for place, column in enumerate(columns):
            ax.text(place, most / 2 + 0.5, f"{column.title}\n{column.neurons:,}", ha="center", va="bottom")
        ax.set_ylim(-most / 2, most / 2 + 0.5)
        _legend(made, largest, dark)
    return made


def plan(network: Layer, shape: Shape, params: Params | None = None) -> list[Column] | None:
    """The columns of a network of dense layers; None where it is of other kinds, or too large for single lines."""
    layers = network.layers if isinstance(network, Sequential) else (network,)
    arrays = (params if isinstance(network, Sequential) else {"0": params}) if params is not None else {}
    columns = [Column("input", math.prod(shape))]
    for number, layer in enumerate(layers):
        if isinstance(layer, Dense | Linear) and len(shape) == 1:
            columns.append(_column(layer, arrays.get(str(number), {})))
        elif isinstance(layer, PASSING):
            columns[-1] = replace(columns[-1], title=f"{columns[-1].title}\n{_brief(layer)}")
        else:
            return None
        shape = layer.output_shape(shape)
    weights = sum(before.neurons * after.neurons for before, after in pairwise(columns))
    if len(columns) < 2 or weights > MOST_WEIGHTS or max(column.neurons for column in columns) > MOST_NEURONS:
        return None
    return columns


def heights(neurons: int) -> Numpy:
    """Where the neurons of a column stand, the first at the top."""
    return (neurons - 1) / 2 - np.arange(neurons, dtype=float)


def _column(layer: Dense | Linear, arrays: Params) -> Column:
    name = f"{type(layer).__name__} {getattr(layer, 'activation', '')}".strip()
    numbers = [None if arrays.get(key) is None else np.asarray(arrays[key]) for key in ("weight", "bias")]
    return Column(name, layer.units, *numbers)


def _brief(layer: Layer) -> str:
    return layer.name if isinstance(layer, Activation) else type(layer).__name__


def _lines(ax: Any, place: int, before: int, column: Column, largest: float, dark: bool) -> None:
    """A line a weight: solid where it is positive, dashed where negative, the thicker the larger it is."""
    from matplotlib.collections import LineCollection

    if not before:
        return
    starts, ends = heights(before), heights(column.neurons)
    weight = column.weight if column.weight is not None else np.zeros((before, column.neurons))
    for sign, look in _signs(dark).items():
        chosen = np.argwhere(np.sign(weight) == sign)
        widths = THINNEST + (THICKEST - THINNEST) * np.abs(weight[tuple(chosen.T)]) / largest
        segments = [[(place - 1, starts[i]), (place, ends[j])] for i, j in chosen]
        ax.add_collection(LineCollection(segments, linewidths=widths, label=f"{place}: {sign}", zorder=1, **look))


def _signs(dark: bool) -> dict[int, dict[str, Any]]:
    """How the lines of zero, positive and negative weights look."""
    return {
        0: {"color": COLORS[-1], "linestyle": "-"},
        1: {"color": line(0, dark)["color"], "linestyle": "-"},
        -1: {"color": COLORS[1], "linestyle": (0, (2.5, 1.2))},
    }


def _neurons(ax: Any, place: int, column: Column, dark: bool) -> None:
    """A circle a neuron, with its bias inside."""
    y = heights(column.neurons)
    ax.scatter(np.full(len(y), place), y, s=430, facecolor=ground(dark), edgecolor=ink(dark), zorder=2)
    for own, bias in zip(y, column.bias if column.bias is not None else (), strict=False):
        ax.text(place, own, f"{bias:+.1f}", ha="center", va="center", fontsize=6.5, zorder=3)


def _names(ax: Any, place: int, names: Sequence[str], neurons: int, side: str) -> None:
    if len(names) != neurons:
        return
    for own, name in zip(heights(neurons), names, strict=True):
        ax.annotate(label(name, 28), (place, own), xytext=(-15 if side == "right" else 15, 0),
                    textcoords="offset points", ha=side, va="center", fontsize=9)  # fmt: skip


def _legend(made: Figure, largest: float, dark: bool) -> None:
    """What the lines mean, where they mean something."""
    from matplotlib.lines import Line2D

    if not largest:
        return
    signs = _signs(dark)
    shown = [
        Line2D([], [], linewidth=THICKEST, label=f"weight +{largest:.3g}", **signs[1]),
        Line2D([], [], linewidth=THICKEST, label=f"weight -{largest:.3g}", **signs[-1]),
        Line2D([], [], linewidth=THINNEST, label="a weight near 0", **signs[1]),
    ]
    made.legend(
        handles=shown, loc="outside lower center", ncols=3, title="a number in a neuron is its bias", handlelength=4
    )
