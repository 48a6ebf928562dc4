"""How the operators of ONNX are read that look through windows: convolutions, pools, and what is added around.

Where a window looks beyond the edge in another way than with "same", a Pad2D stands in front of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.exporting.onnx_chains import DIRECTION, Chain, Node, Reader, floats
from lamina.kernels.patches import Pair, same_padding
from lamina.layers.activations import Activation
from lamina.layers.base import MAX_SETTING
from lamina.layers.convolution import MAX_SIZE, Conv1D, Conv2D
from lamina.layers.pooling import AveragePool1D, AveragePool2D, MaxPool1D, MaxPool2D
from lamina.layers.reshaping import LARGEST, Pad2D

Around = tuple[Pair, ...]
"""For each axis of a window how many places are added before and after."""
NOT_NEGATIVE = tuple(map(Activation, ("relu", "relu6", "sigmoid", "softplus")))
"""What gives no number below 0, so that zeros around it are never the only largest of a window."""


def _conv(node: Node) -> Chain:
    weight, chain = node.arrays.get(1), node.chain
    if weight is None or weight.ndim not in (3, 4) or not chain.first or weight.ndim != chain.channels + 1:
        raise node.refuse("weights that are not fixed, or other inputs than pictures with their channels first")
    ours = weight.transpose(*range(2, weight.ndim), 1, 0)
    stride, dilation = (_steps(node, key, weight.ndim - 2) for key in ("strides", "dilations"))
    bias, groups = node.arrays.get(2), node.settings.get("group", 1)
    if weight.ndim == 3 and groups != 1:
        raise node.refuse(f"group={groups} along a sequence")
    same = _same(chain, ours.shape[:-2], stride, dilation)
    around = _around(node, same)
    padding = "same" if around == same and any(map(any, around)) else "valid"
    if padding == "valid":
        chain = _padded(node, around, f' with strides={list(stride)} (padding "same" would be {_as_pads(same)})')
    sides: tuple[Any, Any, Any] = (ours.shape[:-2], stride, dilation)
    size, stride, dilation = sides if weight.ndim == 4 else [one[0] for one in sides]
    how = {"size": size, "stride": stride, "padding": padding, "dilation": dilation, "bias": bias is not None}
    layer = Conv1D(len(weight), **how) if weight.ndim == 3 else Conv2D(len(weight), groups=groups, **how)
    params = {"weight": floats(ours)} | ({} if bias is None else {"bias": floats(bias)})
    return chain.with_layer(layer, params)


def _pool(node: Node) -> Chain:
    size: Any = tuple(node.settings["kernel_shape"])
    stride: Any = _steps(node, "strides", len(size))
    odd = {key: node.settings[key] for key in ("storage_order",) if node.settings.get(key, 0)}
    odd |= {key: list(node.settings[key]) for key in ("dilations",) if set(node.settings.get(key, (1,))) != {1}}
    if odd or len(size) not in (1, 2) or len(size) != node.chain.channels - 1 or not node.chain.first:
        raise node.refuse(", ".join(f"{key}={value}" for key, value in odd.items()) or "other than pictures")
    around = _around(node, _same(node.chain, size, stride, (1,) * len(size)))
    _require_whole(node, size, stride, around)
    chain, largest = _around_pool(node, size, around), node.kind == "MaxPool"
    if len(size) == 1:
        return chain.with_layer((MaxPool1D if largest else AveragePool1D)(size[0], stride[0]))
    return chain.with_layer((MaxPool2D if largest else AveragePool2D)(size, stride))


def _require_whole(node: Node, size: Sequence[int], stride: Sequence[int], around: Around) -> None:
    """ceil_mode looks through windows that are cut off by the end, where there are some."""
    axes = zip(node.chain.shape, around, size, stride, strict=False)
    left = [(length + sum(ends) - side) % step for length, ends, side, step in axes]
    if node.settings.get("ceil_mode", 0) and any(left):
        raise node.refuse("ceil_mode=1 and windows that are cut off by the end")


def _around_pool(node: Node, size: Sequence[int], around: Around) -> Chain:
    """What is added around must not win where the largest is asked for, and must count where the mean is."""
    if not any(map(any, around)):
        return node.chain
    if any(max(ends) >= side for ends, side in zip(around, size, strict=True)):
        raise node.refuse(f"pads={_as_pads(around)}, which are not smaller than its windows")
    if node.kind == "MaxPool":
        last = node.chain.steps[-1].layer if node.chain.steps else None
        return _padded(node, around, value=0.0 if last in NOT_NEGATIVE else -LARGEST)
    if not node.settings.get("count_include_pad", 0):
        raise node.refuse(f"pads={_as_pads(around)} that count for nothing (count_include_pad=0)")
    return _padded(node, around)


def _steps(node: Node, key: str, axes: int) -> tuple[int, ...]:
    """Strides or dilations, one an axis; 1 where nothing is said."""
    steps = tuple(node.settings.get(key, (1,) * axes))
    if len(steps) != axes or not all(1 <= one <= MAX_SETTING for one in steps):
        raise node.refuse(f"{key}={list(steps)}")
    return steps


def _same(chain: Chain, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Around:
    """What padding "same" would add."""
    return tuple(same_padding(*axis) for axis in zip(chain.shape, size, stride, dilation, strict=False))


def _around(node: Node, same: Around) -> Around:
    """What an operator adds around its input, said in numbers or by name."""
    named = node.settings.get("auto_pad", b"NOTSET")
    if named == b"SAME_UPPER":
        return same
    if named == b"SAME_LOWER":
        return tuple((after, before) for before, after in same)
    pads = [] if named == b"VALID" else list(node.settings.get("pads", ()))
    return _pairs(node, pads or [0] * 2 * len(same), len(same))


def _pairs(node: Node, pads: Sequence[int], axes: int) -> Around:
    """ONNX tells first what stands before each axis, then what stands behind each."""
    if len(pads) != 2 * axes or not all(0 <= one <= MAX_SIZE for one in pads):
        raise node.refuse(f"pads={list(pads)}")
    return tuple(zip(pads[:axes], pads[axes:], strict=True))


def _as_pads(around: Around) -> list[int]:
    return [*(before for before, _ in around), *(after for _, after in around)]


def _padded(node: Node, around: Around, beside: str = "", value: float = 0.0) -> Chain:
    """The node's input with a frame of one number; a sequence has none."""
    if not any(map(any, around)):
        return node.chain
    if len(around) != 2:
        raise node.refuse(f"pads={_as_pads(around)} along a sequence{beside}")
    return node.chain.with_layer(Pad2D(*around, value))


