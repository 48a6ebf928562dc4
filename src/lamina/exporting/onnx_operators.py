"""How each operator of ONNX that our layers cover is read: what computes.

What only moves numbers is read in `onnx_moving`, what goes along a sequence in `onnx_recurrent`, what looks through
windows in `onnx_windows`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.exporting.onnx_chains import DIRECTION, Chain, Node, Reader, added, floats, plain, shared
from lamina.exporting.onnx_moving import MOVING, axes_of
from lamina.exporting.onnx_recurrent import RECURRENT
from lamina.exporting.onnx_windows import WINDOWS
from lamina.layers.activations import LEAK, SIX, Activation
from lamina.layers.base import Layer
from lamina.layers.convolution import Conv1D, Conv2D
from lamina.layers.dense import Dense
from lamina.layers.global_pooling import GlobalAveragePool1D, GlobalAveragePool2D, GlobalMaxPool1D, GlobalMaxPool2D
from lamina.layers.normalization import BatchNorm, LayerNorm
from lamina.layers.reshaping import LARGEST, Reshape

ACTIVATIONS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Relu": ("relu", {}), "Sigmoid": ("sigmoid", {}), "Tanh": ("tanh", {}), "Atan": ("arctan", {}),
    "Softplus": ("softplus", {}), "Elu": ("elu", {"alpha": 1.0}), "LeakyRelu": ("leaky_relu", {"alpha": LEAK}),
    "Gelu": ("gelu", {"approximate": b"none"}), "Swish": ("silu", {"alpha": 1.0}),
}  # fmt: skip
"""Operator -> our activation, and the settings with which it is the same."""
BOUNDS = (("min", -LARGEST), ("max", LARGEST))
"""What ONNX takes for Clip."""


def _activation(node: Node) -> Chain:
    name, needed = ACTIVATIONS[node.kind]
    for key, value in needed.items():
        given = node.settings.get(key, value)
        if given != value and not (isinstance(given, float) and math.isclose(given, value, rel_tol=1e-6)):
            raise node.refuse(f"{key}={given}")
    return node.chain.with_layer(Activation(name))


def _clip(node: Node) -> Chain:
    """From 0 to 6, or from 0 without an end; bounds are settings in old graphs, arrays in new ones."""
    given = [node.settings.get(name, node.arrays.get(place, usual)) for place, (name, usual) in enumerate(BOUNDS, 1)]
    if len(node.chains) > 1 or any(np.size(one) != 1 for one in given):
        raise node.refuse("bounds that are not fixed numbers")
    low, high = (float(np.reshape(one, ())) for one in given)
    if (low, high) == (0.0, SIX):
        return node.chain.with_layer(Activation("relu6"))
    if low == 0.0 and high >= LARGEST:
        return node.chain.with_layer(Activation("relu"))
    raise node.refuse(f"bounds {low:g} and {high:g}")


def _softmax(node: Node) -> Chain:
    chain, axis = node.chain, node.settings.get("axis", -1)
    if chain.axis(axis) != chain.channels or not chain.channels_last:
        raise node.refuse(f"axis={axis} of examples of {chain.channels} axes")
    return chain.with_layer(Activation("softmax"))


def _gemm(node: Node) -> Chain:
    """A B + C, B turned where that is said."""
    if any(node.settings.get(key, usual) != usual for key, usual in (("alpha", 1.0), ("beta", 1.0), ("transA", 0))):
        raise node.refuse("alpha, beta or transA")
    weight = _weight(node)
    return _dense(node, weight.T if node.settings.get("transB", 0) else weight, node.arrays.get(2))


def _matmul(node: Node) -> Chain:
    return _dense(node, _weight(node), None)


def _weight(node: Node) -> Numpy:
    last = node.chain.layout[-1] == node.chain.channels and DIRECTION not in node.chain.layout
    if 1 not in node.arrays or node.arrays[1].ndim != 2 or not last:
        raise node.refuse("a second factor that is no fixed matrix")
    return node.arrays[1]


def _dense(node: Node, weight: Numpy, bias: Numpy | None) -> Chain:
    chain = node.chain
    if len(weight) != chain.shape[-1]:
        raise node.refuse(f"a weight of shape {weight.shape} for {chain.shape[-1]} inputs")
    params = {"weight": floats(weight if chain.order is None else weight[chain.order])}
    if bias is not None:
        params["bias"] = floats(np.broadcast_to(bias, (1, weight.shape[1]))[0])
    return chain.with_layer(Dense(weight.shape[1], bias=bias is not None), params, order=None)


def _add(node: Node) -> Chain:
    """Two values, the bias of the layer before, or something for each channel."""
    if len(node.chains) == 2:
        one, other = node.chains
        if (one.shape, one.layout) != (other.shape, other.layout) or one.order is not other.order:
            raise node.refuse(f"values of shapes {one.shape} and {other.shape}")
        return added(one, other)
    last = node.chain.steps[-1] if node.chain.steps else None
    if last is None or not isinstance(last.layer, Dense | Conv1D | Conv2D) or last.layer.bias:
        return _affine(node)
    params = {**last.params, "bias": floats(_per_channel(node))}
    return node.chain.with_last(replace(last.layer, bias=True), params)


def _affine(node: Node) -> Chain:
    """A number for each channel is taken off, multiplied or added: what a BatchNorm does with what it remembers."""
    chain, array = node.chain, _per_channel(node)
    if node.kind in ("Sub", "Div") and 0 in node.arrays:
        raise node.refuse("a fixed array in front")
    last = chain.steps[-1] if chain.steps and isinstance(chain.steps[-1].layer, BatchNorm) else None
    if last is None:
        zeros, ones = np.zeros(chain.shape[-1]), np.ones(chain.shape[-1])
        layer, params = BatchNorm(), {"scale": ones, "bias": zeros}
        state = {"mean": floats(array if node.kind == "Sub" else zeros), "variance": floats(ones - layer.epsilon)}
        chain = chain.with_layer(layer, params, state)
        last = chain.steps[-1]
        array = zeros if node.kind == "Sub" else array
    scale, bias = (np.asarray(last.params[name], np.float64) for name in ("scale", "bias"))
    with np.errstate(divide="ignore"):  # what is not finite is refused
        factor = {"Mul": array, "Div": np.float64(1) / array}.get(node.kind, np.ones(()))
    shift = {"Add": array, "Sub": -array}.get(node.kind, 0.0)
    return chain.with_last(last.layer, {"scale": floats(scale * factor), "bias": floats(bias * factor + shift)})


def _per_channel(node: Node) -> Numpy:
    found = node.per_channel(next(iter(node.arrays.values())))
    if found is None:
        raise node.refuse("a fixed array that is no number a channel")
    return found


def _mul(node: Node) -> Chain:
    """Something for each channel; or x sigmoid(x), as SiLU was written before ONNX had it."""
    if len(node.chains) == 1:
        return _affine(node)
    x, *others = sorted(node.chains, key=lambda chain: len(chain.steps))
    common = shared(node.chains)
    gate = [step.layer for one in others for step in one.steps[len(common) :]]
    if len(common) != len(x.steps) or gate != [Activation("sigmoid")] or x.layout != others[0].layout:
        raise node.refuse("other values than x and Sigmoid(x)")
    return x.with_layer(Activation("silu"))


POOLS: Mapping[tuple[bool, int], type[Layer]] = {
    (True, 2): GlobalMaxPool1D, (True, 3): GlobalMaxPool2D, (False, 2): GlobalAveragePool1D,
    (False, 3): GlobalAveragePool2D,
}  # fmt: skip
"""(the largest or the mean, axes of an example) -> over all places."""


def _global_pool(node: Node) -> Chain:
    """One number a channel; ONNX leaves axes of one place."""
    if node.chain.channels not in (2, 3) or not node.chain.first:
        raise node.refuse("other inputs than pictures with their channels first")
    return _over_places(node, keep=True)


def _reduce(node: Node) -> Chain:
    """Over the places of pictures, or along a sequence."""
    chain = node.chain
    axes = axes_of(node)
    places = set(range(1, chain.channels))
    if chain.channels not in (2, 3) or {chain.axis(axis) for axis in axes} != places or DIRECTION in chain.layout:
        raise node.refuse(f"axes={axes}")
    return _over_places(node, keep=bool(node.settings.get("keepdims", 1)))


def _over_places(node: Node, keep: bool) -> Chain:
    chain, largest = node.chain, node.kind.endswith(("Max", "MaxPool"))
    left = tuple(min(axis, 1) for axis in chain.layout if axis in (0, chain.channels))
    pooled = chain.with_layer(POOLS[largest, chain.channels](), layout=left)
    one = (1,) * (chain.channels - 1)
    return pooled.with_layer(Reshape((*one, *pooled.shape)), layout=chain.layout) if keep else pooled


def _batch_norm(node: Node) -> Chain:
    """By the running mean and variance; the channels are ONNX's axis 1."""
    names = ("scale", "bias", "mean", "variance")
    chain, settings = node.chain, node.settings
    if settings.get("training_mode", 0) or not settings.get("spatial", 1):
        raise node.refuse("training_mode or spatial")
    if not {1, 2, 3, 4} <= node.arrays.keys() or not (chain.first or chain.layout == plain(chain.shape[-1:])):
        raise node.refuse("arrays that are not fixed, or channels that stand last")
    order = slice(None) if chain.order is None else chain.order
    found = {name: floats(node.arrays[place][order]) for place, name in enumerate(names, 1)}
    params, state = ({name: found[name] for name in part} for part in (names[:2], names[2:]))
    return chain.with_layer(BatchNorm(epsilon=float(settings.get("epsilon", 1e-5))), params, state)


