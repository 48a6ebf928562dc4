"""Layers that stand next to each other and are computed faster in one: the same numbers, with fewer trips to memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from lamina.arrays import Array, Params, State
from lamina.kernels.pooled_convolution import conv2d_bias_relu_pool
from lamina.layers.activations import Activation
from lamina.layers.base import Layer
from lamina.layers.convolution import Conv2D, padding_of, pair
from lamina.layers.normalization import BatchNorm
from lamina.layers.pooling import MaxPool2D

Both: TypeAlias = Callable[[Params, State, Array, Array | None], tuple[Array, State]]
"""(parameters and state of the first, x, mask) -> (what the second gives, the first's state)."""


def together(first: Layer, second: Layer, training: bool) -> Both | None:
    """Two neighbors as one function; None where they are computed one after the other.

    Example:
        >>> together(Conv2D(8, 3, "relu"), MaxPool2D(2), training=True) is None
        False
    """
    if isinstance(first, Conv2D) and isinstance(second, MaxPool2D) and _is_pooled_at_once(first, second):
        return lambda params, state, x, mask: (_convolved_and_pooled(first, params, x), {})
    if training and isinstance(first, BatchNorm) and second == Activation("relu"):
        return lambda params, state, x, mask: first.normalize(params, state, x, mask, relu=True)
    return None


def _is_pooled_at_once(first: Conv2D, second: MaxPool2D) -> bool:
    windows = pair(second.size) == pair(second.stride or second.size) == (2, 2)
    plain = pair(first.dilation) == (1, 1) and first.groups == 1
    return windows and first.activation == "relu" and first.bias and plain


def _convolved_and_pooled(layer: Conv2D, params: Params, x: Array) -> Array:
    return conv2d_bias_relu_pool(x, params["weight"], params["bias"], pair(layer.stride), padding_of(layer.padding))
