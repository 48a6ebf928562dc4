"""What a network holds: its first filters, the maps they make of an example, and the representation that grows."""

from __future__ import annotations

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

MOST_SHOWN, COLUMNS = 32, 8


def first_filters(model: Model) -> tuple[int, Numpy]:
    """The number of the first layer that looks at the picture, and its filters (filters, height, width, channels).

    Filters of a convolution; where the picture goes flat into a Dense, a neuron's weights in the picture's shape.

    Raises:
        SettingError: a model of no pictures, or whose network begins with neither.

    Example:
        >>> import lamina
        >>> model = lamina.train("digits", lamina.Sequential(lamina.Flatten(), lamina.Dense(10)), epochs=0).model
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
        made, axes = figure(width=7.4, height=max(2.0, _height(shown)))
        drawn = _show_all(axes[0, 0], shown, cmap=DIVERGING, vmin=-most, vmax=most)
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
    shown = maps[:MOST_SHOWN]
    with looks(dark):
        made, axes = figure(1, 2, width=8.8, height=max(2.0, _height(shown)))
        axes[0, 0].get_gridspec().set_width_ratios([1, 4])
        show_picture(axes[0, 0], picture, "picture", 9)
        drawn = _show_all(axes[0, 1], shown, cmap=SEQUENTIAL)
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
            ax.axhline(guess, color=line(1, dark)["color"], linestyle="--", label="guessing")
        names = [f"{label(score.name)} ({score.numbers:,})" for score in scores]
        ax.set_xticks(places, names, rotation=40, ha="right")
        ax.set(ylabel="right on test examples", ylim=(None, 1.08))
        ax.yaxis.set_major_formatter(lambda value, place: f"{100 * value:.0f} %" if value <= 1 else "")
        made.legend(loc="outside upper center", ncols=2)
    return made


def tiles(pictures: Numpy, columns: int = COLUMNS) -> tuple[Numpy, list[tuple[int, int]]]:
    """Pictures in rows, in one array that is NaN between them, and the place of each: its upper left corner.

    Shapes:
        pictures: (pictures, height, width).

    Example:
        >>> whole, corners = tiles(np.ones((3, 4, 4)), 2)
        >>> whole.shape, corners
        ((12, 9), [(2, 0), (2, 5), (8, 0)])
    """
    count, height, width = pictures.shape
    columns = min(columns, count)
    above, beside = max(1, round(0.4 * height)), max(1, round(0.15 * width))
    whole = np.full((-(-count // columns) * (height + above), columns * (width + beside) - beside), np.nan)
    corners = [
        (place // columns * (height + above) + above, place % columns * (width + beside)) for place in range(count)
    ]
    for (top, left), picture in zip(corners, pictures, strict=True):
        whole[top : top + height, left : left + width] = picture
    return whole, corners


def _show_all(ax: Any, pictures: Numpy, **colors: Any) -> Any:
    """All pictures in one drawing, with their numbers above them."""
    whole, corners = tiles(pictures)
    drawn = ax.imshow(whole, **colors)
    for number, (top, left) in enumerate(corners):
        middle = left + (pictures.shape[2] - 1) / 2
        ax.text(middle, top - 0.6, str(number), ha="center", va="bottom", fontsize=8)
    without_axes(ax)
    return drawn


def _height(pictures: Numpy) -> float:
    """Of a figure for so many pictures, in inches."""
    return 0.5 + 1.05 * -(-len(pictures) // COLUMNS)
