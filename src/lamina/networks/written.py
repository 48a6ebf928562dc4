"""Networks in words: "64 relu, dropout 0.2, 64 relu" becomes layers."""

from __future__ import annotations

import re
from collections.abc import Callable

from lamina.arrays import Shape
from lamina.errors import SettingError, ShapeError
from lamina.layers.activations import ACTIVATIONS, RECTIFIED
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.normalization import BatchNorm, LayerNorm
from lamina.layers.plane_features import PlaneFeatures
from lamina.layers.pooling import AveragePool2D, MaxPool2D
from lamina.layers.reshaping import Flatten

EXAMPLE = '"64 relu, dropout 0.2, 64 relu"; for pictures "conv 32 relu, pool, conv 64 relu, pool, flatten, 128 relu"'
NO_LAYERS = "no hidden layers"


def is_written(text: str) -> bool:
    """Whether a text is layers in words, and not the name of a design."""
    return re.fullmatch(r"[a-z][a-z0-9_]*", text.strip()) is None


def network_from_words(text: str, shape: Shape, outputs: int) -> Sequential:
    """The layers that a text names, with a Flatten where one is needed and a linear Dense at the end.

        64 relu         Dense(64, "relu")              conv 32 relu    Conv2D(32, 3, "relu", padding="same")
        dropout 0.2     Dropout(0.2)                   conv 32 5 relu  with windows of 5 x 5
        batchnorm       BatchNorm()                    pool / pool 3   MaxPool2D(2) / MaxPool2D(3)
        layernorm       LayerNorm()                    average 2       AveragePool2D(2)
        flatten         Flatten()                      features x1 x2  PlaneFeatures(("x1", "x2"))

    "no hidden layers" is the Dense alone.

    Raises:
        SettingError: a word that is none of these; names it.

    Example:
        >>> network_from_words("64 relu, dropout 0.2", (8, 8, 1), 10).output_shape((8, 8, 1))
        (10,)
    """
    layers: list[Layer] = []
    for part in () if text.strip() == NO_LAYERS else text.split(","):
        layer = _layer(part.split())
        if isinstance(layer, Dense) and len(_shape_after(layers, shape)) > 1:
            layers.append(Flatten())
        layers.append(layer)
    if len(_shape_after(layers, shape)) > 1:
        layers.append(Flatten())
    return Sequential(*layers, Dense(outputs))


def words_of(network: Layer, shape: Shape, outputs: int) -> str | None:
    """The words that name a network, None where there are none.

    Example:
        >>> words_of(network_from_words("64 relu, dropout 0.2", (4,), 3), (4,), 3)
        '64 relu, dropout 0.2'
    """
    if not isinstance(network, Sequential):
        return None
    parts = [layer_words(layer) for layer in network.layers[:-1]]
    text = ", ".join(part for part in parts if part is not None) or NO_LAYERS
    try:
        found = network_from_words(text, shape, outputs)
    except (SettingError, ShapeError):
        return None
    return text if found == network else None


def layer_words(layer: Layer) -> str | None:
    """The words of one layer; None of those that have none, and of a Flatten, which is put where one is needed."""
    if isinstance(layer, Dense):
        return f"{layer.units} {layer.activation}"
    if isinstance(layer, Conv2D):
        size = layer.size if isinstance(layer.size, int) else layer.size[0]
        return f"conv {layer.filters} {size} {layer.activation}"
    if isinstance(layer, MaxPool2D | AveragePool2D):
        return f"{'pool' if isinstance(layer, MaxPool2D) else 'average'} {layer.size}"
    if isinstance(layer, PlaneFeatures):
        return " ".join(["features", *layer.features])
    if isinstance(layer, Dropout):
        return f"dropout {layer.rate}"
    return {BatchNorm: "batchnorm", LayerNorm: "layernorm"}.get(type(layer))


def _shape_after(layers: list[Layer], shape: Shape) -> Shape:
    return Sequential(*layers).output_shape(shape) if layers else shape


def _layer(words: list[str]) -> Layer:
    try:
        if words and words[0].isdigit():
            return _dense(words)
        return WORDS[words[0]](words[1:])
    except SettingError:
        raise  # the layer's own words
    except (KeyError, IndexError, ValueError):
        raise SettingError(f"{' '.join(words)!r} is no layer in words; write for example {EXAMPLE}") from None


def _dense(words: list[str]) -> Layer:
    activation = _activation(words[1:])
    return Dense(int(words[0]), activation, initializer="he_normal" if activation in RECTIFIED else "glorot_uniform")


def _convolution(words: list[str]) -> Layer:
    filters, *others = words
    size = int(others.pop(0)) if others and others[0].isdigit() else 3
    activation = _activation(others)
    initializer = "he_normal" if activation in RECTIFIED else "glorot_uniform"
    return Conv2D(int(filters), size, activation, padding="same", initializer=initializer)


def _activation(words: list[str]) -> str:
    """The one word left, or none."""
    if len(words) > 1 or (words and words[0] not in ACTIVATIONS):
        raise ValueError
    return words[0] if words else "linear"


def _only(words: list[str], layer: Layer) -> Layer:
    if words:
        raise ValueError
    return layer


def _size(words: list[str]) -> int:
    if len(words) > 1:
        raise ValueError
    return int(words[0]) if words else 2


WORDS: dict[str, Callable[[list[str]], Layer]] = {
    "conv": _convolution,
    "pool": lambda words: MaxPool2D(_size(words)),
    "average": lambda words: AveragePool2D(_size(words)),
    "dropout": lambda words: _only(words[1:], Dropout(float(words[0]))),
    "batchnorm": lambda words: _only(words, BatchNorm()),
    "layernorm": lambda words: _only(words, LayerNorm()),
    "flatten": lambda words: _only(words, Flatten()),
    "features": lambda words: PlaneFeatures(tuple(words)),
}
"""First word -> what the others make of it."""
