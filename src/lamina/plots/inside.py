"""What a network holds: its first filters, the maps they make of an example, and the representation that grows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy, Shape
from lamina.data.picture_encoder import PictureEncoder
from lamina.errors import SettingError
from lamina.explaining.representation import LayerScore, layer_outputs
from lamina.layers.combining import Sequential
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.reshaping import Flatten
from lamina.model.model import Model
from lamina.plots.labels import label, show_picture, without_axes
from lamina.plots.style import DIVERGING, SEQUENTIAL, figure, line, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_SHOWN = 32


def first_filters(model: Model) -> tuple[int, Numpy]:
    """The number of the first layer that looks at the picture, and its filters (filters, height, width, channels).

    Filters of a convolution; where the picture goes flat into a Dense, a neuron's weights in the picture's shape.

    Raises:
        SettingError: a model of no pictures, or whose network begins with neither.

    Example:
        >>> import lamina
        >>> model = lamina.fit("digits", lamina.Sequential(lamina.Flatten(), lamina.Dense(10)), epochs=1)
        >>> first_filters(model)[1].shape
        (10, 8, 8, 1)
    """
    if isinstance(model.encoder, PictureEncoder) and isinstance(model.network, Sequential):
        flat = False
        for number, layer in enumerate(model.network.layers):
            if isinstance(layer, Conv2D) and not flat:
                return number + 1, np.asarray(model.params[str(number)]["weight"]).transpose(3, 0, 1, 2)
            if isinstance(layer, Dense) and flat:
                shape: Shape = model.encoder.input_shape
                return number + 1, np.asarray(model.params[str(number)]["weight"]).T.reshape(-1, *shape)
            if not isinstance(layer, Flatten):
                break
            flat = True
    raise SettingError(
        "filters are shown of a model of pictures whose network begins with Conv2D, or Flatten and Dense"
    )


def filters_picture(filters: Numpy, title: str = "", *, dark: bool = False) -> Figure:
    """Filters side by side, of color pictures the mean over the colors; all on one scale around 0.

    Shapes:
        filters: (filters, height, width, channels).
    """
    shown = filters[:MOST_SHOWN].mean(axis=-1)
    most = float(np.abs(shown).max()) or 1.0
    with looks(dark):
        made, axes = _sheet(len(shown), 8)
        for number, (ax, one) in enumerate(zip(axes.flat, shown, strict=False)):
            drawn = ax.imshow(one, cmap=DIVERGING, vmin=-most, vmax=most)
            ax.set_title(str(number), fontsize=8)
            without_axes(ax)
        made.colorbar(drawn, ax=axes, label="negative  |  positive", shrink=0.8)
        made.suptitle(title)
    return made


def first_maps(model: Model, encoded: Numpy) -> Numpy:
    """What the first convolution makes of one encoded picture: (filters, height, width).

    Raises:
        SettingError: a model whose network does not begin with a convolution.
    """
    number, _ = first_filters(model)
    layers = model.network.layers if isinstance(model.network, Sequential) else ()
    if not isinstance(layers[number - 1], Conv2D):
        raise SettingError("maps are what filters of a Conv2D make of a picture; this network begins with a Dense")
    shape = layers[number - 1].output_shape(model.encoder.input_shape)
    found = layer_outputs(model, encoded[None])[f"{number} Conv2D"]
    return found.reshape(shape).transpose(2, 0, 1)


def maps_picture(picture: Numpy, maps: Numpy, title: str = "", *, dark: bool = False) -> Figure:
    """A picture, and what each filter makes of it; light is strong.

    Shapes:
        picture: (height, width, channels), bytes. maps: (filters, height, width).
    """
    shown = maps[: MOST_SHOWN - 1]
    low, high = float(shown.min()), float(shown.max())
    with looks(dark):
        made, axes = _sheet(len(shown) + 1, 8)
        show_picture(axes.flat[0], picture, "picture", 8)
        for number, (ax, one) in enumerate(zip(axes.flat[1:], shown, strict=False)):
            drawn = ax.imshow(one, cmap=SEQUENTIAL, vmin=low, vmax=high)
            ax.set_title(str(number), fontsize=8)
            without_axes(ax)
        made.colorbar(drawn, ax=axes, label="activation", shrink=0.8)
        made.suptitle(title)
    return made


def layers_picture(scores: Sequence[LayerScore], guess: float | None = None, *, dark: bool = False) -> Figure:
    """How well a flat classifier does on the input and on each layer's output.

    Args:
        scores: as `layer_scores` finds them.
        guess: the accuracy of guessing, as a line.
        dark: on a dark ground.
    """
    places = np.arange(len(scores))
    with looks(dark):
        made, axes = figure(width=max(5.0, 1.6 + 0.62 * len(scores)), height=4.0)
        ax = axes[0, 0]
        ax.plot(places, [score.accuracy for score in scores], **line(0, dark), label="logistic regression on it")
        for place, score in zip(places.tolist(), scores, strict=True):
            told = f"{100 * score.accuracy:.1f}"
            ax.annotate(told, (place, score.accuracy), (0, 6), textcoords="offset points", ha="center", fontsize=8)
        if guess is not None:
            ax.axhline(guess, color=line(1)["color"], linestyle="--", label="guessing")
        names = [f"{label(score.name)} ({score.numbers:,})" for score in scores]
        ax.set_xticks(places, names, rotation=40, ha="right")
        ax.set(ylabel="right on test examples", ylim=(None, 1.08))
        ax.yaxis.set_major_formatter(lambda value, place: f"{100 * value:.0f} %")
        made.legend(loc="outside upper center", ncols=2)
    return made


def _sheet(count: int, most: int) -> tuple[Figure, Any]:
    """Axes for so many small pictures; those that are left over are empty."""
    columns = min(most, count)
    rows = math.ceil(count / columns)
    made, axes = figure(rows, columns, width=max(3.6, 1.2 + 0.8 * columns), height=0.7 + 1.05 * rows)
    for ax in axes.flat[count:]:
        ax.set_axis_off()
    return made, axes
