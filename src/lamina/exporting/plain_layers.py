"""Layers without time: connected ones, convolutions, pools, norms, and those that move numbers."""

from __future__ import annotations

import math

import numpy as np

from lamina.exporting.forms import Place, Value, Weight
from lamina.kernels.convolution import pads_of
from lamina.layers.activations import Activation
from lamina.layers.base import Layer
from lamina.layers.convolution import Conv1D, Conv2D, padding_of, pair
from lamina.layers.dense import Dense, Linear
from lamina.layers.fourier import RandomFourier
from lamina.layers.global_pooling import GlobalAveragePool1D, GlobalMaxPool1D
from lamina.layers.grouping import SoftGroups
from lamina.layers.normalization import BatchNorm, LayerNorm
from lamina.layers.original_lenet import Subsample2D, TableConv2D
from lamina.layers.plane_features import PlaneFeatures
from lamina.layers.pooling import AveragePool1D, AveragePool2D, MaxPool1D, MaxPool2D
from lamina.layers.radial_basis import RadialBasis
from lamina.layers.reshaping import Pad2D, Reshape, Slice, UpSample2D
from lamina.layers.sparsity import KeepLargest

NO_PADDING = ((0, 0), (0, 0))


def unchanged(place: Place, layer: Layer, x: Value) -> Value:
    """Layers that do something while training only."""
    return x


def activation(place: Place, layer: Activation, x: Value) -> Value:
    """f(x)."""
    return place.activated(layer.name, x)


def dense(place: Place, layer: Dense, x: Value) -> Value:
    """f(x W + b)."""
    return place.activated(layer.activation, place.call("dense", x, place.weight("weight"), _bias(place, layer.bias)))


def linear(place: Place, layer: Linear, x: Value) -> Value:
    """x W + b."""
    return place.call("dense", x, place.weight("weight"), _bias(place, layer.bias))


def conv2d(place: Place, layer: Conv2D, x: Value) -> Value:
    """f(x * w + b)."""
    weight = place.weight("weight")
    slide = pair(layer.stride), padding_of(layer.padding), pair(layer.dilation)
    pads = pads_of((1, *place.shape), weight.array.shape, *slide)
    bias = _bias(place, layer.bias)
    z = place.call("conv2d", x, weight, bias, stride=slide[0], pads=pads, dilation=slide[2], groups=layer.groups)
    return place.activated(layer.activation, z)


def conv1d(place: Place, layer: Conv1D, x: Value) -> Value:
    """As a picture of height 1."""
    weight = place.made("weight", place.params["weight"][None])
    slide = (1, layer.stride), padding_of(layer.padding), (1, layer.dilation)
    pads = pads_of((1, 1, *place.shape), weight.array.shape, *slide)
    row, bias = place.call("expand", x, axis=1), _bias(place, layer.bias)
    z = place.call("conv2d", row, weight, bias, stride=slide[0], pads=pads, dilation=slide[2], groups=1)
    return place.activated(layer.activation, place.call("squeeze", z, axis=1))


def table_conv2d(place: Place, layer: TableConv2D, x: Value) -> Value:
    """The weights at their channels, zeros elsewhere, and an ordinary convolution."""
    given = np.asarray(place.params["weight"])
    whole = np.zeros((layer.size, layer.size, place.shape[-1], len(layer.table)), np.float32)
    channels = [channel for row in layer.table for channel in row]
    filters = [number for number, row in enumerate(layer.table) for _ in row]
    whole[:, :, channels, filters] = given
    slide = {"stride": (1, 1), "pads": NO_PADDING, "dilation": (1, 1), "groups": 1}
    z = place.call("conv2d", x, place.made("weight", whole), place.weight("bias"), **slide)
    return place.activated(layer.activation, z)


def subsample2d(place: Place, layer: Subsample2D, x: Value) -> Value:
    """f(w mean x + b)."""
    mean = place.call("average_pool2d", x, size=pair(layer.size), stride=pair(layer.size))
    return place.activated(layer.activation, place.call("affine", mean, place.weight("weight"), place.weight("bias")))


def pool2d(place: Place, layer: MaxPool2D | AveragePool2D, x: Value) -> Value:
    """The largest or the mean of each window."""
    return place.call(_pool(layer), x, size=pair(layer.size), stride=pair(layer.stride or layer.size))


