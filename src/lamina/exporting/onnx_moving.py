"""How the operators of ONNX are read that move numbers without computing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lamina.exporting.onnx_chains import DIRECTION, Chain, Layout, Node, Reader, floats, joined
from lamina.layers.embedding import Embedding
from lamina.layers.recurrent import GRU, LSTM, Recurrent
from lamina.layers.reshaping import Flatten, Reshape, Slice, UpSample2D

FLOAT, WHOLE = 1, (6, 7)
"""ONNX's numbers for float32, and for int32 and int64."""


def _unchanged(node: Node) -> Chain:
    return node.chain


def _cast(node: Node) -> Chain:
    """Of whole numbers to others, or of float32 to itself."""
    if node.settings["to"] not in (WHOLE if node.chain.whole else (FLOAT,)):
        raise node.refuse(f"to={node.settings['to']}")
    return node.chain


def _flatten(node: Node) -> Chain:
    if node.settings.get("axis", 1) != 1:
        raise node.refuse(f"axis={node.settings['axis']}")
    return _flat(node)


def _flat(node: Node) -> Chain:
    """All numbers in a row; those that stand in another order than ours are found again by it."""
    chain = node.chain
    if chain.layout[0] != 0 or DIRECTION in chain.layout:
        raise node.refuse("examples that do not stand along the first axis")
    if chain.channels == 1:
        return chain
    back = np.argsort(chain.layout[1:])
    order = np.arange(math.prod(chain.shape)).reshape(chain.lengths[1:]).transpose(back).reshape(-1)
    return chain.with_layer(Flatten(), order=None if (np.diff(order) > 0).all() else order)


