"""How each operator of ONNX that our layers cover is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import ExportError
from lamina.exporting.onnx_chains import FIRST_TO_LAST, Chain, Node, added, joined
from lamina.kernels.convolution import pads_of
from lamina.layers.activations import LEAK, Activation
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.global_pooling import GlobalAveragePool2D, GlobalMaxPool2D
from lamina.layers.normalization import BatchNorm, LayerNorm
from lamina.layers.pooling import AveragePool2D, MaxPool2D
from lamina.layers.reshaping import Flatten, Reshape

ACTIVATIONS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Relu": ("relu", {}), "Sigmoid": ("sigmoid", {}), "Tanh": ("tanh", {}), "Atan": ("arctan", {}),
    "Softplus": ("softplus", {}), "Elu": ("elu", {"alpha": 1.0}), "LeakyRelu": ("leaky_relu", {"alpha": LEAK}),
    "Gelu": ("gelu", {"approximate": b"none"}), "Swish": ("silu", {"alpha": 1.0}),
}  # fmt: skip
"""Operator -> our activation, and the settings with which it is the same."""
USUAL = {"alpha": 0.01}
"""What ONNX takes for LeakyRelu where nothing is said."""


def _activation(node: Node) -> Chain:
    name, needed = ACTIVATIONS[node.kind]
    for key, value in needed.items():
        given = node.settings.get(key, value)
        if given != value and not (isinstance(given, float) and math.isclose(given, value, rel_tol=1e-6)):
            raise node.refuse(f"{key}={given}")
    return node.chain.with_layer(Activation(name))


def _softmax(node: Node) -> Chain:
    axis, rank = node.settings.get("axis", -1), len(node.chain.shape)
    if axis not in (-1, rank) or node.chain.first or node.chain.order is not None:
        raise node.refuse(f"axis={axis} of examples of {rank} axes")
    return node.chain.with_layer(Activation("softmax"))


def _unchanged(node: Node) -> Chain:
    return node.chain


def _gemm(node: Node) -> Chain:
    """A B + C, B turned where that is said."""
    if any(node.settings.get(key, usual) != usual for key, usual in (("alpha", 1.0), ("beta", 1.0), ("transA", 0))):
        raise node.refuse("alpha, beta or transA")
    weight = _weight(node)
    return _dense(node, weight.T if node.settings.get("transB", 0) else weight, node.arrays.get(2))


def _matmul(node: Node) -> Chain:
    return _dense(node, _weight(node), None)


def _weight(node: Node) -> Numpy:
    if 1 not in node.arrays or node.arrays[1].ndim != 2 or node.chain.first:
        raise node.refuse("a second factor that is no fixed matrix")
    return node.arrays[1]


def _dense(node: Node, weight: Numpy, bias: Numpy | None) -> Chain:
    chain = node.chain
    if len(weight) != chain.shape[-1]:
        raise node.refuse(f"a weight of shape {weight.shape} for {chain.shape[-1]} inputs")
    params = {"weight": _floats(weight if chain.order is None else weight[chain.order])}
    if bias is not None:
        params["bias"] = _floats(np.broadcast_to(bias, (1, weight.shape[1]))[0])
    return chain.with_layer(Dense(weight.shape[1], bias=bias is not None), params, order=None)


def _add(node: Node) -> Chain:
    """Two values, or the bias of the layer before."""
    if len(node.chains) == 2:
        one, other = node.chains
        if (one.shape, one.first) != (other.shape, other.first) or one.order is not other.order:
            raise node.refuse(f"values of shapes {one.shape} and {other.shape}")
        return added(one, other)
    last = node.chain.steps[-1] if node.chain.steps else None
    bias = next(iter(node.arrays.values())).reshape(-1)
    if last is None or not isinstance(last.layer, Dense) or last.layer.bias or bias.shape != (last.layer.units,):
        raise node.refuse("a fixed array that is no bias of a MatMul before it")
    step = replace(last, layer=replace(last.layer, bias=True), params={**last.params, "bias": _floats(bias)})
    return replace(node.chain, steps=(*node.chain.steps[:-1], step))


def _conv(node: Node) -> Chain:
    weight, chain = node.arrays.get(1), node.chain
    if weight is None or weight.ndim != 4 or not chain.first:
        raise node.refuse("weights that are not fixed, or other inputs than pictures with their channels first")
    ours = weight.transpose(2, 3, 1, 0)
    stride, dilation = (_two(node.settings.get(key, (1, 1))) for key in ("strides", "dilations"))
    bias = node.arrays.get(2)
    padding, groups = _padding(node, ours, stride, dilation), node.settings.get("group", 1)
    size: Any = ours.shape[:2]
    layer = Conv2D(weight.shape[0], size, "linear", stride, padding, dilation, bias is not None, groups=groups)
    params = {"weight": _floats(ours)} | ({} if bias is None else {"bias": _floats(bias)})
    return chain.with_layer(layer, params)


def _two(given: Sequence[int]) -> tuple[int, int]:
    rows, columns = given
    return rows, columns


def _padding(node: Node, weight: Numpy, stride: tuple[int, int], dilation: tuple[int, int]) -> str:
    """The name of what is added around, where there is one."""
    pads = tuple(node.settings.get("pads", (0, 0, 0, 0)))
    named = node.settings.get("auto_pad", b"NOTSET")
    if named == b"VALID" or (named == b"NOTSET" and not any(pads)):
        return "valid"
    (above, below), (left, right) = pads_of((1, *node.chain.shape), weight.shape, stride, "same", dilation)
    if named == b"SAME_UPPER" or (named == b"NOTSET" and pads == (above, left, below, right)):
        return "same"
    raise node.refuse(
        f'pads={list(pads)} and strides={list(stride)} (padding "same" would be {[above, left, below, right]})'
    )


def _pool(node: Node) -> Chain:
    odd = {key: node.settings[key] for key in ("ceil_mode", "storage_order") if node.settings.get(key, 0)}
    odd |= {key: list(node.settings[key]) for key in ("pads",) if any(node.settings.get(key, ()))}
    odd |= {key: list(node.settings[key]) for key in ("dilations",) if set(node.settings.get(key, (1,))) != {1}}
    size = tuple(node.settings["kernel_shape"])
    if (
        odd
        or len(size) != 2
        or not node.chain.first
        or node.settings.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID")
    ):
        raise node.refuse(", ".join(f"{key}={value}" for key, value in odd.items()) or "other than pictures")
    layer = MaxPool2D if node.kind == "MaxPool" else AveragePool2D
    return node.chain.with_layer(layer(size, tuple(node.settings.get("strides", (1, 1)))))


def _global_pool(node: Node) -> Chain:
    """One number a channel; ONNX leaves axes of one place."""
    if len(node.chain.shape) != 3 or not node.chain.first:
        raise node.refuse("other inputs than pictures with their channels first")
    layer = GlobalMaxPool2D() if node.kind == "GlobalMaxPool" else GlobalAveragePool2D()
    return node.chain.with_layer(layer).with_layer(Reshape((1, 1, node.chain.shape[-1])))


def _reduce_mean(node: Node) -> Chain:
    """Over the places of pictures."""
    axes = tuple(node.settings.get("axes", node.arrays.get(1, np.zeros(0, int))))
    rank = len(node.chain.shape) + 1
    found = sorted(int(axis) % rank for axis in axes)
    if rank != 4 or found != ([2, 3] if node.chain.first else [1, 2]):
        raise node.refuse(f"axes={[int(axis) for axis in axes]}")
    chain = node.chain.with_layer(GlobalAveragePool2D())
    return (
        chain.with_layer(Reshape((1, 1, chain.shape[-1])))
        if node.settings.get("keepdims", 1)
        else replace(chain, first=False)
    )


def _batch_norm(node: Node) -> Chain:
    names = ("scale", "bias", "mean", "variance")
    if not {1, 2, 3, 4} <= node.arrays.keys() or not (node.chain.first or len(node.chain.shape) == 1):
        raise node.refuse("arrays that are not fixed, or channels that stand last")
    order = node.chain.order
    found = {name: _floats(node.arrays[place] if order is None else node.arrays[place][order])
             for place, name in enumerate(names, 1)}  # fmt: skip
    params, state = ({name: found[name] for name in part} for part in (names[:2], names[2:]))
    return node.chain.with_layer(BatchNorm(epsilon=float(node.settings.get("epsilon", 1e-5))), params, state)


def _layer_norm(node: Node) -> Chain:
    if node.settings.get("axis", -1) not in (-1, len(node.chain.shape)) or node.chain.first or 1 not in node.arrays:
        raise node.refuse("another axis than the last, or arrays that are not fixed")
    scale = node.arrays[1]
    params = {"scale": _floats(scale), "bias": _floats(node.arrays.get(2, np.zeros_like(scale)))}
    return node.chain.with_layer(LayerNorm(float(node.settings.get("epsilon", 1e-5))), params)


def _flatten(node: Node) -> Chain:
    if node.settings.get("axis", 1) != 1:
        raise node.refuse(f"axis={node.settings['axis']}")
    return _flat(node.chain)


def _flat(chain: Chain) -> Chain:
    """All numbers in a row; channels that stand first are found again by the order."""
    if len(chain.shape) == 1:
        return chain
    order = None
    if chain.first and min(math.prod(chain.shape[:-1]), chain.shape[-1]) > 1:
        theirs = (chain.shape[-1], *chain.shape[:-1])
        order = np.arange(math.prod(theirs)).reshape(theirs).transpose(FIRST_TO_LAST[len(theirs)]).reshape(-1)
    return chain.with_layer(Flatten(), first=False, order=order)


def _reshape(node: Node) -> Chain:
    """To a row, or of a row that was never turned to any shape."""
    target = [int(one) for one in node.arrays.get(1, np.zeros(0))]
    numbers = math.prod(node.chain.shape)
    if len(target) == 2 and target[1] in (-1, numbers):
        return _flat(node.chain)
    shape = tuple(target[1:])
    if not shape or node.chain.first or node.chain.order is not None or math.prod(shape) != numbers or min(shape) < 1:
        raise node.refuse(f"the target {target}")
    return node.chain.with_layer(Reshape(shape))


def _squeeze(node: Node) -> Chain:
    """Away with the places of a picture of one."""
    if node.chain.shape[:-1] != (1, 1):
        raise node.refuse("other axes than those behind a global pool")
    return _flat(node.chain)


def _transpose(node: Node) -> Chain:
    """Channels to the end or to the front: ours stand last all along."""
    perm, rank = tuple(node.settings.get("perm", ())), len(node.chain.shape) + 1
    to_last, to_first = (0, *range(2, rank), 1), (0, rank - 1, *range(1, rank - 1))
    if rank not in (3, 4) or perm not in (to_last, to_first) or (perm == to_last) != node.chain.first:
        raise node.refuse(f"perm={list(perm)}")
    return replace(node.chain, first=not node.chain.first)


def _concat(node: Node) -> Chain:
    rank = len(node.chain.shape) + 1
    axis, channels = node.settings["axis"] % rank, 1 if node.chain.first else rank - 1
    alike = {(one.shape[:-1], one.first, one.order is None) for one in node.chains}
    if axis != channels or len(alike) > 1 or node.arrays or node.chain.order is not None:
        raise node.refuse(f"axis={node.settings['axis']}, or with a fixed array")
    return joined(node.chains)


def _floats(array: Numpy) -> Numpy:
    """As Lamina has weights."""
    if not np.isfinite(array).all():
        raise ExportError("a weight holds NaN or infinity")
    return np.ascontiguousarray(array, np.float32)


OPERATORS: Mapping[str, Callable[[Node], Chain]] = {
    **dict.fromkeys(ACTIVATIONS, _activation),
    **dict.fromkeys(("Identity", "Dropout"), _unchanged),
    **dict.fromkeys(("MaxPool", "AveragePool"), _pool),
    **dict.fromkeys(("GlobalMaxPool", "GlobalAveragePool"), _global_pool),
    "Add": _add, "BatchNormalization": _batch_norm, "Concat": _concat, "Conv": _conv, "Flatten": _flatten,
    "Gemm": _gemm, "LayerNormalization": _layer_norm, "MatMul": _matmul, "ReduceMean": _reduce_mean,
    "Reshape": _reshape, "Softmax": _softmax, "Squeeze": _squeeze, "Transpose": _transpose,
}  # fmt: skip
"""Operator -> its reader."""
