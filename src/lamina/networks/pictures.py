"""Convolutional networks for pictures."""

from __future__ import annotations

from lamina.arrays import Shape
from lamina.errors import ShapeError
from lamina.layers.activations import Activation
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.drawings import DIGIT_PIXELS, DIGITS
from lamina.layers.dropout import Dropout
from lamina.layers.global_pooling import GlobalAveragePool2D
from lamina.layers.normalization import BatchNorm
from lamina.layers.original_lenet import LENET5_TABLE, Subsample2D, TableConv2D
from lamina.layers.pooling import AveragePool2D, MaxPool2D
from lamina.layers.radial_basis import RadialBasis
from lamina.layers.reshaping import Flatten

SMALL_SIDE = 8
"""Pictures of this side or less are pooled no further."""


def lenet5(outputs: int = 10, activation: str = "tanh", original: bool = False) -> Sequential:
    """LeNet-5 for 28x28 pictures: in its common form 61,706 parameters with 10 outputs and one channel.

    The original has 60,000: filters that see some of the maps before them (C3), means that are learnt (S2, S4), and as
    outputs minus the distances from 84 neurons to a drawing of each digit.

    Args:
        outputs: classes; other than ten have random codes instead of drawings in the original.
        activation: of the common form; the original has its own, 1.7159 tanh(2 z / 3).
        original: the form of 1998.

    Source:
        LeCun et al., Gradient-Based Learning Applied to Document Recognition (1998), figure 2; the
        common form has full connections in the second convolution, plain average pooling, and linear outputs. Both take
        zeros around the picture where the paper has a picture of 32 x 32.

    Example:
        >>> lenet5().output_shape((28, 28, 1))
        (10,)
    """
    if original:
        return _original_lenet5(outputs)
    return Sequential(
        Conv2D(6, 5, activation, padding="same"), AveragePool2D(2),
        Conv2D(16, 5, activation), AveragePool2D(2), Flatten(),
        Dense(120, activation), Dense(84, activation), Dense(outputs),
    )  # fmt: skip


def _original_lenet5(outputs: int) -> Sequential:
    """C1, S2, C3, S4, C5, F6 and the output, as in the paper: 156, 12, 1,516, 32, 48,120 and 10,164 parameters."""
    squash = "scaled_tanh"
    return Sequential(
        Conv2D(6, 5, squash, padding="same"), Subsample2D(2, squash),
        TableConv2D(LENET5_TABLE, 5, squash), Subsample2D(2, squash),
        Conv2D(120, 5, squash), Flatten(), Dense(DIGIT_PIXELS, squash),
        RadialBasis(outputs, "digit_drawings" if outputs == DIGITS else "signs"),
    )  # fmt: skip


def cnn(
    shape: Shape,
    outputs: int,
    filters: tuple[int, ...] = (32, 64),
    units: int = 128,
    dropout: float = 0.3,
    normalized: bool = False,
    padding: str = "same",
) -> Sequential:
    """A small convolutional network: for each count of filters a 3x3 convolution and a pooling, then two Dense.

    Args:
        shape: (height, width, channels) of one picture.
        outputs: numbers an example.
        filters: of each convolution; one that would leave less than 2 x 2 places is left out.
        units: neurons of the hidden Dense layer.
        dropout: share of values silenced before it while training.
        normalized: a BatchNorm behind each convolution; many pictures are learnt in fewer epochs.
        padding: of each convolution; "valid" is cheaper where the edge of the picture holds nothing.

    Raises:
        ShapeError: examples that are not pictures.

    Source:
        Ioffe and Szegedy, Batch Normalization (2015).

    Example:
        >>> cnn((28, 28, 1), 10).output_shape((28, 28, 1))
        (10,)
    """
    _require_pictures("cnn", shape)
    layers = convolutions(shape, filters, normalized, padding)
    head = [Dropout(dropout)] if dropout else []
    return Sequential(*layers, Flatten(), *head, Dense(units, "relu", initializer="he_normal"), *head, Dense(outputs))


