"""How ONNX's RNN, LSTM and GRU are read: the gates in our order, both biases as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Params
from lamina.exporting.onnx_chains import DIRECTION, Chain, Node, Reader, floats
from lamina.layers.recurrent import GRU, LSTM, Bidirectional, Recurrent

GATES = {"RNN": (0,), "LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2)}
"""Where our gates stand in ONNX: of i, f, g, o in i, o, f, g; of r, u, n in u, r, n."""
USUAL = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"]}
OF_RNN = {"Tanh": "tanh", "Relu": "relu", "Sigmoid": "sigmoid", "Softplus": "softplus"}
REFUSED = {"LSTM": {"input_forget": 1}, "GRU": {"linear_before_reset": 0}, "RNN": {}}
"""What none of our layers does: gates that are one, a reset before the product."""
TIME_FIRST, BATCH_FIRST = (1, 0, 2), (0, 1, 2)
Layer = Recurrent | LSTM | GRU


def _recurrent(node: Node) -> tuple[Chain, ...]:
    """Every state, and the last ones."""
    chain, settings = node.chain, node.settings
    _require_usual(node)
    ways = {b"forward": (False,), b"reverse": (True,), b"bidirectional": (False, True)}
    reverse = ways[settings.get("direction", b"forward")]
    weight, back = node.arrays[1], node.arrays[2]
    bias = node.arrays.get(3, np.zeros((len(reverse), 2 * weight.shape[1])))
    if not len(weight) == len(back) == len(bias) == len(reverse):
        raise node.refuse("weights for another number of directions")
    params = [_params(node.kind, *arrays) for arrays in zip(weight, back, bias, strict=True)]
    batch_first = settings.get("layout", 0) == 1
    every = (0, 1, DIRECTION, 2) if batch_first else (1, DIRECTION, 0, 2)
    last = (0, DIRECTION, 1) if batch_first else (DIRECTION, 0, 1)
    found = []
    for sequence, layout in ((True, every), (False, last)):
        layer = replace(_layer(node, back.shape[-1]), return_sequence=sequence)
        own: dict[str, Any] = {"layout": layout, "directions": len(reverse)}
        if len(reverse) == 1:
            found.append(chain.with_layer(replace(layer, reverse=reverse[0]), params[0], **own))
        else:
            both = dict(zip(("forward", "backward"), params, strict=True))
            found.append(chain.with_layer(Bidirectional(layer), both, **own))
    return tuple(found)


def _layer(node: Node, units: int) -> Layer:
    if node.kind == "RNN":
        return Recurrent(units, OF_RNN[_activations(node)[0]])
    return LSTM(units) if node.kind == "LSTM" else GRU(units)


def _params(kind: str, weight: Numpy, back: Numpy, bias: Numpy) -> Params:
    """One direction's weights, (inputs, gates x units), from ONNX's (gates x units, inputs)."""
    order = GATES[kind]
    units = weight.shape[0] // len(order)
    places = np.concatenate([np.arange(units) + gate * units for gate in order])
    of_input, of_back = np.split(bias, 2)
    params = {"input_weight": floats(weight[places].T), "recurrent_weight": floats(back[places].T)}
    if kind != "GRU":
        return {**params, "bias": floats((of_input + of_back)[places])}
    first = np.concatenate([of_back[: 2 * units], np.zeros(units, bias.dtype)])  # the new state's acts behind the reset
    return {**params, "bias": floats((of_input + first)[places]), "recurrent_bias": floats(of_back[2 * units :])}


def _require_usual(node: Node) -> None:
    """Raise where a setting or an input has no place in our layers."""
    chain, settings = node.chain, node.settings
    wanted = BATCH_FIRST if settings.get("layout", 0) == 1 else TIME_FIRST
    if chain.layout != wanted or not {1, 2} <= node.arrays.keys() or len(node.chains) > 1:
        raise node.refuse("other inputs than sequences and fixed weights")
    odd = {key: settings[key] for key in ("clip",) if settings.get(key)}
    odd |= {key: value for key, value in REFUSED[node.kind].items() if settings.get(key, 0) == value}
    given = _activations(node)
    if given != USUAL.get(node.kind, given[:1]) or (node.kind == "RNN" and given[0] not in OF_RNN):
        odd["activations"] = given
    if node.arrays.get(4, np.full(1, chain.shape[0])).tolist().count(chain.shape[0]) != np.size(node.arrays.get(4, 1)):
        odd["sequence_lens"] = node.arrays[4].tolist()
    if odd:
        raise node.refuse(", ".join(f"{key}={value}" for key, value in odd.items()))
    if any(np.any(node.arrays[place]) for place in (5, 6, 7) if place in node.arrays):
        raise node.refuse("a state at the beginning that is not zero, or with peepholes")


def _activations(node: Node) -> list[str]:
    """The names that count; of both directions they must be the same."""
    usual = USUAL.get(node.kind, ["Tanh"])
    given = [one.decode() for one in node.settings.get("activations", ())]
    half = given[: len(usual)]
    return half if given and given in (half, half * 2) else given or usual


RECURRENT: Mapping[str, Reader] = dict.fromkeys(GATES, _recurrent)
"""Operator -> its reader."""
