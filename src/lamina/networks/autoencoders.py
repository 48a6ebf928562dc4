"""Autoencoders: a network that gives its own input again, through a code that is smaller, disturbed or sparse.

Each is `Sequential(encoder, decoder)`; the encoder's output is the code, a row of numbers.
"""

from __future__ import annotations

import math

from lamina.arrays import Shape
from lamina.errors import ShapeError
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.noise import Noise
from lamina.layers.reshaping import Flatten, Reshape, UpSample2D
from lamina.layers.sparsity import KeepLargest


def autoencoder(
    shape: Shape, code: int = 8, hidden: tuple[int, ...] = (128, 64), activation: str = "relu", noise: float = 0.0
) -> Sequential:
    """A dense autoencoder; with noise a denoising one, which must give the undisturbed input again.

        code = f(W_e (x + noise n) + b_e),  x' = W_d code + b_d

    Args:
        shape: of one example; the output has the same.
        code: numbers of the code.
        hidden: neurons of the encoder's hidden layers; the decoder has them in reverse.
        activation: of the hidden layers; the code and the output are linear.
        noise: deviation of what disturbs the input while training; inputs that are standardized have 1.

    Source:
        Hinton and Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks (2006); Vincent et al.,
        Stacked Denoising Autoencoders (2010), for the noise.

    Example:
        >>> autoencoder((8, 8, 1), code=4).output_shape((8, 8, 1))
        (8, 8, 1)
    """
    encoder: list[Layer] = [Noise(noise)] if noise else []
    encoder += [Flatten(), *_dense(hidden, activation), Dense(code)]
    return Sequential(Sequential(*encoder), Sequential(*_dense(hidden[::-1], activation), *_back_to(shape)))


def denoising_autoencoder(shape: Shape, code: int = 32, noise: float = 0.5) -> Sequential:
    """A dense autoencoder whose inputs are disturbed while training.

    Source:
        Vincent et al., Stacked Denoising Autoencoders (2010).

    Example:
        >>> denoising_autoencoder((8, 8, 1)).output_shape((8, 8, 1))
        (8, 8, 1)
    """
    return autoencoder(shape, code, hidden=(256,), noise=noise)


def sparse_autoencoder(shape: Shape, code: int = 256, speaking: int = 16) -> Sequential:
    """A code that is larger than need be, of which few numbers differ from 0 at a time.

    Args:
        shape: of one example; the output has the same.
        code: numbers of the code.
        speaking: how many of them are not 0.

    Source:
        Makhzani and Frey, k-Sparse Autoencoders (2014).

    Example:
        >>> sparse_autoencoder((8, 8, 1)).output_shape((8, 8, 1))
        (8, 8, 1)
    """
    return Sequential(Sequential(Flatten(), Dense(code), KeepLargest(speaking)), Sequential(*_back_to(shape)))


def conv_autoencoder(shape: Shape, code: int = 32, filters: int = 16) -> Sequential:
    """An autoencoder of convolutions for pictures: two that halve the sides, and two behind an enlarging each.

    Args:
        shape: (height, width, channels), with sides that are multiples of 4.
        code: numbers of the code.
        filters: of the outer convolutions; the inner ones have twice as many.

    Raises:
        ShapeError: no pictures, or sides that cannot be halved twice.

    Source:
        Masci et al., Stacked Convolutional Auto-Encoders (2011), with strides for pooling, and enlarging for transposed
        convolutions (Odena et al., Deconvolution and Checkerboard Artifacts, 2016).

    Example:
        >>> conv_autoencoder((28, 28, 1)).output_shape((28, 28, 1))
        (28, 28, 1)
    """
    if len(shape) != 3 or shape[0] % 4 or shape[1] % 4:
        needs = "pictures of shape (batch, height, width, channels) with sides that are multiples of 4"
        raise ShapeError("conv_autoencoder", needs, shape, "Take autoencoder instead.")
    small = (shape[0] // 4, shape[1] // 4, 2 * filters)
    encoder = Sequential(_halving(filters), _halving(2 * filters), Flatten(), Dense(code))
    decoder = Sequential(
        Dense(math.prod(small), "relu", initializer="he_normal"), Reshape(small),
        UpSample2D(2), Conv2D(filters, 3, "relu", padding="same", initializer="he_normal"),
        UpSample2D(2), Conv2D(shape[2], 3, padding="same"),
    )  # fmt: skip
    return Sequential(encoder, decoder)


def _halving(filters: int) -> Conv2D:
    return Conv2D(filters, 3, "relu", 2, "same", initializer="he_normal")


def _dense(hidden: tuple[int, ...], activation: str) -> list[Layer]:
    return [Dense(units, activation, initializer="he_normal") for units in hidden]


def _back_to(shape: Shape) -> list[Layer]:
    """From the last hidden layer to the shape of an example."""
    last: list[Layer] = [Dense(math.prod(shape))]
    return [*last, Reshape(shape)] if len(shape) > 1 else last