def pool1d(place: Place, layer: MaxPool1D | AveragePool1D, x: Value) -> Value:
    """As a picture of height 1."""
    row = place.call("expand", x, axis=1)
    pooled = place.call(_pool(layer), row, size=(1, layer.size), stride=(1, layer.stride or layer.size))
    return place.call("squeeze", pooled, axis=1)


def largest_of_picture(place: Place, layer: Layer, x: Value) -> Value:
    """Over height and width."""
    return place.call("largest", x, axes=(1, 2))


def mean_of_picture(place: Place, layer: Layer, x: Value) -> Value:
    """Over height and width."""
    return place.call("mean", x, axes=(1, 2))


def largest_of_steps(place: Place, layer: GlobalMaxPool1D, x: Value) -> Value:
    """Over time, of the real steps where others are skipped."""
    return place.call("largest_of_real", x) if layer.skip_padding else place.call("largest", x, axes=(1,))


def mean_of_steps(place: Place, layer: GlobalAveragePool1D, x: Value) -> Value:
    """Over time, of the real steps where others are skipped."""
    return place.call("mean_of_real", x) if layer.skip_padding else place.call("mean", x, axes=(1,))


def flatten(place: Place, layer: Layer, x: Value) -> Value:
    """One row an example."""
    return place.call("reshape", x, shape=(math.prod(place.shape),))


def reshape(place: Place, layer: Reshape, x: Value) -> Value:
    """The given shape."""
    return place.call("reshape", x, shape=layer.shape)


def cut(place: Place, layer: Slice, x: Value) -> Value:
    """x[start:stop] along an axis; the batch is axis 0."""
    return place.call("cut", x, start=layer.start, stop=layer.stop, axis=layer.axis + 1)


def upsample2d(place: Place, layer: UpSample2D, x: Value) -> Value:
    """Rows and columns repeated."""
    rows, columns = pair(layer.size)
    return place.call("repeat", x, rows=rows, columns=columns)


def pad2d(place: Place, layer: Pad2D, x: Value) -> Value:
    """Rows and columns of one number around."""
    return place.call("pad", x, rows=layer.rows, columns=layer.columns, value=float(layer.value))


def batch_norm(place: Place, layer: BatchNorm, x: Value) -> Value:
    """By the running mean and variance."""
    learnt = place.weight("scale"), place.weight("bias")
    remembered = place.memory("mean"), place.memory("variance")
    return place.call("batch_norm", x, *learnt, *remembered, epsilon=layer.epsilon)


def layer_norm(place: Place, layer: LayerNorm, x: Value) -> Value:
    """By each example's own mean and variance."""
    return place.call("layer_norm", x, place.weight("scale"), place.weight("bias"), epsilon=layer.epsilon)


def unit_length(place: Place, layer: Layer, x: Value) -> Value:
    """x / |x|."""
    return place.call("unit_length", x)


def keep_largest(place: Place, layer: KeepLargest, x: Value) -> Value:
    """x where it is among the largest."""
    return place.call("keep_largest", x, count=layer.count)


def soft_groups(place: Place, layer: SoftGroups, x: Value) -> Value:
    """Shares by the distance from centers (groups, features)."""
    return place.call("soft_groups", x, place.weight("centers"))


def radial_basis(place: Place, layer: RadialBasis, x: Value) -> Value:
    """Minus the squared distances from centers, turned to (units, features)."""
    centers = place.made("centers", np.asarray(place.state["centers"]).T, learnt=False)
    return place.call("affine", place.call("squared_distances", x, centers), -1.0, 0.0)


def random_fourier(place: Place, layer: RandomFourier, x: Value) -> Value:
    """sqrt(2 / features) cos(sqrt(2 gamma) x direction + phase), the factor within the directions."""
    gamma = 1 / place.shape[-1] if layer.gamma is None else layer.gamma
    direction = place.made("direction", math.sqrt(2 * gamma) * np.asarray(place.state["direction"]), learnt=False)
    angle = place.call("dense", x, direction, place.memory("phase"))
    return place.call("affine", place.call("cosine", angle), math.sqrt(2 / layer.features), 0.0)


def plane_features(place: Place, layer: PlaneFeatures, x: Value) -> Value:
    """Each feature of each row."""
    return place.call("plane_features", x, names=layer.features)


def _pool(layer: Layer) -> str:
    return "max_pool2d" if isinstance(layer, MaxPool1D | MaxPool2D) else "average_pool2d"


def _bias(place: Place, learnt: bool) -> Weight | None:
    return place.weight("bias") if learnt else None