def _pad(node: Node) -> Chain:
    """Numbers around rows and columns, wherever ONNX has them."""
    chain, rank = node.chain, len(node.chain.layout)
    given = node.settings.get("pads", node.arrays.get(1))
    if given is None or len(node.chains) > 1:
        raise node.refuse("pads or a value that are not fixed")
    pads = [int(one) for one in np.reshape(given, -1)]
    if not any(pads):
        return chain
    axes = [int(axis) for axis in np.reshape(node.arrays.get(3, np.arange(rank)), -1)]
    around = {chain.axis(axis): ends for axis, ends in zip(axes, _pairs(node, pads, len(axes)), strict=True)}
    added = {axis for axis, ends in around.items() if any(ends)}
    if chain.channels != 3 or not added <= {1, 2} or DIRECTION in chain.layout or chain.order is not None:
        raise node.refuse(f"pads={pads} of other axes than rows and columns of pictures")
    rows, columns = (around.get(axis, (0, 0)) for axis in (1, 2))
    return chain.with_layer(Pad2D(rows, columns, _value(node)))


def _value(node: Node) -> float:
    """What stands around; a finite number."""
    mode = node.settings.get("mode", b"constant")
    value = np.reshape(node.settings.get("value", node.arrays.get(2, 0.0)), -1)
    if mode != b"constant" or value.size != 1 or not np.isfinite(value[0]):
        raise node.refuse(f"mode={mode.decode()} and value={', '.join(map(str, value.tolist()))}")
    return float(value[0])


WINDOWS: Mapping[str, Reader] = {
    **dict.fromkeys(("MaxPool", "AveragePool"), _pool), "Conv": _conv, "Pad": _pad,
}  # fmt: skip
"""Operator -> its reader."""
