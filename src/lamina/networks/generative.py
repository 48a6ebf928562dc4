"""Networks that learn what examples look like, and draw new ones."""

from __future__ import annotations

import math

from lamina.arrays import Shape
from lamina.layers.activations import Activation
from lamina.layers.adversarial import Adversarial
from lamina.layers.base import Layer
from lamina.layers.boltzmann import Boltzmann
from lamina.layers.combining import Sequential
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.general_boltzmann import GeneralBoltzmann
from lamina.layers.normalization import BatchNorm
from lamina.layers.reshaping import Flatten, Reshape, UpSample2D
from lamina.layers.self_organizing import SelfOrganizing
from lamina.layers.variational import Variational


def vae(shape: Shape, code: int = 16, hidden: tuple[int, ...] = (256, 128), beta: float = 1.0) -> Variational:
    """A dense variational autoencoder.

    Args:
        shape: of one example.
        code: numbers of the code.
        hidden: neurons of the encoder's hidden layers; the decoder has them in reverse.
        beta: weight of the divergence.

    Source:
        Kingma and Welling, Auto-Encoding Variational Bayes (2014).

    Example:
        >>> vae((8, 8, 1)).output_shape((8, 8, 1))
        (2,)
    """
    encoder: list[Layer] = [Flatten(), *_dense(hidden)]
    decoder: list[Layer] = [*_dense(hidden[::-1]), Dense(math.prod(shape))]
    if len(shape) > 1:
        decoder.append(Reshape(shape))
    return Variational(Sequential(*encoder, Dense(2 * code)), Sequential(*decoder), code, beta)


def boltzmann(shape: Shape, hidden: int = 256, visible: str = "bernoulli", steps: int = 1) -> Sequential:
    """One restricted Boltzmann machine on the inputs in a row.

    Args:
        shape: of one example.
        hidden: hidden neurons.
        visible: "bernoulli" for inputs from 0 to 1, "gaussian" for standardized ones.
        steps: of Gibbs sampling.

    Source:
        Hinton, Training Products of Experts by Minimizing Contrastive Divergence (2002).

    Example:
        >>> boltzmann((8, 8, 1)).output_shape((8, 8, 1))
        (1,)
    """
    return Sequential(Flatten(), Boltzmann((hidden,), visible, steps))


def general_boltzmann(shape: Shape, hidden: int = 32) -> Sequential:
    """A Boltzmann machine whose neurons are all connected with each other, on the inputs in a row; for small sizes.

    Args:
        shape: of one example.
        hidden: hidden neurons.

    Source:
        Ackley, Hinton and Sejnowski, A Learning Algorithm for Boltzmann Machines (1985).

    Example:
        >>> general_boltzmann((8, 8, 1)).output_shape((8, 8, 1))
        (1,)
    """
    return Sequential(Flatten(), GeneralBoltzmann(hidden))


def deep_belief(outputs: int, hidden: tuple[int, ...] = (256, 128)) -> Sequential:
    """Layers of sigmoids and a linear Dense, which begin with the weights of Boltzmann machines on top of each other.

    Args:
        outputs: numbers an example.
        hidden: neurons of each layer, and hidden neurons of each machine.

    Source:
        Hinton, Osindero and Teh, A Fast Learning Algorithm for Deep Belief Nets (2006).

    Example:
        >>> deep_belief(10).output_shape((8, 8, 1))
        (10,)
    """
    return Sequential(Flatten(), *(Dense(units, "sigmoid") for units in hidden), Dense(outputs))


def som(shape: Shape, rows: int = 10, columns: int = 10, half_life: int = 500) -> Sequential:
    """A self-organizing map on the inputs in a row.

    Args:
        shape: of one example.
        rows, columns: of the grid.
        half_life: training steps in which the neighborhood halves.

    Source:
        Kohonen, Self-Organized Formation of Topologically Correct Feature Maps (1982).

    Example:
        >>> som((8, 8, 1)).output_shape((8, 8, 1))
        (2,)
    """
    return Sequential(Flatten(), SelfOrganizing(rows, columns, half_life))


def gan(shape: Shape, noise: int = 64, game: str = "non_saturating", filters: int = 32) -> Adversarial:
    """A generative adversarial network: of convolutions for pictures whose sides are multiples of 4, dense otherwise.

    The generator enlarges and convolves, twice, and ends with tanh: pictures are from -1 to 1. The discriminator
    convolves with a stride, three times.

    Args:
        shape: of one example.
        noise: signs that the generator begins with.
        game: what each side minimizes, as in Adversarial.
        filters: of the last convolution but one.

    Source:
        Radford, Metz and Chintala, Unsupervised Representation Learning with Deep Convolutional GANs (2016), with
        enlarging for transposed convolutions (Odena et al., Deconvolution and Checkerboard Artifacts, 2016).

    Example:
        >>> gan((28, 28, 1)).output_shape((28, 28, 1))
        (3,)
    """
    if len(shape) == 3 and shape[0] % 4 == shape[1] % 4 == 0:
        return Adversarial(_painter(shape, filters), _critic(filters), noise, game)
    drawing: list[Layer] = [*_dense((128, 256)), Dense(math.prod(shape))]
    if len(shape) > 1:
        drawing.append(Reshape(shape))
    judging = [layer for dense in _dense((256, 128), "leaky_relu") for layer in (dense, Dropout(0.3))]
    return Adversarial(Sequential(*drawing), Sequential(Flatten(), *judging, Dense(1)), noise, game)


def _painter(shape: Shape, filters: int) -> Sequential:
    height, width, channels = shape
    small = (height // 4, width // 4, 4 * filters)
    return Sequential(
        Dense(math.prod(small), bias=False, initializer="he_normal"), Reshape(small), BatchNorm(), Activation("relu"),
        UpSample2D(2), _convolution(2 * filters), BatchNorm(), Activation("relu"),
        UpSample2D(2), _convolution(filters), BatchNorm(), Activation("relu"),
        Conv2D(channels, 3, "tanh", padding="same"),
    )  # fmt: skip


def _critic(filters: int) -> Sequential:
    return Sequential(
        Conv2D(filters, 4, "leaky_relu", 2, "same", initializer="he_normal"),
        _convolution(2 * filters, 4, 2), BatchNorm(), Activation("leaky_relu"),
        _convolution(4 * filters, 3, 2), BatchNorm(), Activation("leaky_relu"),
        Flatten(), Dense(1),
    )  # fmt: skip


def _convolution(filters: int, size: int = 3, stride: int = 1) -> Conv2D:
    return Conv2D(filters, size, stride=stride, padding="same", bias=False, initializer="he_normal")


def _dense(hidden: tuple[int, ...], activation: str = "relu") -> list[Layer]:
    return [Dense(units, activation, initializer="he_normal") for units in hidden]