def deep_cnn(
    shape: Shape, outputs: int, filters: tuple[int, ...] = (32, 64, 128, 128), dropout: float = 0.2
) -> Sequential:
    """A convolutional network for many photos: for each count of filters a 3x3 convolution and a norm, then one Dense.

    Sides are halved after each of the first convolutions until they are 8 or less; the last one's mean over the picture
    goes into the Dense.

    Args:
        shape: (height, width, channels) of one picture.
        outputs: numbers an example.
        filters: of each convolution.
        dropout: share of the means silenced while training.

    Raises:
        ShapeError: examples that are not pictures.

    Source:
        Ioffe and Szegedy, Batch Normalization (2015); Lin, Chen and Yan, Network In Network (2014), section 3.2, for
        the mean over the picture.

    Example:
        >>> deep_cnn((32, 32, 3), 10).output_shape((32, 32, 3))
        (10,)
    """
    _require_pictures("deep_cnn", shape)
    layers: list[Layer] = []
    side = min(shape[:2])
    for count in filters:
        layers += [Conv2D(count, 3, padding="same", bias=False, initializer="he_normal"), BatchNorm()]
        layers.append(Activation("relu"))
        if side > SMALL_SIDE:
            layers.append(MaxPool2D(2))
            side //= 2
    head = [Dropout(dropout)] if dropout else []
    return Sequential(*layers, GlobalAveragePool2D(), *head, Dense(outputs))


def photo_cnn(shape: Shape, outputs: int, filters: tuple[int, ...] = (16, 32, 64), dropout: float = 0.3) -> Sequential:
    """A convolutional network with few parameters, for few photos: what is in a picture counts, not where.

    For each count of filters a 3x3 convolution and a pooling; then each filter's mean over the whole picture, and
    one Dense: 23,714 parameters for two classes of color photos, whatever their size.

    Args:
        shape: (height, width, channels) of one picture.
        outputs: numbers an example.
        filters: of each convolution.
        dropout: share of the means silenced while training.

    Raises:
        ShapeError: examples that are not pictures.

    Source:
        Lin, Chen and Yan, Network In Network (2014), section 3.2, for the mean over the picture.

    Example:
        >>> photo_cnn((64, 64, 3), 2).output_shape((64, 64, 3))
        (2,)
    """
    _require_pictures("photo_cnn", shape)
    layers = convolutions(shape, filters)
    return Sequential(*layers, GlobalAveragePool2D(), *([Dropout(dropout)] if dropout else []), Dense(outputs))


def convolutions(
    shape: Shape, filters: tuple[int, ...], normalized: bool = False, padding: str = "same"
) -> list[Layer]:
    """A convolution for each number of filters, and behind it a pool that halves the sides while they are 4 or more.

    Args:
        normalized: a BatchNorm between each convolution and its ReLU.
        padding: of each convolution; "valid" loses a place on every side.

    Example:
        >>> len(convolutions((8, 8, 1), (32, 64, 128)))
        5
    """
    layers: list[Layer] = []
    side = min(shape[:2])
    for count in filters:
        if normalized:
            layers.append(Conv2D(count, 3, padding=padding, bias=False, initializer="he_normal"))
            layers += [BatchNorm(), Activation("relu")]
        else:
            layers.append(Conv2D(count, 3, "relu", padding=padding, initializer="he_normal"))
        side -= 2 if padding == "valid" else 0
        if side >= 4:
            layers.append(MaxPool2D(2))
            side //= 2
    return layers


def _require_pictures(design: str, shape: Shape) -> None:
    """Raise a ShapeError unless one example is a picture (height, width, channels)."""
    if len(shape) != 3:
        raise ShapeError(design, "pictures of shape (batch, height, width, channels)", shape, "Take mlp instead.")
