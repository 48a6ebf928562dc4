"""Convolutional networks for the spectrograms of sounds."""

from __future__ import annotations

from lamina.arrays import Shape
from lamina.errors import ShapeError
from lamina.layers.activations import Activation
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.normalization import BatchNorm
from lamina.layers.pooling import AveragePool2D, MaxPool2D
from lamina.layers.reshaping import Flatten
from lamina.layers.spectrograms import VarySpectrogram


def sound_cnn(
    shape: Shape, outputs: int, filters: tuple[int, ...] = (16, 32, 64), dropout: float = 0.3, vary: bool = True
) -> Sequential:
    """A small convolutional network for spectrograms, whose features are averaged over time.

    For each count of filters: a 3x3 convolution, BatchNorm, relu and a pooling. Averaging over time alone keeps what is
    high apart from what is low, and makes the count of parameters the same for sounds of any length.

    Args:
        shape: (moments, bands, channels) of one spectrogram.
        outputs: numbers an example.
        filters: of each convolution; an axis of fewer than 4 places is pooled no further.
        dropout: share of features silenced before the last layer while training.
        vary: vary the spectrograms while training: moved by up to an eighth of the time and 2 bands, louder or softer,
            with stripes of up to an eighth hidden.

    Raises:
        ShapeError: examples that are no spectrograms.

    Example:
        >>> sound_cnn((41, 40, 1), 10).output_shape((41, 40, 1))
        (10,)
    """
    if len(shape) != 3:
        raise ShapeError("sound_cnn", "spectrograms of shape (batch, moments, bands, channels)", shape)
    moments, bands = shape[:2]
    hidden = (moments // 8, bands // 8)
    layers: list[Layer] = [VarySpectrogram((moments // 8, 2), 0.3, hidden)] if vary else []
    for count in filters:
        layers += [Conv2D(count, 3, padding="same", bias=False, initializer="he_normal"), BatchNorm()]
        layers.append(Activation("relu"))
        size = (2 if moments >= 4 else 1, 2 if bands >= 4 else 1)
        layers.append(MaxPool2D(size))
        moments, bands = moments // size[0], bands // size[1]
    head = [Dropout(dropout)] if dropout else []
    return Sequential(*layers, AveragePool2D((moments, 1)), Flatten(), *head, Dense(outputs))
