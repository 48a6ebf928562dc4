"""Residual networks: very deep, and learnt all the same, since every block has a way around it."""

from __future__ import annotations

from lamina.arrays import Shape
from lamina.errors import SettingError, ShapeError
from lamina.layers.activations import Activation
from lamina.layers.base import Layer
from lamina.layers.combining import Residual, Sequential
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.global_pooling import GlobalAveragePool2D
from lamina.layers.normalization import BatchNorm

STAGES = 3
"""The picture is halved, and the filters are doubled, from each to the next."""


def resnet(shape: Shape, outputs: int, depth: int = 20, filters: int = 16, skips: bool = True) -> Sequential:
    """A residual network of 6n + 2 layers: a convolution, three stages of n blocks, a mean over the picture, a Dense.

    A block is y = relu(x + norm(conv(relu(norm(conv(x)))))). The first block of the second and third stage halves the
    sides and doubles the filters; there the way around is a 1 x 1 convolution (option B of the paper).

    Args:
        shape: (height, width, channels) of one picture.
        outputs: numbers an example.
        depth: 8, 14, 20, 26, 32 ...: layers with weights on the way through the blocks.
        filters: of the first stage.
        skips: False leaves out the ways around: the plain network of the same depth, to compare with.

    Raises:
        SettingError: a depth that is not 6n + 2.
        ShapeError: examples that are no pictures.

    Source:
        He et al., Deep Residual Learning for Image Recognition (2015), section 4.2.

    Example:
        >>> resnet((32, 32, 3), 10).output_shape((32, 32, 3))
        (10,)
    """
    if len(shape) != 3:
        raise ShapeError("resnet", "pictures of shape (batch, height, width, channels)", shape, "Take mlp instead.")
    if depth < 8 or depth % 6 != 2:
        raise SettingError(f"resnet needs a depth of 6n + 2: 8, 14, 20, 32, 44, 56, 110 ...; got {depth}")
    layers: list[Layer] = [_convolution(filters), BatchNorm(), Activation("relu")]
    for stage in range(STAGES):
        for block in range(depth // 6):
            halved = stage > 0 and block == 0
            layers.append(_block(filters * 2**stage, 2 if halved else 1, skips))
    return Sequential(*layers, GlobalAveragePool2D(), Dense(outputs))


def _block(filters: int, stride: int, skips: bool) -> Layer:
    """Two convolutions, and the way around them."""
    first = (_convolution(filters, stride=stride), BatchNorm(), Activation("relu"))
    body = Sequential(*first, _convolution(filters), BatchNorm())
    if not skips:
        return Sequential(body, Activation("relu"))
    around = Sequential(_convolution(filters, 1, stride), BatchNorm()) if stride > 1 else None
    return Residual(body, around, "relu")


def _convolution(filters: int, size: int = 3, stride: int = 1) -> Conv2D:
    return Conv2D(filters, size, stride=stride, padding="same", bias=False, initializer="he_normal")