def _layer_norm(node: Node) -> Chain:
    chain, axis = node.chain, node.settings.get("axis", -1)
    if axis % len(chain.layout) != len(chain.layout) - 1 or not chain.channels_last or 1 not in node.arrays:
        raise node.refuse("another axis than the last, or arrays that are not fixed")
    scale = node.arrays[1]
    params = {"scale": floats(scale), "bias": floats(node.arrays.get(2, np.zeros_like(scale)))}
    if scale.shape != chain.shape[-1:] or params["bias"].shape != scale.shape:
        raise node.refuse(f"a scale of shape {scale.shape} for {chain.shape[-1]} channels")
    return chain.with_layer(LayerNorm(float(node.settings.get("epsilon", 1e-5))), params)


OPERATORS: Mapping[str, Reader] = {
    **MOVING, **RECURRENT, **WINDOWS,
    **dict.fromkeys(ACTIVATIONS, _activation),
    **dict.fromkeys(("GlobalMaxPool", "GlobalAveragePool"), _global_pool),
    **dict.fromkeys(("ReduceMax", "ReduceMean"), _reduce),
    "Add": _add, "BatchNormalization": _batch_norm, "Clip": _clip, "Gemm": _gemm, "LayerNormalization": _layer_norm,
    "MatMul": _matmul, "Mul": _mul, "Softmax": _softmax, **dict.fromkeys(("Div", "Sub"), _affine),
}  # fmt: skip
"""Operator -> its reader."""