def _reshape(node: Node) -> Chain:
    """To a row, both directions side by side, or of what stands as ours to any shape."""
    chain, target = node.chain, [int(one) for one in node.arrays.get(1, np.zeros(0)).reshape(-1)]
    kept = [
        chain.lengths[place] if one == 0 and place < len(chain.lengths) else one for place, one in enumerate(target)
    ]
    if (node.settings.get("allowzero", 0) and 0 in target) or not kept or kept.count(-1) > 1:
        raise node.refuse(f"the target {target}")
    if merged := _merged(chain, kept):
        return replace(chain, layout=merged, directions=1)
    if kept[0] not in (-1, chain.batch):
        raise node.refuse(f"the target {target}")
    if len(kept) == 2 and kept[1] in (-1, math.prod(chain.shape)):
        return _flat(node)
    numbers = math.prod(chain.shape)
    known = math.prod(one for one in kept[1:] if one > 0)
    shape = tuple(numbers // known if one == -1 and known else one for one in kept[1:])
    if not shape or not chain.plain or chain.order is not None or math.prod(shape) != numbers or min(shape) < 1:
        raise node.refuse(f"the target {target}")
    return chain.with_layer(Reshape(shape))


def _merged(chain: Chain, target: list[int]) -> Layout | None:
    """The layout where a Reshape puts the directions of a recurrent operator side by side; None where it does not."""
    pair = (DIRECTION, chain.channels)
    places = [place for place in range(len(chain.layout) - 1) if chain.layout[place : place + 2] == pair]
    if not places or len(target) != len(chain.layout) - 1:
        return None
    layout = chain.layout[: places[0]] + chain.layout[places[0] + 1 :]
    wanted = replace(chain, layout=layout).lengths
    fits = all(one in (-1, length) for one, length in zip(target, wanted, strict=True))
    return layout if fits else None


def _squeeze(node: Node) -> Chain:
    """Away with a single direction, or with the places of a picture of one."""
    chain, axes = node.chain, axes_of(node)
    found = {chain.axis(axis) for axis in axes}
    if found == {DIRECTION} and chain.directions == 1:
        return replace(chain, layout=tuple(axis for axis in chain.layout if axis != DIRECTION))
    if chain.plain and len(axes) == 1 and 0 < axes[0] < chain.channels and chain.lengths[axes[0]] == 1:
        return chain.with_layer(Reshape((*chain.shape[: axes[0] - 1], *chain.shape[axes[0] :])))
    places = set(range(1, chain.channels))
    if (
        DIRECTION in chain.layout
        or chain.layout[0] != 0
        or set(chain.shape[:-1]) != {1}
        or found not in (places, set())
    ):
        raise node.refuse("other axes than those behind a global pool or of a single direction")
    return _flat(node)


def _unsqueeze(node: Node) -> Chain:
    """A new axis of one place."""
    chain, axes = node.chain, axes_of(node)
    if len(axes) != 1 or not 0 < axes[0] <= chain.channels or not chain.plain or chain.order is not None:
        raise node.refuse(f"axes={axes}")
    return chain.with_layer(Reshape((*chain.shape[: axes[0] - 1], 1, *chain.shape[axes[0] - 1 :])))


def axes_of(node: Node) -> list[int]:
    """Which axes are meant: an attribute in old graphs, an array in new ones."""
    return [int(axis) for axis in node.settings.get("axes", node.arrays.get(1, np.zeros(0, int)).reshape(-1))]


def _transpose(node: Node) -> Chain:
    """Ours stand as they do all along; where ONNX has them is kept in mind."""
    perm = tuple(node.settings.get("perm", reversed(range(len(node.chain.layout)))))
    if node.chain.order is not None:
        raise node.refuse(f"perm={list(perm)}")
    return replace(node.chain, layout=tuple(node.chain.axis(place) for place in perm))


def _concat(node: Node) -> Chain:
    chain, axis = node.chain, node.settings["axis"]
    alike = {(one.shape[:-1], one.layout, one.order is None) for one in node.chains}
    usual = chain.axis(axis) == chain.channels and DIRECTION not in chain.layout and chain.order is None
    if not usual or len(alike) > 1 or node.arrays:
        raise node.refuse(f"axis={axis}, or with a fixed array")
    return joined(node.chains)


def _gather(node: Node) -> Chain:
    """Rows of a fixed table, one step of a sequence, or one direction."""
    if 0 in node.arrays:
        return _embedding(node)
    chain, index, axis = node.chain, node.arrays.get(1), node.settings.get("axis", 0)
    if index is None or index.ndim or chain.order is not None or chain.axis(axis) in (0, chain.channels):
        raise node.refuse(f"axis={axis}, or several places")
    ours, length = chain.axis(axis), chain.lengths[axis]
    place = int(index) % length if -length <= index < length else length
    left = tuple(one for number, one in enumerate(chain.layout) if number != axis % len(chain.layout))
    if ours == DIRECTION:
        size = chain.shape[-1] // chain.directions
        part = Slice(place * size, (place + 1) * size, chain.channels - 1)
        one = chain if chain.directions == 1 else chain.with_layer(part)
        return replace(one, layout=left, directions=1)
    left = tuple(one - (one > ours) for one in left)
    return _last_step(chain, left) if (ours, place) == (1, length - 1) else _one_place(chain, ours, place, left)


def _last_step(chain: Chain, left: Layout) -> Chain:
    """A layer that reads forwards gives its last state by itself."""
    last = chain.steps[-1].layer if chain.steps else None
    if isinstance(last, Recurrent | LSTM | GRU) and not last.reverse and last.return_sequence:
        step = replace(chain.steps[-1], layer=replace(last, return_sequence=False))
        return replace(chain, steps=(*chain.steps[:-1], step), shape=(last.units,), layout=left)
    return _one_place(chain, 1, chain.shape[0] - 1, left)


def _one_place(chain: Chain, ours: int, place: int, left: Layout) -> Chain:
    cut = chain.with_layer(Slice(place, place + 1, ours - 1))
    shape = tuple(length for axis, length in enumerate(cut.shape, 1) if axis != ours)
    return cut.with_layer(Reshape(shape), layout=left)


def _embedding(node: Node) -> Chain:
    weight, chain = node.arrays[0], node.chain
    if weight.ndim != 2 or node.settings.get("axis", 0) != 0 or not (chain.plain and chain.whole):
        raise node.refuse("other entries than those of the input")
    return chain.with_layer(Embedding(*weight.shape), {"weight": floats(weight)}, whole=False)


def _slice(node: Node) -> Chain:
    """A part along one axis."""
    chain, rank = node.chain, len(node.chain.layout)
    starts, stops, axes, steps = (
        [int(one) for one in np.reshape(node.arrays.get(place, node.settings.get(name, usual)), -1)]
        for place, (name, usual) in enumerate((("starts", ()), ("ends", ()), ("axes", (0,)), ("steps", (1,))), 1)
    )
    if len(starts) != 1 or len(stops) != 1 or steps != [1] or len(axes) != 1 or not -rank <= axes[0] < rank:
        raise node.refuse("several axes or another step than 1")
    start, stop, _ = slice(starts[0], stops[0]).indices(chain.lengths[axes[0]])
    ours = chain.axis(axes[0])
    if ours in (0, DIRECTION) or DIRECTION in chain.layout or chain.order is not None or start >= stop:
        raise node.refuse(f"axes={axes}, starts={starts}, ends={stops}")
    return chain.with_layer(Slice(start, stop, ours - 1))


def _resize(node: Node) -> Chain:
    """Rows and columns repeated."""
    scales: Any = node.arrays.get(2, np.zeros(0)).tolist()
    how = {"mode": b"nearest", "coordinate_transformation_mode": b"asymmetric", "nearest_mode": b"floor"}
    rows, columns = (*scales[2:], 0, 0)[:2]
    whole = scales == [1, 1, int(rows), int(columns)] and min(scales) >= 1
    if any(node.settings.get(key) != value for key, value in how.items()) or not whole or not node.chain.first:
        raise node.refuse("other than whole rows and columns of pictures repeated")
    return node.chain.with_layer(UpSample2D((int(rows), int(columns))))


MOVING: Mapping[str, Reader] = {
    **dict.fromkeys(("Identity", "Dropout"), _unchanged),
    "Cast": _cast, "Concat": _concat, "Flatten": _flatten, "Gather": _gather, "Reshape": _reshape, "Resize": _resize,
    "Slice": _slice, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze, "Transpose": _transpose,
}  # fmt: skip
"""Operator -> its reader."""
