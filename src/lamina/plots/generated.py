"""What a network draws by itself: samples, and the grid of a self-organizing map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy, Rows, jnp
from lamina.data.picture_encoder import PictureEncoder
from lamina.errors import SettingError
from lamina.explaining.representation import layer_outputs
from lamina.layers.combining import Sequential
from lamina.layers.self_organizing import SelfOrganizing
from lamina.model.generating import side_by_side
from lamina.model.model import Model
from lamina.plots.labels import ink_on, show_picture, without_axes
from lamina.plots.style import SEQUENTIAL, figure, ground, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = 64
"""So many pictures are drawn as samples."""
MOST_NUMBERED = 15
"""Neurons in a row of the grid whose counts can be read."""


def samples_picture(pictures: Numpy, title: str = "", *, dark: bool = False) -> Figure:
    """Pictures that a model has drawn, side by side.

    Shapes:
        pictures: (pictures, height, width, channels), bytes, as `lamina.sample` gives them.

    Raises:
        SettingError: samples that are no pictures.

    Example:
        >>> drawn = samples_picture(np.zeros((5, 8, 8, 1), np.uint8))
        >>> drawn.axes[0].images[0].get_array().shape
        (18, 28)
    """
    if getattr(pictures, "ndim", 0) != 4 or pictures.dtype != np.uint8:
        raise SettingError("samples are drawn where they are pictures; `lamina sample -o rows.csv` writes rows")
    with looks(dark):
        made, axes = figure(width=5.6, height=5.8)
        show_picture(axes[0, 0], side_by_side(pictures, shade=between(dark)), title)
    return made


def between(dark: bool) -> int:
    """The shade between pictures: that of the figure's ground, so that no grid outshines them."""
    return int(ground(dark)[1:3], 16)


def grid_of(model: Model) -> tuple[SelfOrganizing, Numpy]:
    """The self-organizing layer of a network, and its neurons' weights (rows, columns, inputs).

    Raises:
        SettingError: a network without one.
    """
    layers = model.network.layers if isinstance(model.network, Sequential) else (model.network,)
    for number, layer in enumerate(layers):
        if isinstance(layer, SelfOrganizing):
            params = model.params[str(number)] if isinstance(model.network, Sequential) else model.params
            return layer, np.asarray(params["weight"]).reshape(layer.rows, layer.columns, -1)
    raise SettingError("a map is drawn of a network with SelfOrganizing, such as --network som; this one has none")


def winners(model: Model, encoded: Rows) -> Numpy:
    """(rows, columns) how many examples each neuron is the nearest to."""
    layer, weight = grid_of(model)
    if isinstance(model.network, Sequential):
        names = list(layer_outputs(model, encoded[:1]))
        place = model.network.layers.index(layer)
        x = layer_outputs(model, encoded)[names[place]]
    else:
        x = np.asarray(model.encoder.on_device(jnp.asarray(encoded[:])))
    found = np.asarray(layer.winners({"weight": jnp.asarray(weight.reshape(-1, weight.shape[-1]))}, jnp.asarray(x)))
    return np.bincount(found, minlength=layer.rows * layer.columns).reshape(layer.rows, layer.columns)


def map_picture(model: Model, encoded: Rows, title: str = "", *, dark: bool = False) -> Figure:
    """A self-organizing map: how far each neuron is from its neighbors, how many examples it wins, and, where the
    inputs are pictures, what it stands for.

    Source:
        Ultsch and Siemon, Kohonen's Self Organizing Feature Maps for Exploratory Data Analysis (1990).
    """
    _, weight = grid_of(model)
    pictured = isinstance(model.encoder, PictureEncoder)
    with looks(dark):
        made, axes = figure(1, 2 + pictured, width=4.4 * (2 + pictured), height=4.2)
        left, middle = axes[0, 0], axes[0, 1]
        shown = left.imshow(neighbor_distances(weight), cmap=SEQUENTIAL)
        left.set_title("distance from the neighbors")
        without_axes(left)
        made.colorbar(shown, ax=left, shrink=0.8)
        _draw_counts(middle, winners(model, encoded))
        if pictured and isinstance(model.encoder, PictureEncoder):
            shape = (-1, *model.encoder.input_shape)
            own = model.encoder.pictures_of(weight.reshape(shape))
            show_picture(axes[0, 2], side_by_side(own, 1, between(dark)))
            axes[0, 2].set_title("what each neuron stands for")
        made.suptitle(title)
    return made


def neighbor_distances(weight: Numpy) -> Numpy:
    """(rows, columns) the mean distance of each neuron's weights from those of its neighbors above, below and beside.

    Example:
        >>> neighbor_distances(np.array([[[0.0], [1.0], [5.0]]])).tolist()
        [[1.0, 2.5, 4.0]]
    """
    total, count = np.zeros(weight.shape[:2]), np.zeros(weight.shape[:2])
    for axis in (0, 1):
        apart = np.linalg.norm(np.diff(weight, axis=axis), axis=-1)
        first, second = ((slice(None), slice(None, -1)), (slice(None), slice(1, None)))
        first, second = (one[::-1] if axis == 0 else one for one in (first, second))
        for side in (first, second):
            total[side] += apart
            count[side] += 1
    return total / np.maximum(count, 1)


def _draw_counts(ax: Any, counts: Numpy) -> None:
    shares = counts / max(int(counts.max()), 1)
    ax.imshow(shares, cmap=SEQUENTIAL, vmin=0, vmax=1)
    ax.set_title("examples that each neuron wins")
    without_axes(ax)
    if max(counts.shape) <= MOST_NUMBERED:
        for (row, column), count in np.ndenumerate(counts):
            ax.text(
                column, row, str(count), ha="center", va="center", fontsize=7, color=ink_on(float(shares[row, column]))
            )
