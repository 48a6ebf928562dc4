"""Autoencoders: a network that gives its own input again, through a code that is smaller."""

from __future__ import annotations

import math

from lamina.arrays import Shape
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense
from lamina.layers.reshaping import Flatten, Reshape


def autoencoder(
    shape: Shape, code: int = 8, hidden: tuple[int, ...] = (128, 64), activation: str = "relu"
) -> Sequential:
    """A dense autoencoder: `Sequential(encoder, decoder)`; the encoder's output is the code.

        code = f(W_e x + b_e),  x' = W_d code + b_d

    Args:
        shape: of one example; the output has the same.
        code: numbers of the code.
        hidden: neurons of the encoder's hidden layers; the decoder has them in reverse.
        activation: of the hidden layers; the code and the output are linear.

    Source:
        Hinton and Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks (2006).

    Example:
        >>> autoencoder((8, 8, 1), code=4).output_shape((8, 8, 1))
        (8, 8, 1)
    """
    encoder: list[Layer] = [Flatten(), *(Dense(units, activation, initializer="he_normal") for units in hidden)]
    decoder: list[Layer] = [Dense(units, activation, initializer="he_normal") for units in reversed(hidden)]
    decoder.append(Dense(math.prod(shape)))
    if len(shape) > 1:
        decoder.append(Reshape(shape))
    return Sequential(Sequential(*encoder, Dense(code)), Sequential(*decoder))
